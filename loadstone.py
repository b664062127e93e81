"""The front door: the `loadstone` command."""

import math
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from sim.errors import InputError, counted

if TYPE_CHECKING:
    import pandas as pd

    from benchmarks.own.own_data import Fits
    from sim.model import Model

app = typer.Typer(
    help="Settle, with evidence, what a statistical procedure is worth on a small survey.\n\n"
    "Start with: loadstone run crm-clusters --quick",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
console = Console(emoji=False)

StudyName = Annotated[
    str, typer.Argument(help="a study that `loadstone list` shows, or the path of a study file (.toml)")
]
Quick = Annotated[bool, typer.Option("--quick", help="the small version that the file's [quick] section describes")]
Out = Annotated[Path | None, typer.Option("--out", help="results folder (default: results/NAME)")]


def _version(wanted: bool) -> None:
    if wanted:
        from benchmarks.study.study import program_version

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
    workers: Annotated[int, typer.Option(help="parallel workers; the numbers do not depend on it")] = os.cpu_count()
    or 1,
    replications: Annotated[int | None, typer.Option(help="replications a cell, instead of the file's")] = None,
    out: Out = None,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="throw stored results of this folder away and start over")
    ] = False,
) -> None:
    """Run a study to a report. Stop it at any time: the same command goes on where it stopped."""
    from benchmarks.run import runner
    from benchmarks.study.study import load, with_replications

    if workers < 1:
        raise InputError(f"--workers is {workers}; give at least 1")
    loaded = load(study, quick)
    if replications is not None:
        loaded = with_replications(loaded, replications)
    folder = out or Path("results") / loaded.name
    console.print(
        f"{loaded.file.aims.title}\n{counted(len(loaded.cells), 'cell')}, {loaded.replications:,} replications each, "
        f"{counted(len(loaded.methods), 'method')}, {counted(workers, 'worker')}; results in {folder}",
        highlight=False,
        soft_wrap=True,
    )
    try:
        runner.run(loaded, folder, workers, console, fresh)
    except KeyboardInterrupt:
        console.print("\nStopped. What is finished is stored; the same command goes on from there.", highlight=False)
        sys.stdout.flush()
        os._exit(130)  # the other workers are in compiled loops and would keep the process for seconds
    _write_report(folder)


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
    from benchmarks.run.compilation import compile_all

    with console.status("compiling ..."):
        compile_all()


@app.command()
def report(study: StudyName, quick: Quick = False, out: Out = None) -> None:
    """Write the report of a study that has run, from its stored results."""
    from benchmarks.study.study import load

    _write_report(out or Path("results") / load(study, quick).name)


@app.command()
def replay(
    study: StudyName,
    cell: Annotated[str, typer.Option(help="number of the cell, from 1, or its label")],
    replication: Annotated[int, typer.Option(help="number of the replication, from 0")],
    quick: Quick = False,
    out: Annotated[Path, typer.Option("--out", help="folder for the two files")] = Path("replay"),
) -> None:
    """Draw one replication of a study again: its data set as CSV and every method's estimates for it."""
    from benchmarks.run import replay as replaying
    from benchmarks.study.study import load

    loaded = load(study, quick)
    data, estimates, table = replaying.replay(loaded, loaded.cell(cell), replication, out)
    _show(table)
    console.print(f"data: {data}\nestimates: {estimates}", highlight=False, soft_wrap=True)


@app.command()
def fit(
    data: Annotated[Path, typer.Argument(help="CSV file with a column for each item and a line for each respondent")],
    model: Annotated[Path, typer.Option(help="text file with the model in lavaan syntax")],
    method: Annotated[
        str,
        typer.Option(
            help="names that `loadstone list` shows or module:Class, by commas; settings as in 'pls[scheme=centroid]'"
        ),
    ] = "pls,ml",
    resamples: Annotated[int, typer.Option(help="bootstrap resamples of the methods that need them")] = 500,
    interval: Annotated[str | None, typer.Option(help="kind of bootstrap interval")] = None,
    level: Annotated[float, typer.Option(help="level of the intervals")] = 0.95,
    missing: Annotated[
        str, typer.Option(help="missing answers: refuse, listwise, mean, regression or pairwise")
    ] = "refuse",
    missing_code: Annotated[
        list[str] | None, typer.Option(help="a code that stands for a missing answer, such as 99; may be repeated")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="the same seed gives the same resamples")] = 1,
    brief: Annotated[bool, typer.Option("--brief", help="leave the tables out")] = False,
    out: Annotated[
        Path | None,
        typer.Option("--out", help="folder for fit.html, fit.csv and fit.tex, or one file of such an ending"),
    ] = None,
) -> None:
    """Estimate a model on your own survey with several methods at once."""
    from reports.fit import files as fit_files
    from reports.fit import text as fit_text

    fits = fit_survey(data, model, method, resamples, seed, missing, missing_code or (), level, interval)
    written = [] if out is None else fit_files.write(fits, out)
    fit_text.show(fits, console, details=not brief)
    for path in written:
        console.print(f"written: {path}", highlight=False, soft_wrap=True)


def fit_survey(
    data: "pd.DataFrame | Path | str",
    model: "Model | Path | str",
    methods: Sequence[str] | str = ("pls", "ml"),
    resamples: int = 500,
    seed: int = 1,
    missing: str = "refuse",
    missing_codes: Sequence[str | float] = (),
    level: float = 0.95,
    interval: str | None = None,
) -> "Fits":
    """`loadstone fit` from Python: see `benchmarks.own.own_data.fit_survey`, which this calls."""
    from benchmarks.own import own_data

    return own_data.fit_survey(data, model, methods, resamples, seed, missing, missing_codes, level, interval)


@app.command("laws")
def hold_laws(
    estimator: Annotated[
        str, typer.Argument(help="a method that `loadstone list` shows, or `module:Class` of the current folder")
    ],
    only: Annotated[list[str] | None, typer.Option(help="a law by its name; may be repeated")] = None,
    without: Annotated[list[str] | None, typer.Option(help="a law to leave out; may be repeated")] = None,
    claim: Annotated[
        list[str] | None,
        typer.Option(help="what the method claims, such as consistent, raw_units or tolerance=1e-4; may be repeated"),
    ] = None,
    examples: Annotated[int | None, typer.Option(help="surveys for each law (default: 4 to 20, by its speed)")] = None,
    seed: Annotated[int, typer.Option(help="another seed draws other surveys")] = 0,
) -> None:
    """Hold the laws that every method should obey against an estimator; exit code 1 where one is broken."""
    from estimators import laws
    from estimators.laws.report import one_line

    found = laws.report(
        estimator, only=only, without=without or (), examples=examples, seed=seed,
        progress=lambda row: console.print(one_line(row), highlight=False, soft_wrap=True, markup=False),
        **laws.claims_written(claim or ()),
    )  # fmt: skip
    for row in found.rows:
        if row.broken is not None:
            console.print(f"\n{row.broken}", highlight=False, soft_wrap=True, markup=False)
    counts = {"held": len(found.held), "broken": len(found.broken), "not tested": len(found.left_out)}
    told = ", ".join(f"{number} {word}" for word, number in counts.items())
    console.print(f"\n{estimator}: {told}; {found.examples} surveys a law, {found.seconds:.0f} s", highlight=False)
    if found.broken:
        raise typer.Exit(1)


def _show(estimates: "pd.DataFrame") -> None:
    shown = Table("method", "target", "value", "se", "lower", "upper", "p", "status", box=None)
    for row in estimates.to_dict("records"):
        shown.add_row(*(cell if isinstance(cell, str) else _number(cell) for cell in row.values()))
    console.print(shown)


def _number(value: float) -> str:
    return "" if math.isnan(value) else f"{value:.4f}"


def _write_report(folder: Path) -> None:
    import reports

    with console.status("writing the report ..."):
        path = reports.write(folder)
    console.print(f"report: {path}", highlight=False, soft_wrap=True)


def main() -> None:
    """Run the command; wrong input ends with one message and exit code 2."""
    try:
        app()
    except InputError as error:
        Console(stderr=True, emoji=False).print(
            f"loadstone: {error}", style="bold red", highlight=False, markup=False, soft_wrap=True
        )
        sys.exit(2)


if __name__ == "__main__":
    main()
