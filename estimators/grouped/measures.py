"""Measures of fit of groups fitted together."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from estimators.factors.fitindices import ModelTest, cfi, rmsea, rmsea_interval, tli
from estimators.grouped.inference import Robust
from estimators.grouped.search import GroupFit
from sim.batch import Floats


@dataclass(frozen=True)
class _OfGroups(ModelTest):
    """The test of G groups: independence takes the correlations of every group to be 0."""

    groups: int = 1

    @cached_property
    def baseline_df(self) -> Floats:
        """Correlations of the items in all groups (R,)."""
        return self.groups * self.items * (self.items - 1) / 2


@dataclass(frozen=True)
class Measures:
    """chisq with df and p-value, what it was scaled by (1 for ML), and indices, as lavaan has them for groups.

    RMSEA is multiplied by the root of the number of groups (Steiger 1998); srmr is the mean over groups, weighted by
    their respondents, means counted. aic and bic count means. robust: chisq and what follows from it are scaled.
    """

    chisq: float
    df: int
    p_value: float
    scaling: float
    cfi: float
    tli: float
    rmsea: float
    rmsea_lower: float
    rmsea_upper: float
    srmr: float
    log_likelihood: float
    parameters: int
    aic: float
    bic: float


def measures(fit: GroupFit, robust: Robust | None = None) -> Measures:
    """The measures of a fit; scaled ones where `robust` is given."""
    scaling = 1.0 if robust is None else robust.scaling
    of_baseline = 1.0 if robust is None else robust.scaling_of_baseline
    groups = len(fit.samples)
    test = _OfGroups(
        minimum=np.array([2.0 * fit.end.value / scaling]),
        df=np.array([float(fit.df)]),
        baseline=np.array([_independence(fit) / of_baseline]),
        items=np.array([float(len(fit.samples[0].means))]),
        respondents=float(fit.n),
        n=float(fit.n),
        constructs=len(fit.model.constructs),
        scaling=scaling,
        groups=groups,
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        ends = rmsea_interval(test)
        return Measures(
            chisq=float(test.minimum[0] * fit.n),
            df=fit.df,
            p_value=float(test.p_value(test.minimum * fit.n)[0]),
            scaling=scaling,
            cfi=float(cfi(test)[0]),
            tli=float(tli(test)[0]),
            rmsea=float(rmsea(test)[0]) * groups**0.5,
            rmsea_lower=float(ends[0][0]) * groups**0.5,
            rmsea_upper=float(ends[1][0]) * groups**0.5,
            srmr=_srmr(fit),
            log_likelihood=fit.log_likelihood,
            parameters=fit.parameters,
            aic=-2.0 * fit.log_likelihood + 2.0 * fit.parameters,
            bic=-2.0 * fit.log_likelihood + np.log(fit.n) * fit.parameters,
        )


def _independence(fit: GroupFit) -> float:
    """2 f of independent items with free means and variances in every group."""
    total = 0.0
    for sample in fit.samples:
        logs = np.linalg.slogdet(sample.covariances)[1] - np.log(np.diagonal(sample.covariances)).sum()
        total -= sample.n / fit.n * float(logs)
    return total


def _srmr(fit: GroupFit) -> float:
    """The root mean square of residual correlations and standardised residual means, averaged over groups."""
    total = 0.0
    for sample, layout, at in zip(fit.samples, fit.layouts, fit.tables.places, strict=True):
        matrices, deviation = layout.matrices(fit.end.theta[at]), np.sqrt(np.diagonal(sample.covariances))
        residuals = np.tril((sample.covariances - matrices.implied) / deviation / deviation[:, None])
        of_means = (sample.means - matrices.averages) / deviation
        p = len(deviation)
        total += sample.n / fit.n * float(np.sqrt(((residuals**2).sum() + (of_means**2).sum()) / (p * (p + 3) / 2)))
    return total
