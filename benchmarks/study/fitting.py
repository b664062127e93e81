"""A method on a study's data: it fits the model that the study names for it, and its estimates are told as the study's.

A target that the fitted model lacks is not estimated: NaN, whatever the status. An item that it lacks is not retained.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from benchmarks.schema import PARTS
from benchmarks.study.study import Study
from estimators.base import Estimates
from estimators.methods import Method
from sim.batch import Batch, Bools, Moments
from sim.model import Model


def fit(study: Study, method: Method, batch: Batch, values_only: bool = False) -> Estimates:
    """Estimates of the study's estimands from data that have its items, in its order.

    The columns of `retained` are those of the study's items, of `short` those of `study.constructs`. values_only: leave
    out standard errors, where they cost time.
    """
    estimator = method.estimator.without_inference() if values_only else method.estimator
    model = study.fitted(method)
    if model is study.model and len(study.constructs) == len(model.blocks):
        return estimator.fit(batch, model, study.estimands)
    known = study.estimated(method)
    data = batch if model.items == study.model.items else _of_items(batch, study.model, model)
    return _as_the_studys(study, model, estimator.fit(data, model, known))


def _of_items(batch: Batch, whole: Model, model: Model) -> Batch:
    """The batch with the items of a fitted model, in its order."""
    at = [whole.items.index(item) for item in model.items]
    given, drawn = batch.moments_given, batch.drawn
    return replace(
        batch,
        answers=None if batch.answers is None else np.ascontiguousarray(batch.answers[..., at]),
        retained=batch.retained[:, at],
        moments_given=None if given is None else _moments(given, at),
        drawn=None if drawn is None else (np.ascontiguousarray(drawn[0][..., at]), drawn[1]),
        missing=None if batch.missing is None else batch.missing[..., at],
        found={},
    )


def _moments(moments: Moments, at: Sequence[int]) -> Moments:
    return Moments(moments.means[:, at], moments.covariances[:, at][:, :, at], moments.n)


def _as_the_studys(study: Study, model: Model, own: Estimates) -> Estimates:
    """Estimates of a fitted model in the study's columns."""
    names = {target.name: q for q, target in enumerate(own.targets)}
    places = [names.get(target.name) for target in study.estimands]
    told = {}
    for part in PARTS:
        values = np.full((len(own.status), len(places)), np.nan)
        for q, place in enumerate(places):
            if place is not None:
                values[:, q] = getattr(own, part)[:, place]
        told[part] = values
    constructs = [block.construct for block in model.blocks]
    return replace(
        own,
        targets=study.estimands,
        retained=_spread(own.retained, model.items, study.model.items),
        short=_spread(own.short, constructs, study.constructs),
        **told,
    )


def _spread(found: Bools, names: Sequence[str], wanted: Sequence[str]) -> Bools:
    """Columns (R, len(names)) under the names wanted; False where there is none."""
    spread = np.zeros((len(found), len(wanted)), dtype=bool)
    for column, name in enumerate(names):
        spread[:, wanted.index(name)] = found[:, column]
    return spread
