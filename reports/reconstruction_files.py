"""A reconstruction as files: a page, every number, and the population file that a study can use."""

import csv
import io
import math
from pathlib import Path

from benchmarks.files import write_whole
from benchmarks.from_table import Reconstruction
from reports import reconstruction_page
from sim.errors import InputError
from sim.tablepopulation import as_toml


def write(found: Reconstruction, folder: Path) -> list[Path]:
    """Write reconstruct.html, reconstruct.csv and, where there are populations, population.toml: all or none.

    Raises InputError where they cannot be written.
    """
    if folder.is_file():
        raise InputError(f"--out {folder} is a file; give a folder")
    contents = {folder / "reconstruct.html": reconstruction_page.page(found), folder / "reconstruct.csv": as_csv(found)}
    if not found.refusal:
        contents[folder / "population.toml"] = as_toml(found.table, found.span)
    write_whole({path: text.encode() for path, text in contents.items()})
    return list(contents)


def as_csv(found: Reconstruction) -> str:
    """One line a check, a printed number or a true value, with the default, lowest and highest over the set."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["about", "kind", "printed", "possible", "verdict", "default", "lowest", "highest"])
    for f in found.findings:
        writer.writerow([f.about, f.check, f.given, f.possible, f.severity.word, "", "", ""])
    for row in found.returned:
        met = "met" if row.is_met else "nearly met"
        ends = (row.values[0], row.values.min(), row.values.max())
        writer.writerow([row.quantity, "printed again", row.printed, "", met, *map(_full, ends)])
    for each in found.truths:
        ends = (each.default, each.values.min(), each.values.max())
        name = each.target.name if each.target else each.construct
        writer.writerow([name, "true value" if each.target else "true loadings", "", "", "", *map(_full, ends)])
    return out.getvalue()


def _full(value: float) -> str:
    return repr(float(value)) if math.isfinite(value) else ""
