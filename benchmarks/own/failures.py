"""Why a method could not estimate a survey: which items are alike, and whether respondents are too few."""

import numpy as np

from benchmarks.own.remarks.answered import Answered
from benchmarks.own.remarks.on_matrices import alike_constructs, copies
from estimators.base import Status
from sim.model import Model
from sim.surveys.survey import Survey

#: Causes that lie in the data, not in a method's iterations.
_OF_DATA = (Status.SINGULAR, Status.UNIDENTIFIED, Status.NOT_CONVERGED, Status.NEGATIVE_RELIABILITY)


def failure(label: str, status: Status, survey: Survey, model: Model) -> str:
    """What a method says of data that it cannot estimate, with the causes that can be seen."""
    items = survey.batch.retained.shape[1]
    told = f"{label} cannot estimate these data (n = {survey.n}, {items} items): {status.meaning}"
    if (status == Status.NOT_ORDINAL and "mean" in survey.note) or "regression" in survey.note:
        return told + "; means and predictions lie between categories, so choose --missing listwise"
    causes = causes_of(survey, model) if status in _OF_DATA else []
    return told + (f" ({'; '.join(causes)})" if causes else "")


def causes_of(survey: Survey, model: Model) -> list[str]:
    """What makes the items' covariances singular."""
    if survey.answers is None:
        return []
    seen = Answered.of(survey.answers, model)
    found = [*copies(seen), *alike_constructs(seen)]
    items = len(model.items)
    if survey.n <= items:
        found.append(f"n is not above the number of items: {survey.n} respondents for {items} items")
    elif not found and (dependent := _dependent(seen)):
        found.append(f"{', '.join(dependent)} depend on each other: one is a sum or difference of the others")
    elif not found and survey.n <= (moments := items * (items + 1) // 2):
        found.append(
            f"adf and wls weigh by all variances and covariances of the {items} items, and need more respondents than "
            f"these {moments}"
        )
    return found


def _dependent(seen: Answered) -> list[str]:
    """Items that a vanishing combination of items is made of."""
    if np.isnan(seen.correlations).any():
        return []
    values, vectors = np.linalg.eigh(seen.correlations)
    if values[0] > 1e-9:
        return []
    return [item for item, weight in zip(seen.items, vectors[:, 0], strict=True) if abs(weight) > 0.05]
