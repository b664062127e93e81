"""`from_sklearn`: classes with scikit-learn's habits become an estimator: a score for each block, a regression."""

from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import Any

import numpy as np
import pandas as pd

from estimators.adapters.oneatatime import OneAtATime, one_at_a_time
from sim.model import Model


def from_sklearn(
    transformer: Any, regressor: Any, refuses: Callable[[Model], str | None] | None = None
) -> type[OneAtATime]:
    """A class of estimators: `transformer` makes each block's score, `regressor` each outcome's paths from scores.

    Both are objects with settings, of which a copy is fitted: transformer.fit(X).transform(X) of the block's
    standardised items gives one column, which is turned so that it goes with their sum; regressor.fit(X, y).coef_ of
    standardised scores gives the paths. Loadings are correlations of items with scores, r2 is that of the paths.
    """

    def fitted(frame: pd.DataFrame, model: Model) -> Mapping[str, Any]:
        items = _standardised(frame.to_numpy(dtype=float))
        scores = np.column_stack([_score(items[:, model.block_of == j]) for j in range(len(model.blocks))])
        among = scores.T @ scores / len(scores)
        found: dict[str, Any] = {}
        for j, outcome in enumerate(model.constructs):
            predictors = np.flatnonzero(model.path_matrix[j])
            if len(predictors):
                paths = np.ravel(deepcopy(regressor).fit(scores[:, predictors], scores[:, j]).coef_)
                found |= {f"{outcome}~{model.constructs[k]}": b for k, b in zip(predictors, paths, strict=True)}
                inside = among[np.ix_(predictors, predictors)]
                found[f"r2({outcome})"] = 2 * paths @ among[predictors, j] - paths @ inside @ paths
        for a, b in model.pairs:
            found[f"{a}~~{b}"] = among[model.constructs.index(a), model.constructs.index(b)]
        for i, item in enumerate(model.items):
            j = model.block_of[i]
            found[f"{model.constructs[j]}=~{item}"] = items[:, i] @ scores[:, j] / len(items)
        if np.linalg.eigvalsh(among)[0] < 1e-10:
            raise np.linalg.LinAlgError("scores depend on each other")
        return found

    def _score(block: np.ndarray) -> np.ndarray:
        score = _standardised(
            np.asarray(deepcopy(transformer).fit(block).transform(block), dtype=float).reshape(len(block), -1)
        )[:, 0]
        return np.asarray(score if score @ block.sum(axis=1) >= 0 else -score)

    fitted.__name__ = f"{type(transformer).__name__}With{type(regressor).__name__}"
    fitted.__doc__ = f"Paths by {type(regressor).__name__} on scores by {type(transformer).__name__}."
    return one_at_a_time(fitted, refuses=refuses, failures=(ArithmeticError, ValueError, np.linalg.LinAlgError))


def _standardised(columns: np.ndarray) -> np.ndarray:
    """Columns of mean 0 and variance 1 (divisor n). Raises ZeroDivisionError for one that never varies."""
    spread = columns.std(axis=0)
    if (spread < 1e-12).any():
        raise ZeroDivisionError("a column never varies")
    return np.asarray((columns - columns.mean(axis=0)) / spread)
