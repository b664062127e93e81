"""A survey of nine items of three constructs in a chain, as a user has it, and its model."""

import numpy as np
import pandas as pd

ITEMS = ["qual1", "qual2", "qual3", "sat1", "sat2", "sat3", "fid1", "fid2", "fid3"]
MODEL = (
    "QUAL =~ qual1 + qual2 + qual3\nSAT =~ sat1 + sat2 + sat3\nFID =~ fid1 + fid2 + fid3\nSAT ~ QUAL\nFID ~ QUAL + SAT"
)


def survey(n=80, seed=3):
    """Nine items of three constructs in a chain, cut into five categories, with a number and a sex before them."""
    rng = np.random.default_rng(seed)
    quality = rng.standard_normal(n)
    satisfaction = 0.6 * quality + 0.8 * rng.standard_normal(n)
    loyalty = 0.3 * quality + 0.4 * satisfaction + 0.7 * rng.standard_normal(n)
    latent = np.repeat(np.stack([quality, satisfaction, loyalty], axis=1), 3, axis=1)
    answers = np.digitize(0.8 * latent + 0.6 * rng.standard_normal((n, 9)), [-1.2, -0.4, 0.4, 1.2]) + 1
    data = pd.DataFrame(answers, columns=ITEMS)
    data.insert(0, "sexe", ["H" if k % 2 else "F" for k in range(n)])
    data.insert(0, "id", range(1, n + 1))
    return data
