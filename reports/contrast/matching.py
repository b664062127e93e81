"""Which cell of one study stands beside which of the other."""

import re
from collections.abc import Sequence

from reports.results import Results
from sim.errors import InputError

Pairs = list[tuple[int, int]]


def matched(first: Results, second: Results) -> Pairs:
    """Cells of the same n and the same levels of the factors that both studies have, in the first one's order.

    A factor that only one of them has stands at its first level. Raises InputError where no cell has a partner.
    """
    shared = [name for name in first.study.factors if name in second.study.factors]
    places = [_places(results, shared) for results in (first, second)]
    found = [(cell, places[1][key]) for key, cell in places[0].items() if key in places[1]]
    if not found:
        told = "; ".join(f"{results.study.name} has {_first_cells(results)}" for results in (first, second))
        raise InputError(
            f"no cell of the two studies has the same n and levels ({told}); say which belong together, as in "
            "--cells 1:1"
        )
    return found


def chosen(first: Results, second: Results, given: Sequence[str]) -> Pairs:
    """The pairs named as in `1:3`: a cell of the first study, one of the second. Raises InputError."""
    known = [{cell.cell for cell in results.study.cells} for results in (first, second)]
    pairs = []
    for text in given:
        parts = re.fullmatch(r"(\d{1,6}):(\d{1,6})", text)
        if parts is None:
            raise InputError(f"--cells is {text}; give two numbers of cells, as in 1:3")
        pair = (int(parts[1]), int(parts[2]))
        for number, there, results in zip(pair, known, (first, second), strict=True):
            if number not in there:
                raise InputError(
                    f"--cells {text}: {results.study.name} has no cell {number}; its cells are {min(there)} to "
                    f"{max(there)}"
                )
        pairs.append(pair)
    return pairs


def _places(results: Results, shared: Sequence[str]) -> dict[tuple[object, ...], int]:
    """Cells by n and shared levels, the other factors at their first level."""
    rest = {name: factor.levels[0] for name, factor in results.study.factors.items() if name not in shared}
    return {
        (n, *(levels[name] for name in shared)): cell
        for levels, n, cell in results.all_cells
        if all(levels[name] == level for name, level in rest.items())
    }


def _first_cells(results: Results) -> str:
    labels = [f"cell {cell.cell} ({cell.label or f'n = {cell.n}'})" for cell in results.study.cells]
    return ", ".join(labels[:3]) + (" and more" if len(labels) > 3 else "")
