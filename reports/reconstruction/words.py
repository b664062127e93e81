"""What is said of a reconstruction in words: the table, its verdict, what is open, and what the columns mean."""

from math import isfinite

from benchmarks.portraits.from_table import METHODS, Reconstruction
from estimators.catalogue import ESTIMATORS
from reports.printing.numbers import number
from sim.errors import counted
from sim.tables.bounds.consistency import Severity


def lead(found: Reconstruction) -> str:
    """The table in one line."""
    table, model = found.table, found.table.model
    told = [
        f"{counted(len(model.constructs), 'construct')}, {counted(len(model.paths), 'path')}, "
        f"{sum(block.k for block in table.reported.values())} of {len(model.items)} items kept"
    ]
    told += [f"n = {table.n}"] if table.n else []
    told += [f"{table.points} scale points"] if table.points else ["no scale points given: answers without a cut"]
    return "; ".join([*told, f"method: {ESTIMATORS[METHODS[table.method]].label}"])


def verdict(found: Reconstruction) -> str:
    """What the checks come to."""
    counts = {each: sum(finding.severity == each for finding in found.findings) for each in Severity}
    if not found.findings:
        return "The table's numbers do not bear on each other: nothing can be checked."
    checks = counted(len(found.findings), "check")
    if counts[Severity.IMPOSSIBLE]:
        return f"The table contradicts itself: {counts[Severity.IMPOSSIBLE]} of {checks} impossible."
    if counts[Severity.STRAINED]:
        return f"No contradiction, but {counts[Severity.STRAINED]} of {checks} strained."
    return f"No contradiction: {checks}, all fine."


def outcome(found: Reconstruction) -> list[str]:
    """Whether there are populations, and how well they give the table again."""
    if found.refusal:
        return [f"No population: {found.refusal.rstrip('.')}."]
    if not found.returned:
        return [
            "Populations were found, but the method cannot be run on this model (it needs every construct on a path)."
        ]
    told = [f"Run at {found.points} points of the set, the method gives"]
    if not found.nearly:
        return [f"{told[0]} every printed number again, within its rounding."]
    missed = [row for row in found.nearly if isfinite(row.largest_miss)]
    if len(missed) < len(found.nearly):
        return [
            f"At some of {found.points} points of the set the method gives nothing: a construct is hardly related to "
            "any other there."
        ]
    named = ", ".join(f"{row.quantity} by {number(row.largest_miss * row.printed.half, 4)}" for row in missed)
    return [
        f"{told[0]} {len(found.returned) - len(found.nearly)} of {len(found.returned)} printed numbers within their "
        f"rounding at every point; nearly met, and missed at most: {named}.",
        *_why(found),
    ]


def _why(found: Reconstruction) -> list[str]:
    blocks = [b.reported.construct for b in found.blocks if b.nearest_miss is not None and b.nearest_miss > 1]
    if not blocks:
        return []
    return [
        f"No block of one factor gives alpha beside the other numbers of {', '.join(blocks)} exactly: a sample's "
        "weights are never exactly proportional to its loadings. The nearest blocks are taken, with alpha giving way."
    ]


def cautions(found: Reconstruction) -> list[str]:
    """What the set takes for granted."""
    table = found.table
    told = [
        "Taken for granted: constructs are common factors, items of a block have one factor and unrelated errors, "
        "paths that are not printed are positive, loadings within a block are equally spaced unless printed."
    ]
    unnamed = [block.construct for block in table.reported.values() if block.dropped and not block.dropped_named]
    if unnamed:
        told.append(f"Which items of {', '.join(unnamed)} were dropped is not printed; the last ones stand for them.")
    if not found.span.complete:
        told.append("Of the levels' combinations, only some were tried.")
    return told


#: What the columns of the tables mean.
COLUMNS = (
    "Printed numbers stand for everything that rounds to them. Impossible: no data have these numbers together. "
    "Strained: some have, but only odd ones, as the reason tells."
)
