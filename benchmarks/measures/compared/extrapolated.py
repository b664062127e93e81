"""What inference by resampling would be worth with endlessly many resamples, from few (Boos & Zhang 2000).

With B resamples, coverage and power are off by about a constant over B. Each data set's resamples give the inference on
all of them, on both halves and on the four quarters; the mean of each kind is a point at 1/B, 2/B and 4/B, and the line
through the three by least squares is read at 0: the whole + halves/2 - quarters/2. That is one number for each data
set, so that its Monte Carlo error is that of a mean. Data sets count for more than resamples: the error is that of as
many data sets, a few per cent larger.

A test by estimate / SE has no such line where the standard deviation of the resampled estimates grows with every
resample, as that of consistent PLS in small samples does: it has no number then.
"""

from collections.abc import Callable

import numpy as np
from scipy.special import stdtrit

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

#: Standard errors that grow by more than this, in the mean of their logs, from quarters to the whole do not settle. Of
#: normal estimates and 20 resamples a quarter it is 0.02, of 40 it is 0.01.
_GROWTH = 0.05

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


def growth(sample: Estimated) -> float | None:
    """How much the log of the standard error grows from quarters of the resamples to all of them, on average.

    Read from p-values by t with resamples - 1 degrees of freedom; None where they are not of that kind.
    """
    df = sample.degrees_of_freedom
    if df is None or any((k, 4) not in sample.parts for k in range(1, 5)):
        return None
    ratio = np.abs(sample.value / sample.se)
    with np.errstate(divide="ignore", invalid="ignore"):
        own = [-stdtrit((df + 1) / 4 - 1, sample.parts[k, 4][2] / 2) for k in range(1, 5)]
        found = np.mean(np.log(own), axis=0) - np.log(ratio)
    known = found[np.isfinite(found)]
    return float(known.mean()) if known.size else None


def _rejections(sample: Estimated) -> Measured | None:
    if sample.alpha is None or (growth(sample) or 0.0) > _GROWTH:
        return None
    return _measured(sample, lambda each: each.rejects)


NEEDS = "`extrapolate` in [performance], and a bootstrap"
EXTRAPOLATED_COVERAGE = Measure(
    "extrapolated_coverage", "coverage, endless resamples", "share",
    "share of the replications whose interval contains the truth, extrapolated to endlessly many resamples",
    of=Estimated, function=lambda sample: _measured(sample, lambda each: each.covers), rate=True, interval=by_error,
    needs=NEEDS,
)  # fmt: skip
EXTRAPOLATED_POWER = Measure(
    "extrapolated_power", "power, endless resamples", "share",
    "share of the replications that find a path which is there, extrapolated to endlessly many resamples; none where "
    "standard errors still grow with every resample, as those of consistent PLS in small samples do",
    of=Estimated, function=lambda sample: _rejections(sample) if sample.against else None, rate=True,
    interval=by_error, needs=NEEDS,
)  # fmt: skip
EXTRAPOLATED_TYPE_1_ERROR = Measure(
    "extrapolated_type_1_error", "type I error, endless resamples", "share",
    "share of the replications that find a path which is zero, extrapolated to endlessly many resamples; none where "
    "standard errors still grow with every resample",
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
