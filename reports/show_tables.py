"""The tables of a population: constructs, categories, and every value before the cut beside the methods' limits."""

from collections.abc import Callable, Sequence
from itertools import groupby

import numpy as np

from benchmarks.portrait import Portrait
from reports.fit_tables import NAMES, arrow
from reports.numbers import number
from reports.typeset import Column, Entry, Table
from sim.marginals import Marginal, response_shapes
from sim.targets import RELIABILITIES, Target


def tables(portrait: Portrait) -> list[Table]:
    """Every table that has a row, in the order of the page."""
    built = (constructs, factors, paths, explained, correlations, errors, answers, categories, reliabilities, loadings)
    return [table for build in built if (table := build(portrait).without_empty_columns()).rows]


def constructs(portrait: Portrait) -> Table:
    """What the constructs stand for, and their items."""
    model = portrait.population.model
    rows: list[tuple[Entry, ...]] = [
        (block.construct, portrait.labels.get(block.construct), len(block.items)) for block in model.blocks
    ]
    heads = (Column("Construct"), Column("stands for"), Column("items", "count"))
    return Table("constructs", "Constructs", "", heads, tuple(rows))


def factors(portrait: Portrait) -> Table:
    """What the population leaves open: the level shown, and the others."""
    rows: list[tuple[Entry, ...]] = [
        (
            factor,
            portrait.content["factors"][factor].get("meaning") or None,
            str(level),
            ", ".join(str(other) for other in portrait.content["factors"][factor]["levels"] if other != level) or None,
        )
        for factor, level in portrait.levels.items()
    ]
    heads = (Column("Factor"), Column("what it sets"), Column("shown"), Column("other levels"))
    return Table("factors", "What the population leaves open", "", heads, tuple(rows))


def paths(portrait: Portrait) -> Table:
    """Every path: true value, effect size, limits."""
    return _limits(
        portrait,
        *("paths", "Paths, standardised", "Path"),
        lambda target: target.kind == "path",
        arrow,
        lambda target: (portrait.true_value(f"f2({target.name})"),),
        (Column(NAMES["f2"], "coefficient"),),
    )


def explained(portrait: Portrait) -> Table:
    """Explained variance of every outcome."""
    return _limits(portrait, "r2", "Explained variance", "Outcome", lambda t: t.kind == "r2", lambda t: t.parts[0])


def correlations(portrait: Portrait) -> Table:
    """Construct correlations: those of exogenous constructs have a value of their own, the paths fix the others."""
    endogenous = set(portrait.population.model.endogenous)
    return _limits(
        portrait,
        *("correlations", "Construct correlations", "Constructs"),
        lambda target: target.kind == "correlation",
        lambda target: ", ".join(target.parts),
        lambda target: ("paths" if set(target.parts) & endogenous else "value",),
        (Column("set by"),),
    )


def errors(portrait: Portrait) -> Table:
    """Covariances of items' errors that are not 0."""
    items, covariances = portrait.population.model.items, portrait.population.error_covariances
    rows: list[tuple[Entry, ...]] = [
        (f"{items[i]}, {items[j]}", float(covariances[i, j])) for i, j in np.argwhere(np.triu(covariances, 1))
    ]
    heads = (Column("Items"), Column("covariance", "coefficient"))
    return Table("errors", "Error covariances", "", heads, tuple(rows))


def answers(portrait: Portrait) -> Table:
    """Mean, SD, skewness and excess kurtosis of the answers, unless they are standard normal."""
    rows: list[tuple[Entry, ...]] = [
        (items, m.mean, m.deviation, m.skewness, m.kurtosis)
        for items, m in _alike(portrait)
        if m.shares or m.skewness or m.kurtosis
    ]
    heads = (
        Column("Items"),
        *(Column(head, "coefficient") for head in ("mean", "SD", "skewness", "excess kurtosis")),
    )
    if portrait.population.scale.is_continuous:
        return Table("answers", "Answers", "", heads, tuple(rows))
    return Table("answers", "Answers after the cut", _before_the_cut(portrait), heads, tuple(rows))


def _before_the_cut(portrait: Portrait) -> str:
    """Mean, SD, skewness and excess kurtosis of the responses."""
    ends = [(values.min(), values.max()) for values in response_shapes(portrait.population)]
    told = [number(low) if high - low < 5e-4 else f"{number(low)} to {number(high)}" for low, high in ends]
    if ends == [(0.0, 0.0)] * 2:
        return "Before the cut: 0, 1, 0 and 0."
    return f"Before the cut: 0, 1, {told[0]} and {told[1]}."


def categories(portrait: Portrait) -> Table:
    """Shares of the categories, and the threshold above each."""
    found = _alike(portrait)
    rows: list[tuple[Entry, ...]] = [
        (items, str(k), share, m.thresholds[k - 1] if k < len(m.shares) else None)
        for items, m in found
        for k, share in enumerate(m.shares, start=1)
    ]
    heads = (
        Column("Items"),
        Column("category"),
        Column("share", "coefficient"),
        Column("up to threshold", "coefficient"),
    )
    return Table("categories", "Categories", "", heads, tuple(rows), grouped=True)


def reliabilities(portrait: Portrait) -> Table:
    """Alpha, rho_c and AVE of every construct."""
    model = portrait.population.model
    return _limits(
        portrait,
        *("reliabilities", "Reliability and convergent validity", "Quantity"),
        lambda target: target.kind in RELIABILITIES,
        lambda target: NAMES[target.kind],
        by=lambda target: target.parts[0],
        order=lambda target: model.constructs.index(target.parts[0]),
    )


def loadings(portrait: Portrait) -> Table:
    """Loadings of every item."""
    return _limits(
        portrait,
        *("loadings", "Loadings", "Item"),
        lambda target: target.kind == "loading",
        lambda target: target.parts[1],
        by=lambda target: target.parts[0],
    )


def _limits(
    portrait: Portrait,
    name: str,
    title: str,
    head: str,
    wanted: Callable[[Target], bool],
    called: Callable[[Target], str],
    beside: Callable[[Target], tuple[Entry, ...]] = lambda target: (),
    heads_beside: Sequence[Column] = (),
    by: Callable[[Target], str] | None = None,
    order: Callable[[Target], int] = lambda target: 0,
) -> Table:
    """The wanted targets: true value, what the cut leaves of it, and every method's limit; under heads `by`."""
    places = sorted((i for i, t in enumerate(portrait.targets) if wanted(t)), key=lambda i: order(portrait.targets[i]))
    cut = not portrait.population.scale.is_continuous
    rows: list[tuple[Entry, ...]] = []
    for i in places:
        target = portrait.targets[i]
        after = float(portrait.after[i]) if cut and not np.isnan(portrait.after[i]) else None
        values = (float(portrait.before[i]), *beside(target), after, *(float(m.value[i]) for m in portrait.limits))
        rows.append(((by(target),) if by else ()) + (called(target), *values))
    columns = (
        *((Column("Construct"),) if by else ()),
        Column(head),
        Column("truth", "coefficient"),
        *heads_beside,
        Column("after cut", "coefficient"),
        *(Column(limit.label, "coefficient") for limit in portrait.limits),
    )
    return Table(name, title, "", columns, tuple(rows), grouped=by is not None)


def _alike(portrait: Portrait) -> list[tuple[str, Marginal]]:
    """Marginals that differ in what is shown of them, each with the items that have it."""

    def distribution(marginal: Marginal) -> tuple[tuple[float, ...], ...]:
        shape = () if marginal.shares else (marginal.skewness, marginal.kurtosis)
        return tuple(tuple(round(value, 3) for value in part) for part in (marginal.thresholds, marginal.shares, shape))

    groups = groupby(sorted(portrait.marginals, key=distribution), key=distribution)
    found = [list(group) for _, group in groups]
    if len(found) == 1 and len(found[0]) > 1:
        return [(f"all {len(found[0])} items", found[0][0])]
    return [(", ".join(m.item for m in group), group[0]) for group in found]
