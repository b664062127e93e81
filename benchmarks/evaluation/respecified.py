"""Samples of changed models: what decisions changed in the model, and whether that is what the population has."""

from collections.abc import Iterator, Sequence

import numpy as np

from benchmarks.evaluation.sampled import Estimates
from benchmarks.measures.basis.samples import USABLE
from benchmarks.measures.basis.selections import ChangedModel, ModelChanges
from benchmarks.schema import CHANGES
from estimators.base import Status
from sim.respecification import relations, written

#: Models that are told, the most frequent ones.
_MOST = 5


def models(given: Estimates) -> Iterator[Sequence[ModelChanges]]:
    """What every replication with numbers changed in the model, beside what would make it the population's."""
    if given.method.changes_model:
        total = len(given.own)
        yield [ModelChanges("", USABLE, np.nan, total, changes=_changes(given), to_true=to_the_true_model(given))]


def frequent(given: Estimates) -> Iterator[Sequence[ChangedModel]]:
    """The changes of the model that are made most often, of equally frequent ones the first in alphabetic order."""
    if not given.method.changes_model:
        return
    changes = _changes(given)
    found, counts = np.unique(changes, return_counts=True)
    for which in np.argsort(-counts, kind="stable")[:_MOST]:
        name = str(found[which]) or "no change"
        yield [ChangedModel(name, USABLE, np.nan, len(given.own), happened=changes == found[which])]


def to_the_true_model(given: Estimates) -> str | None:
    """What must change in the fitted model for it to have just the relations that are not zero; None if not known.

    It is not known either where the fitted model has other blocks than the population's, terms or a second order: no
    change would make it true.
    """
    study, own = given.study, given.cell.world.relations
    fitted = study.fitted(given.method)
    if own is None or fitted.blocks != study.model.blocks or fitted.terms or fitted.second_order:
        return None
    there = set(relations(fitted))
    return written(set(own) - there, there - set(own))


def _changes(given: Estimates) -> np.ndarray:
    with_numbers = given.columns["status"] <= Status.INADMISSIBLE
    return given.columns[CHANGES.name][with_numbers].astype(np.str_)
