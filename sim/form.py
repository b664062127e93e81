"""Input files: regular ones of a sensible size; TOML read and checked whole, every mistake told with its place."""

import dataclasses
import os
import re
import stat
import tomllib
from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from sim.errors import InputError, nearest

#: Bytes of a TOML or model file.
MOST_TEXT = 10_000_000
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
            raise InputError(f"{what} {path} cannot be read: it is a folder; give a file")
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


class Section(BaseModel):
    """A section: unknown keys are mistakes."""

    model_config = ConfigDict(extra="forbid")


def _level(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError("must be text or a number")
    return value


#: A level of a factor.
Level = Annotated[str | int | float, BeforeValidator(_level)]
Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]

#: How a value that may have two forms is told apart in a form's types; no part of a place in the file.
TABLE, LEVELS = "(table)", "(levels)"

_WORDS = {
    "model_type": "must be a section",
    "dict_type": "must be a section",
    "list_type": "must be a list, in square brackets",
    "string_type": "must be text",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "finite_number": "must be a finite number",
    "missing": "is missing; it is needed",
    "string_pattern_mismatch": "use letters, digits, `.`, `_` and `-`",
}


def read_toml(path: Path, what: str, hint: str = "", number: Callable[[str], Any] = float) -> dict[str, Any]:
    """The content of a TOML file. Raises InputError where it is no file or no TOML; `hint` is for a missing file.

    number: what is made of a decimal number's text.
    """
    try:
        content = tomllib.loads(content_of(path, what, hint).decode("utf-8"), parse_float=number)
    except UnicodeDecodeError as error:
        raise InputError(f"{what} {path} is not UTF-8 text (byte {error.start}); save it as UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{what} {path} is not TOML: {error}") from None
    except RecursionError:
        raise InputError(f"{what} {path}: brackets stand too deep in each other; write them flatter") from None
    except InputError:
        raise
    except (ValueError, ArithmeticError) as error:
        raise InputError(
            f"{what} {path} holds a number beyond reason ({str(error)[:80]}); give a shorter one"
        ) from None
    check_plain(content, what, path)
    return content


#: Keys that files of one kind alone have, and the command that takes such a file.
_KINDS = {
    "study": (("aims", "data", "estimands", "methods"), "loadstone run"),
    "population": (("values", "covariance", "factors", "themes", "base"), "loadstone show"),
    "table": (("method", "paper", "scale_points", "loading_rule", "htmt"), "loadstone reconstruct"),
}


def check_kind(content: Mapping[str, Any], kind: str, path: Path) -> None:
    """Raise InputError for the content of a file of another kind: a study, a population or a table."""
    has = {each: [key for key in keys if key in content] for each, (keys, _) in _KINDS.items()}
    other = max(has, key=lambda each: len(has[each]))
    if has[other] and not has[kind]:
        raise InputError(
            f"{path} is a {other} file (it has {', '.join(has[other])}), and a {kind} file is needed here; "
            f"give one, or use this one with {_KINDS[other][1]}"
        )


def mistakes(error: ValidationError, whole: type[Section]) -> list[str]:
    """Every mistake of form in the project's words."""
    return [_told(problem, whole) for problem in error.errors()]


def place(location: tuple[Any, ...]) -> str:
    """`data.n[2]` for ("data", "n", 1)."""
    text = ""
    for part in location:
        text += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text


def _told(problem: Mapping[str, Any], whole: type[Section]) -> str:
    where = tuple(part for part in problem["loc"] if part not in (TABLE, LEVELS))
    kind = problem["type"]
    if kind in ("extra_forbidden", "unexpected_keyword_argument"):
        allowed = _keys(whole, where[:-1])
        told = f"there is no such key{nearest(str(where[-1]), allowed)} (allowed: {', '.join(allowed)})"
    elif kind == "missing":
        told = _WORDS[kind]
    elif kind in ("too_short", "too_long"):
        limits = {"too_short": "at least {min_length}", "too_long": "at most {max_length}"}[kind]
        told = f"{problem['ctx']['actual_length']} given; there must be {limits.format(**problem['ctx'])}"
    elif kind == "value_error":
        given = problem["input"]
        shown = str(given) if isinstance(given, Decimal) else repr(given)
        told = f"{shown} given; {problem['ctx']['error']}" if where else str(problem["ctx"]["error"])
    else:
        words = _WORDS.get(kind) or problem["msg"].replace("Input should be", "must be")
        told = f"{problem['input']!r} given; {words}"
    return f"{place(where)}: {told}" if where else told


def _keys(whole: type[Section], location: tuple[Any, ...]) -> list[str]:
    """Keys allowed at a place."""
    kind: Any = whole
    for part in location:
        kind = _plain(_fields(kind)[part] if _fields(kind) else get_args(kind)[-1])
    return list(_fields(kind))


def _plain(kind: Any) -> Any:
    """A type without what is annotated to it; of several, the first."""
    while get_origin(kind) in (Annotated, Union, UnionType):
        kind = get_args(kind)[0]
    return kind


def _fields(kind: Any) -> dict[str, Any]:
    """The keys of a section with their types; none where it is no section."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return {name: field.annotation for name, field in kind.model_fields.items()}
    return {field.name: field.type for field in dataclasses.fields(kind)} if dataclasses.is_dataclass(kind) else {}
