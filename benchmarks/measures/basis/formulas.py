"""Performance measures, each with its Monte Carlo standard error (Morris, White & Crowther 2019, Table 6).

Every function takes arrays over replications, without NaN, and returns a Measured: value, MCSE and the count it rests
on. NaN stands where too few replications are left. Relative measures are fractions, not percentages.
"""

from typing import NamedTuple

import numpy as np

from benchmarks.measures.basis import jackknife
from sim.batch import Bools, Floats


class Measured(NamedTuple):
    """One performance measure."""

    value: float
    mcse: float
    n_used: int


def _too_few(used: int) -> Measured:
    return Measured(np.nan, np.nan, used)


def mean(values: Floats) -> Measured:
    """Mean over replications; MCSE is SD / sqrt(n)."""
    if len(values) < 2:
        return _too_few(len(values))
    return Measured(float(values.mean()), float(values.std(ddof=1) / np.sqrt(len(values))), len(values))


def bias(estimate: Floats, truth: float) -> Measured:
    """Mean of estimate - truth."""
    return mean(estimate - truth)


def relative_bias(estimate: Floats, truth: float) -> Measured:
    """Bias as a fraction of the truth, NaN where that is 0. The MCSE is divided by |truth|, so it is never negative."""
    value, mcse, used = bias(estimate, truth)
    return Measured(value / truth, mcse / abs(truth), used) if truth else _too_few(used)


def empirical_se(estimate: Floats) -> Measured:
    """Standard deviation s of the estimates (divisor n - 1).

    MCSE by the delta method from Var(s^2) = (m4 - m2^2 (n - 3) / (n - 1)) / n (Cramer 1946, eq. 27.4.2). For normal
    estimates it is the usual s / sqrt(2 (n - 1)), which is too small for the long-tailed estimates of small samples.
    """
    n = len(estimate)
    if n < 4:
        return _too_few(n)
    squares = (estimate - estimate.mean()) ** 2
    deviation = float(np.sqrt(squares.sum() / (n - 1)))
    if not deviation > 0:
        return Measured(deviation, 0.0, n)
    variance = float(np.mean(squares**2) - np.mean(squares) ** 2 * (n - 3) / (n - 1)) / n
    return Measured(deviation, np.sqrt(max(variance, 0.0)) / (2 * deviation), n)


def empirical_se_jackknife(estimate: Floats) -> float:
    """Error of the standard deviation by the jackknife."""
    centred = estimate - estimate.mean()
    return jackknife.of_means(np.stack([centred, centred**2]), _deviation)


def _deviation(means: Floats, used: Floats) -> Floats:
    """Standard deviations (g,), divisor n - 1, from means and mean squares (2, g) of so many values (g,)."""
    return np.asarray(np.sqrt(np.maximum(means[1] - means[0] ** 2, 0.0) * used / (used - 1)))


def root_mean_square_jackknife(values: Floats) -> float:
    """Error of the root of the mean square by the jackknife."""
    return jackknife.of_means(values[None] ** 2, lambda means, _: np.sqrt(means[0]))


def rmse(estimate: Floats, truth: float) -> Measured:
    """Root mean squared error; its MCSE is that of the MSE by the delta method, MCSE(MSE) / (2 RMSE)."""
    squares = mean((estimate - truth) ** 2)
    if not squares.value > 0:
        return Measured(squares.value, 0.0, squares.n_used)
    root = np.sqrt(squares.value)
    return Measured(root, squares.mcse / (2 * root), squares.n_used)


def mean_model_se(se: Floats) -> Measured:
    """Root mean squared standard error; MCSE = sqrt(Var(SE^2) / (4 n ModSE^2))."""
    squares = mean(se**2)
    if not squares.value > 0:
        return Measured(squares.value, 0.0, squares.n_used)
    root = np.sqrt(squares.value)
    return Measured(root, squares.mcse / (2 * root), squares.n_used)


def relative_error_model_se(estimate: Floats, se: Floats) -> Measured:
    """ModSE / EmpSE - 1; MCSE by the delta method, the two taken as independent as Morris et al. do."""
    model, empirical = mean_model_se(se), empirical_se(estimate)
    if not (model.value > 0 and empirical.value > 0):
        return _too_few(len(estimate))
    ratio = model.value / empirical.value
    spread = (model.mcse / model.value) ** 2 + (empirical.mcse / empirical.value) ** 2
    return Measured(ratio - 1, ratio * np.sqrt(spread), len(estimate))


def relative_error_jackknife(estimate: Floats, se: Floats) -> float:
    """Error of ModSE / EmpSE - 1 by the jackknife: the two are not taken as independent."""
    centred = estimate - estimate.mean()
    columns = np.stack([centred, centred**2, se**2])
    return jackknife.of_means(columns, lambda means, used: np.sqrt(means[2]) / _deviation(means, used) - 1)


def rate(happened: Bools) -> Measured:
    """Share of replications in which something happened; MCSE = sqrt(p (1 - p) / n)."""
    n = len(happened)
    if not n:
        return _too_few(0)
    share = float(happened.mean())
    return Measured(share, float(np.sqrt(share * (1 - share) / n)), n)


def wilson(share: Floats, used: Floats) -> tuple[Floats, Floats]:
    """Ends of the 95% intervals (k,) of rates (k,) over so many replications (k,); NaN where there are none.

    Wilson (1927): unlike share +- 1.96 MCSE it has a length where the share is 0 or 1. For a mean of shares, such as
    that of a group's items, it is at least as long as it need be: a share varies less than a yes or no of its mean.
    """
    from statsmodels.stats.proportion import proportion_confint  # slow to import

    lower, upper = np.full(len(share), np.nan), np.full(len(share), np.nan)
    known = (used > 0) & ~np.isnan(share)
    lower[known], upper[known] = proportion_confint(share[known] * used[known], used[known], method="wilson")
    lower[share == 0], upper[share == 1] = 0.0, 1.0  # exact where rounding would leave 1e-18
    return lower, upper
