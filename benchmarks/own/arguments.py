"""What is asked of one's own survey: words, numbers and files, made into models and settings."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.own.method_words import parted
from estimators.prediction.plan import Plan
from sim.errors import InputError
from sim.grammar.spelling import name_of
from sim.model import Model
from sim.surveys.answers import Asked
from sim.surveys.cells.numbers import Decimal
from sim.surveys.survey import read_model

#: What the command predicts with unless told otherwise.
_PREDICTION = {"folds": 10, "repetitions": 10, "antecedents": "direct"}


def models_of(given: Sequence[Model | Path | str] | Model | Path | str) -> dict[str, Model]:
    """Models by the names of their files, or by their number."""
    several = [given] if isinstance(given, Model | Path | str) else listed("nested", given)
    models: dict[str, Model] = {}
    for at, each in enumerate(several, start=2):
        is_file = isinstance(each, Path) or (isinstance(each, str) and "~" not in each and "\n" not in each)
        name = Path(str(each)).name if is_file else f"model {at}"
        models[name if name not in models else f"{name} ({at})"] = model_of(each)
    return models


def asked_of(
    missing_codes: Sequence[str | float] | str | float = (),
    labels: Sequence[str] | str = (),
    confirm_labels: bool = False,
    reverse: Sequence[str] | str = (),
    scale: tuple[float, float] | str | None = None,
    decimal: str | None = None,
    sheet: str = "",
) -> Asked:
    """How a survey is to be read, from words and numbers. Raises InputError for what is not understood."""
    if missing_codes is None or isinstance(missing_codes, str | int | float | np.number):
        codes = [] if missing_codes is None else [missing_codes]
    else:
        codes = listed("missing_codes", missing_codes)
    if decimal not in (None, ",", "."):
        raise InputError(f"decimal is {decimal!r}; give , or .")
    sign: Decimal | None = "," if decimal == "," else "." if decimal == "." else None
    turned = parted(reverse) if isinstance(reverse, str) else listed("reverse", reverse)
    return Asked(
        codes=tuple(str(code) for code in codes),
        labels=(labels,) if isinstance(labels, str) else tuple(listed("labels", labels)),
        confirmed=confirm_labels,
        reverse=tuple(name_of(name.strip("`\"' ")) for name in turned if name),
        ends=_ends(scale),
        decimal=sign,
        sheet=sheet,
    )


def prediction_asked(
    predict: bool, folds: int, repetitions: int, antecedents: str, against: Path | None
) -> dict[str, Any] | bool:
    """What `predict` of `fit_survey` is for options of the command; another model implies it.

    Raises InputError for a setting of predictions where none is asked for.
    """
    asked: dict[str, Any] = {"folds": folds, "repetitions": repetitions, "antecedents": antecedents}
    if not predict and against is None:
        for name, value in asked.items():
            if value != _PREDICTION[name]:
                raise InputError(f"--{name} {value} is of predictions, and none is asked for; add --predict")
        return False
    return asked if against is None else asked | {"against": read_model(against).syntax}


def prediction_of(predict: Mapping[str, Any] | bool, n: int) -> dict[str, Any]:
    """Settings of a prediction of n respondents, ten folds ten times unless told otherwise.

    Raises InputError for what is no setting, and for more folds than respondents.
    """
    if not isinstance(predict, Mapping | bool):
        raise InputError(f"predict is {predict!r}; give true, or some of folds, repetitions, antecedents and against")
    settings = {"repetitions": 10, **(predict if isinstance(predict, Mapping) else {})}
    folds = Plan.of(settings).folds
    if folds > n:
        raise InputError(
            f"{folds} folds are asked for, and there are {n} respondents; give at most {n} (--folds, folds of predict)"
        )
    return settings


def listed(name: str, given: Any) -> list[Any]:
    """What an argument holds. Raises InputError for what is no list."""
    if not isinstance(given, Sequence | np.ndarray | set | frozenset | pd.Series | pd.Index):
        raise InputError(f"{name} is given as {type(given).__name__}; give one or a list of them")
    return list(given)


def _ends(scale: tuple[float, float] | str | None) -> tuple[float, float] | None:
    """The lowest and highest answer of a scale: `1-5`, `0:10`, or two numbers."""
    if scale is None:
        return None
    found = re.fullmatch(r"\s*([+-]?[\d.]+)\s*[-:]\s*([+-]?[\d.]+)\s*", scale) if isinstance(scale, str) else None
    try:
        low, high = (float(part) for part in (found.groups() if found else scale))
    except (TypeError, ValueError):
        raise InputError(f"scale is {scale!r}; give the lowest and the highest answer, such as 1-5") from None
    if not low < high:
        raise InputError(f"scale is {scale!r}; the lowest answer comes first, such as 1-5")
    return low, high


def model_of(given: Model | Path | str) -> Model:
    """The model that a text, a file or a `Model` gives. Raises InputError for anything else."""
    if isinstance(given, Model):
        return given
    if isinstance(given, str) and ("~" in given or "\n" in given):
        return Model.parse(given)
    if not isinstance(given, str | Path):
        raise InputError(
            f"the model is given as {type(given).__name__}; give its syntax, the path of a file, or a Model"
        )
    return read_model(Path(given))
