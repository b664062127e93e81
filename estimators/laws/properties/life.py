"""Laws of life: a method estimates, its estimates follow the data, and nothing but error of measurement misleads it."""

import numpy as np

from estimators.base import Estimates, Status
from estimators.laws.properties.honesty import given_kinds
from estimators.laws.subject import STEADY, Breach, NotTested, Subject, demand
from estimators.laws.worlds import Survey, limit_moments, measured_well, moderate_survey, survey_of, truth_of
from sim.batch import Batch, Bools, Floats

#: Values that say nothing of precision: they are what they are in any type.
_PLAIN = (-1.0, 0.0, 1.0)
#: How far from the truth a method may be whose items measure it with hardly any error, and a sample of 2,000 further.
NEAR, NEAR_IN_A_SAMPLE = 0.1, 0.2


def alive(method: Subject, survey: Survey, rng: np.random.Generator) -> None:
    """Fit many ordinary data sets: most get numbers, and other data other numbers."""
    fit = method.of(moderate_survey(survey, survey.answers.shape[1], int(rng.integers(2**31))))
    total, usable, good = len(fit.status), int((~fit.fatal).sum()), int((fit.status == Status.OK).sum())
    common = Status(int(np.bincount(fit.status[fit.status > 0]).argmax())).name if good < total else ""
    demand(
        2 * usable >= total, "numbers for most data sets of good items and many respondents",
        f"{usable} of {total}; the others are {common}",
    )  # fmt: skip
    demand(
        8 * good >= total, "data sets of good items and many respondents to be OK, and not a few of them",
        f"{good} of {total}; the others are {common}",
    )  # fmt: skip
    values = fit.value[~fit.fatal]
    for q, target in enumerate(fit.targets):
        one = values[:, q]
        if target.kind in STEADY and np.isfinite(one).all() and usable > 1 and not _plain(one[:1])[0]:
            demand(
                np.ptp(one) > 1e-12, f"{target.name} to follow the data",
                f"{one[0]} in each of {usable} different data sets",
            )  # fmt: skip
    _vary(fit, usable)
    _precise(values, "estimates")
    for kind in STEADY:
        _precise(values[:, [q for q, target in enumerate(fit.targets) if target.kind == kind]], f"estimates ({kind})")
    _precise(fit.se[~fit.fatal], "standard errors")


def _vary(fit: Estimates, usable: int) -> None:
    paths = [q for q, target in enumerate(fit.targets) if target.kind in ("path", "product")]
    values = fit.value[~fit.fatal][:, paths]
    demand(np.isfinite(values), "a finite number for every path", "NaN in a data set with numbers")
    if usable > 1 and paths:
        demand(np.ptp(values, axis=0).max() > 1e-12, "paths that follow the data", f"{values[0]} in every data set")
        different = len(np.unique(values, axis=0))
        demand(2 * different > usable, "different data sets to give different paths", f"{different} among {usable}")
    errors = fit.se[~fit.fatal]
    for q in (q for q in range(len(fit.targets)) if np.isfinite(errors[:, q]).all() and usable > 1):
        demand(
            np.ptp(errors[:, q]) > 1e-12, f"the standard error of {fit.targets[q].name} to follow the data",
            f"{errors[0, q]} in every data set",
        )  # fmt: skip


def _plain(values: Floats) -> Bools:
    """Where a value is one that says nothing of precision."""
    return np.asarray(np.isclose(np.asarray(values)[..., None], _PLAIN, rtol=0, atol=1e-12).any(axis=-1))


def _precise(values: Floats, what: str) -> None:
    """Breach where all values are rounded: to decimals, or to the precision of float32."""
    some = values[np.isfinite(values) & ~_plain(values)]
    if len(some) < 20:
        return
    demand((some != some.astype(np.float32)).any(), f"{what} in double precision", "float32 turned into float64")
    short = all(number == float(f"{number:.8g}") for number in some)
    demand(not short, f"{what} in double precision", "numbers of eight digits or fewer")
    for decimals in (3, 4, 5, 6):
        rounded = (some == np.round(some, decimals)).all()
        demand(not rounded, f"{what} in double precision", f"numbers rounded to {decimals} decimals")


def faithful(method: Subject, survey: Survey, rng: np.random.Generator) -> None:
    """Fit a population whose items hold hardly any error, and a sample of 2,000 of it."""
    model = survey.model
    if method.estimator.refusal(model) is not None:
        raise NotTested("the method refuses this model")
    if method.claims.by_first_item and not model.reflective.all():
        raise NotTested("the first item of a composite is not nearly the composite")
    population = measured_well(model, int(rng.integers(2**31)))
    kinds = given_kinds(method, model) | {"ave"}
    targets = [target for target in model.targets if target.kind in kinds]
    well = survey_of(population, 0, 2000, 2, int(rng.integers(2**31)))
    asked = method.plain if method.claims.resampled else method
    limit = asked.fit(Batch.of_moments(limit_moments(well)), model, targets)
    wanted = "the truth, nearly, where items hold hardly any error"
    true = truth_of(well, targets)
    if not limit.fatal[0]:
        _near(limit, true, NEAR, wanted, "on the population's moments")
    if method.claims.ordinal:
        return
    # Weights of composites whose items are hardly alike are uncertain even in a sample of 2,000, and so are loadings.
    composites = {block.construct for block in model.blocks if block.kind == "composite"}
    sure = [q for q, t in enumerate(targets) if t.kind != "loading" or t.parts[0] not in composites]
    targets, true, at = [targets[q] for q in sure], true[sure], limit.value[0, sure]
    sampled = method.plain.fit(well.batch, model, targets)
    if limit.fatal[0] and sampled.fatal.all():
        raise NotTested("the method gives no numbers here")
    usable = sampled.rows(np.flatnonzero(~sampled.fatal))
    if limit.fatal[0] or not len(usable.status):
        _near(usable, true, NEAR_IN_A_SAMPLE, wanted, "in a sample of 2,000")
    else:
        _near(usable, at, NEAR, "what the population's moments give, nearly", "in a sample of 2,000")


def _near(fit: Estimates, expected: Floats, distance: float, wanted: str, where: str) -> None:
    far = np.abs(fit.value - expected)
    known = np.isfinite(far)
    if (known & (far > distance)).any():
        r, q = (int(i) for i in np.argwhere(known & (far > distance))[0])
        found = f"{fit.targets[q].name} is {fit.value[r, q]:.4f} {where}, where {expected[q]:.4f} is right"
        raise Breach(wanted, found)
