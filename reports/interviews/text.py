"""One's own table of interviews, and known populations of themes, on the terminal and as files."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.text import Text

from benchmarks.cells import harmless_frame
from benchmarks.files import write_folder, write_whole
from benchmarks.portraits.interviews import Estimated
from benchmarks.portraits.theme_portrait import ThemePortrait
from reports.interviews.sentences import named
from reports.printing import as_json
from reports.printing.latextable import as_latex
from reports.printing.terminal import print_table
from reports.printing.typeset import Column, Entry, Table, as_csv
from sim.errors import InputError

_NUMBERS = tuple(Column(name, "coefficient") for name in ("estimate", "SE", "lower", "upper"))


def estimates(estimated: Estimated) -> Table:
    """Every method's estimates, grouped by what they are of."""
    rows: list[tuple[Entry, ...]] = []
    for target, of_target in estimated.estimates.groupby("target", sort=False):
        for _, row in of_target.iterrows():
            numbers = (float(row[part]) for part in ("value", "se", "lower", "upper"))
            rows.append((named(str(target)), estimated.labels[row["method"]], *numbers))
    note = f"Intervals: {estimated.level:.0%}. A dash: the method gives none."
    title = "What the interviews say of the themes that nobody told yet"
    return Table("themes", title, note, (Column("Estimand"), Column("Method"), *_NUMBERS), tuple(rows), grouped=True)


def show_estimates(estimated: Estimated, console: Console) -> None:
    """Print what the table holds, then the estimates."""
    table, frequencies = estimated.table, estimated.frequencies
    console.print(
        Text.assemble(
            (estimated.name, "bold"),
            f": {len(table.respondents)} interviews, {len(table.themes)} themes, {int(table.told.sum())} mentions; "
            f"themes of one interview: {frequencies[0]}, of two: {frequencies[1]}",
        )
    )
    print_table(console, estimates(estimated))


def write_estimates(estimated: Estimated, out: Path) -> Path:
    """Write the estimates as CSV, or as a LaTeX table, by the ending. Raises InputError for any other."""
    if out.suffix not in (".csv", ".tex"):
        raise InputError(f"--out {out}: give a file that ends in .csv or .tex")
    csv = harmless_frame(estimated.estimates).to_csv(index=False, lineterminator="\n")
    text = csv if out.suffix == ".csv" else as_latex(estimates(estimated), estimated.name)
    write_whole({out: text.encode()})
    return out


def curve(portrait: ThemePortrait) -> Table:
    """What interviews tell of the population on average."""
    rows = tuple((n, *values) for n, *values in portrait.curve)
    columns = (
        Column("interviews", "count"),
        Column("themes found", "coefficient"),
        Column("known", "coefficient", hint="share of all themes"),
        Column("coverage", "coefficient", hint="share of all that interviews tell"),
        Column("new in the next", "coefficient"),
    )
    return Table("curve", "What interviews tell on average", "Exact, from the prevalences.", columns, rows)


def prevalences(portrait: ThemePortrait) -> Table:
    """Prevalence of every theme."""
    p = portrait.population
    rows = tuple((name, float(value)) for name, value in zip(p.themes, p.prevalences, strict=True))
    columns = (Column("Theme"), Column("prevalence", "coefficient", hint="share of all interviews that bring it up"))
    return Table("prevalences", "Prevalences", "", columns, rows)


def show_population(portrait: ThemePortrait, console: Console) -> None:
    """Print the population's title, source and notes, then its tables."""
    content: Mapping[str, object] = portrait.content
    console.print(Text.assemble((portrait.population.name, "bold"), f": {content['title']}"))
    levels = ", ".join(f"{factor} {level}" for factor, level in portrait.levels.items())
    number = f"{len(portrait.population.prevalences)} themes{f' ({levels})' if levels else ''}"
    needed = ", ".join(f"{share:.0%} after {t:.1f}" for share, t in portrait.needed)
    console.print(Text(f"{number}; of all themes are found on average {needed} interviews"))
    console.print(Text(f"Source: {portrait.population.source}"))
    notes = content.get("notes", [])
    for note in notes if isinstance(notes, list) else []:
        console.print(Text(f"- {note}"))
    for table in (curve(portrait), prevalences(portrait)):
        print_table(console, table)


def as_data(portrait: ThemePortrait) -> dict[str, Any]:
    """What is known of the population as plain data: what it is, its prevalences, and what interviews tell of it."""
    columns = ("interviews", "themes_found", "share_known", "coverage", "new_in_the_next")
    return {
        "name": portrait.population.name,
        "title": portrait.content["title"],
        "source": portrait.population.source,
        "levels": portrait.levels,
        "prevalences": list(portrait.population.prevalences),
        "curve": as_json.records(columns, portrait.curve),
        "interviews_needed": as_json.records(("share", "interviews"), portrait.needed),
    }


def write_population(portrait: ThemePortrait, folder: Path) -> list[Path]:
    """Write curve.csv and prevalences.csv into the folder, both or none."""
    return write_folder(folder, {f"{made.name}.csv": as_csv(made) for made in (curve(portrait), prevalences(portrait))})
