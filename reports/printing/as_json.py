"""What commands print with --json: plain data, the same each time, a number that there is none of as null."""

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any


def text(content: Any) -> str:
    """The content as indented JSON, with a line end."""
    return json.dumps(_plain(content), indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def records(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> list[dict[str, Any]]:
    """A table as a list of objects, one a row."""
    return [dict(zip(columns, row, strict=True)) for row in rows]


def _plain(value: Any) -> Any:
    """Python's own numbers, texts, lists and tables; None for what is no finite number."""
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if hasattr(value, "item"):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value
