"""Lines below the answers that sum them up: named totals, and sums or means without a name."""

import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from sim.surveys.cells.numbers import is_number, values_of
from sim.surveys.cells.table import Column, Table

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
    found = [sums for column in table.columns if (sums := _sums(column, n)) is not None]
    if len(found) < 3:
        return table
    total, mean, last = np.array(found).T
    sums = np.abs(total - last) <= 1e-9 * np.abs(last)
    means = (np.abs(mean - last) <= 0.0051) & (last != np.round(last))
    if np.mean(sums) < 0.8 and np.mean(means) < 0.8:
        return table
    left["of totals"] += 1
    columns = [column if column.crowded else replace(column, codes=column.codes[:-1]) for column in table.columns]
    return replace(table, columns=tuple(columns), places=table.places[:-1])


def _sums(column: Column, n: int) -> tuple[float, float, float] | None:
    """Sum and mean of all but the last number, and the last one; None where there are too few, or they number rows."""
    if column.crowded or len(column.codes) != n:
        return None
    last = column.cells[int(column.codes[-1])]
    if not is_number(last) or len(column.cells) > 2_000:
        return None
    values = values_of(column.cells, "." if "." in str(last) else ",")
    counts = np.bincount(column.codes[:-1], minlength=len(values)).astype(np.float64)
    given = np.where(np.isnan(values), 0.0, counts)
    end = float(values[int(column.codes[-1])])
    if np.isnan(end) or given.sum() < 0.5 * n or np.count_nonzero(given) == n - 1:
        return None
    total = float(np.where(given > 0, values, 0.0) @ given)
    return total, total / float(given.sum()), end
