"""Laws of streams: who resamples does so anew for every replication, and in the same way for the same one."""

import numpy as np

from estimators.base import Estimates
from estimators.laws.subject import NotTested, Subject, agree, demand
from estimators.laws.worlds import HERE, Survey, survey_of
from sim.batch import Batch
from sim.streams import Address

ELSEWHERE = Address(8, "fedcba9876543210" * 4)


def streams(method: Subject, survey: Survey, rng: np.random.Generator) -> None:
    """Fit one data set under other ids and at another address, its answers written from another zero."""
    one, model = survey.answers[:1], survey.model
    here = method.fit(_batch(one, 100, HERE), model)
    if not _resamples(method, here, survey.answers.shape[1]):
        raise NotTested("it does not claim to be resampled")
    again = method.fit(_batch(one, 100, HERE), model)
    agree(here, again, "the same replication to be resampled in the same way", ("first", "again"))
    if not np.isfinite(here.se).any():
        raise NotTested("no standard error on this survey")
    # Answers from another zero are the same data set to the method, and another one to who makes a seed of answers.
    other = (one + 1).astype(one.dtype)
    for ids, address, what in ((101, HERE, "replications"), (100, ELSEWHERE, "studies")):
        _differ(here, method.fit(_batch(other, ids, address), model), what)
    both = method.fit(Batch.of(np.concatenate([one, other]), np.array([100, 101]), HERE), model)
    _differ(both.rows(slice(0, 1)), both.rows(slice(1, 2)), "replications of one batch")


def _batch(answers: np.ndarray, replication: int, address: Address) -> Batch:
    return Batch.of(answers.copy(), np.array([replication]), address)


def _resamples(method: Subject, fit: Estimates, n: int) -> bool:
    """Whether resamples are drawn at random; a jackknife, which leaves each of n respondents out once, has n."""
    return method.claims.resampled or bool(((fit.resamples > 0) & (fit.resamples != n)).any())


def _differ(one: Estimates, other: Estimates, what: str) -> None:
    if one.fatal.any() or other.fatal.any():
        return
    a, b = one.se[np.isfinite(one.se)], other.se[np.isfinite(other.se)]
    same = len(a) == len(b) and np.allclose(a, b, rtol=1e-7, atol=0)
    demand(not same, f"different {what} to have different resamples", "the same standard errors in both")


#: Data sets whose variances from few resamples are compared: fewer would tell B from B - 1 by chance only.
DATA_SETS = 400


def resample_count(method: Subject, survey: Survey, rng: np.random.Generator) -> None:
    """Look at the number of resamples that is reported, and at the errors that few give and that many give."""
    if not isinstance(method.setting("resamples"), int):
        raise NotTested("the method has no setting called resamples")
    for few in (4, 20):  # some methods give no inference with fewer than 20
        small = method.with_setting("resamples", few)
        fit = None if small is None else small.of(survey)
        if small is not None and fit is not None and np.isfinite(fit.se).any():
            break
    else:
        raise NotTested("no standard errors with 20 resamples")
    told = fit.resamples[~fit.fatal]
    demand((told <= few).all(), f"at most {few} resamples, as was asked", f"{told.max(initial=0)}")
    many = method.with_setting("resamples", 3 * 20)
    if many is None or survey.population is None:
        raise NotTested("the survey has no population")
    if method.claims.costly:
        raise NotTested("it is costly, and errors of few resamples are told apart over hundreds of data sets")
    fresh = survey_of(survey.population, survey.top, survey.answers.shape[1], DATA_SETS, int(rng.integers(2**31)))
    targets = [target for target in survey.model.targets if target.kind in ("path", "correlation")]
    ids = 2000 + np.arange(DATA_SETS)
    ones, others = (
        one.fit(Batch.of(fresh.answers.copy(), ids, HERE), survey.model, targets).se ** 2 for one in (small, many)
    )
    both = np.isfinite(ones).all(axis=1) & np.isfinite(others).all(axis=1)
    if both.sum() < 20:
        return
    a, b = ones[both].mean(axis=1), others[both].mean(axis=1)
    ratio = float(a.mean() / b.mean())
    error = float((a - ratio * b).std(ddof=1) / np.sqrt(len(a)) / b.mean())
    demand(
        abs(ratio - 1) <= 4.5 * error + 0.01, "standard errors that do not depend on the number of resamples",
        f"variances from {few} resamples are {ratio:.3f} times those from 60",
    )  # fmt: skip
