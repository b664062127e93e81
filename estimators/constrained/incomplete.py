"""Maximum likelihood on incomplete answers, every respondent counted with what was answered (FIML).

f per respondent is the mean over respondents of [ln|Sigma_o| + (y - mu)_o' Sigma_o^-1 (y - mu)_o] / 2, o the items that
the respondent answered (Arbuckle 1996). Means are free. Respondents who answered the same items share one term, with
their mean and covariances. Valid where answers are missing at random (Rubin 1976).
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from estimators.base import Status
from estimators.constrained.descent import End, Region, descend
from estimators.constrained.discrepancy import products
from estimators.constrained.moments import STEP, Layout, Matrices, Numbers
from estimators.constrained.starts import start
from estimators.constrained.table import ERROR, Row, Table, table_of
from sim.batch import Batch, Bools, Floats
from sim.errors import InputError
from sim.model import Model

#: A search that has not settled in so many steps never does.
MOST_STEPS = 150


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
    information, the likelihood-ratio statistic against free covariances, df; the free covariances (p, p) and means.
    """

    table: Table
    theta: Floats
    means: Floats
    spread: Floats
    statistic: float
    df: int
    covariances: Floats
    free_means: Floats


def fiml(batch: Batch, model: Model, place: int = 0) -> IncompleteFit | Status:
    """ML of the data set at `place` of a batch with missing answers (`batch.missing`), or why there is none.

    Respondents who answered nothing are left out. TOO_FEW_ANSWERS: an item, or a pair of items, that nobody answered.
    Raises InputError where the batch has no answers.
    """
    batch = batch.aligned(model.items)
    if batch.answers is None:
        raise InputError("maximum likelihood on incomplete answers needs the answers; this batch holds moments only")
    answers = batch.answers[place].astype(np.float64)
    missing = np.zeros(answers.shape, dtype=bool) if batch.missing is None else batch.missing[place]
    respondents = ~missing.all(axis=1)
    answers, missing = answers[respondents], missing[respondents]
    if not ((~missing).T.astype(np.int64) @ ~missing).all():
        return Status.TOO_FEW_ANSWERS
    patterns = patterns_of(answers, missing)
    everything = Layout(_free_table(model.items))
    means, variances = _starting(answers, missing)
    free = _settled(patterns, everything, np.diag(variances)[np.tril_indices(len(means))], means, None)
    if free is None:
        return Status.NOT_CONVERGED
    p = len(means)
    saturated = everything.matrices(free.theta[:-p]).implied
    layout = Layout(table_of(model, [True] * p))
    table = layout.table
    region = Region(*table.ties, *table.bounds)
    begun = start(layout, saturated, region, plain=False)
    end = _settled(patterns, layout, begun, free.theta[-p:], region)
    if end is None:
        return Status.NOT_CONVERGED
    n, k = len(answers), len(table.free)
    try:
        spread = np.linalg.inv(_along(Incomplete(patterns, layout).hessian(end.theta), region, k)) / n
    except np.linalg.LinAlgError:
        return Status.UNIDENTIFIED
    statistic, df = 2.0 * n * (end.value - free.value), p * (p + 1) // 2 - table.parameters
    basis = _basis(region, k, p)
    return IncompleteFit(
        table, end.theta[:k], end.theta[k:], basis @ spread @ basis.T, statistic, df, saturated, free.theta[-p:]
    )


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


def _free_table(items: tuple[str, ...]) -> Table:
    """The table of free covariances."""
    rows = [
        Row(items[i], "~~", items[l], ERROR, i, l, np.nan, "", -np.inf, np.inf)
        for i in range(len(items))
        for l in range(i + 1)
    ]
    return Table(items, (), tuple(rows), ())


def _starting(answers: Floats, missing: Bools) -> tuple[Floats, Floats]:
    """Means and variances of the answers that there are."""
    known = np.where(missing, np.nan, answers)
    return np.nanmean(known, axis=0), np.maximum(np.nanvar(known, axis=0), 1e-12)


def _settled(
    patterns: tuple[Pattern, ...], layout: Layout, theta: Floats, means: Floats, region: Region | None
) -> End | None:
    """The end of the search from these parameters and means, or None where it does not settle."""
    k, p = len(theta), len(means)
    inner = region or Region(np.empty((0, k)), np.empty(0), np.full(k, -np.inf), np.full(k, np.inf))
    wide = Region(
        np.hstack([inner.ties, np.zeros((len(inner.ties), p))]),
        inner.values,
        np.append(inner.lower, np.full(p, -np.inf)),
        np.append(inner.upper, np.full(p, np.inf)),
    )
    with np.errstate(all="ignore"):
        end = descend(Incomplete(patterns, layout), np.append(theta, means), wide, 1e-9, MOST_STEPS)
    return end if end.settled else None


def _basis(region: Region, k: int, p: int) -> Floats:
    """The directions (k + p, d) that the ties leave to parameters and means."""
    if not len(region.ties):
        return np.eye(k + p)
    _, _, right = np.linalg.svd(np.hstack([region.ties, np.zeros((len(region.ties), p))]))
    return np.asarray(right[len(region.ties) :].T)


def _along(information: Floats, region: Region, k: int) -> Floats:
    """An information along those directions."""
    basis = _basis(region, k, len(information) - k)
    return np.asarray(basis.T @ information @ basis)
