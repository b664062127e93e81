"""Laws of honesty: statuses that say what happened, the limit on moments, the truth where it is claimed."""

from dataclasses import replace

import numpy as np

from estimators.base import PARTS, Status
from estimators.laws.subject import STEADY, NotTested, Subject, demand
from estimators.laws.worlds import Survey, limit_moments, measured_well, ordinary_survey, truth_of
from sim.batch import Batch
from sim.model import Model
from sim.targets import Kind, Target


def given_kinds(method: Subject, model: Model) -> set[Kind]:
    """The kinds of targets that a method gives on ordinary data, and paths: of those it must say something."""
    fit = method.plain.of(ordinary_survey(model))
    blank = {target.kind for q, target in enumerate(fit.targets) if not np.isfinite(fit.value[:, q]).all()}
    return {"path", "product", *set(STEADY) - blank}


def honest_status(method: Subject, survey: Survey, rng: np.random.Generator) -> None:
    """Look at the numbers beside each status, on data of any quality."""
    fit = method.of(survey)
    for r, code in enumerate(fit.status):
        numbers = [field for field in PARTS if fit.fatal[r] and not np.isnan(getattr(fit, field)[r]).all()]
        demand(
            not numbers, "NaN in every field of a data set with a fatal status",
            f"{Status(int(code)).name} with numbers in {', '.join(numbers)} in data set {r + 1}",
        )  # fmt: skip
    constant = (survey.answers == survey.answers[:, :1]).all(axis=1).any(axis=1)
    for r in map(int, np.flatnonzero((fit.status == Status.CONSTANT_ITEM) != constant)):
        demand(
            False, f"CONSTANT_ITEM {'' if constant[r] else 'only '}where an item never varies",
            f"{Status(int(fit.status[r])).name} in data set {r + 1}",
        )  # fmt: skip
    if not method.claims.selects:
        left = fit.retained[~fit.fatal]
        demand(left, "items left out (`retained`) of a method that drops none to be those of the batch", "others")
        demand(~fit.short, "no block short of items (`short`) in a method that drops none", "a block called short")
    kinds = given_kinds(method, survey.model)
    items = survey.model.items
    for q, target in enumerate(fit.targets):
        if target.kind not in kinds:
            continue
        there = fit.retained[:, items.index(target.parts[1])] if target.kind == "loading" else np.True_
        for r in map(int, np.flatnonzero(~fit.fatal & (np.isfinite(fit.value[:, q]) != there))):
            demand(
                False, "a finite number for every target that the method gives, where the status is not fatal",
                f"{target.name} is {fit.value[r, q]} in data set {r + 1}, which is {Status(int(fit.status[r])).name}",
            )  # fmt: skip
    _possible(fit.se >= 0, fit.se, "standard errors of 0 or more", fit.targets)
    _possible((fit.p_value >= 0) & (fit.p_value <= 1), fit.p_value, "p-values between 0 and 1", fit.targets)
    _possible(fit.lower <= fit.upper, fit.lower - fit.upper, "lower ends under upper ends", fit.targets)


def _possible(holds: np.ndarray, numbers: np.ndarray, expected: str, targets: tuple[Target, ...]) -> None:
    for r, q in np.argwhere(~holds & ~np.isnan(numbers)):
        demand(False, expected, f"{numbers[r, q]} for {targets[q].name} in data set {r + 1}")


def moments_alone(method: Subject, survey: Survey, rng: np.random.Generator) -> None:
    """Fit a population's moments, of which there are no answers."""
    assert survey.population is not None
    asked = method.plain if method.claims.resampled else method
    fit = asked.fit(Batch.of_moments(limit_moments(survey)), survey.model)
    if fit.fatal[0]:
        raise NotTested(f"{Status(int(fit.status[0])).name} on a population's moments")
    paths = [q for q, target in enumerate(fit.targets) if target.kind == "path"]
    demand(
        np.isfinite(fit.value[0, paths]), "on a population's moments (no answers, n infinite) the limit of every path, "
        "or a fatal status", f"{Status(int(fit.status[0])).name} with {fit.value[0, paths]}",
    )  # fmt: skip
    demand(np.isnan(fit.se), "no standard errors where n is infinite", f"{fit.se[0]}")


def truth(method: Subject, survey: Survey, rng: np.random.Generator) -> None:
    """Fit the moments of the uncut responses of two common-factor populations, one of them with negative paths."""
    model = survey.model
    if method.estimator.refusal(model) is not None:
        raise NotTested("the method refuses this model")
    if model.covariances and not method.claims.whole:
        raise NotTested("it does not claim to fit covariances of errors")
    kinds = given_kinds(method, model)
    targets = [target for target in model.targets if target.kind in kinds]
    for one in (survey, replace(survey, population=measured_well(model, int(rng.integers(2**31))))):
        fit = method.plain.fit(Batch.of_moments(limit_moments(one)), model, targets)
        demand(fit.status[0] == Status.OK, "OK on a population's moments", Status(int(fit.status[0])).name)
        true = truth_of(one, targets)
        far = np.abs(fit.value[0] - true)
        worst = int(np.argmax(np.nan_to_num(far, nan=np.inf)))
        demand(
            far <= max(1e-6, method.claims.tolerance),
            "the truth on a population's moments, as a consistent method claims",
            f"{targets[worst].name} is {fit.value[0, worst]}, in truth {true[worst]}",
        )  # fmt: skip


def needs_categories(method: Subject, survey: Survey, rng: np.random.Generator) -> None:
    """Give continuous answers to a method that claims to need categories."""
    for r, code in enumerate(method.of(survey).status):
        demand(
            code == Status.NOT_ORDINAL, "NOT_ORDINAL for continuous answers, as the method claims to be ordinal",
            f"{Status(int(code)).name} in data set {r + 1}",
        )  # fmt: skip
