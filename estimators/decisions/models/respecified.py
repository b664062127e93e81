"""Models changed step by step, each data set in its own way: those that came to the same model are fitted together."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from estimators.base import Estimator, Status
from estimators.decisions.rule import Analysis, Outcome
from sim.batch import Floats
from sim.model import Model
from sim.targets import Target

#: A change of the model: a pair of names, of two items, of a construct and an item, or of an outcome and its predictor.
Change = tuple[str, str]
#: What is said of k data sets that have one model: the next change of each, or None, and the status of the fit (k,).
Said = tuple[Sequence[Change | None], NDArray[np.int8]]


def respecified(
    analysis: Analysis,
    look: Callable[[Analysis, NDArray[np.intp]], Said],
    changed: Callable[[Model, Sequence[Change]], Model],
    most: int,
) -> list[tuple[NDArray[np.intp], Model, NDArray[np.int8], NDArray[np.int32]]]:
    """Places, model, status and number of changes of the data sets, those with one model together.

    `look` gets data sets with the model they have come to, and their places, and says which change is next; `changed`
    makes the model of several changes. A data set ends where there is no next change, or after `most`. A change after
    which the fit fails is taken back, and ends it too; where the first fit of all fails the status is fatal.
    """
    r = len(analysis.batch)
    history: list[tuple[Change, ...]] = [()] * r
    status = np.full(r, Status.OK, dtype=np.int8)
    open_ones = np.arange(r)
    while len(open_ones):
        going = []
        for changes, places in _alike(history, open_ones):
            now = replace(analysis.rows(places), model=changed(analysis.model, changes))
            choices, ended = look(now, places)
            for k, place in enumerate(places):
                if ended[k] > Status.INADMISSIBLE:
                    status[place] = Status.OK if history[place] else ended[k]
                    history[place] = history[place][:-1]
                elif (choice := choices[k]) is not None and len(history[place]) < most:
                    history[place] = (*history[place], choice)
                    going.append(place)
        open_ones = np.array(sorted(going), dtype=np.intp)
    found = []
    for changes, places in _alike(history, np.arange(r)):
        count = np.full(len(places), len(changes), dtype=np.int32)
        found.append((places, changed(analysis.model, changes), status[places], count))
    return found


def outcomes_of(
    analysis: Analysis,
    found: Sequence[tuple[NDArray[np.intp], Model, NDArray[np.int8], NDArray[np.int32]]],
    told: dict[tuple[Target, str], Floats] | None = None,
) -> list[Outcome]:
    """Outcomes with these models; told as in `Outcome`, of all the data sets of the analysis."""
    outcomes = []
    for places, model, status, count in found:
        now = replace(analysis.rows(places), model=model)
        mine = {key: values[places] for key, values in (told or {}).items()}
        outcomes.append(Outcome(places, now, now.nothing_short, status, count, mine))
    return outcomes


def refused(model: Model, *methods: Estimator) -> bool:
    """Whether one of the methods cannot estimate a model."""
    return any(method.refusal(model) is not None for method in methods)


def _alike(
    history: Sequence[tuple[Change, ...]], places: NDArray[np.intp]
) -> list[tuple[tuple[Change, ...], NDArray[np.intp]]]:
    """The places of data sets with the same changes, in whatever order these were made."""
    groups: dict[tuple[Change, ...], list[int]] = {}
    for place in places:
        groups.setdefault(tuple(sorted(history[place])), []).append(int(place))
    return [(changes, np.array(members)) for changes, members in groups.items()]
