"""SAM by the general search: measurement by ML or ULS within bounds, models with terms, local or global structure.

The measurement of each block of constructs first; then the structure, of the constructs' covariances that the
measurement implies ("local") or of all items with the measurement held where it is ("global"; Rosseel & Loh 2022).
A second-order construct is measured with its dimensions: its loadings and their residual variances are measurement, and
its own variance is structure.
Standard errors are two-step ones: with I the information of the whole model, V the covariance of the measurement's
parameters, I22^-1 / n + I22^-1 I21 V I12 I22^-1.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from estimators.base import Status
from estimators.constrained.bounds import Bounds, region_of
from estimators.constrained.descent import End, Region, descend, null_space
from estimators.constrained.discrepancy import Discrepancy
from estimators.constrained.fitting import MOST_STEPS, Found, Search, information_spread, is_proper, search_all
from estimators.constrained.moments import Layout
from estimators.constrained.squares import unweighted_spread
from estimators.constrained.table import CONSTRUCT, PATH, Row, table_of
from estimators.kernels.constructs import correct_batch
from estimators.solution import constant_items
from estimators.twostep.raw import among_constructs
from sim.batch import Batch, Bools, Floats, Moments
from sim.grammar.terms import Terms
from sim.model import Model

#: Numbers of parameters.
Places = NDArray[np.intp]
#: The function of the measurement step.
Measure = Literal["ml", "uls"]
#: What the sampling covariances of items are under "uls".
Errors = Literal["normal", "unit"]
#: What the structure is fitted to: covariances of constructs, or of all items.
Structure = Literal["local", "global"]


@dataclass(frozen=True)
class Steps:
    """How both steps are done: settings of `LocalSAM`."""

    measurement: Measure
    errors: Errors
    bounds: Bounds
    structure: Structure
    limit: int


@dataclass(frozen=True)
class TwoStep:
    """Both steps of R data sets as a fit of the whole model, and the covariances (k, k) of its parameters."""

    found: Found
    covariances: tuple[Floats | None, ...]

    def spread(self, r: int) -> Floats:
        """The two-step covariances of data set r."""
        covariance = self.covariances[r]
        assert covariance is not None
        return covariance


def two_steps(batch: Batch, model: Model, steps: Steps, kind: "type[BothSteps] | None" = None) -> TwoStep:
    """Both steps, one data set after another, as a `kind` does them. Fatal: the statuses of either step."""
    batch = batch.aligned(model.items)
    status = constant_items(batch)
    samples, layouts, regions, ends, covariances = [], [], [], [], []
    for r in range(len(batch)):
        one = batch.rows(slice(r, r + 1))
        layout = Layout(table_of(model, batch.retained[r].tolist()))
        kept = np.flatnonzero(batch.retained[r])
        sample = one.moments.covariances[0][np.ix_(kept, kept)]
        end, region, covariance = None, None, None
        if status[r] == Status.OK:
            with np.errstate(all="ignore"):
                told = (kind or BothSteps)(one, model, steps, layout, sample).done()
            if isinstance(told, Status):
                status[r] = told
            else:
                end, region, covariance, status[r] = told
        samples.append(sample)
        layouts.append(layout)
        regions.append(region)
        ends.append(end)
        covariances.append(covariance)
    unknown = np.full(len(batch), np.nan)
    search = Search("likelihood", "none", 1e-8, steps.limit)
    found = Found(search, tuple(samples), tuple(layouts), tuple(regions), tuple(ends), unknown, status, batch.retained)
    return TwoStep(found, tuple(covariances))


class BothSteps:
    """The steps on one data set: `batch` (R = 1), its layout of the whole model and covariances (p, p)."""

    def __init__(self, batch: Batch, model: Model, steps: Steps, layout: Layout, sample: Floats) -> None:
        self.batch, self.model, self.steps, self.layout, self.sample = batch, model, steps, layout, sample
        self.table = layout.table
        self.place = {_key(row): at for at, row in enumerate(self.table.free)}
        self.structural = np.array([_is_structural(row, model) for row in self.table.free], dtype=bool)
        self.theta = np.zeros(len(self.table.free))
        self.spread = np.zeros((len(self.table.free),) * 2)
        self.prepare()

    def prepare(self) -> None:
        """What a kind needs beside."""

    def done(self) -> tuple[End, Region, Floats, Status] | Status:
        """The end with its region, the covariances of the parameters and a status; or why there is none."""
        worst = Status.OK
        for members in measured_together(self.model):
            told = self._measured(members)
            if told.fatal:
                return told
            worst = max(worst, told)
        told = self._local() if self.steps.structure == "local" else self._global()
        if told.fatal:
            return told
        covariance = self._covariance()
        if covariance is None:
            return Status.UNIDENTIFIED
        region = region_of(self.table, self.sample, "none", self.batch.n)
        still = np.zeros(len(self.theta), dtype=bool)
        value = Discrepancy("likelihood", self.sample, self.layout).value(self.theta)
        end = End(self.theta, value, still, np.zeros(len(self.theta)), True, 1)
        if not is_proper(self.layout, self.theta):
            worst = max(worst, Status.INADMISSIBLE)
        return end, region, covariance, max(worst, told)

    def _measured(self, members: Sequence[str]) -> Status:
        """Fit the measurement of some constructs; fill in its parameters and their covariances."""
        own = measurement_of(self.model, members)
        if not any(not _is_structural(row, own) for row in table_of(own, [True] * len(own.items)).free):
            return Status.OK
        told = self.measured(own)
        if isinstance(told, Status):
            return told
        free, theta, spread, status = told
        rows = [(at, self.place[_key(row)]) for at, row in enumerate(free) if not _is_structural(row, own)]
        here, there = (np.array(side) for side in zip(*rows, strict=True))
        self.theta[there] = theta[here]
        self.spread[np.ix_(there, there)] = spread[np.ix_(here, here)]
        self.placed(own, spread, len(free), here, there)
        return status

    def measured(self, own: Model) -> tuple[Sequence[Row], Floats, Floats, Status] | Status:
        """A measurement model fitted: its free parameters, their values and covariances, and a status; or why not."""
        places = [self.model.items.index(item) for item in own.items]
        moments = self.batch.moments
        part = Batch.of_moments(
            Moments(moments.means[:, places], moments.covariances[:, places][:, :, places], self.batch.n), own.items
        ).keep(self.batch.retained[:, places])
        least = self.steps.measurement == "uls"
        search = Search("unweighted" if least else "likelihood", self.steps.bounds, 1e-9, self.steps.limit)
        found = search_all(part, own, search, self.batch.n)
        end = found.ends[0]
        if end is None:
            return Status(int(found.status[0]))
        if least:
            spread = unweighted_spread(found, self.batch.n - 1.0, self.steps.errors)(0)
        else:
            spread = information_spread(found, self.batch.n, observed=False)(0)
        return found.layouts[0].table.free, end.theta, spread, Status(int(found.status[0]))

    def placed(self, own: Model, spread: Floats, k: int, here: Places, there: Places) -> None:
        """What a kind keeps of the covariances of a measurement: its parameters `here` of k are `there` in all."""

    def information(self) -> tuple[Floats, Floats, Bools]:
        """Per respondent, of parameters and what a kind has beside (K, K); covariances of the first step's (K, K); and
        which are of the second step (K,).
        """
        return Discrepancy("likelihood", self.sample, self.layout).expected(self.theta), self.spread, self.structural

    def _local(self) -> Status:
        """Fit the structure to the constructs' covariances that the measurement implies."""
        loadings, errors = self._measuring()
        # Any covariances of the constructs give the same mapping, and one where an error variance is 0.
        size = float(np.diagonal(self.sample).max())
        implied = errors + size * loadings @ loadings.T
        try:
            turned = np.linalg.solve(implied, loadings)
            mapping = np.linalg.solve(loadings.T @ turned, turned.T)
        except np.linalg.LinAlgError:
            return Status.SINGULAR
        m = loadings.shape[1]
        covariances, status = np.full((1, m, m), np.nan), np.zeros(1, dtype=np.int8)
        whole, error = (np.ascontiguousarray((mapping @ each @ mapping.T)[None]) for each in (self.sample, errors))
        negative = np.diagonal(error[0]) < 0.0  # no error to take off, as lavaan has it
        error[0, negative], error[0, :, negative] = 0.0, 0.0
        correct_batch(whole, error, float(self.batch.n), covariances, status)
        if status[0] > Status.INADMISSIBLE:
            return Status(int(status[0]))
        paths = structure_of(self.model)
        moments = Batch.of_moments(Moments(np.zeros((1, m)), covariances, self.batch.n), paths.items)
        found = search_all(moments, paths, Search("likelihood", "none", 1e-9, self.steps.limit), self.batch.n)
        end = found.ends[0]
        if end is None:
            return Status(int(found.status[0]))
        for row, value in zip(found.layouts[0].table.free, end.theta, strict=True):
            self.theta[self.place[_key(row)]] = value
        return Status(int(found.status[0]))

    def _measuring(self) -> tuple[Floats, Floats]:
        """What the measurement says of the items: loadings (p, m) on the constructs of the structure, errors (p, p).

        Items of dimensions load on their second-order construct, and what it leaves of the dimensions is error.
        """
        matrices = self.layout.matrices(self.theta)
        names, dimensions = self.model.constructs, self.model.dimensions
        upper = np.array([name not in dimensions for name in names])
        if upper.all():
            return matrices.loadings, matrices.errors
        second = np.array([[name in self.model.indicators[of] for of in names] for name in names])
        whole = matrices.loadings @ (np.eye(len(names)) + np.where(second, matrices.paths, 0.0))
        own = matrices.loadings[:, ~upper]
        return whole[:, upper], matrices.errors + own @ matrices.constructs[np.ix_(~upper, ~upper)] @ own.T

    def _global(self) -> Status:
        """Fit the structure to all items, the measurement held where it is, from where the local one ends."""
        told = self._local()
        if told.fatal:
            return told
        region = region_of(self.table, self.sample, "none", self.batch.n)
        held = np.eye(len(self.theta))[~self.structural]
        ties = self._structural_ties(region)
        within = Region(
            np.vstack([ties[0], held]), np.append(ties[1], self.theta[~self.structural]), region.lower, region.upper
        )
        return self.searched(within)

    def searched(self, within: Region) -> Status:
        """The least point of the likelihood of all items within a region that holds the measurement."""
        objective = Discrepancy("likelihood", self.sample, self.layout)
        end = descend(objective, self.theta.copy(), within, 1e-9, min(self.steps.limit, MOST_STEPS))
        if not end.settled:
            return Status.NOT_CONVERGED
        self.theta = end.theta
        return Status.OK

    def _structural_ties(self, region: Region) -> tuple[Floats, Floats]:
        """The ties that are of the structure alone."""
        own = ~(np.abs(region.ties[:, ~self.structural]) > 0.0).any(axis=1)
        return region.ties[own], region.values[own]

    def _covariance(self) -> Floats | None:
        """The two-step covariances of all parameters (k, k); None where the structure is not determined."""
        information, spread, later = self.information()
        region = region_of(self.table, self.sample, "none", self.batch.n)
        second, first = np.flatnonzero(later), np.flatnonzero(~later)
        ties = self._structural_ties(region)[0]
        basis = null_space(np.pad(ties, ((0, 0), (0, len(later) - ties.shape[1])))[:, second])
        inner = basis.T @ information[np.ix_(second, second)] @ basis
        try:
            if is_proper(
                self.layout, self.theta
            ):  # impossible covariances have an information that need not be positive
                np.linalg.cholesky(inner)
            inverse = basis @ np.linalg.inv(inner) @ basis.T
        except np.linalg.LinAlgError:
            return None
        moved = np.zeros((len(later), len(first)))
        moved[first] = np.eye(len(first))
        moved[second] = -inverse @ information[np.ix_(second, first)]
        found = moved @ spread[np.ix_(first, first)] @ moved.T
        found[np.ix_(second, second)] += inverse / self.batch.n
        k = len(self.theta)
        return np.asarray(found[:k, :k])


def _key(row: Row) -> tuple[str, str, str]:
    """Which parameter a row is, whichever name of a covariance comes first."""
    a, b = sorted((row.left, row.right)) if row.operator == "~~" else (row.left, row.right)
    return a, row.operator, b


def _is_structural(row: Row, model: Model) -> bool:
    if row.matrix == CONSTRUCT:
        return not {row.left, row.right} & model.dimensions
    return row.matrix == PATH and row.operator == "~"


def measured_together(model: Model) -> list[list[str]]:
    """The constructs in groups that share items or errors, or have too few items to be measured alone."""
    names = [c for c in model.constructs if c not in model.observed]
    group = {name: {name} for name in names}

    def join(one: str, other: str) -> None:
        both = group[one] | group[other]
        for name in both:
            group[name] = both

    owners = {item: [c for c in names if item in model.indicators[c]] for item in model.items}
    for constructs in owners.values():
        for other in constructs[1:]:
            join(constructs[0], other)
    for a, b in model.error_covariances:
        if owners[a] and owners[b]:
            join(owners[a][0], owners[b][0])
    for several in _labelled_together(model, owners):
        for other in several[1:]:
            join(several[0], other)
    for block in model.second_order:
        for dimension in block.items:
            join(block.construct, dimension)
    for name in names:
        if len(model.indicators[name]) == 2 and not group[name] - {name, *model.indicators[name]}:
            near = [b if a == name else a for a, b in model.paths if name in (a, b)] or names
            for other in near:
                if other in group:
                    join(name, other)
    return [sorted(members, key=names.index) for members in {frozenset(each): each for each in group.values()}.values()]


def _labelled_together(model: Model, owners: dict[str, list[str]]) -> list[list[str]]:
    """The constructs whose measurement shares a label, or a restriction on labels."""
    of_label: dict[str, list[str]] = {}
    for term in model.terms.terms:
        of = [term.left] if term.operator == "=~" else owners.get(term.left, []) if term.operator == "~~" else []
        for label in term.modifier.labels:
            of_label.setdefault(label, []).extend(of)
    tied = [[*r.left.names, *r.right.names] for r in model.terms.restrictions if r.sign == "=="]
    return [*of_label.values(), *([c for name in names for c in of_label.get(name, [])] for names in tied)]


def measurement_of(model: Model, members: Sequence[str]) -> Model:
    """The measurement model of some constructs, which covary freely, with what is said of its parameters."""
    chosen = set(members)
    blocks = tuple(block for block in model.blocks if block.construct in chosen)
    items = {item for name in members for item in model.indicators[name]}
    pairs = tuple(pair for pair in model.covariances if set(pair) <= items)
    second = tuple(block for block in model.second_order if block.construct in chosen)
    dimensions = {dimension for block in second for dimension in block.items}
    crossed = tuple(block for block in model.crossed if block.construct in chosen)
    terms = tuple(
        term
        for term in model.terms.terms
        if (term.operator == "=~" and term.left in chosen)
        or (term.operator == "~~" and {term.left, term.right} <= items | dimensions)
        or (
            term.operator == "~~"
            and term.left == term.right
            and term.left in chosen
            and term.modifier.fixed is not None
        )
    )
    return Model(blocks, (), pairs, second, crossed, _terms(model, terms))


def structure_of(model: Model) -> Model:
    """The model among the constructs, each of them known, with what is said of its parameters."""
    plain = among_constructs(model)
    upper = set(model.constructs) - model.dimensions
    blocks = tuple(block for block in plain.blocks if block.construct in upper)
    covariances = tuple(pair for pair in plain.covariances if set(pair) <= upper)
    terms = tuple(
        term
        for term in model.terms.terms
        if term.operator == "~" or (term.operator == "~~" and {term.left, term.right} <= upper)
    )
    return replace(plain, blocks=blocks, covariances=covariances, terms=_terms(model, terms))


def _terms(model: Model, terms: tuple[object, ...]) -> Terms:
    """Some of a model's terms, with the restrictions on their labels alone."""
    own = Terms(terms)  # type: ignore[arg-type]
    known = set(own.labels)
    restrictions = tuple(r for r in model.terms.restrictions if {*r.left.names, *r.right.names} <= known)
    return Terms(own.terms, restrictions)


def across_steps(model: Model) -> str | None:
    """Why a model does not come apart into both steps, or None: labels or restrictions across."""
    structural: dict[str, bool] = {}
    for term in model.terms.terms:
        upper = set(model.constructs) - model.dimensions
        own = term.operator == "~" or (term.operator == "~~" and term.left in upper)
        for label in term.modifier.labels:
            if structural.setdefault(label, own) != own:
                return f"label `{label}` ties measurement and structure, which sam fits one after the other; choose ml"
    for restriction in model.terms.restrictions:
        names = {*restriction.left.names, *restriction.right.names}
        if len({structural[name] for name in names if name in structural}) > 1:
            return f"{restriction.shown} ties measurement and structure, which sam fits one after the other; choose ml"
    return None
