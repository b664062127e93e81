"""The tables of a population: constructs, categories, and every value before the cut beside the methods' limits."""

from collections.abc import Callable, Sequence
from itertools import groupby

import numpy as np

from benchmarks.portrait import Portrait
from reports.fit_tables import NAMES, arrow
from reports.path_values import Measured, error_covariances, shown
from reports.typeset import Column, Entry, Table
from sim.marginals import Marginal
from sim.model import Model
from sim.targets import RELIABILITIES, Target
from sim.values import parameters

#: Below this, a correlation that was left out is nothing but rounding.
_ROUNDING = 1e-12

#: What the effects in the table of products are, and what fits them.
_OF_PRODUCTS = (
    "Effects multiply the product of standardised constructs, less its mean. No method fits them: R2 counts what they "
    "explain, a method's R2 does not."
)


def tables(portrait: Portrait) -> list[Table]:
    """Every table that has a row, in the order of the page."""
    built = (
        *(constructs, factors, paths, products, explained, correlations, within, errors, answers, categories),
        *(reliabilities, loadings, weights),
    )
    return [table for build in built if (table := build(portrait).without_empty_columns()).rows]


def constructs(portrait: Portrait) -> Table:
    """What the constructs stand for, what they are where they are no common factors, and their items."""
    rows: list[tuple[Entry, ...]] = [
        (part.construct, portrait.labels.get(part.construct), _sort(part), len(part.items))
        for part in shown(portrait.population).parts
    ]
    heads = (Column("Construct"), Column("stands for"), Column("is"), Column("items", "count"))
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


def products(portrait: Portrait) -> Table:
    """Effects of products, which no method fits, and the variance that each explains alone."""
    population = portrait.population
    paths = population.products.paths(population.model)
    own = np.diag(population.with_products)[len(population.paths) :]
    rows: list[tuple[Entry, ...]] = [
        (
            f"{a} \N{MULTIPLICATION SIGN} {b}",
            population.model.constructs[j],
            float(paths[j, q]),
            float(paths[j, q] ** 2 * own[q]),
        )
        for q, (a, b) in enumerate(population.products.pairs)
        for j in np.flatnonzero(paths[:, q])
    ]
    heads = (Column("Product"), Column("acts on"), Column("effect", "coefficient"), Column("explains", "coefficient"))
    return Table("products", "Products of constructs", _OF_PRODUCTS, heads, tuple(rows))


def explained(portrait: Portrait) -> Table:
    """Explained variance of every outcome."""
    population = portrait.population

    def linear(target: Target) -> tuple[float | None]:
        j = population.model.constructs.index(target.parts[0])
        return (float(population.linear_r2[j]) if population.products.effects else None,)

    return _limits(
        portrait,
        *("r2", "Explained variance", "Outcome"),
        lambda target: target.kind == "r2",
        lambda target: target.parts[0],
        linear,
        (Column("without products", "coefficient"),),
    )


def correlations(portrait: Portrait) -> Table:
    """Construct correlations: those of exogenous constructs have a value of their own, the paths fix the others."""
    model = portrait.population.model
    return _limits(
        portrait,
        *("correlations", "Construct correlations", "Constructs"),
        lambda target: target.kind == "correlation",
        lambda target: ", ".join(target.parts),
        lambda target: (_set_by(model, target.parts),),
        (Column("set by"),),
    )


def _sort(part: Measured) -> str | None:
    """What a construct is, where it is no common factor of items."""
    words = [word for word, holds in (("composite", part.composite), ("second order", part.dimensions)) if holds]
    return ", ".join(words) or None


def _set_by(model: Model, pair: tuple[str, ...]) -> str:
    """Which parameters give two constructs' correlation."""
    if set(pair) <= set(model.exogenous) or any(
        set(pair) <= set(block.items) for block in model.second_order if block.kind == "composite"
    ):
        return "value"
    return "dimensions' loadings" if set(pair) & model.dimensions else "paths"


def within(portrait: Portrait) -> Table:
    """Correlations within composite blocks that are not 0."""
    population = portrait.population
    items, correlations = population.model.items, population.covariance
    pairs = [name.split("~~") for name in parameters(Model(population.model.blocks), "item_correlation")]
    values = [(a, b, float(correlations[items.index(a), items.index(b)])) for a, b in pairs]
    rows: list[tuple[Entry, ...]] = [(f"{a}, {b}", value) for a, b, value in values if abs(value) > _ROUNDING]
    heads = (Column("Items"), Column("correlation", "coefficient"))
    return Table("within", "Correlations within composites", "", heads, tuple(rows))


def errors(portrait: Portrait) -> Table:
    """Covariances of items' errors that are not 0; items of composites have no errors."""
    items, covariances = portrait.population.model.items, error_covariances(portrait.population)
    rows: list[tuple[Entry, ...]] = [
        (f"{items[i]}, {items[j]}", float(covariances[i, j])) for i, j in np.argwhere(np.triu(covariances, 1))
    ]
    heads = (Column("Items"), Column("covariance", "coefficient"))
    return Table("errors", "Error covariances", "", heads, tuple(rows))


def answers(portrait: Portrait) -> Table:
    """Mean, SD, skewness and excess kurtosis of the answers."""
    rows: list[tuple[Entry, ...]] = [
        (items, m.mean, m.deviation, m.skewness, m.kurtosis) for items, m in _alike(portrait) if m.shares
    ]
    heads = (
        Column("Items"),
        *(Column(head, "coefficient") for head in ("mean", "SD", "skewness", "excess kurtosis")),
    )
    others = ", but not for what products act on" if portrait.population.products.effects else ""
    return Table("answers", "Answers after the cut", f"Before the cut: 0, 1, 0 and 0{others}.", heads, tuple(rows))


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


def weights(portrait: Portrait) -> Table:
    """Weights of composites, scaled to a variance of 1."""
    return _limits(
        portrait,
        *("weights", "Weights", "Item"),
        lambda target: target.kind == "weight",
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
    """Marginals that differ, each with the items that have it."""

    def distribution(marginal: Marginal) -> tuple[tuple[float, ...], tuple[float, ...]]:
        return marginal.thresholds, marginal.shares

    groups = groupby(sorted(portrait.marginals, key=distribution), key=distribution)
    found = [list(group) for _, group in groups]
    if len(found) == 1 and len(found[0]) > 1:
        return [(f"all {len(found[0])} items", found[0][0])]
    return [(", ".join(m.item for m in group), group[0]) for group in found]
