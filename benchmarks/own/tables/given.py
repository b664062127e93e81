"""What an analysis of one's own survey is given. A frame without rows says that there is nothing to tell."""

from dataclasses import dataclass, field
from functools import cached_property

from benchmarks.own.fitted import Fitted, Row
from sim.model import Model
from sim.surveys.survey import Survey


@dataclass(frozen=True)
class Given:
    """What an analysis is given: the survey, the model, what every method says, and the level of intervals."""

    survey: Survey
    model: Model
    level: float
    fitted: tuple[Fitted, ...] = field(repr=False)

    @cached_property
    def rows(self) -> dict[tuple[str, str], Row]:
        """The methods' rows, by method and target name."""
        return {(row.method, row.target.name): row for fitted in self.fitted for row in fitted.rows}

    def value(self, method: str, name: str) -> float:
        """What a method says of a target, NaN where it says nothing."""
        row = self.rows.get((method, name))
        return float("nan") if row is None else row.value
