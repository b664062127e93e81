"""Laws of company: a method works where a study puts it, inside resampling, screening and handling of gaps."""

import numpy as np

from estimators.base import Estimates, Estimator
from estimators.decisions.loadings.all_at_once import AllAtOnce
from estimators.laws.subject import Breach, NotTested, Subject, agree, demand, rows
from estimators.laws.worlds import HERE, Survey, moderate_survey
from estimators.wrappers.bootstrap import Bootstrap
from estimators.wrappers.handled import Handled
from estimators.wrappers.jackknife import Jackknife
from estimators.wrappers.screening import Screening
from sim.batch import Batch
from sim.missing import HANDLINGS
from sim.model import Model

RESAMPLES, RESPONDENTS = 40, 90


def within_wrappers(method: Subject, survey: Survey, rng: np.random.Generator) -> None:
    """Bootstrap the method, jackknife it, screen it."""
    plain = method.plain
    survey = moderate_survey(survey, RESPONDENTS, int(rng.integers(2**31)))
    alone = plain.of(survey)
    if alone.fatal.all():
        raise NotTested("no data set could be used")
    batch, model = survey.batch, survey.model
    for wrapped in (Bootstrap(plain.estimator, RESAMPLES), Jackknife(plain.estimator)):
        what = type(wrapped).__name__
        fit = _fitted(wrapped, batch, model)
        agree(alone, fit, f"under {what} the values it gives alone", ("alone", f"under {what}"), ("value", "retained"))
        paths = [q for q, target in enumerate(fit.targets) if target.kind == "path"]
        demand(
            2 * fit.resamples[~fit.fatal] > min(RESAMPLES, RESPONDENTS), f"most resamples to be estimated under {what}",
            f"{fit.resamples[~fit.fatal].min()} of {RESAMPLES if what == 'Bootstrap' else RESPONDENTS}",
        )  # fmt: skip
        errors, values = fit.se[~fit.fatal][:, paths], fit.value[~fit.fatal][:, paths]
        demand(
            np.isfinite(errors) & (errors > 1e-9 * np.abs(values)), f"resamples that can be estimated under {what}",
            f"standard errors {errors[0] if len(errors) else errors}",
        )  # fmt: skip
    screened = _fitted(Screening(plain.estimator, AllAtOnce(0.6)), batch, model)
    again = plain.fit(survey.batch.keep(screened.retained), model)
    usable = np.flatnonzero(~screened.fatal & ~alone.fatal)
    agree(
        again.rows(usable), screened.rows(usable), "under Screening what the retained items give",
        ("of the retained items", "screened"), ("value", "retained"),
    )  # fmt: skip


def _fitted(estimator: Estimator, batch: Batch, model: Model) -> Estimates:
    try:
        return estimator.fit(batch, model)
    except (Exception, SystemExit) as error:
        raise Breach(
            f"a method that can be used under {type(estimator).__name__}", f"{type(error).__name__}: {error}"
        ) from error


def gaps_handled(method: Subject, survey: Survey, rng: np.random.Generator) -> None:
    """Leave answers out at random and let each handling see to it before the method sees the data."""
    model = survey.model
    gone = rng.random(survey.answers.shape) < 0.01
    gone[:, 0, 0] = True
    gone[0] |= gone[-1]  # data sets of unequal and of equal numbers of complete respondents
    batch = Batch.of(survey.answers.copy(), 100 + np.arange(len(gone)), HERE, gone)
    for handling in ("listwise",) if method.claims.ordinal else (h for h in HANDLINGS if h != "refuse"):
        fit = _fitted(Handled(method.plain.estimator, handling), batch, model)
        if handling != "listwise":
            continue
        for r in range(len(gone)):
            complete = survey.answers[r][~gone[r].any(axis=1)]
            alone = method.plain.fit(Batch.of(complete, [100 + r], HERE), model)
            agree(
                alone, rows(fit, slice(r, r + 1)), "after listwise deletion what the complete respondents give",
                ("from the complete ones", "under Handled"), ("value", "retained"),
            )  # fmt: skip
            demand(fit.respondents[r] == len(complete), f"{len(complete)} respondents", f"{fit.respondents[r]}")


def ragged(method: Subject, survey: Survey, rng: np.random.Generator) -> None:
    """Leave other items out of each data set of a batch."""
    model, total = survey.model, len(survey.answers)
    kept = np.ones((total, len(model.items)), dtype=bool)
    for r in range(total):
        for j in (j for j, block in enumerate(model.blocks) if len(block.items) > 3 and rng.random() < 0.7):
            kept[r, rng.integers(model.bounds[j], model.bounds[j + 1])] = False
    whole = method.fit(survey.batch.keep(kept), model)
    for r in range(total):
        one = slice(r, r + 1)
        batch = Batch.of(survey.answers[one].copy(), survey.batch.replications[one], HERE)
        agree(
            rows(whole, one), method.fit(batch.keep(kept[one]), model),
            "data sets with other items each to get what they get alone", ("in the batch", "alone"),
        )  # fmt: skip
    left = np.isfinite(whole.value) & ~whole.fatal[:, None]
    for q, target in enumerate(whole.targets):
        if target.kind == "loading":
            gone = ~kept[:, model.items.index(target.parts[1])]
            demand(
                ~(left[:, q] & gone), "NaN for the loading of an item that is left out", f"a number for {target.name}"
            )
    demand(~(whole.retained & ~kept), "no item in `retained` that the batch leaves out", "one more")
