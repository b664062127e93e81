"""Laws of streams: who resamples does so anew for every replication, and in the same way for the same one."""

import numpy as np

from estimators.base import Estimates
from estimators.laws.subject import NotTested, Subject, agree, demand
from estimators.laws.worlds import HERE, Survey
from sim.batch import Batch
from sim.streams import Address

ELSEWHERE = Address(8, "fedcba9876543210" * 4)


def streams(method: Subject, survey: Survey, rng: np.random.Generator) -> None:
    """Fit one data set under other ids and at another address, its answers written from another zero."""
    one, model = survey.answers[:1], survey.model
    here = method.fit(_batch(one, 100, HERE), model)
    if not _resamples(method, here):
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


def _resamples(method: Subject, fit: Estimates) -> bool:
    return method.claims.resampled or bool((fit.resamples > 0).any())


def _differ(one: Estimates, other: Estimates, what: str) -> None:
    if one.fatal.any() or other.fatal.any():
        return
    a, b = one.se[np.isfinite(one.se)], other.se[np.isfinite(other.se)]
    same = len(a) == len(b) and np.allclose(a, b, rtol=1e-7, atol=0)
    demand(not same, f"different {what} to have different resamples", "the same standard errors in both")


def resample_count(method: Subject, survey: Survey, rng: np.random.Generator) -> None:
    """Look at the number of resamples that is reported, and at 20 of them against 320."""
    few, many = method.with_setting("resamples", 20), method.with_setting("resamples", 320)
    if few is None or many is None or not isinstance(method.setting("resamples"), int):
        raise NotTested("the method has no setting called resamples")
    small, large = few.of(survey), many.of(survey)
    for fit, asked in ((small, 20), (large, 320)):
        told = fit.resamples[~fit.fatal]
        demand(
            (told == -1).all() or (told <= asked).all(), f"at most {asked} resamples, as was asked", f"{told.max(initial=0)}"
        )
    both = np.isfinite(small.se) & np.isfinite(large.se) & (large.se > 0)
    if not both.any():
        raise NotTested("no standard error with 20 resamples on this survey")
    ratios = (small.se / np.where(both, large.se, 1.0))[both] ** 2
    demand((ratios != 1).any(), "other resamples when more are asked for", "the same standard errors")
    # Variances of 20 resamples scatter by sqrt(2 / 19) about those of many, the same for every target of a data set.
    per_data_set = [float((small.se[r][both[r]] ** 2 / large.se[r][both[r]] ** 2).mean()) for r in range(len(both)) if both[r].any()]
    mean, error = float(np.mean(per_data_set)), np.std(per_data_set) / np.sqrt(len(per_data_set))
    demand(
        abs(mean - 1) <= 0.02 + 4.5 * max(error, 0.005), "standard errors that do not depend on the number of resamples",
        f"variances from 20 resamples are {mean:.3f} times those from 320",
    )  # fmt: skip
