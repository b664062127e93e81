"""Regression on sum scores corrected for their unreliability (Spearman 1904)."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np

from estimators.base import AlignedEstimator, Estimates, Status, beyond_names
from estimators.composites.composite import CompositeArrays
from estimators.composites.sumscores import Items, unit_weighted
from estimators.factors.covariance import MaximumLikelihood
from estimators.kernels.consistent import correct_batch
from estimators.shared.errors import dependent_errors
from sim.batch import Batch, Floats, Moments
from sim.model import Model
from sim.quantities import block_sums
from sim.targets import Target

Reliability = Literal["congeneric", "alpha", "csem"]
RELIABILITIES: tuple[Reliability, ...] = ("congeneric", "alpha", "csem")


@dataclass(frozen=True)
class Disattenuated(AlignedEstimator):
    """OLS on the correlations of sum scores divided by the square roots of their reliabilities.

    A reflective block's reliability is (w'l)^2, with w the weights of the standardised sum and l its loadings.
    `reliability`: "congeneric", the loadings of a one-factor model by maximum likelihood, equal ones where two items
    leave it unidentified; "alpha", equal covariances, which makes (w'l)^2 Cronbach's alpha; "csem", "congeneric" times
    (n - 1) / n, as cSEM has it, which mixes the two divisors of a variance. `items` as in `SumScores`. Single items and
    composite blocks (`<~`) are left as they are. Consistent where every block has three items or more ("congeneric") or
    equal covariances ("alpha"). Statuses are those of `ConsistentPLS` and of the one-factor models. Standard errors
    come from `Bootstrap`.
    """

    reliability: Reliability = "congeneric"
    items: Items = "raw"

    def refusal(self, model: Model) -> str | None:
        """What restricts the model, and errors that covary, of which no reliability here knows."""
        told = beyond_names(model, "a regression on disattenuated sums", self)
        return told or dependent_errors(model, "a regression on disattenuated sums", ("ml", "sam", "miiv"))

    def estimate(self, batch: Batch, model: Model, targets: tuple[Target, ...]) -> Estimates:
        """Values of the targets; see `Estimator.fit`."""
        arrays, items = unit_weighted(batch, model, self.items)
        self._set_loadings(arrays, items, batch, model)
        rho = np.where(self._corrected(batch, model), block_sums(arrays.weights * arrays.loadings, model) ** 2, 1.0)
        correct_batch(arrays, rho, model.path_matrix)
        return arrays.estimates(batch, model, targets, items, of_factors=True)

    def _corrected(self, batch: Batch, model: Model) -> np.ndarray:
        """Blocks that are corrected: reflective, of more than one item (R, m)."""
        return model.reflective & (block_sums(batch.retained.astype(np.float64), model) > 1)

    def _set_loadings(self, arrays: CompositeArrays, items: Floats, batch: Batch, model: Model) -> None:
        """Replace the corrected blocks' loadings by those of the measurement model; its statuses, where fatal."""
        corrected = self._corrected(batch, model)
        counts = block_sums(batch.retained.astype(np.float64), model)
        factor = 1.0 - 1.0 / batch.n if self.reliability == "csem" else 1.0
        for j, block in enumerate(pairwise(model.bounds)):
            place = slice(*block)
            even, failed = equal_loadings(items[:, place, place], batch.retained[:, place], counts[:, j])
            free = np.full(len(counts), self.reliability != "alpha") & (counts[:, j] > 2) & corrected[:, j]
            loadings, status = even, np.where(failed, Status.NEGATIVE_RELIABILITY, Status.OK)
            if free.any():
                fitted, ended = one_factor(batch, model, j)
                loadings, status = np.where(free[:, None], fitted, loadings), np.where(free, ended, status)
            chosen = corrected[:, j, None] & batch.retained[:, place]
            arrays.loadings[:, place] = np.where(chosen, loadings * np.sqrt(factor), arrays.loadings[:, place])
            worse = corrected[:, j] & (arrays.status <= Status.INADMISSIBLE) & (status > arrays.status)
            arrays.status[worse] = status[worse]


def equal_loadings(items: Floats, retained: np.ndarray, counts: Floats) -> tuple[Floats, np.ndarray]:
    """Standardised loadings (R, k) of items (R, k, k) with one common covariance; where it is not positive (R,)."""
    pairs = (retained[:, :, None] & retained[:, None, :]) & ~np.eye(items.shape[1], dtype=bool)
    with np.errstate(divide="ignore", invalid="ignore"):
        common = np.where(pairs, items, 0.0).sum(axis=(1, 2)) / (counts * (counts - 1))
        loadings = np.sqrt(common)[:, None] / np.sqrt(np.diagonal(items, axis1=1, axis2=2))
    return loadings, ~(common > 0.0)


def one_factor(batch: Batch, model: Model, j: int) -> tuple[Floats, np.ndarray]:
    """Standardised loadings (R, k) of block j under a one-factor model by maximum likelihood, and its status (R,)."""
    block, place = model.blocks[j], slice(model.bounds[j], model.bounds[j + 1])
    moments = batch.moments
    alone = Moments(moments.means[:, place], np.ascontiguousarray(moments.covariances[:, place, place]), moments.n)
    loadings = tuple(Target("loading", (block.construct, item)) for item in block.items)
    factor = MaximumLikelihood(standard_errors=False)
    fit = factor.fit(Batch.of_moments(alone).keep(batch.retained[:, place].copy()), Model((block,)), loadings)
    return fit.value, fit.status
