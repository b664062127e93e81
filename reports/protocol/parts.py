"""What a protocol is made of, whatever it is written as."""

from dataclasses import dataclass

from reports.printing.typeset import Table


@dataclass(frozen=True)
class Text:
    """A paragraph."""

    words: str


@dataclass(frozen=True)
class Points:
    """A list, each point with its name in front, which may be empty."""

    points: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Equation:
    """A formula, as text and in LaTeX, with its name in front, which may be empty."""

    plain: str
    latex: str
    name: str = ""


@dataclass(frozen=True)
class Code:
    """Lines that stand as they are."""

    lines: str


Part = Text | Points | Equation | Code | Table


@dataclass(frozen=True)
class Section:
    """A part of the protocol under its heading."""

    heading: str
    parts: tuple[Part, ...]
