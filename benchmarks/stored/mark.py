"""The mark of a results folder: whose results it holds. What is not marked, or marked for another study, is refused."""

import hashlib
import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.files import refuse_link, write_whole
from benchmarks.stored import checksums
from benchmarks.study.program import versions_beneath
from benchmarks.study.study import Study
from sim.errors import InputError

NAME = "fingerprint.json"
FORMAT = 2
#: Where results stand in a folder, besides the mark.
_FILES = (
    "measures.parquet",
    "published.parquet",
    "replications.parquet",
    "run.json",
    "study.json",
    "report.html",
    "report.docx",
    "report.tex",
    "README.md",
    checksums.NAME,
)
_FOLDERS = ("blocks", "tables", "figures")
_OVER = "run again with --fresh to start over, or choose another --out folder"


def of(study: Study, shard: str = "") -> dict[str, Any]:
    """What the mark of a study's results says; `shard`: which share of the blocks is computed there, as in `3/20`."""
    return {
        "format": FORMAT,
        "name": study.name,
        "fingerprint": study.fingerprint,
        "definition": study.definition,
        "seed": study.file.data.seed,
        "code": study.code,
        "versions": versions_beneath(),
        "shard": shard,
    }


def sealed(content: Mapping[str, Any]) -> bytes:
    """A mapping as JSON with the sha256 of all the rest in it."""
    return json.dumps({**content, "seal": _seal(content)}, indent=1, ensure_ascii=False).encode()


def unsealed(text: bytes | str) -> dict[str, Any]:
    """What `sealed` wrote. Raises ValueError where a bit of it has changed."""
    content: Any = json.loads(text)
    if not isinstance(content, dict) or content.pop("seal", None) != _seal(content):
        raise ValueError("its checksum does not hold")
    return content


def _seal(content: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def claim(folder: Path, study: Study, fresh: bool = False, shard: str = "") -> None:
    """Make a folder this study's: new, or holding results of the very same one. Its one writer calls it.

    With `fresh`, all results there are removed first. Raises InputError where it holds something else.
    """
    for name in _FOLDERS:
        refuse_link(folder / name)
    stored = None
    try:
        stored = read(folder)
    except InputError:
        if not fresh:
            raise
    if stored is not None and not stored.get("removed"):
        if not fresh:
            check(folder, stored, study)
            _check_share(folder, stored, shard)
    elif stored is None and not fresh and (held := _held(folder)):
        raise InputError(
            f"{folder} holds results ({', '.join(held)}) without {NAME}, which says whose they are: put it back, or "
            + _OVER
        )
    wanted = of(study, shard)
    if fresh or (stored and stored.get("removed")):
        _remove(folder, wanted)
    if fresh or stored != wanted:
        write_whole({folder / NAME: sealed(wanted)}, folder)


def read(folder: Path) -> dict[str, Any] | None:
    """What a folder's mark says, None where there is none. Raises InputError where it is damaged."""
    path = folder / NAME
    try:
        text = path.read_bytes()
        _refuse_older(folder, text)
        content = unsealed(text)
    except FileNotFoundError:
        return None
    except InputError:
        raise
    except (OSError, ValueError, RecursionError) as error:
        told = error.strerror if isinstance(error, OSError) else str(error).splitlines()[0][:100]
        raise InputError(f"result file {path} is damaged ({told}); {_OVER}") from None
    return content


def _refuse_older(folder: Path, text: bytes) -> None:
    """Raises InputError for the mark of versions that did not seal it; ValueError where it is no JSON."""
    old: Any = json.loads(text)
    if isinstance(old, dict) and "fingerprint" in old and not {"seal", "format"} & set(old):
        raise InputError(
            f"{folder} holds results of an older version of the program, which nothing proves; {_OVER}, or use the "
            "version that made them"
        )


def check(folder: Path, stored: Mapping[str, Any], study: Study) -> None:
    """Raises InputError where a mark is not that of the study, with what differs."""
    if stored.get("format") != FORMAT:
        raise InputError(f"{folder} holds results of another version of the program; {_OVER}")
    if stored["definition"] != study.definition:
        raise InputError(
            f"{folder} holds results of another version of this study (its populations, sizes, methods, estimands, "
            f"level or seed have changed; stored is {stored['name']} with seed {stored['seed']}); {_OVER}"
        )
    for what, there, here in (
        ("code", stored["code"], study.code),
        ("versions", stored["versions"], versions_beneath()),
    ):
        if there != here:
            raise InputError(
                f"{folder} holds results of another version of this study: they were computed by other {what} "
                f"({differences(there, here)}), and results of both are not mixed; go back to it, {_OVER}"
            )


def check_described(folder: Path, study: Study, given: str) -> str:
    """Whether a report on a folder is one on this study, as its file stands; gives what readers are to be told, or "".

    given: how the study was named. Only what the file asks for is compared, not the code: a report runs no code.
    Raises InputError where the folder is not there, is marked for another study, or was described from another file.
    """
    again = f"`loadstone run {given}` makes it"
    if not folder.is_dir():
        quick = folder.with_name(f"{folder.name}-quick")
        other = f", and {quick} is there: --quick" if quick.is_dir() and not study.quick else ""
        raise InputError(f"{folder} is not there, so that it has no study.json; {again}{other}")
    stored = read(folder)
    if stored is None or stored.get("removed"):
        held = _held(folder)
        told = f", though {', '.join(held)} {'are' if len(held) > 1 else 'is'} there" if held else ""
        raise InputError(f"{folder} is not marked as holding results{told} (no {NAME}, no study.json); {again}")
    if stored.get("format") != FORMAT or stored["definition"] != study.definition:
        raise InputError(
            f"{folder} holds results of another version of this study (its populations, sizes, methods, estimands, "
            "level or seed have changed since, or it ran with or without --quick); give the file that was run, or run "
            "this one with --fresh or into another --out folder"
        )
    described = _described(folder)
    if described is None:
        return ""
    if described["words"] != study.words:
        raise InputError(
            f"the study file of {folder} has changed since its results were measured and described (its words, its "
            f"[performance] or its [published] section); `loadstone run {given}` does that anew: finished blocks are "
            "kept"
        )
    notes = []
    if described.get("replications") != study.replications and not study.sequential:
        notes.append(
            f"{described.get('replications')} replications were run; the study file asks for {study.replications}"
        )
    here = {key: study.code[key] for key in ("loadstone", "source")}
    if told := differences({key: stored["code"].get(key, "none") for key in here}, here):
        notes.append(f"the program has changed since ({told})")
    return "; ".join(notes)


def _described(folder: Path) -> dict[str, Any] | None:
    """The stored description; None where there is none, which whoever reads the results tells."""
    try:
        content: Any = json.loads((folder / "study.json").read_bytes())
    except (OSError, ValueError, RecursionError):
        return None
    return content if isinstance(content, dict) and "words" in content else None


def _check_share(folder: Path, stored: Mapping[str, Any], shard: str) -> None:
    if stored["shard"] != shard:
        held = f"the share {stored['shard']} of this study" if stored["shard"] else "this study whole"
        here = f"the share {shard}" if shard else "the whole study"
        raise InputError(
            f"{folder} is for {held}, not for {here}; choose another --out folder (`loadstone merge` puts shares "
            "together)"
        )


def differences(there: Mapping[str, str], here: Mapping[str, str]) -> str:
    """`numpy 2.0 there, 2.4 here; ...`."""
    keys = [key for key in {**there, **here} if there.get(key) != here.get(key)]
    return "; ".join(f"{key}: {there.get(key, 'none')} there, {here.get(key, 'none')} here" for key in keys)


def _held(folder: Path) -> list[str]:
    """What of results stands in a folder."""
    blocks = list((folder / "blocks").glob("*/*.parquet"))
    return [name for name in _FILES if (folder / name).exists()] + (["blocks"] if blocks else [])


def _remove(folder: Path, wanted: Mapping[str, Any]) -> None:
    """Remove every result of a folder. A removal that is killed is finished by the next run, whatever that is of."""
    write_whole({folder / NAME: sealed({**wanted, "removed": True})}, folder)
    try:
        for name in _FILES:
            (folder / name).unlink(missing_ok=True)
        for name in _FOLDERS:
            if (folder / name).is_dir():
                _remove_folder(folder / name)
    except OSError as error:
        raise InputError(
            f"old results in {folder} cannot be removed ({error.strerror}: {error.filename}); remove them yourself"
        ) from None


def _remove_folder(folder: Path) -> None:
    """Remove a folder of results, but nothing in it that is not one."""
    ours = {"blocks": (".parquet", ".part"), "tables": (".csv", ".tex", ".part"), "figures": (".svg", ".pdf", ".part")}
    endings = ours[folder.name]
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_symlink() or path.is_file():
            if path.suffix in endings:
                path.unlink()
        elif not any(path.iterdir()):
            path.rmdir()
    if not any(folder.iterdir()):
        shutil.rmtree(folder)
