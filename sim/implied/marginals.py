"""What the cut and ways of answering make of each item: its distribution, and what an answer tells of its construct."""

from dataclasses import dataclass, replace

import numpy as np

from sim.answers.law import normal_slopes
from sim.answers.responses import shares_given, slopes_given
from sim.batch import Floats
from sim.distributions.bivariate import normal_density
from sim.drawing import generate
from sim.population.record import Population
from sim.quantities import QUANTITIES
from sim.structures.composites import is_undefined
from sim.structures.products import cumulants
from sim.targets import Target

#: Quantities of a block that the cut changes, and how they are worked out: rho_c is the omega of the sum of answers.
_OF_BLOCKS = {"alpha": "alpha", "rho_c": "omega", "ave": "ave"}


@dataclass(frozen=True)
class Marginal:
    """The distribution of one item's answers 1, 2, ...: exact, or simulated where the population's law is.

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
    """The marginal of every item's answers as given; that of its response where no cut is made."""
    items, scale = population.model.items, population.scale
    if scale.is_continuous:
        shapes = zip(items, *response_shapes(population), strict=True)
        return tuple(Marginal(item, (), (), 0.0, 1.0, float(skew), float(kurt)) for item, skew, kurt in shapes)
    directions = population.responses.directions(items)
    shares = shares_given(population.law.shares, population.responses, directions, scale)
    worded = [
        cuts if direction > 0 else tuple(-cut for cut in reversed(cuts))
        for cuts, direction in zip(scale.thresholds, directions, strict=True)
    ]
    return tuple(_marginal(i, cuts, own[: len(cuts) + 1]) for i, cuts, own in zip(items, worded, shares, strict=True))


def _of_products(population: Population) -> tuple[Floats, Floats]:
    """Third and fourth cumulants of the responses (p,) that products bring."""
    places = population.products.places(population.model)
    effects = population.total_effects[:, len(population.paths) :]
    third, fourth = cumulants(population.linear_parts, effects, places)
    of_item = population.model.block_of
    return population.loadings**3 * third[of_item], population.loadings**4 * fourth[of_item]


def answer_distribution(population: Population, item: str) -> tuple[Floats, Floats]:
    """Values and probabilities of the answers to an item as given; nodes and weights for continuous ones.

    These integrate over the standard normal, by Gauss-Legendre where all but 1e-18 of it lies.
    """
    if population.scale.is_continuous:
        nodes, weights = np.polynomial.legendre.leggauss(400)
        return 9.0 * nodes, 9.0 * weights * normal_density(9.0 * nodes)
    shares = np.array(marginals(population)[population.model.items.index(item)].shares)
    return np.arange(1.0, len(shares) + 1), shares


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


def response_shapes(population: Population) -> tuple[Floats, Floats]:
    """Skewness and excess kurtosis (p,) of the responses, in the direction of the wording.

    A response is a sum of independent sources s_k times weights w_k: sum w_k^3 skew(s_k) and sum w_k^4 kurt(s_k). The
    cumulants that products bring are added. With groups it is a mean: means are 0 and variances 1 in each.
    """
    drawn = population.as_answered
    directions = population.responses.directions(population.model.items)
    if drawn.groups.members:
        parts = [response_shapes(group.population) for group in drawn.groups.members]
        skewness, kurtosis = (np.tensordot(drawn.groups.shares, each, 1) for each in zip(*parts, strict=True))
        return skewness, kurtosis
    if drawn.items_drawn:
        return directions * drawn.items_drawn.skewness, drawn.items_drawn.kurtosis
    recipe = drawn.recipe
    linear = replace(recipe, product_paths=np.zeros_like(recipe.product_paths))
    weights = generate.responses(linear, np.eye(recipe.sources))
    skewness, kurtosis = recipe.distribution.shape(recipe.exogenous, len(directions))
    third, fourth = _of_products(drawn)
    return directions * (skewness @ weights**3 + third) + 0.0, kurtosis @ weights**4 + fourth


def answer_loadings(population: Population) -> Floats:
    """Correlation of each answer given with its item's construct (p,).

    Where all answer as they mean it and responses are normal, that of the response times sum_k phi(t_k) / SD (Olsson et
    al. 1982).
    Straightliners' one answer tells of the construct of the item it was meant for, careless answers tell nothing.
    """
    known, model = population.measured, population.model
    directions = population.responses.directions(model.items)
    ways = population.responses
    loadings = np.sqrt(max(1.0 - ways.shared, 0.0) * (1.0 - ways.single_informant)) * known.loadings[0]
    if population.scale.is_continuous:
        return np.asarray(directions * loadings)
    slopes = population.law.slopes
    if population.reading.given:
        with_constructs = loadings[:, None] * known.correlations[0][model.block_of]
        slopes = normal_slopes(population.scale.padded(len(loadings)), with_constructs)
    itself, repeated = slopes_given(slopes, population.responses, directions, population.scale)
    deviations = np.sqrt(np.diagonal(population.likert_moments.covariances[0]))
    of_own = (itself + repeated.sum(axis=0))[np.arange(len(directions)), model.block_of]
    return np.asarray(of_own / deviations)


def after_cut(population: Population, targets: tuple[Target, ...]) -> Floats:
    """What the cut leaves of the targets (q,): loadings of the answers, alpha, rho_c and ave of their sums.

    NaN for all that is not about items: constructs, their paths and correlations are as they were.
    """
    loadings = answer_loadings(population)
    given = replace(population.measured, loadings=loadings[None], items=population.likert_moments.covariances)
    blocks = {kind: QUANTITIES[rule](given)[0] for kind, rule in _OF_BLOCKS.items()}  # type: ignore[index]
    model = given.model
    values = np.full(len(targets), np.nan)
    for i, target in enumerate(targets):
        if target.kind == "loading" and target.parts[1] in model.items:
            values[i] = loadings[model.items.index(target.parts[1])]
        elif target.kind in blocks and target.parts[0] in model.constructs and not is_undefined(target, model):
            values[i] = blocks[target.kind][model.constructs.index(target.parts[0])]
    return values
