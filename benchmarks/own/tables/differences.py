"""Differences of paths to the same outcome: which of two predictors acts more strongly.

Rodriguez-Entrena, Schuberth & Gelhard (2018), Quality & Quantity 52, 57-69.
"""

from itertools import combinations

import numpy as np
import pandas as pd
from scipy.special import stdtr

from benchmarks.own.fitted import Fitted
from benchmarks.own.tables.analysis import Analysis, Column, Given
from estimators.inference.intervals import FEWEST
from estimators.wrappers.bootstrap import resampled_batch
from estimators.wrappers.wrapper import undecided
from sim.batch import Floats
from sim.model import Model
from sim.targets import Target


def table(given: Given) -> pd.DataFrame:
    """A row for each resampled method and pair of predictors of one outcome: the first path less the second."""
    pairs = [
        (outcome, first, second)
        for outcome in given.model.endogenous
        for first, second in combinations([p for o, p in given.model.paths if o == outcome], 2)
    ]
    rows = []
    for fitted in given.fitted if pairs else ():
        if fitted.method.resamples is None or fitted.worthless or fitted.method.solution == "raw":
            continue
        values = _resampled(given, fitted)
        if len(values) < FEWEST:
            continue
        places = {path: q for q, path in enumerate(given.model.paths)}
        for outcome, first, second in pairs:
            own = [given.value(fitted.label, f"{outcome}~{each}") for each in (first, second)]
            apart = values[:, places[outcome, first]] - values[:, places[outcome, second]]
            tail = 100 * (1 - given.level) / 2
            lower, upper = np.percentile(apart, [tail, 100 - tail])
            value, se = own[0] - own[1], apart.std(ddof=1)
            p = 2 * stdtr(fitted.method.resamples - 1, -abs(value / se)) if se > 0 else np.nan
            rows.append((fitted.label, outcome, f"{first} - {second}", value, se, lower, upper, p))
    return pd.DataFrame(rows, columns=[column.name for column in COLUMNS])


def _resampled(given: Given, fitted: Fitted) -> Floats:
    """Paths on the usable ones of the resamples that the method's own inference rests on (B, q)."""
    model: Model = given.model
    batch = given.survey.batch.aligned(model.items).keep(fitted.estimates.retained)
    method = undecided(fitted.method.estimator).without_inference()
    resamples = resampled_batch(batch, np.array([0]), 0, int(fitted.method.resamples or 0))
    fit = method.fit(resamples, model, [Target("path", path) for path in model.paths])
    values: Floats = fit.value[~fit.fatal]
    return values[np.isfinite(values).all(axis=1)]


COLUMNS = (
    Column("method", "Method", "text"),
    Column("outcome", "Outcome", "text"),
    Column("paths", "Paths from", "text"),
    Column("difference", "difference", "value"),
    Column("se", "SE", "value"),
    Column("lower", "interval", "interval"),
    Column("upper", "", "value"),
    Column("p_value", "p", "p"),
)
PATH_DIFFERENCES = Analysis(
    "path_differences",
    "Differences of paths",
    "The first path less the second, standardised, with percentile intervals on the method's own resamples; p as for "
    "paths. "
    "That one path is significant and another is not says nothing of their difference.",
    COLUMNS,
    table,
)
