"""Files written whole or not at all, whenever the program is killed."""

import contextlib
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
