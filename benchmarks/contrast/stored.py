"""Estimates of a results folder, read without the study that made them: each block proves itself."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.stored import blocks, mark
from benchmarks.stored.blocks import KEY
from sim.errors import InputError

#: Seed and key of a cell: two folders that agree in both hold the same replications.
Streams = tuple[int, str]


def of_cell(folder: Path, cell: int, replications: int) -> tuple[dict[str, pd.DataFrame], Streams]:
    """The estimates of a cell by method, replications in order, and where its random streams are.

    Of every method the first `replications` are given. Raises InputError where blocks are missing or damaged.
    """
    place = blocks.cell_folder(folder, cell)
    paths = sorted(place.glob("*.parquet")) if place.is_dir() else []
    if not paths:
        raise InputError(
            f"{place} has no raw estimates, which a comparison needs; `loadstone run` the study again: only what is "
            "missing is computed"
        )
    found = [table for path in paths for table in _tables(path, cell)]
    tables, streams = [table for table, _ in found], found[0][1]
    whole = pa.concat_tables(tables).to_pandas()
    whole = whole[whole["replication"] < replications]
    by_method = {
        str(name): table.sort_values("replication", kind="stable").reset_index(drop=True)
        for name, table in whole.groupby("method", sort=False)
    }
    for name, table in by_method.items():
        if not np.array_equal(table["replication"].to_numpy(), np.arange(replications)):
            raise InputError(
                f"{place} has {len(table)} of {replications} replications of method {name}; `loadstone run` the study "
                "again: only what is missing is computed"
            )
    return by_method, streams


def _tables(path: Path, cell: int) -> Iterator[tuple[pa.Table, Streams]]:
    """The blocks in a file, each held against the checksum of its content."""
    try:
        with pq.ParquetFile(path, page_checksum_verification=True) as file:
            told = blocks.told_place(path, (file.schema_arrow.metadata or {}).get(KEY))
            proofs: list[Any] = told.get("blocks", [None])
            for place, proof in enumerate(proofs):
                own = told if proof is None else mark.unsealed(proof)
                table = (file.read() if proof is None else file.read_row_group(place)).replace_schema_metadata(None)
                if own["content"] != blocks.digest(table) or own["cell"] != cell:
                    raise blocks.damaged(path, "its content is not what was written")
                yield table, (int(own["seed"]), str(own["cell_key"]))
    except (OSError, ValueError, pa.ArrowException, KeyError, TypeError, RecursionError) as error:
        if isinstance(error, InputError):
            raise
        raise blocks.damaged(path, str(error)) from None
