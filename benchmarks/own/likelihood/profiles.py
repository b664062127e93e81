"""Likelihood-based intervals of parameters in the units of the answers, beside Wald's."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.special import ndtri

from estimators.constrained.fitting import information_spread
from estimators.constrained.ratios import Profile
from estimators.factors.covariance import MaximumLikelihood
from estimators.methods import Method
from sim.batch import Batch
from sim.errors import InputError
from sim.model import Model

COLUMNS = ("method", "parameter", "value", "se", "wald_lower", "wald_upper", "lower", "upper")


def profiles(
    label: str, method: Method, batch: Batch, model: Model, wanted: Sequence[str], level: float
) -> pd.DataFrame:
    """A row for each parameter: a label, a name such as `Y~X`, or all `paths`.

    lower, upper: the values that the likelihood ratio test does not reject at 1 - level (Venzon & Moolgavkar 1988); NaN
    for an end that is nowhere. Raises InputError for methods of no plain likelihood and names of no free parameter.
    """
    estimator = method.estimator
    if not isinstance(estimator, MaximumLikelihood):
        raise InputError(f"{label}: a profile is of the normal likelihood; choose ml")
    ordered = batch.aligned(model.items)
    found = estimator.searched(ordered, model)
    respondents = float(batch.n) - (estimator.likelihood == "wishart")
    spread = information_spread(found, respondents, observed=estimator.information == "observed")
    end, quantile = found.ends[0], float(ndtri(0.5 + level / 2))
    assert end is not None
    names = [name for word in wanted for name in (_paths(model) if word == "paths" else [word])]
    rows = []
    for name in names:
        profile = Profile(found, 0, name, respondents)
        value = float(end.theta[profile.at])
        se = float(np.sqrt(spread(0)[profile.at, profile.at]))
        lower, upper = profile.interval(level, spread)
        rows.append((label, name, value, se, value - quantile * se, value + quantile * se, lower, upper))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _paths(model: Model) -> list[str]:
    return [f"{outcome}~{predictor}" for outcome, predictor in model.paths if _is_free(model, outcome, predictor)]


def _is_free(model: Model, outcome: str, predictor: str) -> bool:
    return model.modifier(outcome, "~", predictor).fixed is None
