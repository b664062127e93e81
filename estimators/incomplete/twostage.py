"""Two-stage maximum likelihood of incomplete answers: free moments first, then the model on them as if complete.

Yuan & Bentler (2000), Sociological Methodology 30, 165-200; Savalei & Bentler (2009), Structural Equation Modeling 16,
477-497. The first stage is the EM algorithm; its sampling covariances Omega carry what is missing into the standard
errors and the test of the second, so that both are right although its statistic takes the moments for complete ones.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtrc

from estimators.base import Status
from estimators.constrained.fitting import Found, Search, search_all
from estimators.constrained.incomplete import (
    CLOSELY,
    Incomplete,
    answered,
    free_table,
    item_moments,
    patterns_of,
    scores,
    unrestricted,
)
from estimators.constrained.moments import Layout, jacobian
from sim.batch import Batch, Bools, Floats, Moments
from sim.errors import InputError
from sim.model import Model


@dataclass(frozen=True)
class TwoStageFit:
    """One data set: the fit of the model to the free moments, the covariances (k, k) of its parameters, and the test.

    statistic: n F of the second stage, which is none of chi-square; scaled: that over `scaling`, its mean over df; with
    `p_value`; of_baseline: the same mean, over df, of the statistic of independent items. covariances (p, p), means
    (p,) of the first stage; moments: these as a batch; n: who answered anything.
    """

    found: Found
    spread: Floats
    statistic: float
    scaling: float
    scaled: float
    df: int
    p_value: float
    of_baseline: float
    covariances: Floats
    means: Floats
    moments: Batch
    n: int


def two_stage(
    batch: Batch, model: Model, place: int = 0, robust: bool = False, search: Search = CLOSELY
) -> TwoStageFit | Status:
    """The fit of the data set at `place` of a batch with missing answers, or why there is none.

    robust: Omega is the sandwich of the observed information and the respondents' scores, for answers that are not
    normal (lavaan's "robust.two.stage"); otherwise the inverse of the observed information ("two.stage"). Statuses are
    those of `fiml`. Raises InputError where the batch has no answers, and for a model of means, which are free here.
    """
    batch = batch.aligned(model.items)
    if not batch.has_answers:
        raise InputError("two stages of incomplete answers need the answers; this batch holds moments only")
    if model.with_means:
        raise InputError("the means of two stages are free; leave the intercepts out of the model")
    kept = np.flatnonzero(batch.retained[place])
    answers, missing = answered(batch, place)
    n, p = answers.shape
    if told := unusable(answers, missing):
        return told
    patterns, items = patterns_of(answers, missing), tuple(model.items[i] for i in kept)
    free = unrestricted(patterns, items, *item_moments(answers, missing))
    if isinstance(free, Status):
        return free
    covariances, means, _ = free
    moments = free_moments(covariances, means, n, batch.rows(slice(place, place + 1)), model)
    found = search_all(moments, model, search, n)
    end = found.ends[0]
    if end is None:
        return Status(int(found.status[0]))
    layout = Layout(free_table(items))
    at, lower = np.append(covariances[np.tril_indices(p)], means), np.tril_indices(p)
    omega: Floats = np.asarray(np.linalg.inv(Incomplete(patterns, layout).hessian(at)), dtype=np.float64)
    if robust:
        own = scores(layout, at, answers, missing)
        omega = omega @ (own.T @ own / n) @ omega
    omega = omega[: len(lower[0]), : len(lower[0])]
    slopes = jacobian(*found.layouts[0].slopes(found.layouts[0].matrices(end.theta)))[:, lower[0], lower[1]].T
    weight = _weight(covariances)
    bread = found.inverse(0, slopes.T @ weight @ slopes)
    along = weight @ slopes @ bread
    residual = weight - along @ slopes.T @ weight
    df, statistic = int(found.df[0]), n * float(found.discrepancy[0])
    scaling = float(np.trace(residual @ omega)) / df if df else np.nan
    scaled = statistic / scaling if scaling > 0.0 else np.nan
    return TwoStageFit(
        found=found,
        spread=np.asarray(along.T @ omega @ along / n),
        statistic=statistic,
        scaling=scaling,
        scaled=scaled,
        df=df,
        p_value=float(chdtrc(df, scaled)) if scaled == scaled else np.nan,
        of_baseline=_of_independence(weight, omega, lower),
        covariances=covariances,
        means=means,
        moments=moments,
        n=n,
    )


def free_moments(covariances: Floats, means: Floats, n: int, batch: Batch, model: Model) -> Batch:
    """Moments (k, k) and (k,) of the items that a batch (R = 1) retains, as a batch; others vary by themselves."""
    kept = np.flatnonzero(batch.retained[0])
    centre, whole = np.zeros(len(model.items)), np.eye(len(model.items))
    centre[kept], whole[np.ix_(kept, kept)] = means, covariances
    return Batch.of_moments(Moments(centre[None], whole[None], float(n)), model.items).keep(batch.retained)


def unusable(answers: Floats, missing: Bools) -> Status:
    """Why answers (n, p) have no free moments; OK, which is 0, where they may."""
    n, p = answers.shape
    if not n or not ((~missing).T.astype(np.int64) @ ~missing).all():
        return Status.TOO_FEW_ANSWERS
    known = np.where(missing, np.nan, answers)
    if (np.nanmin(known, axis=0) == np.nanmax(known, axis=0)).any():
        return Status.CONSTANT_ITEM
    return Status.SINGULAR if n <= p else Status.OK


def _of_independence(weight: Floats, omega: Floats, lower: tuple[NDArray[np.intp], ...]) -> float:
    """tr(U Omega) / df of independent items, U the weight less what free variances take of it; NaN for one item."""
    of_variance = (lower[0] == lower[1]).astype(np.float64)
    slopes = np.eye(len(weight))[:, of_variance > 0.0]
    along = weight @ slopes
    residual = weight - along @ np.linalg.solve(slopes.T @ along, along.T)
    df = len(weight) - int(of_variance.sum())
    return float(np.trace(residual @ omega)) / df if df else float("nan")


def _weight(covariances: Floats) -> Floats:
    """The information (d, d) of complete normal answers about their own covariances, those below the diagonal once."""
    precision = np.linalg.inv(covariances)
    rows, columns = np.tril_indices(len(covariances))
    first = precision[np.ix_(rows, rows)] * precision[np.ix_(columns, columns)]
    second = precision[np.ix_(rows, columns)] * precision[np.ix_(columns, rows)]
    twice = np.where(rows == columns, 0.5, 1.0)
    return np.asarray((first + second) * twice[:, None] * twice)
