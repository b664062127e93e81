"""What prediction comes to in endless data: closed forms from moments, for a method, averages and the linear model."""

import numpy as np

from estimators.base import Estimator
from estimators.prediction.forecast import linear_slopes, needed, predicted_items, slopes_of
from estimators.prediction.plan import Antecedents
from sim.batch import Batch, Floats
from sim.model import Model


def squared_errors(estimator: Estimator, batch: Batch, model: Model, antecedents: Antecedents) -> Floats:
    """Mean squared errors (3, R, q) by the method, the linear model and the item's mean, from moments alone.

    An error is a sum d'x of the items with covariances S, so that its mean square is d'S d. Folds do not matter: in
    endless data every part of the respondents gives the same estimates.
    """
    places, moments = predicted_items(model), batch.moments
    fit = estimator.fit(batch, model, needed(model))
    slopes = (
        slopes_of(fit.value, moments, model, antecedents),
        linear_slopes(moments, batch.retained, model, antecedents),
        np.zeros((len(batch), len(places), len(model.items))),
    )
    covariances = np.where(batch.retained[:, :, None] & batch.retained[:, None, :], moments.covariances, 0.0)
    itself = np.eye(len(model.items))[places]
    found = [np.einsum("rqi,rij,rqj->rq", itself - slope, covariances, itself - slope) for slope in slopes]
    return np.stack(found)
