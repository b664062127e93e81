"""What several methods say of one's own survey, as data frames."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.own.compared import Compared
from benchmarks.own.fitted import Fitted, Row
from benchmarks.own.likelihood.asked import OfLikelihood
from benchmarks.own.tables.analyses import ANALYSES
from benchmarks.own.tables.given import Given
from estimators.base import PARTS
from sim.model import Model
from sim.surveys.survey import Survey
from sim.targets import CONSTRUCT_KINDS, EFFECT_KINDS, MODEL_KINDS, PAIR_KINDS, PATH_KINDS, Kind


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
        columns = ["method", "target", "kind", *PARTS, "flag", "status"]
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
        return pd.DataFrame(
            [
                (row.method, *row.target.parts, *(getattr(row, part) for part in PARTS),
                 *([row.flag.text if row.flag else ""] if flagged else []))
                for row in rows
            ],
            columns=["method", *names, *PARTS, *(["flag"] if flagged else [])],
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
