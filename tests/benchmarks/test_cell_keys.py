"""A lock: cells of the catalogue's studies keep their keys, and so their random numbers, whatever study files learn."""

import json
from pathlib import Path

import pytest

from benchmarks.study import study

#: The first 16 digits of every cell's key, whole studies and quick ones, as of 22 November 2026.
KEYS: dict[str, list[str]] = json.loads(Path(__file__).with_name("cell_keys.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", [name for name in KEYS if not name.endswith("-quick")])
def test_the_cells_of_a_study_keep_their_keys(name: str) -> None:
    for quick in (False, True):
        found = study.load(name, quick)
        assert [cell.key[:16] for cell in found.cells] == KEYS[found.name]
