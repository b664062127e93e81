"""Why a method could not estimate a survey: which items are alike, and whether respondents are too few."""

import numpy as np

from benchmarks.own.remarks.answered import Answered
from benchmarks.own.remarks.on_matrices import alike_constructs, copies
from estimators.base import Status
from estimators.entry import Entry
from sim.grammar.syntax import quoted
from sim.model import Model
from sim.surveys.survey import Survey

#: How a search ends that runs off.
_OF_SEARCH = (Status.UNIDENTIFIED, Status.NOT_CONVERGED)
#: Causes that lie in the data, not in a method's iterations.
_OF_DATA = (Status.SINGULAR, Status.UNIDENTIFIED, Status.NOT_CONVERGED, Status.NEGATIVE_RELIABILITY)


def failure(label: str, status: Status, survey: Survey, model: Model, entry: Entry | None = None) -> str:
    """What a method says of data that it cannot estimate, with the causes that can be seen. entry: of the method."""
    items = survey.batch.retained.shape[1]
    told = f"{label} cannot estimate these data (n = {survey.n}, {items} items): {status.meaning}"
    if (status == Status.NOT_ORDINAL and "mean" in survey.note) or "regression" in survey.note:
        return told + "; means and predictions lie between categories, so choose --missing listwise"
    causes = causes_of(survey, model, entry is not None and entry.large) if status in _OF_DATA else []
    told += f" ({'; '.join(causes)})" if causes else ""
    bounded = entry is not None and "bounds" in entry.choices and "bounds=" not in label
    if bounded and not causes and status in _OF_SEARCH:
        told += "; bounds keep a search from impossible values: add [bounds=pos.var] to the method"
    return told


def causes_of(survey: Survey, model: Model, whole_weight: bool = False) -> list[str]:
    """What makes the items' covariances singular, or the model undetermined. whole_weight: of wls and adf."""
    if lacking := without_unit(model):
        first = quoted(model.indicators[lacking[0]][0])
        name = quoted(lacking[0])
        return [
            f"{', '.join(lacking)} {'has' if len(lacking) == 1 else 'have'} no unit: fix a loading "
            f"(`{name} =~ 1*{first}`) or the variance (`{name} ~~ 1*{name}`)"
        ]
    if survey.answers is None:
        return []
    seen = Answered.of(survey.answers, model)
    found = [*copies(seen), *alike_constructs(seen)]
    items = len(model.items)
    if survey.n <= items:
        found.append(f"n is not above the number of items: {survey.n} respondents for {items} items")
    elif not found and (dependent := _dependent(seen)):
        found.append(f"{', '.join(dependent)} depend on each other: one is a sum or difference of the others")
    elif whole_weight and not found and survey.n <= (moments := items * (items + 1) // 2):
        found.append(
            f"adf and wls weigh by all variances and covariances of the {items} items, and need more respondents than "
            f"these {moments}"
        )
    return found


def without_unit(model: Model) -> list[str]:
    """Constructs whose loadings, and variance, are all free or tied among themselves."""
    of_construct: dict[str, bool] = {}
    for construct, items in model.indicators.items():
        terms = {item: model.terms.at.get((construct, "=~", item)) for item in items}
        first = terms[items[0]]
        freed = first is not None and first.modifier.free
        fixed = any(term is not None and term.modifier.fixed for term in terms.values())
        own = model.terms.at.get((construct, "~~", construct))
        of_construct[construct] = freed and not fixed and (own is None or own.modifier.fixed is None)
    bound = {
        name for each in model.terms.restrictions if each.sign == "==" for name in (*each.left.names, *each.right.names)
    }
    return [] if bound else [construct for construct, lacks in of_construct.items() if lacks]


def _dependent(seen: Answered) -> list[str]:
    """Items that a vanishing combination of items is made of."""
    if np.isnan(seen.correlations).any():
        return []
    values, vectors = np.linalg.eigh(seen.correlations)
    if values[0] > 1e-9:
        return []
    return [item for item, weight in zip(seen.items, vectors[:, 0], strict=True) if abs(weight) > 0.05]
