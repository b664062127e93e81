"""Maximum likelihood of several groups at once: one search over the parameters of all."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from estimators.base import Status
from estimators.constrained.bounds import region_of
from estimators.constrained.descent import End, Region, descend, into, inverse_left
from estimators.constrained.discrepancy import Discrepancy
from estimators.constrained.fitting import MOST_STEPS, SINGULAR, Search, is_determined, is_proper
from estimators.constrained.moments import Layout, Numbers
from estimators.constrained.starts import start
from estimators.grouped.equal import Tables, tables_of
from sim.batch import Batch, Floats
from sim.model import Model

#: The search where nothing else is asked for.
CLOSELY = Search("likelihood", "none", 1e-9, MOST_STEPS)


@dataclass(frozen=True)
class Sample:
    """One group: covariances (p, p) with divisor n, means (p,), n, and answers (n, p) or None."""

    covariances: Floats
    means: Floats
    n: int
    answers: Floats | None = None

    @classmethod
    def of(cls, batch: Batch, model: Model) -> "Sample":
        """The first data set of a batch, columns found by the names of the model's items."""
        own = batch.aligned(model.items)
        answers = own.raw[0].astype(np.float64) if own.has_answers else None
        return cls(own.moments.covariances[0], own.moments.means[0], int(own.n), answers)


@dataclass(frozen=True)
class Together:
    """f of all groups, each weighted by its share of the respondents, over the parameters of all (k,)."""

    parts: tuple[Discrepancy, ...]
    shares: tuple[float, ...]
    places: tuple[slice, ...]

    def value(self, theta: Floats) -> float:
        """f at theta (k,)."""
        return sum(
            share * part.value(theta[at]) for part, share, at in zip(self.parts, self.shares, self.places, strict=True)
        )

    def gradient(self, theta: Numbers) -> Numbers:
        """The gradient (k,)."""
        found = [s * part.gradient(theta[at]) for part, s, at in zip(self.parts, self.shares, self.places, strict=True)]
        return np.concatenate(found)

    def expected(self, theta: Floats) -> Floats:
        """The expected Hessian (k, k)."""
        return self.joined([part.expected(theta[at]) for part, at in zip(self.parts, self.places, strict=True)])

    def hessian(self, theta: Floats) -> Floats:
        """The Hessian (k, k)."""
        return self.joined([part.hessian(theta[at]) for part, at in zip(self.parts, self.places, strict=True)])

    def joined(self, own: Sequence[Floats]) -> Floats:
        """Matrices of the groups in one (k, k), each times its share."""
        found = np.zeros((self.places[-1].stop,) * 2)
        for matrix, share, at in zip(own, self.shares, self.places, strict=True):
            found[at, at] = share * matrix
        return found


@dataclass(frozen=True)
class GroupFit:
    """The model of G groups at its largest likelihood.

    end.theta (k,): the parameters of all groups, those of group g at `tables.places[g]`; status: OK, or INADMISSIBLE
    where some covariance matrix cannot exist.
    """

    model: Model
    samples: tuple[Sample, ...]
    tables: Tables
    layouts: tuple[Layout, ...]
    region: Region
    end: End
    status: Status
    equal: tuple[str, ...] = ()

    @property
    def n(self) -> int:
        """Respondents of all groups."""
        return sum(sample.n for sample in self.samples)

    @cached_property
    def objective(self) -> Together:
        """What was minimised."""
        return _objective(self.samples, self.layouts, self.tables)

    @property
    def statistic(self) -> float:
        """The likelihood ratio statistic against free covariances and means."""
        return 2.0 * self.n * self.end.value

    @property
    def parameters(self) -> int:
        """Free parameters less what ties them."""
        return self.tables.joint.parameters

    @property
    def df(self) -> int:
        """Variances, covariances and means of all groups less parameters."""
        return sum(table.moments for table in self.tables.own) - self.parameters

    @property
    def log_likelihood(self) -> float:
        """ln L of the answers."""
        total = 0.0
        for sample in self.samples:
            p = len(sample.means)
            total -= 0.5 * sample.n * (p * (np.log(2.0 * np.pi) + 1.0) + np.linalg.slogdet(sample.covariances)[1])
        return float(total - 0.5 * self.statistic)

    def inverse(self, information: Floats) -> Floats:
        """The inverse (k, k) of an information along what ties and binding bounds leave; NaN without one."""
        return inverse_left(information, self.end, self.region)


def fit_groups(
    samples: Sequence[Sample],
    model: Model,
    equal: Sequence[str] = (),
    partial: Sequence[str] = (),
    search: Search = CLOSELY,
) -> GroupFit | tuple[Status, int | None]:
    """Maximum likelihood of the model in all groups (Joreskog 1971; Sorbom 1974), or why there is none.

    samples: one for each group, items in the model's order. equal, partial: as in `tables_of`, which raises InputError.
    Without a fit: CONSTANT_ITEM or SINGULAR with the place of the group; UNIDENTIFIED, more parameters than moments or
    information that leaves a direction open; NOT_CONVERGED.
    """
    tables = tables_of(model, len(samples), equal, partial)
    for place, sample in enumerate(samples):
        if (status := _unusable(sample)) != Status.OK:
            return status, place
    if tables.joint.parameters > sum(table.moments for table in tables.own):
        return Status.UNIDENTIFIED, None
    layouts = tuple(Layout(table) for table in tables.own)
    objective = _objective(samples, layouts, tables)
    regions = [
        region_of(table, sample.covariances, search.bounds, sample.n)
        for table, sample in zip(tables.own, samples, strict=True)
    ]
    ties, values = tables.joint.ties
    region = Region(ties, values, *(np.concatenate([getattr(r, end) for r in regions]) for end in ("lower", "upper")))
    best = _best(objective, samples, layouts, regions, region, search)
    if best is None:
        return Status.NOT_CONVERGED, None
    if not is_determined(objective, best, region):
        return Status.UNIDENTIFIED, None
    status = Status.OK if _are_proper(layouts, best, tables.places) else Status.INADMISSIBLE
    return GroupFit(model, tuple(samples), tables, layouts, region, best, status, tuple(equal))


def _objective(samples: Sequence[Sample], layouts: Sequence[Layout], tables: Tables) -> Together:
    n = sum(sample.n for sample in samples)
    parts = tuple(
        Discrepancy("likelihood", sample.covariances, layout, sample.means)
        for sample, layout in zip(samples, layouts, strict=True)
    )
    return Together(parts, tuple(sample.n / n for sample in samples), tables.places)


def _unusable(sample: Sample) -> Status:
    """Why a group cannot be used; OK where it can."""
    variances = np.diagonal(sample.covariances)
    if not (variances > 1e-28 * sample.means**2).all():
        return Status.CONSTANT_ITEM
    deviation = np.sqrt(variances)
    correlations = sample.covariances / deviation / deviation[:, None]
    return Status.OK if np.linalg.eigvalsh(correlations).min() > SINGULAR else Status.SINGULAR


def _best(
    objective: Together,
    samples: Sequence[Sample],
    layouts: Sequence[Layout],
    regions: Sequence[Region],
    region: Region,
    search: Search,
) -> End | None:
    """The lowest of the ends from several starts; the later ones are for a first end that is no proper point inside."""
    n = sum(sample.n for sample in samples)
    pooled = np.asarray(sum(sample.covariances * (sample.n / n) for sample in samples))
    best: End | None = None
    for own, plain in ((False, False), (True, False), (False, True)):
        begun = np.concatenate(
            [
                start(layout, sample.covariances if own else pooled, inner, plain, sample.means)
                for layout, sample, inner in zip(layouts, samples, regions, strict=True)
            ]
        )
        begun = into(begun, region, np.maximum(np.abs(begun), 1e-2))
        with np.errstate(all="ignore"):
            try:
                end = descend(objective, begun, region, search.tolerance, min(search.limit, MOST_STEPS))
            except np.linalg.LinAlgError:
                continue
        if end.settled and np.isfinite(end.theta).all() and (best is None or end.value < best.value - 1e-12):
            best = end
        if best is not None and not best.binding.any() and _are_proper(layouts, best, objective.places):
            break
    return best


def _are_proper(layouts: Sequence[Layout], end: End, places: Sequence[slice]) -> bool:
    """Whether covariances of constructs and of errors can exist in every group."""
    return all(is_proper(layout, end.theta[at]) for layout, at in zip(layouts, places, strict=True))
