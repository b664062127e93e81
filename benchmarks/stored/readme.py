"""The README of a results folder: what is in it, so that whoever finds it needs nothing else."""

from collections.abc import Iterable

from benchmarks.schema import BLOCK, MEASURED, PLACE, PUBLISHED, TOLD, Column
from estimators.base import Status

NAME = "README.md"
_TEXT = """# Results of a simulation study

Made by Loadstone (`loadstone run`). Everything here can be read without it.

| file | what it holds |
|---|---|
| `report.html` | the report: one page that needs nothing else; `report.docx`, `report.tex` where asked for |
| `tables/`, `figures/` | its tables as CSV and LaTeX, its figures as SVG |
| `study.json` | what was asked and how: aims, populations and their true values, cells, methods, versions, seed |
| `measures.parquet` | every measure of every method in every cell, with its Monte Carlo standard error and its count |
| `replications.parquet` | single replications that show something: the first of each status, worst and typical |
| `published.parquet` | printed figures beside the own ones, where the study has some |
| `blocks/` | every raw estimate, one row for each method and replication |
| `run.json` | on what machine it was computed, and how long it took |
| `fingerprint.json` | whose results these are: seed, code and versions that every number depends on |
| `SHA256SUMS` | checksums: `sha256sum --check SHA256SUMS`, or `loadstone verify FOLDER`, blocks too |

Parquet files are read by pandas (`read_parquet`), R (`arrow::read_parquet`), DuckDB (`SELECT * FROM
'measures.parquet'`) and others. Each says in its metadata, under `columns`, what its columns hold: in DuckDB
`SELECT decode(value) FROM parquet_kv_metadata('measures.parquet') WHERE decode(key) = 'columns'`. A column with a
colon is one of several: `value:PERF~ACRM`. `loadstone replay` draws the data set of any replication again.

A rate of 0 or 1 has a standard error of 0, though it is not known exactly: `lower` and `upper` are its interval.
"""


def text() -> str:
    """The README; it is the same in every folder."""
    parts = [_TEXT]
    for head, columns in (
        ("Measures", (*PLACE, *MEASURED)),
        ("Telling replications", TOLD),
        ("Published figures", PUBLISHED),
        ("Blocks", BLOCK),
    ):
        parts.append(f"## {head}\n\n{_table(columns)}\n")
    parts.append("## How a replication ends\n\n| status | meaning |\n|---|---|\n" + "".join(_statuses()))
    return "\n".join(parts)


def _table(columns: Iterable[Column]) -> str:
    rows = [
        f"| `{column.named(column.of.upper()) if column.of else column.name}` | {column.unit} | {column.meaning} |"
        for column in columns
    ]
    return "\n".join(["| column | unit | what it holds |", "|---|---|---|", *rows])


def _statuses() -> Iterable[str]:
    return (f"| {status.value} | {status.meaning} |\n" for status in Status)
