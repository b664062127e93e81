"""Lines below the answers that sum them up: named totals, and sums, means, deviations or counts without a name."""

import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from sim.surveys.cells.numbers import is_number, plain, values_of
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
    """The table without the last lines that hold sums, means, standard deviations or counts of the lines above them.

    Each of them is one of these in four columns of five or more, of three or more; named lines may stand among them.
    """
    n = len(table.places)
    for count in range(min(MOST, n - 3), 0, -1):
        ending = [_row(table, n - count + k) for k in range(count)]
        summing = [_sums_up(table, n - count, n - count + k) for k in range(count)]
        if all(of or is_named_total(cells) for of, cells in zip(summing, ending, strict=True)) and any(summing):
            left["of totals"] += count
            columns = [
                column if column.crowded else replace(column, codes=column.codes[:-count]) for column in table.columns
            ]
            return replace(table, columns=tuple(columns), places=table.places[:-count])
    return table


def _row(table: Table, row: int) -> list[str]:
    """The cells of a row, without those of columns that are not kept."""
    return [str(column.cells[int(column.codes[row])]) for column in table.columns if len(column.codes) > row]


def _sums_up(table: Table, n: int, row: int) -> bool:
    """Whether a row sums up the first n rows."""
    found = [sums for column in table.columns if (sums := _sums(column, n, row)) is not None]
    if len(found) < 3:
        return False
    total, mean, deviation, of_all, count, fraction = np.mean(np.array(found), axis=0)
    # Whole answers are near the means and deviations of some survey: those of few columns are whole.
    return bool(max(total, count) >= 0.8 or (fraction >= 1 / 3 and max(mean, deviation, of_all) >= 0.8))


def _sums(column: Column, n: int, row: int) -> tuple[bool, ...] | None:
    """Whether the number in a row is the sum, the mean, the standard deviation (divisors n - 1 and n) or the count of
    the first n, and whether it is no whole number; None where there are too few, or they number rows.
    """
    if column.crowded or len(column.codes) <= row:
        return None
    last = str(column.cells[int(column.codes[row])])
    if not is_number(last) or len(column.cells) > 2_000:
        return None
    values = values_of(column.cells, "." if "." in last else ",")
    end = float(values[int(column.codes[row])])
    counts = np.bincount(column.codes[:n], minlength=len(values)).astype(np.float64)
    given = np.where(np.isfinite(values), counts, 0.0)
    times = float(given.sum())
    if not np.isfinite(end) or times < 0.5 * n or np.count_nonzero(given) == n:
        return None
    known = np.where(given > 0, values, 0.0)
    total = float(known @ given)
    mean = total / times
    squares = float((known - mean) ** 2 @ given)
    decimals = len(plain(last).replace(",", ".").partition(".")[2])
    near = 0.51 * 10.0**-decimals + 1e-9 * abs(end)
    highest = float(np.max(values[given > 0]))
    return (
        abs(total - end) <= 1e-9 * abs(end) and total != mean,
        decimals > 0 and abs(mean - end) <= near,
        decimals > 0 and abs(np.sqrt(squares / max(times - 1, 1)) - end) <= near,
        decimals > 0 and abs(np.sqrt(squares / times) - end) <= near,
        times == end and end > highest,
        end != round(end),
    )
