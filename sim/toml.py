"""TOML as text: values, and whole files, as they are read again by `tomllib`."""

import json
import math
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

#: A text over several lines that can stand between triple quotation marks as it is.
_PLAIN_LINES = re.compile(r'[^"\\\x00-\x08\x0b-\x1f\x7f]*\n[^"\\\x00-\x08\x0b-\x1f\x7f]*')


def document(content: Mapping[str, Any]) -> str:
    """A whole file: plain values first, then a section for every table.

    content: text, numbers, true or false, lists and tables of these; what is None is left out. Raises TypeError for
    anything else.
    """
    return "\n".join(_section(content, ())).strip("\n") + "\n"


def value(given: Any) -> str:
    """One value on the right of an equals sign; tables and lists in brackets, texts as `json` has them."""
    if isinstance(given, Mapping) and not given:
        return "{}"
    if isinstance(given, Mapping):
        return "{ " + ", ".join(f"{key(name)} = {value(each)}" for name, each in given.items()) + " }"
    if isinstance(given, list | tuple):
        return f"[{', '.join(value(each) for each in given)}]"
    if isinstance(given, bool):
        return "true" if given else "false"
    if isinstance(given, str):
        return text(given)
    if isinstance(given, int | Decimal):
        return str(given)
    if isinstance(given, float):
        return repr(given) if math.isfinite(given) else repr(given).replace("infinity", "inf")
    raise TypeError(f"{type(given).__name__} has no form in TOML")


def key(name: str) -> str:
    """A key, in quotation marks where it has other signs than letters, digits, `_` and `-`."""
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else text(name)


def text(given: str) -> str:
    """A text between quotation marks."""
    return json.dumps(given, ensure_ascii=False).replace("\x7f", "\\u007f")


def _section(content: Mapping[str, Any], place: tuple[str, ...]) -> Iterator[str]:
    """The lines of a section: its plain values, then the sections in it."""
    present = {name: each for name, each in content.items() if each is not None}
    sections = {name: each for name, each in present.items() if isinstance(each, Mapping)}
    plain = {name: each for name, each in present.items() if name not in sections}
    if place and (plain or not sections):
        yield f"\n[{'.'.join(map(key, place))}]"
    for name, each in plain.items():
        yield f"{key(name)} = {_lines(each)}"
    for name, each in sections.items():
        yield from _section(each, (*place, name))


def _lines(given: Any) -> str:
    """A value that may take several lines: a text with line ends is written with them."""
    if isinstance(given, str) and _PLAIN_LINES.fullmatch(given):
        return f'"""\n{given}"""'
    return value(given)
