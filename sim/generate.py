"""Responses of one data set, step by step in NumPy: sources, constructs, responses, cut.

What the compiled loop of `sim.kernels.draw` does for normal sources; worlds that it does not know are drawn here.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.batch import Floats
from sim.population import Population
from sim.second_order import drawn_paths


@dataclass(frozen=True)
class Recipe:
    """What responses are made from. A source is a vector of standardised numbers, one for each respondent.

    order (m,): constructs in causal order, dimensions of second-order constructs last; paths (m, m) as [outcome,
    predictor], a dimension's loading being its path from the construct above; disturbance_root (m, m): lower
    triangular, in that order, what exogenous constructs and disturbances are of their sources; loadings (p,);
    error_root (p, p): lower triangular; block_of (p,).
    """

    order: NDArray[np.int64]
    paths: Floats
    disturbance_root: Floats
    loadings: Floats
    error_root: Floats
    block_of: NDArray[np.int64]

    @classmethod
    def of(cls, population: Population) -> "Recipe":
        """The recipe of a population's responses as respondents mean them."""
        order, paths = drawn_paths(population)
        through = np.eye(len(order)) - paths
        disturbances = through @ population.construct_correlations @ through.T
        return cls(
            order,
            paths,
            _root(disturbances[np.ix_(order, order)]),
            population.loadings,
            _root(population.error_matrix),
            population.model.block_of,
        )

    @property
    def sources(self) -> int:
        """How many sources there are: one for each construct, then one for each item's error."""
        return len(self.order) + len(self.loadings)


def responses(recipe: Recipe, sources: Floats) -> Floats:
    """Responses (n, p) of respondents with these sources (n, m + p)."""
    m = len(recipe.order)
    scores = constructs(recipe, sources[:, :m] @ recipe.disturbance_root.T)
    return scores[:, recipe.block_of] * recipe.loadings + sources[:, m:] @ recipe.error_root.T


def constructs(recipe: Recipe, own: Floats) -> Floats:
    """Construct scores (n, m) from the part of each that no path brings, `own` (n, m) in causal order."""
    scores = np.zeros_like(own)
    for place, j in enumerate(recipe.order):
        scores[:, j] = scores @ recipe.paths[j] + own[:, place]
    return scores


def cut(responses: Floats, thresholds: Floats) -> NDArray[np.generic]:
    """Answers (n, p): 1 + the number of thresholds (p, T) exceeded; with T = 0 the responses themselves."""
    if not thresholds.shape[1]:
        return responses
    return np.asarray(1 + (responses[:, :, None] > thresholds).sum(axis=2, dtype=np.int8))


def _root(matrix: Floats) -> Floats:
    """Cholesky root of a positive semi-definite matrix; a variable without variance of its own adds none."""
    varies = np.diag(matrix) > 1e-12
    root = np.zeros_like(matrix)
    part = np.ix_(varies, varies)
    # A perfectly dependent set is lifted by 1e-14, far below what any draw could show; what that leaves is taken off.
    root[part] = np.linalg.cholesky(matrix[part] + 1e-14 * np.eye(int(varies.sum())))
    own = np.arange(len(root))
    root[own, own] = np.where(np.diag(root) > 1e-6, np.diag(root), 0.0)
    return root
