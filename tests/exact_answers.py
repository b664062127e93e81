"""Answers whose moments up to the fourth order are exactly those of normal constructs with a product."""

from itertools import product

import numpy as np

from sim.batch import Batch
from sim.model import Model

#: Three nodes with these multiplicities have the moments of a normal up to the fifth.
NODES = np.repeat([-np.sqrt(3.0), 0.0, np.sqrt(3.0)], [1, 4, 1])
LOADINGS = {"X": (0.9, 0.8, 0.7), "Z": (0.8, 0.7, 0.6), "Y": (0.7, 0.8, 0.9)}
B1, B2, B3, RHO = 0.3, 0.4, 0.25, 0.3
MODEL = Model.parse("X =~ x1 + x2 + x3\nZ =~ z1 + z2 + z3\nY =~ y1 + y2 + y3\nY ~ X + Z + X:Z")


def answers() -> Batch:
    """36,864 respondents: X and Z on all pairs of nodes, the disturbance and nine errors on all signs.

    Y = B1 X + B2 Z + B3 (XZ - RHO) + disturbance has variance 1. A sign has the moments of a normal up to the third,
    and no moment of an interaction of X and Z that a method here takes has a higher one of an error.
    """
    pairs = np.array(list(product(NODES, NODES)))
    signs = np.array(list(product([-1.0, 1.0], repeat=10)))
    latent, signs = np.repeat(pairs, len(signs), axis=0), np.tile(signs, (len(pairs), 1))
    x = latent[:, 0]
    z = RHO * x + np.sqrt(1 - RHO**2) * latent[:, 1]
    explained = B1**2 + B2**2 + 2 * B1 * B2 * RHO + B3**2 * (1 + RHO**2)
    y = B1 * x + B2 * z + B3 * (x * z - RHO) + np.sqrt(1 - explained) * signs[:, 0]
    items = [
        loading * construct + np.sqrt(1 - loading**2) * signs[:, 1 + 3 * block + i]
        for block, (name, construct) in enumerate((("X", x), ("Z", z), ("Y", y)))
        for i, loading in enumerate(LOADINGS[name])
    ]
    return Batch.of(np.column_stack(items), items=MODEL.items)
