"""Measures of prediction: from errors on respondents left out to RMSE, MAE, Q2_predict and differences of losses."""

from typing import NamedTuple

import numpy as np
from scipy.special import stdtr, stdtrit

from estimators.prediction.forecast import predicted_items
from estimators.prediction.plan import LossOver
from sim.batch import Bools, Floats
from sim.model import Model


class Tested(NamedTuple):
    """A mean difference of losses with its test (R,) each; a negative value says that the first predicts better."""

    value: Floats
    se: Floats
    lower: Floats
    upper: Floats
    p_value: Floats


def rmse(errors: Floats) -> Floats:
    """Root mean squared error of each item: (R, n, q) -> (R, q), in units of the answers."""
    return np.asarray(np.sqrt(np.mean(errors**2, axis=1)))


def mae(errors: Floats) -> Floats:
    """Mean absolute error of each item: (R, n, q) -> (R, q), in units of the answers."""
    return np.asarray(np.mean(np.abs(errors), axis=1))


def q2(errors: Floats, average: Floats) -> Floats:
    """Q2_predict of each item (R, q): 1 less squared errors over those of the item's training mean, all folds together.

    Shmueli et al. (2016, 2019). Neither error is centred: cSEM takes the mean off both before it squares them.
    """
    of_average = np.sum(average**2, axis=1)
    return np.asarray(1.0 - np.sum(errors**2, axis=1) / np.where(of_average > 0, of_average, np.nan))


def losses(errors: Floats, retained: Bools, model: Model, over: LossOver = "items") -> Floats:
    """Loss of each respondent (R, n, 1 + e): over all, then for each of the e endogenous constructs.

    A construct's loss is the mean squared error of its retained items. Over all it is the mean squared error of all
    retained items (Liengaard et al. 2021), or the mean of the constructs' losses (seminrExtras).
    """
    block = model.block_of[predicted_items(model)]
    constructs = np.unique(block)
    squared = np.where(retained[:, None, :], errors**2, 0.0)
    found = np.empty((*errors.shape[:2], 1 + len(constructs)))
    for e, j in enumerate(constructs):
        count = retained[:, block == j].sum(axis=1).astype(np.float64)
        found[:, :, 1 + e] = squared[:, :, block == j].sum(axis=2) / np.where(count > 0, count, np.nan)[:, None]
    kept = retained.sum(axis=1).astype(np.float64)[:, None]
    found[:, :, 0] = found[:, :, 1:].mean(axis=2) if over == "constructs" else squared.sum(axis=2) / kept
    return found


def difference(own: Floats, other: Floats, level: float) -> Tested:
    """CVPAT: the mean of own less other losses (R, n, ...) by a paired t test, two-sided, n - 1 degrees of freedom.

    Liengaard et al. (2021); Sharma et al. (2023) against benchmarks. Losses that are the same for every
    respondent have a difference of 0 and no test.
    """
    apart = own - other
    n = apart.shape[1]
    value = apart.mean(axis=1)
    se = apart.std(axis=1, ddof=1) / np.sqrt(n)
    se = np.where(se > 0, se, np.nan)
    half = stdtrit(n - 1, (1 + level) / 2) * se
    return Tested(value, se, value - half, value + half, 2.0 * stdtr(n - 1, -np.abs(value / se)))
