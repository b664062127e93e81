"""Lines below the answers that sum them up: named totals, and sums or means without a name."""

import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from sim.surveys.numbers import is_number, values_of
from sim.surveys.table import Column, Table

#: Lines at the end that are looked at.
MOST = 8
#: First words of such lines in English, French, Spanish, German and Arabic, without accents.
_WORDS = (
    *("total", "totals", "sum", "mean", "average", "median", "sd", "std", "std.", "min", "max", "minimum", "maximum"),
    *("totaux", "somme", "moyenne", "moyennes", "mediane", "ecart-type", "ecart", "effectif", "variance", "count"),
    *("suma", "media", "promedio", "mediana", "gesamt", "summe", "mittelwert", "durchschnitt", "anzahl"),
    *("المجموع", "المتوسط", "المعدل"),
)


def is_named_total(cells: Sequence[str]) -> bool:
    """Whether one of the first filled cells says that the line sums up, and numbers follow."""
    filled = [cell.strip() for cell in cells if cell.strip()]
    first = unicodedata.normalize("NFKD", filled[0].casefold()) if filled else ""
    words = "".join(sign for sign in first if not unicodedata.combining(sign)).split()
    return bool(words) and words[0].rstrip(":") in _WORDS and all(is_number(cell) for cell in filled[1:])


def without_sums(table: Table, left: Counter[str]) -> Table:
    """The table without a last line that holds the sums or the means of the others."""
    n = len(table.places)
    if n < 4:
        return table
    found = [values for column in table.columns if (values := _numbers(column, n)) is not None]
    if len(found) < 3:
        return table
    data = np.stack(found)
    above, last = data[:, :-1], data[:, -1]
    with np.errstate(invalid="ignore"):
        sums = np.abs(np.nansum(above, axis=1) - last) <= 1e-9 * np.abs(last)
        means = (np.abs(np.nanmean(above, axis=1) - last) <= 0.0051) & (last != np.round(last))
    if np.mean(sums) < 0.8 and np.mean(means) < 0.8:
        return table
    left["of totals"] += 1
    columns = [column if column.crowded else replace(column, codes=column.codes[:-1]) for column in table.columns]
    return replace(table, columns=tuple(columns), places=table.places[:-1])


def _numbers(column: Column, n: int) -> NDArray[np.float64] | None:
    """The column's numbers (n,), None where it holds too few, ends in none, or numbers the rows."""
    if column.crowded or len(column.codes) != n:
        return None
    last = column.cells[int(column.codes[-1])]
    if not is_number(last) or len(column.cells) > 2_000:
        return None
    values = values_of(column.cells, "." if "." in str(last) else ",")[column.codes]
    if np.isnan(values[-1]) or np.isnan(values).mean() > 0.5 or len(np.unique(values[:-1])) == n - 1:
        return None
    return np.asarray(values)
