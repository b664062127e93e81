"""Bootstrap: standard errors, percentile intervals and p-values for any method that works on moments."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from scipy.special import stdtr

from estimators.base import Estimates, Estimator
from sim.batch import Batch, Floats
from sim.model import Model
from sim.targets import Target

#: Usable resamples that an interval needs at the least.
FEWEST = 20


@dataclass(frozen=True)
class Bootstrap:
    """`inner`'s estimates with nonparametric bootstrap inference (Efron & Tibshirani 1993, ch. 6, 13).

    SE: standard deviation of the resampled estimates (divisor B - 1). Interval: percentiles by linear interpolation.
    p-value: estimate / SE against t with B - 1 degrees of freedom, as SmartPLS prints it. Resamples on which the
    method fails are left out, and `Estimates.resamples` counts the rest; with fewer than 20 there is no inference.
    Every replication has its own stream, shared by all methods of a cell; more resamples begin with the same ones.
    """

    inner: Estimator
    resamples: int = 500
    level: float = 0.95

    def refusal(self, model: Model) -> str | None:
        """What `inner` cannot estimate cannot be bootstrapped."""
        return self.inner.refusal(model)

    def without_inference(self) -> Self:
        """`inner` alone, which is what gives the values."""
        return self.inner.without_inference()  # type: ignore[return-value]

    def fit(self, batch: Batch, model: Model, targets: Sequence[Target] | None = None) -> Estimates:
        """Values of `inner` with bootstrap inference; see `Estimator.fit`."""
        wanted = model.targets if targets is None else tuple(targets)
        method = self.inner.without_inference()
        point = method.fit(batch, model, wanted)
        se, lower, upper = (np.full(point.value.shape, np.nan) for _ in range(3))
        used = np.full(len(batch), 0, dtype=np.int32)
        for r in np.flatnonzero(~point.fatal):
            resampled = method.fit(self._resampled(batch, int(r)), model, wanted)
            values = resampled.value[~resampled.fatal]
            used[r] = len(values)
            if len(values) >= FEWEST:
                se[r] = values.std(axis=0, ddof=1)
                lower[r], upper[r] = percentile_interval(values, self.level)
        with np.errstate(divide="ignore", invalid="ignore"):
            p_value = 2 * stdtr(self.resamples - 1, -np.abs(point.value / se))
        return point.replaced(se=se, lower=lower, upper=upper, p_value=p_value, resamples=used)

    def _resampled(self, batch: Batch, r: int) -> Batch:
        """The resamples of one replication as a batch of B."""
        n = batch.raw.shape[1]
        rows = bootstrap_rows(batch.address.generator("bootstrap", int(batch.replications[r])), self.resamples, n)
        return Batch.of_resamples(batch.raw[r], rows, batch.retained[r])


def bootstrap_rows(rng: np.random.Generator, resamples: int, n: int) -> np.ndarray:
    """Respondents drawn with replacement (B, n). The first rows do not depend on B."""
    return rng.integers(0, n, size=(resamples, n), dtype=np.uint16 if n < 2**16 else np.uint32)


def percentile_interval(values: Floats, level: float) -> tuple[Floats, Floats]:
    """Lower and upper percentiles of resampled values (B, q), linearly interpolated (Hyndman & Fan's type 7)."""
    ordered = np.sort(np.ascontiguousarray(values.T), axis=1)
    ends = []
    for share in ((1 - level) / 2, (1 + level) / 2):
        at = share * (len(values) - 1)
        below = int(at)
        above = min(below + 1, len(values) - 1)
        ends.append(ordered[:, below] + (at - below) * (ordered[:, above] - ordered[:, below]))
    return ends[0], ends[1]
