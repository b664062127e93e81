"""The methods on one's own survey: the same `fit`, on a batch of one data set."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from benchmarks.tables import estimates_of_one
from estimators.base import Estimates, Status
from estimators.catalogue import Method, build, find
from sim.batch import Batch
from sim.errors import InputError
from sim.model import Model

LEVEL = 0.95


def methods_named(names: Sequence[str], model: Model, resamples: int) -> list[Method]:
    """The named methods; those without standard errors of their own are bootstrapped. Raises InputError.

    Modules of estimators from outside may lie in the current folder.
    """
    methods = []
    for name in names:
        folder = Path.cwd()
        settings = {"resamples": resamples} if find(name, folder, "method").resampled else {}
        method = build(name, settings, LEVEL, folder)
        refusal = method.estimator.refusal(model)
        if refusal:
            raise InputError(f"{method.label}: {refusal}")
        methods.append(method)
    return methods


def fit(batch: Batch, model: Model, methods: Sequence[Method]) -> pd.DataFrame:
    """Every method's estimates, a row each. Raises InputError where a method cannot estimate these data at all."""
    fits = [(method, method.estimator.fit(batch, model)) for method in methods]
    failures = [_failure(method, fit, batch) for method, fit in fits if fit.fatal[0]]
    if failures:
        raise InputError("; ".join(failures) + "; leave that method out, or mend the data or the model")
    return pd.concat([estimates_of_one(method.label, fit) for method, fit in fits], ignore_index=True)


def _failure(method: Method, fit: Estimates, batch: Batch) -> str:
    n, p = batch.raw.shape[1:]
    return f"{method.label} cannot estimate these data (n = {n}, {p} items): {Status(int(fit.status[0])).meaning}"
