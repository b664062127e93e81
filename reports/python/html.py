"""What the front door's objects show of themselves in a notebook: headings, tables and drawings as HTML."""

from collections.abc import Sequence
from html import escape
from typing import Any

import pandas as pd

#: Rows of a table that are shown; the frame itself has all.
_MOST_ROWS = 20


def shown(title: str, *parts: str) -> str:
    """A heading with what stands below it."""
    return f"<div><strong>{escape(title)}</strong>{''.join(parts)}</div>"


def paragraph(text: str) -> str:
    """A paragraph of plain text."""
    return f"<p>{escape(text)}</p>" if text else ""


def drawing(svg: str) -> str:
    """A drawing, no wider than the page."""
    return f'<div style="max-width: 100%; overflow-x: auto">{svg}</div>'


def frame(table: pd.DataFrame, decimals: int = 3) -> str:
    """The first rows of a data frame, numbers to so many decimals, and how many rows are left."""
    first: Any = table.head(_MOST_ROWS)
    body = str(first.to_html(index=False, border=0, na_rep="", float_format=lambda x: f"{x:.{decimals}f}", escape=True))
    left = len(table) - _MOST_ROWS
    return body + (paragraph(f"and {left:,} more rows") if left > 0 else "")


def rows(headers: Sequence[str], content: Sequence[Sequence[object]]) -> str:
    """A small table."""
    return frame(pd.DataFrame(content, columns=list(headers)))
