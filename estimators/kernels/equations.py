"""Two-stage least squares of a factor model's equations, compiled (Bollen 1996).

Items are standardised, R their correlations. In units of its scaling item (lambda 1) a construct's other items follow
y_i = lambda_i y_s + u and an outcome's scaling item y_s = sum beta x_s + u, u mixing errors and a disturbance. Any item
that the model leaves uncorrelated with u is an instrument z, and b = A R_zy, A = (R_xz R_zz^-1 R_zx)^-1 R_xz R_zz^-1.
"""

from typing import NamedTuple

from estimators.base import Status
from estimators.kernels.factor_model import PATH, Codes
from estimators.kernels.matrices import backward, cholesky, forward
from sim.batch import Bools, Floats
from sim.kernels.loops import part

OK, SINGULAR, UNIDENTIFIED = int(Status.OK), int(Status.SINGULAR), int(Status.UNIDENTIFIED)

#: A pivot this small against its diagonal element is a singular matrix.
SINGULAR_PIVOT = 1e-10


class Design(NamedTuple):
    """What the model says of instruments."""

    bounds: Codes  # (m + 1,)
    block: Codes  # (p,) construct of each item
    steps: Codes  # (s, 3) structural parameters
    touched: Bools  # (m, m) construct j covaries with the disturbance of construct a
    joined: Bools  # (p, p) errors that covary


class Equations(NamedTuple):
    """One data set's coefficients t, the loadings (p) and then the structural steps (s), and scratch."""

    value: Floats  # (p + s,)
    source: Floats  # (p + s, p) a: the row of A on its instruments, so that a coefficient moves with a'R c
    disturbance: Floats  # (p + s, p) c: the composite disturbance as a sum of items
    marker: Codes  # (m,) scaling items
    erring: Bools  # (p,) items with an error: retained, and not alone
    root: Floats  # (p, p)
    reduced: Floats  # (m, p) R_zz^-1 R_zx
    normal: Floats  # (m, m) R_xz R_zz^-1 R_zx
    vector: Floats  # (p,)
    chosen: Codes  # (p,) instruments
    predictors: Codes  # (m,) regressors, as items


@part
def choose_markers(sample, retained, bounds, strongest, eq):
    """Scaling items: the first retained of each block, or the one that correlates most with the others in it.

    Two items correlate with each other alike: there it is the one that correlates more with all other blocks.
    """
    for j in range(len(bounds) - 1):
        eq.marker[j], best, count = -1, -1.0, 0
        for i in range(bounds[j], bounds[j + 1]):
            count += retained[i]
        for i in range(bounds[j], bounds[j + 1]):
            eq.erring[i] = retained[i] and count > 1
            total = 0.0
            for l in range(len(retained)):
                inside = bounds[j] <= l < bounds[j + 1]
                if l != i and retained[l] and inside != (count == 2):
                    total += abs(sample[i, l])
            if retained[i] and (eq.marker[j] < 0 or (strongest and total > best)):
                eq.marker[j], best = i, total


@part
def instruments(outcome, count, construct, retained, design, eq):
    """Fills eq.chosen with the items uncorrelated with the disturbance of y on eq.predictors; returns how many.

    Items out: those whose own error, or one that covaries with it, is in the disturbance, and, for the equation of
    `construct` (-1 for a loading's), those of constructs that covary with its disturbance.
    """
    q = 0
    for z in range(len(retained)):
        if not retained[z]:
            continue
        out = construct >= 0 and design.touched[design.block[z], construct]
        for h in range(count + 1):
            e = outcome if h == count else eq.predictors[h]
            out = out or (eq.erring[e] and eq.erring[z] and (e == z or design.joined[e, z]))
        if not out:
            eq.chosen[q] = z
            q += 1
    return q


@part
def two_stage(outcome, count, q, sample, eq):
    """2SLS of item `outcome` on the first `count` of eq.predictors with q instruments; leaves A' in eq.reduced.

    Returns OK, UNIDENTIFIED (too few instruments, or ones that do not move the regressors) or SINGULAR.
    """
    root, reduced, normal, vector = eq.root, eq.reduced, eq.normal, eq.vector
    if q < count:
        return UNIDENTIFIED
    for a in range(q):
        for b in range(a, q):
            root[a, b] = sample[eq.chosen[a], eq.chosen[b]]
    if not cholesky(root, 0, q, vector) > SINGULAR_PIVOT:
        return SINGULAR
    for h in range(count):
        for a in range(q):
            reduced[h, a] = sample[eq.chosen[a], eq.predictors[h]]
        forward(root, 0, q, reduced[h])
        for g in range(h + 1):
            value = 0.0
            for a in range(q):
                value += reduced[g, a] * reduced[h, a]
            normal[g, h] = value
    if not cholesky(normal, 0, count, vector) > SINGULAR_PIVOT:
        return UNIDENTIFIED
    for a in range(q):
        for h in range(count):
            vector[h] = reduced[h, a]
        forward(normal, 0, count, vector)
        backward(normal, 0, count, vector)
        for h in range(count):
            reduced[h, a] = vector[h]
    for h in range(count):
        backward(root, 0, q, reduced[h])
    return OK


@part
def keep_coefficient(t, h, outcome, q, sample, eq):
    """Stores coefficient h of the equation just solved as number t, and where it comes from."""
    value = 0.0
    for i in range(len(sample)):
        eq.source[t, i] = 0.0
    for a in range(q):
        eq.source[t, eq.chosen[a]] = eq.reduced[h, a]
        value += eq.reduced[h, a] * sample[eq.chosen[a], outcome]
    eq.value[t] = value


@part
def keep_disturbance(t, outcome, first, count, eq):
    """Stores the composite disturbance y - sum b x of coefficient t; the equation's coefficients are in `first`."""
    for i in range(len(eq.vector)):
        eq.disturbance[t, i] = 0.0
    eq.disturbance[t, outcome] = 1.0
    for h in range(count):
        eq.disturbance[t, eq.predictors[h]] -= eq.value[first[h]]


@part
def pose(e, retained, design, eq, slot):
    """Equation e: item e on its scaling item, or from p on an outcome's scaling item on those of its predictors.

    Leaves the regressors in eq.predictors, their coefficients' numbers in `slot` (m + 2,), then how many there are (0
    where there is no such equation) and the construct whose path they are, -1 for a loading. Returns the outcome.
    """
    p, m = len(retained), len(eq.marker)
    slot[m], slot[m + 1] = 0, -1
    if e < p:
        if retained[e] and e != eq.marker[design.block[e]]:
            eq.predictors[0], slot[0], slot[m] = eq.marker[design.block[e]], e, 1
        return e
    slot[m + 1] = e - p
    for s in range(len(design.steps)):
        if design.steps[s, 0] == PATH and design.steps[s, 1] == e - p:
            eq.predictors[slot[m]], slot[slot[m]] = eq.marker[design.steps[s, 2]], p + s
            slot[m] += 1
    return eq.marker[e - p]


@part
def solve_equations(sample, retained, design, eq, slot):
    """Every loading and path of one data set; returns the first status that is not OK, or OK."""
    p, m = len(retained), len(eq.marker)
    for i in range(p):
        eq.value[i] = 1.0
        for l in range(p):
            eq.source[i, l], eq.disturbance[i, l] = 0.0, 0.0
    for e in range(p + m):
        outcome = pose(e, retained, design, eq, slot)
        count = slot[m]
        if count == 0:
            continue
        q = instruments(outcome, count, slot[m + 1], retained, design, eq)
        ending = two_stage(outcome, count, q, sample, eq)
        if ending != OK:
            return ending
        for h in range(count):
            keep_coefficient(slot[h], h, outcome, q, sample, eq)
        for h in range(count):
            keep_disturbance(slot[h], outcome, slot, count, eq)
    return OK
