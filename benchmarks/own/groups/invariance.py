"""Measurement invariance of groups: each step with its test, and what it says of the constructs' means."""

from typing import get_args

import numpy as np
import pandas as pd

from benchmarks.own.analysis import Analysis, Column
from benchmarks.own.groups.given import Given
from estimators.base import has_product
from estimators.constrained.bounds import Bounds
from estimators.constrained.fitting import Search
from estimators.factors.covariance import MaximumLikelihood
from estimators.factors.robust import HuberWhite
from estimators.grouped.invariance import STEPS, Failed, Method, Step, invariance
from estimators.grouped.search import CLOSELY, Sample
from estimators.grouped.told import Parameter
from sim.errors import InputError
from sim.model import Model
from sim.surveys.groups import Grouped

#: What is held equal at each step, in words.
_WORDS = {
    "configural": "the same model",
    "metric": "loadings",
    "scalar": "loadings, intercepts",
    "strict": "loadings, intercepts, residual variances",
}


def steps_of(
    survey: Grouped,
    model: Model,
    method: Method = "ml",
    partial: tuple[str, ...] = (),
    steps: tuple[str, ...] = tuple(STEPS),
    bounds: Bounds = "none",
) -> tuple[Step | Failed, ...]:
    """The steps of invariance of a survey in groups. Raises InputError for what groups cannot be fitted to."""
    if told := _unsuited(survey, model, method):
        raise InputError(told)
    if bounds not in get_args(Bounds):
        raise InputError(f"bounds is '{bounds}'; give one of {', '.join(get_args(Bounds))}")
    samples = [Sample.of(group.batch, model) for group in survey.groups]
    search = Search("likelihood", bounds, CLOSELY.tolerance, CLOSELY.limit)
    return invariance(samples, model, steps, partial, method, search)


def _unsuited(survey: Grouped, model: Model, method: str) -> str | None:
    """Why a survey in groups or a model cannot be fitted to several groups, or None."""
    if model.products:
        return has_product(model)
    if any(group.batch.missing is not None for group in survey.groups):
        return "groups are fitted together on complete answers; choose --missing listwise"
    if method == "mlr" and not survey.pooled.batch.has_answers:
        return "mlr needs answers, and pairwise leaves covariances only; choose --missing listwise"
    model.of_group(0, len(survey.groups))  # raises where values are given for another number of groups
    wanted = MaximumLikelihood() if method == "ml" else HuberWhite()
    return wanted.refusal(model.together)


def _refusal(given: Given) -> str | None:
    if given.survey.pooled.batch.missing is not None:
        return "groups are fitted together on complete answers, by ml and mlr; choose --missing listwise"
    if given.model.products:
        return has_product(given.model)
    if _method(given) is None:
        return "it is of ml and mlr, plain or with bounds; add one of them to --method"
    return _unsuited(given.survey, given.written, str(_method(given)))


def _method(given: Given) -> Method | None:
    """The method of likelihood that a fit is, None for any other and for one with resamples or decisions around it."""
    estimator = given.method.estimator
    if isinstance(estimator, HuberWhite):
        return "mlr"
    if isinstance(estimator, MaximumLikelihood) and estimator.likelihood == "normal":
        return "ml"
    return None


def _steps(given: Given) -> tuple[Step | Failed, ...]:
    method = _method(given)
    assert method is not None
    bounds: Bounds = getattr(given.method.estimator, "bounds", "none")
    return steps_of(given.survey, given.written, method, bounds=bounds)


def table(given: Given) -> pd.DataFrame:
    """A row for each step: its fit, and its test against the step before it."""
    rows = [row_of(step, given.survey) for step in _steps(given)]
    return pd.DataFrame(rows, columns=[c.name for c in COLUMNS])[[c.name for c in SHOWN]]


def row_of(step: Step | Failed, survey: Grouped) -> tuple[object, ...]:
    """A step as a row of `COLUMNS`."""
    words = _WORDS[step.name]
    if isinstance(step, Failed):
        of = "" if step.group is None else f"{survey.column} {survey.labels[step.group]}: "
        return step.name, words, *(np.nan,) * (len(COLUMNS) - 3), f"{of}{step.status.meaning}"
    fit, against = step.measures, step.difference
    change = (np.nan,) * 5
    if against is not None:
        change = (against.statistic, against.df, against.p_value, against.cfi, against.rmsea)
    note = step.fit.status.meaning if step.fit.status else ""
    if against is not None and against.df and np.isnan(against.statistic):
        note = "; ".join([note] * bool(note) + ["the scaled difference has no positive factor; compare by ml"])
    p_value = fit.p_value if fit.df else np.nan
    return step.name, words, fit.chisq, fit.df, p_value, fit.cfi, fit.rmsea, fit.srmr, fit.aic, fit.bic, *change, note


def means(given: Given) -> pd.DataFrame:
    """The mean of every construct in every group, where loadings and intercepts are equal."""
    rows = []
    for step in _steps(given):
        if isinstance(step, Step) and step.name == "scalar":
            constructs = {c for c in given.written.constructs if c not in given.written.observed}
            chosen = [p for p in step.parameters if p.operator == "~1" and p.left in constructs]
            for each in sorted(chosen, key=lambda p: given.written.constructs.index(p.left)):
                rows.append(_mean(each, given.survey))
    return pd.DataFrame(rows, columns=[column.name for column in MEAN_COLUMNS])


def _mean(each: Parameter, survey: Grouped) -> tuple[object, ...]:
    assert each.group is not None
    return each.left, survey.labels[each.group], each.value, each.se, each.p_value, each.std


COLUMNS = (
    Column("step", "Step", "text"),
    Column("equal", "Equal in all groups", "text"),
    Column("chisq", "χ²", "number"),
    Column("df", "df", "count"),
    Column("p_value", "p", "p"),
    Column("cfi", "CFI", "value"),
    Column("rmsea", "RMSEA", "value"),
    Column("srmr", "SRMR", "value"),
    Column("aic", "AIC", "number"),
    Column("bic", "BIC", "number"),
    Column("chisq_diff", "Δχ²", "number"),
    Column("df_diff", "Δdf", "count"),
    Column("p_diff", "p of Δχ²", "p"),
    Column("cfi_diff", "ΔCFI", "value"),
    Column("rmsea_diff", "ΔRMSEA", "value"),
    Column("note", "Note", "text"),
)

#: What a table of a page or a terminal has room for.
SHOWN = tuple(c for c in COLUMNS if c.name not in ("equal", "srmr", "aic", "bic", "rmsea_diff"))

MEAN_COLUMNS = (
    Column("construct", "Construct", "text"),
    Column("group", "Group", "text"),
    Column("value", "mean", "value"),
    Column("se", "SE", "value"),
    Column("p_value", "p", "p"),
    Column("std", "in SDs", "value"),
)

INVARIANCE = Analysis(
    "invariance",
    "Measurement invariance",
    "All groups fitted together: configural, the same model; metric, equal loadings too; scalar, equal intercepts; "
    "strict, equal error variances. Δ is against the step before, and a small p of Δχ² says that what is newly equal "
    "does not hold. Paths are comparable from metric on, means of constructs from scalar on.",
    SHOWN,
    table,
    _refusal,
)

MEANS = Analysis(
    "construct_means",
    "Means of constructs",
    "Where loadings and intercepts are equal (the scalar step). Those of the first group are 0, so that the others are "
    "differences to it, in the units of the first item; of an outcome it is the intercept, what its predictors leave.",
    MEAN_COLUMNS,
    means,
    _refusal,
)
