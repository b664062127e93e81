"""Limits: what a method gives for infinitely many respondents, before the answers are cut into categories and after."""

import numpy as np

from benchmarks.measures.formulas import Measured
from benchmarks.measures.measure import Measure
from benchmarks.measures.samples import Limit


def _after(sample: Limit) -> Measured:
    """Exact, or with an unknown error where its moments were simulated from so many respondents."""
    return Measured(sample.after, np.nan if sample.respondents else 0.0, sample.respondents)


BEFORE_CUT = Measure(
    "limit_before_cut", "limit before the cut", "coefficient", "estimate from the population, continuous answers",
    of=Limit, function=lambda sample: Measured(sample.before, 0.0, 0),
)  # fmt: skip
AFTER_CUT = Measure(
    "limit_after_cut", "limit after the cut", "coefficient", "estimate from the population, answers in categories",
    of=Limit, function=_after,
)  # fmt: skip
