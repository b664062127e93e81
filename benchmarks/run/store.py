"""Stored results: raw estimates as Parquet, one file a block, each written whole or not at all."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks import schema
from benchmarks.files import remove_leftovers, write_whole
from benchmarks.schema import PARTS
from benchmarks.study.cell import Cell
from benchmarks.study.study import Study
from estimators.base import Estimates
from sim.batch import Batch, Floats
from sim.errors import InputError


def block_path(folder: Path, cell: int, block: int) -> Path:
    """Where a block of a cell is stored."""
    return folder / "blocks" / f"cell-{cell:04d}" / f"block-{block:06d}.parquet"


def write_table(path: Path, table: pa.Table) -> None:
    """A table as Parquet, with a checksum on every page."""
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd", write_page_checksum=True)
    write_whole({path: sink.getvalue().to_pybytes()})


def read_table(path: Path) -> pa.Table:
    """A stored table. Raises InputError where it is missing or damaged."""
    try:
        # The default memory map would be read after the checksum; a plain read is checked.
        return pq.read_table(path, page_checksum_verification=True)
    except FileNotFoundError:
        raise InputError(f"result file {path} does not exist; `loadstone run` the study first") from None
    except (OSError, ValueError, pa.ArrowException) as error:
        raise _damaged(path, error) from None


def rows_stored(path: Path) -> int:
    """Rows of a stored block, 0 where there is none. Raises InputError where it is damaged."""
    if not path.exists():
        return 0
    try:
        return int(pq.read_metadata(path).num_rows)
    except (OSError, ValueError, pa.ArrowException) as error:
        raise _damaged(path, error) from None


def estimates_table(
    batch: Batch,
    items: Sequence[str],
    constructs: Sequence[str],
    fits: Mapping[str, Estimates],
    truths: Mapping[str, Floats] | None = None,
) -> pa.Table:
    """Every method's estimates of a batch: a row for each method and replication.

    items (p), constructs (m): what `retained` and `short` are of. truths: by target, the true values (R,) of targets
    that every data set has its own of. There is a column for the respondents left where a method handles missing
    answers.
    """
    own = {truth_column(name): values for name, values in (truths or {}).items()}
    handled = any((fit.respondents >= 0).any() for fit in fits.values())
    return pa.concat_tables(
        [_method_table(name, batch, items, constructs, fit, handled, own) for name, fit in fits.items()]
    )


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
    return schema.block_schema(
        [target.name for target in study.estimands],
        study.model.items,
        study.constructs,
        [target.name for target in cell.with_own_truth(study.estimands)],
        any(method.missing for method in study.methods),
    )


def cell_estimates(folder: Path, study: Study, cell: int) -> pd.DataFrame:
    """All stored estimates of a cell, in the order of methods and replications."""
    tables, columns = [], block_schema(study, study.cells[cell - 1])
    for block in range(study.blocks):
        path = block_path(folder, cell, block)
        table = read_table(path)
        # No checksum covers a Parquet file's footer, where names and types are.
        if not table.schema.equals(columns):
            raise InputError(
                f"result file {path} is damaged (its columns are not the study's); delete it and run it again"
            )
        if table.num_rows != study.block_size(block) * len(study.methods):
            raise InputError(f"result file {path} has {table.num_rows} rows; run the study again to complete it")
        tables.append(table)
    estimates: pd.DataFrame = pa.concat_tables(tables).to_pandas()
    order = {method.name: place for place, method in enumerate(study.methods)}
    key = estimates["method"].map(order).to_numpy() * study.replications + estimates["replication"].to_numpy()
    return estimates.iloc[np.argsort(key, kind="stable")].reset_index(drop=True)


def claim(folder: Path, study: Study, fresh: bool) -> None:
    """Make `folder` this study's: new, or holding blocks of the very same study.

    Raises InputError where it holds another study's results (unless `fresh`, which removes them) or cannot be written.
    """
    mark = folder / "fingerprint.json"
    if fresh:
        _remove_blocks(folder)
    elif mark.exists():
        try:
            stored = json.loads(mark.read_text(encoding="utf-8"))["fingerprint"]
        except (OSError, ValueError, KeyError, TypeError):
            raise InputError(f"result file {mark} is damaged; run again with --fresh to start over") from None
        if stored != study.fingerprint:
            raise InputError(
                f"{folder} holds results of another version of this study (its populations, methods, estimands, seed "
                "or the program have changed); run again with --fresh to start over, or choose another --out folder"
            )
    remove_leftovers(folder)
    write_whole({mark: json.dumps({"fingerprint": study.fingerprint}).encode()})


def _remove_blocks(folder: Path) -> None:
    for path in sorted(folder.glob("blocks/cell-*/block-*.parquet")):
        path.unlink()


def _damaged(path: Path, error: BaseException) -> InputError:
    return InputError(
        f"result file {path} is damaged ({_first_line(error)}); delete it and `loadstone run` the study again"
    )


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:120]
