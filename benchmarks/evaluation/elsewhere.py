"""Estimates of other cells that a cell is set beside: those where a path is zero, and all else the same."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from benchmarks.study.cells.cell import Cell
from benchmarks.study.study import Study
from estimators.base import Status
from estimators.methods import Method
from sim.batch import Floats
from sim.targets import Target

#: Gives the stored estimates of a cell by method.
Load = Callable[[Cell], Mapping[str, pd.DataFrame]]


@dataclass(frozen=True)
class Elsewhere:
    """The other cells of a study, as seen from one of them."""

    study: Study
    cell: Cell
    load: Load

    def null_cell(self, target: Target) -> Cell | None:
        """The first cell with the same n that differs in the level of one factor and has a true value of 0."""
        for other in self.study.cells:
            levels = self.cell.levels
            differing = [factor for factor in levels if other.levels[factor] != levels[factor]]
            if other.n == self.cell.n and len(differing) == 1 and float(other.truth([target])[0]) == 0:
                return other
        return None

    def null_p_values(self, method: Method, target: Target) -> Floats | None:
        """p-values (R0,) of usable replications where the target is 0; None where no cell is such."""
        other = self.null_cell(target)
        if other is None or method.name not in [each.name for each in self.study.at(other).methods]:
            return None
        table = self.load(other)[method.name]
        column = f"p_value:{target.name}"
        found: Floats = table.loc[table["status"] == Status.OK, column].to_numpy()
        return found[~np.isnan(found)]
