"""Errors of prediction on respondents who were left out of the estimation, by the method and by plainer ones."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from estimators.base import Estimator
from estimators.prediction.forecast import linear_slopes, needed, predicted_items, slopes_of
from estimators.prediction.plan import Antecedents, Folds
from sim.batch import Batch, Bools, Floats
from sim.model import Model
from sim.moments import counted

#: Fits made in one go, which saves overhead; more would fill the memory.
TOGETHER = 2000
#: Respondents of one data set predicted in one go, counted once for each repetition.
AT_ONCE = 50_000


@dataclass(frozen=True)
class Errors:
    """Answers less predictions (R, n, q) of the q items of endogenous constructs, in units of the answers.

    own: by the method; linear: by least squares on the antecedents' items; average: by the item's training mean.
    retained (R, q): the items that were predicted. NaN where a fold gave no estimate. What was predicted in several
    repetitions is the answer less the mean of the predictions.
    """

    own: Floats
    linear: Floats
    average: Floats
    retained: Bools


def held_out(
    estimator: Estimator, batch: Batch, model: Model, folds: Sequence[Folds], antecedents: Antecedents = "direct"
) -> Errors:
    """Errors on each respondent by fits without the fold that holds it; all fits of one size are one batch.

    The batch's columns stand in the order of the model's items. Every respondent is in as many folds as any other.
    """
    places = predicted_items(model)
    answers = batch.raw
    predictions = np.zeros((3, len(batch), answers.shape[1], len(places)))
    fits = sum(part.left_out.shape[1] for part in folds)
    group = max(1, TOGETHER // fits)
    for start in range(0, len(batch), group):
        some = np.arange(start, min(start + group, len(batch)))
        for part in (piece for whole in folds for piece in whole.pieces(AT_ONCE)):
            _add(predictions[:, some[0] : some[-1] + 1], estimator, batch, some, model, part, antecedents)
    repetitions = sum(part.left_out.shape[1] * part.left_out.shape[2] for part in folds) / answers.shape[1]
    own, linear, average = answers[:, :, places].astype(np.float64) - predictions / repetitions
    return Errors(own, linear, average, batch.retained[:, places])


def _add(
    predictions: Floats,
    estimator: Estimator,
    batch: Batch,
    some: NDArray[np.intp],
    model: Model,
    folds: Folds,
    antecedents: Antecedents,
) -> None:
    """Add to predictions (3, R', n, q) what fits without each fold say of its respondents."""
    answers, left_out = batch.raw[some], folds.left_out[some]
    r, n, p = answers.shape
    g, f = left_out.shape[1:]
    rows = (Folds(left_out).others(n) + (np.arange(r) * n)[:, None, None]).reshape(r * g, n - f)
    drawn = Batch.of_resamples(answers, rows.astype(counted(r * n)), np.ones(p, dtype=bool), batch.items)
    retained = np.repeat(batch.retained[some], g, axis=0)
    training = drawn.keep(retained)
    fit = estimator.fit(training, model, needed(model))
    places = predicted_items(model)
    means = training.moments.means.reshape(r, g, 1, p)
    deviations = answers[np.arange(r)[:, None, None], left_out].astype(np.float64) - means
    slopes = (
        slopes_of(fit.value, training.moments, model, antecedents),
        linear_slopes(training.moments, retained, model, antecedents),
        np.zeros((r * g, len(places), p)),
    )
    at = np.arange(r)[:, None], left_out.reshape(r, g * f)
    for told, slope in zip(predictions, slopes, strict=True):
        found = means[..., places] + deviations @ slope.reshape(r, g, len(places), p).transpose(0, 1, 3, 2)
        np.add.at(told, at, found.reshape(r, g * f, len(places)))
