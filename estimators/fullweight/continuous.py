"""Asymptotically distribution-free least squares of the items' covariances (Browne 1984)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Self

import numpy as np

from estimators.base import AlignedEstimator, Estimates
from estimators.constrained.bounds import Bounds
from estimators.constrained.fitting import Search
from estimators.factors.fitindices import ModelTest, with_model_tests
from estimators.factors.general import (
    general_estimates,
    general_refusal,
    means_refusal,
    residual_correlations,
    with_general_inference,
)
from estimators.factors.leastsquares import least_squares_measures
from estimators.factors.structure import refusal
from estimators.fullweight.inverse import inverse_of
from estimators.inference.signs import Sign
from estimators.raw.units import Scale
from estimators.solution import constant_items
from estimators.weighted.fitting import FoundSquares, search_squares
from estimators.weighted.squares import Places
from sim.batch import Batch, Floats
from sim.model import Model
from sim.targets import Target


@dataclass(frozen=True)
class DistributionFree(AlignedEstimator):
    """ADF: residual covariances weighted by the inverse of Gamma, which the answers' fourth moments give.

    Gamma is the covariance (divisor n) of the respondents' products of deviations; the sample's covariances have the
    divisor n - 1, and n - 1 stands for n in chisq and standard errors, as in lavaan's "WLS" of continuous items. chisq
    is (n - 1) r' Gamma^-1 r with the residuals r; nothing is taken to be normal, yet samples must be large against
    p(p + 1) / 2 (Hu, Bentler & Kano 1992). Model, free parameters, terms, bounds, statuses: as `MaximumLikelihood`;
    SINGULAR also where n is not above p(p + 1) / 2. Of moments without answers Gamma is that of normal answers.
    """

    tolerance: float = 1e-8
    max_iterations: int = 1000
    level: float = 0.95
    standard_errors: bool = True
    sign: Sign = "loadings"
    solution: Scale = "standardised"
    bounds: Bounds = "none"

    fits_terms: ClassVar[bool] = True

    def refusal(self, model: Model) -> str | None:
        """As maximum likelihood; and means."""
        told = refusal(model, "weighted least squares") or means_refusal(model, "adf")
        return told or general_refusal(model, self.bounds, self.solution, "first")

    def without_inference(self) -> Self:
        """A method that gives the values of this one, without standard errors."""
        return replace(self, standard_errors=False)

    def searched(self, batch: Batch, model: Model) -> FoundSquares:
        """Where the search ends, with the bounds that bind."""
        ordered = batch.aligned(model.items)
        factor = ordered.n / (ordered.n - 1.0) if 1 < ordered.n < np.inf else 1.0
        search = Search("unweighted", self.bounds, self.tolerance, self.max_iterations)
        return search_squares(
            model, ordered.moments.covariances * factor, ordered.retained, constant_items(ordered),
            lambda r, places: inverse_of(gamma_of(ordered, r, places), ordered.n), search, ordered.n, unit=False,
        )  # fmt: skip

    def estimate(self, batch: Batch, model: Model, targets: tuple[Target, ...]) -> Estimates:
        """Values of the targets with inference; see `Estimator.fit`."""
        found, respondents = self.searched(batch, model), float(batch.n) - 1.0
        test = ModelTest(
            minimum=found.discrepancy,
            df=found.df,
            baseline=_independence(found, batch, targets),
            items=found.items,
            respondents=respondents,
            n=float(batch.n),
            constructs=len(model.constructs),
        )
        measures = least_squares_measures(found, test, residual_correlations(found, batch), targets)
        estimates = general_estimates(found, measures, batch, model, targets, self.solution, self.sign)
        if not (self.standard_errors and np.isfinite(batch.n)):
            return estimates

        def spread(r: int) -> Floats:
            end = found.ends[r]
            assert end is not None
            return found.inverse(r, found.weighted(r).expected(end.theta)) / respondents

        told = with_general_inference(estimates, found, spread, model, self.solution, self.level)
        return with_model_tests(told, test)


def gamma_of(batch: Batch, r: int, places: Places) -> Floats:
    """The covariances (d, d) of the products of deviations of the items at `places`."""
    rows, columns = places
    if not batch.has_answers:
        sample = batch.moments.covariances[r]
        first = sample[np.ix_(rows, rows)] * sample[np.ix_(columns, columns)]
        return np.asarray(first + sample[np.ix_(rows, columns)] * sample[np.ix_(columns, rows)])
    deviations = batch.raw[r].astype(np.float64) - batch.moments.means[r]
    products = deviations[:, rows] * deviations[:, columns]
    products = products - products.mean(axis=0)
    return np.asarray(products.T @ products / len(products))


def _independence(found: FoundSquares, batch: Batch, targets: Sequence[Target]) -> Floats:
    """The least squares of independent items with free variances (R,), NaN where nobody asks."""
    least = np.full(len(found.ends), np.nan)
    if not any(target.kind in ("cfi", "tli") for target in targets):
        return least
    for r in found.usable:
        kept, function = np.flatnonzero(found.retained[r]), found.weighted(r)
        rows, columns = np.triu_indices(len(kept), 1)
        weight = inverse_of(gamma_of(batch, r, (kept[rows], kept[columns])), batch.n)
        covariances = function.sample[rows, columns]
        if weight is not None:
            least[r] = float(covariances @ weight @ covariances)
    return least
