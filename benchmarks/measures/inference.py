"""Measures of inference: what standard errors, intervals and tests are worth."""

import numpy as np

from benchmarks.measures.basis import formulas, pooling
from benchmarks.measures.basis.formulas import Measured
from benchmarks.measures.basis.measure import Figure, Measure
from benchmarks.measures.basis.samples import Estimated
from sim.batch import Floats
from sim.targets import EVERY_KIND


def _mean_model_se(sample: Estimated) -> Measured | None:
    return formulas.mean_model_se(sample.se[sample.has_se]) if sample.has_se.any() else None


def _mean_se(sample: Estimated) -> Measured | None:
    return formulas.mean(sample.se[sample.has_se]) if sample.has_se.any() else None


def _relative_error(sample: Estimated) -> Measured | None:
    if not sample.has_se.any():
        return None
    return formulas.relative_error_model_se(sample.value[sample.has_se], sample.se[sample.has_se])


def _coverage(sample: Estimated) -> Measured | None:
    given = ~np.isnan(sample.lower)
    if np.isnan(sample.against) or not given.any():
        return None
    covers = (sample.lower <= sample.against) & (sample.against <= sample.upper)
    return formulas.rate(sample.counted(covers, given))


def _coverage_where_given(sample: Estimated) -> Measured | None:
    given = ~np.isnan(sample.lower)
    if np.isnan(sample.against) or not given.any():
        return None
    return formulas.rate(((sample.lower <= sample.against) & (sample.against <= sample.upper))[given])


def _covered(sample: Estimated) -> Floats | None:
    """1 where the interval holds the truth (R,), 0 where not; NaN where it does not count."""
    given = ~np.isnan(sample.lower)
    if np.isnan(sample.against) or not given.any():
        return None
    return sample.covers


def _rejections(sample: Estimated) -> Measured | None:
    given = ~np.isnan(sample.p_value)
    if np.isnan(sample.against) or sample.alpha is None or not given.any():
        return None
    return formulas.rate(sample.counted(sample.p_value < sample.alpha, given))


def _power(sample: Estimated) -> Measured | None:
    return _rejections(sample) if sample.against else None


def _type_1_error(sample: Estimated) -> Measured | None:
    return None if sample.against else _rejections(sample)


#: One figure for both: where the truth is not zero the power, where it is the type I error.
SIGNIFICANCE = Figure(
    "significance", "Power and type I error",
    "Share of replications in which p < {alpha}: the power where the effect exists; where its true value is zero, the "
    "type I error, which should lie on the dotted line. Bars: 95% Monte Carlo intervals.",
    "Share of significant results of each method against the number of respondents, one plot for each estimand.",
    axis="called significant", kinds=EVERY_KIND, line="alpha",
)  # fmt: skip

MEAN_MODEL_SE = Measure(
    "mean_model_se", "mean model SE", "coefficient",
    "root mean square of the standard errors that the method reports",
    of=Estimated, function=_mean_model_se, needs="a standard error from the method",
    jackknife=lambda sample: formulas.root_mean_square_jackknife(sample.se[sample.has_se]),
    pooled=pooling.RootOver(lambda sample: sample.se**2 if sample.has_se.any() else None),
)  # fmt: skip
MEAN_SE = Measure(
    "mean_se", "plain mean SE", "coefficient", "arithmetic mean of the standard errors that the method reports",
    of=Estimated, function=_mean_se, needs="a standard error from the method",
    pooled=pooling.mean_over(lambda sample: sample.se if sample.has_se.any() else None),
)  # fmt: skip
RELATIVE_ERROR_MODEL_SE = Measure(
    "relative_error_model_se", "error of model SE", "share",
    "how far the reported standard error is from the empirical one",
    of=Estimated, function=_relative_error, signed=True, needs="a standard error from the method",
    jackknife=lambda sample: formulas.relative_error_jackknife(sample.value[sample.has_se], sample.se[sample.has_se]),
)  # fmt: skip
COVERAGE = Measure(
    "coverage", "coverage", "share", "share of the replications whose interval contains the truth",
    of=Estimated, function=_coverage, rate=True, needs="an interval from the method and a true value",
    pooled=pooling.mean_over(_covered),
    glossary="how often the confidence interval that a study reports contains the truth; a 95% interval should, "
    "95 times in 100.",
    figure=Figure(
        "coverage", "Coverage of the intervals",
        "Share of replications whose interval contains the truth; the dotted line is the {level} that the interval "
        "promises. Bars: 95% Monte Carlo intervals.",
        "Coverage of each method against the number of respondents, one plot for each estimand.",
        axis="coverage", kinds=EVERY_KIND, line="level",
    ),
)  # fmt: skip
COVERAGE_WHERE_GIVEN = Measure(
    "coverage_where_given", "coverage where given", "share",
    "share of the intervals that there are which contain the truth: replications without one do not count",
    of=Estimated, function=_coverage_where_given, rate=True, asked=True,
    needs="an interval from the method and a true value",
    glossary="how often the interval contains the truth, of those who got an interval at all; where fits fail often "
    "this flatters the method, and many papers print it.",
)  # fmt: skip
POWER = Measure(
    "power", "power", "share", "share of the replications that find a path which is there",
    of=Estimated, function=_power, rate=True, figure=SIGNIFICANCE,
    needs="a p-value from the method, and a true value other than 0 of something that is tested against 0",
    glossary="how often a study calls a path significant that is there. For a path that is zero, the same count is the "
    "type I error and should be 5% at the usual level.",
)  # fmt: skip
TYPE_1_ERROR = Measure(
    "type_1_error", "type I error", "share", "share of the replications that find a path which is zero",
    of=Estimated, function=_type_1_error, rate=True, figure=SIGNIFICANCE,
    needs="a p-value from the method, and a true value of 0 of something that is tested against 0",
)  # fmt: skip
