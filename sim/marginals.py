"""What the cut and ways of answering make of each item: its distribution, and what an answer tells of its construct."""

from dataclasses import dataclass, replace

import numpy as np

from sim.batch import Floats
from sim.population import Population
from sim.products import cumulants
from sim.quantities import QUANTITIES
from sim.responses import shares_given, slopes_given
from sim.targets import Target

#: Quantities of a block that the cut changes, and how they are worked out: rho_c is the omega of the sum of answers.
_OF_BLOCKS = {"alpha": "alpha", "rho_c": "omega", "ave": "ave"}


@dataclass(frozen=True)
class Marginal:
    """The distribution of one item's answers 1, 2, ...: exact, not sampled.

    shares (c,) of the categories and thresholds (c - 1,), both empty for continuous answers; kurtosis is the excess.
    Thresholds are those of sincere answers, in the direction of the wording where an item is left unreversed.
    """

    item: str
    shares: tuple[float, ...]
    thresholds: tuple[float, ...]
    mean: float
    deviation: float
    skewness: float
    kurtosis: float


def marginals(population: Population) -> tuple[Marginal, ...]:
    """The marginal of every item's answers as given; that of the response where no cut is made."""
    items, scale = population.model.items, population.scale
    directions = population.responses.directions(items)
    if scale.is_continuous:
        skewness, kurtosis = _uncut_shapes(population.as_answered)
        shapes = zip(items, directions * skewness, kurtosis, strict=True)
        return tuple(Marginal(item, (), (), 0.0, 1.0, float(third), float(fourth)) for item, third, fourth in shapes)
    shares = shares_given(population.law.shares, population.responses, directions, scale)
    worded = [
        cuts if direction > 0 else tuple(-cut for cut in reversed(cuts))
        for cuts, direction in zip(scale.thresholds, directions, strict=True)
    ]
    return tuple(_marginal(i, cuts, own[: len(cuts) + 1]) for i, cuts, own in zip(items, worded, shares, strict=True))


def _uncut_shapes(population: Population) -> tuple[Floats, Floats]:
    """Skewness and excess kurtosis of the responses (p,), which only products bring."""
    if population.groups.members:  # means are 0 and variances 1 in every group, so moments are means
        parts = [_uncut_shapes(group.population) for group in population.groups.members]
        skewness, kurtosis = (np.tensordot(population.groups.shares, each, 1) for each in zip(*parts, strict=True))
        return skewness, kurtosis
    places = population.products.places(population.model)
    effects = population.total_effects[:, len(population.paths) :]
    third, fourth = cumulants(population.linear_parts, effects, places)
    of_item = population.model.block_of
    return population.loadings**3 * third[of_item], population.loadings**4 * fourth[of_item]


def _marginal(item: str, cuts: tuple[float, ...], shares: Floats) -> Marginal:
    answers = np.arange(1.0, len(shares) + 1)
    mean = float(shares @ answers)
    second, third, fourth = (float(shares @ (answers - mean) ** power) for power in (2, 3, 4))
    return Marginal(
        item,
        tuple(shares.tolist()),
        cuts,
        mean,
        second**0.5,
        third / second**1.5,
        fourth / second**2 - 3.0,
    )


def answer_loadings(population: Population) -> Floats:
    """Correlation of each answer given with its item's construct (p,).

    Where all answer as they mean it, that of the response times sum_k phi(t_k) / SD (Olsson et al. 1982).
    Straightliners' one answer tells of the construct of the item it was meant for, careless answers tell nothing.
    """
    drawn, model = population.as_answered, population.model
    directions = population.responses.directions(model.items)
    if population.scale.is_continuous:
        return directions * drawn.loadings
    itself, repeated = slopes_given(population.law.slopes, population.responses, directions, population.scale)
    deviations = np.sqrt(np.diagonal(population.likert_moments.covariances[0]))
    of_own = (itself + repeated.sum(axis=0))[np.arange(len(directions)), model.block_of]
    return np.asarray(of_own / deviations)


def after_cut(population: Population, targets: tuple[Target, ...]) -> Floats:
    """What the cut leaves of the targets (q,): loadings of the answers, alpha, rho_c and ave of their sums.

    NaN for all that is not about items: constructs, their paths and correlations are as they were.
    """
    model = population.model
    loadings = answer_loadings(population)
    given = replace(population.given, loadings=loadings[None], items=population.likert_moments.covariances)
    blocks = {kind: QUANTITIES[rule](given)[0] for kind, rule in _OF_BLOCKS.items()}  # type: ignore[index]
    values = np.full(len(targets), np.nan)
    for i, target in enumerate(targets):
        if target.kind == "loading":
            values[i] = loadings[model.items.index(target.parts[1])]
        elif target.kind in blocks:
            values[i] = blocks[target.kind][model.constructs.index(target.parts[0])]
    return values
