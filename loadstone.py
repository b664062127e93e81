"""The front door: the `loadstone` command."""

import contextlib
import errno
import math
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from sim.errors import InputError, counted

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from benchmarks.own.own_data import Fits
    from benchmarks.study.study import Study
    from sim.model import Model

#: What the system says where the output has no place to go: a full disk, a closed pipe, a full quota.
_NO_OUTPUT = (errno.ENOSPC, errno.EPIPE, errno.EIO, getattr(errno, "EDQUOT", errno.ENOSPC))
app = typer.Typer(
    help="Settle, with evidence, what a statistical procedure is worth on a small survey.\n\n"
    "Start with: loadstone run crm-clusters --quick",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
console = Console(emoji=False, markup=False)

StudyName = Annotated[
    str, typer.Argument(help="a study that `loadstone list` shows, or the path of a study file (.toml)")
]
Quick = Annotated[bool, typer.Option("--quick", help="the small version that the file's [quick] section describes")]
AllowCode = Annotated[
    bool, typer.Option("--allow-code", help="run the code (module:Class) that the study file names; read it first")
]
Out = Annotated[Path | None, typer.Option("--out", help="results folder (default: results/NAME)")]
SurveyFile = Annotated[
    Path, typer.Argument(help="your survey: CSV, .xlsx, .ods, .sav, .dta or .parquet, with a column for each item")
]
ModelFile = Annotated[Path, typer.Option(help="text file with the model, in lavaan syntax")]
MissingHandling = Annotated[str, typer.Option(help="missing answers: refuse, listwise, mean, regression or pairwise")]
MissingCodes = Annotated[
    list[str] | None, typer.Option(help="a code that stands for a missing answer, such as 99; may be repeated")
]
Labels = Annotated[
    list[str] | None,
    typer.Option(help="labels of the answers by commas, lowest first, or a file with one a line; may be repeated"),
]
ConfirmLabels = Annotated[bool, typer.Option("--confirm-labels", help="labels are read as the message proposes")]
Reverse = Annotated[str, typer.Option(help="items answered the other way round, by commas")]
ScaleEnds = Annotated[str | None, typer.Option(help="lowest and highest answer there is, such as 1-5")]
DecimalSign = Annotated[str | None, typer.Option(help="decimal sign, where it cannot be told: , or .")]
Sheet = Annotated[str, typer.Option(help="sheet of a workbook")]


def _version(wanted: bool) -> None:
    if wanted:
        from benchmarks.study.program import program_version

        typer.echo(f"loadstone {program_version()}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="show the version")
    ] = False,
) -> None:
    """The options of every command."""


@app.command("list")
def list_all() -> None:
    """Show the studies, populations and methods there are."""
    from benchmarks.study import study
    from benchmarks.study.studyfile import read
    from estimators import outside
    from estimators.catalogue import ESTIMATORS
    from estimators.richness.catalogue import RICHNESS
    from sim import catalogue

    brought = {name: f"from outside: {point.value}" for name, point in outside.installed().items()}
    rows = {
        "Studies": {name: str(read(study.locate(name))["aims"]["title"]) for name in study.names()},
        "Populations": {name: str(catalogue.entry(name)["title"]) for name in catalogue.names()},
        "Populations of themes": {name: str(catalogue.entry(name)["title"]) for name in catalogue.theme_names()},
        "Methods": brought | {name: entry.description for name, entry in ESTIMATORS.items()},
        "Methods for interviews": {name: entry.description for name, entry in RICHNESS.items()},
    }
    for heading, entries in rows.items():
        table = Table(title=heading, title_justify="left", show_header=False, box=None, padding=(0, 2))
        for name, text in entries.items():
            table.add_row(name, text)
        console.print(table)


@app.command()
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
) -> None:
    """Run a study to a report. Stop it at any time: the same command goes on where it stopped."""
    from benchmarks.run import choices, runner

    chosen = choices.chosen(workers, processes, scheduler, time_limit, shard)
    loaded = _loaded(study, quick, allow_code, replications)
    folder = out or Path("results") / choices.folder_name(loaded, chosen)
    console.print(
        f"{loaded.file.aims.title}\n{counted(len(loaded.cells), 'cell')}, {loaded.replications:,} replications each, "
        f"{counted(len(loaded.methods), 'method')}, {chosen.words}; results in {folder}",
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
        _write_report(folder, out or Path("results") / loaded.name)
    else:
        console.print(
            f"share {shard} is complete; `loadstone merge {study} ...` puts the shares together", soft_wrap=True
        )


@app.command()
def merge(
    study: StudyName,
    shares: Annotated[list[Path], typer.Argument(help="results folders of all shares")],
    quick: Quick = False,
    replications: Annotated[int | None, typer.Option(help="replications a cell, as the shares were run with")] = None,
    out: Out = None,
    allow_code: AllowCode = False,
) -> None:
    """Put the shares of a study (`run --shard`) together, check that all are there, and write the report."""
    from benchmarks.run import shards

    loaded = _loaded(study, quick, allow_code, replications)
    folder = out or Path("results") / loaded.name
    shards.merge(loaded, [share.absolute() for share in shares], folder.absolute(), console)
    _write_report(folder)


@app.command()
def verify(folder: Annotated[Path, typer.Argument(help="a results folder")]) -> None:
    """Check that every file in a results folder is the one that was written. Runs no code and changes nothing."""
    from benchmarks.stored import verifying

    console.print(verifying.verified(folder), highlight=False, soft_wrap=True)


@app.command()
def show(
    population: Annotated[
        str, typer.Argument(help="a population that `loadstone list` shows, or the path of a population file (.toml)")
    ],
    level: Annotated[
        list[str] | None, typer.Option(help="a level of what it leaves open, such as effect=small; may be repeated")
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", help="folder for show.html, show.svg and show.csv")] = None,
) -> None:
    """Show a known population: its path diagram, its parameters, and what the cut and the methods make of them."""
    from benchmarks.portraits.portrait import portrait
    from benchmarks.portraits.theme_portrait import theme_portrait
    from reports.interviews import text as interviews_text
    from reports.show import files as show_files
    from reports.show import text as show_text

    if themes := theme_portrait(population, level or ()):
        written = [] if out is None else interviews_text.write_population(themes, out)
        interviews_text.show_population(themes, console)
    else:
        shown = portrait(population, level or ())
        written = [] if out is None else show_files.write(shown, out)
        show_text.show(shown, console)
    for path in written:
        console.print(f"written: {path}", highlight=False, soft_wrap=True)


@app.command("themes")
def estimate_themes(
    table: Annotated[
        Path, typer.Argument(help="CSV file with a line for each theme and a column for each respondent, or TOML")
    ],
    level: Annotated[float, typer.Option(help="level of the intervals")] = 0.95,
    out: Annotated[Path | None, typer.Option("--out", help="file for the estimates, .csv or .tex")] = None,
) -> None:
    """Estimate from your own interviews how many themes are still untold."""
    from benchmarks.portraits.interviews import estimate_interviews
    from reports.interviews import text as interviews_text

    estimated = estimate_interviews(table, level)
    written = None if out is None else interviews_text.write_estimates(estimated, out)
    interviews_text.show_estimates(estimated, console)
    if written:
        console.print(f"written: {written}", highlight=False, soft_wrap=True)


@app.command()
def reconstruct(
    table: Annotated[
        str, typer.Argument(help="path of a table file (.toml) with what a paper reports, or the example: crm-clusters")
    ],
    out: Annotated[
        Path | None, typer.Option("--out", help="folder for reconstruct.html, reconstruct.csv and population.toml")
    ] = None,
) -> None:
    """Check a published table against itself and build the set of populations that could have given it."""
    from benchmarks.portraits import from_table
    from reports.reconstruction import files as reconstruction_files
    from reports.reconstruction import text as reconstruction_text
    from sim.tables.table import locate

    with console.status("reading ...") as status:
        found = from_table.reconstruct(locate(table), status.update)
    written = [] if out is None else reconstruction_files.write(found, out)
    reconstruction_text.show(found, console)
    for path in written:
        console.print(f"written: {path}", highlight=False, soft_wrap=True)


@app.command("compile")
def compile_loops() -> None:
    """Compile the numerical loops now, once after installation; the first run does it otherwise."""
    from benchmarks.own.compilation import compile_all

    with console.status("compiling ..."):
        compile_all()


@app.command()
def report(study: StudyName, quick: Quick = False, out: Out = None) -> None:
    """Write the report of a study that has run, from its stored results. Runs no code that the study names."""
    from benchmarks.stored import mark
    from benchmarks.study.study import load

    loaded = load(study, quick, code="leave")
    folder = out or Path("results") / loaded.name
    told = mark.check_described(folder, loaded, f"{study} --quick" if quick else study)
    _write_report(folder)
    if told:
        console.print(f"note: {told}", highlight=False, soft_wrap=True)


@app.command()
def replay(
    study: StudyName,
    cell: Annotated[str, typer.Option(help="number of the cell, from 1, or its label")],
    replication: Annotated[int, typer.Option(help="number of the replication, from 0")],
    quick: Quick = False,
    out: Annotated[Path, typer.Option("--out", help="folder for the two files")] = Path("replay"),
    allow_code: AllowCode = False,
) -> None:
    """Draw one replication of a study again: its data set as CSV and every method's estimates for it."""
    from benchmarks.run import replay as replaying

    loaded = _loaded(study, quick, allow_code)
    data, estimates, table = replaying.replay(loaded, loaded.cell(cell), replication, out)
    _show(table)
    console.print(f"data: {data}\nestimates: {estimates}", highlight=False, soft_wrap=True)


def _loaded(study: str, quick: bool, allow_code: bool, replications: int | None = None) -> "Study":
    """The study that a name or a path means; code that its file names is run only where that is allowed."""
    from benchmarks.study.study import load, with_replications

    loaded = load(study, quick, code="run" if allow_code else "refuse")
    return loaded if replications is None else with_replications(loaded, replications)


@app.command()
def fit(
    data: SurveyFile,
    model: ModelFile,
    method: Annotated[
        str,
        typer.Option(
            help="names that `loadstone list` shows or module:Class, by commas; settings as in 'pls[scheme=centroid]'"
        ),
    ] = "pls,ml",
    resamples: Annotated[int, typer.Option(help="bootstrap resamples of the methods that need them")] = 500,
    interval: Annotated[str | None, typer.Option(help="kind of bootstrap interval")] = None,
    level: Annotated[float, typer.Option(help="level of the intervals")] = 0.95,
    missing: MissingHandling = "refuse",
    missing_code: MissingCodes = None,
    labels: Labels = None,
    confirm_labels: ConfirmLabels = False,
    reverse: Reverse = "",
    scale: ScaleEnds = None,
    decimal: DecimalSign = None,
    sheet: Sheet = "",
    seed: Annotated[int, typer.Option(min=0, help="the same seed gives the same resamples")] = 1,
    brief: Annotated[bool, typer.Option("--brief", help="leave the tables out")] = False,
    out: Annotated[
        Path | None,
        typer.Option("--out", help="folder for fit.html, fit.csv and fit.tex, or one file of such an ending"),
    ] = None,
) -> None:
    """Estimate a model on your own survey with several methods at once."""
    from benchmarks.own import own_data
    from reports.fit import files as fit_files
    from reports.fit import text as fit_text

    fits = own_data.fit_survey(
        data, model, method, resamples, seed, missing, missing_code or (), level, interval,
        labels=labels or (), confirm_labels=confirm_labels, reverse=reverse, scale=scale, decimal=decimal, sheet=sheet,
    )  # fmt: skip
    written = [] if out is None else fit_files.write(fits, out)
    fit_text.show(fits, console, details=not brief)
    for path in written:
        console.print(f"written: {path}", highlight=False, soft_wrap=True)


@app.command()
def look(
    data: SurveyFile,
    model: Annotated[Path | None, typer.Option(help="text file with the model, in lavaan syntax")] = None,
    missing_code: MissingCodes = None,
    labels: Labels = None,
    confirm_labels: ConfirmLabels = False,
    reverse: Reverse = "",
    scale: ScaleEnds = None,
    decimal: DecimalSign = None,
    sheet: Sheet = "",
    out: Annotated[
        Path | None, typer.Option("--out", help="folder for look.html and look.csv, or one file of such an ending")
    ] = None,
) -> None:
    """Look at your own survey before any estimation: how it is read, how items were answered, what seems odd."""
    from benchmarks.own import looking, own_data
    from reports.look import files as look_files
    from reports.look import text as look_text

    asked = own_data.asked_of(missing_code or (), labels or (), confirm_labels, reverse, scale, decimal, sheet)
    found = looking.look_at(data, model, asked)
    written = [] if out is None else look_files.write(found, out)
    look_text.show(found, console)
    for path in written:
        console.print(f"written: {path}", highlight=False, soft_wrap=True)


@app.command("study-from")
def study_from(
    data: SurveyFile,
    model: ModelFile,
    method: Annotated[
        str, typer.Option(help="methods of the study, by commas, as in `loadstone fit`: your own procedure")
    ] = "pls,ml",
    values: Annotated[
        str | None,
        typer.Option(help="consistent method whose values the population gets (default: the first that can)"),
    ] = None,
    n: Annotated[int | None, typer.Option(help="respondents of a replication (default: those of the survey)")] = None,
    replications: Annotated[int, typer.Option(help="replications of the study")] = 1000,
    missing: MissingHandling = "refuse",
    missing_code: MissingCodes = None,
    labels: Labels = None,
    confirm_labels: ConfirmLabels = False,
    reverse: Reverse = "",
    scale: ScaleEnds = None,
    decimal: DecimalSign = None,
    sheet: Sheet = "",
    seed: Annotated[int, typer.Option(min=0, help="seed of the study")] = 1,
    out: Annotated[Path | None, typer.Option("--out", help="study file to write (default: NAME-study.toml)")] = None,
) -> None:
    """Write a study whose population has your survey's thresholds and fitted values: what is your procedure worth?"""
    from benchmarks.own import own_data, study_of

    asked = own_data.asked_of(missing_code or (), labels or (), confirm_labels, reverse, scale, decimal, sheet)
    made = study_of.study_from(data, model, method, asked, values, n, replications, seed, missing)
    for path in study_of.write(made, out or Path(f"{data.stem}-study.toml")):
        console.print(f"written: {path}", highlight=False, soft_wrap=True)
    for told in made.told:
        console.print(told, highlight=False, soft_wrap=True)
    console.print(f"next: loadstone run {out or Path(f'{data.stem}-study.toml')}", highlight=False, soft_wrap=True)


def fit_survey(
    data: "pd.DataFrame | np.ndarray[Any, Any] | Path | str",
    model: "Model | Path | str",
    methods: Sequence[str] | str = ("pls", "ml"),
    resamples: int = 500,
    seed: int = 1,
    missing: str = "refuse",
    missing_codes: Sequence[str | float] | str | float = (),
    level: float = 0.95,
    interval: str | None = None,
    *,
    names: Sequence[str] | None = None,
    labels: Sequence[str] | str = (),
    confirm_labels: bool = False,
    reverse: Sequence[str] | str = (),
    scale: tuple[float, float] | str | None = None,
    decimal: str | None = None,
    sheet: str = "",
) -> "Fits":
    """`loadstone fit` from Python: see `benchmarks.own.own_data.fit_survey`, which this calls."""
    from benchmarks.own import own_data

    return own_data.fit_survey(
        data, model, methods, resamples, seed, missing, missing_codes, level, interval,
        names=names, labels=labels, confirm_labels=confirm_labels, reverse=reverse, scale=scale, decimal=decimal,
        sheet=sheet,
    )  # fmt: skip


def _show(estimates: "pd.DataFrame") -> None:
    shown = Table("method", "target", "value", "se", "lower", "upper", "p", "status", box=None)
    for row in estimates.to_dict("records"):
        shown.add_row(*(cell if isinstance(cell, str) else _number(cell) for cell in row.values()))
    console.print(shown)


def _number(value: float) -> str:
    return "" if math.isnan(value) else f"{value:.4f}"


def _write_report(folder: Path, named: Path | None = None) -> None:
    """Write the report of results; `named` is the folder in the user's words."""
    import reports

    with console.status("writing the report ..."):
        path = reports.write(folder)
    console.print(f"report: {(named or folder) / path.name}", highlight=False, soft_wrap=True)


def main() -> None:
    """Run the command; wrong input ends with one message and exit code 2, Ctrl-C with exit code 130."""
    try:
        app()
        sys.stdout.flush()
    except InputError as error:
        _say(str(error))
        sys.exit(2)
    except KeyboardInterrupt:
        _say("stopped")
        sys.exit(130)
    except OSError as error:
        if error.errno not in _NO_OUTPUT:
            raise
        _leave_output()
        if error.errno != errno.EPIPE:
            _say(f"the output cannot be written ({error.strerror}); give it a place with room")
        sys.exit(2)


def _say(text: str) -> None:
    """One message on the error stream, control characters as their codes."""
    shown = "".join(c if c.isprintable() or c == "\n" else f"\\x{ord(c):02x}" for c in text)
    with contextlib.suppress(OSError):
        Console(stderr=True, emoji=False).print(
            f"loadstone: {shown}", style="bold red", highlight=False, markup=False, soft_wrap=True
        )


def _leave_output() -> None:
    """Give up what could not be written, so that the interpreter does not try it again at its end."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    main()
