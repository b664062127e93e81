"""Chao's estimate of the unseen themes and of the chance that one of them comes next, with their gradients."""

from dataclasses import dataclass

import numpy as np

from estimators.richness.counts import Counts
from sim.batch import Floats


@dataclass(frozen=True)
class Unseen:
    """f0 (R,): unseen themes, Chao's lower bound; chance (R,): that an unseen theme comes up in an interview.

    f0 = (t-1)/t Q1^2 / (2 Q2), and without themes of two interviews (t-1)/t Q1 (Q1 - 1) / 2 (Chao 1987; Chao et al.
    2009). chance = Q1 / (t f0 + Q1) = 2 Q2 / ((t-1) Q1 + 2 Q2), with 1 and Q1 - 1 for Q2 and Q1 where Q2 = 0
    (Colwell et al. 2012, eq. 18). `..._by_once` and `..._by_twice` are derivatives in Q1 and Q2.
    """

    f0: Floats
    f0_by_once: Floats
    f0_by_twice: Floats
    chance: Floats
    chance_by_once: Floats
    chance_by_twice: Floats

    @classmethod
    def of(cls, counts: Counts) -> "Unseen":
        """The estimates of R tables."""
        q1, t = counts.once, counts.t
        shrink, some = (t - 1) / t, counts.twice > 0
        q2 = np.where(some, counts.twice, 1.0)
        ratio = q1 / q2
        ones = np.where(some, q1, np.maximum(q1 - 1, 0.0))
        whole = (t - 1) * ones + 2 * q2
        f0 = shrink * np.where(some, q1 * ratio, q1 * (q1 - 1)) / 2
        return cls(
            f0,
            shrink * np.where(some, ratio, q1 - 0.5),
            np.where(some, -shrink * ratio**2 / 2, 0.0),
            2 * q2 / whole,
            -2 * q2 * (t - 1) / whole**2,
            np.where(some, 2 * (t - 1) * ones / whole**2, 0.0),
        )
