"""The ladder of a bias: how far method, scale, rule and chance each carry the mean estimate from the truth.

In every replication estimate - truth = method + scale + rule + chance, exactly, so the means of the four add up to the
bias over the same replications. The rule of a method that drops nothing does nothing: its step is 0.
"""

import numpy as np

from benchmarks.measures.basis import formulas
from benchmarks.measures.basis.formulas import Measured
from benchmarks.measures.basis.measure import Measure
from benchmarks.measures.basis.samples import Split
from sim.batch import Floats


def _fixed(step: float, sample: Split, error: float) -> Measured | None:
    """A step that is the same in every replication."""
    used = len(sample.rule)
    return Measured(step, error, used) if used else None


def _method(sample: Split) -> Measured | None:
    return _fixed(sample.method, sample, 0.0)


def _scale(sample: Split) -> Measured | None:
    """Exact, or with an unknown error where moments after the cut were simulated."""
    return _fixed(sample.scale, sample, np.nan if sample.respondents else 0.0)


def _mean(step: Floats) -> Measured | None:
    return formulas.mean(step) if step.size else None


STEP_METHOD = Measure(
    "step_method", "step: method", "coefficient",
    "what the method gives for infinitely many uncut answers to all items, minus the truth",
    of=Split, function=_method, signed=True,
)  # fmt: skip
STEP_SCALE = Measure(
    "step_scale", "step: scale", "coefficient",
    "what it gives for infinitely many answers in categories, minus that for uncut ones",
    of=Split, function=_scale, signed=True,
)  # fmt: skip
STEP_RULE = Measure(
    "step_rule", "step: rule", "coefficient",
    "mean of what it gives for infinitely many answers to the retained items, minus that for all items",
    of=Split, function=lambda sample: _mean(sample.rule), signed=True,
)  # fmt: skip
STEP_CHANCE = Measure(
    "step_chance", "step: chance", "coefficient",
    "mean estimate minus what it gives for infinitely many answers to the retained items",
    of=Split, function=lambda sample: _mean(sample.chance), signed=True,
)  # fmt: skip
