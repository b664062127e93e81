"""What readers see. This room reads the stored results of a study and never estimates."""

from collections.abc import Callable, Sequence
from pathlib import Path


def write(folder: Path, forms: Sequence[str] = ("html",), progress: Callable[[str], None] = lambda told: None) -> Path:
    """Write report.html, tables/ (CSV, LaTeX) and figures/ (SVG, PDF) from the results in `folder`; the page's path.

    forms: what is written beside, `docx` (report.docx) or `tex` (report.tex). progress: hears how far it is. Reads
    study.json and what is stored beside it. The same results give the same files to the last byte, and files of an
    older report that this one has not are removed. Raises InputError where the results are missing or damaged, are
    being written by another program, or a file cannot be written; then nothing is replaced.
    """
    from benchmarks.stored import checksums
    from benchmarks.stored.lock import Lock
    from reports.book.contents import contents, drawings
    from reports.book.forms import files as beside
    from reports.results import FILES, read

    results = read(folder)
    texts, further = contents(results, progress), beside(results, forms)
    with Lock(folder):
        checksums.check(folder, [name for name in FILES if name in checksums.read(folder)])
        files = {name: text.encode("utf-8", "backslashreplace") for name, text in texts.items()}
        files |= further | drawings(texts)
        checksums.write_with(folder, files, kept=FILES)
    return folder / "report.html"
