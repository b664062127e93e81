"""Maximum likelihood on incomplete answers, every respondent counted with what was answered (FIML).

f per respondent is the mean over respondents of [ln|Sigma_o| + (y - mu)_o' Sigma_o^-1 (y - mu)_o] / 2, o the items that
the respondent answered (Arbuckle 1996). Means are free. Respondents who answered the same items share one term, with
their mean and covariances. Valid where answers are missing at random (Rubin 1976).
"""

from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from estimators.base import Status
from estimators.constrained.bounds import region_of
from estimators.constrained.descent import End, Region, descend, inverse_left
from estimators.constrained.discrepancy import products
from estimators.constrained.fitting import MOST_STEPS, SINGULAR, Search, is_determined, is_proper, lacks_items
from estimators.constrained.moments import STEP, Layout, Matrices, Numbers
from estimators.constrained.starts import start
from estimators.constrained.table import ERROR, Row, Table, table_of
from sim.batch import Batch, Bools, Floats
from sim.errors import InputError
from sim.missing import as_they_stand
from sim.model import Model

#: The search of the function on its own, and that of free covariances.
CLOSELY = Search("likelihood", "none", 1e-9, MOST_STEPS)
#: Steps of the EM algorithm, and by how much the last may move, in standard deviations of the items.
MOST_EXPECTATIONS, EXPECTATIONS_AGREE = 1000, 1e-11
#: Steps of the search by second derivatives after that.
FEW_STEPS = 20


class Pattern(NamedTuple):
    """Respondents who answered the same items: those items, their share, their means and covariances (divisor n)."""

    items: Any
    share: float
    means: Floats
    covariances: Floats


@dataclass(frozen=True)
class Incomplete:
    """f and its derivatives by the parameters of a layout and the means of the items: x = (theta, mu)."""

    patterns: tuple[Pattern, ...]
    layout: Layout

    def value(self, x: Floats) -> float:
        """f at x, infinite where the likelihood does not exist."""
        k = len(self.layout.table.free)
        implied, means = self.layout.matrices(x[:k]).implied, x[k:]
        total = 0.0
        for items, share, mean, covariances in self.patterns:
            own = implied[np.ix_(items, items)]
            try:
                root = np.linalg.cholesky(own)
            except np.linalg.LinAlgError:
                return np.inf
            apart = mean - means[items]
            trace = np.trace(np.linalg.solve(own, covariances + np.outer(apart, apart)))
            total += share * (np.log(np.diagonal(root)).sum() + 0.5 * float(trace))
        return float(total)

    def gradient(self, x: Numbers) -> Numbers:
        """The gradient (..., k + p) at x (..., k + p)."""
        k = len(self.layout.table.free)
        at, means = self.layout.matrices(x[..., :k]), x[..., k:]
        implied = at.implied
        form, pull = np.zeros_like(implied), np.zeros_like(means)
        for items, share, mean, covariances in self.patterns:
            chosen = (..., *np.ix_(items, items))
            precision = np.linalg.inv(implied[chosen])
            apart = mean - means[..., items]
            moment = covariances + apart[..., :, None] * apart[..., None, :]
            form[chosen] += share * (precision - precision @ moment @ precision)
            pull[..., items] -= share * (precision @ apart[..., None])[..., 0]
        first, second = self.layout.slopes(at)
        return np.concatenate([((first @ form) * second).sum(axis=-1), pull], axis=-1)

    def expected(self, x: Floats) -> Floats:
        """The information if what is missing were missing completely at random: positive definite."""
        k = len(self.layout.table.free)
        at: Matrices = self.layout.matrices(x[:k])
        first, second = self.layout.slopes(at)
        found = np.zeros((len(x), len(x)))
        for items, share, _, _ in self.patterns:
            precision = np.linalg.inv(at.implied[np.ix_(items, items)])
            found[:k, :k] += share * products(first[:, items], second[:, items], precision)
            found[np.ix_(k + items, k + items)] += share * precision
        return found

    def hessian(self, x: Floats) -> Floats:
        """The Hessian (k + p, k + p): the observed information per respondent."""
        found: Floats = self.gradient(x + STEP * 1j * np.eye(len(x))).imag / STEP
        return 0.5 * (found + found.T)


@dataclass(frozen=True)
class IncompleteFit:
    """One data set: parameters theta (k,) of the table, means (p,), their covariances (k + p, k + p) by the observed
    information (NaN where it is not positive definite), the likelihood-ratio statistic against free covariances, df;
    the free covariances (p, p) and means.

    end, region, layout: where the search ended, `end.value` being f less f of free covariances; baseline: that of
    independent items; deviance: -2 ln L; n respondents; status: OK, or INADMISSIBLE.
    """

    theta: Floats
    means: Floats
    spread: Floats
    statistic: float
    df: int
    covariances: Floats
    free_means: Floats
    end: End
    region: Region
    layout: Layout
    baseline: float
    deviance: float
    n: int
    status: Status

    @property
    def table(self) -> Table:
        """The table of parameters."""
        return self.layout.table


def fiml(batch: Batch, model: Model, place: int = 0, search: Search = CLOSELY) -> IncompleteFit | Status:
    """ML of the data set at `place` of a batch with missing answers (`batch.missing`), or why there is none.

    Respondents who answered nothing are left out. TOO_FEW_ANSWERS: an item, or a pair of items, that nobody answered;
    CONSTANT_ITEM; SINGULAR: no more respondents than items, or
    items that determine each other; UNIDENTIFIED: more parameters than moments, an empty block,
    or information that leaves a direction open; NOT_CONVERGED: a search that does not settle. Raises InputError where
    the batch has no answers.
    """
    batch = batch.aligned(model.items)
    if not batch.has_answers:
        raise InputError("maximum likelihood on incomplete answers needs the answers; this batch holds moments only")
    retained = batch.retained[place]
    layout = Layout(table_of(model, retained.tolist()))
    answers, missing = answered(batch, place)
    status = _unusable(layout, model, answers, missing)
    if status != Status.OK:
        return status
    patterns = patterns_of(answers, missing)
    free = unrestricted(patterns, layout.table.items, *item_moments(answers, missing))
    if isinstance(free, Status):
        return free
    saturated, free_means, least = free
    region = region_of(layout.table, saturated, search.bounds, len(answers))
    end = _best(patterns, layout, saturated, free_means, region, search)
    if end is None:
        return Status.NOT_CONVERGED
    objective, wide = Incomplete(patterns, layout), _with_means(region, len(free_means))
    if not is_determined(objective, end, wide):
        return Status.UNIDENTIFIED
    n, k, p = len(answers), len(layout.table.free), len(free_means)
    independent = 0.5 * float(((~missing).mean(axis=0) * (np.log(item_moments(answers, missing)[1]) + 1.0)).sum())
    return IncompleteFit(
        theta=end.theta[:k],
        means=end.theta[k:],
        spread=inverse_left(objective.hessian(end.theta), end, wide) / n,
        statistic=2.0 * n * (end.value - least),
        df=p * (p + 1) // 2 - layout.table.parameters,
        covariances=saturated,
        free_means=free_means,
        end=end._replace(theta=end.theta[:k], value=end.value - least, binding=end.binding[:k]),
        region=region,
        layout=layout,
        baseline=independent - least,
        deviance=2.0 * n * end.value + float((~missing).sum()) * float(np.log(2.0 * np.pi)),
        n=n,
        status=Status.OK if is_proper(layout, end.theta[:k]) else Status.INADMISSIBLE,
    )


def answered(batch: Batch, place: int) -> tuple[Floats, Bools]:
    """The answers (n, p) to retained items of those who gave any, and which of them are missing."""
    kept = batch.retained[place]
    answers = as_they_stand(batch)[place][:, kept].astype(np.float64)
    missing = np.zeros(answers.shape, dtype=bool) if batch.missing is None else batch.missing[place][:, kept]
    respondents = ~missing.all(axis=1)
    return answers[respondents], missing[respondents]


def _unusable(layout: Layout, model: Model, answers: Floats, missing: Bools) -> Status:
    """Why these answers, or what is left of the model, cannot be estimated; OK where they may."""
    n, p = answers.shape
    if layout.table.parameters > p * (p + 1) // 2 or lacks_items(layout, model):
        return Status.UNIDENTIFIED
    if not n or not ((~missing).T.astype(np.int64) @ ~missing).all():
        return Status.TOO_FEW_ANSWERS
    known = np.where(missing, np.nan, answers)
    if (np.nanmin(known, axis=0) == np.nanmax(known, axis=0)).any():
        return Status.CONSTANT_ITEM
    return Status.OK if n > p else Status.SINGULAR


def unrestricted(
    patterns: tuple[Pattern, ...], items: tuple[str, ...], means: Floats, variances: Floats
) -> tuple[Floats, Floats, float] | Status:
    """Free covariances (p, p) and means (p,) at the largest likelihood, and f there; or why there are none.

    By the EM algorithm, whose steps are cheap; the search by second derivatives ends what it has not settled.
    """
    p, everything = len(items), Layout(free_table(items))
    covariances, deviation, settled = np.diag(variances), np.sqrt(variances), False
    for _ in range(MOST_EXPECTATIONS):
        try:
            after, own = _expected_moments(patterns, covariances, means)
        except np.linalg.LinAlgError:
            return Status.SINGULAR
        moved = max(
            np.abs((after - means) / deviation).max(),
            np.abs((own - covariances) / deviation / deviation[:, None]).max(),
        )
        means, covariances = after, own
        if settled := bool(moved < EXPECTATIONS_AGREE):
            break
    begun = covariances[np.tril_indices(p)]
    if settled:
        least = Incomplete(patterns, everything).value(np.append(begun, means))
        return Status.SINGULAR if _is_singular(covariances) or not np.isfinite(least) else (covariances, means, least)
    end = _settled(patterns, everything, begun, means, None, replace(CLOSELY, limit=FEW_STEPS))
    if end is None:
        return Status.SINGULAR if _is_singular(covariances) else Status.NOT_CONVERGED
    return everything.matrices(end.theta[:-p]).implied, end.theta[-p:], end.value


def _is_singular(covariances: Floats) -> bool:
    """Whether the correlations have no inverse."""
    deviation = np.sqrt(np.maximum(np.diagonal(covariances), 1e-300))
    return bool(np.linalg.eigvalsh(covariances / deviation / deviation[:, None]).min() <= SINGULAR)


def _expected_moments(patterns: tuple[Pattern, ...], covariances: Floats, means: Floats) -> tuple[Floats, Floats]:
    """Means and covariances of all answers, expected under these ones: a step of EM (Dempster, Laird & Rubin 1977)."""
    p = len(means)
    filled, spread = np.empty((len(patterns), p)), np.zeros((p, p))
    shares = np.array([pattern.share for pattern in patterns])
    for row, (items, share, mean, own) in enumerate(patterns):
        slope = np.linalg.solve(covariances[np.ix_(items, items)], covariances[items]).T
        filled[row] = means + slope @ (mean - means[items])
        spread += share * (covariances + slope @ own @ slope.T - slope @ covariances[items])
    after = shares @ filled
    apart = filled - after
    spread += (shares[:, None] * apart).T @ apart
    return after, 0.5 * (spread + spread.T)


def _best(
    patterns: tuple[Pattern, ...], layout: Layout, saturated: Floats, means: Floats, region: Region, search: Search
) -> End | None:
    """The lower of the ends from two starts; the second is for a first end that is no proper point inside."""
    best: End | None = None
    for plain in (False, True):
        end = _settled(patterns, layout, start(layout, saturated, region, plain), means, region, search)
        if end is not None and (best is None or end.value < best.value - 1e-12):
            best = end
        if best is not None and not best.binding.any() and is_proper(layout, best.theta[: -len(means)]):
            break
    return best


def scores(layout: Layout, x: Floats, answers: Floats, missing: Bools) -> Floats:
    """Each respondent's own derivatives (n, k + p) of f at x, the parameters of a layout and the means."""
    found = np.empty((len(answers), len(x)))
    for row, (values, gone) in enumerate(zip(answers, missing, strict=True)):
        items = np.flatnonzero(~gone)
        alone = Pattern(items, 1.0, values[items], np.zeros((len(items), len(items))))
        found[row] = Incomplete((alone,), layout).gradient(x)
    return found


def patterns_of(answers: Floats, missing: Bools) -> tuple[Pattern, ...]:
    """The patterns of answers (n, p), those of the most respondents nowhere in particular."""
    found: dict[bytes, list[int]] = {}
    for row, gone in enumerate(missing):
        found.setdefault(gone.tobytes(), []).append(row)
    patterns = []
    for rows in found.values():
        items = np.flatnonzero(~missing[rows[0]])
        own = answers[rows][:, items]
        mean = own.mean(axis=0)
        patterns.append(Pattern(items, len(rows) / len(answers), mean, (own - mean).T @ (own - mean) / len(rows)))
    return tuple(patterns)


def free_table(items: tuple[str, ...], related: bool = True) -> Table:
    """The table of free covariances, or of free variances alone where items are not `related`."""
    rows = [
        Row(items[i], "~~", items[l], ERROR, i, l, np.nan, "", -np.inf, np.inf)
        for i in range(len(items))
        for l in range(0 if related else i, i + 1)
    ]
    return Table(items, (), tuple(rows), ())


def item_moments(answers: Floats, missing: Bools) -> tuple[Floats, Floats]:
    """Means and variances of the answers to each item (p,): the most likely ones if items are independent."""
    known = np.where(missing, np.nan, answers)
    return np.nanmean(known, axis=0), np.maximum(np.nanvar(known, axis=0), 1e-12)


def _settled(
    patterns: tuple[Pattern, ...], layout: Layout, theta: Floats, means: Floats, region: Region | None, search: Search
) -> End | None:
    """The end of the search from these parameters and means, or None where it does not settle."""
    k, p = len(theta), len(means)
    inner = region or Region(np.empty((0, k)), np.empty(0), np.full(k, -np.inf), np.full(k, np.inf))
    with np.errstate(all="ignore"):
        try:
            begun, limit = np.append(theta, means), min(search.limit, MOST_STEPS)
            end = descend(Incomplete(patterns, layout), begun, _with_means(inner, p), search.tolerance, limit)
        except np.linalg.LinAlgError:
            return None
    return end if end.settled and np.isfinite(end.theta).all() else None


def _with_means(region: Region, p: int) -> Region:
    """The region of parameters and p means, which nothing ties or bounds."""
    return Region(
        np.hstack([region.ties, np.zeros((len(region.ties), p))]),
        region.values,
        np.append(region.lower, np.full(p, -np.inf)),
        np.append(region.upper, np.full(p, np.inf)),
    )
