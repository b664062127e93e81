"""Checksums of the files of a results folder, as `sha256sum --check SHA256SUMS` reads them. Blocks carry their own."""

import hashlib
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from benchmarks.files import write_whole
from sim.errors import InputError

NAME = "SHA256SUMS"
#: Folders of a report with the endings of the files in them.
REPORTED = {"tables": (".csv", ".tex"), "figures": (".svg", ".pdf")}
_LINE = re.compile(r"([0-9a-f]{64})  ([^\0\n]+)")


def read(folder: Path) -> dict[str, str]:
    """Checksums by file name; none where there is no list. Raises InputError where the list is damaged."""
    path = folder / NAME
    try:
        *lines, end = path.read_bytes().decode("utf-8").split("\n")
        lines += [end] if end else []
    except FileNotFoundError:
        return {}
    except (OSError, ValueError):
        lines = [""]
    found = {}
    for line in lines:
        matched = _LINE.fullmatch(line)
        if matched is None or not _inside(matched[2]):
            raise InputError(
                f"result file {path} is damaged; `loadstone run` the study again: finished blocks are kept"
            )
        found[matched[2]] = matched[1]
    return found


def _inside(name: str) -> bool:
    """Whether a listed name is one of a file inside the folder."""
    path = Path(name)
    return not path.is_absolute() and ".." not in path.parts


def write_with(folder: Path, contents: Mapping[str, bytes], kept: Iterable[str] = ()) -> None:
    """Write files into a folder together with the list of their checksums and of those of the `kept` ones.

    Files that the list named and no longer does are removed: nothing of an older run stays among the new.
    """
    old = _listed_or_found(folder)
    sums = {name: old[name] for name in kept if name in old}
    sums |= {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()}
    text = "".join(f"{digest}  {name}\n" for name, digest in sorted(sums.items()))
    files = {folder / name: content for name, content in contents.items()}
    write_whole({**files, folder / NAME: text.encode()}, folder)
    remove(folder, [name for name in old if name not in sums])


def _listed_or_found(folder: Path) -> dict[str, str]:
    """Checksums by file name; where there is no sound list, those of every file that a report may have written."""
    try:
        if listed := read(folder):
            return listed
    except InputError:
        pass
    found = [folder / "report.html"] + [
        path
        for name, endings in REPORTED.items()
        if not (folder / name).is_symlink()
        for path in (folder / name).glob("*")
        if path.suffix in endings
    ]
    return {path.relative_to(folder).as_posix(): digest_of(path) for path in found if path.is_file()}


def remove(folder: Path, names: Iterable[str]) -> None:
    """Remove files of the folder; links are removed themselves, and none is followed on the way."""
    for name in names:
        path = folder / name
        if not any(part.is_symlink() for part in path.parents if part != folder and folder in part.parents):
            try:
                path.unlink(missing_ok=True)
            except OSError as error:
                raise InputError(f"{path} is of an older run and cannot be removed ({error.strerror})") from None


def record(folder: Path, names: Iterable[str]) -> None:
    """Write the list for files as they stand."""
    write_with(folder, {name: (folder / name).read_bytes() for name in names})


def wrong(folder: Path, names: Iterable[str] | None = None) -> list[str]:
    """What is wrong with listed files (default: every one), in words."""
    listed = read(folder)
    told = []
    for name in listed if names is None else names:
        path = folder / name
        if name not in listed:
            told.append(f"{name} is not listed in {NAME}")
        elif not path.is_file():
            told.append(f"{name} is not there")
        elif digest_of(path) != listed[name]:
            told.append(f"{name} is not what was written")
    return told


def digest_of(path: Path) -> str:
    """sha256 (hex) of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def check(folder: Path, names: Iterable[str]) -> None:
    """Raises InputError where a file is not the one that was written, or not listed."""
    told = wrong(folder, names)
    if told:
        raise InputError(
            f"results in {folder} are damaged, or a run was stopped while it wrote them ({'; '.join(told)}); "
            "`loadstone run` the study again: finished blocks are kept"
        )
