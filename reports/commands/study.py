"""The commands on studies: run one, on one machine or in shares, report, check and replay it; compile the loops."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from reports.commands.options import AllowCode, AsJson, Out, Quick, StudyName
from reports.commands.output import console, write_report
from sim.errors import counted


def run(
    study: StudyName,
    quick: Quick = False,
    workers: Annotated[
        int | None, typer.Option(help="threads that work at once (default: all processors); no number depends on it")
    ] = None,
    processes: Annotated[
        int | None, typer.Option(help="processes in place of threads, for methods that hold Python's lock")
    ] = None,
    scheduler: Annotated[
        str | None, typer.Option(help="address of a Dask scheduler whose workers compute, such as tcp://host:8786")
    ] = None,
    shard: Annotated[
        str | None, typer.Option(help="compute one share only, such as 3/20; `loadstone merge` puts them together")
    ] = None,
    replications: Annotated[int | None, typer.Option(help="replications a cell, instead of the file's")] = None,
    out: Out = None,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="throw all stored results of this folder away and start over")
    ] = False,
    allow_code: AllowCode = False,
    strict: Annotated[bool, typer.Option("--strict", help="stop at the first method that raises an error")] = False,
    time_limit: Annotated[
        float | None,
        typer.Option(help="seconds that one method may take for a block of 256 replications; needs --processes"),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="tell replications, time and disk from one block a cell; store nothing")
    ] = False,
) -> None:
    """Run a study to a report. Stop it at any time: the same command goes on where it stopped."""
    from benchmarks.run import choices, runner

    chosen = choices.chosen(workers, processes, scheduler, time_limit, shard)
    loaded = choices.asked(study, quick, allow_code, replications)
    folder = out or Path("results") / choices.folder_name(loaded, chosen)
    if dry_run:
        from reports.commands import expected

        expected.tell(loaded, chosen.number, folder)
        return
    up_to = "up to " if loaded.sequential else ""
    console.print(
        f"{loaded.file.aims.title}\n{counted(len(loaded.cells), 'cell')}, {up_to}{loaded.replications:,} replications "
        f"each, {counted(len(loaded.methods), 'method')}, {chosen.words}; results in {folder}",
        highlight=False,
        soft_wrap=True,
    )
    folder = folder.absolute()  # a method may change the current folder
    try:
        runner.run(loaded, folder, chosen.number, console, fresh, by=chosen.workers, strict=strict, share=chosen.share)
    except KeyboardInterrupt:
        console.print("\nStopped. What is finished is stored; the same command goes on from there.", highlight=False)
        sys.stdout.flush()
        os._exit(130)  # the other workers are in compiled loops and would keep the process for seconds
    if chosen.share is None:
        write_report(folder, out or Path("results") / loaded.name)
    else:
        console.print(
            f"share {shard} is complete; `loadstone merge {study} ...` puts the shares together", soft_wrap=True
        )


def merge(
    study: StudyName,
    shares: Annotated[list[Path], typer.Argument(help="results folders of all shares")],
    quick: Quick = False,
    replications: Annotated[int | None, typer.Option(help="replications a cell, as the shares were run with")] = None,
    out: Out = None,
    allow_code: AllowCode = False,
) -> None:
    """Put the shares of a study (`run --shard`) together, check that all are there, and write the report."""
    from benchmarks.run import choices, shards

    loaded = choices.asked(study, quick, allow_code, replications)
    folder = out or Path("results") / loaded.name
    shards.merge(loaded, [share.absolute() for share in shares], folder.absolute(), console)
    write_report(folder)


def verify(folder: Annotated[Path, typer.Argument(help="a results folder")]) -> None:
    """Check that every file in a results folder is the one that was written. Runs no code and changes nothing."""
    from benchmarks.stored import verifying

    console.print(verifying.verified(folder), highlight=False, soft_wrap=True)


def report(
    study: StudyName,
    quick: Quick = False,
    out: Out = None,
    form: Annotated[
        str, typer.Option("--format", help="what is written, by commas: html, docx (Word), tex (LaTeX)")
    ] = "html",
) -> None:
    """Write the report of a study that has run, from its stored results. Runs no code that the study names."""
    from benchmarks.stored import mark
    from benchmarks.study.study import load
    from reports.book.forms import wanted

    forms = wanted(form)
    loaded = load(study, quick, code="leave")
    folder = out or Path("results") / loaded.name
    told = mark.check_described(folder, loaded, f"{study} --quick" if quick else study)
    write_report(folder, forms=forms)
    if told:
        console.print(f"note: {told}", highlight=False, soft_wrap=True)


def replay(
    study: StudyName,
    cell: Annotated[str, typer.Option(help="number of the cell, from 1, or its label")],
    replication: Annotated[int, typer.Option(help="number of the replication, from 0")],
    quick: Quick = False,
    out: Annotated[Path, typer.Option("--out", help="folder for the two files")] = Path("replay"),
    allow_code: AllowCode = False,
    json: AsJson = False,
) -> None:
    """Draw one replication of a study again: its data set as CSV and every method's estimates for it."""
    from benchmarks.run import choices
    from benchmarks.run import replay as replaying
    from reports.printing import as_json
    from reports.printing.estimates import show_estimates

    loaded = choices.asked(study, quick, allow_code)
    data, estimates, table = replaying.replay(loaded, loaded.cell(cell), replication, out)
    if json:
        rows = as_json.records(list(table.columns), table.to_numpy().tolist())
        typer.echo(as_json.text({"data": str(data), "estimates": str(estimates), "rows": rows}), nl=False)
        return
    show_estimates(table, console)
    console.print(f"data: {data}\nestimates: {estimates}", highlight=False, soft_wrap=True)
