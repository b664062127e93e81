"""Stored results as tables: raw estimates and measures, written to Parquet and read back."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
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
from benchmarks.study.cells.cell import Cell
from benchmarks.study.study import Study
from estimators.base import Estimates
from sim.batch import Batch, Floats
from sim.errors import InputError
from sim.streams import BLOCK

#: Bytes of a cell's estimates that are read in one go, and how many methods are kept of larger ones.
_AT_ONCE, _KEPT = 100_000_000, 2

#: Inference beside a method's own: at a further level, or on the k-th of m parts of its resamples, (k, m).
Variant = float | tuple[int, int]

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


def described(frame: pd.DataFrame, columns: Iterable[schema.Column]) -> bytes:
    """A data frame as the bytes of a Parquet file that says what its columns hold."""
    return parquet(schema.described(pa.Table.from_pandas(frame, preserve_index=False), columns))


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
    further: Mapping[str, Mapping[Variant, Estimates]] | None = None,
    respecified: bool = False,
) -> pa.Table:
    """Every method's estimates of a batch: a row for each method and replication.

    items (p), constructs (m): what `retained` and `short` are of. truths: by target, the true values (R,) of targets
    that every data set has its own of. There is a column for the respondents left where a method handles missing
    answers (`handled`; not given: where one says how many are left). further: by method, its fits at other levels and
    on parts of its resamples. respecified: whether there is a column for what decisions changed in the model.
    """
    own = {truth_column(name): values for name, values in (truths or {}).items()}
    some = any((fit.respondents >= 0).any() for fit in fits.values()) if handled is None else handled
    ends = {name: _further_ends(each) for name, each in (further or {}).items()}
    whole = [
        _method_table(name, batch, items, constructs, fit, some, respecified, ends.get(name, {}), own)
        for name, fit in fits.items()
    ]
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
    respecified: bool,
    ends: Mapping[str, Floats],
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
        **({schema.CHANGES.name: pa.array(fit.changes.tolist(), pa.string())} if respecified else {}),
    }
    for q, target in enumerate(fit.targets):
        columns |= {f"{part}:{target.name}": np.ascontiguousarray(getattr(fit, part)[:, q]) for part in PARTS}
    columns |= ends
    columns |= {schema.RETAINED.named(item): fit.retained[:, i].copy() for i, item in enumerate(items)}
    columns |= {schema.SHORT.named(construct): fit.short[:, j].copy() for j, construct in enumerate(constructs)}
    return pa.table(columns | dict(truths))


def _further_ends(fits: Mapping[Variant, Estimates]) -> dict[str, Floats]:
    """Columns with the ends of intervals at further levels, and with the inference on parts of the resamples."""
    return {
        _further_name(name, variant, target.name): np.ascontiguousarray(getattr(fit, name)[:, q])
        for variant, fit in fits.items()
        for q, target in enumerate(fit.targets)
        for name in (schema.ON_PARTS if isinstance(variant, tuple) else ("lower", "upper"))
    }


def _further_name(name: str, variant: Variant, target: str) -> str:
    if isinstance(variant, tuple):
        return schema.on_part(name, variant, target)
    return schema.further_end(name, variant, target)


def block_schema(study: Study, cell: Cell) -> pa.Schema:
    """The columns of a stored block of a cell and their types."""
    own = study.at(cell)
    return schema.block_schema(
        [target.name for target in study.estimands],
        own.model.items,
        own.constructs,
        [target.name for target in cell.with_own_truth(study.estimands)],
        any(method.counts_respondents for method in own.methods),
        own.levels_stored,
        own.parts_stored,
        any(method.changes_model for method in own.methods),
    )


def cell_blocks(folder: Path, study: Study, cell: Cell) -> CellBlocks:
    """The stored blocks of a cell."""
    return CellBlocks(folder, study, cell, block_schema(study, cell))


class Faults(Protocol):
    """Who hears what went wrong in a block, by method."""

    def add(self, cell: int, block: int, faults: Mapping[str, str]) -> None:
        """Hear of one block."""
        ...


class ByMethod(Mapping[str, pd.DataFrame]):
    """A cell's stored estimates by method, replications in order; `heard` is told of faults.

    Blocks are read one at a time: all methods in one go where their estimates are few, else each method when it is
    asked for, and the last few asked for are kept, so that memory holds the estimates of a few methods at most.
    """

    def __init__(self, folder: Path, study: Study, cell: Cell, heard: Faults | None = None) -> None:
        self.study, self.cell, self.heard = study, cell, heard
        self.blocks = cell_blocks(folder, study, cell)
        schema_ = self.blocks.schema
        self.columns = {name: schema_.field(name).type.to_pandas_dtype() for name in schema_.names if name != "method"}
        self.total = study.replications_of(cell)
        size = self.total * sum(np.dtype(kind).itemsize for kind in self.columns.values())
        self.together = len(study.methods) if size * len(study.methods) <= _AT_ONCE else 1
        self._kept: dict[str, pd.DataFrame] = {}
        self._told: set[str] = set()

    def __len__(self) -> int:
        return len(self.study.methods)

    def __iter__(self) -> Iterator[str]:
        return (method.name for method in self.study.methods)

    def __getitem__(self, name: str) -> pd.DataFrame:
        if name not in self._kept:
            names = [method.name for method in self.study.methods]
            chosen = names if self.together > 1 else [name]
            while self.together == 1 and len(self._kept) >= _KEPT:
                self._kept.pop(next(iter(self._kept)))
            self._kept |= self._read(chosen)
        return self._kept[name]

    def _read(self, names: list[str]) -> dict[str, pd.DataFrame]:
        """The estimates of some methods, from every block."""
        study, order = self.study, [method.name for method in self.study.methods]
        found = {n: {c: np.empty(self.total, kind) for c, kind in self.columns.items()} for n in names}
        for number, block in enumerate(self.blocks.all()):
            size, first = study.block_size(number), number * BLOCK
            if self.heard is not None and block.faults and not self._told:
                self.heard.add(self.cell.number, number, block.faults)
            self._check_order(block.table, order, size, number)
            for name in names:
                part = block.table.slice(order.index(name) * size, size)
                for column, values in found[name].items():
                    values[first : first + size] = part[column].to_numpy()
        self._told.update(names)
        return {name: pd.DataFrame(columns, copy=False) for name, columns in found.items()}

    def _check_order(self, table: pa.Table, order: list[str], size: int, block: int) -> None:
        """Raises InputError where rows are not those of the methods in their order, replication by replication."""
        replications = np.arange(block * BLOCK, block * BLOCK + size)
        sound = table["method"].to_pylist() == [name for name in order for _ in range(size)]
        if not sound or not np.array_equal(table["replication"].to_numpy(), np.tile(replications, len(order))):
            raise InputError(
                f"block {block} of cell {self.cell.number} has other rows than the study's methods and replications; "
                "delete it and `loadstone run` the study again"
            )


def cell_estimates(folder: Path, study: Study, cell: int) -> pd.DataFrame:
    """All stored estimates of a cell, in the order of methods and replications."""
    by_method = ByMethod(folder, study, study.cells[cell - 1])
    tables = []
    for name, table in by_method.items():
        tables.append(table.copy())
        tables[-1].insert(0, "method", name)
    return pd.concat(tables, ignore_index=True)


def claim(folder: Path, study: Study, fresh: bool = False, shard: str = "") -> None:
    """Make `folder` this study's: new, or holding blocks of the very same study; see `benchmarks.stored.mark.claim`.

    Raises InputError where it holds other results (unless `fresh`, which removes all of them) or cannot be written.
    """
    mark.claim(folder, study, fresh, shard)
    remove_leftovers(folder)
