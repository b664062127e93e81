"""A reconstruction as files: a page, every number, and the population file that a study can use."""

from pathlib import Path

from benchmarks.files import write_folder
from benchmarks.portraits.from_table import Reconstruction
from reports.printing.numbers import full
from reports.printing.typeset import csv_text
from reports.reconstruction import page as reconstruction_page
from sim.tables.tablepopulation import as_toml


def write(found: Reconstruction, folder: Path) -> list[Path]:
    """Write reconstruct.html, reconstruct.csv and, where there are populations, population.toml: all or none.

    Raises InputError where they cannot be written.
    """
    texts = {"reconstruct.html": reconstruction_page.page(found), "reconstruct.csv": as_csv(found)}
    if not found.refusal:
        texts["population.toml"] = as_toml(found.table, found.span)
    return write_folder(folder, texts)


def as_csv(found: Reconstruction) -> str:
    """One line a check, a printed number or a true value, with the default, lowest and highest over the set."""
    rows: list[list[str]] = [["about", "kind", "printed", "possible", "verdict", "default", "lowest", "highest"]]
    rows += [[f.about, f.check, f.given, f.possible, f.severity.word, "", "", ""] for f in found.findings]
    for row in found.returned:
        met = "met" if row.is_met else "nearly met"
        ends = (row.values[0], row.values.min(), row.values.max())
        rows.append([row.quantity, "printed again", str(row.printed), "", met, *map(full, ends)])
    for each in found.truths:
        ends = (each.default, each.values.min(), each.values.max())
        name = each.target.name if each.target else each.construct
        rows.append([name, "true value" if each.target else "true loadings", "", "", "", *map(full, ends)])
    return csv_text(rows)
