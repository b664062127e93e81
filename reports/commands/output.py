"""What the commands print: the terminal that they share, and lines that several of them end with."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from rich.console import Console

console = Console(emoji=False, markup=False)


def tell_written(paths: Iterable[Path]) -> None:
    """A line for each file that was written."""
    for path in paths:
        console.print(f"written: {path}", highlight=False, soft_wrap=True)


def write_report(folder: Path, named: Path | None = None, forms: Sequence[str] = ("html",)) -> None:
    """Write the report of results; `named` is the folder in the user's words, `forms` what is written."""
    import reports
    from benchmarks.run.progress import Steps
    from reports.book.forms import FORMS

    with Steps(console, "writing the report ...") as steps:
        path = reports.write(folder, forms, steps.tell)
    console.print(f"report: {(named or folder) / path.name}", highlight=False, soft_wrap=True)
    tell_written((named or folder) / FORMS[form][0] for form in forms if form in FORMS)
