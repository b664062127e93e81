"""The law of respondents who answer twice: what depends on n does so as it should, and nothing else does."""

import numpy as np

from estimators.base import Estimates
from estimators.laws.properties.bounds import chains
from estimators.laws.subject import NotTested, Subject, demand, demand_each
from estimators.laws.worlds import Survey


def doubled(method: Subject, survey: Survey, rng: np.random.Generator) -> None:
    """Let every respondent answer twice: values stay, standard errors are divided by the root of 2."""
    asked = [*survey.model.targets, *(survey.model.target(f"rho_a({name})") for name in survey.model.constructs)]
    asked += [survey.model.target("->".join(chain)) for chain in chains(survey.model) if len(chain) > 2]
    once = method.of(survey, asked)
    twice = method.of(survey.with_answers(np.concatenate([survey.answers, survey.answers], axis=1)), asked)
    n = survey.answers.shape[1]
    usable = ~once.fatal & ~twice.fatal
    if not usable.any():
        raise NotTested("no data set could be used")
    here, there = once.rows(np.flatnonzero(usable)), twice.rows(np.flatnonzero(usable))
    far = np.abs(here.value - there.value) / np.maximum(1.0, np.abs(here.value))
    demand_each(
        ~(far > 6 / n), "nearly the values of a survey when every respondent answers twice", here, there.value, "then"
    )
    _divisors(here, there, n)
    _counted(method, survey, once)
    has = np.isfinite(here.se) & np.isfinite(there.se) & (here.se > 0)
    if not has.any():
        return
    resampled = method.claims.resampled or (once.resamples >= 0).any()
    with np.errstate(divide="ignore", invalid="ignore"):
        of_each = np.where(has, there.se / here.se * np.sqrt(2), 1.0)
    if not (method.claims.resampled or (once.resamples != -1).any()):
        demand_each(
            np.abs(np.log(np.maximum(of_each, 1e-12))) < 0.1 + 20 / n,
            "standard errors divided by the root of 2 when every respondent answers twice", here, np.sqrt(2) / of_each,
            "divided by",
        )  # fmt: skip
    ratios = of_each[has]
    mean, slack = float(np.exp(np.log(np.maximum(ratios, 1e-12)).mean())), 0.25 if resampled else 0.02 + 8 / n
    demand(
        abs(mean - 1) <= slack, "standard errors divided by the root of 2 when every respondent answers twice",
        f"divided by {np.sqrt(2) / mean:.3f} on average",
    )  # fmt: skip


def _divisors(once: Estimates, twice: Estimates, n: int) -> None:
    """No standardised value is one divided by n - 1 where its counterpart is divided by n."""
    for q, target in enumerate(once.targets):
        for power in (-1.0, -0.5, 0.5, 1.0) if target.kind in ("path", "loading", "correlation", "rho_a") else ():
            factor = (n / (n - 1) / (2 * n / (2 * n - 1))) ** power
            off = np.isclose(once.value[:, q], factor * twice.value[:, q], rtol=1e-9, atol=0)
            demand(
                not off.any(), "variances and covariances of a standardised value to have one divisor, n or n - 1",
                f"{target.name} is off by a power of n / (n - 1) in data set {int(np.argmax(off)) + 1}",
            )  # fmt: skip


def _counted(method: Subject, survey: Survey, once: Estimates) -> None:
    """Half of the respondents once more, who answer like themselves, change the estimates."""
    half = survey.answers[:, : survey.answers.shape[1] // 2]
    more = method.plain.of(survey.with_answers(np.concatenate([survey.answers, half], axis=1)), once.targets)
    both = ~once.fatal & ~more.fatal
    demand(
        not both.any() or not np.array_equal(once.value[both], more.value[both], equal_nan=True),
        "respondents who answer alike to count one by one",
        "the same estimates when half of the respondents answer twice",
    )  # fmt: skip
    _each(method, survey)


def _each(method: Subject, survey: Survey) -> None:
    """Other answers of one respondent, whoever it is, give other estimates: nobody is left out unsaid."""
    one = survey.answers[0]
    half = one.shape[1] // 2
    order = np.lexsort(one.T[::-1])
    places = np.unique(
        [0, len(one) - 1, order[0], order[-1], int(one.sum(axis=1).argmin()), int(one.sum(axis=1).argmax())]
    )
    answers = np.repeat(one[None], 1 + len(places), axis=0)
    for r, place in enumerate(places):
        answers[1 + r, place, half:] = survey.turned[0, place, half:]
    fit = method.plain.of(survey.with_answers(answers))
    for r, place in enumerate(places):
        same = np.array_equal(fit.value[0], fit.value[1 + r], equal_nan=True)
        told = fit.fatal[[0, 1 + r]].any() or np.array_equal(answers[0], answers[1 + r])
        demand(
            told or not same, "every respondent to count", f"the same estimates whatever respondent {place + 1} answers"
        )
