"""What was asked of the likelihood: tests of models against each other, and profile intervals."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from benchmarks.own.likelihood.profiles import profiles
from benchmarks.own.likelihood.ratios import check_models, ratios, without_products
from estimators.factors.covariance import LikelihoodMethod, MaximumLikelihood
from estimators.methods import Method
from estimators.wrappers.wrapper import plain
from sim.batch import Batch
from sim.errors import InputError
from sim.model import Model

#: The name of the model that the other options are about.
THE_MODEL = "the model"


@dataclass(frozen=True)
class OfLikelihood:
    """ratios: a row for each model and method; intervals: one for each parameter and method. Empty if not asked for."""

    ratios: pd.DataFrame
    intervals: pd.DataFrame


def of_likelihood(
    methods: Mapping[str, Method],
    batch: Batch,
    model: Model,
    against: Mapping[str, Model],
    profile: Sequence[str],
    level: float,
) -> OfLikelihood | None:
    """The tests and intervals by every method that has them; None where nothing was asked for.

    Raises InputError where no method has what was asked for, and for models and parameters that do not suit.
    """
    if not against and not profile:
        return None
    check_models(against, model)
    models = {THE_MODEL: model, **against}
    tests = _tables(
        methods, batch, model, LikelihoodMethod,
        "--nested compares models by their likelihood; choose ml, mlm or mlr",
        lambda label, method: ratios(label, method, batch, models),
    ) if against else pd.DataFrame()  # fmt: skip
    intervals = _tables(
        methods, batch, model, MaximumLikelihood, "--profile gives intervals of the normal likelihood; choose ml",
        lambda label, method: profiles(label, method, batch, model, profile, level),
    ) if profile else pd.DataFrame()  # fmt: skip
    return OfLikelihood(tests, intervals)


def _tables(
    methods: Mapping[str, Method],
    batch: Batch,
    model: Model,
    kind: type[LikelihoodMethod],
    otherwise: str,
    table: Callable[[str, Method], pd.DataFrame],
) -> pd.DataFrame:
    if batch.missing is not None:
        raise InputError("--nested and --profile are of complete answers; choose --missing listwise")
    chosen = {label: method for label, method in methods.items() if isinstance(method.estimator, kind)}
    if not chosen:
        wrapped = [label for label, method in methods.items() if isinstance(plain(method.estimator), kind)]
        raise InputError(_why(wrapped, model, otherwise) if wrapped else otherwise)
    return pd.concat([table(label, method) for label, method in chosen.items()], ignore_index=True)


def _why(wrapped: Sequence[str], model: Model, otherwise: str) -> str:
    """Why a method that is one of likelihood has none as it stands, and what to do."""
    option = otherwise.split()[0]
    if model.products:
        return f"{option} {without_products(model)}"
    return f"{option} is of methods with nothing around them; leave the settings of {', '.join(wrapped)} out"
