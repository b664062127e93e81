"""Data on which rules have something to decide, and the words of plain loops: one data set, one item after another."""

import numpy as np

from sim import catalogue
from sim.batch import Batch
from sim.drawing.draw import draw_block
from sim.model import Model
from sim.streams import Address

HERE = Address(9, "ef" * 32)
POPULATION = catalogue.population("crm-clusters")
MODEL = POPULATION.model
BATCH = draw_block(POPULATION, 60, HERE, 0, 25)
BLOCKS = [list(range(lower, upper)) for lower, upper in zip(MODEL.bounds, MODEL.bounds[1:], strict=False)]


def fitted(answers, stays, method, targets, model=MODEL):
    """A fit of one data set (n, p) on the items that stay: values and status."""
    mask = np.array([[i in stays for i in range(len(model.items))]])
    fit = method.fit(Batch.of(answers).keep(mask), model, targets)
    return fit


def drop_worst(stays, low, values, least=2):
    """The item with the lowest value among those of `low` that may go, or None; blocks that are short."""
    free, short = [], []
    for block in BLOCKS:
        here = [i for i in block if i in stays]
        bad = [i for i in here if i in low]
        short.append(bool(bad) and len(here) <= least)
        free += bad if len(here) > least else []
    return (min(free, key=lambda i: (values[i], i)) if free else None), short


def two_factor_answers(rng, n, loadings, relation=0.4):
    """Standard normal answers (n, p) of two blocks with these loadings, whose factors correlate."""
    first, second = loadings
    factors = rng.multivariate_normal([0, 0], [[1, relation], [relation, 1]], n)
    parts = [np.outer(factors[:, j], block) for j, block in enumerate((first, second))]
    errors = [rng.normal(size=(n, len(block))) * np.sqrt(1 - np.square(block)) for block in (first, second)]
    return np.hstack([part + error for part, error in zip(parts, errors, strict=True)])


TWO = Model.parse("F =~ f1 + f2 + f3 + f4\nG =~ g1 + g2 + g3\nG ~ F")
