"""The blocks of one cell in a results folder: which are there, and what they hold."""

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.files import refuse_link, whole_file
from benchmarks.schema import BLOCK, MEANINGS, meanings
from benchmarks.stored import blocks, mark
from benchmarks.stored.blocks import GROUP, KEY, Block
from benchmarks.study.cells.cell import Cell
from benchmarks.study.study import Study
from sim.errors import InputError


class CellBlocks:
    """The stored blocks of a cell, single ones and groups of 64 in one file; every read checks whose they are.

    The schema is what the study's blocks have. A block may hold more replications than the study asks for now: the
    first ones are those of a smaller study.
    """

    def __init__(self, folder: Path, study: Study, cell: Cell, schema: pa.Schema) -> None:
        self.folder, self.study, self.cell, self.schema = folder, study, cell, schema
        self._open: tuple[Path, pq.ParquetFile, list[Any]] | None = None

    @cached_property
    def _names(self) -> set[str]:
        place = blocks.cell_folder(self.folder, self.cell.number)
        for part in (place.parent, place):
            refuse_link(part)
        return {path.name for path in place.iterdir()} if place.is_dir() else set()

    def missing(self) -> list[int]:
        """The blocks of the study that are not stored, or with too few replications. Raises InputError for damage."""
        return [block for block in range(self.study.blocks_of(self.cell)) if not self._is_there(block)]

    def _is_there(self, block: int) -> bool:
        if self._group(block) is not None:
            return True
        path = blocks.block_path(self.folder, self.cell.number, block)
        if path.name not in self._names:
            return False
        stored = self._metadata(path)
        told = blocks.told_place(path, (stored.metadata or {}).get(KEY))
        self._check_place(path, told, block)
        return int(stored.num_rows) >= self.study.block_size(block) * len(self.study.methods)

    def _metadata(self, path: Path) -> pq.FileMetaData:
        try:
            return pq.read_metadata(path)
        except (OSError, ValueError, pa.ArrowException) as error:
            raise blocks.damaged(path, str(error)) from None

    def _check_place(self, path: Path, told: dict[str, Any], block: int) -> None:
        place = blocks.place_of(self.study, self.cell, block)
        if differing := [key for key in place if told.get(key) != place[key]]:
            raise blocks.strange(path, told, place, differing)

    def _group(self, block: int) -> Path | None:
        """The file of the block's group, where it is there."""
        path = blocks.group_path(self.folder, self.cell.number, block // GROUP)
        return path if path.name in self._names else None

    def block(self, block: int) -> Block:
        """A stored block, as many replications as the study asks for. Raises InputError where it is not sound."""
        group = self._group(block)
        path = group or blocks.block_path(self.folder, self.cell.number, block)
        try:
            # The default memory map would be read after the checksum; a plain read is checked.
            if group is None:
                table = pq.read_table(path, page_checksum_verification=True)
                proof = (table.schema.metadata or {}).get(KEY)
            else:
                file, proofs = self._opened(group)
                table, proof = file.read_row_group(block % GROUP), _proof(proofs, block % GROUP)
        except FileNotFoundError:
            raise InputError(f"result file {path} does not exist; `loadstone run` the study first") from None
        except (OSError, ValueError, pa.ArrowException) as error:
            raise blocks.damaged(path, str(error)) from None
        bare = table.replace_schema_metadata(None)
        if not bare.schema.equals(self.schema):  # no checksum covers a Parquet file's footer, where names and types are
            raise blocks.damaged(path, "its columns are not the study's")
        whole = blocks.read(path, proof, blocks.place_of(self.study, self.cell, block), bare)
        return Block(self._first(whole.table, block, path), whole.faults)

    def _opened(self, path: Path) -> tuple[pq.ParquetFile, list[Any]]:
        """A group's file, kept open while its blocks are asked for, with the proofs of its blocks."""
        if self._open is None or self._open[0] != path:
            file = pq.ParquetFile(path, page_checksum_verification=True)
            told = blocks.told_place(path, (file.schema_arrow.metadata or {}).get(KEY))
            self._open = (path, file, told.get("blocks") or [])
        return self._open[1], self._open[2]

    def _first(self, table: pa.Table, block: int, path: Path) -> pa.Table:
        """Of every method, the first replications that the study asks for."""
        wanted, methods = self.study.block_size(block), len(self.study.methods)
        stored, rest = divmod(table.num_rows, methods)
        if rest or stored < wanted:
            raise InputError(f"result file {path} has {table.num_rows} rows; run the study again to complete it")
        if stored == wanted:
            return table
        return table.take(pa.array((np.arange(methods)[:, None] * stored + np.arange(wanted)).ravel()))

    def all(self) -> Iterator[Block]:
        """Every block of the study in order."""
        for block in range(self.study.blocks_of(self.cell)):
            yield self.block(block)

    def compact(self, group: int) -> None:
        """Put a group into one file where all of its blocks are there whole, and remove the single ones.

        The file takes its name when it is complete; single blocks that a killed run left beside it are removed next
        time. The same blocks give the same file.
        """
        self.__dict__.pop("_names", None)
        numbers = range(group * GROUP, (group + 1) * GROUP)
        paths = {block: blocks.block_path(self.folder, self.cell.number, block) for block in numbers}
        whole = blocks.group_path(self.folder, self.cell.number, group)
        if whole.name not in self._names:
            if numbers[-1] >= self.study.replications // 256 or any(p.name not in self._names for p in paths.values()):
                return
            self._write_group(whole, paths)
        for path in paths.values():
            path.unlink(missing_ok=True)
        self.__dict__.pop("_names", None)

    def _write_group(self, whole: Path, paths: dict[int, Path]) -> None:
        proofs = [pq.read_metadata(path).metadata[KEY].decode() for path in paths.values()]
        told = mark.sealed({**mark.of(self.study), "cell": self.cell.number, "blocks": proofs})
        schema = self.schema.with_metadata({KEY: told, MEANINGS: meanings(BLOCK)})
        with (
            whole_file(whole, self.folder) as waiting,
            pq.ParquetWriter(waiting, schema, compression="zstd", write_page_checksum=True) as writer,
        ):
            for block in paths:
                table = self.block(block).table
                writer.write_table(table.replace_schema_metadata(schema.metadata), row_group_size=table.num_rows)

    def compact_all(self) -> None:
        """Put every complete group into one file."""
        for group in range(self.study.replications // (256 * GROUP)):
            self.compact(group)


def _proof(proofs: list[Any], place: int) -> bytes | None:
    """The proof of a block in its group."""
    told = proofs[place] if place < len(proofs) else None
    return told.encode() if isinstance(told, str) else None
