"""The methods on one's own survey: the same `fit`, on a batch of one data set, with every quantity of the field."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.own.compared import Compared, compare
from benchmarks.own.failures import failure
from benchmarks.own.fitted import Fitted, Row
from benchmarks.own.likelihood.asked import OfLikelihood, of_likelihood
from benchmarks.own.likelihood.binding import binding_in_words
from benchmarks.own.looking import remarks_on
from benchmarks.own.method_words import advised_of, check_handling, in_pairs, method_and_settings, methods_of, parted
from benchmarks.own.remarks.on_matrices import smallest_in_words
from benchmarks.own.tables.analyses import ANALYSES
from benchmarks.own.tables.analysis import Given
from benchmarks.own.wanted import predicted_of, targets_of, variances_of
from estimators.catalogue import find
from estimators.prediction.plan import Plan
from estimators.prediction.wrapper import Predicted
from estimators.wrappers.finite import beyond
from sim.errors import InputError
from sim.grammar.spelling import name_of
from sim.missing import BY_LIKELIHOOD, PAIRS
from sim.model import Model
from sim.surveys.answers import Asked
from sim.surveys.cells.numbers import Decimal
from sim.surveys.groups import read_groups
from sim.surveys.survey import Survey, read_model, read_survey
from sim.targets import CONSTRUCT_KINDS, EFFECT_KINDS, MODEL_KINDS, PAIR_KINDS, PATH_KINDS, Kind

#: What the command predicts with unless told otherwise.
_PREDICTION = {"folds": 10, "repetitions": 10, "antecedents": "direct"}
#: Of a method that cannot predict, where prediction was asked for.
NOT_PREDICTED = "no prediction: it needs a method that gives weights, such as PLS, on the answers themselves"


@dataclass(frozen=True)
class Fits:
    """Several methods on one survey. Every property is a tidy data frame; quantities a method lacks are left out."""

    survey: Survey
    model: Model
    level: float
    fitted: tuple[Fitted, ...]
    remarks: tuple[str, ...] = ()
    groups: Compared | None = None
    likelihood: OfLikelihood | None = None

    def __repr__(self) -> str:
        return f"Fits of {', '.join(self.methods)} to {self.survey.name}: {self.survey.n} respondents"

    def __getattr__(self, name: str) -> pd.DataFrame:
        """The frame of an analysis by its name: `fits.cross_loadings`, `fits.scores`, ..; see `tables`."""
        if name not in (analysis.name for analysis in ANALYSES):
            raise AttributeError(f"{type(self).__name__} has no {name}")
        return self.tables[name]

    @cached_property
    def tables(self) -> dict[str, pd.DataFrame]:
        """Every analysis of `benchmarks.own.tables.analyses` by its name; a frame without rows has nothing to tell."""
        given = Given(self.survey, self.model, self.level, self.fitted)
        return {analysis.name: analysis.table(given) for analysis in ANALYSES}

    @property
    def methods(self) -> tuple[str, ...]:
        """The methods' labels."""
        return tuple(fitted.label for fitted in self.fitted)

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """Every method's rows."""
        return tuple(row for fitted in self.fitted for row in fitted.rows)

    @property
    def standardised(self) -> bool:
        """Whether every method tells standardised estimates."""
        return all(fitted.method.solution == "standardised" for fitted in self.fitted)

    @cached_property
    def by_name(self) -> dict[tuple[str, str], Row]:
        """Rows by method and target name."""
        return {(row.method, row.target.name): row for row in self.rows}

    @cached_property
    def estimates(self) -> pd.DataFrame:
        """All of it: method, target, kind, value, se, lower, upper, p_value, flag, status."""
        status = {fitted.label: fitted.status.name for fitted in self.fitted}
        columns = ["method", "target", "kind", "value", "se", "lower", "upper", "p_value", "flag", "status"]
        found = [
            (row.method, row.target.name, row.target.kind, row.value, row.se, row.lower, row.upper, row.p_value,
             row.flag.text if row.flag else "", status[row.method])
            for row in self.rows
        ]  # fmt: skip
        return pd.DataFrame(found, columns=columns)

    @property
    def paths(self) -> pd.DataFrame:
        """method, outcome, predictor, value, se, lower, upper, p_value, and f2 and vif where there are any."""
        table = self._named("path", "outcome", "predictor")
        for kind in PATH_KINDS:
            table[kind] = self._beside(table, kind, "~", "outcome", "predictor")
        return table.dropna(axis=1, how="all")

    @property
    def products(self) -> pd.DataFrame:
        """Effects of products of constructs: method, outcome, first, second, value, se, lower, upper, p_value."""
        return self._named("product", "outcome", "first", "second")

    @property
    def slopes(self) -> pd.DataFrame:
        """Simple slopes: method, outcome, predictor, moderator, at (in SDs of the moderator), value, se, lower, ..."""
        table = self._named("slope", "outcome", "predictor", "moderator", "at")
        return table.assign(at=table["at"].astype(np.float64))

    @property
    def effects(self) -> pd.DataFrame:
        """Indirect and total effects, and what the model defines: method, target, kind, value, se, lower, ..."""
        chosen = self.estimates["kind"].isin(["indirect", *EFFECT_KINDS, "defined"])
        return self.estimates[chosen].drop(columns=["flag", "status"]).reset_index(drop=True)

    @property
    def loadings(self) -> pd.DataFrame:
        """method, construct, item, value, se, lower, upper, p_value, flag."""
        return self._named("loading", "construct", "item", flagged=True)

    @property
    def weights(self) -> pd.DataFrame:
        """method, construct, item, value, se, lower, upper, p_value: of methods that make composites."""
        return self._named("weight", "construct", "item")

    @property
    def reliabilities(self) -> pd.DataFrame:
        """A row for each method and construct, a column for each of r2, adj_r2, alpha, omega, rho_a, rho_c, ave, ..."""
        return self._wide(CONSTRUCT_KINDS, "construct")

    @property
    def correlations(self) -> pd.DataFrame:
        """A row for each method and pair of constructs, with the correlation and the heterotrait-monotrait ratios."""
        table = self._named("correlation", "first", "second")
        for kind in PAIR_KINDS:
            table[kind] = self._beside(table, kind, ",", "first", "second")
        return table.dropna(axis=1, how="all")

    @property
    def fit(self) -> pd.DataFrame:
        """Fit of the whole model: method, target, value, se, lower, upper, p_value."""
        chosen = self.estimates["kind"].isin(MODEL_KINDS)
        return self.estimates[chosen].drop(columns=["kind", "flag", "status"]).reset_index(drop=True)

    @property
    def flags(self) -> pd.DataFrame:
        """What to look at: method, target, value, flag. Remarks on whole methods have no target, on data no method."""
        whole = [("", "", np.nan, remark) for remark in self.remarks]
        whole += [(each.label, "", np.nan, remark) for each in self.fitted for remark in each.remarks]
        single = [(row.method, row.target.name, row.value, row.flag.text) for row in self.rows if row.flag]
        return pd.DataFrame([*whole, *single], columns=["method", "target", "value", "flag"])

    def _named(self, kind: Kind, *names: str, flagged: bool = False) -> pd.DataFrame:
        """The rows of one kind, with the names in its targets in columns of their own."""
        rows = [row for row in self.rows if row.target.kind == kind]
        columns = ["value", "se", "lower", "upper", "p_value"]
        return pd.DataFrame(
            [
                (row.method, *row.target.parts, *(getattr(row, column) for column in columns),
                 *([row.flag.text if row.flag else ""] if flagged else []))
                for row in rows
            ],
            columns=["method", *names, *columns, *(["flag"] if flagged else [])],
        )  # fmt: skip

    def _beside(self, table: pd.DataFrame, kind: Kind, joint: str, first: str, second: str) -> list[float]:
        """The values of another kind for the same names as each row of `table`."""
        return [
            row.value if (row := self.by_name.get((method, f"{kind}({a}{joint}{b})"))) else np.nan
            for method, a, b in zip(table["method"], table[first], table[second], strict=True)
        ]

    def _wide(self, kinds: Sequence[Kind], name: str) -> pd.DataFrame:
        rows: list[dict[str, Any]] = []
        for method in self.methods:
            for construct in self.model.constructs:
                found: dict[str, float] = {
                    kind: row.value for kind in kinds if (row := self.by_name.get((method, f"{kind}({construct})")))
                }
                rows.append({"method": method, name: construct, **found})
        table = pd.DataFrame(rows)
        return table[["method", name, *(kind for kind in kinds if kind in table)]]


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
    words = parted(methods) if isinstance(methods, str) else _listed("methods", methods)
    asked = asked_of(missing_codes, labels, confirm_labels, reverse, scale, decimal, sheet)
    check_handling(words, missing)
    reading: Any = {"asked": asked, "names": names, "advised": advised_of(words)}
    pairs = in_pairs(words, missing)
    handling = PAIRS if pairs else missing
    grouped = read_groups(source, structure, group, seed, handling, **reading) if group else None
    survey = grouped.pooled if grouped else read_survey(source, structure, seed, handling, **reading)
    bootstrap = {"resamples": resamples, **({} if interval is None else {"interval": interval})}
    in_gaps = missing if missing in BY_LIKELIHOOD or pairs else ""
    asked_of_prediction = prediction_of(predict, survey.n) if predict is not False else None
    resampled = bootstrap if survey.batch.has_answers else None
    chosen = methods_of(words, structure, resampled, level, in_gaps, asked_of_prediction)
    for label, method in chosen.items():
        if wrong := beyond(method.fpc, survey.n):
            raise InputError(f"{label}: {wrong}")
    targets = targets_of(structure)
    if any(method.wrapper(Predicted) for method in chosen.values()):
        targets += predicted_of(structure)
    if any(method.solution == "raw" for method in chosen.values()):
        targets += variances_of(structure)
    ordinal = [find(method_and_settings(each)[0], Path.cwd(), "method").ordinal for each in words]
    whole = survey.batch.missing is None and survey.batch.has_answers
    told = smallest_in_words(survey.batch) if any(ordinal) and whole else ""
    fitted = tuple(
        Fitted(
            label,
            method,
            structure,
            method.fit(survey.batch, structure, targets),
            survey.n,
            (
                *([told] if told and needs else []),
                *([bound] if (bound := binding_in_words(method, survey.batch, structure)) else []),
                *([NOT_PREDICTED] if asked_of_prediction and not method.wrapper(Predicted) else []),
            ),
        )
        for (label, method), needs in zip(chosen.items(), ordinal, strict=True)
    )
    failures = [
        failure(each.label, each.status, survey, structure, each.method.entry)
        for each in fitted
        if each.estimates.fatal[0]
    ]
    if failures:
        raise InputError("; ".join(failures) + "; leave that method out, or mend the data or the model")
    remarks = remarks_on(survey.answers, structure) if survey.answers else ()
    compared = compare(grouped, structure, fitted, targets, resamples, level, written) if grouped else None
    profiled = [each for each in (parted(profile) if isinstance(profile, str) else _listed("profile", profile)) if each]
    told_by = of_likelihood(chosen, survey.batch, structure, models_of(nested), profiled, level)
    return Fits(survey, structure, level, fitted, remarks, compared, told_by)


def models_of(given: Sequence[Model | Path | str] | Model | Path | str) -> dict[str, Model]:
    """Models by the names of their files, or by their number."""
    several = [given] if isinstance(given, Model | Path | str) else _listed("nested", given)
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
        codes = _listed("missing_codes", missing_codes)
    if decimal not in (None, ",", "."):
        raise InputError(f"decimal is {decimal!r}; give , or .")
    sign: Decimal | None = "," if decimal == "," else "." if decimal == "." else None
    turned = parted(reverse) if isinstance(reverse, str) else _listed("reverse", reverse)
    return Asked(
        codes=tuple(str(code) for code in codes),
        labels=(labels,) if isinstance(labels, str) else tuple(_listed("labels", labels)),
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


def _listed(name: str, given: Any) -> list[Any]:
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
