"""Measures of how estimates and their errors are distributed, beside mean and standard deviation."""

import numpy as np

from benchmarks.measures.basis import formulas, pooling, robust
from benchmarks.measures.basis.formulas import Measured
from benchmarks.measures.basis.measure import Figure, Measure
from benchmarks.measures.basis.samples import Estimated
from sim.batch import Floats
from sim.targets import EVERY_KIND


def _mean(sample: Estimated) -> Measured | None:
    return formulas.mean(sample.told) if sample.told.size else None


def _median(sample: Estimated) -> Measured | None:
    return robust.quantile(sample.told, 0.5) if sample.told.size else None


def _median_bias(sample: Estimated) -> Measured | None:
    return robust.quantile(sample.errors, 0.5) if sample.has_truth else None


def _relative_median_bias(sample: Estimated) -> Measured | None:
    if not sample.has_truth or not sample.against:
        return None
    value, mcse, used = robust.quantile(sample.errors, 0.5)
    return Measured(value / sample.against, mcse / abs(sample.against), used)


def _trimmed_bias(sample: Estimated) -> Measured | None:
    return robust.trimmed_mean(sample.errors, sample.trim) if sample.has_truth else None


def _absolute_error(sample: Estimated) -> Measured | None:
    return formulas.mean(np.abs(sample.errors)) if sample.has_truth else None


def _distances(sample: Estimated) -> Floats | None:
    return np.abs(sample.value - sample.against) if sample.has_truth else None


def without_truth(sample: Estimated) -> bool:
    """Whether nothing is known that the estimates could be judged against, as of statistics of fit."""
    return bool(np.isnan(sample.truth))


MEAN = Measure(
    "mean", "mean", "coefficient", "mean of the estimates",
    of=Estimated, function=_mean, asked=True, unasked=without_truth,
    pooled=pooling.mean_over(lambda sample: sample.raw),
    figure=Figure(
        "mean", "Mean of statistics without a true value",
        "Mean over the replications of what has no true value to be judged against, such as chi-square or CFI. Bars: "
        "95% Monte Carlo intervals.",
        "Mean of each statistic against the number of respondents, one plot for each of them.",
        axis="mean", kinds=EVERY_KIND,
    ),
)  # fmt: skip
MEDIAN = Measure(
    "median", "median", "coefficient", "median of the estimates",
    of=Estimated, function=_median, asked=True, unasked=without_truth,
    jackknife=lambda sample: robust.quantile_jackknife(sample.told, 0.5),
)  # fmt: skip
MEDIAN_BIAS = Measure(
    "median_bias", "median bias", "coefficient", "median estimate minus the truth",
    of=Estimated, function=_median_bias, asked=True, signed=True, needs="a true value",
    jackknife=lambda sample: robust.quantile_jackknife(sample.errors, 0.5),
)  # fmt: skip
RELATIVE_MEDIAN_BIAS = Measure(
    "relative_median_bias", "relative median bias", "share", "median bias as a share of the truth",
    of=Estimated, function=_relative_median_bias, asked=True, signed=True, needs="a true value other than 0",
    jackknife=lambda sample: robust.quantile_jackknife(sample.errors, 0.5) / sample.against,
)  # fmt: skip
TRIMMED_BIAS = Measure(
    "trimmed_bias", "trimmed bias", "coefficient",
    "mean estimate minus the truth, the share {trim} of the estimates left out at each end",
    of=Estimated, function=_trimmed_bias, asked=True, signed=True, needs="a true value",
    jackknife=lambda sample: robust.trimmed_mean_jackknife(sample.errors, sample.trim),
)  # fmt: skip
MEAN_ABSOLUTE_ERROR = Measure(
    "mean_absolute_error", "mean absolute error", "coefficient", "mean distance of the estimate from the truth",
    of=Estimated, function=_absolute_error, asked=True, needs="a true value",
    pooled=pooling.mean_over(_distances),
)  # fmt: skip
