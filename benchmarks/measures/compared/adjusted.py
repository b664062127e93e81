"""Measures that take one fault off to show another: coverage without bias, power of tests of the same size."""

import numpy as np

from benchmarks.measures.basis import formulas, jackknife, robust
from benchmarks.measures.basis.formulas import Measured
from benchmarks.measures.basis.measure import Measure
from benchmarks.measures.basis.samples import ALL, Estimated
from sim.batch import Bools, Floats


def _centred(sample: Estimated) -> tuple[Floats, Floats, Floats] | None:
    """Estimates and ends of intervals (R,) where there are both; None where there are none."""
    given = ~np.isnan(sample.lower) & ~np.isnan(sample.value)
    if np.isnan(sample.against) or not given.any():
        return None
    return sample.value[given], sample.lower[given], sample.upper[given]


def _bias_eliminated(sample: Estimated) -> Measured | None:
    found = _centred(sample)
    if found is None:
        return None
    value, lower, upper = found
    covers = (lower <= value.mean()) & (value.mean() <= upper)
    failed = len(sample.value) - len(value) if sample.over == ALL else 0
    return formulas.rate(np.concatenate([covers, np.zeros(failed, dtype=bool)]))


def _bias_eliminated_jackknife(sample: Estimated) -> float | None:
    found = _centred(sample)
    if found is None:
        return None
    value, lower, upper = found
    share = len(value) / len(sample.value) if sample.over == ALL else 1.0

    def covered(kept: Bools) -> float:
        centre = value[kept].mean()
        return share * float(((lower[kept] <= centre) & (centre <= upper[kept])).mean())

    return jackknife.of_halves(len(value), covered)


def size_adjusted(p_value: Floats, null: Floats, alpha: float) -> Measured:
    """Share of p-values (R,) below the one that a share alpha of those under the null hypothesis (R0,) lie under.

    MCSE: the root of G (1 - G)/R + s^2 alpha (1 - alpha)/R0, G being the share and s its slope in alpha, taken over
    alpha/2 to 3 alpha/2: the second term is the error of the critical value (as of a point on a ROC curve, Pepe 2003).
    NaN where fewer than four p-values under the null hypothesis would lie under it.
    """
    if not len(p_value) or len(null) * alpha < 4:
        return Measured(np.nan, np.nan, len(p_value))
    below, at, above = (
        float(np.mean(p_value < robust.quantile(null, share).value)) for share in (alpha / 2, alpha, 1.5 * alpha)
    )
    slope = (above - below) / alpha
    variance = at * (1 - at) / len(p_value) + slope**2 * alpha * (1 - alpha) / len(null)
    return Measured(at, float(np.sqrt(variance)), len(p_value))


def size_adjusted_jackknife(p_value: Floats, null: Floats, alpha: float) -> float:
    """Error of the same from parts of both samples: the critical value's from halves, that of the share as it is."""
    found = size_adjusted(p_value, null, alpha)

    def share(kept: Bools) -> float:
        return float(np.mean(p_value < np.quantile(null[kept], alpha)))

    critical = jackknife.of_halves(len(null), share) if np.isfinite(found.value) else np.nan
    return float(np.sqrt(found.value * (1 - found.value) / len(p_value) + critical**2))


def _with_null(sample: Estimated) -> tuple[Floats, Floats, float] | None:
    """p-values, those under the null hypothesis and the level; None where one of them is lacking."""
    given = ~np.isnan(sample.p_value)
    if not sample.against or sample.alpha is None or sample.null_p is None or not given.any():
        return None
    return sample.p_value[given], sample.null_p, sample.alpha


def _size_adjusted_error(sample: Estimated) -> float | None:
    found = _with_null(sample)
    return None if found is None else size_adjusted_jackknife(*found)


def _size_adjusted(sample: Estimated) -> Measured | None:
    found = _with_null(sample)
    return None if found is None else size_adjusted(*found)


def by_error(share: Floats, mcse: Floats, used: Floats) -> tuple[Floats, Floats]:
    """Wilson's intervals of shares (k,) for as many replications as their errors are worth, at most those used."""
    with np.errstate(divide="ignore", invalid="ignore"):
        worth = np.where(mcse > 0, share * (1 - share) / mcse**2, used)
    return formulas.wilson(np.clip(share, 0.0, 1.0), np.clip(worth, 1.0, used))


BIAS_ELIMINATED_COVERAGE = Measure(
    "bias_eliminated_coverage", "coverage of the mean", "share",
    "share of the replications whose interval contains the mean estimate: what coverage would be without bias",
    of=Estimated, function=_bias_eliminated, jackknife=_bias_eliminated_jackknife, rate=True, asked=True,
    needs="an interval from the method and a true value",
    glossary="how often the interval contains the mean of the estimates: where this is right and coverage is not, the "
    "fault is the bias, not the standard error.",
)  # fmt: skip
SIZE_ADJUSTED_POWER = Measure(
    "size_adjusted_power", "power at true size", "share",
    "share of the replications that find the path, at the p-value under which {alpha} lie where the path is zero",
    of=Estimated, function=_size_adjusted, jackknife=_size_adjusted_error, rate=True, asked=True, interval=by_error,
    needs="a cell that differs in one factor, in which the true value is 0, and 4 replications under the level there",
    glossary="the power that a method would have if its test rejected a path of zero as often as it should: a test "
    "that rejects too often seems to have more power than it has.",
)  # fmt: skip
