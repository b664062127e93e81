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
    _apart(method, survey)
    _everyone(method, survey)


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


#: Replications whose resamples are compared: neighbours, those that share last digits or bytes, and one far away.
_IDS = (100, 101, 102, 103, 104, 110, 200, 1100, 356, 100 + 2**16, 70007)


def _apart(method: Subject, survey: Survey) -> None:
    """Fit one data set under many ids and in two studies: no two are resampled alike, neighbours no more."""
    one, model = survey.answers[0], survey.model
    # Written from other zeros, it is another data set to who makes a seed of answers.
    answers = np.stack([(one + k).astype(survey.answers.dtype) for k in range(len(_IDS))])
    # Studies whose seeds are neighbours too.
    fits = [method.fit(Batch.of(answers, np.array(_IDS), address), model) for address in (HERE, ELSEWHERE)]
    if any(fit.fatal.any() for fit in fits):
        return
    se = np.concatenate([fit.se for fit in fits])
    some = np.isfinite(se).all(axis=0) & (se > 0).all(axis=0)
    if not some.any():
        return
    logs = np.log(se[:, some])
    far = np.sqrt(((logs[:, None] - logs[None]) ** 2).mean(axis=2))
    np.fill_diagonal(far, np.inf)
    i, k = np.unravel_index(int(np.argmin(far)), far.shape)
    ids = [f"replication {number} of study {study}" for study in (1, 2) for number in _IDS]
    demand(
        far[i, k] > 1e-7,
        "different replications and studies to have different resamples",
        f"{ids[i]} and {ids[k]} have the same",
    )
    near = float(np.mean([far[r, r + 1] ** 2 for r in range(4)]))
    usual = float(np.median(far[np.isfinite(far)]) ** 2)
    demand(
        near > 0.05 * usual, "neighbouring replications to be resampled as differently as others",
        f"their standard errors differ by {np.sqrt(near):.2g} where those of others do by {np.sqrt(usual):.2g}, as if "
        "they shared most of their resamples",
    )  # fmt: skip


def _everyone(method: Subject, survey: Survey) -> None:
    """Let one respondent alone answer an item otherwise: a resample without that one has a constant item.

    That is a third of them, wherever the respondent stands.
    """
    n, total = survey.answers.shape[1], 80
    asked = method.with_setting("resamples", total)
    if asked is None:
        return
    last = int(survey.model.bounds[-1]) - 1
    answers = np.repeat(survey.answers[:1], 3, axis=0)
    answers[:, :, last] = answers.dtype.type(1)
    for r, place in enumerate((0, n // 2, n - 1)):
        answers[r, place, last] = 2
    fit = asked.fit(Batch.of(answers, np.array([100, 101, 102]), HERE), survey.model)
    used, has = fit.resamples[~fit.fatal], np.isfinite(fit.se).any(axis=1)
    if fit.fatal.any() or not fit.retained[:, last].all():  # a method may drop the item, and then needs nobody
        return
    demand(
        has.all() or not has.any(), "every respondent to be drawn as often, the first and the last too",
        f"standard errors where the one who is needed stands in places {np.array([1, n // 2 + 1, n])[has]} of {n} only",
    )  # fmt: skip
    if (used < 0).any():
        return
    demand(
        used < 0.9 * total, "`resamples` to count those that could be used: about 63 %, where an item is constant in "
        "the others", f"{used.max()} of {total}",
    )  # fmt: skip
    demand(
        used > 0.3 * total, "every respondent to be drawn as often, the first and the last too",
        f"the one who is needed is in {used.min()} of {total} resamples",
    )  # fmt: skip


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
    demand(
        not both.any() or not np.array_equal(ones[both], others[both]),
        "other standard errors from another number of resamples", f"the same from {few} and from 60",
    )  # fmt: skip
    if both.sum() < 20:
        return
    a, b = ones[both].mean(axis=1), others[both].mean(axis=1)
    ratio = float(a.mean() / b.mean())
    error = float((a - ratio * b).std(ddof=1) / np.sqrt(len(a)) / b.mean())
    demand(
        abs(ratio - 1) <= 4.5 * error + 0.01, "standard errors that do not depend on the number of resamples",
        f"variances from {few} resamples are {ratio:.3f} times those from 60",
    )  # fmt: skip
