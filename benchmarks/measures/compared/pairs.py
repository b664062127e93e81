"""Measures of a method against the study's reference method on the same data sets."""

from collections.abc import Callable

import numpy as np

from benchmarks.measures.basis import paired
from benchmarks.measures.basis.formulas import Measured
from benchmarks.measures.basis.measure import Measure
from benchmarks.measures.basis.samples import Estimated, Paired
from sim.batch import Floats

#: What two methods are compared by (R,), in each replication.
Part = Callable[[Estimated], Floats]
NEEDS = "a `reference` method in [performance] that estimates the same on the same scale"


def _error(sample: Estimated) -> Floats:
    return sample.value - sample.against


def _distance(sample: Estimated) -> Floats:
    return np.abs(sample.value - sample.against)


def _squared_error(sample: Estimated) -> Floats:
    return np.square(sample.value - sample.against)


def _width(sample: Estimated) -> Floats:
    return sample.upper - sample.lower


def _value(sample: Estimated) -> Floats:
    return sample.value


def _covers(sample: Estimated) -> Floats:
    known = not np.isnan(sample.against) and not np.isnan(sample.lower).all()
    return sample.covers if known else np.full(len(sample.lower), np.nan)


def _rejects(sample: Estimated) -> Floats:
    known = not np.isnan(sample.against) and not np.isnan(sample.p_value).all()
    return sample.rejects if known else np.full(len(sample.p_value), np.nan)


def _of(part: Part, function: Callable[[Floats, Floats], Measured]) -> Callable[[Paired], Measured | None]:
    """A function of what both methods have, None where there is nothing that both have."""

    def measured(sample: Paired) -> Measured | None:
        own, other = sample.both(part)
        return function(own, other) if own.size else None

    return measured


def _jackknife(part: Part, function: Callable[[Floats, Floats], float]) -> Callable[[Paired], float | None]:
    def found(sample: Paired) -> float | None:
        own, other = sample.both(part)
        return function(own, other) if own.size else None

    return found


_rejections = _of(_rejects, paired.difference)

BIAS_DIFFERENCE = Measure(
    "bias_difference", "bias minus {reference}'s", "coefficient",
    "mean error minus that of {reference} on the same data sets",
    of=Paired, function=_of(_error, paired.difference), signed=True, needs=NEEDS,
)  # fmt: skip
ABSOLUTE_ERROR_DIFFERENCE = Measure(
    "absolute_error_difference", "absolute error minus {reference}'s", "coefficient",
    "mean distance of the estimate from the truth minus that of {reference} on the same data sets: below 0 where the "
    "method is nearer",
    of=Paired, function=_of(_distance, paired.difference), signed=True, needs=NEEDS,
)  # fmt: skip
RELATIVE_EFFICIENCY = Measure(
    "relative_efficiency", "efficiency relative to {reference}", "coefficient",
    "variance of {reference}'s estimates over that of the method's own: above 1 where the method varies less",
    of=Paired, function=_of(_value, paired.efficiency), jackknife=_jackknife(_value, paired.efficiency_jackknife),
    needs=NEEDS,
)  # fmt: skip
MSE_RATIO = Measure(
    "mse_ratio", "MSE over {reference}'s", "coefficient",
    "mean squared error over that of {reference} on the same data sets: below 1 where the method is nearer",
    of=Paired, function=_of(_squared_error, paired.ratio_of_means),
    jackknife=_jackknife(_squared_error, paired.ratio_of_means_jackknife), needs=NEEDS,
)  # fmt: skip
COVERAGE_DIFFERENCE = Measure(
    "coverage_difference", "coverage minus {reference}'s", "share",
    "share of the replications whose interval contains the truth minus that of {reference}",
    of=Paired, function=_of(_covers, paired.difference), signed=True, interval=paired.difference_interval, needs=NEEDS,
)  # fmt: skip
POWER_DIFFERENCE = Measure(
    "power_difference", "power minus {reference}'s", "share",
    "share of the replications that find a path which is there minus that of {reference}",
    of=Paired, function=lambda sample: _rejections(sample) if sample.truth else None, signed=True,
    interval=paired.difference_interval, needs=NEEDS,
)  # fmt: skip
TYPE_1_ERROR_DIFFERENCE = Measure(
    "type_1_error_difference", "type I error minus {reference}'s", "share",
    "share of the replications that find a path which is zero minus that of {reference}",
    of=Paired, function=lambda sample: None if sample.truth else _rejections(sample), signed=True,
    interval=paired.difference_interval, needs=NEEDS,
)  # fmt: skip
WIDTH_DIFFERENCE = Measure(
    "width_difference", "width minus {reference}'s", "coefficient",
    "mean width of the interval minus that of {reference}'s on the same data sets",
    of=Paired, function=_of(_width, paired.difference), signed=True, needs=NEEDS,
)  # fmt: skip
WIDTH_RATIO = Measure(
    "width_ratio", "width over {reference}'s", "coefficient",
    "mean width of the interval over that of {reference}'s on the same data sets",
    of=Paired, function=_of(_width, paired.ratio_of_means),
    jackknife=_jackknife(_width, paired.ratio_of_means_jackknife), needs=NEEDS,
)  # fmt: skip
PAIRS = (
    BIAS_DIFFERENCE,
    ABSOLUTE_ERROR_DIFFERENCE,
    RELATIVE_EFFICIENCY,
    MSE_RATIO,
    COVERAGE_DIFFERENCE,
    POWER_DIFFERENCE,
    TYPE_1_ERROR_DIFFERENCE,
    WIDTH_DIFFERENCE,
    WIDTH_RATIO,
)
