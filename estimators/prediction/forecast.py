"""Forecasts: what estimates of a model say of answers that they have not seen, as slopes on the items.

Standardised items are weighed into scores, scores predict constructs along the paths, and a construct predicts its
items by its loadings (Shmueli, Ray, Velasquez Estrada & Chatla 2016). All of it is linear in the items, so that a
forecast is a matrix of slopes: a prediction is the training mean plus slopes times deviations from training means.
"""

import numpy as np
from numpy.typing import NDArray

from estimators.prediction.plan import Antecedents
from estimators.solution import loading_targets, weight_targets
from sim.batch import Bools, Floats, Moments
from sim.model import Model
from sim.targets import Target

#: Smallest eigenvalue of predictors' correlations that is more than rounding error.
SMALLEST = 1e-10


def predicted_items(model: Model) -> NDArray[np.intp]:
    """Places of the items of endogenous constructs (q,), in the order of the model's items."""
    endogenous = np.array([construct in model.endogenous for construct in model.constructs])
    return np.flatnonzero(endogenous[model.block_of])


def needed(model: Model) -> tuple[Target, ...]:
    """The estimates that a forecast is made of: weights, loadings and paths."""
    return (*weight_targets(model), *loading_targets(model), *(Target("path", path) for path in model.paths))


def standardised_slopes(values: Floats, model: Model, antecedents: Antecedents) -> Floats:
    """Slopes (B, q, p) of standardised predicted items on standardised items, from estimates of `needed` (B, ...).

    "direct": scores of a construct's own antecedents predict it. "earliest": scores of exogenous constructs do, along
    all chains of paths. NaN for items that are not retained, and where there are no estimates.
    """
    p, m = len(model.items), len(model.constructs)
    weights, loadings, paths = values[:, :p], values[:, p : 2 * p], np.zeros((len(values), m, m))
    for q, (outcome, predictor) in enumerate(model.paths):
        paths[:, model.constructs.index(outcome), model.constructs.index(predictor)] = values[:, 2 * p + q]
    if antecedents == "earliest":
        exogenous = ~model.path_matrix.any(axis=1)
        effects = paths
        for _ in range(m - 2):
            effects = paths + paths @ effects
        paths = np.where(exogenous, effects, 0.0)
    composing = np.zeros((len(values), m, p))
    composing[:, model.block_of, np.arange(p)] = np.nan_to_num(weights)
    places = predicted_items(model)
    slopes: Floats = loadings[:, places, None] * (paths @ composing)[:, model.block_of[places]]
    return slopes


def slopes_of(values: Floats, moments: Moments, model: Model, antecedents: Antecedents) -> Floats:
    """Slopes (B, q, p) of the forecast in the units of the answers; `moments` are those of what was estimated on."""
    deviation = np.sqrt(np.diagonal(moments.covariances, axis1=1, axis2=2))
    safe = np.where(deviation > 0, deviation, np.nan)
    standardised = standardised_slopes(values, model, antecedents)
    # An item that is left out has a slope of exactly 0, whatever it is divided by.
    by_item = np.where(standardised == 0, 0.0, standardised / np.where(deviation > 0, deviation, 1.0)[:, None, :])
    return np.asarray(by_item * safe[:, predicted_items(model), None])


def linear_slopes(moments: Moments, retained: Bools, model: Model, antecedents: Antecedents) -> Floats:
    """Slopes (B, q, p) of the linear-model benchmark, by least squares with an intercept, in units of the answers.

    Every predicted item is regressed on all items of the constructs that predict its own: those that act on it, or with
    "earliest" all exogenous ones. NaN where these items depend on each other linearly: respondents may be too few.
    """
    items = predicted_items(model)
    slopes = np.zeros((len(retained), len(items), len(model.items)))
    varies: Bools = retained & moments.varies
    deviation = np.where(varies, np.sqrt(np.diagonal(moments.covariances, axis1=1, axis2=2)), 1.0)
    covariances = np.where(retained[:, :, None] & retained[:, None, :], moments.covariances, 0.0)
    correlations = covariances / deviation[:, :, None] / deviation[:, None, :]
    exogenous = np.asarray(~model.path_matrix.any(axis=1))
    for j in np.unique(model.block_of[items]):
        acting = exogenous if antecedents == "earliest" else model.path_matrix[j]
        own, predictors = np.flatnonzero(model.block_of == j), np.flatnonzero(acting[model.block_of])
        among = correlations[:, predictors[:, None], predictors]
        among = among + np.where(retained[:, predictors], 0.0, 1.0)[:, :, None] * np.eye(len(predictors))
        with np.errstate(invalid="ignore"):
            regular = np.linalg.eigvalsh(np.nan_to_num(among))[:, 0] > SMALLEST
        solved = np.linalg.solve(
            np.where(regular[:, None, None], among, np.eye(len(predictors))),
            correlations[:, predictors[:, None], own],
        )
        solved = np.where(regular[:, None, None], solved, np.nan)
        scaled = solved.transpose(0, 2, 1) * deviation[:, own, None] / deviation[:, None, predictors]
        kept = np.where(retained[:, own, None], scaled, np.nan)
        slopes[:, np.searchsorted(items, own)[:, None], predictors] = kept
    return slopes
