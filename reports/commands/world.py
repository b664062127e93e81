"""The commands on what is known or published: lists, populations, tables of papers, themes of interviews."""

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from reports.commands.options import AsJson, TableName, out_folder, population_argument
from reports.commands.output import console, tell_written


def list_all(json: AsJson = False) -> None:
    """Show the studies, populations and methods there are."""
    from benchmarks.study import study
    from benchmarks.study.form.studyfile import read
    from estimators import outside
    from estimators.catalogue import ESTIMATORS
    from estimators.richness.catalogue import RICHNESS
    from reports.printing import as_json
    from sim import catalogue

    brought = {name: f"from outside: {point.value}" for name, point in outside.installed().items()}
    rows = {
        "Studies": {name: str(read(study.locate(name))["aims"]["title"]) for name in study.names()},
        "Populations": {name: str(catalogue.entry(name)["title"]) for name in catalogue.names()},
        "Populations of themes": {name: str(catalogue.entry(name)["title"]) for name in catalogue.theme_names()},
        "Methods": brought | {name: entry.description for name, entry in ESTIMATORS.items()},
        "Methods for interviews": {name: entry.description for name, entry in RICHNESS.items()},
    }
    if json:
        typer.echo(as_json.text({heading.lower(): entries for heading, entries in rows.items()}), nl=False)
        return
    for heading, entries in rows.items():
        table = Table(title=heading, title_justify="left", show_header=False, box=None, padding=(0, 2))
        for name, text in entries.items():
            table.add_row(name, text)
        console.print(table)


def show(
    population: Annotated[
        str,
        population_argument("a population that `loadstone list` shows, or the path of a population file (.toml)"),
    ],
    level: Annotated[
        list[str] | None, typer.Option(help="a level of what it leaves open, such as effect=small; may be repeated")
    ] = None,
    out: Annotated[Path | None, out_folder("folder for show.html, show.svg and show.csv")] = None,
    json: AsJson = False,
) -> None:
    """Show a known population: its path diagram, its parameters, and what the cut and the methods make of them."""
    from benchmarks.portraits.portrait import portrait
    from benchmarks.portraits.theme_portrait import theme_portrait
    from reports.interviews import text as interviews_text
    from reports.printing import as_json
    from reports.show import files as show_files
    from reports.show import text as show_text

    if themes := theme_portrait(population, level or ()):
        written = [] if out is None else interviews_text.write_population(themes, out)
        if json:
            typer.echo(as_json.text(interviews_text.as_data(themes)), nl=False)
            return
        interviews_text.show_population(themes, console)
    else:
        shown = portrait(population, level or ())
        written = [] if out is None else show_files.write(shown, out)
        if json:
            typer.echo(as_json.text(show_files.as_data(shown)), nl=False)
            return
        show_text.show(shown, console)
    tell_written(written)


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


def reconstruct(
    table: TableName,
    out: Annotated[
        Path | None,
        out_folder("folder for reconstruct.html, reconstruct.csv and population.toml"),
    ] = None,
) -> None:
    """Check a published table against itself and build the set of populations that could have given it."""
    from benchmarks.portraits import from_table
    from benchmarks.run.progress import Steps
    from reports.reconstruction import files as reconstruction_files
    from reports.reconstruction import text as reconstruction_text
    from sim.tables.reading.named import locate

    with Steps(console, "reading ...") as steps:
        found = from_table.reconstruct(locate(table), steps.tell)
    written = [] if out is None else reconstruction_files.write(found, out)
    reconstruction_text.show(found, console)
    tell_written(written)
