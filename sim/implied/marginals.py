"""What the cut and ways of answering make of each item: its distribution, and what an answer tells of its construct."""

from dataclasses import dataclass, replace

import numpy as np

from sim.batch import Floats
from sim.distributions.bivariate import normal_density
from sim.implied.implied import implied
from sim.population.record import Population
from sim.quantities import QUANTITIES
from sim.structures.composites import is_undefined
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
        shapes = zip(items, *implied(population).shapes, strict=True)
        means, sds = population.units.of_items(items)
        return tuple(
            Marginal(item, (), (), float(mean), float(sd), float(skew), float(kurt))
            for (item, skew, kurt), mean, sd in zip(shapes, means, sds, strict=True)
        )
    directions = population.responses.directions(items)
    shares = implied(population).answers.shares
    worded = [
        cuts if direction > 0 else tuple(-cut for cut in reversed(cuts))
        for cuts, direction in zip(scale.thresholds, directions, strict=True)
    ]
    return tuple(_marginal(i, cuts, own[: len(cuts) + 1]) for i, cuts, own in zip(items, worded, shares, strict=True))


def answer_distribution(population: Population, item: str) -> tuple[Floats, Floats]:
    """Values and probabilities of the answers to an item as given; nodes and weights for continuous ones.

    These integrate over the standard normal, by Gauss-Legendre where all but 1e-18 of it lies.
    """
    if population.scale.is_continuous:
        nodes, weights = np.polynomial.legendre.leggauss(400)
        means, sds = population.units.of_items([item])
        return means + sds * (9.0 * nodes), 9.0 * weights * normal_density(9.0 * nodes)
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


def answer_loadings(population: Population) -> Floats:
    """Correlation of each answer given with its item's construct (p,).

    Where all answer as they mean it and responses are normal, that of the response times sum_k phi(t_k) / SD (Olsson et
    al. 1982). Straightliners' one answer tells of the construct of the item it was meant for, careless answers tell
    nothing.
    """
    follows, model, ways = implied(population), population.model, population.responses
    if population.scale.is_continuous:
        loadings = np.sqrt(max(1.0 - ways.shared, 0.0) * (1.0 - ways.single_informant)) * follows.measured.loadings[0]
        return np.asarray(ways.directions(model.items) * loadings)
    deviations = np.sqrt(np.diagonal(follows.likert_moments.covariances[0]))
    of_own = follows.answers_with_constructs[np.arange(len(model.items)), model.block_of]
    if population.crossloadings.given:
        return _kept_of_loadings(population, follows.answers_with_constructs / deviations[:, None])
    return np.asarray(of_own / deviations)


def construct_correlations(population: Population) -> Floats:
    """Correlations (p, m) of the answers given with every construct, as the truth of these is reported.

    From the law of the answers, which is exact or simulated; those of responses where no cut is made.
    """
    follows = implied(population)
    if population.scale.is_continuous:
        directions = population.responses.directions(population.model.items)
        informants = np.sqrt(1.0 - population.responses.single_informant)
        return np.asarray(directions[:, None] * informants * follows.as_answered.structure.with_constructs)
    deviations = np.sqrt(np.diagonal(follows.likert_moments.covariances[0]))
    return np.asarray(follows.answers_with_constructs / deviations[:, None])


def _kept_of_loadings(population: Population, answered: Floats) -> Floats:
    """Loadings of answers (p,) of items that measure several constructs, from the answers' correlations (p, m).

    Correlations with all constructs shrink alike, and the loadings with them; that of the strongest tells how much.
    """
    before, rows = population.structure.with_constructs, np.arange(len(answered))
    strongest = np.argmax(np.abs(before), axis=1)
    related = before[rows, strongest]
    kept = np.where(related == 0, 0.0, answered[rows, strongest] / np.where(related == 0, 1.0, related))
    return np.asarray(kept * population.loadings)


def after_cut(population: Population, targets: tuple[Target, ...]) -> Floats:
    """What the cut leaves of the targets (q,): loadings of the answers, alpha, rho_c and ave of their sums.

    NaN for all that is not about items: constructs, their paths and correlations are as they were.
    """
    loadings = answer_loadings(population)
    follows = implied(population)
    given = replace(follows.measured, loadings=loadings[None], items=follows.likert_moments.covariances)
    blocks = {kind: QUANTITIES[rule](given)[0] for kind, rule in _OF_BLOCKS.items()}  # type: ignore[index]
    model = given.model
    values = np.full(len(targets), np.nan)
    for i, target in enumerate(targets):
        if target.kind == "loading" and target.parts[1] in model.items:
            values[i] = loadings[model.items.index(target.parts[1])]
        elif target.kind in blocks and target.parts[0] in model.constructs and not is_undefined(target, model):
            values[i] = blocks[target.kind][model.constructs.index(target.parts[0])]
    return values
