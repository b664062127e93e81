"""What inference by resampling would be worth with endlessly many resamples, from few (Boos & Zhang 2000).

With B resamples, coverage and power are off by about a constant over B. Each data set's resamples give the inference on
all of them, on both halves and on the four quarters; the mean of each kind is a point at 1/B, 2/B and 4/B, and the line
through the three by least squares is read at 0: the whole + halves/2 - quarters/2. That is one number for each data
set, so that its Monte Carlo error is that of a mean. Data sets count for more than resamples: the error is that of as
many data sets, a few per cent larger.
"""

from collections.abc import Callable

import numpy as np

from benchmarks.measures.basis import formulas
from benchmarks.measures.basis.formulas import Measured
from benchmarks.measures.basis.measure import Measure
from benchmarks.measures.basis.samples import Estimated
from benchmarks.measures.compared.adjusted import by_error
from sim.batch import Floats

#: The parts of the resamples beside the whole: (k, m) is the k-th of m.
PARTS = ((1, 2), (2, 2), (1, 4), (2, 4), (3, 4), (4, 4))
#: Least squares on the whole, halves and quarters, at 1/B, 2/B and 4/B, read at 0.
_WEIGHTS = {1: 1.0, 2: 0.5, 4: -0.5}

Part = Callable[[Estimated], Floats]


def at_infinity(sample: Estimated, of: Part) -> Floats | None:
    """The extrapolated number of each data set (R,); None without parts. NaN where a part has none."""
    if any(part not in sample.parts for part in PARTS):
        return None
    kinds: dict[int, list[Floats]] = {1: [of(sample)], 2: [], 4: []}
    for k, m in PARTS:
        kinds[m].append(of(sample.on_part((k, m))))
    found: Floats = sum((_WEIGHTS[m] * np.mean(kinds[m], axis=0) for m in kinds), np.zeros(len(sample.value)))
    return found


def _measured(sample: Estimated, of: Part) -> Measured | None:
    values = at_infinity(sample, of)
    if values is None or np.isnan(sample.against):
        return None
    known = values[~np.isnan(values)]
    return formulas.mean(known) if known.size else None


def _width(sample: Estimated) -> Floats:
    return sample.upper - sample.lower


def _rejections(sample: Estimated) -> Measured | None:
    return None if sample.alpha is None else _measured(sample, lambda each: each.rejects)


NEEDS = "`extrapolate` in [performance], and a bootstrap"
EXTRAPOLATED_COVERAGE = Measure(
    "extrapolated_coverage", "coverage, endless resamples", "share",
    "share of the replications whose interval contains the truth, extrapolated to endlessly many resamples",
    of=Estimated, function=lambda sample: _measured(sample, lambda each: each.covers), rate=True, interval=by_error,
    needs=NEEDS,
)  # fmt: skip
EXTRAPOLATED_POWER = Measure(
    "extrapolated_power", "power, endless resamples", "share",
    "share of the replications that find a path which is there, extrapolated to endlessly many resamples",
    of=Estimated, function=lambda sample: _rejections(sample) if sample.against else None, rate=True,
    interval=by_error, needs=NEEDS,
)  # fmt: skip
EXTRAPOLATED_TYPE_1_ERROR = Measure(
    "extrapolated_type_1_error", "type I error, endless resamples", "share",
    "share of the replications that find a path which is zero, extrapolated to endlessly many resamples",
    of=Estimated, function=lambda sample: None if sample.against else _rejections(sample), rate=True,
    interval=by_error, needs=NEEDS,
)  # fmt: skip
EXTRAPOLATED_WIDTH = Measure(
    "extrapolated_width", "width, endless resamples", "coefficient",
    "mean distance between the ends of the interval, extrapolated to endlessly many resamples",
    of=Estimated, function=lambda sample: _measured(sample, _width), needs=NEEDS,
)  # fmt: skip
EXTRAPOLATED = (
    EXTRAPOLATED_COVERAGE,
    EXTRAPOLATED_POWER,
    EXTRAPOLATED_TYPE_1_ERROR,
    EXTRAPOLATED_WIDTH,
)
