"""The tables of a population: constructs, categories, and every value before the cut beside the methods' limits."""

from collections.abc import Callable, Sequence
from itertools import groupby

import numpy as np

from benchmarks.portraits.portrait import Portrait
from reports.diagram.values import Measured, error_covariances, shown
from reports.printing.numbers import number
from reports.printing.targets import NAMES, arrow
from reports.printing.typeset import Column, Entry, Table
from sim.implied.implied import implied
from sim.implied.marginals import Marginal
from sim.implied.misfit import population_rmsea
from sim.model import Model
from sim.parameters.values import parameters
from sim.population.record import Population
from sim.structures.products import name_of
from sim.targets import RELIABILITIES, Target

#: Below this, a correlation that was left out is nothing but rounding.
_ROUNDING = 1e-12

#: What the effects in the table of products are, and what fits them.
_OF_PRODUCTS = (
    "Effects multiply the product of standardised constructs, less its mean. No method fits them: R2 counts what they "
    "explain, a method's R2 does not."
)

#: What the RMSEA of a population is, and what model error leaves as it is.
_OF_MISFIT = (
    "RMSEA: of the model fitted by maximum likelihood to the responses before the cut, infinitely many of them. "
    "Loadings, paths and correlations are as they were without model error."
)
#: What the true values of several groups together are.
_OF_ALL = (
    "All together: what regressions among the constructs of all respondents give, and the mean of the groups' loadings "
    "and correlations. What the groups have in common is left out."
)
#: What a group may have of its own, and how far two values may be apart that are the same.
_OF_GROUPS, _SAME = ("path", "r2", "correlation", "loading"), 1e-12
#: So many error covariances are told where model error gives one to every pair of items.
_LARGEST = 10


def tables(portrait: Portrait) -> list[Table]:
    """Every table that has a row, in the order of the page."""
    built = (
        *(constructs, factors, groups, paths, products, explained, correlations, within, misfit, errors),
        *(answers, categories, reliabilities, loadings, weights),
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


def groups(portrait: Portrait) -> Table:
    """What differs between groups of respondents, beside the true values of all together."""
    members = portrait.population.groups.members
    rows: list[tuple[Entry, ...]] = []
    if members:
        rows.append(("share", None, *(member.share for member in members)))
        own = [member.population.truth(portrait.targets) for member in members]
        for i, target in enumerate(portrait.targets):
            values = [float(values[i]) for values in own]
            if max(values) - min(values) > _SAME and target.kind in _OF_GROUPS:
                rows.append((target.name, float(portrait.before[i]), *values))
        for effect in dict.fromkeys(effect[:3] for member in members for effect in member.population.products.effects):
            rows.append((name_of(*effect), None, *(_effect(member.population, effect) for member in members)))
    heads = (
        Column("Value"),
        Column("all together", "coefficient"),
        *(Column(member.name, "coefficient") for member in members),
    )
    return Table("groups", "Groups of respondents", _OF_ALL, heads, tuple(rows))


def _effect(population: Population, named: tuple[str, str, str]) -> float:
    """The effect of a product, 0 where the group has none."""
    return next((value for *names, value in population.products.effects if tuple(names) == named), 0.0)


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
    """Effects of products and the variance that each explains alone."""
    population = portrait.population
    paths = population.products.paths(population.model)
    own = np.diag(population.structure.with_products)[len(population.paths) :]
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
        return (float(population.structure.linear_r2[j]) if population.products.effects else None,)

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
    items, correlations = population.model.items, population.structure.covariance
    pairs = [name.split("~~") for name in parameters(Model(population.model.blocks), "item_correlation")]
    values = [(a, b, float(correlations[items.index(a), items.index(b)])) for a, b in pairs]
    rows: list[tuple[Entry, ...]] = [(f"{a}, {b}", value) for a, b, value in values if abs(value) > _ROUNDING]
    heads = (Column("Items"), Column("correlation", "coefficient"))
    return Table("within", "Correlations within composites", "", heads, tuple(rows))


def errors(portrait: Portrait) -> Table:
    """Covariances of items' errors that are not 0, those of composites aside; with model error, the largest."""
    population = portrait.population
    items, covariances = population.model.items, error_covariances(population)
    pairs = np.argwhere(np.triu(covariances, 1)).tolist()
    title = "Error covariances"
    if population.model_error.given:
        pairs = sorted(sorted(pairs, key=lambda pair: -abs(covariances[*pair]))[:_LARGEST])
        title = f"Error covariances, the {len(pairs)} largest"
    rows: list[tuple[Entry, ...]] = [(f"{items[i]}, {items[j]}", float(covariances[i, j])) for i, j in pairs]
    heads = (Column("Items"), Column("covariance", "coefficient"))
    return Table("errors", title, "", heads, tuple(rows))


def misfit(portrait: Portrait) -> Table:
    """What model error does: the RMSEA it reaches, and how large error correlations are."""
    population = portrait.population
    rows: tuple[tuple[Entry, ...], ...] = ()
    if population.model_error.given:
        deviations = np.sqrt(np.diag(population.structure.error_matrix))
        scale = np.where(deviations > 0, deviations, np.inf)
        correlations = (population.error_covariances / np.outer(scale, scale))[np.triu_indices(len(scale), 1)]
        rows = (
            ("RMSEA of the model", population_rmsea(population.structure, population.structure.covariance)),
            ("root mean square error correlation", float(np.sqrt(np.mean(correlations**2)))),
            ("largest error correlation", float(correlations[np.argmax(np.abs(correlations))])),
        )
    heads = (Column("Quantity"), Column("value", "coefficient"))
    return Table("misfit", "Model error", _OF_MISFIT, heads, rows)


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
    ends = [(values.min(), values.max()) for values in implied(portrait.population).shapes]
    told = [number(low) if high - low < 5e-4 else f"{number(low)} to {number(high)}" for low, high in ends]
    if ends == [(0.0, 0.0)] * 2:
        return "Before the cut: 0, 1, 0 and 0."
    return f"Before the cut: 0, 1, {told[0]} and {told[1]}."


def categories(portrait: Portrait) -> Table:
    """Shares of the categories, and the threshold above each."""
    found = _alike(portrait)
    one_scale = len({member.population.scale for member in portrait.population.groups.members}) < 2
    rows: list[tuple[Entry, ...]] = [
        (items, str(k), share, m.thresholds[k - 1] if k < len(m.shares) and one_scale else None)
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
    """Marginals that differ in what is shown of them, each with the items that have it."""

    def distribution(marginal: Marginal) -> tuple[tuple[float, ...], ...]:
        shape = () if marginal.shares else (marginal.skewness, marginal.kurtosis)
        return tuple(tuple(round(value, 3) for value in part) for part in (marginal.thresholds, marginal.shares, shape))

    groups = groupby(sorted(portrait.marginals, key=distribution), key=distribution)
    found = [list(group) for _, group in groups]
    if len(found) == 1 and len(found[0]) > 1:
        return [(f"all {len(found[0])} items", found[0][0])]
    return [(", ".join(m.item for m in group), group[0]) for group in found]
