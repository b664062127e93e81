"""What readers see. This room reads the stored results of a study and never estimates."""

from pathlib import Path


def write(folder: Path) -> Path:
    """Write report.html, tables/ (CSV, LaTeX) and figures/ (SVG) from the results in `folder`; the page's path.

    Reads study.json and measures.parquet. The same results give the same files to the last byte. Raises InputError
    where the results are missing or damaged, or a file cannot be written; then nothing is replaced.
    """
    from benchmarks.files import write_whole
    from reports.book.contents import contents
    from reports.results import read

    write_whole({folder / name: text.encode() for name, text in contents(read(folder)).items()})
    return folder / "report.html"
