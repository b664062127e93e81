"""A population as files: a page, its path diagram, and a table of every number."""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.files import write_folder
from benchmarks.portraits.portrait import Portrait
from reports.diagram import diagram as path_diagram
from reports.printing import as_json
from reports.printing.numbers import full
from reports.printing.typeset import csv_text
from reports.show import page as show_page
from sim.implied.marginals import Marginal


def write(portrait: Portrait, folder: Path) -> list[Path]:
    """Write show.html, show.svg and show.csv into the folder: all of them or none.

    Raises InputError where they cannot be written.
    """
    texts = {
        "show.html": show_page.page(portrait),
        "show.svg": path_diagram.wide(portrait.population, portrait.labels),
        "show.csv": as_csv(portrait),
    }
    return write_folder(folder, texts)


def as_csv(portrait: Portrait) -> str:
    """Every number in full: target, kind, before_cut, after_cut, and the limit of each method; then the marginals."""
    head = ["name", "kind", "before_cut", "after_cut", *(limit.name for limit in portrait.limits)]
    rows = [[name, kind, *map(full, values)] for name, kind, *values in _of_targets(portrait)]
    empty = ["" for _ in portrait.limits]
    rows += [[name, kind, full(before), full(after), *empty] for name, kind, before, after in _of_items(portrait)]
    return csv_text([head, *rows])


def as_data(portrait: Portrait) -> dict[str, Any]:
    """The population as plain data: what it is, every quantity with each method's limit, and every item's answers."""
    limits = [limit.name for limit in portrait.limits]
    values = ("name", "kind", "before_cut", "after_cut")
    return {
        "name": portrait.name,
        "title": portrait.content.get("title") or portrait.name,
        "source": portrait.population.source,
        "levels": portrait.levels,
        "constructs": portrait.labels,
        "model": portrait.population.model.syntax,
        "quantities": as_json.records([*values, *limits], list(_of_targets(portrait))),
        "items": as_json.records(values, list(_of_items(portrait))),
    }


def _of_targets(portrait: Portrait) -> Iterator[tuple[Any, ...]]:
    """Name, kind, value before and after the cut, and the limits, of every target."""
    for i, target in enumerate(portrait.targets):
        limits = (limit.value[i] for limit in portrait.limits)
        yield (target.name, target.kind, portrait.before[i], portrait.after[i], *limits)


def _of_items(portrait: Portrait) -> Iterator[tuple[str, str, float, float]]:
    """Name, kind, value before and after the cut of what is known of every item's distribution."""
    for marginal in portrait.marginals:
        yield from _of_item(marginal)


def _of_item(marginal: Marginal) -> Iterator[tuple[str, str, float, float]]:
    """Name, kind, value before and after the cut of everything known of an item's distribution."""
    item = marginal.item
    for kind, before, after in (
        ("mean", 0.0, marginal.mean),
        ("sd", 1.0, marginal.deviation),
        ("skewness", 0.0, marginal.skewness),
        ("excess_kurtosis", 0.0, marginal.kurtosis),
    ):
        yield f"{kind}({item})", kind, before, after
    for k, cut in enumerate(marginal.thresholds, start=1):
        yield f"{item}|t{k}", "threshold", cut, math.nan
    for k, share in enumerate(marginal.shares, start=1):
        yield f"share({item}={k})", "share", math.nan, share
