"""The kinds of study there are, by their data, and what a report of each consists of."""

from collections.abc import Callable
from dataclasses import dataclass

from reports.interviews import figures as theme_figures
from reports.interviews import sentences as theme_sentences
from reports.interviews import tables as theme_tables
from reports.printing.typeset import Table
from reports.results import Results
from reports.study import figures, published, sentences, tables
from reports.study.figures import Figure
from reports.study.sentences import Answer
from reports.vocabulary import GLOSSARY, THEME_GLOSSARY


@dataclass(frozen=True)
class Kind:
    """What is particular to a kind of study: its answer, tables and figures, and words of the page.

    placed: tables with a place of their own; below: those that stand under the answer.
    """

    answer: Callable[[Results], Answer]
    tables: Callable[[Results], list[Table]]
    figures: Callable[[Results], list[Figure]]
    glossary: dict[str, str]
    placed: tuple[str, ...]
    below: tuple[str, ...]
    case_by_case: str
    scale: str


SURVEY = Kind(
    sentences.answer,
    tables.tables,
    lambda results: [made for made in (published.figure(results), *figures.figures(results)) if made.panels],
    GLOSSARY,
    ("comparison", "published", "finite", "truth", "loadings", "reliabilities", "calibration", "screening"),
    ("finite", "screening"),
    "Path by path",
    ", on the standardised scale",
)
INTERVIEWS = Kind(
    theme_sentences.answer,
    theme_tables.tables,
    theme_figures.figures,
    THEME_GLOSSARY,
    ("comparison", "truth", "claims", "interviews"),
    ("claims", "interviews"),
    "Estimand by estimand",
    "",
)


def kind_of(results: Results) -> Kind:
    """The kind of a stored study."""
    return SURVEY if results.study.interviews is None else INTERVIEWS
