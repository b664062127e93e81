"""Measures against the firms of a finite population: the value among those that each data set was drawn from."""

import numpy as np

from benchmarks.measures.basis import formulas
from benchmarks.measures.basis.formulas import Measured
from benchmarks.measures.basis.measure import Measure
from benchmarks.measures.basis.samples import Estimated


def _bias(sample: Estimated) -> Measured | None:
    return formulas.mean(sample.from_firms) if sample.from_firms.size else None


def _empirical_se(sample: Estimated) -> Measured | None:
    return formulas.empirical_se(sample.from_firms) if sample.from_firms.size else None


def _rmse(sample: Estimated) -> Measured | None:
    return formulas.rmse(sample.from_firms, 0.0) if sample.from_firms.size else None


def _coverage(sample: Estimated) -> Measured | None:
    given = ~np.isnan(sample.lower)
    if sample.firms is None or not sample.from_firms.size or not given.any():
        return None
    covers = (sample.lower <= sample.firms) & (sample.firms <= sample.upper)
    return formulas.rate(sample.counted(covers, given))


FINITE_BIAS = Measure(
    "finite_bias", "finite bias", "coefficient", "mean estimate minus the value among the firms there are",
    of=Estimated, needs="a finite population", function=_bias, signed=True,
)  # fmt: skip
FINITE_EMPIRICAL_SE = Measure(
    "finite_empirical_se", "finite SE", "coefficient",
    "standard deviation of the estimates about the value among the firms there are",
    of=Estimated, needs="a finite population", function=_empirical_se,
    jackknife=lambda sample: formulas.empirical_se_jackknife(sample.from_firms),
)  # fmt: skip
FINITE_RMSE = Measure(
    "finite_rmse", "finite RMSE", "coefficient",
    "root mean squared distance of the estimate from the value among the firms",
    of=Estimated, needs="a finite population", function=_rmse,
    jackknife=lambda sample: formulas.root_mean_square_jackknife(sample.from_firms),
)  # fmt: skip
FINITE_COVERAGE = Measure(
    "finite_coverage", "finite coverage", "share",
    "share of the replications whose interval contains the value among the firms",
    of=Estimated, needs="a finite population", function=_coverage, rate=True,
)  # fmt: skip
