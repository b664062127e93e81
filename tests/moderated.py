"""A model with several products, and answers in which some of them act."""

import numpy as np

from sim.batch import Batch
from sim.model import Model

BOTH = Model.parse(
    "X =~ x1 + x2 + x3\nZ =~ z1 + z2 + z3\nM =~ m1 + m2 + m3\nY =~ y1 + y2 + y3\n"
    "M ~ X + Z + X:X\nY ~ X + M + Z + M:X + M:M + X:Z"
)


def survey(n: int = 60, replications: int = 3, model: Model = BOTH, seed: int = 5) -> Batch:
    """Answers on a seven-point scale to all items, with an interaction and a square in them."""
    rng = np.random.default_rng(seed)
    x, z = rng.normal(size=(2, replications, n))
    m = 0.4 * x + 0.3 * z + 0.2 * (x * x - 1) + 0.7 * rng.normal(size=x.shape)
    y = 0.3 * x + 0.3 * m + 0.25 * x * m + 0.7 * rng.normal(size=x.shape)
    made = {"X": x, "Z": z, "M": m, "Y": y}
    columns = [
        np.clip(np.round(4 + 1.2 * (made[c] + 0.6 * rng.normal(size=x.shape))), 1, 7)
        for c in model.constructs
        for _ in model.indicators[c]
    ]
    return Batch.of(np.stack(columns, axis=2).astype(np.int8), items=model.items)
