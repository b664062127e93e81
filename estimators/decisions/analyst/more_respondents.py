"""Optional stopping: respondents are added until a path is significant."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from estimators.base import Estimator
from estimators.decisions.analyst.tested import check_path, p_values, refusal_of_path, with_answers
from estimators.decisions.rule import Analysis, Changes, Outcome, Rule, check_choice, check_number
from estimators.inference.sequential import corrected
from estimators.settings import check_count
from sim.batch import Floats
from sim.model import Model
from sim.targets import Target

#: What is done to the p-values because of the looks.
CORRECTIONS = ("none", "bonferroni", "pocock")


@dataclass(frozen=True)
class MoreRespondents(Rule):
    """After the first `start` respondents, `add` at a time are asked as long as `path` is not significant at `level`.

    The sample that the study draws is all that can be asked: the last look is at all n of it, with fewer added if need
    be. A sample of `start` or fewer is looked at once. correction: "none"; "bonferroni", the p-value times the number
    of looks planned; or "pocock", the chance that any look planned has a p-value as small (Pocock 1977, Biometrika 64,
    191-199), for statistics that are sums over respondents, as most are about. A corrected p-value stands in the table.
    """

    path: str = ""
    start: int = 20
    add: int = 10
    level: float = 0.05
    correction: str = "none"

    name: ClassVar[str] = "more-respondents"
    changes: ClassVar[Changes] = "respondents"
    needs_answers: ClassVar[bool] = True
    needs_inference: ClassVar[bool] = True
    repeatable: ClassVar[bool] = False

    def __post_init__(self) -> None:
        check_path(self.path)
        check_count("start", self.start, "a whole number of respondents,", 4)
        check_count("add", self.add, "a whole number of respondents,", 1)
        check_number("level", self.level, 0, 1)
        check_choice("correction", self.correction, CORRECTIONS)

    @property
    def label(self) -> str:
        """What a method with this rule is called in reports, after the method's own label."""
        told = "" if self.correction == "none" else f", {self.correction.capitalize()}"
        return f"optional stopping from {self.start} by {self.add}{told}"

    @property
    def sentence(self) -> str:
        """What the rule does, in one sentence."""
        how = "as if there had been one look" if self.correction == "none" else f"corrected after {self.correction}"
        return (
            f"After {self.start} respondents, {self.add} at a time are added until {self.path} is significant or the "
            f"sample ends; the p-value is told {how}."
        )

    def refusal(self, model: Model, deciding: Estimator) -> str | None:
        """There must be such a path, and p-values of it."""
        return refusal_of_path(self, self.path, model, deciding)

    def looks(self, n: int) -> tuple[int, ...]:
        """The respondents at each look, where there are n of them."""
        return (*range(self.start, n, self.add), n)

    def apply(self, analysis: Analysis) -> Sequence[Outcome]:
        """The data sets with the respondents at the look where they stopped, those alike together."""
        sizes = self.looks(analysis.batch.raw.shape[1])
        waiting = np.arange(len(analysis.batch))
        outcomes = []
        for number, n in enumerate(sizes):
            last = n == sizes[-1]
            now = analysis.rows(waiting) if last else with_answers(analysis, waiting, analysis.batch.raw[waiting, :n])
            told = self._told(p_values(now.deciding, now, self.path), sizes)
            with np.errstate(invalid="ignore"):
                stops = np.full(len(waiting), True) if last else told < self.level
            at = np.flatnonzero(stops)
            if len(at):
                outcomes.append(self._outcome(waiting[at], now.rows(at), told[at], number))
            waiting = waiting[~stops]
            if not len(waiting):
                break
        return outcomes

    def _told(self, p_value: Floats, sizes: Sequence[int]) -> Floats:
        """p-values (k,) after the correction."""
        if self.correction == "none":
            return p_value
        return corrected(p_value, sizes) if self.correction == "pocock" else np.minimum(1.0, len(sizes) * p_value)

    def _outcome(self, places: np.ndarray, now: Analysis, told: Floats, added: int) -> Outcome:
        k = len(places)
        target: Target = now.model.target(self.path)
        return Outcome(
            places,
            now,
            now.nothing_short,
            np.zeros(k, dtype=np.int8),
            np.full(k, added, dtype=np.int32),
            {} if self.correction == "none" else {(target, "p_value"): told},
        )
