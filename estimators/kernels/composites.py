"""The arrays of composite methods on their way through the compiled loops."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from estimators.kernels.factor_model import Codes
from sim.batch import Bools, Floats


class Blocks(NamedTuple):
    """The model of m composites of p items."""

    bounds: Codes  # (m + 1,) block j holds the items bounds[j]:bounds[j + 1]
    path_matrix: Bools  # (m, m) [outcome, predictor]: whether there is a path


class Composites(NamedTuple):
    """The solutions of R data sets, filled in place; NaN where nothing can be said."""

    weights: Floats  # (R, p)
    loadings: Floats  # (R, p)
    correlations: Floats  # (R, m, m) of the composites
    paths: Floats  # (R, m, m)
    r2: Floats  # (R, m)
    status: NDArray[np.int8]  # (R,)
    iterations: NDArray[np.int32]  # (R,)
