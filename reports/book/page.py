"""The page: one HTML file that needs nothing else."""

import json
import math
import sys
from collections.abc import Callable
from typing import Any

from markupsafe import Markup

from benchmarks.measures.basis.notation import ERRORS, LETTERS, formula
from reports.book.kinds import kind_of
from reports.drawing import packing, vega
from reports.drawing.figure import Figure
from reports.drawing.palette import signs
from reports.drawing.panels import ROWS
from reports.printing import pages
from reports.printing.formulas import plain
from reports.printing.numbers import counted, number
from reports.printing.typeset import Table
from reports.printing.words import levels_in_words
from reports.protocol.sections import sections
from reports.results import Estimate, Results
from reports.study import published, truth_tables
from reports.study.decisions import sentences as decisions
from reports.study.evidence import machine, precision
from reports.study.screening import rule_of

#: Longer tables get a box that filters their rows.
_FILTERED = 12
#: So many rows of a table stand on the page of a study with many cells; its file has all.
_MOST_ROWS = 100
#: Characters of a still figure beyond which it is a file only, not a part of the page for readers without scripts.
_LARGE = 120_000


def page(results: Results, made: list[Table], drawn: list[Figure], stills: dict[str, str]) -> str:
    """The whole page as text. `stills` are the figures as SVG, for readers without scripts."""
    known = {"basis": basis, "number": number, "in_words": levels_in_words}
    known |= {"place_of": _places(results), "follows": _follows(results)}
    template = pages.environment().get_template("report.html.j2", globals=known)
    by_name = {table.name: table for table in made}
    kind = kind_of(results)
    return template.render(
        study=results.study,
        kind=kind,
        answer=kind.answer(results),
        decisions=decisions.sentences(results),
        rule=rule_of(results, results.screened[0]).label if results.screened else "",
        tables=by_name,
        full=[table for table in made if table.name not in kind.placed],
        filtered=_FILTERED,
        most=_MOST_ROWS if results.many_cells else sys.maxsize,
        published=published.told(results),
        figures={figure.name: _figure(results, figure, stills[figure.name]) for figure in drawn},
        legend=list(signs(results).values()),
        sizes=results.sizes,
        baseline_n=results.baseline_n,
        populations=results.populations,
        baseline=results.populations[0],
        calibrated=_calibration_in_words(results),
        measures=[(words, plain(formula(name))) for name, words in results.words.items() if results.has(name)],
        letters=LETTERS,
        errors=ERRORS,
        protocol=[(section.heading, section.parts) for section in sections(results)],
        kind_of_part=lambda part: type(part).__name__,
        machines=machine.sentences(results),
        enough=precision.sentence(results),
        glossary=kind.glossary(results),
        css=pages.text("report.css"),
        vega=_script(vega.vega_script()) if drawn else "",
        script=_script(pages.text("report.js")),
        data=_data(results, drawn),
    )


def _figure(results: Results, figure: Figure, still: str) -> dict[str, Any]:
    return {
        "name": figure.name,
        "title": figure.title,
        "caption": figure.caption,
        "alt": _described(results, figure),
        "by_size": figure.by_size,
        "wide": figure.wide,
        "panels": [panel.title for panel in figure.panels],
        "still": "" if results.many_cells or len(still) > _LARGE else pages.data_uri(still),
    }


def _described(results: Results, figure: Figure) -> str:
    """The text that stands for the figure where it cannot be seen."""
    population = f" Shown first: {levels_in_words(results.populations[0])}." if results.study.factors else ""
    return f"{figure.alt}{population} The numbers are in the tables below and in tables/measures.csv."


def _data(results: Results, drawn: list[Figure]) -> Markup:
    """What the page's script needs: the specifications with their rows, and the combinations that were run."""
    size = results.baseline_n
    figures = {f.name: [vega.interactive(f, panel, size) for panel in f.panels] for f in drawn}
    whole = {f.name: [panel.whole for panel in f.panels] for f in drawn}
    wide = {f.name: [panel.wide for panel in f.panels] for f in drawn}
    stored: dict[str, Any] = {"populations": results.populations, "figures": figures, "whole": whole, "wide": wide}
    stored |= _pointed(results)
    if results.many_cells:
        for spec in (spec for specs in figures.values() for spec in specs):
            spec["datasets"][ROWS] = []
        stored["packed"] = packing.packed(drawn)
    text = json.dumps(stored, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return Markup(text.replace("<", "\\u003c"))


def _places(results: Results) -> Callable[[Estimate], str]:
    """Where a number is from, as the page's script reads it: `cell.method.target`, the last two by their places."""
    methods = {name: place for place, name in enumerate(results.study.methods)}
    targets = {name: place for place, name in enumerate(results.study.estimands)}

    def told(estimate: Estimate) -> str:
        if not estimate.of:
            return ""
        cell, method, target = estimate.of
        return f"{cell}.{methods[method]}.{targets.get(target, -1)}"

    return told


def _pointed(results: Results) -> dict[str, Any]:
    """What is told where one points at a number: cells, methods, and the worst and the typical replication of each."""
    methods = {name: place for place, name in enumerate(results.study.methods)}
    targets = {name: place for place, name in enumerate(results.study.estimands)}
    cases = {
        f"{cell}.{methods[method]}.{targets[target]}": [worst, results.typical.get((cell, method, target), worst)]
        for (cell, method, target), worst in results.worst.items()
        if target in targets
    }
    return {
        "cells": {cell.cell: cell.label or f"n = {cell.n}" for cell in results.study.cells},
        "methods": [method.label for method in results.study.methods.values()],
        "estimands": results.study.estimands,
        "cases": {} if results.many_cells else cases,
        "replay": results.study.replay,
    }


def _follows(results: Results) -> Callable[[Table], str]:
    """How many first columns of a table are the factors, where its rows can follow the drop-downs; empty elsewhere."""
    heads = [factor.replace("_", " ") for factor in results.study.factors]

    def told(table: Table) -> str:
        own = [column.header for column in table.heads[: len(heads)]]
        return str(len(heads)) if heads and own == heads else ""

    return told


def basis(estimate: Estimate) -> str:
    """What a number rests on, shown where the reader points at it."""
    if estimate.n_total:
        return f"{counted(estimate)} replications{_interval(estimate)}"
    if estimate.n_used:
        return f"simulated from {estimate.n_used:,} respondents"
    return "exact: from the population, without sampling"


def _interval(estimate: Estimate) -> str:
    """`; 95% interval 41.2 to 48.9%`, of a rate."""
    if not math.isfinite(estimate.lower):
        return ""
    return f"; 95% interval {number(100 * estimate.lower, 1)} to {number(100 * estimate.upper, 1)}%"


def _script(text: str) -> Markup:
    """A program that stands inside a script element: no end tag may begin in it."""
    return Markup(text.replace("</script", "<\\/script"))


def _calibration_in_words(results: Results) -> str:
    """How near the calibrated populations come to the published table."""
    solved = truth_tables.baseline_calibration(results)
    if solved is None:
        return ""
    rows = [row for each in results.study.calibration or [] for row in each.rows]
    exact = [(abs(row.achieved - row.published), row.quantity) for row in rows if row.solved]
    compared = [(abs(row.achieved - row.published), row.quantity) for row in rows if not row.solved]
    told = []
    if exact:
        told.append(f"Over all populations the solved values differ from the published ones by {_at_most(*max(exact))}")
    if compared:
        told.append(f"{'the' if told else 'The'} values that follow from them differ by {_at_most(*max(compared))}")
    return "; ".join(told) + "." if told else ""


def _at_most(difference: float, quantity: str) -> str:
    return "less than 0.0001" if difference < 1e-4 else f"at most {number(difference, 4)} ({quantity})"
