"""The room that a printed AVE leaves to composite reliability and alpha, for a picture of each block."""

from dataclasses import dataclass

import numpy as np

from sim.batch import Floats
from sim.tables.bounds import blockbounds as bounds
from sim.tables.bounds.consistency import ALIKE, FAR, NEAR
from sim.tables.onefactor import MOST, BlockTask, nearest, numbers, pattern
from sim.tables.reading.printed import Printed
from sim.tables.reading.table import Reported, Table

_GRID = 80


@dataclass(frozen=True)
class Region:
    """rho_c (g,) with the lowest and highest fine alpha (g,) at a printed AVE, and the one-factor blocks (g, 2) there.

    `alpha` and `rho_c` are the printed numbers. The blocks run from equal loadings to the most unequal ones.
    """

    construct: str
    ave: Printed
    alpha: Printed
    rho_c: Printed
    reliabilities: Floats
    lowest: Floats
    highest: Floats
    one_factor: Floats


def regions(table: Table) -> list[Region]:
    """One for each block of two items or more that prints AVE, rho_c and alpha."""
    return [
        _region(table, block, block.ave, block.alpha, block.rho_c)
        for block in table.reported.values()
        if block.k > 1 and block.ave and block.alpha and block.rho_c
    ]


def _region(table: Table, block: Reported, ave: Printed, alpha: Printed, rho_c: Printed) -> Region:
    k, q = block.k, block.k * ave.value
    known = bounds.Ends()
    sums = np.linspace(bounds.smallest_sum(k, q, known), bounds.largest_sum(k, q, known), _GRID)
    reliabilities = np.array([bounds.composite_reliability(float(s**2), q, k) for s in sums])
    if table.method == "pls":
        lowest = np.array([bounds.alpha_of(float(s**2), k) for s in sums])
        highest = np.array([bounds.alpha_of(min(float(s / ALIKE) ** 2, k * k), k) for s in sums])
    else:
        equal = np.array([bounds.alpha_of(float(s**2) + k - q, k) for s in sums])
        lowest, highest = equal - FAR, np.minimum(equal, reliabilities) + NEAR
    return Region(block.construct, ave, alpha, rho_c, reliabilities, lowest, highest, _one_factor(table, k, ave))


def _one_factor(table: Table, k: int, ave: Printed) -> Floats:
    """(rho_c, alpha) of one-factor blocks with the printed AVE."""
    task = BlockTask(k, table.method, (("ave", ave),))
    found = []
    for spread in np.linspace(0.0, MOST / (2 * pattern(k).max()), _GRID):
        mean, off = nearest(task, float(spread))
        if off <= 1e-3:
            block = numbers(np.clip(mean + spread * pattern(k), 0.0, MOST), table.method)
            found.append((block["rho_c"], block["alpha"]))
    return np.array(found).reshape(-1, 2)
