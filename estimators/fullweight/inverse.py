"""The inverse of a covariance matrix of moments."""

import numpy as np

from estimators.constrained.fitting import SINGULAR
from sim.batch import Floats


def inverse_of(gamma: Floats, respondents: float) -> Floats | None:
    """The inverse of Gamma (d, d) of so many respondents; None where n is not above d, or it is singular.

    Scaled to a unit diagonal before it is inverted, for moments in unlike units.
    """
    if not len(gamma):
        return gamma
    scale = np.sqrt(np.diagonal(gamma))
    if not (respondents > len(gamma) and np.isfinite(gamma).all() and (scale > 0.0).all()):
        return None
    scaled = gamma / scale / scale[:, None]
    if not np.linalg.eigvalsh(scaled).min() > SINGULAR:
        return None
    found = np.linalg.inv(scaled) / scale / scale[:, None]
    return np.asarray(0.5 * (found + found.T))
