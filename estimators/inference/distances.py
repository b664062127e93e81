"""Distances between two correlation matrices of the same items: how far a model's is from the sample's, two groups'."""

import numpy as np

from sim.batch import Bools, Floats, pairs_of

#: A pivot or an eigenvalue under this is that of a matrix which cannot be inverted.
_SMALLEST = 1e-12


def srmr(residuals: Floats, retained: Bools, means: Floats | None = None) -> Floats:
    """Root mean square of the retained items' residual correlations, the diagonal counted (R,) (Bentler 1995).

    residuals (R, p, p): sample less implied covariances over the product of the sample's standard deviations; means
    (R, p): those of means over the sample's standard deviations, which then count too.
    """
    kept = pairs_of(retained) & np.tri(retained.shape[1], dtype=bool)
    squares = np.where(kept, residuals, 0.0) ** 2
    total, count = squares.sum(axis=(1, 2)), kept.sum(axis=(1, 2))
    if means is not None:
        total, count = total + np.where(retained, means**2, 0.0).sum(axis=1), count + retained.sum(axis=1)
    return np.asarray(np.sqrt(total / np.maximum(count, 1)))


def squared_euclidean(first: Floats, second: Floats, retained: Bools) -> Floats:
    """d_ULS, also d_L (R,): half of the sum of all squared differences of matrices (R, p, p) of the retained items.

    Dijkstra & Henseler (2015, CSDA 81, 10-23, sec. 3), where matrices differ off the diagonal only the sum below it.
    """
    differences = np.where(pairs_of(retained), first - second, 0.0)
    return np.asarray(0.5 * (differences**2).sum(axis=(1, 2)))


def geodesic(first: Floats, second: Floats, retained: Bools) -> Floats:
    """d_G (R,): half of the sum of squared natural logarithms of the eigenvalues of first^-1 second.

    Dijkstra & Henseler (2015, sec. 3), after Swain (1975); cSEM 0.6 takes decimal logarithms, which makes its d_G
    smaller by the factor (ln 10)^2 = 5.3019. NaN where one of the matrices (R, p, p) of the retained items is not
    positive definite.
    """
    kept, identity = pairs_of(retained), np.eye(retained.shape[1])
    whole = [np.where(kept, matrix, identity) for matrix in (first, second)]
    known = np.isfinite(whole[0]).all(axis=(1, 2)) & np.isfinite(whole[1]).all(axis=(1, 2))
    found = np.full(len(retained), np.nan)
    roots, usable = _roots(whole[0][known])
    inverses = np.linalg.inv(roots)
    relative = np.linalg.eigvalsh(inverses @ whole[1][known][usable] @ inverses.swapaxes(1, 2))
    with np.errstate(divide="ignore", invalid="ignore"):
        logarithms = np.log(np.where(relative > _SMALLEST, relative, np.nan))
    found[np.flatnonzero(known)[usable]] = 0.5 * (logarithms**2).sum(axis=1)
    return found


def _roots(matrices: Floats) -> tuple[Floats, Bools]:
    """Lower Cholesky factors of the matrices (R, p, p) that are positive definite, and which these are (R,)."""
    try:
        roots = np.linalg.cholesky(matrices)
        usable = np.ones(len(matrices), dtype=bool)
    except np.linalg.LinAlgError:  # one of them; each is tried alone, so that none depends on its neighbours
        usable = np.array([_is_definite(matrix) for matrix in matrices], dtype=bool)
        roots = np.linalg.cholesky(matrices[usable])
    large = np.asarray(np.diagonal(roots, axis1=1, axis2=2).min(axis=1, initial=np.inf) ** 2 > _SMALLEST)
    usable[usable] = large
    return roots[large], usable


def _is_definite(matrix: Floats) -> bool:
    try:
        np.linalg.cholesky(matrix)
    except np.linalg.LinAlgError:
        return False
    return True
