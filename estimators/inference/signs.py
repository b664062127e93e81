"""Sign changes: resampled composites that came out mirrored are turned back to face the original ones.

A composite's sign is arbitrary, so a resample may give the mirror image of the original solution (Tenenhaus, Esposito
Vinzi, Chatelin & Lauro 2005, Computational Statistics & Data Analysis 48, sec. 4; Hair et al. 2017, ch. 5).
"""

from collections.abc import Sequence

import numpy as np

from sim.batch import Floats
from sim.model import Model
from sim.targets import Kind, Target

SIGN_CHANGES = ("none", "individual", "construct")

#: Signed by one construct each: the one that the target names first.
_ONE_SIGN: tuple[Kind, ...] = ("loading", "weight")
#: Signed by the first and the last construct that the target names; those between come in twice.
_TWO_SIGNS: tuple[Kind, ...] = ("path", "correlation", "indirect", "total", "total_indirect")
#: Coefficients that take the original sign one by one; an indirect effect does so as the product of its paths.
_COEFFICIENTS: tuple[Kind, ...] = ("path", "loading", "weight", "indirect")


def individual_signs(values: Floats, estimate: Floats, targets: Sequence[Target]) -> Floats:
    """Resampled values (B, q) in which each path, loading, weight and indirect effect has the estimate's sign (q,)."""
    taken = np.array([target.kind in _COEFFICIENTS for target in targets], dtype=bool) & (estimate != 0)
    return np.where(taken, np.copysign(values, estimate), values)


def construct_signs(
    values: Floats, targets: Sequence[Target], loadings: Floats, original: Floats, model: Model
) -> Floats:
    """Resampled values (B, q) after turning the constructs that came out mirrored, each with all that it signs.

    A construct is turned where its resampled loadings (B, p) are nearer to the mirror image of the original ones (p,):
    |sum (original - resampled)| > |sum (original + resampled)|. Its loadings and weights change sign, as do its paths
    and correlations with a construct that stays, and indirect and total effects between two such. R2, AVE,
    reliabilities and other unsigned quantities stay. Items without a loading (NaN) take no part.
    """
    apart = np.add.reduceat(np.nan_to_num(original - loadings), model.bounds[:-1], axis=1)
    together = np.add.reduceat(np.nan_to_num(original + loadings), model.bounds[:-1], axis=1)
    signs = np.where(np.abs(apart) > np.abs(together), -1.0, 1.0)
    turned = values.copy()
    for q, target in enumerate(targets):
        if target.kind in _ONE_SIGN:
            turned[:, q] *= signs[:, model.constructs.index(target.parts[0])]
        elif target.kind in _TWO_SIGNS:
            first, last = (model.constructs.index(target.parts[end]) for end in (0, -1))
            turned[:, q] *= signs[:, first] * signs[:, last]
    return turned
