"""The first look at a survey as files: a page, and a table of every item."""

from collections.abc import Callable
from pathlib import Path

from benchmarks.files import by_ending, write_whole
from benchmarks.own.looking import Look
from reports.look.words import ItemRow, item_rows, summary
from reports.printing import pages
from reports.printing.numbers import full, number
from reports.printing.typeset import csv_text

#: Width of a bar's picture and height of its highest bar, in pixels.
_WIDTH, _HEIGHT = 132, 26


def write(look: Look, out: Path) -> list[Path]:
    """Write look.html and look.csv into the folder `out`, or the one file that `out` is by its ending.

    All are written or none. Raises InputError where they cannot be.
    """
    chosen = by_ending(out, "look", FORMS)
    write_whole({path: form(look).encode() for path, form in chosen.items()})
    return list(chosen)


def as_csv(look: Look) -> str:
    """A line for every item: construct, item, n, missing, mean, sd, answers."""
    rows = [["construct", "item", "n", "missing", "mean", "sd", "answers"]]
    for row in item_rows(look):
        rows.append([row.construct, row.item, str(row.n), str(row.missing), full(row.mean), full(row.sd), row.words])
    return csv_text(rows)


def page(look: Look) -> str:
    """The whole page as text."""
    return (
        pages.environment()
        .get_template("look.html.j2")
        .render(
            name=look.name,
            summary=summary(look),
            read=look.answers.words,
            remarks=look.remarks,
            rows=item_rows(look),
            number=number,
            bars=_bars,
            with_model=look.answered.model is not None,
            css=pages.text("report.css", "look.css"),
        )
    )


def _bars(row: ItemRow) -> str:
    """The shares as bars beside each other, as an SVG path in a box of 132 x 26."""
    top = max(row.shares, default=0.0) or 1.0
    step = _WIDTH / max(len(row.shares), 1)
    return " ".join(
        f"M{k * step + 1:.1f} {_HEIGHT}V{_HEIGHT - _HEIGHT * share / top:.1f}H{(k + 1) * step - 1:.1f}V{_HEIGHT}Z"
        for k, share in enumerate(row.shares)
        if share
    )


#: What is written, by the ending of its file.
FORMS: dict[str, Callable[[Look], str]] = {".html": page, ".csv": as_csv}
