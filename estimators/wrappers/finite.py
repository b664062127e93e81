"""Finite-population correction: inference about the firms that there are, for any method."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from scipy.special import ndtri, stdtr, stdtridf, stdtrit

from estimators.base import Estimates, Estimator
from estimators.settings import check_count
from estimators.wrappers.wrapper import Asked, Wrapper
from sim.batch import Batch, Floats
from sim.model import Model
from sim.targets import MODEL_KINDS, Target

#: Degrees of freedom above which t is taken for normal.
_NORMAL = 1e8


@dataclass(frozen=True)
class FiniteCorrection(Wrapper):
    """`inner` with its standard errors times sqrt(1 - n / size) (Cochran 1977, sec. 2.6).

    The ends of an interval move towards the estimate by the same factor, which is the interval of the corrected error
    where `inner` has estimate -+ quantile SE, and keeps the shape of a percentile interval. p-values are those of the
    corrected error: the statistic behind the p-value, which need not be estimate / SE, is divided by the factor. Its
    reference is t with B - 1 degrees of freedom for the bootstrap, n - 1 for the jackknife, and otherwise the one that
    `inner`'s interval at `level` has. Fit of the whole model is left as it is. The analyst knows `size`, the number of
    firms, and samples without replacement and with equal chances, or so the correction supposes.
    """

    size: int
    level: float = 0.95

    about: ClassVar = "inference"
    keys: ClassVar = ("fpc",)
    example: ClassVar = ("sumscores", {"fpc": 400})

    @classmethod
    def around(cls, estimator: Estimator, asked: Asked) -> Estimator:
        """`fpc` is the number of firms in the population."""
        firms = asked.settings.get("fpc")
        if firms is None:
            return estimator
        check_count("fpc", firms, "the number of firms in the population, a whole number of", 2)
        return cls(estimator, firms, asked.level)

    @property
    def words(self) -> tuple[str, ...]:
        """What reports add to the method's label."""
        return (f"fpc {self.size}",)

    def estimate(self, batch: Batch, model: Model, targets: tuple[Target, ...]) -> Estimates:
        """Estimates of `inner` with corrected inference; None for more respondents than firms."""
        whole = self.inner.fit(batch, model, targets)
        if not np.isfinite(batch.n):
            return whole
        factor = np.sqrt(1.0 - batch.n / self.size) if batch.n <= self.size else np.nan
        sampled = np.array([target.kind not in MODEL_KINDS for target in whole.targets])
        corrected = {
            "se": factor * whole.se,
            "lower": whole.value - factor * (whole.value - whole.lower),
            "upper": whole.value + factor * (whole.upper - whole.value),
            "p_value": self._p_value(whole, batch.n, factor),
        }
        return whole.replaced(**{name: np.where(sampled, new, getattr(whole, name)) for name, new in corrected.items()})

    def _p_value(self, whole: Estimates, n: float, factor: float) -> Floats:
        """p-values (R, q) with the statistic behind each divided by the factor."""
        df = self._degrees_of_freedom(whole, n)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(2.0 * stdtr(df, stdtrit(df, whole.p_value / 2.0) / factor))

    def _degrees_of_freedom(self, whole: Estimates, n: float) -> Floats:
        """Degrees of freedom (R, q) of the reference of each p-value; infinite for the normal distribution."""
        known = self.inner.degrees_of_freedom(n) if isinstance(self.inner, Wrapper) else None
        if known is not None:
            return np.full(whole.se.shape, known)
        share = 0.5 + self.level / 2
        with np.errstate(divide="ignore", invalid="ignore"):
            quantile = (whole.upper - whole.lower) / (2.0 * whole.se)
        # An interval that is none of -+ quantile SE, or shorter than the normal one, has no degrees of freedom.
        longer = quantile > ndtri(share) * (1.0 + 1e-9)
        df = stdtridf(share, np.where(longer, quantile, 2.0 * ndtri(share)))
        return np.where(longer & (df < _NORMAL), df, np.inf)


def beyond(size: int | None, n: int) -> str | None:
    """What is wrong with n respondents out of so many firms, or None. `size` None: no correction."""
    if size is None or n <= size:
        return None
    return f"fpc = {size} firms cannot have n = {n} respondents; give the population's size, or leave fpc out"
