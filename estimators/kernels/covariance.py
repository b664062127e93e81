"""The compiled loops of covariance-based maximum likelihood, on the standardised scale from start to end.

The model is Sigma = D P D: scales D (1 where the sample is itself a correlation matrix and the structure is saturated)
and P = L C L' + Theta with unit diagonal, so that an error variance is 1 - loading^2 and C, the construct correlations,
follows from paths and residual covariances alone. Parameters x: log scales (p), loadings (every item not alone in its
block), error covariances, structural parameters. An item alone in its block has loading 1 and no error.
Per respondent, f = [ln|Sigma| + tr(Sigma^-1 S)] / 2 has gradient tr(Q dP) / 2, Q = P^-1 - P^-1 S P^-1, and expected
information tr(P^-1 dP P^-1 dP) / 2 (Browne 1974; Bollen 1989, ch. 4, app. 4). Every dP is x y' + y x' or L dC L'.

Arrays travel in three tuples, made by `structure_of`, `pattern_space` and `work_space`:
structure  order (m,), steps (s, 3) as [0 path | 1 covariance, row, column], errors (e, 2) item pairs, bounds (m + 1,)
pattern    what one mask of retained items makes of the model: see `read_pattern`
work       scratch; after `discrepancy` it holds the model's matrices at x
"""

import numpy as np
from numba import njit

from estimators.base import Status

OK, INADMISSIBLE = int(Status.OK), int(Status.INADMISSIBLE)
NOT_CONVERGED, SINGULAR, UNIDENTIFIED = int(Status.NOT_CONVERGED), int(Status.SINGULAR), int(Status.UNIDENTIFIED)

#: Under this error variance Theta^-1 costs digits, and the implied matrix is inverted by Cholesky instead.
SMALL_ERROR = 0.02
#: A pivot this small against its diagonal is a singular matrix.
SINGULAR_PIVOT = 1e-10
#: Corrections the quasi-Newton step remembers before the information is taken afresh.
MEMORY = 12
#: Gradient (in standard errors of one respondent) that is accepted where rounding stops any further descent.
STALLED = 1e-6
#: Codes of what a standard error is asked for; see `gradient_of`.
CHAIN, LOADING, CORRELATION, R2, AVE, RHO_C = 0, 1, 2, 3, 4, 5

compiled = njit(cache=True, nogil=True, error_model="numpy")


@compiled
def cholesky(a, k, first):
    """Upper root U, a = U'U, of a[first:k, first:k] in place; returns the smallest pivot over its diagonal element.

    A direction whose pivot is rounding error gets an infinite root, which takes it out of every solution.
    """
    least = 1.0
    for j in range(first, k):
        # a[j, j] below the diagonal is not touched: column j of the lower triangle keeps the original diagonal.
        pivot = a[j, j]
        original = a[k, j]
        ratio = pivot / original
        if not ratio > least:
            least = ratio
        if not ratio > 1e-13:
            a[j, j] = np.inf
            for l in range(j + 1, k):
                a[j, l] = 0.0
            continue
        root = np.sqrt(pivot)
        a[j, j] = root
        for l in range(j + 1, k):
            a[j, l] /= root
        for i in range(j + 1, k):
            factor = a[j, i]
            for l in range(i, k):
                a[i, l] -= factor * a[j, l]
    return least


@compiled
def forward(root, k, first, b):
    """Solves U'y = b in place."""
    for i in range(first, k):
        b[i] /= root[i, i]
        value = b[i]
        for l in range(i + 1, k):
            b[l] -= value * root[i, l]


@compiled
def backward(root, k, first, b):
    """Solves Ux = b in place."""
    for i in range(k - 1, first - 1, -1):
        value = b[i]
        for l in range(i + 1, k):
            value -= root[i, l] * b[l]
        b[i] = value / root[i, i]
