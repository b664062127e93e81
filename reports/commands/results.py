"""The commands on finished results: set two folders side by side, pack one into an archive."""

from pathlib import Path
from typing import Annotated

import typer

from reports.commands.options import Out, Quick, StudyName, out_folder
from reports.commands.output import console, tell_written


def compare(
    first: Annotated[Path, typer.Argument(help="a results folder")],
    second: Annotated[Path, typer.Argument(help="another one, such as of another version, seed or design")],
    cells: Annotated[
        list[str] | None, typer.Option(help="cells that belong together, such as 1:3; may be repeated")
    ] = None,
    level: Annotated[
        float, typer.Option(help="probability that anything is called different where nothing is, all taken together")
    ] = 0.05,
    out: Annotated[Path | None, out_folder("folder for compare.html and compare.csv")] = None,
) -> None:
    """Set two results folders side by side: what differs beyond chance, paired where they drew the same data sets."""
    from reports.contrast import door
    from reports.contrast import files as contrast_files
    from reports.contrast import text as contrast_text

    found = door.contrast(first, second, cells or (), level)
    written = [] if out is None else contrast_files.write(found, out)
    contrast_text.show(found, console)
    tell_written(written)


def pack(
    study: StudyName,
    quick: Quick = False,
    out: Out = None,
    to: Annotated[
        Path | None, typer.Option("--to", help="the archive (.zip), or a folder for it (default: NAME.zip here)")
    ] = None,
    estimates: Annotated[bool, typer.Option("--estimates", help="pack every raw estimate too")] = False,
) -> None:
    """Pack a study that has run into one archive (RO-Crate) from which it runs again on another machine."""
    from benchmarks.archive import pack as packing
    from benchmarks.stored import mark
    from benchmarks.study.study import load

    loaded = load(study, quick, code="leave")
    folder = out or Path("results") / loaded.name
    told = mark.check_described(folder, loaded, f"{study} --quick" if quick else study)
    place = packing.place_of(loaded, to)
    archive = packing.pack(loaded, study, folder, place, estimates)
    tell_written([archive])
    if told:
        console.print(f"note: {told}", highlight=False, soft_wrap=True)
