"""What readers see. This room reads the stored results of a study and never estimates."""

from collections.abc import Callable
from pathlib import Path


def write(folder: Path, progress: Callable[[str], None] = lambda told: None) -> Path:
    """Write report.html, tables/ (CSV, LaTeX) and figures/ (SVG) from the results in `folder`; the page's path.

    Reads study.json and measures.parquet. The same results give the same files to the last byte, and files of an
    older report that this one has not are removed. Raises InputError where the results are missing or damaged, are
    being written by another program, or a file cannot be written; then nothing is replaced. progress: hears how
    far it is.
    """
    from benchmarks.stored import checksums
    from benchmarks.stored.lock import Lock
    from reports.book.contents import contents
    from reports.results import FILES, read

    results = read(folder)
    texts = contents(results, progress)
    with Lock(folder):
        checksums.check(folder, [name for name in FILES if name in checksums.read(folder)])
        files = {name: text.encode("utf-8", "backslashreplace") for name, text in texts.items()}
        checksums.write_with(folder, files, kept=FILES)
    return folder / "report.html"
