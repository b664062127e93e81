"""Laws of structures: models of every shape are estimated, or refused before anything is drawn."""

import numpy as np

from estimators.base import Estimates, Status
from estimators.laws.properties.honesty import given_kinds
from estimators.laws.strategies import CLEAR_STRUCTURES
from estimators.laws.subject import Breach, NotTested, Subject, demand, demand_each
from estimators.laws.worlds import Survey
from sim.batch import Bools
from sim.model import Model


def structures(method: Subject, survey: Survey, rng: np.random.Generator) -> None:
    """Ask whether the model is refused, and fit it where it is not."""
    model = survey.model
    try:
        refused: object = method.estimator.refusal(model)
    except Exception as error:
        raise Breach("refusal(model) to give None or a sentence", f"{type(error).__name__}: {error}") from error
    demand(
        refused is None or (isinstance(refused, str) and len(refused) > 2), "refusal(model) to give None or a sentence",
        f"{refused!r}",
    )  # fmt: skip
    if refused is not None:
        raise NotTested(f"refused: {refused}")
    fit = method.of(survey)
    common = Status(int(np.bincount(fit.status).argmax())).name
    demand(
        not fit.fatal.all(), "a model that is not refused to be estimated on ordinary data",
        f"{common} in each of {len(fit.status)} data sets",
    )  # fmt: skip
    paths = [q for q, target in enumerate(fit.targets) if target.kind in ("path", "product")]
    expected = "a finite number for every path and product" if model.products else "a finite number for every path"
    demand(np.isfinite(fit.value[~fit.fatal][:, paths]), expected, "NaN in a usable data set")
    if model.reflective.all() and not model.products:
        usual = next((clear for clear in CLEAR_STRUCTURES if not method.estimator.refusal(clear)), model)
        kinds = given_kinds(method, usual)
        there = np.array([target.kind in kinds for target in fit.targets])
        some = np.isfinite(fit.value) | ~there | _of_dropped(fit, model)
        demand_each(
            some | fit.fatal[:, None], "a finite number for every target of a kind that the method gives elsewhere",
            fit, fit.value,
        )  # fmt: skip


def _of_dropped(fit: Estimates, model: Model) -> Bools:
    """Which numbers (R, Q) are of an item that the method has dropped, and may be missing."""
    retained = {item: fit.retained[:, i] for i, item in enumerate(model.items)}
    gone = np.zeros(fit.value.shape, dtype=bool)
    for q, target in enumerate(fit.targets):
        for part in target.parts:
            if part in retained:
                gone[:, q] |= ~retained[part]
    return gone
