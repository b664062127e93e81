"""A covariance or correlation matrix as it is written: a lower triangle or a full matrix, inline or in a file."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from pydantic import BeforeValidator, Field, StrictStr

from sim.answers.units import OfItems
from sim.batch import Floats
from sim.errors import InputError, counted, unknown
from sim.form import Section, content_of

#: Two halves of a full matrix may differ by rounding.
_ROUNDING = 1e-9


def _rows(given: Any) -> Any:
    if isinstance(given, str):
        return given
    if isinstance(given, list) and given and all(isinstance(row, list) for row in given):
        for number in (number for row in given for number in row):
            if isinstance(number, bool) or not isinstance(number, int | float) or not np.isfinite(number):
                raise ValueError(f"{number!r} in it is no finite number")
        return given
    raise ValueError("give rows of numbers, as text with one row a line or as a list of lists")


class MatrixTable(Section):
    """Covariances or correlations of a population's items.

    matrix: rows of the lower triangle or of the whole; file: a text or CSV file with them, where names may stand in the
    first row and column. items: the names in the order of the rows, where neither the model's order nor the file says
    it. sds: standard deviations, beside correlations; means: of the items, one number or a table by item.
    """

    matrix: Annotated[Any, BeforeValidator(_rows)] = None
    file: StrictStr = ""
    items: Annotated[list[StrictStr], Field(min_length=1)] | None = None
    sds: OfItems = None
    means: OfItems = 0.0


@dataclass(frozen=True)
class GivenMoments:
    """Correlations (p, p), and means and standard deviations (p,), of items by name."""

    items: tuple[str, ...]
    correlations: Floats
    means: Floats
    sds: Floats


def with_matrix(table: dict[str, Any], folder: Path) -> dict[str, Any]:
    """The table of `[covariance]` with what its file holds in place of the file's name."""
    if "file" not in table:
        return table
    if "matrix" in table:
        raise InputError("covariance: matrix and file are both given; leave one of the two out")
    text = content_of(folder / table["file"], "the matrix").decode("utf-8", "replace")
    names, rows = _read(text, table["file"])
    rest = {key: value for key, value in table.items() if key != "file"}
    return {**({"items": names} if names else {}), **rest, "matrix": rows}


def moments_given(table: MatrixTable, model_items: Sequence[str] = ()) -> GivenMoments:
    """What the table says, of the model's items in its order, or of all where there is no model.

    Raises InputError, each with one message, for what is no covariance matrix of these items.
    """
    if table.matrix is None:
        raise InputError("covariance: no matrix is given; give `matrix` or `file`")
    names, rows = (None, table.matrix) if isinstance(table.matrix, list) else _read(table.matrix, "matrix")
    if not rows:
        raise InputError("covariance: the matrix has no rows; give numbers, one row a line")
    square = _square([[float(number) for number in row] for row in rows])
    items = tuple(table.items or names or model_items or (f"x{i}" for i in range(1, len(square) + 1)))
    if len(items) != len(square):
        raise InputError(
            f"covariance: the matrix has {counted(len(square), 'row')} and there are {counted(len(items), 'item')} "
            f"({', '.join(items)}); name the rows by covariance.items"
        )
    if len(set(items)) < len(items):
        raise InputError(f"covariance.items: {', '.join(items)} names an item twice; name each once")
    wanted = tuple(model_items) or items
    for item in wanted:
        if item not in items:
            raise InputError(f"covariance: the matrix lacks an item of the model: {unknown('item', item, items)}")
    variances = np.diag(square)
    if not np.all(variances > 0):
        first = items[int(np.flatnonzero(~(variances > 0))[0])]
        raise InputError(f"covariance: {first} has variance {variances[items.index(first)]:g}; give one above 0")
    sds = np.sqrt(variances)
    if table.sds is not None:
        if not np.allclose(variances, 1.0):
            raise InputError("covariance.sds: goes with correlations, and the matrix has variances; leave one out")
        sds = _of(table.sds, items, "sds", 1.0)
        if not np.all(sds > 0):
            raise InputError("covariance.sds: a standard deviation is above 0")
    of_each = np.sqrt(variances)
    if not (of_each.min() > 1e-100 and of_each.max() < 1e100):
        raise InputError("covariance: variances lie between 1e-200 and 1e200; write the items in other units")
    correlations = square / np.outer(of_each, of_each)
    np.fill_diagonal(correlations, 1.0)
    lowest = float(np.linalg.eigvalsh(correlations)[0])
    if lowest < -1e-10:
        raise InputError(
            f"covariance: the matrix is no covariance matrix (smallest eigenvalue of its correlations {lowest:.4g}); "
            "look for a slip, or give more digits"
        )
    chosen = [items.index(item) for item in wanted]
    means = _of(table.means, items, "means", 0.0)
    return GivenMoments(wanted, correlations[np.ix_(chosen, chosen)], means[chosen], sds[chosen])


def _of(given: Any, items: Sequence[str], key: str, other: float) -> Floats:
    """One number for each item."""
    if not isinstance(given, dict):
        return np.full(len(items), float(given))
    for item in given:
        if item not in items:
            raise InputError(f"covariance.{key}: {unknown('item', item, items)}")
    return np.array([given.get(item, other) for item in items], dtype=np.float64)


def _read(text: str, told: str) -> tuple[list[str], list[list[float]]]:
    """The names in the first row, or in the first column, and the rows of numbers of a text."""
    lines = [re.split(r"[\s,;]+", line.strip(" \t\r,;")) for line in text.splitlines() if line.strip(" \t\r,;")]
    lines = [[part.strip("\"'") for part in line] for line in lines]
    names = lines.pop(0) if lines and not any(map(_number, lines[0])) else []
    beside = [line[0] for line in lines if _number(line[0]) is None]
    if len(beside) == len(lines) and lines:
        names, lines = beside, [line[1:] for line in lines]
    rows: list[list[float]] = []
    for line in lines:
        numbers = [_number(part) for part in line]
        if None in numbers:
            raise InputError(f"covariance: '{line[numbers.index(None)]}' in {told} is no number; give numbers alone")
        rows.append([number for number in numbers if number is not None])
    return [name for name in names if name], rows


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if np.isfinite(value) else None


def _square(rows: Sequence[Sequence[float]]) -> Floats:
    """The symmetric matrix (p, p) of rows that are whole or a lower triangle, with its diagonal or without."""
    lengths = [len(row) for row in rows]
    p = len(rows)
    if lengths == [p] * p:
        square = np.array(rows)
        if not np.allclose(square, square.T, rtol=_ROUNDING, atol=_ROUNDING):
            i, k = (int(place) for place in np.unravel_index(np.argmax(np.abs(square - square.T)), square.shape))
            raise InputError(
                f"covariance: row {i + 1}, column {k + 1} has {square[i, k]:g} and row {k + 1}, column {i + 1} "
                f"{square[k, i]:g}; a covariance matrix is symmetric"
            )
        return np.asarray((square + square.T) / 2)
    if lengths == list(range(1, p + 1)):
        square = np.zeros((p, p))
        for own, row in enumerate(rows):
            square[own, : own + 1] = square[: own + 1, own] = row
        return square
    raise InputError(
        f"covariance: its rows have {', '.join(map(str, lengths[:12]))} numbers; give a full matrix, or the lower "
        "triangle with its diagonal, 1, 2, 3, ... numbers"
    )
