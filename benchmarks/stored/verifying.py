"""Every file of a results folder held against what was written, without the study and without running anything."""

from collections import Counter
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.stored import blocks, checksums, lock, machine, mark
from benchmarks.stored.blocks import KEY
from sim.errors import InputError, counted

#: Faults that are named.
_NAMED = 10


def verified(folder: Path) -> str:
    """`all 12 files are what was written ...`. Raises InputError that names what is not."""
    stored = mark.read(folder) if folder.is_dir() else None
    if stored is None:
        raise InputError(f"{folder} is no results folder: it has no {mark.NAME}; give one that `loadstone run` made")
    if stored.get("removed"):
        raise InputError(f"results in {folder} were being thrown away; run the study again to finish that")
    faults = [f"{folder / told}" for told in checksums.wrong(folder)]
    paths = sorted((folder / "blocks").rglob("*"))
    found = [path for path in paths if path.suffix == ".parquet"]
    held: Counter[int] = Counter()
    for path in found:
        try:
            held.update(_check(folder, path, stored))
        except InputError as error:
            faults.append(str(error))
    if not faults:
        faults += _lost(folder, held)
    known = {folder / name for name in checksums.read(folder)} | set(found)
    known |= {folder / name for name in (mark.NAME, checksums.NAME, lock.NAME, machine.NAME)}
    strange = [path for path in sorted(folder.rglob("*")) if not path.is_dir() and path not in known]
    faults += [f"{path} is none of its files" for path in strange]
    if faults:
        more = f"\n  and {len(faults) - _NAMED} more" if len(faults) > _NAMED else ""
        raise InputError(f"{folder}: {counted(len(faults), 'fault')}:\n  " + "\n  ".join(faults[:_NAMED]) + more)
    return (
        f"all {len(known) - 2} files are what was written: {stored['name']}, seed {stored['seed']}, "
        f"{counted(len(found), 'file')} of blocks; the mark and every block carry the same fingerprint"
    )


def _lost(folder: Path, held: Counter[int]) -> list[str]:
    """What is not there of the replications that the measures rest on, by cell."""
    path = folder / "measures.parquet"
    if not path.is_file():
        return []
    measures = pq.read_table(path, columns=["cell", "measure", "n_total"]).to_pandas()
    asked = measures[measures["measure"] == "convergence_rate"].groupby("cell")["n_total"].max()
    return [
        f"{blocks.cell_folder(folder, int(cell))} holds {held[int(cell)]:,} replications, and the measures rest on "
        f"{int(count):,}: blocks are lost; `loadstone run` the study again: the others are kept"
        for cell, count in asked.items()
        if held[int(cell)] < count
    ]


def _check(folder: Path, path: Path, stored: dict[str, object]) -> Counter[int]:
    """Replications by cell.

    Raises InputError where a file of blocks is damaged, of another study, or stands in another's place.
    """
    try:
        with pq.ParquetFile(path, page_checksum_verification=True) as file:
            told = blocks.told_place(path, (file.schema_arrow.metadata or {}).get(KEY))
            proofs = told.get("blocks", [None])
            rows: Counter[int] = Counter()
            for place, proof in enumerate(proofs):
                own = told if proof is None else mark.unsealed(proof)
                table = file.read() if proof is None else file.read_row_group(place)
                _check_place(folder, path, own, stored, grouped=proof is not None)
                if own["content"] != blocks.digest(table.replace_schema_metadata(None)):
                    raise blocks.damaged(path, "its content is not what was written")
                rows[own["cell"]] += len(table["replication"].unique())
            return rows
    except (OSError, ValueError, pa.ArrowException, KeyError, TypeError, RecursionError) as error:
        if isinstance(error, InputError):
            raise
        raise blocks.damaged(path, str(error)) from None


def _check_place(folder: Path, path: Path, own: dict[str, object], stored: dict[str, object], grouped: bool) -> None:
    cell, block = own["cell"], own["block"]
    assert isinstance(cell, int)
    assert isinstance(block, int)
    there = (
        blocks.group_path(folder, cell, block // blocks.GROUP) if grouped else blocks.block_path(folder, cell, block)
    )
    if there != path or own["fingerprint"] != stored["fingerprint"]:
        raise blocks.strange(
            path, {**own, "place": there.name}, {"place": path.name, "fingerprint": stored["fingerprint"]},
            ["place", "fingerprint"],
        )  # fmt: skip
