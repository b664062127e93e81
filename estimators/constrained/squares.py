"""Inference of unweighted least squares after the general search."""

import numpy as np

from estimators.constrained.fitting import Found, Spread
from estimators.constrained.moments import jacobian
from sim.batch import Floats


def unweighted_spread(found: Found, respondents: float, errors: str) -> Spread:
    """Covariances of the parameters: "unit", as if every variance and covariance had sampling variance 1, or "normal".

    "normal" (Browne 1984, eq. 2.12): bread, meat, bread with the meat 2 tr(F S F S) of the sums tr(F S) that the
    parameters are made of.
    """

    def spread(r: int) -> Floats:
        end, sample, layout = found.ends[r], found.samples[r], found.layouts[r]
        assert end is not None
        assert sample is not None
        bread = found.inverse(r, found.discrepancy_of(r).expected(end.theta))
        if errors == "unit":
            return bread / respondents
        form = 0.5 * jacobian(*layout.slopes(layout.matrices(end.theta))) * (1.0 + np.eye(len(sample)))
        turned = form @ sample
        k = len(turned)
        meat = 2.0 * turned.reshape(k, -1) @ turned.transpose(0, 2, 1).reshape(k, -1).T
        return np.asarray(bread @ meat @ bread / respondents)

    return spread


def independence_of_covariances(found: Found) -> Floats:
    """The sum of the squared covariances (R,): the minimum of independence."""
    return np.array([np.nan if sample is None else float((np.tril(sample, -1) ** 2).sum()) for sample in found.samples])
