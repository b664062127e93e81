"""Measures of changed models: how often a model is changed, how often into the true one, and into which."""

from benchmarks.measures.basis.formulas import Measured, rate
from benchmarks.measures.basis.measure import Measure
from benchmarks.measures.basis.selections import ChangedModel, ModelChanges


def _true(sample: ModelChanges) -> Measured | None:
    return None if sample.to_true is None else rate(sample.changes == sample.to_true)


MODEL_CHANGED = Measure(
    "model_changed", "model changed", "share", "share of the replications whose model is changed",
    of=ModelChanges, function=lambda sample: rate(sample.changes != ""), rate=True,
)  # fmt: skip
TRUE_MODEL = Measure(
    "true_model", "the true model", "share",
    "share of the replications that end with the true model: just the paths, error covariances and cross-loadings that "
    "are not zero in the population",
    of=ModelChanges, function=_true, rate=True,
    glossary="the model with just the paths, error covariances and cross-loadings that are not zero in the population.",
)  # fmt: skip
MODEL_RATE = Measure(
    "model_rate", "just this change", "share",
    "share of the replications whose model is changed in just this way, of the ways found most often",
    of=ChangedModel, function=lambda sample: rate(sample.happened), rate=True,
)  # fmt: skip
