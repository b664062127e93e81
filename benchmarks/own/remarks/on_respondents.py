"""Remarks on respondents: the same answer to everything, and rows that stand there twice."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from benchmarks.own.remarks.answered import Answered
from sim.errors import counted

#: Items from which equal answers to all of them say something.
_ITEMS = 6


def straight_lined(seen: Answered) -> Iterator[str]:
    """Respondents who gave one answer to every item."""
    if len(seen.items) < _ITEMS:
        return
    rows = np.flatnonzero(_is_straight(seen))
    if rows.size:
        yield f"{counted(rows.size, 'respondent')} gave one answer to all {len(seen.items)} items ({seen.places(rows)})"


def duplicates(seen: Answered) -> Iterator[str]:
    """Respondents whose answers to all items are those of somebody before them, straight-lined ones left out."""
    if len(seen.items) < _ITEMS:
        return
    keys = np.concatenate([_keys(part) for part in seen.parts()] or [np.zeros(0, dtype=np.uint64)])
    order = np.argsort(keys, kind="stable")
    again = np.zeros(len(keys), dtype=bool)
    again[order[1:]] = keys[order[1:]] == keys[order[:-1]]
    chance = sum(float(np.sum((counts / counts.sum()) ** 2) < 0.9) for _, counts in seen.tallies if counts.size)
    rows = np.flatnonzero(again & seen.complete & ~_is_straight(seen))
    if rows.size and chance >= _ITEMS / 2:
        yield (
            f"{counted(rows.size, 'respondent')} answered every item as somebody before did "
            f"({seen.places(rows)}): entered "
            "twice?"
        )


def _is_straight(seen: Answered) -> NDArray[np.bool_]:
    parts = [(part == part[:, :1]).all(axis=1) for part in seen.parts()]
    return np.concatenate(parts or [np.zeros(0, dtype=bool)])


def _keys(part: NDArray[np.float64]) -> NDArray[np.uint64]:
    """A number for each row, the same for equal rows (n,)."""
    bits = np.ascontiguousarray(np.where(np.isnan(part), -1e300, part) + 0.0).view(np.uint64)
    keys = np.zeros(len(part), dtype=np.uint64)
    for column in bits.T:
        keys = (keys ^ (column * np.uint64(0x9E3779B97F4A7C15))) * np.uint64(0xBF58476D1CE4E5B9)
        keys ^= keys >> np.uint64(29)
    return keys
