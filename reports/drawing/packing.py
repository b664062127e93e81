"""The marks of figures over many cells, packed: a page holds them as compressed columns and unpacks what it shows."""

import base64
import json
import math
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

from reports.drawing.figure import Figure, Row

#: Significant digits kept of a number: more than a plot can show.
_DIGITS = 4


def packed(drawn: Sequence[Figure]) -> str:
    """The rows of every plot by figure, as columns: JSON, deflated (zlib), in base64.

    A column of text that repeats itself is stored as its different texts and the number of each row's.
    """
    content = {figure.name: [_columns(panel.rows) for panel in figure.panels] for figure in drawn}
    text = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return base64.b64encode(zlib.compress(text.encode(), 9)).decode()


def _columns(rows: Sequence[Row]) -> dict[str, Any]:
    names = list(dict.fromkeys(name for row in rows for name in row))
    return {name: _column([row.get(name) for row in rows]) for name in names}


def _column(values: list[Any]) -> Any:
    """Numbers rounded, or texts with the number of each row's."""
    if all(isinstance(value, str) for value in values):
        texts = list(dict.fromkeys(values))
        place: Mapping[str, int] = {text: number for number, text in enumerate(texts)}
        return {"texts": texts, "at": [place[value] for value in values]}
    return [_rounded(value) for value in values]


def _rounded(value: Any) -> Any:
    if not isinstance(value, float) or not value:
        return value
    return round(value, _DIGITS - 1 - math.floor(math.log10(abs(value))))
