"""The command on a paper that is published: what its survey could and could not show."""

from pathlib import Path
from typing import Annotated

import typer

from reports.commands.options import TableName, out_folder
from reports.commands.output import console, tell_written


def audit(
    table: TableName,
    quick: Annotated[
        bool, typer.Option("--quick", help="about an eighth of the work: rough ranges in a minute")
    ] = False,
    seed: Annotated[int, typer.Option(min=0, help="the same seed gives the same answers")] = 1,
    workers: Annotated[int | None, typer.Option(help="threads (default: one for each processor)")] = None,
    out: Annotated[
        Path | None,
        out_folder("folder for audit.html, audit.docx, audit.csv and the studies behind them"),
    ] = None,
) -> None:
    """What could be behind a paper's table, how often its procedure would find it, and what dropping items did."""
    from benchmarks.auditing.audit import audit as audited
    from benchmarks.auditing.search import Effort
    from benchmarks.run.progress import Steps
    from benchmarks.run.workers import available
    from reports.auditing import files, text
    from sim.tables.reading.named import locate

    effort = Effort().quicker(8) if quick else Effort()
    path = locate(table)
    with Steps(console, "reading ...") as steps:
        found = audited(path, effort, seed, available() if workers is None else workers, steps.tell)
        written = [] if out is None else files.write(found, out)
    text.show(found, console)
    tell_written(written)
