"""A comparison of two results folders on the terminal."""

from rich.console import Console

from reports.contrast.words import Contrast, lead, sentences, table
from reports.printing.terminal import print_lines, print_table

#: Rows that are shown; `--out` writes all of them.
_MOST = 40


def show(contrast: Contrast, console: Console) -> None:
    """Print what was compared, the answer, and what differs beyond chance."""
    print_lines(console, [lead(contrast), *sentences(contrast)])
    found = table(contrast)
    if found.rows:
        print_table(console, found.first(_MOST))
        if len(found.rows) > _MOST:
            print_lines(console, [f"{len(found.rows) - _MOST:,} more; --out FOLDER writes all of them"])
