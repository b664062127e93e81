"""Responses of one data set, step by step in NumPy: sources, constructs, responses, cut.

What the compiled loop of `sim.kernels.draw` does for normal sources; worlds that it does not know are drawn here.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.batch import Bools, Floats
from sim.distributions.itemwise import Items
from sim.structures.distribution import Distribution
from sim.structures.products import centred
from sim.structures.second_order import drawn_paths, predicted
from sim.structures.structure import Structure


@dataclass(frozen=True)
class Recipe:
    """What responses are made from. A source is a vector of standardised numbers, one for each respondent.

    order (m,): constructs in causal order, dimensions of second-order constructs last; paths (m, m) as [outcome,
    predictor], a dimension's loading being its path from the construct above; disturbance_root (m, m): lower
    triangular, in that order, what exogenous constructs and disturbances are of their sources; loadings (p,);
    error_root (p, p): lower triangular; block_of (p,). products (q, 2): indices of the constructs of each product, with
    product_means (q,) and product_paths (m, q) as [outcome, product]. exogenous (m,): which constructs have no
    predictors, in that order. crossloadings (p, m): beside each item's own, None without. Where `items` draws responses
    from their covariance matrix alone, there are no sources.
    """

    order: NDArray[np.int64]
    paths: Floats
    disturbance_root: Floats
    loadings: Floats
    error_root: Floats
    block_of: NDArray[np.int64]
    products: NDArray[np.int64]
    product_means: Floats
    product_paths: Floats
    exogenous: Bools
    distribution: Distribution
    items: Items | None = None
    crossloadings: Floats | None = None

    @classmethod
    def of(cls, structure: Structure, distribution: Distribution, items: Items | None) -> "Recipe":
        """The recipe of responses as respondents mean them; `items` draws them from their covariances alone."""
        order, paths = drawn_paths(structure.model, structure.order, structure.paths, structure.dimensions)
        products = structure.products.places(structure.model)
        return cls(
            order,
            paths,
            _root(structure.disturbances[np.ix_(order, order)]),
            structure.loadings,
            _root(structure.error_matrix),
            structure.model.block_of,
            products,
            structure.construct_correlations[products[:, 0], products[:, 1]],
            structure.products.paths(structure.model),
            np.logical_not(predicted(structure.model)[order].any(axis=1)),
            distribution,
            items,
            structure.crossloadings.matrix(structure.model) if structure.crossloadings.given else None,
        )

    @property
    def sources(self) -> int:
        """How many sources there are: one for each construct, then one for each item's error."""
        return len(self.order) + len(self.loadings)


def respondents(recipe: Recipe, n: int, rng: np.random.Generator) -> tuple[Floats, Floats | None]:
    """Responses (n, p) of n respondents and their construct scores (n, m), None where items are drawn alone."""
    if recipe.items:
        return recipe.items.responses(recipe.items.latent(n, rng)), None
    drawn = sources(recipe, n, rng)
    own = scores(recipe, drawn)
    return measured(recipe, own, drawn), own


def sources(recipe: Recipe, n: int, rng: np.random.Generator) -> Floats:
    """The sources of n respondents (n, m + p)."""
    return recipe.distribution.sources(recipe.exogenous, len(recipe.loadings), n, rng)


def responses(recipe: Recipe, sources: Floats) -> Floats:
    """Responses (n, p) of respondents with these sources (n, m + p)."""
    return measured(recipe, scores(recipe, sources), sources)


def scores(recipe: Recipe, sources: Floats) -> Floats:
    """Construct scores (n, m) of respondents with these sources (n, m + p)."""
    return constructs(recipe, sources[:, : len(recipe.order)] @ recipe.disturbance_root.T)


def measured(recipe: Recipe, scores: Floats, sources: Floats) -> Floats:
    """Responses (n, p) of respondents with these construct scores (n, m) and sources (n, m + p)."""
    found = scores[:, recipe.block_of] * recipe.loadings + sources[:, len(recipe.order) :] @ recipe.error_root.T
    return found if recipe.crossloadings is None else found + scores @ recipe.crossloadings.T


def constructs(recipe: Recipe, own: Floats) -> Floats:
    """Construct scores (n, m) from the part of each that no path brings, `own` (n, m) in causal order."""
    scores = np.zeros_like(own)
    for place, j in enumerate(recipe.order):
        scores[:, j] = scores @ recipe.paths[j] + own[:, place]
        if recipe.product_paths[j].any():
            scores[:, j] += centred(scores, recipe.products, recipe.product_means) @ recipe.product_paths[j]
    return scores


def cut(responses: Floats, thresholds: Floats) -> NDArray[np.generic]:
    """Answers (n, p): 1 + the number of thresholds (p, T) exceeded; with T = 0 the responses themselves."""
    if not thresholds.shape[1]:
        return responses
    answers = np.ones(responses.shape, dtype=np.int8)
    for passed in thresholds.T:
        answers += responses > passed
    return answers


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
