"""The tables of docs/results.md, made from the schema of stored results and the list of measures.

`python -m tests.stored_columns` writes them anew.
"""

from collections.abc import Iterable
from pathlib import Path

from benchmarks.measures.basis.itemgroups import groups
from benchmarks.measures.basis.measure import Measure
from benchmarks.measures.catalogue import MEASURES
from benchmarks.schema import BLOCK, MEASURED, PLACE, PUBLISHED, TOLD, Column

PAGE = Path(__file__).parent.parent / "docs" / "results.md"
MARK = "<!-- What follows is made by python -m tests.stored_columns -->"
#: What stands in the documentation for words that a study fills in.
EXAMPLES = {
    "many_dropped": "5",
    "too_few": "fewer than two items",
    "level": "95%",
    "alpha": "0.05",
    "reference": "the reference",
    "scale": "",
    "trim": "0.1",
}


def page() -> str:
    """The page with its tables made anew."""
    prose = PAGE.read_text(encoding="utf-8").partition(MARK)[0]
    parts = [
        MARK,
        "## Blocks\n\n`blocks/cell-NNNN/`: one row for each method and replication.",
        _columns(BLOCK),
        "## Measures\n\n`measures.parquet`: one row for each cell, method, target, measure and denominator. A column "
        "for each factor of the study stands after `n`.",
        _columns((*PLACE, *MEASURED)),
        "Groups of items, where a method screens: "
        + "; ".join(f"`{group.key}`, {group.meaning}" for group in groups(0.70))
        + " (0.70: `true_loading` of the study file).",
        "## Published figures\n\n`published.parquet`: one row for each printed figure of a cell that was run. A column "
        "for each factor stands after `cell`.",
        _columns(PUBLISHED),
        "## Telling replications\n\n`replications.parquet`: single replications that show something, so that every "
        "number can be looked at by a replay: the first of each status, the worst and the typical estimate, intervals, "
        "dots of the distribution, and the replication that a measure hangs on.",
        _columns(TOLD),
        "## The measures\n\nEach with its Monte Carlo standard error and its count. Rates have a Wilson interval.",
        _measures(MEASURES),
    ]
    return prose + "\n\n".join(parts) + "\n"


def _columns(columns: Iterable[Column]) -> str:
    rows = [
        f"| `{column.named(column.of.upper()) if column.of else column.name}` | {column.type} | {column.unit} | "
        f"{column.meaning} |"
        for column in columns
    ]
    return "\n".join(["| column | type | unit | what it holds |", "|---|---|---|---|", *rows])


def _measures(measures: Iterable[Measure]) -> str:
    rows = [
        f"| `{each.name}` | {each.header.format(**EXAMPLES)} | {each.unit}{', a rate' if each.rate else ''} | "
        f"{each.of.words} | {', '.join(each.over)} | {each.meaning.format(**EXAMPLES)} |"
        for each in measures
    ]
    heads = "| measure | in tables | unit | taken of | over | what it is |"
    return "\n".join([heads, "|---|---|---|---|---|---|", *rows])


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
