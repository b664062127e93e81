"""Compiled two-step standard errors: what the measurement's uncertainty adds to that of the structure.

Every derivative of a covariance matrix by one parameter is x y' + y x', so that the expected information of a normal
sample, tr(S^-1 dS_a S^-1 dS_b) / 2, is (x_a'S^-1 x_b)(y_a'S^-1 y_b) + (x_a'S^-1 y_b)(y_a'S^-1 x_b).
"""

from typing import NamedTuple

import numpy as np

from estimators.base import Status
from estimators.kernels.factor_model import PATH, Codes, Structure, empty_pattern, empty_point, read_pattern
from estimators.kernels.implied import construct_correlations
from estimators.kernels.matrices import backward, cholesky, forward, invert
from estimators.kernels.solution import LOADING, target_gradient
from estimators.kernels.steps import Case, Second, Whole
from sim.batch import Floats
from sim.kernels.loops import compiled, part

INADMISSIBLE = int(Status.INADMISSIBLE)


@part
def unit(i, l):
    """Element (i, l) of the identity."""
    return 1.0 if i == l else 0.0


class Group(NamedTuple):
    """Scratch for the p items and k parameters of blocks measured together."""

    item: Codes  # (p,) number in the model
    block: Codes  # (p,) construct
    sigma: Floats  # (p, p) their implied covariances
    inverse: Floats  # (p, p)
    left: Floats  # (k, p) x of each parameter
    right: Floats  # (k, p) y
    image_left: Floats  # (k, p) S^-1 x
    image_right: Floats  # (k, p) S^-1 y
    wide_left: Floats  # (k, m) W x, W = L'Sigma^-1 of the whole model
    wide_right: Floats  # (k, m) W y
    root: Floats  # (k, k) of their information


@part
def empty_group(p, m, k):
    """A Group with room for p items, m constructs and k parameters."""
    return Group(
        np.zeros(p, np.int64), np.zeros(p, np.int64), np.zeros((p, p)), np.zeros((p, p)), np.zeros((k, p)),
        np.zeros((k, p)), np.zeros((k, p)), np.zeros((k, p)), np.zeros((k, m)), np.zeros((k, m)), np.zeros((k, k)),
    )  # fmt: skip


@part
def keep(k, x, y, left, right):
    """Stores x and y (p,) of parameter k."""
    for i in range(len(x)):
        left[k, i], right[k, i] = x[i], y[i]


@part
def group_information(chosen, case, pairs, bounds, whole, group):
    """Root of the information (k, k) of the measurement parameters of the blocks `chosen` (m,), in group.root.

    First the k1 that the structure is conditional on: loadings but the largest of each block, error variances other
    than 0, error covariances; then the constructs' log deviations and correlations. group.wide_left and
    group.wide_right take W x and W y of the first k1, for the information they share with the structure. Returns k1, k;
    k1 = -1 where it is singular.
    """
    loadings, errors, residuals, alive, construct, retained = case
    weights, spread, vector = whole.weights, whole.spread, whole.vector
    item, block, sigma, inverse, left, right, image_left, image_right, wide_left, wide_right, root = group
    m, p = len(chosen), 0
    x, y = np.zeros(len(item)), np.zeros(len(item))
    for j in range(m):
        for i in range(bounds[j], bounds[j + 1]):
            if chosen[j] and retained[i]:
                item[p], block[p] = i, j
                p += 1
    for i in range(p):
        for l in range(p):
            sigma[i, l] = loadings[item[i]] * construct[block[i], block[l]] * loadings[item[l]]
        sigma[i, i] += errors[item[i]]
    for e in range(len(pairs)):
        for i in range(p):
            for l in range(p):
                if alive[e] and item[i] == pairs[e, 0] and item[l] == pairs[e, 1]:
                    sigma[i, l] += residuals[e]
                    sigma[l, i] += residuals[e]
    if not cholesky(sigma, 0, p, vector) > 0.0:
        return -1, -1
    invert(sigma, p, inverse)
    k = 0
    for i in range(p):
        b, largest, alone = block[i], True, True
        for l in range(p):
            if block[l] == b and l != i:
                alone = False
                size, other = abs(loadings[item[i]]), abs(loadings[item[l]])
                largest = largest and (size > other or (size == other and i < l))
        if alone:
            continue
        for l in range(p):
            x[l], y[l] = 0.0, loadings[item[l]] * construct[block[l], b]
        x[i] = 1.0
        if not largest:
            keep(k, x, y, left, right)
            for c in range(m):
                wide_left[k, c], wide_right[k, c] = weights[c, item[i]], spread[c, b]
            k += 1
        if errors[item[i]] != 0.0:
            for l in range(p):
                y[l] = 0.0
            y[i] = 0.5
            keep(k, x, y, left, right)
            for c in range(m):
                wide_left[k, c], wide_right[k, c] = weights[c, item[i]], 0.5 * weights[c, item[i]]
            k += 1
    for e in range(len(pairs)):
        if not (alive[e] and chosen[block_of(pairs[e, 0], bounds)]):
            continue
        for l in range(p):
            x[l], y[l] = unit(item[l], pairs[e, 0]), unit(item[l], pairs[e, 1])
        keep(k, x, y, left, right)
        for c in range(m):
            wide_left[k, c], wide_right[k, c] = weights[c, pairs[e, 0]], weights[c, pairs[e, 1]]
        k += 1
    k1 = k
    for b in range(m):
        for c in range(b, m):
            if not (chosen[b] and chosen[c]):
                continue
            for l in range(p):
                x[l] = loadings[item[l]] if block[l] == b else 0.0
                y[l] = loadings[item[l]] if block[l] == c else 0.0
                if b == c:
                    y[l] = loadings[item[l]] * construct[block[l], b]
            keep(k, x, y, left, right)
            k += 1
    for a in range(k):
        for i in range(p):
            image_left[a, i], image_right[a, i] = 0.0, 0.0
            for l in range(p):
                image_left[a, i] += inverse[i, l] * left[a, l]
                image_right[a, i] += inverse[i, l] * right[a, l]
    for a in range(k):
        for b in range(a, k):
            xx, yy, xy, yx = 0.0, 0.0, 0.0, 0.0
            for i in range(p):
                xx += left[a, i] * image_left[b, i]
                yy += right[a, i] * image_right[b, i]
                xy += left[a, i] * image_right[b, i]
                yx += right[a, i] * image_left[b, i]
            root[a, b] = xx * yy + xy * yx
    if not cholesky(root, 0, k, vector) > 0.0:
        return -1, -1
    return k1, k


@part
def block_of(item, bounds):
    """The block an item stands in."""
    j = 0
    while bounds[j + 1] <= item:
        j += 1
    return j


@part
def whole_model(mapping, theta, retained, whole):
    """Fills `whole` but for V, which it has; whether H exists."""
    implied, error, core, weights, spread, vector = whole
    m, p = mapping.shape
    for a in range(m):
        for b in range(a, m):
            value = implied[a, b]
            for i in range(p):
                if retained[i] and mapping[a, i] != 0.0:
                    for l in range(p):
                        value += mapping[a, i] * theta[i, l] * mapping[b, l]
            error[a, b] = value
    if not cholesky(error, 0, m, vector) > 0.0:
        return False
    invert(error, m, core)
    for a in range(m):
        for i in range(p):
            weights[a, i] = 0.0
            for c in range(m):
                weights[a, i] += core[a, c] * mapping[c, i]
        for b in range(m):
            spread[a, b] = 0.0
            for c in range(m):
                spread[a, b] += core[a, c] * implied[c, b]
    return True


@part
def structure_slopes(deviation, x, structure, pattern, point, implied, slopes):
    """V (m, m) and its derivatives by the constructs' log deviations and the structural parameters (m + s, m, m)."""
    m = len(deviation)
    construct_correlations(x, m, structure, point)
    for a in range(m):
        for b in range(m):
            implied[a, b] = deviation[a] * point.C[a, b] * deviation[b]
            for s in range(len(point.dC)):
                slopes[m + s, a, b] = deviation[a] * point.dC[s, a, b] * deviation[b]
    for j in range(m):
        for a in range(m):
            for b in range(m):
                slopes[j, a, b] = implied[a, b] * (unit(a, j) + unit(b, j))


@compiled
def two_step_errors(measured, structured, model, wanted, n, status, se):
    """Standard errors of local SAM's targets (R, q) (Rosseel & Loh 2022), for data sets with estimates.

    measured and structured: what both steps found; model: the whole `Structure`. With I the information of the whole
    model at the two steps' estimates and Sigma_11 the covariances of the measurement's estimates, those of the
    structure's are I22^-1 + I22^-1 I21 Sigma_11 I12 I22^-1. A loading on the standardised scale depends on both steps,
    whose covariances are -Sigma_11 I12 I22^-1. NaN where an information is singular.
    """
    loadings, errors, residuals, theta, mapping, alive, group, first_step, retained = measured
    deviation, paths, construct = structured
    order, steps, pairs, bounds = model
    replications, p = retained.shape
    m, s = len(order), len(steps)
    k2, k_all = m + s, 2 * p + len(pairs) + m * (m + 1) // 2
    ones, every = np.zeros(m + 1, np.int64), np.zeros(m, np.bool_)
    for j in range(m):
        ones[j + 1], every[j] = j + 1, True
    structure = Structure(order, steps, np.zeros((0, 2), np.int64), ones)
    pattern, point = empty_pattern(m, m, len(structure.errors)), empty_point(m, m, s, k2)
    read_pattern(every, structure, pattern)
    x, row = np.zeros(k2), np.zeros(max(k2, k_all))
    slopes, halves = np.zeros((k2, m, m)), np.zeros((k2, m, m))
    whole = Whole(
        np.zeros((m, m)), np.zeros((m, m)), np.zeros((m, m)), np.zeros((m, p)), np.zeros((m, m)), np.zeros(k_all)
    )  # fmt: skip
    together, chosen = empty_group(p, m, k_all), np.zeros(m, np.bool_)
    second = Second(np.zeros((k2, k2)), np.zeros((k2, k2)), np.zeros((k2, k_all)), np.zeros(k2))
    for r in range(replications):
        if status[r] > INADMISSIBLE:
            continue
        for t in range(s):
            a, b = steps[t, 1], steps[t, 2]
            x[m + t] = paths[r, a, b] if steps[t, 0] == PATH else residual_covariance(a, b, paths[r], construct[r])
        structure_slopes(deviation[r], x, structure, pattern, point, whole.implied, slopes)
        if not whole_model(mapping[r], theta[r], retained[r], whole):
            continue
        for t in range(k2):
            for a in range(m):
                for b in range(m):
                    halves[t, a, b] = 0.0
                    for c in range(m):
                        halves[t, a, b] += whole.core[a, c] * slopes[t, c, b]
            for u in range(t + 1):
                second.root[u, t] = 0.0
                for a in range(m):
                    for b in range(m):
                        second.root[u, t] += 0.5 * halves[t, a, b] * halves[u, b, a]
                second.added[u, t] = 0.0
        sound = cholesky(second.root, 0, k2, whole.vector) > 0.0
        case = Case(loadings[r], errors[r], residuals[r], alive[r], first_step[r], retained[r])
        for g in range(m):
            if group[r, g] != g or not sound:
                continue
            for j in range(m):
                chosen[j] = group[r, j] == g
            k1, k = group_information(chosen, case, pairs, bounds, whole, together)
            if k1 < 0:
                sound = False
                continue
            share_information(k1, k, slopes, together, second.shared)
            for t in range(k2):
                for u in range(t + 1):
                    for i in range(k):
                        second.added[u, t] += second.shared[u, i] * second.shared[t, i]
            loading_errors(chosen, k, deviation[r], case, bounds, wanted, n, together.root, second, whole.vector, se[r])
        if not sound:
            for t in range(len(wanted)):
                se[r, t] = np.nan
            continue
        for t in range(len(wanted)):
            begin = target_gradient(t, wanted, x, structure, pattern, point, row)
            if begin < k2:
                se[r, t] = np.sqrt(structural_variance(row, second) / n)


@part
def residual_covariance(a, b, paths, construct):
    """Element (a, b) of (1 - B) C (1 - B)'."""
    m, total = len(paths), 0.0
    for i in range(m):
        for l in range(m):
            total += (unit(i, a) - paths[a, i]) * construct[i, l] * (unit(l, b) - paths[b, l])
    return total


@part
def share_information(k1, k, slopes, group, shared):
    """U'^-1 I_12 by columns, (k2, k): U'U the group's information, zero rows for what is not conditioned on."""
    m = slopes.shape[1]
    for t in range(len(slopes)):
        for i in range(k):
            value = 0.0
            if i < k1:
                for a in range(m):
                    for b in range(m):
                        value += group.wide_left[i, a] * slopes[t, a, b] * group.wide_right[i, b]
            shared[t, i] = value
        forward(group.root, 0, k, shared[t])


@part
def structural_variance(row, second):
    """g'(I22^-1 + I22^-1 I21 Sigma_11 I12 I22^-1) g of a gradient g (k2,), from the root of I22."""
    root, added, _, turned = second
    k2, total = len(turned), 0.0
    for t in range(k2):
        turned[t] = row[t]
    forward(root, 0, k2, turned)
    for t in range(k2):
        total += turned[t] ** 2
    backward(root, 0, k2, turned)
    for t in range(k2):
        total += added[t, t] * turned[t] ** 2
        for u in range(t):
            total += 2.0 * added[u, t] * turned[t] * turned[u]
    return total


@part
def loading_errors(chosen, k, deviation, case, bounds, wanted, n, first, second, vector, se):
    """Standard errors of the standardised loadings l s / sqrt(l^2 s^2 + theta) of one group, s a construct's deviation.

    The parameters of the group stand item by item, as `group_information` put them; `first` is their information's
    root, `vector` (k,) scratch.
    """
    loadings, errors, retained = case.loadings, case.errors, case.retained
    root, _, shared, turned = second
    k2 = len(turned)
    for t in range(len(wanted)):
        if wanted[t, 0] != LOADING:
            continue
        target = wanted[t, 1]
        j = block_of(target, bounds)
        if not (chosen[j] and retained[target]):
            continue
        l, s, theta = loadings[target], deviation[j], errors[target]
        cube = (l * l * s * s + theta) ** 1.5
        at = 0
        for i in range(k):
            vector[i] = 0.0
        count = 0
        for b in range(len(chosen)):
            if not chosen[b]:
                continue
            size = 0
            for i in range(bounds[b], bounds[b + 1]):
                size += retained[i]
            if b == j:
                count = size
            if size < 2:
                continue
            marker = -1
            for i in range(bounds[b], bounds[b + 1]):
                if retained[i] and (marker < 0 or abs(loadings[i]) > abs(loadings[marker])):
                    marker = i
            for i in range(bounds[b], bounds[b + 1]):
                if not retained[i]:
                    continue
                if i != marker:
                    if i == target:
                        vector[at] = s * theta / cube
                    at += 1
                if errors[i] != 0.0:
                    if i == target:
                        vector[at] = -0.5 * l * s / cube
                    at += 1
        if count < 2:
            continue
        forward(first, 0, k, vector)
        for u in range(k2):
            turned[u] = 0.0
        turned[j] = l * s * theta / cube
        forward(root, 0, k2, turned)
        total = 0.0
        for u in range(k2):
            total += turned[u] ** 2
        backward(root, 0, k2, turned)
        for i in range(k):
            value = vector[i]
            for u in range(k2):
                value -= shared[u, i] * turned[u]
            total += value**2
        se[t] = np.sqrt(total / n)
