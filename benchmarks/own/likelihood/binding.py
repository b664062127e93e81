"""Which bounds bind in a fit, in words."""

import numpy as np

from estimators.constrained.table import Row
from estimators.factors.covariance import LikelihoodMethod
from estimators.factors.leastsquares import GeneralizedLeastSquares, UnweightedLeastSquares
from estimators.methods import Method
from sim.batch import Batch
from sim.model import Model

#: Methods with a general search, whose estimates may have bounds.
BOUNDED = (LikelihoodMethod, GeneralizedLeastSquares, UnweightedLeastSquares)


def binding_in_words(method: Method, batch: Batch, model: Model) -> str:
    """`bounds that bind: x1~~x1 at 0`, or that none does; empty for methods and models without bounds."""
    estimator = method.estimator
    if not isinstance(estimator, BOUNDED) or batch.missing is not None:
        return ""
    if estimator.bounds == "none" and not _has_bounds(model):
        return ""
    found = estimator.searched(batch.aligned(model.items), model)
    end, region = found.ends[0], found.regions[0]
    if end is None or region is None:
        return ""
    told = []
    for at in np.flatnonzero(end.binding):
        row: Row = found.layouts[0].table.free[at]
        nearer = abs(end.theta[at] - region.lower[at]) <= abs(end.theta[at] - region.upper[at])
        told.append(f"{row.name} at {(region.lower if nearer else region.upper)[at]:.4g}")
    if not told:
        return "bounds: none binds, so that estimates are those without bounds"
    return (
        f"bounds that bind: {', '.join(told)}, in the units of the answers; each counts as a fixed value in the other "
        "standard errors"
    )


def _has_bounds(model: Model) -> bool:
    """Whether the model itself gives bounds."""
    of_terms = (term.modifier for term in model.terms.terms)
    return any(given.lower is not None or given.upper is not None for given in of_terms) or any(
        restriction.sign != "==" for restriction in model.terms.restrictions
    )
