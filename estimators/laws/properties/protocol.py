"""The law of the protocol: what a class must have before any other law can be held against it."""

import inspect

import numpy as np

from estimators.base import PARTS
from estimators.catalogue import missing_methods
from estimators.laws.subject import Breach, Subject, agree, demand, well_formed
from estimators.laws.worlds import Survey


def protocol(method: Subject, survey: Survey, rng: np.random.Generator) -> None:
    """Call the three methods as a study calls them and look at what comes back."""
    estimator, model = method.estimator, survey.model
    _takes(estimator.fit, "fit(batch, model, targets=None)", (2, 3))
    _takes(estimator.refusal, "refusal(model)", (1,))
    _takes(estimator.without_inference, "without_inference()", (0,))
    try:
        refused: object = estimator.refusal(model)
    except Exception as error:
        raise Breach("refusal(model) to give None or a sentence", f"{type(error).__name__}: {error}") from error
    demand(
        refused is None or (isinstance(refused, str) and bool(refused.strip())),
        "refusal(model) to give None or a sentence", repr(refused),
    )  # fmt: skip
    before = method.of(survey)
    plain: object = estimator.without_inference()
    missing = "is None" if plain is None else missing_methods(plain)
    demand(missing is None, "without_inference() to give an estimator", f"{type(plain).__name__}, which {missing}")
    agree(
        before, method.of(survey), "without_inference() to leave the method itself as it is",
        ("before it was called", "afterwards"), PARTS,
    )  # fmt: skip
    for name, value in (("level", 0.8), ("resamples", 30)):
        other = method.with_setting(name, value)
        demand(
            other is None or other.estimator != estimator or method.setting(name) == value,
            f"methods with another {name} not to be equal: studies let equal methods share what they found",
            f"{name} = {value} and {name} = {method.setting(name)} are the same to ==",
        )  # fmt: skip
    for targets in (None, list(model.targets[:2]), ()):
        fit = method.of(survey, targets)
        well_formed(fit, survey.batch, model, targets)


def _takes(function: object, written: str, counts: tuple[int, ...]) -> None:
    """Breach unless a method can be called with so many arguments by place."""
    demand(callable(function), f"a method {written}", f"{function!r}")
    try:
        signature = inspect.signature(function)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return  # compiled: it has no signature to look at
    for count in counts:
        try:
            signature.bind(*range(count))
        except TypeError as error:
            found = f"{written.partition('(')[0]}{signature}, which with {count} arguments fails: {error}"
            raise Breach(f"a method {written}", found) from None
