"""Two results folders compared: every measure of what both have, paired where the replications are the same."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.contrast import testing
from benchmarks.contrast.quantities import Quantity, of_method
from benchmarks.contrast.stored import of_cell

#: The columns of a comparison, in order.
COLUMNS = (
    "cell_a", "cell_b", "method", "target", "measure", "value_a", "value_b", "difference", "error", "p_value",
    "adjusted", "beyond", "paired", "changed", "n_used_a", "n_used_b",
)  # fmt: skip


@dataclass(frozen=True)
class Side:
    """One of the two folders: where it is, its replications, the level of its tests, and what it knows as true.

    truths: by cell and target. screened: the methods that drop items.
    """

    folder: Path
    replications: int
    alpha: float
    truths: Mapping[tuple[int, str], float | None]
    screened: frozenset[str]

    def of(self, cell: int) -> dict[str, float | None]:
        """True values of one cell by target."""
        return {target: value for (number, target), value in self.truths.items() if number == cell}


def compared(first: Side, second: Side, cells: Sequence[tuple[int, int]], level: float) -> pd.DataFrame:
    """Every measure that both folders have in the cells paired, with COLUMNS; `beyond`: it differs beyond chance.

    level: the probability that anything at all is called different where nothing is. p_value is NaN, and the row is
    not counted among the tests, where nothing differs at all or too little is there.
    """
    rows: list[dict[str, Any]] = []
    for cell_a, cell_b in cells:
        own, streams_a = of_cell(first.folder, cell_a, first.replications)
        other, streams_b = of_cell(second.folder, cell_b, second.replications)
        for method in (name for name in own if name in other):
            quantities = [
                {
                    (each.target, each.measure): each
                    for each in of_method(table, side.of(cell), side.alpha, method in side.screened)
                }
                for side, cell, table in ((first, cell_a, own[method]), (second, cell_b, other[method]))
            ]
            for key in (key for key in quantities[0] if key in quantities[1]):
                found = _row(quantities[0][key], quantities[1][key], streams_a == streams_b)
                if found is not None:
                    rows.append({"cell_a": cell_a, "cell_b": cell_b, "method": method, **found})
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    table["adjusted"] = testing.holm(table["p_value"].to_numpy(dtype=float))
    table["beyond"] = table["adjusted"] <= level
    return table


def _row(a: Quantity, b: Quantity, same: bool) -> dict[str, Any] | None:
    """One measure of both; None where one of them has no number at all."""
    if not a.known.any() or not b.known.any():
        return None
    if same:
        common = min(len(a.values), len(b.values))
        both = a.known[:common] & b.known[:common]
        tested = testing.paired(a.values[:common][both], b.values[:common][both], a.rate)
    else:
        tested = testing.independent(a.values[a.known], b.values[b.known], a.rate)
    difference, error = b.value - a.value, tested.error
    if a.squares and np.isfinite(error) and a.value + b.value > 0:
        error /= a.value + b.value  # of the roots: the difference of squares is that of the roots times their sum
    return {
        "target": a.target,
        "measure": a.measure,
        "value_a": a.value,
        "value_b": b.value,
        "difference": 0.0 if tested.changed == 0 and np.isclose(difference, 0, atol=testing.ROUNDING) else difference,
        "error": error,
        "p_value": tested.p_value,
        "adjusted": np.nan,
        "beyond": False,
        "paired": same,
        "changed": tested.changed,
        "n_used_a": tested.used[0],
        "n_used_b": tested.used[1],
    }


def smallest_found(table: pd.DataFrame, level: float) -> dict[str, float]:
    """By measure, the difference that would have been found in four of five such comparisons: the median over rows.

    At Bonferroni's level for as many tests, which is that of Holm's first step: (z + 0.84) standard errors.
    """
    from scipy.special import ndtri

    tests = int(table["p_value"].notna().sum())
    if not tests:
        return {}
    reach = float(-ndtri(level / tests / 2) + ndtri(0.8))
    known = table[table["p_value"].notna()]
    return {str(name): reach * float(errors.median()) for name, errors in known.groupby("measure", sort=False)["error"]}
