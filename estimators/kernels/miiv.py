"""Model-implied instrumental variables, compiled: the standardised solution of `equations` and its standard errors."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from estimators.base import Status
from estimators.kernels.consistent import BEYOND, is_psd
from estimators.kernels.equations import Equations, choose_markers, solve_equations
from estimators.kernels.factor_model import PATH
from estimators.kernels.solution import CHAIN, CORRELATION, LOADING, R2
from sim.batch import Bools, Floats
from sim.kernels.loops import compiled, part

OK, INADMISSIBLE, UNIDENTIFIED = int(Status.OK), int(Status.INADMISSIBLE), int(Status.UNIDENTIFIED)
NEGATIVE_RELIABILITY = int(Status.NEGATIVE_RELIABILITY)


class OneSample(NamedTuple):
    """One data set, and the covariances of its constructs."""

    sample: Floats  # (p, p) correlations, 0 where an item is not retained
    retained: Bools  # (p,)
    moments: Floats  # (m, m) covariances of the constructs, in units of their scaling items
    squares: Floats  # (m, m) the sum of squares each is divided by


class Slopes(NamedTuple):
    """Scratch for the derivative of one target."""

    direct: Floats  # (p, p) by the correlations
    coefficient: Floats  # (p + s,) by the coefficients
    moment: Floats  # (m, m) by the construct moments
    product: Floats  # (p, p)


class EquationFits(NamedTuple):
    """What is found of R data sets, filled in place; NaN left where nothing can be said."""

    loadings: Floats  # (R, p)
    paths: Floats  # (R, m, m)
    correlations: Floats  # (R, m, m) of the constructs
    r2: Floats  # (R, m)
    se: Floats  # (R, q)
    status: NDArray[np.int8]  # (R,)


@part
def usable_pair(i, l, retained, design, eq):
    """Whether the correlation of two items comes from their constructs alone."""
    return i != l and retained[i] and retained[l] and not (eq.erring[i] and eq.erring[l] and design.joined[i, l])


@part
def construct_moment(j, k, case, design, eq):
    """Covariance of constructs j and k, in units of their scaling items, and the sum of squares it is divided by.

    Least squares of the correlations between their items on the products of loadings; 1 for a construct of one item.
    """
    if j == k and not eq.erring[eq.marker[j]]:
        return 1.0, 0.0
    total, squares = 0.0, 0.0
    for i in range(design.bounds[j], design.bounds[j + 1]):
        for l in range(design.bounds[k], design.bounds[k + 1]):
            if usable_pair(i, l, case.retained, design, eq):
                product = eq.value[i] * eq.value[l]
                total += product * case.sample[i, l]
                squares += product**2
    return (total / squares if squares > 0.0 else np.nan), squares


@part
def add_moment(j, k, weight, case, design, eq, slopes):
    """Adds weight times the derivative of a construct moment to that by the correlations and by the coefficients."""
    sample, retained, moments, squares = case
    direct, slope, _, _ = slopes
    if j == k and not eq.erring[eq.marker[j]]:
        return
    share = weight / squares[j, k]
    for i in range(design.bounds[j], design.bounds[j + 1]):
        for l in range(design.bounds[k], design.bounds[k + 1]):
            if usable_pair(i, l, retained, design, eq):
                product = eq.value[i] * eq.value[l]
                direct[i, l] += 0.5 * share * product
                direct[l, i] += 0.5 * share * product
                excess = share * (sample[i, l] - 2.0 * moments[j, k] * product)
                slope[i] += excess * eq.value[l]
                slope[l] += excess * eq.value[i]


@part
def add_path(s, weight, p, moments, design, eq, slope, change):
    """Adds weight times the derivative of the standardised path of step s, by its coefficient and the moments."""
    a, b = design.steps[s, 1], design.steps[s, 2]
    scale = weight * np.sqrt(moments[b, b] / moments[a, a])
    slope[p + s] += scale
    change[b, b] += 0.5 * scale * eq.value[p + s] / moments[b, b]
    change[a, a] -= 0.5 * scale * eq.value[p + s] / moments[a, a]


@part
def add_correlation(j, k, weight, moments, change):
    """Adds weight times the derivative of the correlation of constructs j and k by the moments."""
    scale = weight / np.sqrt(moments[j, j] * moments[k, k])
    change[j, k] += scale
    change[j, j] -= 0.5 * scale * moments[j, k] / moments[j, j]
    change[k, k] -= 0.5 * scale * moments[j, k] / moments[k, k]


@part
def standardised_path(s, p, moments, design, eq):
    """The path of step s in standard deviations of its constructs."""
    return eq.value[p + s] * np.sqrt(
        moments[design.steps[s, 2], design.steps[s, 2]] / moments[design.steps[s, 1], design.steps[s, 1]]
    )


@part
def differentiate(t, wanted, moments, design, eq, slope, change):
    """Derivative of standardised target t, but for its sign, by coefficients, in `slope`, and moments, in `change`.

    False where the target has no standard error.
    """
    p, kind, a, b = len(design.block), wanted[t, 0], wanted[t, 1], wanted[t, 2]
    for i in range(len(slope)):
        slope[i] = 0.0
    for j in range(len(moments)):
        for k in range(len(moments)):
            change[j, k] = 0.0
    if kind == CHAIN:
        for v in range(1, wanted.shape[1]):
            if wanted[t, v] >= 0:
                others = 1.0
                for w in range(1, wanted.shape[1]):
                    if w != v and wanted[t, w] >= 0:
                        others *= standardised_path(wanted[t, w], p, moments, design, eq)
                add_path(wanted[t, v], others, p, moments, design, eq, slope, change)
        return True
    if kind == CORRELATION:
        add_correlation(a, b, 1.0, moments, change)
        return True
    if kind == R2:
        for s in range(len(design.steps)):
            if design.steps[s, 0] == PATH and design.steps[s, 1] == a:
                c = design.steps[s, 2]
                along = moments[a, c] / np.sqrt(moments[a, a] * moments[c, c])
                add_path(s, along, p, moments, design, eq, slope, change)
                add_correlation(a, c, standardised_path(s, p, moments, design, eq), moments, change)
        return True
    if kind == LOADING and eq.erring[a]:
        j = design.block[a]
        slope[a] = np.sqrt(moments[j, j])
        change[j, j] = 0.5 * slope[a] * eq.value[a] / moments[j, j]
        return True
    return False


@part
def standard_error(n, case, design, eq, slopes):
    """Delta-method standard error from the derivative by R: sqrt(2 tr(G R G R) / n), as for normal items.

    A coefficient moves with sym(a c). R moves with the covariances S by dR_ij = dS_ij - R_ij (dS_ii + dS_jj) / 2,
    which takes sum_j G_ij R_ij off the diagonal of G.
    """
    sample, moments = case.sample, case.moments
    direct, slope, change, product = slopes
    p = len(sample)
    for i in range(p):
        for l in range(p):
            direct[i, l] = 0.0
    for j in range(len(moments)):
        for k in range(len(moments)):
            if change[j, k] != 0.0:
                add_moment(j, k, change[j, k], case, design, eq, slopes)
    for t in range(len(slope)):
        if slope[t] != 0.0:
            for i in range(p):
                for l in range(p):
                    direct[i, l] += (
                        0.5
                        * slope[t]
                        * (eq.source[t, i] * eq.disturbance[t, l] + eq.disturbance[t, i] * eq.source[t, l])
                    )
    for i in range(p):
        own = 0.0
        for l in range(p):
            own += direct[i, l] * sample[i, l]
        product[i, 0] = own
    for i in range(p):
        direct[i, i] -= product[i, 0]
    total = 0.0
    for i in range(p):
        for l in range(p):
            product[i, l] = 0.0
        for c in range(p):
            for l in range(p):
                product[i, l] += direct[i, c] * sample[c, l]
    for i in range(p):
        for l in range(p):
            total += product[i, l] * product[l, i]
    return np.sqrt(2.0 * total / n)


@part
def settle_scales(case, design, eq):
    """Construct moments in `case`; returns OK, NEGATIVE_RELIABILITY or UNIDENTIFIED."""
    moments = case.moments
    m = len(moments)
    for j in range(m):
        for k in range(m):
            moments[j, k], case.squares[j, k] = construct_moment(j, k, case, design, eq)
            if np.isnan(moments[j, k]):
                return UNIDENTIFIED
    for j in range(m):
        if not moments[j, j] > 0.0:
            return NEGATIVE_RELIABILITY
    return OK


@compiled
def fit_batch(correlations, retained, n, design, strongest, wanted, with_errors, fit):
    """2SLS of every data set whose status is OK so far; fills the standardised solution and standard errors, `fit`.

    correlations (R, p, p); retained (R, p); design: a `Design`; wanted: codes of `kernels.solution.target_gradient`.
    INADMISSIBLE: a loading, correlation or r2 beyond 1, or correlations that are not positive semidefinite.
    """
    loadings, paths, construct, r2, se, status = fit
    bounds, steps = design.bounds, design.steps
    replications, p = retained.shape
    m, s = len(bounds) - 1, len(steps)
    eq = Equations(
        np.zeros(p + s), np.zeros((p + s, p)), np.zeros((p + s, p)), np.zeros(m, np.int64), np.zeros(p, np.bool_),
        np.zeros((p, p)), np.zeros((max(m, 1), p)), np.zeros((m, m)), np.zeros(max(p, m)), np.zeros(p, np.int64),
        np.zeros(m + 1, np.int64),
    )  # fmt: skip
    slot, sample = np.zeros(m + 2, np.int64), np.zeros((p, p))
    moments, squares, sign, root = np.zeros((m, m)), np.zeros((m, m)), np.zeros(m), np.zeros((m, m))
    slopes = Slopes(np.zeros((p, p)), np.zeros(p + s), np.zeros((m, m)), np.zeros((p, p)))
    for r in range(replications):
        if status[r] != OK:
            continue
        for i in range(p):
            for l in range(p):
                sample[i, l] = correlations[r, i, l] if retained[r, i] and retained[r, l] else 0.0
        case = OneSample(sample, retained[r], moments, squares)
        choose_markers(sample, retained[r], bounds, strongest, eq)
        status[r] = solve_equations(sample, retained[r], design, eq, slot)
        if status[r] == OK:
            status[r] = settle_scales(case, design, eq)
        if status[r] != OK:
            continue
        for j in range(m):
            total = 0.0
            for i in range(bounds[j], bounds[j + 1]):
                if retained[r, i]:
                    total += eq.value[i]
            sign[j] = -1.0 if total < 0.0 else 1.0
            for i in range(bounds[j], bounds[j + 1]):
                if retained[r, i]:
                    loadings[r, i] = sign[j] * eq.value[i] * np.sqrt(moments[j, j])
                    if abs(loadings[r, i]) > 1.0 + BEYOND:
                        status[r] = INADMISSIBLE
        for j in range(m):
            r2[r, j] = 0.0
            for k in range(m):
                paths[r, j, k] = 0.0
                construct[r, j, k] = sign[j] * sign[k] * moments[j, k] / np.sqrt(moments[j, j] * moments[k, k])
            construct[r, j, j] = 1.0
        for t in range(s):
            if steps[t, 0] == PATH:
                j, k = steps[t, 1], steps[t, 2]
                paths[r, j, k] = sign[j] * sign[k] * standardised_path(t, p, moments, design, eq)
                r2[r, j] += paths[r, j, k] * construct[r, j, k]
        for j in range(m):
            if r2[r, j] > 1.0 + BEYOND:
                status[r] = INADMISSIBLE
        if not is_psd(construct[r], root):
            status[r] = INADMISSIBLE
        if with_errors:
            for t in range(len(wanted)):
                if differentiate(t, wanted, moments, design, eq, slopes.coefficient, slopes.moment):
                    se[r, t] = standard_error(n, case, design, eq, slopes)
