"""Limits: what a method gives for infinitely many respondents, before the answers are cut into categories and after.

Where a method fits another model than the population's own, an estimate's distance from the truth is that of the limit
from the truth, which no sample mends, and that of the estimate from the limit.
"""

import numpy as np

from benchmarks.measures.basis import formulas
from benchmarks.measures.basis.formulas import Measured
from benchmarks.measures.basis.measure import Measure
from benchmarks.measures.basis.samples import ALL, POPULATION, USABLE, Limit, Misspecified


def _after(sample: Limit) -> Measured:
    """Exact, or with an unknown error where its moments were simulated from so many respondents."""
    return Measured(sample.after, np.nan if sample.respondents else 0.0, sample.respondents)


def _of_the_model(sample: Misspecified) -> Measured | None:
    if np.isnan(sample.limit) or np.isnan(sample.truth):
        return None
    error = np.nan if sample.respondents else 0.0
    return Measured(sample.limit - sample.truth, error, sample.respondents)


def _from_limit(sample: Misspecified) -> Measured | None:
    if np.isnan(sample.limit) or not sample.estimates.size:
        return None
    return formulas.bias(sample.estimates, sample.limit)


BEFORE_CUT = Measure(
    "limit_before_cut", "limit, continuous answers", "coefficient", "estimate from the population, continuous answers",
    of=Limit, function=lambda sample: Measured(sample.before, 0.0, 0),
)  # fmt: skip
AFTER_CUT = Measure(
    "limit_after_cut", "limit, answers in categories", "coefficient",
    "estimate from the population, answers in categories",
    of=Limit, function=_after,
)  # fmt: skip
MISSPECIFICATION = Measure(
    "misspecification", "limit minus truth", "coefficient",
    "what a method that fits a model of its own gives for infinitely many such answers, minus the truth",
    of=Misspecified, function=_of_the_model, over=(POPULATION,), signed=True,
)  # fmt: skip
BIAS_FROM_LIMIT = Measure(
    "bias_from_limit", "bias from the limit", "coefficient",
    "mean estimate of a method that fits a model of its own, minus what it gives for infinitely many such answers",
    of=Misspecified, function=_from_limit, over=(USABLE, ALL), signed=True,
)  # fmt: skip
