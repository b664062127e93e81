"""Measures of what is called significant, and of intervals against the method's own limit.

Type S and type M errors after Gelman & Carlin (2014): of the significant estimates, those of the wrong sign, and how
many times too large they are. The limit of a method is what it gives for infinitely many answers to the items that a
replication retained: its second estimand, beside the truth.
"""

import numpy as np

from benchmarks.measures.basis import formulas
from benchmarks.measures.basis.formulas import Measured
from benchmarks.measures.basis.measure import Measure
from benchmarks.measures.basis.samples import Estimated
from sim.batch import Bools


def _significant(sample: Estimated) -> Bools | None:
    """Significant estimates (R,) of something that is not 0; None where there are none."""
    if sample.alpha is None or not sample.has_truth or not sample.against:
        return None
    found: Bools = sample.p_value < sample.alpha
    return found if found.any() else None


def _type_s(sample: Estimated) -> Measured | None:
    found = _significant(sample)
    return None if found is None else formulas.rate(np.sign(sample.value[found]) == -np.sign(sample.against))


def _type_m(sample: Estimated) -> Measured | None:
    found = _significant(sample)
    return None if found is None else formulas.mean(np.abs(sample.value[found] / sample.against))


def _coverage_of_limit(sample: Estimated) -> Measured | None:
    limit = sample.limit
    if limit is None:
        return None
    given = ~np.isnan(sample.lower) & ~np.isnan(limit)
    if not given.any():
        return None
    return formulas.rate(sample.counted((sample.lower <= limit) & (limit <= sample.upper), given))


def _at_most_printed(sample: Estimated) -> Measured | None:
    if sample.printed is None or not sample.told.size:
        return None
    return formulas.rate(sample.told <= sample.printed)


def _disagree(sample: Estimated) -> Measured | None:
    """Test and interval of one estimate: a test says significant, an interval leaves 0 out."""
    given = ~np.isnan(sample.p_value) & ~np.isnan(sample.lower)
    if sample.alpha is None or not given.any():
        return None
    outside = (sample.lower > 0) | (sample.upper < 0)
    return formulas.rate(sample.counted((sample.p_value < sample.alpha) != outside, given))


COVERAGE_OF_LIMIT = Measure(
    "coverage_of_limit", "coverage of its limit", "share",
    "share of the replications whose interval contains what the method gives for infinitely many answers to the items "
    "retained",
    of=Estimated, function=_coverage_of_limit, rate=True, needs="an interval from the method, and population moments",
    glossary="how often the interval contains what this method would find with infinitely many respondents and the "
    "same items. Where this is right and the coverage of the truth is not, the method estimates something else.",
)  # fmt: skip
TYPE_S = Measure(
    "type_s_error", "type S error", "share", "share of the significant estimates that have the wrong sign",
    of=Estimated, function=_type_s, rate=True, needs="significant estimates, and a true value other than 0",
)  # fmt: skip
TYPE_M = Measure(
    "type_m_error", "type M error", "coefficient",
    "how many times the truth the significant estimates are, in size, on average",
    of=Estimated, function=_type_m, needs="significant estimates, and a true value other than 0",
)  # fmt: skip
AT_MOST_PRINTED = Measure(
    "at_most_printed", "at most as printed", "share",
    "share of the estimates that are no larger than the value that the study's source prints",
    of=Estimated, function=_at_most_printed, rate=True, needs="a printed value of the study's source",
    glossary="the predictive check: where hardly any or nearly all estimates are below what a paper prints, the "
    "population behind them is not the paper's.",
)  # fmt: skip
TEST_AND_INTERVAL_DISAGREE = Measure(
    "test_and_interval_disagree", "test and interval disagree", "share",
    "share of the replications in which the test finds the path and the interval contains 0, or the other way round",
    of=Estimated, function=_disagree, rate=True, asked=True, needs="a p-value and an interval from the method",
)  # fmt: skip
