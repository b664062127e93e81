"""Answers where products act: given the constructs that are multiplied, everything is normal.

So what the cut leaves is an integral over these constructs, by the trapezoidal rule on normals, which for analytic
integrands converges faster than any power of the step (Trefethen & Weideman 2014).
"""

from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri

from sim.batch import Bools, Floats
from sim.distributions.bivariate import joint_exceedance, normal_density
from sim.distributions.law import Law
from sim.errors import InputError
from sim.structures.products import centred
from sim.structures.structure import Structure

#: Normals beyond this are left out: 1e-15 of them.
_FARTHEST = 8.0
#: 2 pi over step and steepness: the error is about exp(-_FINENESS^2 / 2) = 1e-11.
_FINENESS = 7.1
#: Responses that change faster than this are integrated between their thresholds; how far from the middle they count.
_STEEP, _COUNTED = 6.0, 2.0
_MOST_NODES = 60_000
#: No threshold lies beyond this, even of a product.
_WIDEST = 100.0
#: Deviations under this count as this.
_SMALLEST = 1e-9
#: Bivariate probabilities worked out at once.
_AT_ONCE = 4_000
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(10)


@dataclass(frozen=True)
class Nodes:
    """Normal distributions, one for each node of the integral, all with the same covariances.

    weights (g,); constructs (g, m) and responses (g, p): means; thresholds (p, T); covariances (p, p) of the responses
    and `beside` (p, m) of the responses with the constructs.
    """

    weights: Floats
    constructs: Floats
    responses: Floats
    thresholds: Floats
    covariances: Floats
    beside: Floats

    @cached_property
    def deviations(self) -> Floats:
        """Standard deviations of the responses at each node (p,)."""
        return np.sqrt(np.maximum(np.diag(self.covariances), _SMALLEST**2))

    @cached_property
    def beyond(self) -> Floats:
        """How far thresholds are from the responses' means, in their deviations (g, p, T)."""
        return (self.thresholds - self.responses[:, :, None]) / self.deviations[:, None]

    @cached_property
    def above(self) -> Floats:
        """Probabilities of exceeding the thresholds at each node (g, p, T)."""
        return np.asarray(ndtr(-self.beyond))

    @cached_property
    def exceeding(self) -> Floats:
        """Probabilities of exceeding the thresholds (p, T)."""
        return np.asarray(np.tensordot(self.weights, self.above, 1))

    @cached_property
    def crossings(self) -> Floats:
        """Covariances of exceeding each threshold with the constructs (p, T, m)."""
        heights = np.tensordot(self.weights, normal_density(self.beyond), 1) / self.deviations[:, None]
        of_means = np.tensordot(self.above, self.weights[:, None] * self.constructs, (0, 0))
        return np.asarray(of_means + heights[:, :, None] * self.beside[:, None, :])


def law(structure: Structure, cuts: Floats) -> Law:
    """The law of answers in categories, cut at thresholds `cuts` (p, T), of a structure with products."""
    sharp = sharply_cut(structure)
    smooth = nodes(structure, cuts, sharp, ~sharp)
    fine = nodes(structure, cuts, sharp, sharp) if sharp.any() else smooth
    excess = np.array([
        _excess(structure, cuts, fine if sharp[[i, k]].any() else smooth, i, k)
        for i, k in combinations(range(len(sharp)), 2)
    ])  # fmt: skip
    above = np.where(sharp[:, None], fine.exceeding, smooth.exceeding)
    curved = structure.products.curved(structure.model)[structure.model.block_of]
    return Law(
        np.where(curved[:, None], above, ndtr(-cuts)),
        excess,
        np.where(sharp[:, None, None], fine.crossings, smooth.crossings),
    )


def thresholds(structure: Structure, cuts: Floats, above: Floats) -> Floats:
    """Thresholds (p, T) that responses exceed with these probabilities (p, T), +inf for 0, to nine decimals.

    cuts (p, T): thresholds that the nodes of the integral suit.
    """
    sharp = sharply_cut(structure)
    at, curved = nodes(structure, cuts, sharp, ~sharp), structure.products.curved(structure.model)
    found = -ndtri(above)
    for item, k in np.argwhere(curved[structure.model.block_of][:, None] & (above > 0)):

        def excess(cut: float, item: int = item, wanted: float = above[item, k]) -> float:
            return float(at.weights @ ndtr((at.responses[:, item] - cut) / at.deviations[item]) - wanted)

        found[item, k] = brentq(excess, -_WIDEST, _WIDEST, xtol=1e-13)
    return np.asarray(np.round(found, 9))


def nodes(structure: Structure, cuts: Floats, sharp: Bools, wanted: Bools) -> Nodes:
    """The distributions given the constructs that are multiplied, at nodes that suit the wanted items (p,).

    Raises InputError where these are too many.
    """
    places, of_item, loadings = (
        structure.products.places(structure.model), structure.model.block_of, structure.loadings
    )  # fmt: skip
    x, weights, root, left = _span(structure, cuts, sharp, wanted)
    of_products = structure.total_effects[:, len(structure.paths) :]
    scores = x @ root.T
    means = structure.construct_correlations[places[:, 0], places[:, 1]]
    scores = scores + centred(scores, places, means) @ of_products.T
    covariances = loadings[:, None] * left[np.ix_(of_item, of_item)] * loadings + structure.error_matrix
    return Nodes(
        weights,
        scores,
        scores[:, of_item] * loadings,
        cuts,
        covariances,
        loadings[:, None] * left[of_item],
    )


def check(structure: Structure, cuts: Floats) -> None:
    """Raises InputError where the law of answers cut at `cuts` (p, T) would take too many nodes."""
    sharp = sharply_cut(structure)
    for wanted in (sharp, ~sharp):
        _span(structure, cuts, sharp, wanted)


def sharply_cut(structure: Structure) -> Bools:
    """Items of multiplied constructs whose answers depend on little else (p,)."""
    multiplied = np.isin(structure.model.block_of, structure.products.places(structure.model))
    return np.asarray(multiplied & (structure.loadings**2 > _STEEP**2 * np.diag(structure.error_matrix)))


def _excess(structure: Structure, cuts: Floats, at: Nodes, i: int, k: int) -> Floats:
    """P(z_i > a, z_k > b) - P(z_i > a) P(z_k > b) for all thresholds of two items (T, T)."""
    curved = structure.products.curved(structure.model)[structure.model.block_of]
    if not curved[[i, k]].any():
        rho = np.clip(structure.covariance[i, k], -1.0, 1.0)
        return joint_exceedance(cuts[i][:, None], cuts[k][None, :], rho)
    total: Floats = (at.weights[:, None] * at.above[:, i]).T @ at.above[:, k]
    total -= np.outer(at.exceeding[i], at.exceeding[k])
    rho = np.clip(at.covariances[i, k] / (at.deviations[i] * at.deviations[k]), -1.0, 1.0)
    if abs(rho) > 1e-12:
        for start in range(0, len(at.weights), _AT_ONCE):
            part = slice(start, start + _AT_ONCE)
            joint = joint_exceedance(at.beyond[part, i, :, None], at.beyond[part, k, None, :], rho)
            total += np.tensordot(at.weights[part], joint, 1)
    return total


def _span(structure: Structure, cuts: Floats, sharp: Bools, wanted: Bools) -> tuple[Floats, Floats, Floats, Floats]:
    """Normals (g, d) with weights (g,), what constructs are of them (m, d), and covariances of the rest (m, m)."""
    root, left = _given(structure.linear_parts, np.unique(structure.products.places(structure.model)))
    x, weights = _grid(structure, cuts, root, sharp & wanted, _steepness(structure, root, left, ~sharp))
    return x, weights, root, left


def _given(linear: Floats, multiplied: NDArray[np.int64]) -> tuple[Floats, Floats]:
    """Regression (m, d) of linear constructs on independent normals, and covariances (m, m) of what these leave.

    Each of the multiplied constructs in turn brings a normal, one that the constructs before it determine a zero one.
    """
    left, columns = linear.copy(), []
    for j in multiplied:
        column = left[:, j] / np.sqrt(left[j, j]) if left[j, j] > 1e-10 else np.zeros(len(left))
        left = left - np.outer(column, column)
        left[j] = left[:, j] = 0.0
        columns.append(column)
    return np.array(columns).T, left


def _grid(structure: Structure, cuts: Floats, root: Floats, sharp: Bools, steepness: float) -> tuple[Floats, Floats]:
    """Normals (g, d) and their weights (g,), one dimension after another, those farther out than _FARTHEST left out.

    Dimensions of constructs with sharply cut items have panels, the others equal steps.
    """
    multiplied = np.unique(structure.products.places(structure.model))
    x, weights = np.zeros((1, 0)), np.ones(1)
    for d, j in enumerate(multiplied):
        items = np.flatnonzero(sharp & (structure.model.block_of == j))
        if not root[j, d]:
            own, lengths = np.zeros((len(x), 1)), np.ones((len(x), 1))
        elif items.size:
            own, lengths = _panels(structure, cuts, items, root[j], x)
        else:
            step = 2 * np.pi / _FINENESS / np.hypot(1.0, steepness)
            axis = step * np.arange(-np.floor(_FARTHEST / step), _FARTHEST / step)
            own, lengths = np.tile(axis, (len(x), 1)), np.full((len(x), len(axis)), step)
        x = np.column_stack([np.repeat(x, own.shape[1], axis=0), own.ravel()])
        weights = np.repeat(weights, own.shape[1]) * lengths.ravel()
        near = ((x**2).sum(axis=1) < _FARTHEST**2) & (weights > 0)
        x, weights = x[near], weights[near]
        if len(x) > _MOST_NODES:
            raise InputError(
                f"with {len(multiplied)} constructs in products and responses this close "
                "to their constructs, what the cut leaves cannot be worked out; multiply fewer constructs, lower the "
                "largest loadings or the paths of products, or leave out [scale]"
            )
    weights = weights * np.exp(-(x**2).sum(axis=1) / 2)
    return x, weights / weights.sum()


def _panels(
    structure: Structure, cuts: Floats, items: NDArray[np.int64], row: Floats, x: Floats
) -> tuple[Floats, Floats]:
    """Nodes and lengths (g, nodes each) along the next normal, for sharply cut items of a construct.

    The construct is row @ normals. Panels end at the items' thresholds, given the normals x (g, d) before, and where
    the answer is nearly certain.
    """
    loadings, thresholds = structure.loadings[items], cuts[items]
    errors = np.sqrt(np.diag(structure.error_matrix)[items])
    at, wide = (thresholds / loadings[:, None])[:, :, None], (8 * errors / np.abs(loadings))[:, None, None]
    ends = (at + wide * np.array([-1.0, -0.4, 0.0, 0.4, 1.0])).ravel()
    d = x.shape[1]
    ends = (ends[np.isfinite(ends)] - (x @ row[:d])[:, None]) / row[d]
    fixed = np.tile(np.linspace(-_FARTHEST, _FARTHEST, 13), (len(x), 1))
    ends = np.sort(np.clip(np.hstack([fixed, ends]), -_FARTHEST, _FARTHEST), axis=1)
    widths = np.diff(ends, axis=1)[:, :, None]
    nodes = ends[:, :-1, None] + widths * (1 + _NODES) / 2
    return nodes.reshape(len(x), -1), (widths * _WEIGHTS / 2).reshape(len(x), -1)


def _steepness(structure: Structure, root: Floats, left: Floats, items: Bools) -> float:
    """How much any of the items' (p,) responses changes with the normals, at most, in its remaining deviations.

    Up to _COUNTED from the middle, where products of standard normals have slopes up to twice that.
    """
    of_item, loadings = structure.model.block_of, np.abs(structure.loadings)
    of_products = structure.total_effects[:, len(structure.paths) :]
    slopes = np.linalg.norm(root, axis=1) + 2 * _COUNTED * np.abs(of_products).sum(axis=1)
    remaining = loadings**2 * np.diag(left)[of_item] + np.diag(structure.error_matrix)
    in_deviations = loadings * slopes[of_item] / np.sqrt(np.maximum(remaining, _SMALLEST**2))
    return float(in_deviations[items].max(initial=0.0))
