"""The result that an analyst wants to be significant: its p-values, and why a rule could not look at it."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from estimators.base import Estimator
from estimators.decisions.rule import Analysis, Rule, no_standard_errors
from sim.batch import Batch, Floats
from sim.errors import InputError
from sim.model import Model


def p_values(method: Estimator, analysis: Analysis, path: str) -> Floats:
    """The method's p-values of a target of the model (R,); NaN where the fit fails or there is none."""
    fit = method.fit(analysis.batch, analysis.model, [analysis.model.target(path)])
    return np.where(fit.fatal, np.nan, fit.p_value[:, 0])


def refusal_of_path(rule: Rule, path: str, model: Model, deciding: Estimator) -> str | None:
    """Why there is no p-value of this target, or None."""
    try:
        model.target(path)
    except InputError as error:
        return f"path: {error}"
    return no_standard_errors(rule, deciding)


def check_path(path: object) -> None:
    """Raise InputError where a setting is no name of a target."""
    if not isinstance(path, str) or not path:
        raise InputError(f"path is {path!r}; name the path that is to be significant, for instance path = 'Y~X'")


def with_answers(analysis: Analysis, places: NDArray[np.intp], answers: NDArray[np.generic]) -> Analysis:
    """Some of the data sets with the answers (k, n, p) of other respondents, under the replications they are."""
    old = analysis.batch
    batch = Batch.of(answers, old.replications[places], old.address, items=old.items)
    return replace(analysis, batch=replace(batch, retained=old.retained[places]))
