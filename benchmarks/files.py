"""Files written whole or not at all, whenever the program is killed; names of files made of a user's words."""

import contextlib
import errno
import hashlib
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TypeVar

from sim.errors import InputError

Form = TypeVar("Form")
#: Names that may stand in a path as they are, on every system.
_PLAIN = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,58}[a-z0-9])?")
#: Names that Windows keeps for devices.
_DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?")


def path_part(text: str) -> str:
    """A user's text as one part of a path: letters, digits, `.`, `_` and `-`, at most 60 characters, one for each text.

    Short lower-case names stay as they are. What changes gets eight digits of the text's sha256, so that no two texts
    share a name, not even where capitals do not count.
    """
    if _PLAIN.fullmatch(text) and not _DEVICES.fullmatch(text) and ".." not in text:
        return text
    kept = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:50].strip("-")
    told = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{kept}-{told}" if kept else f"name-{told}"


def write_whole(contents: Mapping[Path, bytes], within: Path | None = None) -> None:
    """Write every content to its path: first all of them beside their places, then moved over.

    A reader finds all of a file or nothing, and where one cannot be written none is replaced. Where all lie `within` a
    folder, no link inside it is followed. Raises InputError where something cannot be written.
    """
    waiting: dict[Path, Path] = {}
    path = Path()
    try:
        for path, content in contents.items():
            make_place(path, within)
            waiting[path] = path.with_name(f".{path.name}.{os.getpid()}.part")
            with waiting[path].open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
        for path, written in waiting.items():
            written.replace(path)
    except OSError as error:
        raise not_written(path, error) from None
    finally:
        for written in waiting.values():
            with contextlib.suppress(OSError):
                written.unlink()


@contextlib.contextmanager
def whole_file(path: Path, within: Path | None = None) -> Iterator[Path]:
    """A place to write a large file at, which takes its name when the block ends without an error."""
    waiting = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        make_place(path, within)
        yield waiting
        with waiting.open("rb") as file:
            os.fsync(file.fileno())
        waiting.replace(path)
    except OSError as error:
        raise not_written(path, error) from None
    finally:
        with contextlib.suppress(OSError):
            waiting.unlink()


def not_written(path: Path, error: OSError) -> InputError:
    """The message about a file that cannot be written."""
    reason = "a folder has its name" if path.is_dir() else error.strerror or "error"
    return _no_place(str(path), _in_the_way(path.parent) or reason)


def _no_place(what: str, reason: str) -> InputError:
    return InputError(f"{what} cannot be written ({reason}); give a folder you can write to, with room left")


def _in_the_way(folder: Path) -> str:
    """What stands where the folder, or one above it, would have to be, and is none; empty where nothing does."""
    standing = next((each for each in (folder, *folder.parents) if each.exists() and not each.is_dir()), None)
    return f"{standing} is a file, where a folder is needed" if standing else ""


def check_place(out: Path) -> None:
    """Raise InputError where nothing could be written into the folder `--out` names, before long work is begun."""
    if out.is_file():
        raise InputError(f"--out {out} is a file; give a folder")
    there = next((each for each in (out, *out.parents) if each.exists()), Path())
    closed = "" if os.access(there, os.W_OK | os.X_OK) else "no folder can be made there"
    if reason := _in_the_way(out) or closed:
        raise _no_place(f"--out {out}", reason)


def make_place(path: Path, within: Path | None = None) -> None:
    """Make the folder of a file. Raises OSError where a folder has the file's name, or a link stands on the way."""
    if within is None:
        path.parent.mkdir(parents=True, exist_ok=True)
    else:
        place = within
        for part in path.relative_to(within).parts[:-1]:
            place = place / part
            refuse_link(place)
            place.mkdir(exist_ok=True)
        if not within.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
    if path.is_dir() and not path.is_symlink():  # found only by the move otherwise, when others have been moved
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))


def refuse_link(place: Path) -> None:
    """Raises InputError where a link stands in place of a folder of results."""
    if place.is_symlink():
        raise InputError(
            f"{place} is a link, and links inside a results folder are not followed; remove it, or make the whole "
            "results folder a link instead"
        )


def write_folder(folder: Path, texts: Mapping[str, str | bytes]) -> list[Path]:
    """Write texts, or bytes, by file name into the folder that `--out` names, all or none; gives their paths.

    Raises InputError where they cannot be written.
    """
    check_place(folder)
    contents = {
        folder / name: text if isinstance(text, bytes) else text.encode("utf-8", "backslashreplace")
        for name, text in texts.items()
    }
    write_whole(contents)
    return list(contents)


def by_ending(out: Path, name: str, forms: Mapping[str, Form]) -> dict[Path, Form]:
    """What `--out` asks for: the one file that it is by its ending, or else all forms in that folder, called `name`.

    Raises InputError for another ending.
    """
    if out.suffix in forms:
        return {out: forms[out.suffix]}
    if out.suffix[1:].isalpha() and not out.is_dir():
        raise InputError(f"--out {out}: give a folder, or a file that ends in {', '.join(forms)}")
    return {out / f"{name}{suffix}": form for suffix, form in forms.items()}


def check_endings(out: Path, forms: Mapping[str, Form]) -> None:
    """Raise InputError where `by_ending` would, or nothing could be written there, before long work is begun."""
    by_ending(out, "", forms)
    check_place(out.parent if out.suffix in forms else out)


def remove_leftovers(folder: Path) -> None:
    """Remove the unfinished files that killed runs left in a results folder; those of this process stay.

    Only its one writer may ask for it: whatever else is unfinished there has no writer any more.
    """
    for inside in (folder, folder / "tables", folder / "figures", *_real_folders(folder / "blocks")):
        for path in inside.glob(".*.part") if inside.is_dir() and not inside.is_symlink() else ():
            owner = path.name.split(".")[-2]
            if owner.isdigit() and int(owner) != os.getpid():
                with contextlib.suppress(OSError):
                    path.unlink()


def _real_folders(folder: Path) -> list[Path]:
    """The folders inside a folder, links left out."""
    if folder.is_symlink() or not folder.is_dir():
        return []
    return [path for path in folder.iterdir() if path.is_dir() and not path.is_symlink()]
