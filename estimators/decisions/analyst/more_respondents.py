"""Optional stopping: respondents are added until a path is significant."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from estimators.base import Estimator
from estimators.decisions.analyst.tested import check_path, p_values, refusal_of_path, with_answers
from estimators.decisions.rule import Analysis, Changes, Outcome, Rule, check_choice, check_number, one_outcome
from estimators.inference.sequential import corrected
from estimators.settings import check_count
from sim.batch import Floats
from sim.errors import InputError
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
    trying: a rule that drops items or respondents, which is carried out at every look, before the path is tested.
    """

    path: str = ""
    start: int = 20
    add: int = 10
    level: float = 0.05
    correction: str = "none"
    trying: Rule | None = None

    name: ClassVar[str] = "more-respondents"
    changes: ClassVar[Changes] = "respondents"
    needs_answers: ClassVar[bool] = True
    needs_inference: ClassVar[bool] = True
    repeatable: ClassVar[bool] = False
    of_rules: ClassVar[tuple[str, ...]] = ("trying",)

    def __post_init__(self) -> None:
        check_path(self.path)
        check_count("start", self.start, "a whole number of respondents,", 4)
        check_count("add", self.add, "a whole number of respondents,", 1)
        check_number("level", self.level, 0, 1)
        check_choice("correction", self.correction, CORRECTIONS)
        trying = self.trying
        if trying is not None and (trying.changes not in ("items", "respondents") or not trying.repeatable):
            raise InputError(
                f"trying names {trying.name}, which cannot be carried out anew at every look; name a rule that drops "
                "items or respondents, for instance trying = { rule = 'until-significant', path = 'Y~X' }"
            )

    @property
    def label(self) -> str:
        """What a method with this rule is called in reports, after the method's own label."""
        told = "" if self.correction == "none" else f", {self.correction.capitalize()}"
        also = "" if self.trying is None else f", {self.trying.label} at each look"
        return f"optional stopping from {self.start} by {self.add}{told}{also}"

    @property
    def sentence(self) -> str:
        """What the rule does, in one sentence."""
        how = "as if there had been one look" if self.correction == "none" else f"corrected after {self.correction}"
        also = "" if self.trying is None else f" At every look: {self.trying.sentence}"
        return (
            f"After {self.start} respondents, {self.add} at a time are added until {self.path} is significant or the "
            f"sample ends; the p-value is told {how}.{also}"
        )

    def refusal(self, model: Model, deciding: Estimator) -> str | None:
        """There must be such a path, and p-values of it; and what is tried at every look must be possible."""
        told = None if self.trying is None else self.trying.refusal(model, deciding)
        return f"trying: {told}" if told else refusal_of_path(self, self.path, model, deciding)

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
            stopped = []
            for look in [one_outcome(now)] if self.trying is None else self.trying.apply(now):
                told = self._told(p_values(look.analysis.deciding, look.analysis, self.path), sizes)
                with np.errstate(invalid="ignore"):
                    at = np.flatnonzero(last | ((told < self.level) & ~look.failed))
                if len(at):
                    outcomes.append(self._outcome(waiting, look, at, told[at], number))
                    stopped.append(look.places[at])
            waiting = np.delete(waiting, np.concatenate(stopped)) if stopped else waiting
            if not len(waiting):
                break
        return outcomes

    def _told(self, p_value: Floats, sizes: Sequence[int]) -> Floats:
        """p-values (k,) after the correction."""
        if self.correction == "none":
            return p_value
        return corrected(p_value, sizes) if self.correction == "pocock" else np.minimum(1.0, len(sizes) * p_value)

    def _outcome(self, waiting: np.ndarray, look: Outcome, at: np.ndarray, told: Floats, added: int) -> Outcome:
        """The data sets at some places of a look, which is at those that were waiting."""
        now = look.analysis.rows(at)
        target: Target = now.model.target(self.path)
        return Outcome(
            waiting[look.places[at]],
            now,
            look.short[at],
            look.status[at],
            look.actions[at] + np.int32(added),
            {} if self.correction == "none" else {(target, "p_value"): told},
        )
