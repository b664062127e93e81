"""What the cut makes of each item: its distribution, and how much of a response an answer keeps."""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from sim.batch import Floats
from sim.population import Population
from sim.quantities import QUANTITIES, Given
from sim.targets import Target

#: Quantities of a block that the cut changes, and how they are worked out: rho_c is the omega of the sum of answers.
_OF_BLOCKS = {"alpha": "alpha", "rho_c": "omega", "ave": "ave"}


@dataclass(frozen=True)
class Marginal:
    """The distribution of one item's answers 1, 2, ...: exact, not sampled.

    shares (c,) of the categories and thresholds (c - 1,), both empty for continuous answers; kurtosis is the excess.
    """

    item: str
    shares: tuple[float, ...]
    thresholds: tuple[float, ...]
    mean: float
    deviation: float
    skewness: float
    kurtosis: float


def marginals(population: Population) -> tuple[Marginal, ...]:
    """The marginal of every item after the cut; that of a standard normal where no cut is made."""
    items = population.model.items
    if population.scale.is_continuous:
        return tuple(Marginal(item, (), (), 0.0, 1.0, 0.0, 0.0) for item in items)
    return tuple(_marginal(item, cuts) for item, cuts in zip(items, population.scale.thresholds, strict=True))


def _marginal(item: str, cuts: tuple[float, ...]) -> Marginal:
    shares = np.diff(ndtr([-np.inf, *cuts, np.inf]))
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


def kept(population: Population) -> Floats:
    """Correlation of each answer with its own response before the cut (p,): sum_k phi(t_k) / SD (Olsson et al. 1982).

    An answer's correlation with anything jointly normal is the response's times this.
    """
    if population.scale.is_continuous:
        return np.ones(len(population.loadings))
    cuts = population.scale.padded(len(population.loadings))
    densities = np.exp(-(cuts**2) / 2).sum(axis=1) / np.sqrt(2 * np.pi)
    variances = np.diagonal(population.likert_moments.covariances[0])
    return np.asarray(densities / np.sqrt(variances))


def after_cut(population: Population, targets: tuple[Target, ...]) -> Floats:
    """What the cut leaves of the targets (q,): loadings of the answers, alpha, rho_c and ave of their sums.

    NaN for all that is not about items: constructs, their paths and correlations are as they were.
    """
    model = population.model
    loadings = population.loadings * kept(population)
    given = Given(
        model=model,
        n=np.inf,
        paths=population.paths[None],
        loadings=loadings[None],
        correlations=population.construct_correlations[None],
        r2=population.r2[None],
        items=population.likert_moments.covariances,
        retained=np.ones((1, len(loadings)), dtype=bool),
    )
    blocks = {kind: QUANTITIES[rule](given)[0] for kind, rule in _OF_BLOCKS.items()}  # type: ignore[index]
    values = np.full(len(targets), np.nan)
    for i, target in enumerate(targets):
        if target.kind == "loading":
            values[i] = loadings[model.items.index(target.parts[1])]
        elif target.kind in blocks:
            values[i] = blocks[target.kind][model.constructs.index(target.parts[0])]
    return values
