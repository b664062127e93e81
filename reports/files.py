"""Files written whole or not at all."""

import os
import tempfile
from pathlib import Path

from sim.errors import InputError


def write_whole(contents: dict[Path, str]) -> None:
    """Write each text to its path: first all of them beside their places, then moved over; none is ever half there.

    Raises InputError, with nothing replaced, where a file cannot be written.
    """
    waiting: dict[Path, Path] = {}
    try:
        for path, text in contents.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            waiting[path] = _write_beside(path, text)
        for path, written in waiting.items():
            written.replace(path)
    except OSError as fault:
        raise InputError(f"cannot write the report: {fault}; give a folder that you may write to") from None
    finally:
        for written in waiting.values():
            written.unlink(missing_ok=True)


def _write_beside(path: Path, text: str) -> Path:
    """A temporary file with `text`, in the folder of `path`."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    written = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
        written.chmod(0o644)
    except OSError:
        written.unlink(missing_ok=True)
        raise
    return written
