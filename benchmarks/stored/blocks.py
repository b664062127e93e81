"""Blocks of estimates as Parquet files that say whose they are, checked against their place on every read."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.schema import BLOCK, MEANINGS, meanings
from benchmarks.stored import mark
from benchmarks.study.cells.cell import Cell
from benchmarks.study.study import Study
from sim.errors import InputError

#: Under this key a file's metadata say where it belongs.
KEY = b"loadstone"
#: Blocks that are put together into one file when all of them are there.
GROUP = 64


def block_path(folder: Path, cell: int, block: int) -> Path:
    """Where a block of a cell is stored while its group is not complete."""
    return cell_folder(folder, cell) / f"block-{block:06d}.parquet"


def group_path(folder: Path, cell: int, group: int) -> Path:
    """Where a complete group of blocks of a cell is stored."""
    return cell_folder(folder, cell) / f"blocks-{group * GROUP:06d}-{(group + 1) * GROUP - 1:06d}.parquet"


def cell_folder(folder: Path, cell: int) -> Path:
    """Where the blocks of a cell are stored."""
    return folder / "blocks" / f"cell-{cell:04d}"


def place_of(study: Study, cell: Cell, block: int) -> dict[str, Any]:
    """Which block it is: of which study and cell, with its seed, the versions and the code."""
    of_study = {key: value for key, value in mark.of(study).items() if key not in ("name", "definition", "shard")}
    return {**of_study, "cell": cell.number, "cell_key": cell.key, "block": block}


def as_file(study: Study, cell: Cell, block: int, table: pa.Table, faults: Mapping[str, str]) -> bytes:
    """A block as Parquet with a checksum on every page, and its place and the checksum of its content in the metadata.

    faults: the first traceback of each method that raised an error.
    """
    proof = {**place_of(study, cell, block), "content": digest(table), "faults": dict(faults)}
    sink = pa.BufferOutputStream()
    marked = table.replace_schema_metadata({KEY: mark.sealed(proof), MEANINGS: meanings(BLOCK)})
    pq.write_table(marked, sink, compression="zstd", write_page_checksum=True)
    content: bytes = sink.getvalue().to_pybytes()
    return content


def digest(table: pa.Table) -> str:
    """sha256 of a table's columns: names, types and every value."""
    found = hashlib.sha256()
    for name, column in zip(table.column_names, table.columns, strict=True):
        found.update(f"{name}\0{column.type}\0{len(column)}\0".encode())
        if pa.types.is_string(column.type):
            found.update(json.dumps(column.to_pylist()).encode())
        else:
            found.update(np.ascontiguousarray(column.to_numpy()).tobytes())
    return found.hexdigest()


@dataclass(frozen=True)
class Block:
    """A stored block: its table, and the first traceback of each method that raised an error."""

    table: pa.Table
    faults: Mapping[str, str]


def read(path: Path, proof: bytes | None, place: Mapping[str, Any], table: pa.Table) -> Block:
    """A block from its table and the proof that came with it, held against its place. Raises InputError."""
    told = told_place(path, proof)
    differing = [key for key in place if told.get(key) != place[key]]
    if differing:
        raise strange(path, told, place, differing)
    if told.get("content") != digest(table):
        raise damaged(path, "its content is not what was written")
    return Block(table, told["faults"])


def told_place(path: Path, proof: bytes | None) -> dict[str, Any]:
    """What a block's proof says. Raises InputError where there is none or it is damaged."""
    if proof is None:
        raise damaged(path, "it does not say whose it is")
    try:
        return mark.unsealed(proof)
    except (ValueError, RecursionError) as error:
        raise damaged(path, str(error)) from None


def strange(path: Path, told: Mapping[str, Any], place: Mapping[str, Any], keys: list[str]) -> InputError:
    """The message about a block that stands where it does not belong."""
    what = "; ".join(f"{key}: {_short(told.get(key))} in the file, {_short(place[key])} is needed" for key in keys[:3])
    return InputError(
        f"result file {path} does not belong where it stands: its columns and numbers are another block's ({what}); "
        "delete it and `loadstone run` the study again"
    )


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return text if len(text) < 70 else f"{text[:24]}..."


def damaged(path: Path, told: str) -> InputError:
    """The message about a file that cannot be read as it was written."""
    first = (told.splitlines() or [""])[0][:120]
    return InputError(f"result file {path} is damaged ({first}); delete it and `loadstone run` the study again")
