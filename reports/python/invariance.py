"""Measurement invariance from Python: the steps, their tests and their parameters as data frames."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.own.arguments import asked_of, model_of
from benchmarks.own.groups.invariance import COLUMNS, row_of, steps_of
from estimators.grouped.invariance import STEPS, Failed, Method, Step
from reports.python import html
from sim.errors import InputError, unknown
from sim.model import Model
from sim.surveys.groups import Grouped, read_groups


class Invariance:
    """The steps of invariance of a survey in groups."""

    def __init__(self, survey: Grouped, every: Sequence[Step | Failed]) -> None:
        self.survey, self.every = survey, tuple(every)

    def __repr__(self) -> str:
        return f"Invariance, {self.survey.words}"

    @property
    def steps(self) -> pd.DataFrame:
        """A row for each step: its fit, and its test against the step before it."""
        return pd.DataFrame([row_of(step, self.survey) for step in self.every], columns=[c.name for c in COLUMNS])

    def parameters(self, step: str) -> pd.DataFrame:
        """Every parameter of every group at a step, in the units of the answers, with standardised values.

        group, left, operator, right, label, equal, free, value, se, p_value, std, std_se. Raises InputError for a step
        without a fit.
        """
        found = {each.name: each for each in self.every if isinstance(each, Step)}
        if step not in found:
            raise InputError(f"step: {unknown('step with a fit', step, tuple(found))}")
        table = pd.DataFrame([asdict(each) for each in found[step].parameters])
        table["group"] = [
            "" if group is None or np.isnan(group) else self.survey.labels[int(group)] for group in table["group"]
        ]
        return table

    def _repr_html_(self) -> str:
        return html.shown(repr(self), html.frame(self.steps))


def invariance(
    data: pd.DataFrame | np.ndarray[Any, Any] | Path | str,
    model: Model | Path | str,
    group: str,
    method: Method = "ml",
    partial: Sequence[str] | str = (),
    steps: Sequence[str] = tuple(STEPS),
    bounds: Any = "none",
    missing: str = "refuse",
    names: Sequence[str] | None = None,
    **reading: Any,
) -> Invariance:
    """Fit a model to the groups of a survey together, with more and more held equal, and test each step.

    data, model, names, missing: as in `fit`; reading: labels, reverse, scale, missing_codes, ... as there. group: the
    column of the groups. method: ml, or mlr for answers that are not normal. partial: parameters that stay free in each
    group, by their names (`x3~1`, `F=~x2`); `c(a, b)*x2` in the model does the same. steps: of configural, metric,
    scalar, strict. Raises InputError, one message.
    """
    structure = model_of(model)
    source = Path(data) if isinstance(data, str) else data
    asked = asked_of(**reading)
    survey = read_groups(source, structure, group, 1, missing, asked=asked, names=names)
    freed = (partial,) if isinstance(partial, str) else tuple(partial)
    return Invariance(survey, steps_of(survey, structure, method, freed, tuple(steps), bounds))
