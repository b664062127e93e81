"""Files written whole or not at all, whenever the program is killed."""

import contextlib
import errno
import os
from collections.abc import Mapping
from pathlib import Path

from sim.errors import InputError


def write_whole(contents: Mapping[Path, bytes]) -> None:
    """Write every content to its path: first all of them beside their places, then moved over.

    A reader finds all of a file or nothing, and where one cannot be written none is replaced. Raises InputError then.
    """
    waiting: dict[Path, Path] = {}
    path = Path()
    try:
        for path, content in contents.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            if path.is_dir():  # found only by the move otherwise, when others have been moved
                raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
            waiting[path] = path.with_name(f".{path.name}.{os.getpid()}.part")
            with waiting[path].open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
        for path, written in waiting.items():
            written.replace(path)
    except OSError as error:
        raise InputError(f"{path} cannot be written ({error.strerror}); give a folder you can write to") from None
    finally:
        for written in waiting.values():
            with contextlib.suppress(OSError):
                written.unlink()


def write_folder(folder: Path, texts: Mapping[str, str]) -> list[Path]:
    """Write texts by file name into the folder that `--out` names, all or none; gives their paths.

    Raises InputError where they cannot be written.
    """
    if folder.is_file():
        raise InputError(f"--out {folder} is a file; give a folder")
    contents = {folder / name: text.encode() for name, text in texts.items()}
    write_whole(contents)
    return list(contents)


def remove_leftovers(folder: Path) -> None:
    """Remove the unfinished files that killed runs left in a folder; those of a program still running stay."""
    for path in folder.rglob(".*.part"):
        owner = path.name.split(".")[-2]
        if owner.isdigit() and not _runs(int(owner)):
            with contextlib.suppress(OSError):
                path.unlink()


def _runs(process: int) -> bool:
    """Whether a process is alive; True where one cannot ask without harm (Windows)."""
    if os.name != "posix":
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True
