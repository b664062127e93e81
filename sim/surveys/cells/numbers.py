"""Cells of text as numbers: decimal commas, other digits and minus signs, and what stands for a missing answer."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any, Literal

import numpy as np
import pandas as pd

from sim.batch import Floats
from sim.surveys.cells.table import is_blank

Decimal = Literal[",", "."]
#: What stands for a missing answer in a cell, beside codes the user declares.
MISSING = (
    *("", ".", "NA", "na", "NaN", "nan", "N/A", "n/a", "#N/A", "#N/D", "NULL", "null", "#NULL!", "<NA>", "NaT"),
)  # fmt: skip

_COMMA = re.compile(r"[+-]?\d*,\d+\Z")
_POINT = re.compile(r"[+-]?\d*\.\d+(?:[eE][+-]?\d+)?\Z")
#: Digits in groups of three: a number in thousands, or three decimals.
_GROUP = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}\Z")
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?\Z")
_SIGNS = str.maketrans({"\N{MINUS SIGN}": "-", "\N{ARABIC DECIMAL SEPARATOR}": ",", "\N{FULLWIDTH FULL STOP}": "."})


def plain(cell: str) -> str:
    """A cell with the digits 0-9, a hyphen as minus sign, and without formatting marks."""
    if cell.isascii():
        return cell
    text = cell.translate(_SIGNS)
    return "".join(
        str(unicodedata.decimal(sign)) if sign.isdecimal() else sign
        for sign in text
        if unicodedata.category(sign) != "Cf"
    ).strip()


def is_number(cell: object) -> bool:
    """Whether a cell can be read as a number, with either decimal sign."""
    if not isinstance(cell, str):
        return isinstance(cell, int | float | np.number) and not isinstance(cell, bool)
    text = plain(cell)
    return bool(_NUMBER.match(text) or _COMMA.match(text))


def is_missing(cell: object, codes: Sequence[str] = ()) -> bool:
    """Whether a cell stands for a missing answer."""
    return is_blank(cell) or (isinstance(cell, str) and (cell in MISSING or cell in codes))


def decimal_signs(cells: Iterable[Any]) -> tuple[list[str], list[str]]:
    """The cells written with a decimal comma, and those with a decimal point."""
    texts = [cell for cell in cells if isinstance(cell, str)]
    return [cell for cell in texts if _COMMA.match(plain(cell))], [cell for cell in texts if _POINT.match(plain(cell))]


def in_thousands(commas: Sequence[str]) -> bool:
    """Whether every comma may part thousands: exactly three digits follow each."""
    return bool(commas) and all(_GROUP.match(plain(cell)) for cell in commas)


def values_of(cells: Sequence[Any], decimal: Decimal) -> Floats:
    """The numbers in cells (k,), NaN where there is none; infinite ones stay so."""
    return np.array([_value(cell, decimal) for cell in cells], dtype=np.float64)


def _value(cell: Any, decimal: Decimal) -> float:
    if isinstance(cell, str):
        return _written(cell, decimal)
    strange = isinstance(cell, bool | np.bool_) or not isinstance(cell, int | float | np.number)
    return float(np.nan if strange else cell)


@lru_cache(maxsize=4_096)
def _written(cell: str, decimal: Decimal) -> float:
    """The number that a text spells; the columns of a survey have most of their answers in common."""
    text = plain(cell)
    if _COMMA.match(text):
        text = text.replace(",", ".") if decimal == "," else ""
    elif decimal == "," and _POINT.match(text):
        text = ""
    return float(pd.to_numeric(text, errors="coerce") if text else np.nan)
