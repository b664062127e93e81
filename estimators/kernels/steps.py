"""The arrays of two-step methods on their way through the compiled loops: what each step found, and scratch."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.batch import Bools, Floats


class Measured(NamedTuple):
    """What the first step found of R data sets."""

    loadings: Floats  # (R, p)
    errors: Floats  # (R, p) variances
    residuals: Floats  # (R, e) error covariances
    theta: Floats  # (R, p, p) errors' covariances
    mapping: Floats  # (R, m, p) from items to scores
    alive: Bools  # (R, e) error covariances that have both their errors left
    group: NDArray[np.int64]  # (R, m) blocks of one number were measured together
    construct: Floats  # (R, m, m) correlations of constructs measured together
    retained: Bools  # (R, p)


class Structured(NamedTuple):
    """What the second step found of R data sets."""

    deviation: Floats  # (R, m) of the constructs
    paths: Floats  # (R, m, m)
    construct: Floats  # (R, m, m) correlations


class Case(NamedTuple):
    """What the first step found of one data set; shapes as in `Measured`."""

    loadings: Floats
    errors: Floats
    residuals: Floats
    alive: Bools
    construct: Floats
    retained: Bools


class Whole(NamedTuple):
    """The information of the whole model, as far as both steps need it."""

    implied: Floats  # (m, m) V, the covariances of the constructs
    error: Floats  # (m, m) scratch
    core: Floats  # (m, m) H = (M Theta M' + V)^-1
    weights: Floats  # (m, p) W = L'Sigma^-1 = H M
    spread: Floats  # (m, m) W L V = H V
    vector: Floats  # (k,) scratch


class Second(NamedTuple):
    """Scratch for the k2 parameters of the structure."""

    root: Floats  # (k2, k2) of their information I22
    added: Floats  # (k2, k2) I21 Sigma_11 I12
    shared: Floats  # (k2, k) U'^-1 I_12 of a group by columns
    turned: Floats  # (k2,)
