"""The general search on a batch, one data set after another."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from estimators.base import Status
from estimators.constrained.bounds import Bounds, region_of
from estimators.constrained.descent import End, Objective, Region, descend, directions_left, into, inverse_left
from estimators.constrained.discrepancy import Discrepancy, Kind
from estimators.constrained.moments import Layout
from estimators.constrained.starts import start
from estimators.constrained.table import table_of
from estimators.solution import constant_items
from sim.batch import Batch, Bools, Floats
from sim.model import Model

#: Under this the information, scaled to a unit diagonal, leaves a direction undetermined.
UNDETERMINED = 1e-9
#: How far the smallest eigenvalue of a sample's correlations may sink before they count as singular.
SINGULAR = 1e-10
#: A search by second derivatives that has not settled in so many steps runs off to infinity.
MOST_STEPS = 150
#: Steps without bounds that a starting value is worth.
FEW_STEPS = 40


@dataclass(frozen=True)
class Search:
    """What is minimised and how far: settings of a method."""

    kind: Kind
    bounds: Bounds
    tolerance: float
    limit: int


@dataclass(frozen=True)
class Found:
    """Where the discrepancy of each of R data sets is least. What is None has a fatal status.

    samples: covariances (p, p) of the retained items; layouts; ends; discrepancy (R,) F = 2 f; log_determinant (R,)
    ln|R| of the items' correlations; df, items, parameters (R,). means (R, p) of all the items, None where the model is
    of covariances alone.
    """

    search: Search
    samples: tuple[Floats | None, ...]
    layouts: tuple[Layout, ...]
    regions: tuple[Region | None, ...]
    ends: tuple[End | None, ...]
    log_determinant: Floats
    status: NDArray[np.int8]
    retained: Bools
    means: Floats | None = None

    @property
    def usable(self) -> list[int]:
        """The data sets that have an end."""
        return [r for r, end in enumerate(self.ends) if end is not None]

    @property
    def discrepancy(self) -> Floats:
        """F (R,)."""
        return np.array([np.nan if end is None else 2.0 * end.value for end in self.ends])

    @property
    def items(self) -> Floats:
        """Retained items (R,)."""
        return np.asarray(self.retained.sum(axis=1), dtype=np.float64)

    @property
    def df(self) -> Floats:
        """Moments less parameters (R,); a bound that binds takes none away."""
        parameters = np.array([layout.table.parameters for layout in self.layouts], dtype=np.float64)
        df = np.array([layout.table.moments for layout in self.layouts], dtype=np.float64) - parameters
        return np.where([end is None for end in self.ends], np.nan, df)

    @property
    def iterations(self) -> NDArray[np.int32]:
        """Steps of the search (R,)."""
        return np.array([0 if end is None else end.steps for end in self.ends], dtype=np.int32)

    def discrepancy_of(self, r: int) -> Discrepancy:
        """The function that was minimised for data set r."""
        sample = self.samples[r]
        assert sample is not None
        means = None if self.means is None else self.means[r, self.retained[r]]
        return Discrepancy(self.search.kind, sample, self.layouts[r], means)

    def directions(self, r: int) -> Floats:
        """The directions (k, d) that the ties and the bounds that bind leave to the parameters of data set r."""
        return directions_left(*self._ended(r))

    def inverse(self, r: int, information: Floats) -> Floats:
        """The inverse (k, k) of an information along the directions that are left; NaN where not positive definite."""
        return inverse_left(information, *self._ended(r))

    def _ended(self, r: int) -> tuple[End, Region]:
        """Where the search of data set r ended, and where it was free to go."""
        end, region = self.ends[r], self.regions[r]
        assert end is not None
        assert region is not None
        return end, region


def search_all(batch: Batch, model: Model, search: Search, divisor: float) -> Found:
    """The least point for each data set, of covariances with this divisor; columns are found by their names.

    A model with intercepts is fitted to the means too, which maximum likelihood alone can (kind "likelihood").
    """
    batch = batch.aligned(model.items)
    status = constant_items(batch)
    factor = batch.n / divisor if np.isfinite(batch.n) else 1.0
    layouts: dict[bytes, Layout] = {}
    own, samples, regions, ends = [], [], [], []
    log_determinant = np.full(len(batch), np.nan)
    for r in range(len(batch)):
        key = batch.retained[r].tobytes()
        if key not in layouts:
            layouts[key] = Layout(table_of(model, batch.retained[r].tolist()))
        own.append(layouts[key])
        kept = np.flatnonzero(batch.retained[r])
        sample = batch.moments.covariances[r][np.ix_(kept, kept)] * factor
        end, region = None, None
        if status[r] == Status.OK:
            log_determinant[r] = _log_determinant(sample)
            region = region_of(layouts[key].table, sample, search.bounds, batch.n)
            own_means = batch.moments.means[r, kept] if model.with_means else None
            objective = Discrepancy(search.kind, sample, layouts[key], own_means)
            with np.errstate(all="ignore"):
                end, status[r] = fit_one(objective, model, region, search, float(log_determinant[r]))
        samples.append(sample)
        regions.append(region)
        ends.append(end)
    return Found(
        search, tuple(samples), tuple(own), tuple(regions), tuple(ends), log_determinant, status, batch.retained,
        batch.moments.means if model.with_means else None,
    )  # fmt: skip


def _log_determinant(sample: Floats) -> float:
    """ln|R| of the correlations, NaN where they are singular."""
    deviation = np.sqrt(np.diagonal(sample))
    values = np.linalg.eigvalsh(sample / deviation / deviation[:, None]) if len(sample) else np.ones(1)
    return float(np.log(values).sum()) if values.min() > SINGULAR else np.nan


class Sampled(Objective, Protocol):
    """A function of the parameters of a layout that compares what they imply with a sample's covariances and means."""

    @property
    def layout(self) -> Layout: ...

    @property
    def sample(self) -> Floats: ...

    @property
    def means(self) -> Floats | None: ...


def fit_one(
    objective: Sampled,
    model: Model,
    region: Region,
    search: Search,
    log_determinant: float,
    first: Sequence[Floats] = (),
) -> tuple[End | None, Status]:
    """Where one data set's function is least, or None, and how that ended. A kind but "unweighted" needs ln|R|.

    first: where the search begins before it goes on to starts of its own.
    """
    layout = objective.layout
    if layout.table.parameters > layout.table.moments or lacks_items(layout, model):
        return None, Status.UNIDENTIFIED
    if search.kind != "unweighted" and np.isnan(log_determinant):
        return None, Status.SINGULAR
    best: End | None = None
    for begun in chain(first, _starts(objective, region, search)):
        end = _descended(objective, begun, region, search)
        if end is not None and (best is None or end.value < best.value - 1e-12):
            best = end
        if best is not None and not best.binding.any() and is_proper(layout, best.theta):
            break
    if best is None:
        return None, Status.NOT_CONVERGED
    if not is_determined(objective, best, region):
        return None, Status.UNIDENTIFIED
    return best, Status.OK if is_proper(layout, best.theta) else Status.INADMISSIBLE


def _starts(objective: Sampled, region: Region, search: Search) -> Iterator[Floats]:
    """Where descents begin, the best guess first; the others are for ends that are no proper point inside."""
    layout, sample, means = objective.layout, objective.sample, objective.means
    yield start(layout, sample, region, False, means)
    yield start(layout, sample, region, True, means)
    if search.bounds != "none":
        open_region = Region(region.ties, region.values, *layout.table.bounds)
        short = replace(search, limit=min(search.limit, FEW_STEPS))
        end = _descended(objective, start(layout, sample, open_region, False, means), open_region, short)
        if end is not None:
            yield into(end.theta, region, np.maximum(np.abs(end.theta), 1e-3))


def _descended(objective: Sampled, begun: Floats, region: Region, search: Search) -> End | None:
    """An end that has settled, or None."""
    try:
        end = descend(objective, begun, region, search.tolerance, min(search.limit, MOST_STEPS))
    except np.linalg.LinAlgError:
        return None
    return end if end.settled and np.isfinite(end.theta).all() else None


def lacks_items(layout: Layout, model: Model) -> bool:
    """Whether a construct has no item or dimension left."""
    left = {row.left for row in layout.table.rows if row.operator == "=~"}
    observed = model.observed & set(layout.table.items)
    return any(c not in left and c not in observed for c in model.constructs)


def is_determined(objective: Objective, end: End, region: Region) -> bool:
    """Whether the expected information has an inverse along the ties."""
    basis = directions_left(end, region)
    inner = basis.T @ objective.expected(end.theta) @ basis
    scale = np.sqrt(np.diagonal(inner))
    if not len(inner):
        return True
    if not (np.isfinite(inner).all() and (scale > 0.0).all()):
        return False
    return bool(np.linalg.eigvalsh(inner / scale / scale[:, None]).min() > UNDETERMINED)


def is_proper(layout: Layout, theta: Floats) -> bool:
    """Whether covariances of constructs and of errors can exist."""
    at = layout.matrices(theta)
    return all(_can_exist(matrix) for matrix in (at.constructs, at.errors, at.latent))


def _can_exist(matrix: Floats) -> bool:
    size = float(np.abs(np.diagonal(matrix)).max(initial=0.0))
    return bool(np.linalg.eigvalsh(matrix).min(initial=0.0) >= -1e-10 * size)


#: The covariance (k, k) of the parameters of data set r.
Spread = Callable[[int], Floats]


def information_spread(found: Found, respondents: float, observed: bool) -> Spread:
    """The inverse of the expected or observed information of so many respondents."""

    def spread(r: int) -> Floats:
        end, objective = found.ends[r], found.discrepancy_of(r)
        assert end is not None
        information = objective.hessian(end.theta) if observed else objective.expected(end.theta)
        return found.inverse(r, information) / respondents

    return spread
