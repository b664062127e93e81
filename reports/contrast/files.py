"""A comparison of two results folders as files: a page, and every number as CSV."""

from pathlib import Path

from benchmarks.files import write_folder
from reports.contrast.words import Contrast, lead, sentences, table
from reports.printing import pages

#: Rows of a table that stand on the page; the file has all of them.
_MOST = 500


def write(contrast: Contrast, folder: Path) -> list[Path]:
    """Write compare.html and compare.csv into a folder; their paths. Raises InputError where they cannot be."""
    return write_folder(folder, {"compare.html": page(contrast), "compare.csv": as_csv(contrast)})


def as_csv(contrast: Contrast) -> str:
    """Every comparison with its numbers in full."""
    return contrast.rows.to_csv(index=False, lineterminator="\n")


def page(contrast: Contrast) -> str:
    """The whole page as text."""
    found = table(contrast)
    return (
        pages.environment()
        .get_template("compare.html.j2")
        .render(
            studies=(contrast.first.study, contrast.second.study),
            lead=lead(contrast),
            sentences=sentences(contrast),
            found=found.first(_MOST) if found.rows else None,
            left=max(len(found.rows) - _MOST, 0),
            css=pages.text("report.css"),
        )
    )
