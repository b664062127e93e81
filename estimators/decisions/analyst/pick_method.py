"""The method among several that makes a path significant."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from estimators.base import Estimator
from estimators.decisions.analyst.tested import check_path, p_values, refusal_of_path
from estimators.decisions.rule import Analysis, Changes, Outcome, Rule, check_choice, check_number, no_standard_errors
from estimators.decisions.threshold import decimals
from sim.errors import InputError
from sim.model import Model

#: Which of several methods is reported.
CHOOSE = ("first", "smallest")


@dataclass(frozen=True)
class PickMethod(Rule):
    """The table comes from the first method that makes `path` significant at `level`, or from the one with least p.

    The table's own method comes first, then those of `among` in the order given. choose: "first" takes the first that
    is significant, and the table's own where none is; "smallest" takes the smallest p-value of all. A method that fails
    on a data set has none there. The p-value that is told is that of the method chosen, as if no other had been tried.
    """

    among: tuple[Estimator, ...] = ()
    path: str = ""
    level: float = 0.05
    choose: str = "first"

    name: ClassVar[str] = "pick-method"
    changes: ClassVar[Changes] = "method"
    needs_inference: ClassVar[bool] = True
    of_methods: ClassVar[tuple[str, ...]] = ("among",)

    def __post_init__(self) -> None:
        check_path(self.path)
        check_number("level", self.level, 0, 1)
        check_choice("choose", self.choose, CHOOSE)
        if not self.among:
            raise InputError("among names no method; give for instance among = ['ml', { estimator = 'sam' }]")

    @property
    def label(self) -> str:
        """What a method with this rule is called in reports, after the method's own label."""
        which = "first significant" if self.choose == "first" else "smallest p"
        return f"{which} of {len(self.among) + 1} methods"

    @property
    def sentence(self) -> str:
        """What the rule does, in one sentence."""
        which = f"the first with {self.path} significant at {decimals(self.level)}"
        which = which if self.choose == "first" else f"the one with the smallest p-value of {self.path}"
        return f"Of {len(self.among) + 1} methods {which} is reported, as if no other had been tried."

    def refusal(self, model: Model, deciding: Estimator) -> str | None:
        """What one of the methods refuses, or gives no p-value of."""
        for method in self.among:
            told = method.refusal(model) or no_standard_errors(self, method)
            if told:
                return f"among: {told}"
        return refusal_of_path(self, self.path, model, deciding)

    def apply(self, analysis: Analysis) -> Sequence[Outcome]:
        """The data sets with the methods chosen, those alike together."""
        r = len(analysis.batch)
        best = p_values(analysis.deciding, analysis, self.path)
        chosen = np.full(r, -1)
        for number, method in enumerate(self.among):
            with np.errstate(invalid="ignore"):
                looking = ~(best < self.level) if self.choose == "first" else np.ones(r, dtype=bool)
            places = np.flatnonzero(looking)
            if not len(places):
                break
            found = p_values(method, analysis.rows(places), self.path)
            with np.errstate(invalid="ignore"):
                better = found < (self.level if self.choose == "first" else np.nan_to_num(best[places], nan=np.inf))
            best[places[better]], chosen[places[better]] = found[better], number
        return [self._outcome(analysis, number, np.flatnonzero(chosen == number)) for number in np.unique(chosen)]

    def _outcome(self, analysis: Analysis, number: int, places: np.ndarray) -> Outcome:
        now = analysis.rows(places)
        if number >= 0:
            now = replace(now, method=self.among[number], deciding=self.among[number])
        k = len(places)
        return Outcome(
            places, now, now.nothing_short, np.zeros(k, dtype=np.int8), np.full(k, number >= 0, dtype=np.int32)
        )
