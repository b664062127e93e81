"""The tables of a reconstruction: checks, blocks, what is open, the printed numbers again, and the truth's range."""

from collections.abc import Sequence

from benchmarks.portraits.from_table import Reconstruction, Returned, Truth
from reports.printing.numbers import number
from reports.printing.targets import arrow
from reports.printing.typeset import Column, Entry, Table
from sim.tables.bounds.blockbounds import Interval
from sim.tables.bounds.consistency import Finding


def tables(found: Reconstruction) -> list[Table]:
    """Every table that has a row, in the order of the page."""
    built = (contradictions, opens, truths, returned, blocks, checks)
    return [table for build in built if (table := build(found).without_empty_columns()).rows]


def contradictions(found: Reconstruction) -> Table:
    """The checks that are not fine, worst first."""
    rows = sorted((f for f in found.findings if f.severity), key=lambda f: -f.severity)
    return _checks("contradictions", "What does not hold together", [(f, True) for f in rows])


def checks(found: Reconstruction) -> Table:
    """Every check."""
    return _checks("checks", "Every check", [(f, False) for f in found.findings])


def _checks(name: str, title: str, rows: Sequence[tuple[Finding, bool]]) -> Table:
    heads = ("About", "check", "printed", "possible", "verdict", "because")
    made: list[tuple[Entry, ...]] = [
        (
            f.about,
            f.check,
            f.given,
            f.possible,
            f.severity.word,
            f.reason if reasons else None,
        )
        for f, reasons in rows
    ]
    return Table(name, title, "", tuple(Column(head) for head in heads), tuple(made))


def opens(found: Reconstruction) -> Table:
    """What the table does not determine, and the levels that span it."""
    rows: list[tuple[Entry, ...]] = [
        (each.name, each.meaning, ", ".join(str(level) for level in each.levels)) for each in found.span.opens
    ]
    heads = (Column("Factor"), Column("what the table leaves open"), Column("levels, the first the default"))
    return Table("open", "What the table leaves open", "", heads, tuple(rows))


def truths(found: Reconstruction) -> Table:
    """True values before the cut over the points of the set."""
    printed = {row.quantity: str(row.printed) for row in found.returned}
    rows: list[tuple[Entry, ...]] = [
        (
            called(each),
            printed.get(each.target.name) if each.target else None,
            each.default,
            float(each.values.min()),
            float(each.values.max()),
        )
        for each in found.truths
    ]
    heads = (
        Column("True value"),
        Column("printed"),
        *(Column(head, "coefficient") for head in ("at the default", "lowest", "highest")),
    )
    return Table("truth", "What the table leaves of the truth", "", heads, tuple(rows))


def called(truth: Truth) -> str:
    """A path by its arrow, `R² of Y`, a correlation as `A ↔ B`, `loadings of F`."""
    target = truth.target
    if target is None:
        return f"loadings of {truth.construct}"
    if target.kind == "path":
        return arrow(target)
    return f"R² of {target.parts[0]}" if target.kind == "r2" else " ↔ ".join(target.parts)


def returned(found: Reconstruction) -> Table:
    """Every printed number beside what the method gives over the set."""
    rows: list[tuple[Entry, ...]] = [
        (
            row.quantity,
            str(row.printed),
            *_finer(row),
            "yes" if row.is_met else "nearly",
        )
        for row in found.returned
    ]
    heads = (
        Column("Quantity"),
        Column("printed"),
        *(Column(head) for head in ("at the default", "lowest", "highest")),
        Column("within rounding"),
    )
    return Table("returned", "The printed numbers again", "", heads, tuple(rows))


def _finer(row: Returned) -> tuple[str, str, str]:
    """Default, lowest and highest with one decimal more than the print."""
    ends = (row.values[0], row.values.min(), row.values.max())
    first, low, high = (number(float(value), row.printed.decimals + 1) for value in ends)
    return first, low, high


def blocks(found: Reconstruction) -> Table:
    """What each block's numbers determine."""
    rows: list[tuple[Entry, ...]] = [
        (
            block.reported.construct,
            block.reported.k,
            _ends(block.correlation),
            _ends(block.loading_spread),
            _ends(block.with_sum, most=1.0),
        )
        for block in found.blocks
    ]
    heads = (
        Column("Construct"),
        Column("kept items", "count"),
        Column("mean correlation of its items"),
        Column("SD of its loadings"),
        Column("composite with plain sum"),
    )
    return Table("blocks", "What the table determines of each block", "", heads, tuple(rows))


def _ends(found: Interval | None, most: float = float("inf")) -> str | None:
    return None if found is None else f"{min(found.lower, most):.3f} to {min(found.upper, most):.3f}"
