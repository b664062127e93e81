"""The kinds of study there are, by their data, and what a report of each consists of, in the order of the page.

A new figure or table is a file of its own in `reports/study/` (or `reports/interviews/`) and a line in a list here; the
figures that measures bring come by themselves.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from benchmarks.measures.basis.samples import ALL, DROPPED, USABLE
from reports.drawing.figure import Figure
from reports.interviews import claim_figures
from reports.interviews import sentences as theme_sentences
from reports.interviews import tables as theme_tables
from reports.printing.typeset import Table
from reports.printing.words import capital
from reports.record import Study
from reports.results import Results
from reports.study import (
    asked_tables,
    drop_tables,
    finite_tables,
    paired_tables,
    published,
    stopping,
    tables,
    truth_tables,
)
from reports.study.decisions import false_positives, ladder, selection, worlds
from reports.study.evidence import denominators as counted_tables
from reports.study.evidence import hanging, precision, rejections, statuses
from reports.study.figures import (
    decision_map,
    decomposition,
    denominators,
    drop_curve,
    drop_figure,
    measure_figures,
    nested_loops,
    raw_figures,
    small_multiples,
)
from reports.study.figures import worlds as worlds_figure
from reports.study.sentences import Answer
from reports.vocabulary import ERROR_TERMS, FINITE_TERMS, SURVEY_TERMS, THEME_TERMS, measure_terms, scale_in_words

BuildTable = Callable[[Results], Table | list[Table]]
BuildFigure = Callable[[Results], Figure | list[Figure]]


@dataclass(frozen=True)
class Kind:
    """What is particular to a kind of study: its answer, tables and figures, and words of the page.

    placed: tables with a place of their own; below: those that stand under the answer. terms: of its glossary; measures
    bring those of their own.
    """

    answer: Callable[[Results], Answer]
    every_table: tuple[BuildTable, ...]
    every_figure: tuple[BuildFigure, ...]
    terms: Mapping[str, str]
    placed: tuple[str, ...]
    below: tuple[str, ...]
    case_by_case: str
    scale: Callable[[Study], str]

    def tables(self, results: Results) -> list[Table]:
        """Every table that has rows."""
        made = [build(results) for build in self.every_table]
        flat = [table for each in made for table in (each if isinstance(each, list) else [each])]
        return [table.without_empty_columns() for table in flat if table.rows]

    def figures(self, results: Results) -> list[Figure]:
        """Every figure that this study has numbers for."""
        made = [build(results) for build in self.every_figure]
        flat = [figure for each in made for figure in (each if isinstance(each, list) else [each])]
        return [figure for figure in flat if figure.panels]

    def glossary(self, results: Results) -> dict[str, str]:
        """The terms of this report: those of the kind, those that its measures bring, those of its errors."""
        stored = set(results.measures["measure"])
        brought = {
            capital(results.words[name].header): told for name, told in measure_terms().items() if name in stored
        }
        finite = FINITE_TERMS if results.has("finite_bias") else {}
        return {**self.terms, **{term: told for term, told in brought.items() if term not in self.terms}} | {
            **ERROR_TERMS,
            **finite,
        }


SURVEY = Kind(
    answer=rejections.answer,
    every_table=(
        tables.comparison,
        rejections.table,
        published.table,
        finite_tables.both_truths,
        drop_tables.screening,
        truth_tables.estimands,
        truth_tables.loadings,
        truth_tables.reliabilities,
        truth_tables.calibration,
        drop_tables.by_item,
        ladder.ladder,
        worlds.table,
        selection.by_group,
        selection.named_sets,
        selection.frequent_sets,
        selection.counts,
        selection.stability,
        selection.scores,
        selection.true_models,
        selection.changed_models,
        finite_tables.both_truths_in_every_cell,
        tables.replications,
        stopping.table,
        statuses.statuses,
        counted_tables.table,
        hanging.hanging,
        hanging.worst,
        precision.table,
        lambda results: tables.performance(results, USABLE),
        lambda results: tables.performance(results, ALL),
        lambda results: tables.performance(results, DROPPED),
        paired_tables.tables,
        asked_tables.own,
        asked_tables.not_given,
        drop_tables.in_every_cell,
        tables.in_every_cell,
    ),
    every_figure=(
        published.figure,
        decomposition.figure,
        false_positives.figure,
        drop_curve.figure,
        raw_figures.dots,
        drop_figure.figure,
        decision_map.figure,
        worlds_figure.figure,
        raw_figures.zips,
        raw_figures.pairs,
        raw_figures.lollipops,
        nested_loops.figure,
        small_multiples.figure,
        measure_figures.figures,
        denominators.figure,
    ),
    terms=SURVEY_TERMS,
    placed=(
        "comparison",
        "tests",
        "published",
        "finite",
        "truth",
        "loadings",
        "reliabilities",
        "calibration",
        "screening",
        "ladder",
        "worlds",
        "groups",
        "item-sets",
        "dropped-sets",
        "stability",
        "scores",
    ),
    below=("tests", "finite", "screening"),
    case_by_case="Path by path",
    scale=scale_in_words,
)
INTERVIEWS = Kind(
    answer=theme_sentences.answer,
    every_table=(
        theme_tables.comparison,
        theme_tables.claims,
        theme_tables.interviews,
        theme_tables.truth,
        theme_tables.claims_in_every_cell,
        tables.replications,
        stopping.table,
        statuses.statuses,
        hanging.hanging,
        hanging.worst,
        precision.table,
        lambda results: tables.performance(results, USABLE),
        paired_tables.tables,
        asked_tables.own,
        asked_tables.not_given,
        theme_tables.in_every_cell,
    ),
    every_figure=(
        claim_figures.known,
        claim_figures.right,
        lambda results: measure_figures.figures(results, claim_figures.LOOK),
    ),
    terms=THEME_TERMS,
    placed=("comparison", "truth", "claims", "interviews"),
    below=("claims", "interviews"),
    case_by_case="Estimand by estimand",
    scale=lambda _: "",
)
#: Every kind of study.
KINDS = (SURVEY, INTERVIEWS)


def kind_of(results: Results) -> Kind:
    """The kind of a stored study."""
    return SURVEY if results.study.interviews is None else INTERVIEWS
