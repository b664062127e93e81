"""Groups of one's own survey compared: every method on every group, and every analysis that suits it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

from benchmarks.own.analysis import Analysis
from benchmarks.own.failures import failure
from benchmarks.own.fitted import Fitted
from benchmarks.own.groups.analyses import ANALYSES
from benchmarks.own.groups.given import Given
from estimators.base import Estimates, Status
from sim.errors import InputError
from sim.model import Model
from sim.surveys.groups import Grouped
from sim.targets import Target


@dataclass(frozen=True)
class Compared:
    """The groups of a survey compared. tables: by the name of the analysis, `method` first; left: what was not done."""

    survey: Grouped
    tables: Mapping[str, pd.DataFrame] = field(repr=False)
    left: tuple[str, ...] = ()

    @property
    def shown(self) -> tuple[tuple[Analysis[Given], pd.DataFrame], ...]:
        """The analyses that were done, in the order of the page, with their tables."""
        return tuple((each, self.tables[each.name]) for each in ANALYSES if each.name in self.tables)

    def __getitem__(self, name: str) -> pd.DataFrame:
        """The table of an analysis. Raises InputError for one that there is not."""
        if name not in self.tables:
            raise InputError(f"analysis '{name}' of groups is not there; there are {', '.join(self.tables)}")
        return self.tables[name]


def compare(
    survey: Grouped,
    model: Model,
    fitted: Sequence[Fitted],
    targets: Sequence[Target],
    resamples: int,
    level: float,
    written: Model | None = None,
) -> Compared:
    """Every analysis by every method that it suits; `fitted`: what the methods say of the pooled survey.

    written: the model as it was written, with what it says of each group.

    Raises InputError where a method cannot estimate a group, with the group and its size.
    """
    given = [_given(survey, model, each, tuple(targets), resamples, level, written or model) for each in fitted]
    tables: dict[str, pd.DataFrame] = {}
    left: list[str] = []
    for analysis in ANALYSES:
        reasons: dict[str, list[str]] = {}
        parts = []
        for each, method in zip(given, fitted, strict=True):
            why = analysis.refusal(each)
            if why:
                reasons.setdefault(why, []).append(method.label)
            else:
                made = analysis.table(each)[[column.name for column in analysis.columns]]
                made.insert(0, "method", method.label)
                parts.append(made)
        if parts:
            tables[analysis.name] = pd.concat(parts, ignore_index=True)
        left += [f"{analysis.title} of {', '.join(labels)}: {why}" for why, labels in reasons.items()]
    return Compared(survey, tables, tuple(left))


def _given(
    survey: Grouped,
    model: Model,
    fitted: Fitted,
    targets: tuple[Target, ...],
    resamples: int,
    level: float,
    written: Model,
) -> Given:
    """What one method says of every group and of all."""
    groups = tuple(fitted.method.fit(group.batch, model, targets) for group in survey.groups)
    _refuse_failures(survey, model, fitted.label, groups)
    return Given(survey, model, fitted.method, targets, fitted.estimates, groups, resamples, level, written)


def _refuse_failures(survey: Grouped, model: Model, label: str, groups: Sequence[Estimates]) -> None:
    """Raise InputError where a group cannot be estimated."""
    failures = [
        f"{survey.column} {name}: {failure(label, Status(int(found.status[0])), group, model)}"
        for name, group, found in zip(survey.labels, survey.groups, groups, strict=True)
        if found.fatal[0]
    ]
    if failures:
        raise InputError(
            "--group " + "; ".join(failures) + "; leave that method or that group out, or join small groups"
        )
