"""Measures of a method's replications: how often it gives numbers that can be used, and what resampling lost."""

import numpy as np

from benchmarks.measures.basis.formulas import Measured, mean, rate
from benchmarks.measures.basis.measure import Measure
from benchmarks.measures.basis.samples import Replications
from sim.batch import Floats


def _mean(counts: Floats | None) -> Measured | None:
    return None if counts is None else mean(counts.astype(np.float64))


CONVERGENCE = Measure(
    "convergence_rate", "converged", "share", "share of the replications in which the method converged",
    of=Replications, function=lambda sample: rate(sample.converged), rate=True,
)  # fmt: skip
INADMISSIBILITY = Measure(
    "inadmissibility_rate", "inadmissible", "share", "share with an impossible solution, such as a negative variance",
    of=Replications, function=lambda sample: rate(sample.inadmissible), rate=True,
)  # fmt: skip
USABLE_RATE = Measure(
    "usable_rate", "usable", "share", "share of the replications that give an admissible estimate",
    of=Replications, function=lambda sample: rate(sample.usable), rate=True,
    glossary="said of a replication in which the method converged to a possible solution. Failures are counted, never "
    "redrawn.",
)  # fmt: skip
RESPONDENTS_USED = Measure(
    "respondents_used", "respondents used", "count",
    "mean number of respondents left after the handling of missing answers",
    of=Replications, function=lambda sample: _mean(sample.respondents),
)  # fmt: skip
RESAMPLES_LOST = Measure(
    "resamples_lost", "resamples lost", "count", "mean number of unusable resamples in a replication",
    of=Replications, function=lambda sample: _mean(sample.lost),
)  # fmt: skip
RESAMPLES_INADMISSIBLE = Measure(
    "resamples_inadmissible", "resamples inadmissible", "count",
    "mean number of resamples with an impossible solution in a replication",
    of=Replications, function=lambda sample: _mean(sample.inadmissible_resamples),
)  # fmt: skip
