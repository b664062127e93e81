"""Importance-performance map: what matters for an outcome, and how high it stands (Ringle & Sarstedt 2016)."""

import numpy as np
import pandas as pd

from benchmarks.own.analysis import Analysis, Column
from benchmarks.own.tables.composed import Composed, composed
from benchmarks.own.tables.given import Given
from sim.batch import Floats


def table(given: Given) -> pd.DataFrame:
    """A row for each method, outcome and construct that acts on it, over whatever chains of paths.

    performance: mean score in 0 to 100, an item's lowest possible answer being 0 and its highest 100, by unstandardised
    weights that sum to 1. importance: the unstandardised total effect, by how many points the outcome's performance
    rises with one point of the predictor's. total_effect: the standardised one.
    """
    model, rows = given.model, []
    if model.second_order or not given.survey.batch.has_answers or given.survey.batch.missing is not None:
        return pd.DataFrame(columns=[column.name for column in COLUMNS])
    for each in composed(given):
        effects = _total_effects(given, each.fitted.label)
        performance, deviation = _rescaled(given, each)
        if np.isnan(effects).any() or np.isnan(performance).any():
            continue
        for outcome in model.endogenous:
            j = model.constructs.index(outcome)
            for cause in model.constructs:
                i = model.constructs.index(cause)
                if effects[i, j] != 0 and deviation[i] > 0:
                    importance = effects[i, j] * deviation[j] / deviation[i]
                    rows.append((each.fitted.label, outcome, cause, importance, performance[i], effects[i, j]))
    return pd.DataFrame(rows, columns=[column.name for column in COLUMNS])


def by_item(given: Given) -> pd.DataFrame:
    """A row for each method, outcome and item of a construct that acts on it.

    performance: the item's mean in 0 to 100; importance: that of its construct times its unstandardised weight in it,
    by how many points the outcome rises with one point of the item.
    """
    constructs = table(given)
    rows = []
    for each in composed(given) if len(constructs) else ():
        of_method = constructs[constructs["method"] == each.fitted.label]
        points, raw = _points(given, each)
        for row in of_method.to_dict("records"):
            j = given.model.constructs.index(str(row["construct"]))
            for i in range(given.model.bounds[j], given.model.bounds[j + 1]):
                if each.kept[i]:
                    importance = float(row["importance"]) * raw[i, j]
                    item = given.model.items[i]
                    of = (row["method"], row["outcome"], row["construct"])
                    rows.append((*of, item, importance, points[:, i].mean()))
    return pd.DataFrame(rows, columns=[column.name for column in ITEM_COLUMNS])


def ends_of(given: Given) -> tuple[Floats, Floats]:
    """Lowest and highest answer to each item (p,): those of the scale that was given, or that its block ever got."""
    model, answers = given.model, given.survey.answers
    values = given.survey.batch.aligned(model.items).raw[0].astype(np.float64)
    if answers is not None and answers.ends is not None:
        low, high = answers.ends
        return np.full(values.shape[1], low), np.full(values.shape[1], high)
    lowest, highest = values.min(axis=0), values.max(axis=0)
    for start, stop in zip(model.bounds[:-1], model.bounds[1:], strict=True):
        lowest[start:stop], highest[start:stop] = lowest[start:stop].min(), highest[start:stop].max()
    return lowest, highest


def _rescaled(given: Given, each: Composed) -> tuple[Floats, Floats]:
    """Means and standard deviations (m,) of scores from 0 to 100."""
    points, weights = _points(given, each)
    scores = np.where(each.kept, points, 0.0) @ weights
    return scores.mean(axis=0), scores.std(axis=0)


def _points(given: Given, each: Composed) -> tuple[Floats, Floats]:
    """Answers (n, p) from 0 to 100, and their weights (p, m), which sum to 1 in each construct."""
    lowest, highest = ends_of(given)
    answers = each.batch.raw[0].astype(np.float64)
    points = 100.0 * (answers - lowest) / np.where(highest > lowest, highest - lowest, np.nan)
    # Weights of points, of which an item's standard deviation is another than that of its answers.
    deviation = points.std(axis=0)
    raw = each.weights / np.where(deviation > 0, deviation, 1.0)[:, None]
    return points, raw / raw.sum(axis=0)


def _total_effects(given: Given, method: str) -> Floats:
    """Standardised total effects (m, m) as [cause, effect]."""
    constructs = given.model.constructs
    paths = np.zeros((len(constructs),) * 2)
    for outcome, predictor in given.model.paths:
        at = constructs.index(outcome), constructs.index(predictor)
        paths[at] = given.value(method, f"{outcome}~{predictor}")
    effects: Floats = np.linalg.inv(np.eye(len(constructs)) - paths).T - np.eye(len(constructs))
    return effects


COLUMNS = (
    Column("method", "Method", "text"),
    Column("outcome", "Outcome", "text"),
    Column("construct", "Construct", "text"),
    Column("importance", "importance", "value"),
    Column("performance", "performance", "number"),
    Column("total_effect", "total effect", "value"),
)
IMPORTANCE = Analysis(
    "importance_performance",
    "Importance and performance",
    "Performance: mean score from 0 to 100, 0 being the lowest and 100 the highest answer of the scale (--scale, or "
    "those that a block ever got). Importance: unstandardised total effect, points of the outcome for one point of the "
    "construct. The total effect beside it is standardised. Neither means much of a construct with an item that runs "
    "against it: reverse that item first.",
    COLUMNS,
    table,
)

ITEM_COLUMNS = (
    Column("method", "Method", "text"),
    Column("outcome", "Outcome", "text"),
    Column("construct", "Construct", "text"),
    Column("item", "Item", "text"),
    Column("importance", "importance", "value"),
    Column("performance", "performance", "number"),
)
ITEM_IMPORTANCE = Analysis(
    "item_importance",
    "Importance and performance of items",
    "The same of each item: its mean from 0 to 100, and its construct's importance times its unstandardised weight.",
    ITEM_COLUMNS,
    by_item,
)
