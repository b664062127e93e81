"""Shares of a study, computed in folders of their own, put together into one."""

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from benchmarks.files import write_whole
from benchmarks.run.runner import measure, pending, shared
from benchmarks.run.workers import available
from benchmarks.stored import mark, store
from benchmarks.stored.blocks import block_path, digest
from benchmarks.stored.lock import Lock
from benchmarks.study.cells.cell import Cell
from benchmarks.study.study import Study
from sim.errors import InputError

#: Missing blocks that are named.
_NAMED = 5


def merge(study: Study, shares: Sequence[Path], folder: Path, console: Console) -> None:
    """Copy the blocks of every share into a folder, check that all of the study's are there, and measure.

    Every block is checked against its place before it is copied; where two shares hold the same block, both must hold
    the same numbers. Raises InputError, before anything is written, where a share is of another study or a block is
    missing; the message says which shares to run.
    """
    for place in shares:
        _check(place, study, folder)
    sources = _found(study, [*shares, *([folder] if folder.is_dir() else [])])
    _check_complete(study, sources, shares)
    with Lock(folder) as lock:
        store.claim(folder, study)
        with console.status("checking and copying blocks ..."):
            for cell, block in pending(study, folder):
                lock.check()
                _copy(study, cell, block, sources[cell.number, block], folder)
            for cell in study.cells:
                store.cell_blocks(folder, study, cell).compact_all()
        with console.status("measuring bias, power and coverage ..."):
            measure(study, folder, available())


def _check(place: Path, study: Study, folder: Path) -> None:
    if place.resolve() == folder.resolve():
        raise InputError(f"{place} is the folder to merge into; name the folders of the shares only")
    stored = mark.read(place) if place.is_dir() else None
    if stored is None:
        raise InputError(f"{place} is no results folder of a share; give the folders that `run --shard` wrote")
    mark.check(place, stored, study)


def _found(study: Study, places: Sequence[Path]) -> dict[tuple[int, int], list[Path]]:
    """The folders that hold each (cell, block)."""
    found: dict[tuple[int, int], list[Path]] = {}
    for place in places:
        for cell in study.cells:
            missing = set(store.cell_blocks(place, study, cell).missing())
            for block in set(range(study.blocks)) - missing:
                found.setdefault((cell.number, block), []).append(place)
    return found


def _check_complete(study: Study, sources: dict[tuple[int, int], list[Path]], shares: Sequence[Path]) -> None:
    pairs = shared(study)
    missing = [place for place, (cell, block) in enumerate(pairs) if (cell.number, block) not in sources]
    if not missing:
        return
    named = "; ".join(f"block {pairs[k][1]} of cell {pairs[k][0].number}" for k in missing[:_NAMED])
    of = {(mark.read(place) or {}).get("shard", "").partition("/")[2] for place in shares} - {""}
    again = ""
    if len(of) == 1:
        number = int(of.pop())
        lacking = sorted({k % number + 1 for k in missing})
        again = f"; run --shard {', '.join(f'{k}/{number}' for k in lacking[:20])}"
    raise InputError(
        f"{len(missing)} of {len(pairs)} blocks are in none of the folders "
        f"({named}{', ...' if len(missing) > _NAMED else ''})"
        f"{again or '; run the shares that are missing'} and give all their folders"
    )


def _copy(study: Study, cell: Cell, block: int, places: Sequence[Path], folder: Path) -> None:
    """Copy one block, after every folder that holds it has been found to hold the same."""
    held: set[str] = set()
    for place in places:
        held.add(digest(store.cell_blocks(place, study, cell).block(block).table))
        if len(held) > 1:
            raise InputError(
                f"{places[0]} and {place} hold different numbers for block {block} of cell {cell.number}: their "
                "machines compute differently; run all shares on machines of one kind"
            )
    content = block_path(places[0], cell.number, block).read_bytes()
    write_whole({block_path(folder, cell.number, block): content}, folder)
