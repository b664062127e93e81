"""Measures of tests that a study states: of any null, by p-value and by interval, and of cut-offs of indices."""

import numpy as np

from benchmarks.measures.basis import formulas, pooling, references
from benchmarks.measures.basis.formulas import Measured
from benchmarks.measures.basis.measure import Figure, Measure
from benchmarks.measures.basis.samples import Estimated
from benchmarks.measures.distribution import without_truth
from sim.batch import Bools, Floats
from sim.targets import EVERY_KIND

#: What happened (R,) where it is given at all (R,); None where it can happen nowhere.
_Told = tuple[Bools, Bools] | None


def p_values(sample: Estimated) -> Floats | None:
    """p-values (R,) of the sample's hypothesis; None where there is none, or none that can be tested.

    That a target is 0, or what a statistic of fit tests, has the stored p-value. Any other value is tested by
    (estimate - value) / SE against the reference distribution of the stored p-value.
    """
    null = sample.null
    if np.isnan(sample.p_value).all() or (null is None and not sample.of_fit):
        return None
    if null is None or (null.value == 0 and null.side == "both"):
        return sample.p_value
    df = sample.degrees_of_freedom
    if df is None:
        return None
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = (sample.raw - null.value) / sample.se
    if null.side == "both":
        return references.two_sided(ratio, df)
    return references.below(ratio if null.side == "less" else -ratio, df)


def _by_p_value(sample: Estimated) -> _Told:
    found = p_values(sample)
    return None if found is None else (found < sample.significance, ~np.isnan(found))


def _by_interval(sample: Estimated) -> _Told:
    null, given = sample.null, ~np.isnan(sample.lower)
    if null is None or not given.any():
        return None
    under, over = sample.upper < null.value, sample.lower > null.value
    return {"both": under | over, "less": under, "greater": over}[null.side], given


def _beyond_cutoff(sample: Estimated) -> _Told:
    given = ~np.isnan(sample.raw)
    if sample.cutoff is None or not given.any():
        return None
    beyond = sample.raw < sample.cutoff.value if sample.cutoff.below else sample.raw > sample.cutoff.value
    return beyond, given


def _above(sample: Estimated) -> _Told:
    given = ~np.isnan(sample.lower)
    return None if np.isnan(sample.against) or not given.any() else (sample.lower > sample.against, given)


def _below(sample: Estimated) -> _Told:
    given = ~np.isnan(sample.lower)
    return None if np.isnan(sample.against) or not given.any() else (sample.upper < sample.against, given)


def _rate(told: _Told, sample: Estimated) -> Measured | None:
    return None if told is None else formulas.rate(sample.counted(*told))


def _part(told: _Told, sample: Estimated) -> Floats | None:
    return None if told is None else sample.indicated(*told)


def _width(sample: Estimated) -> Measured | None:
    width = sample.upper - sample.lower
    return formulas.mean(width[~np.isnan(width)]) if not np.isnan(width).all() else None


#: One figure for both ways of rejecting a model, or what a study states.
REJECTION = Figure(
    "rejection", "How often the test rejects",
    "Share of replications in which a model is rejected by its chi-square, close fit by RMSEA, or a hypothesis that "
    "the study states by the p-value, all at the level {alpha} (dotted line). Bars: 95% Monte Carlo intervals.",
    "Share of rejections of each method against the number of respondents, one plot for each statistic.",
    axis="rejected", kinds=EVERY_KIND, line="size",
)  # fmt: skip
CUT_OFF = Figure(
    "cutoffs", "How often an index lies beyond its cut-off",
    "Share of replications in which an index of fit, or HTMT, lies on the wrong side of the cut-off that the study "
    "states. Bars: 95% Monte Carlo intervals.",
    "Share of values beyond the cut-off, each method against the number of respondents, one plot for each index.",
    axis="beyond the cut-off", kinds=EVERY_KIND,
)  # fmt: skip

REJECTION_RATE = Measure(
    "rejection_rate", "rejected (p)", "share",
    "share of the replications whose p-value rejects: that the model fits, that fit is close, or the stated value",
    of=Estimated, function=lambda sample: _rate(_by_p_value(sample), sample), rate=True, asked=True,
    unasked=lambda sample: without_truth(sample) or bool(sample.null and sample.null.stated),
    needs="a p-value from the method; of a stated value other than 0 one of estimate / SE",
    pooled=pooling.mean_over(lambda sample: _part(_by_p_value(sample), sample)), figure=REJECTION,
)  # fmt: skip
INTERVAL_REJECTION_RATE = Measure(
    "interval_rejection_rate", "rejected (interval)", "share",
    "share of the replications whose interval leaves out the value of the hypothesis",
    of=Estimated, function=lambda sample: _rate(_by_interval(sample), sample), rate=True, asked=True,
    unasked=lambda sample: bool(sample.null and sample.null.stated),
    needs="an interval from the method, and a hypothesis: a path, loading, weight or correlation that is 0, or `null`",
    pooled=pooling.mean_over(lambda sample: _part(_by_interval(sample), sample)),
)  # fmt: skip
CUTOFF_RATE = Measure(
    "cutoff_rate", "beyond cut-off", "share", "share of the replications in which the index lies beyond its cut-off",
    of=Estimated, function=lambda sample: _rate(_beyond_cutoff(sample), sample), rate=True, asked=True,
    unasked=lambda sample: sample.cutoff is not None, needs="a cut-off in `cutoffs`",
    pooled=pooling.mean_over(lambda sample: _part(_beyond_cutoff(sample), sample)), figure=CUT_OFF,
)  # fmt: skip
INTERVAL_ABOVE = Measure(
    "interval_above", "interval above", "share", "share of the replications whose interval lies wholly above the truth",
    of=Estimated, function=lambda sample: _rate(_above(sample), sample), rate=True, asked=True,
    needs="an interval from the method and a true value",
    pooled=pooling.mean_over(lambda sample: _part(_above(sample), sample)),
)  # fmt: skip
INTERVAL_BELOW = Measure(
    "interval_below", "interval below", "share", "share of the replications whose interval lies wholly below the truth",
    of=Estimated, function=lambda sample: _rate(_below(sample), sample), rate=True, asked=True,
    needs="an interval from the method and a true value",
    pooled=pooling.mean_over(lambda sample: _part(_below(sample), sample)),
)  # fmt: skip
INTERVAL_WIDTH = Measure(
    "interval_width", "interval width", "coefficient", "mean distance between the ends of the interval",
    of=Estimated, function=_width, asked=True, needs="an interval from the method",
    pooled=pooling.mean_over(lambda sample: None if np.isnan(sample.lower).all() else sample.upper - sample.lower),
)  # fmt: skip
