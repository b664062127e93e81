"""The methods on one's own survey: the same `fit`, on a batch of one data set, with every quantity of the field."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.own.arguments import asked_of, listed, model_of, models_of, prediction_of
from benchmarks.own.compared import compare
from benchmarks.own.failures import failure
from benchmarks.own.fits import Fits
from benchmarks.own.fitted import Fitted
from benchmarks.own.likelihood.asked import of_likelihood
from benchmarks.own.likelihood.binding import binding_in_words
from benchmarks.own.looking import remarks_on
from benchmarks.own.method_words import advised_of, check_handling, in_pairs, method_and_settings, methods_of, parted
from benchmarks.own.remarks.on_matrices import smallest_in_words
from benchmarks.own.wanted import predicted_of, targets_of, variances_of
from estimators.catalogue import find
from estimators.methods import Method
from estimators.prediction.wrapper import Predicted
from estimators.wrappers.finite import beyond
from sim.errors import InputError
from sim.missing import BY_LIKELIHOOD, PAIRS
from sim.model import Model
from sim.surveys.groups import read_groups
from sim.surveys.survey import Survey, read_survey
from sim.targets import Target

#: Of a method that cannot predict, where prediction was asked for.
NOT_PREDICTED = "no prediction: it needs a method that gives weights, such as PLS, on the answers themselves"


def fit_survey(
    data: pd.DataFrame | np.ndarray[Any, Any] | Path | str,
    model: Model | Path | str,
    methods: Sequence[str] | str = ("pls", "ml"),
    resamples: int = 500,
    seed: int = 1,
    missing: str = "refuse",
    missing_codes: Sequence[str | float] | str | float = (),
    level: float = 0.95,
    interval: str | None = None,
    *,
    names: Sequence[str] | None = None,
    labels: Sequence[str] | str = (),
    confirm_labels: bool = False,
    reverse: Sequence[str] | str = (),
    scale: tuple[float, float] | str | None = None,
    decimal: str | None = None,
    sheet: str = "",
    group: str = "",
    nested: Sequence[Model | Path | str] | Model | Path | str = (),
    profile: Sequence[str] | str = (),
    predict: Mapping[str, Any] | bool = False,
) -> Fits:
    """Estimate a model on a survey with several methods at once.

    data: a data frame, the path of a file (CSV, .xlsx, .ods, .sav, .dta, .parquet), or an array with the `names` of its
    columns; a column for each item. model: its syntax, the path of a file with it, or a `Model`. methods: names, each
    with settings in brackets where there are any (`pls[scheme=centroid]`); those without inference of their own are
    bootstrapped with `resamples` and a kind of `interval` (None: the bootstrap's default). missing: refuse, listwise,
    mean, regression, pairwise, fiml or two-stage; `missing_codes`, one or several, stand for missing answers, as empty
    cells do. labels, confirm_labels, reverse, scale, decimal, sheet: as the options of `loadstone fit`. group: the
    column whose groups are compared (`Fits.groups`); respondents without a group take no part. nested: further models
    of the same items, tested against this one by their likelihood; profile: parameters that get a likelihood-based
    interval, by labels or names, or "paths" (`Fits.likelihood`). predict: True, or some of folds (10), repetitions
    (10), antecedents and against, for predictions of respondents left out (`Fits.prediction`).

    Raises InputError, one message, for data, a model, methods or settings that cannot be used, and where a method
    cannot estimate these data at all.
    """
    if not 0 < level < 1:
        raise InputError(f"level is {level!r}; give a number between 0 and 1, such as 0.95")
    written = model_of(model)
    structure = written.together if group else written
    source = Path(data) if isinstance(data, str) else data
    words = parted(methods) if isinstance(methods, str) else listed("methods", methods)
    asked = asked_of(missing_codes, labels, confirm_labels, reverse, scale, decimal, sheet)
    check_handling(words, missing)
    reading: Any = {"asked": asked, "names": names, "advised": advised_of(words)}
    pairs = in_pairs(words, missing)
    handling = PAIRS if pairs else missing
    grouped = read_groups(source, structure, group, seed, handling, **reading) if group else None
    survey = grouped.pooled if grouped else read_survey(source, structure, seed, handling, **reading)
    bootstrap = {"resamples": resamples, **({} if interval is None else {"interval": interval})}
    in_gaps = missing if missing in BY_LIKELIHOOD or pairs else ""
    predicted = prediction_of(predict, survey.n) if predict is not False else None
    resampled = bootstrap if survey.batch.has_answers else None
    chosen = methods_of(words, structure, resampled, level, in_gaps, predicted)
    for label, method in chosen.items():
        if wrong := beyond(method.fpc, survey.n):
            raise InputError(f"{label}: {wrong}")
    targets = _targets(tuple(chosen.values()), structure)
    fitted = _fitted(chosen, words, survey, structure, targets, predicted is not None, level)
    remarks = remarks_on(survey.answers, structure) if survey.answers else ()
    compared = compare(grouped, structure, fitted, targets, resamples, level, written) if grouped else None
    profiled = [each for each in (parted(profile) if isinstance(profile, str) else listed("profile", profile)) if each]
    told_by = of_likelihood(chosen, survey.batch, structure, models_of(nested), profiled, level)
    return Fits(survey, structure, level, fitted, remarks, compared, told_by)


def _targets(chosen: Sequence[Method], structure: Model) -> tuple[Target, ...]:
    """Every target that some of the methods may tell of a model."""
    targets = targets_of(structure)
    if any(method.wrapper(Predicted) for method in chosen):
        targets += predicted_of(structure)
    if any(method.solution == "raw" for method in chosen):
        targets += variances_of(structure)
    return targets


def _fitted(
    chosen: Mapping[str, Method],
    words: Sequence[str],
    survey: Survey,
    structure: Model,
    targets: tuple[Target, ...],
    predicting: bool,
    level: float,
) -> tuple[Fitted, ...]:
    """What every method says, with its remarks. Raises InputError, one message, where some cannot estimate the survey.

    words: the methods as they were written; predicting: whether they were asked to predict; level: of their intervals.
    """
    ordinal = [find(method_and_settings(each)[0], Path.cwd(), "method").ordinal for each in words]
    whole = survey.batch.missing is None and survey.batch.has_answers
    told = smallest_in_words(survey.batch) if any(ordinal) and whole else ""
    fitted = []
    for (label, method), of_categories in zip(chosen.items(), ordinal, strict=True):
        estimates = method.fit(survey.batch, structure, targets)
        remarks = [told if of_categories else "", binding_in_words(method, survey.batch, structure)]
        if predicting and not method.wrapper(Predicted):
            remarks.append(NOT_PREDICTED)
        told_of = tuple(filter(None, remarks))
        fitted.append(Fitted(label, method, structure, estimates, survey.n, told_of, level))
    failures = [
        failure(each.label, each.status, survey, structure, each.method.entry)
        for each in fitted
        if each.estimates.fatal[0]
    ]
    if failures:
        raise InputError("; ".join(failures) + "; leave that method out, or mend the data or the model")
    return tuple(fitted)
