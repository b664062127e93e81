"""The methods on one's own survey: the same `fit`, on a batch of one data set, with every quantity of the field."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.own.flags import Flag, flag_of
from benchmarks.own.method_words import methods_of, parted
from estimators.base import Estimates, Status
from estimators.methods import Method
from estimators.wrappers.finite import beyond
from sim.errors import InputError
from sim.model import Model
from sim.surveys.survey import Survey, read_model, read_survey
from sim.targets import CONSTRUCT_KINDS, EFFECT_KINDS, MODEL_KINDS, PAIR_KINDS, PATH_KINDS, Kind, Target

#: Kinds that may be zero, and so have a p-value that answers a question; that of a chi-square is for exact fit.
_MAY_BE_ZERO: tuple[Kind, ...] = ("path", "correlation", "loading", "weight", "indirect", "total", "total_indirect")

#: What became of inadmissible resamples under each rule.
_AFTERWARDS = {"keep": "kept among the others", "drop": "left out", "replace": "replaced by further ones"}


@dataclass(frozen=True)
class Row:
    """One quantity that a method gives: NaN where it has no error, interval or p-value."""

    method: str
    target: Target
    value: float
    se: float
    lower: float
    upper: float
    p_value: float
    flag: Flag | None


@dataclass(frozen=True)
class Fitted:
    """A method's estimates of one survey, and how it ended in words."""

    label: str
    method: Method
    model: Model
    estimates: Estimates = field(repr=False)

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """A row for every quantity the method gives."""
        parts = [getattr(self.estimates, part)[0].tolist() for part in ("value", "se", "lower", "upper", "p_value")]
        return tuple(
            Row(
                self.label,
                target,
                value,
                se,
                lower,
                upper,
                self._p_value(target, p),
                flag_of(target, value, self.model),
            )
            for target, value, se, lower, upper, p in zip(self.estimates.targets, *parts, strict=True)
            if not np.isnan(value)
        )

    def _p_value(self, target: Target, p_value: float) -> float:
        """The p-value where it means anything: of exact fit, and of values that may be zero."""
        return p_value if target.kind.startswith("chisq") or target.kind in _MAY_BE_ZERO else np.nan

    @property
    def status(self) -> Status:
        """How the estimation ended."""
        return Status(int(self.estimates.status[0]))

    @property
    def remarks(self) -> tuple[str, ...]:
        """What holds for the method as a whole, in words: impossible values, lost resamples."""
        told = []
        if self.status != Status.OK:
            beyond = [f"{row.target.name} = {row.value:.3f}" for row in self.rows if row.flag and row.flag.impossible]
            told.append(": ".join([self.status.meaning, *([", ".join(beyond)] if beyond else [])]))
        used = int(self.estimates.resamples[0])
        drawn = self.method.resamples
        if drawn is not None and 0 <= used < drawn:
            without = "" if any(not np.isnan(row.se) for row in self.rows) else ", so no standard errors"
            told.append(f"{drawn - used} of {drawn} bootstrap resamples gave no usable estimate{without}")
        inadmissible = int(self.estimates.inadmissible_resamples[0])
        if inadmissible > 0:
            afterwards = _AFTERWARDS[self.method.settings.get("inadmissible", "keep")]
            told.append(f"inadmissible resamples: {inadmissible}, {afterwards}")
        return tuple(told)

    @property
    def dropped(self) -> tuple[str, ...]:
        """Items that the method's screening left out."""
        return tuple(np.array(self.model.items)[~self.estimates.retained[0]].tolist())


@dataclass(frozen=True)
class Fits:
    """Several methods on one survey. Every property is a tidy data frame; quantities a method lacks are left out."""

    survey: Survey
    model: Model
    level: float
    fitted: tuple[Fitted, ...]

    def __repr__(self) -> str:
        return f"Fits of {', '.join(self.methods)} to {self.survey.name}: {self.survey.n} respondents"

    @property
    def methods(self) -> tuple[str, ...]:
        """The methods' labels."""
        return tuple(fitted.label for fitted in self.fitted)

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """Every method's rows."""
        return tuple(row for fitted in self.fitted for row in fitted.rows)

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
    def effects(self) -> pd.DataFrame:
        """Indirect and total effects: method, target, kind, value, se, lower, upper, p_value."""
        chosen = self.estimates["kind"].isin(["indirect", *EFFECT_KINDS])
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
        """What to look at: method, target, value, flag. A remark on a whole method has no target."""
        whole = [(each.label, "", np.nan, remark) for each in self.fitted for remark in each.remarks]
        single = [(row.method, row.target.name, row.value, row.flag.text) for row in self.rows if row.flag]
        return pd.DataFrame([*whole, *single], columns=["method", "target", "value", "flag"])

    def _named(self, kind: Kind, first: str, second: str, flagged: bool = False) -> pd.DataFrame:
        """The rows of one kind, with the two names of its targets in columns of their own."""
        rows = [row for row in self.rows if row.target.kind == kind]
        columns = ["value", "se", "lower", "upper", "p_value"]
        return pd.DataFrame(
            [
                (row.method, *row.target.parts, *(getattr(row, column) for column in columns),
                 *([row.flag.text if row.flag else ""] if flagged else []))
                for row in rows
            ],
            columns=["method", first, second, *columns, *(["flag"] if flagged else [])],
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
    data: pd.DataFrame | Path | str,
    model: Model | Path | str,
    methods: Sequence[str] | str = ("pls", "ml"),
    resamples: int = 500,
    seed: int = 1,
    missing: str = "refuse",
    missing_codes: Sequence[str | float] = (),
    level: float = 0.95,
    interval: str | None = None,
) -> Fits:
    """Estimate a model on a survey with several methods at once.

    data: a data frame or the path of a CSV file, a column for each item. model: its syntax, the path of a file with it,
    or a `Model`. methods: names, each with settings in brackets where there are any (`pls[scheme=centroid]`); those
    without inference of their own are bootstrapped with `resamples` and a kind of `interval` (None: the bootstrap's
    default). missing: refuse, listwise, mean, regression or pairwise; `missing_codes` stand for missing answers, as
    empty cells do.

    Raises InputError, one message, for data, a model, methods or settings that cannot be used, and where a method
    cannot estimate these data at all.
    """
    if not 0 < level < 1:
        raise InputError(f"level is {level!r}; give a number between 0 and 1, such as 0.95")
    structure = _model(model)
    source = Path(data) if isinstance(data, str) else data
    survey = read_survey(source, structure, seed, missing, [str(code) for code in missing_codes])
    bootstrap = {"resamples": resamples, **({} if interval is None else {"interval": interval})}
    words = parted(methods) if isinstance(methods, str) else methods
    chosen = methods_of(words, structure, bootstrap if survey.batch.has_answers else None, level)
    for label, method in chosen.items():
        if wrong := beyond(method.fpc, survey.n):
            raise InputError(f"{label}: {wrong}")
    targets = targets_of(structure)
    fitted = tuple(
        Fitted(label, method, structure, method.estimator.fit(survey.batch, structure, targets))
        for label, method in chosen.items()
    )
    failures = [_failure(each, survey) for each in fitted if each.estimates.fatal[0]]
    if failures:
        raise InputError("; ".join(failures) + "; leave that method out, or mend the data or the model")
    return Fits(survey, structure, level, fitted)


def _model(given: Model | Path | str) -> Model:
    if isinstance(given, Model):
        return given
    if isinstance(given, str) and ("~" in given or "\n" in given):
        return Model.parse(given)
    return read_model(Path(given))


def targets_of(model: Model) -> tuple[Target, ...]:
    """Every quantity that the field reports of this model, in the order of `sim.targets`."""
    constructs, pairs = model.constructs, model.pairs
    chains = chains_of(model)
    mediated = tuple(dict.fromkeys((chain[0], chain[-1]) for chain in chains))
    joined = [
        (kind, (b.construct, item)) for kind in ("loading", "weight") for b in model.every_block for item in b.items
    ]
    wanted: list[tuple[Any, tuple[str, ...]]] = [
        *(("path", path) for path in model.paths),
        *((kind, path) for kind in PATH_KINDS for path in model.paths),
        *((kind, (c,)) for kind in ("r2", "adj_r2") for c in model.endogenous),
        *(("indirect", chain) for chain in chains),
        *((kind, pair) for kind in EFFECT_KINDS for pair in mediated),
        *joined,
        *((kind, (c,)) for kind in CONSTRUCT_KINDS if kind not in ("r2", "adj_r2") for c in constructs),
        *(("correlation", pair) for pair in pairs),
        *((kind, pair) for kind in PAIR_KINDS for pair in pairs),
        *((kind, ()) for kind in MODEL_KINDS),
    ]
    return tuple(Target(kind, parts) for kind, parts in wanted)


def chains_of(model: Model) -> tuple[tuple[str, ...], ...]:
    """Every chain of two or more paths, cause first."""
    following = {c: [outcome for outcome, predictor in model.paths if predictor == c] for c in model.constructs}
    chains: list[tuple[str, ...]] = []
    waiting: list[tuple[str, ...]] = [(c,) for c in reversed(model.constructs)]
    while waiting:
        chain = waiting.pop()
        if len(chain) > 2:
            chains.append(chain)
        waiting += [(*chain, outcome) for outcome in reversed(following[chain[-1]])]
    return tuple(chains)


def _failure(fitted: Fitted, survey: Survey) -> str:
    items = survey.batch.retained.shape[1]
    return f"{fitted.label} cannot estimate these data (n = {survey.n}, {items} items): {fitted.status.meaning}"
