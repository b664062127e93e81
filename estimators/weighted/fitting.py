"""The general search over weighted squares, one data set after another."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from estimators.base import Status
from estimators.constrained.bounds import region_of
from estimators.constrained.descent import End, Region
from estimators.constrained.fitting import Found, Search, fit_one
from estimators.constrained.moments import Layout
from estimators.constrained.table import table_of
from estimators.weighted.correlations import UnitLayout, unit_table
from estimators.weighted.squares import Places, Weighted
from sim.batch import Bools, Floats
from sim.model import Model

#: Weights (d, d) or (d,) of the moments at these places of data set r, or None where there are none.
Weights = Callable[[int, Places], Floats | None]


@dataclass(frozen=True)
class FoundSquares(Found):
    """Where the weighted squares of each of R data sets are least; functions (R,), None with a fatal status."""

    functions: tuple[Weighted | None, ...] = ()

    def weighted(self, r: int) -> Weighted:
        """The function that was minimised for data set r."""
        function = self.functions[r]
        assert function is not None
        return function


def search_squares(
    model: Model,
    samples: Floats,
    retained: Bools,
    status: NDArray[np.int8],
    weights: Weights,
    search: Search,
    n: float,
    unit: bool,
) -> FoundSquares:
    """The least point for each sample (R, p, p) of covariances, or of correlations where `unit`.

    status (R,): fatal ones are left alone. SINGULAR where there are no weights.
    """
    layouts: dict[bytes, Layout] = {}
    ended = status.copy()
    own: list[Layout] = []
    kept_samples: list[Floats] = []
    regions: list[Region | None] = []
    ends: list[End | None] = []
    functions: list[Weighted | None] = []
    for r in range(len(samples)):
        key = retained[r].tobytes()
        if key not in layouts:
            kept_items: Sequence[bool] = retained[r].tolist()
            layouts[key] = UnitLayout(unit_table(model, kept_items)) if unit else Layout(table_of(model, kept_items))
        layout, kept = layouts[key], np.flatnonzero(retained[r])
        sample = samples[r][np.ix_(kept, kept)]
        places = np.triu_indices(len(kept), int(unit))
        end, region, function = None, None, None
        if ended[r] <= Status.INADMISSIBLE:
            weight = weights(r, (kept[places[0]], kept[places[1]]))
            if weight is None:
                ended[r] = Status.SINGULAR
            else:
                function = Weighted(sample, layout, places, weight)
                region = region_of(layout.table, sample, search.bounds, n)
                with np.errstate(all="ignore"):
                    first = _first(function, model, region, search)
                    end, told = fit_one(function, model, region, search, np.nan, first)
                ended[r] = max(told, Status(int(ended[r])))
        own.append(layout)
        kept_samples.append(sample)
        regions.append(region)
        ends.append(end)
        functions.append(function if end is not None else None)
    return FoundSquares(
        search, tuple(kept_samples), tuple(own), tuple(regions), tuple(ends), np.full(len(samples), np.nan), ended,
        retained, None, tuple(functions),
    )  # fmt: skip


def _first(function: Weighted, model: Model, region: Region, search: Search) -> list[Floats]:
    """Where a search with a whole matrix of weights begins: where the squares alone are least."""
    if function.weight.ndim == 1:
        return []
    alone = replace(function, weight=np.diagonal(function.weight))
    end, _ = fit_one(alone, model, region, search, np.nan)
    return [] if end is None else [end.theta]
