"""Composites of one's own survey: each construct's weights and scores by a method that gives weights."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from benchmarks.own.fitted import Fitted
from benchmarks.own.tables.given import Given
from sim.batch import Batch, Bools, Floats

#: Smallest variance of a composite that is more than rounding error.
SMALLEST = 1e-12


@dataclass(frozen=True)
class Composed:
    """The composites of m constructs with items of their own, by one method.

    weights (p, m): of standardised items, so that each composite has variance 1; 0 for items that it does not hold or
    that were dropped. batch: the survey in the order of the model's items.
    """

    fitted: Fitted
    constructs: tuple[str, ...]
    batch: Batch
    weights: Floats
    kept: Bools

    @property
    def correlations(self) -> Floats:
        """Correlations of every item with every composite (p, m); NaN for items that were dropped."""
        among = np.where(np.outer(self.kept, self.kept), self.batch.moments.correlations[0], 0.0)
        return np.asarray(np.where(self.kept[:, None], among @ self.weights, np.nan))

    @property
    def scores(self) -> Floats:
        """Scores (n, m) of the respondents: mean 0, and variance 1 with divisor n - 1, as cSEM and SmartPLS have
        them.
        """
        answers = self.batch.raw[0].astype(np.float64)
        deviation = answers.std(axis=0, ddof=1)
        standardised = (answers - answers.mean(axis=0)) / np.where(deviation > 0, deviation, 1.0)
        return np.asarray(standardised @ self.weights)


def composed(given: Given) -> Iterator[Composed]:
    """Every method that gives weights of all the items that it keeps. Second-order constructs have no items."""
    model = given.model
    constructs = tuple(block.construct for block in model.blocks)
    for fitted in given.fitted:
        gaps = given.survey.batch.missing is not None
        if gaps or fitted.method.solution == "raw" or fitted.method.entry.ordinal:
            continue
        kept = fitted.estimates.retained[0]
        batch = given.survey.batch.aligned(model.items)
        weights = np.zeros((len(model.items), len(constructs)))
        for j, block in enumerate(model.blocks):
            for item in block.items:
                i = model.items.index(item)
                # An observed variable stands for itself: no row tells its weight.
                alone = block.construct in model.observed
                own = 1.0 if alone else given.value(fitted.label, f"{block.construct}<~{item}")
                weights[i, j] = own if kept[i] else 0.0
        if np.isfinite(weights).all():
            correlations = np.where(np.outer(kept, kept), batch.moments.correlations[0], 0.0)
            variances = np.einsum("ij,ik,kj->j", weights, correlations, weights)
            if (variances > SMALLEST).all():
                yield Composed(fitted, constructs, batch, weights / np.sqrt(variances), kept)


def free_names(names: tuple[str, ...], taken: tuple[str, ...]) -> list[str]:
    """Names for columns beside the `taken` ones: a construct that is called as one of those gets `_` behind it."""
    found: list[str] = []
    for name in names:
        while name in (*taken, *found):
            name += "_"
        found.append(name)
    return found
