"""Stored results as tables: raw estimates and measures, written to Parquet and read back."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks import schema
from benchmarks.files import remove_leftovers, write_whole
from benchmarks.schema import PARTS
from benchmarks.stored import mark
from benchmarks.stored.blocks import block_path, damaged
from benchmarks.stored.cells import CellBlocks
from benchmarks.study.cell import Cell
from benchmarks.study.study import Study
from estimators.base import Estimates
from sim.batch import Batch, Floats
from sim.errors import InputError

__all__ = ["PARTS", "block_path", "cell_estimates", "claim", "estimates_table", "read_table", "write_table"]


def write_table(path: Path, table: pa.Table) -> None:
    """A table as Parquet, with a checksum on every page."""
    write_whole({path: parquet(table)})


def parquet(table: pa.Table) -> bytes:
    """A table as the bytes of a Parquet file, with a checksum on every page."""
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd", write_page_checksum=True)
    content: bytes = sink.getvalue().to_pybytes()
    return content


def read_table(path: Path) -> pa.Table:
    """A stored table. Raises InputError where it is missing or damaged."""
    try:
        # The default memory map would be read after the checksum; a plain read is checked.
        return pq.read_table(path, page_checksum_verification=True)
    except FileNotFoundError:
        raise InputError(f"result file {path} does not exist; `loadstone run` the study first") from None
    except (OSError, ValueError, pa.ArrowException) as error:
        raise damaged(path, str(error)) from None


def estimates_table(
    batch: Batch,
    items: Sequence[str],
    constructs: Sequence[str],
    fits: Mapping[str, Estimates],
    truths: Mapping[str, Floats] | None = None,
    handled: bool | None = None,
) -> pa.Table:
    """Every method's estimates of a batch: a row for each method and replication.

    items (p), constructs (m): what `retained` and `short` are of. truths: by target, the true values (R,) of targets
    that every data set has its own of. There is a column for the respondents left where a method handles missing
    answers (`handled`; not given: where one says how many are left).
    """
    own = {truth_column(name): values for name, values in (truths or {}).items()}
    some = any((fit.respondents >= 0).any() for fit in fits.values()) if handled is None else handled
    whole = [_method_table(name, batch, items, constructs, fit, some, own) for name, fit in fits.items()]
    return pa.concat_tables(whole)


def truth_column(target: str) -> str:
    """The column with each data set's own truth, for a target that has one."""
    return schema.TRUTH.named(target)


def _method_table(
    name: str,
    batch: Batch,
    items: Sequence[str],
    constructs: Sequence[str],
    fit: Estimates,
    handled: bool,
    truths: Mapping[str, Floats],
) -> pa.Table:
    columns: dict[str, Any] = {
        "method": pa.array([name] * len(batch)),
        "replication": batch.replications,
        "status": fit.status,
        "iterations": fit.iterations,
        "resamples": fit.resamples,
        "inadmissible_resamples": fit.inadmissible_resamples,
        **({"respondents": fit.respondents} if handled else {}),
    }
    for q, target in enumerate(fit.targets):
        columns |= {f"{part}:{target.name}": np.ascontiguousarray(getattr(fit, part)[:, q]) for part in PARTS}
    columns |= {schema.RETAINED.named(item): fit.retained[:, i].copy() for i, item in enumerate(items)}
    columns |= {schema.SHORT.named(construct): fit.short[:, j].copy() for j, construct in enumerate(constructs)}
    return pa.table(columns | dict(truths))


def block_schema(study: Study, cell: Cell) -> pa.Schema:
    """The columns of a stored block of a cell and their types."""
    own = study.at(cell)
    return schema.block_schema(
        [target.name for target in study.estimands],
        own.model.items,
        own.constructs,
        [target.name for target in cell.with_own_truth(study.estimands)],
        any(method.missing for method in own.methods),
    )


def cell_blocks(folder: Path, study: Study, cell: Cell) -> CellBlocks:
    """The stored blocks of a cell."""
    return CellBlocks(folder, study, cell, block_schema(study, cell))


class Faults(Protocol):
    """Who hears what went wrong in a block, by method."""

    def add(self, cell: int, block: int, faults: Mapping[str, str]) -> None:
        """Hear of one block."""
        ...


def cell_estimates(folder: Path, study: Study, cell: int, heard: Faults | None = None) -> pd.DataFrame:
    """All stored estimates of a cell, in the order of methods and replications; `heard` is told of faults."""
    tables = []
    for number, block in enumerate(cell_blocks(folder, study, study.cells[cell - 1]).all()):
        tables.append(block.table)
        if heard is not None and block.faults:
            heard.add(cell, number, block.faults)
    estimates: pd.DataFrame = pa.concat_tables(tables).to_pandas()
    order = {method.name: place for place, method in enumerate(study.methods)}
    key = estimates["method"].map(order).to_numpy() * study.replications + estimates["replication"].to_numpy()
    return estimates.iloc[np.argsort(key, kind="stable")].reset_index(drop=True)


def claim(folder: Path, study: Study, fresh: bool = False, shard: str = "") -> None:
    """Make `folder` this study's: new, or holding blocks of the very same study; see `benchmarks.stored.mark.claim`.

    Raises InputError where it holds other results (unless `fresh`, which removes all of them) or cannot be written.
    """
    mark.claim(folder, study, fresh, shard)
    remove_leftovers(folder)
