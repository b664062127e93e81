"""The list of performance measures. A new one is an entry in a file of its own and a line here.

What is stored, tabled, drawn, explained and documented follows from this list, in its order.
"""

from benchmarks.measures import (
    accuracy,
    claims,
    distribution,
    families,
    firms,
    inference,
    limits,
    rejection,
    replications,
    screening,
)
from benchmarks.measures.basis.measure import Measure
from benchmarks.measures.compared import adjusted, extrapolated, pairs

MEASURES: tuple[Measure, ...] = (
    replications.CONVERGENCE,
    replications.INADMISSIBILITY,
    replications.USABLE_RATE,
    replications.RESPONDENTS_USED,
    replications.RESAMPLES_LOST,
    replications.RESAMPLES_INADMISSIBLE,
    accuracy.EMPIRICAL_SE,
    accuracy.BIAS,
    accuracy.RMSE,
    accuracy.RELATIVE_BIAS,
    distribution.MEAN,
    distribution.MEDIAN,
    distribution.MEDIAN_BIAS,
    distribution.RELATIVE_MEDIAN_BIAS,
    distribution.TRIMMED_BIAS,
    distribution.MEAN_ABSOLUTE_ERROR,
    inference.MEAN_MODEL_SE,
    inference.MEAN_SE,
    inference.RELATIVE_ERROR_MODEL_SE,
    inference.COVERAGE,
    inference.POWER,
    inference.TYPE_1_ERROR,
    adjusted.BIAS_ELIMINATED_COVERAGE,
    adjusted.SIZE_ADJUSTED_POWER,
    *extrapolated.EXTRAPOLATED,
    rejection.REJECTION_RATE,
    rejection.INTERVAL_REJECTION_RATE,
    rejection.CUTOFF_RATE,
    rejection.INTERVAL_ABOVE,
    rejection.INTERVAL_BELOW,
    rejection.INTERVAL_WIDTH,
    *pairs.PAIRS,
    firms.FINITE_BIAS,
    firms.FINITE_EMPIRICAL_SE,
    firms.FINITE_RMSE,
    firms.FINITE_COVERAGE,
    limits.BEFORE_CUT,
    limits.AFTER_CUT,
    limits.MISSPECIFICATION,
    limits.BIAS_FROM_LIMIT,
    claims.KNOWN_AT_CLAIM,
    claims.CLAIMED_AFTER,
    claims.RIGHT_80,
    claims.RIGHT_90,
    claims.RIGHT_95,
    claims.RIGHT_ALL,
    screening.DROP_RATE,
    screening.ITEMS_DROPPED,
    screening.MANY_DROPPED,
    screening.BLOCK_SHORT,
    screening.SCREENING_SHIFT,
)
BY_NAME = {measure.name: measure for measure in MEASURES}


def find(name: str) -> Measure | None:
    """The measure of this name, in the list or of a family (`coverage@0.9`, `quantile@0.05`); None where none is."""
    return BY_NAME.get(name) or families.named(name)
