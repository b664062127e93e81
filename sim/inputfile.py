"""Input files: regular files of a size that a person's file has, and plain data without anything beyond reason."""

import errno
import os
import re
import stat
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from sim.errors import InputError

#: Bytes of a TOML or model file, and of a table of data.
MOST_TEXT, MOST_DATA = 10_000_000, 500_000_000
#: Whole numbers fit 64 bits; decimal ones have exponents within these.
_LARGEST, _EXPONENT = 2**63, 308
#: Sections and lists inside each other.
_DEEPEST = 32
#: Characters that no name and no text has a use for: control characters (but line ends and tabs in texts), and codes
#: that are no characters.
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff\ud800-\udfff]")


def content_of(path: Path, what: str, hint: str = "", most: int = MOST_TEXT) -> bytes:
    """The bytes of an input file. Raises InputError where it is missing, no regular file, or longer than `most`.

    what: the kind of file, for messages; hint: what to do where it is missing.
    """
    try:
        opened = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except FileNotFoundError:
        raise InputError(f"{what} {path} does not exist{hint}") from None
    except (OSError, ValueError) as error:
        raise InputError(f"{what} {_shown(path)} cannot be read: {_reason(error)}") from None
    about = os.fstat(opened)
    if not stat.S_ISREG(about.st_mode):
        os.close(opened)
        if stat.S_ISDIR(about.st_mode):
            raise InputError(f"{what} {path} cannot be read: {os.strerror(errno.EISDIR)}")
        raise InputError(f"{what} {path} is no regular file (a device or a pipe); give a file")
    with os.fdopen(opened, "rb") as file:
        if about.st_size > most:
            raise InputError(f"{what} {path} has {about.st_size:,} bytes; give a file of at most {most:,}")
        try:
            content = file.read(most + 1)
        except OSError as error:
            raise InputError(f"{what} {path} cannot be read: {_reason(error)}") from None
    if len(content) > most:
        raise InputError(f"{what} {path} grows while it is read; give a file of at most {most:,} bytes")
    return content


def _reason(error: Exception) -> str:
    return error.strerror if isinstance(error, OSError) and error.strerror else str(error)


def _shown(path: Path) -> str:
    return ascii(str(path))[1:-1][:300]


def check_plain(content: Mapping[str, Any], what: str, path: Path) -> None:
    """Raises InputError for numbers, nesting and characters beyond reason anywhere in a file's content."""
    waiting: list[tuple[Any, str, int]] = [(content, "", 0)]
    while waiting:
        value, place, depth = waiting.pop()
        told = _beyond(value, depth)
        if told:
            raise InputError(f"{what} {path}: {place or 'the file'}: {told}")
        if isinstance(value, Mapping):
            for key, inner in value.items():
                if _CONTROL.search(key) or set(key) & set("\n\r\t"):
                    raise InputError(
                        f"{what} {path}: the name {ascii(key)[:80]} has control characters; use ones that can be "
                        "printed"
                    )
                waiting.append((inner, f"{place}.{key[:60]}" if place else key[:60], depth + 1))
        elif isinstance(value, list):
            waiting += [(inner, f"{place}[{i}]", depth + 1) for i, inner in enumerate(value, start=1)]


def _beyond(value: Any, depth: int) -> str:
    """What is beyond reason about a value, or nothing."""
    if depth > _DEEPEST:
        return f"sections and lists stand more than {_DEEPEST} deep in each other; write them flatter"
    if isinstance(value, int) and not -_LARGEST <= value < _LARGEST:
        return f"a whole number of {len(str(abs(value)))} digits; give one between -2^63 and 2^63"
    if isinstance(value, Decimal) and value.is_finite() and abs(value.adjusted()) > _EXPONENT:
        return f"a number with exponent {value.adjusted()}; give one between 1e-{_EXPONENT} and 1e{_EXPONENT}"
    if isinstance(value, str) and (found := _CONTROL.search(value)):
        return f"the text has the control character {found[0]!a}; use ones that can be printed"
    return ""
