"""A population as files: a page, its path diagram, and a table of every number."""

import math
from collections.abc import Iterator
from pathlib import Path

from benchmarks.files import write_folder
from benchmarks.portraits.portrait import Portrait
from reports.diagram import diagram as path_diagram
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
    rows: list[list[str]] = [["name", "kind", "before_cut", "after_cut", *(limit.name for limit in portrait.limits)]]
    for i, target in enumerate(portrait.targets):
        values = (portrait.before[i], portrait.after[i], *(limit.value[i] for limit in portrait.limits))
        rows.append([target.name, target.kind, *map(full, values)])
    for marginal in portrait.marginals:
        for name, kind, before, after in _of_item(marginal):
            rows.append([name, kind, full(before), full(after), *("" for _ in portrait.limits)])
    return csv_text(rows)


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
