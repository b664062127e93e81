"""The law of the measures of fit: they lie within their bounds and follow from the test of the model."""

import numpy as np

from estimators.laws.subject import NotTested, Subject, demand
from estimators.laws.worlds import Survey
from sim.batch import Floats

#: Times that every respondent answers: the model's small misfit in the sample is then no longer one of chance.
TIMES = 6
_NAMES = ("chisq", "df", "cfi", "tli", "rmsea", "srmr", "aic", "bic")
#: How far statistics that are corrected for the distribution may be from the plain ones, as a share.
_CORRECTED = 0.5


def fit_measures(method: Subject, survey: Survey, rng: np.random.Generator) -> None:
    """Ask for the measures of a sample, and of one in which every respondent answers six times."""
    model, n = survey.model, survey.answers.shape[1]
    if not model.paths:
        raise NotTested("a model without paths")
    if model.products:
        raise NotTested("a method may fit products of items, too, and count them")
    targets = [model.target(name) for name in _NAMES]
    once = method.of(survey, targets)
    more = method.of(survey.with_answers(np.tile(survey.answers, (1, TIMES, 1))), targets)
    usable = np.flatnonzero(~once.fatal & ~more.fatal)
    if not len(usable) or not np.isfinite(once.value[usable]).any():
        raise NotTested("the method gives no measures of fit")
    for fit, size in ((once, n), (more, TIMES * n)):
        for r in map(int, usable):
            _of_one(dict(zip(_NAMES, fit.value[r], strict=True)), size, int(fit.retained[r].sum()), r)
    chisq = _NAMES.index("chisq")
    grown = more.value[usable, chisq] / once.value[usable, chisq]
    demand(
        ~np.isfinite(grown) | (np.abs(np.log(np.maximum(grown, 1e-12) / TIMES)) < _CORRECTED),
        f"about {TIMES} times the chisq where every respondent answers {TIMES} times", f"{grown[:1]} times",
    )  # fmt: skip


def _of_one(given: dict[str, Floats], n: int, p: int, r: int) -> None:
    where = f"in data set {r + 1} of {n} respondents"
    for name, low, high in (
        ("chisq", 0, np.inf),
        ("df", 0, p * (p + 1) / 2),
        ("cfi", 0, 1),
        ("rmsea", 0, np.inf),
        ("srmr", 0, np.inf),
    ):
        value = given[name]
        demand(
            not np.isfinite(value) or low - 1e-9 <= value <= high + 1e-9, f"{name} between {low} and {high:g}",
            f"{value:.6g} {where}",
        )  # fmt: skip
    chisq, df, rmsea = given["chisq"], given["df"], given["rmsea"]
    if np.isfinite([chisq, df, rmsea]).all() and df > 0 and chisq > 1.5 * df:
        right = np.sqrt((chisq - df) / (df * n))
        demand(
            abs(np.log(max(rmsea, 1e-12) / right)) < _CORRECTED,
            f"an RMSEA of about {right:.4f}, the root of (chisq - df) / (df n)", f"{rmsea:.4f} {where}",
        )  # fmt: skip
    if np.isfinite([given["aic"], given["bic"], df]).all():
        number = (given["bic"] - given["aic"]) / (np.log(n) - 2)
        free = p * (p + 1) / 2 - df
        demand(
            min(abs(number - free), abs(number - free - p)) < 0.01,
            f"bic - aic = k (log n - 2) with the k = {free:g} free parameters (and {p} means)",
            f"k = {number:.4f} {where}",
        )  # fmt: skip
