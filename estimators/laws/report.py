"""Report: what became of every law, as a table for the screen and for a page of documentation."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from estimators.laws.broken import LawBroken

Outcome = Literal["held", "broken", "not tested", "expected"]


@dataclass(frozen=True)
class Row:
    """What became of one law.

    reason: why it was broken or not tested. data_sets: fitted for it; usable: those with numbers. seconds of
    computing. waiver: the claim that would free a method of it, empty where none does. broken: what was told.
    """

    law: str
    outcome: Outcome
    reason: str = ""
    data_sets: int = 0
    usable: int = 0
    seconds: float = 0.0
    waiver: str = ""
    broken: LawBroken | None = None


@dataclass(frozen=True)
class Report:
    """What was found of a method: a row for every law."""

    method: str
    rows: tuple[Row, ...]
    examples: int

    @property
    def held(self) -> tuple[str, ...]:
        """The names of the laws that hold."""
        return tuple(row.law for row in self.rows if row.outcome == "held")

    @property
    def broken(self) -> tuple[str, ...]:
        """The names of the laws that do not, those that were expected not to apart."""
        return tuple(row.law for row in self.rows if row.outcome == "broken")

    @property
    def left_out(self) -> Mapping[str, str]:
        """Laws that were held on nothing, each with the reason."""
        return {row.law: row.reason for row in self.rows if row.outcome == "not tested"}

    @property
    def seconds(self) -> float:
        """Seconds of computing, all laws together."""
        return sum(row.seconds for row in self.rows)

    def __str__(self) -> str:
        head = f"{'law':{_WIDTH}}{'':{_WORDS}}{'data sets':>10}{'with numbers':>14}{'seconds':>9}"
        return "\n".join([head, *(one_line(row) for row in self.rows)])

    @property
    def markdown(self) -> str:
        """A table for a page; without seconds, which no two machines share."""
        lines = ["| law | | reason |", "|---|---|---|"]
        lines += [f"| {row.law} | {row.outcome} | {_one_line(row.reason)} |" for row in self.rows]
        return "\n".join(lines)


#: Columns of a line: the law's name, and what became of it.
_WIDTH, _WORDS = 21, 20


def one_line(row: Row) -> str:
    """A line of a table for the screen."""
    words = {"held": "holds", "not tested": "left out", "broken": "BROKEN", "expected": "broken, as expected"}
    counts = f"{row.data_sets:>10,}{row.usable:>14,}{row.seconds:>9.2f}" if row.data_sets else ""
    told = words[row.outcome]
    if row.outcome == "held":
        return f"{row.law:{_WIDTH}}{told:{_WORDS}}{counts}".rstrip()
    waived = f" (the claim {row.waiver} would free it)" if row.outcome == "broken" and row.waiver else ""
    return f"{row.law:{_WIDTH}}{told}{': ' + _one_line(row.reason) if row.reason else ''}{waived}"


def _one_line(text: str) -> str:
    return " ".join(part.strip() for part in text.splitlines())
