"""Where a factor model's discrepancy is least: the one search that likelihood and least squares share."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from estimators.base import Estimates
from estimators.factors.structure import error_pairs, is_saturated, structure_of
from estimators.kernels import covariance as kernel
from estimators.kernels.descent import LIKELIHOOD
from estimators.kernels.factor_model import Codes
from estimators.quantities import estimates_of
from estimators.solution import Solution, constant_items
from sim.batch import Batch, Bools, Floats, pairs_of
from sim.model import Model
from sim.targets import Kind, Target


@dataclass(frozen=True)
class Minimum:
    """Where the discrepancy F of R data sets is least; NaN where the status is fatal.

    loadings (R, p), paths and correlations of the constructs (R, m, m), r2 (R, m): standardised. parameters (R, k): all
    of them as the kernels count them, log scales relative to the sample's standard deviations first. scales (R, p):
    implied over sample standard deviations. error_covariances (R, e), standardised, 0 where they fell away.
    discrepancy, log_determinant, df, items (R,): F, ln|R| of the retained items' correlations R, degrees of freedom.
    """

    loadings: Floats
    paths: Floats
    correlations: Floats
    r2: Floats
    parameters: Floats
    error_covariances: Floats
    discrepancy: Floats
    log_determinant: Floats
    df: Floats
    retained: Bools
    status: NDArray[np.int8]
    iterations: NDArray[np.int32]

    @property
    def items(self) -> Floats:
        """Retained items (R,)."""
        return np.asarray(self.retained.sum(axis=1), dtype=np.float64)

    @property
    def scales(self) -> Floats:
        """Implied over sample standard deviations (R, p), NaN where not retained."""
        at = np.maximum(np.cumsum(self.retained, axis=1) - 1, 0)
        return np.where(self.retained, np.exp(np.take_along_axis(self.parameters, at, axis=1)), np.nan)

    def implied(self, model: Model) -> Floats:
        """The model's covariances in units of the sample's standard deviations (R, p, p), NaN where not retained."""
        block, p = model.block_of, len(model.items)
        standardised = self.loadings[:, :, None] * self.correlations[:, block[:, None], block] * self.loadings[:, None]
        for e, (i, l) in enumerate(error_pairs(model)):
            standardised[:, [i, l], [l, i]] += self.error_covariances[:, [e]]
        standardised[:, range(p), range(p)] = 1.0
        return np.where(pairs_of(self.retained), standardised * self.scales[:, :, None] * self.scales[:, None], np.nan)

    def estimates(
        self, measures: Mapping[Kind, Floats], items: Floats, batch: Batch, model: Model, targets: Sequence[Target]
    ) -> Estimates:
        """Values of the targets, without inference; measures and items as in `Solution` and `quantities.Given`."""
        solution = Solution(self.paths, self.loadings, self.correlations, self.r2, measures=measures)
        return estimates_of(solution, items, self.status, self.iterations, batch, model, targets)


def minimise(
    batch: Batch, model: Model, tolerance: float, limit: int, respondents: float, codes: Codes | None
) -> tuple[Minimum, Floats]:
    """ML of every data set, and the targets' standard errors (R, q) by the expected information of `respondents`."""
    correlations, status = batch.moments.correlations, constant_items(batch)
    return search(
        LIKELIHOOD, correlations, correlations, batch.retained, status, model, tolerance, limit, respondents, codes
    )


def search(
    kind: int,
    correlations: Floats,
    weights: Floats,
    retained: Bools,
    status: NDArray[np.int8],
    model: Model,
    tolerance: float,
    limit: int,
    respondents: float,
    codes: Codes | None,
) -> tuple[Minimum, Floats]:
    """The minimum on correlations (R, p, p) where the status (R,) is OK so far, and standard errors as in `minimise`.

    kind and weights (R, p, p), the latter used by pairs alone, as in `kernels.descent`; retained (R, p); codes (q, ..)
    of the targets as in `estimators.factors.structure.target_codes`; None where no standard errors are needed.
    """
    r, m, p = len(status), len(model.blocks), len(model.items)
    structure = structure_of(model)
    wanted = np.empty((0, 4), dtype=np.int64) if codes is None else codes

    def empty(*shape: int) -> Floats:
        return np.full((r, *shape), np.nan)

    e, s = len(structure.errors), len(structure.steps)
    fit = kernel.ModelFits(
        loadings=empty(p), paths=empty(m, m), correlations=empty(m, m), r2=empty(m), parameters=empty(2 * p + e + s),
        error_covariances=empty(e), discrepancy=empty(), log_determinant=empty(), df=empty(), se=empty(len(wanted)),
        status=status, iterations=np.zeros(r, dtype=np.int32),
    )  # fmt: skip
    data = kernel.Data(kind, correlations, weights, retained, respondents)
    kernel.fit_batch(data, structure, is_saturated(model), tolerance, limit, wanted, codes is not None, fit)
    parts = fit._asdict()
    se = parts.pop("se")
    return Minimum(retained=retained, **parts), se
