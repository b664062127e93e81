"""What a dry run tells: a line for each cell, and the whole."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.run import capacity
from benchmarks.run.capacity import Expected, gigabytes
from benchmarks.run.progress import clock
from benchmarks.study.study import Study
from reports.commands.output import console
from sim.errors import counted


def tell(study: Study, workers: int, folder: Path) -> None:
    """What a study would take, from one block of every cell."""
    with console.status("estimating one block of every cell ..."):
        found = capacity.dry_run(study, workers)
    for line in lines(found, workers, capacity.free_disk(folder)):
        console.print(line, highlight=False, soft_wrap=True)


def lines(found: Sequence[Expected], workers: int, free: int) -> Iterator[str]:
    """Replications, time on one worker and disk of each cell; then all of them, and the time on so many workers."""
    for each in found:
        yield (
            f"cell {each.cell.number} ({each.cell.label}): {each.replications:,} replications, "
            f"{clock(each.seconds)} on one worker, {_size(each.size)}"
            + (f"; furthest is {each.furthest.words}, after one block" if each.furthest else "")
        )
    seconds, size = sum(each.seconds for each in found), sum(each.size for each in found)
    yield (
        f"{counted(len(found), 'cell')}, {sum(each.replications for each in found):,} replications, about "
        f"{clock(seconds / workers)} on {counted(workers, 'worker')}, {_size(size)} of disk ({gigabytes(free)} free). "
        "Nothing was stored."
    )


def _size(size: float) -> str:
    """`9.1 MB`."""
    return gigabytes(size) if size >= 1e9 else f"{size / 1e6:.1f} MB"
