"""The form of a TOML file: read and checked whole, every mistake told with its place."""

import dataclasses
import tomllib
from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from sim.errors import InputError, nearest


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
    "list_type": "must be a list",
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
        return tomllib.loads(path.read_text(encoding="utf-8"), parse_float=number)
    except FileNotFoundError:
        raise InputError(f"{what} {path} does not exist{hint}") from None
    except UnicodeDecodeError as error:
        raise InputError(f"{what} {path} is not UTF-8 text (byte {error.start}); save it as UTF-8") from None
    except OSError as error:
        raise InputError(f"{what} {path} cannot be read: {error.strerror}") from None
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{what} {path} is not TOML: {error}") from None


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
