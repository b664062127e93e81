"""Nothing is decided: the control that shows what the other settings of a method do."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from estimators.decisions.rule import Analysis, Changes, Outcome, Rule, one_outcome


@dataclass(frozen=True)
class Nothing(Rule):
    """Every item stays, and so does the model."""

    name: ClassVar[str] = "nothing"
    changes: ClassVar[Changes] = "nothing"
    fits: ClassVar[bool] = False

    @property
    def label(self) -> str:
        """What a method with this rule is called in reports, after the method's own label."""
        return "no decision"

    @property
    def sentence(self) -> str:
        """What the rule does, in one sentence."""
        return "Nothing is decided."

    def apply(self, analysis: Analysis) -> Sequence[Outcome]:
        """All the data sets as they are."""
        return [one_outcome(analysis)]
