"""Compiled alternation of GSCA with uniqueness terms on correlation matrices, one replication after another.

Items are Z = G C' + U D + residuals, see `estimators.composites.gscam`. Of matrices of n rows only moments are needed:
with the components' moments with the items, Z'G, and with each other, F = G'G, the best uniquenesses are
U = Y D (D K D)^(-1/2), Y = Z - G F^-1 G'Z the items without the components and K = Y'Y (the orthogonal Procrustes
problem), so that U'Z = (D K D)^(1/2) D^-1.
"""

import numpy as np

from estimators.base import Status
from estimators.kernels.eigen import decompose, room
from estimators.kernels.gsca import gather
from estimators.kernels.matrices import cholesky, forward
from sim.batch import Floats
from sim.kernels.loops import by_reference, compiled, part

OK, NOT_CONVERGED, SINGULAR = int(Status.OK), int(Status.NOT_CONVERGED), int(Status.SINGULAR)

#: A uniqueness under this has run to 0 and is set to it: eigenvalues, in which it enters to the fourth power, hold it
#: no better. What it would add to the loadings is its square.
LEAST_UNIQUENESS = 1e-4
#: An eigenvalue under this share of the largest is 0 but for rounding.
ROUNDING = 1e-15
#: Determinants and variances under this are 0.
SMALLEST = 1e-12
#: Rounds that acceleration looks back on.
WINDOW = 5
#: Rounds are mixed once one changes no loading by NEAR or more, or there were PLAIN. The rounds have several ends, some
#: with a larger sum of squares; mixtures of early rounds may lead to another end than the rounds themselves do. Rounds
#: that go on for long without coming near circle an end that only mixtures reach.
NEAR, PLAIN = 3e-4, 100
#: What is left of a change after taking out those of other rounds counts as nothing under this share of it.
DEPENDENT = 1e-8


@by_reference
class Place:
    """Where the alternation stands, for p items and m components.

    joint (p, m): Z'G, correlations of items and components; among (m, m): G'G; unique (p,): D, 0 for an item alone.
    """

    joint: Floats
    among: Floats
    unique: Floats


@by_reference
class Past:
    """What the last rounds led to and by how much they changed it (WINDOW + 1, size), each a place as one vector."""

    reached: Floats
    changes: Floats


@part
def pack(place, vector):
    """Z'G, D and the correlations in G'G, as one vector."""
    p, m = place.joint.shape
    at = 0
    for i in range(p):
        for j in range(m):
            vector[at] = place.joint[i, j]
            at += 1
    for i in range(p):
        vector[at] = place.unique[i]
        at += 1
    for j in range(m):
        for l in range(j):
            vector[at] = place.among[j, l]
            at += 1


@part
def unpack(vector, place):
    """The place that a vector stands for."""
    p, m = place.joint.shape
    at = 0
    for i in range(p):
        for j in range(m):
            place.joint[i, j] = vector[at]
            at += 1
    for i in range(p):
        place.unique[i] = vector[at]
        at += 1
    for j in range(m):
        place.among[j, j] = 1.0
        for l in range(j):
            place.among[j, l] = vector[at]
            place.among[l, j] = vector[at]
            at += 1


@part
def copy_matrix(source, out):
    """Fills `out` from the rows and columns of `source` that it has room for."""
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            out[i, j] = source[i, j]


@part
def definite(among, root):
    """Whether correlations (m, m) are positive definite; their root goes into `root` (m, m)."""
    copy_matrix(among, root)
    return cholesky(root, 0, len(among), np.empty(len(among))) > SMALLEST


@part
def without_components(items, place, root):
    """Moments K (p, p) of the items without what the components, whose root is given, explain."""
    p, m = place.joint.shape
    explained = np.empty((p, m))
    copy_matrix(place.joint, explained)
    for i in range(p):
        forward(root, 0, m, explained[i])
    left = np.empty((p, p))
    for i in range(p):
        for k in range(i + 1):
            value = items[i, k]
            for j in range(m):
                value -= explained[i, j] * explained[k, j]
            left[i, k] = value
            left[k, i] = value
    return left


@part
def unique_moments(left, unique, space):
    """U'Z (p, p) of the best uniquenesses, from K and their present sizes D, with room for eigenvectors."""
    p = len(unique)
    values, vectors = space.values, space.vectors
    for i in range(p):
        for k in range(p):
            vectors[k, i] = unique[i] * left[i, k] * unique[k]
    decompose(space)
    least = max(ROUNDING * values[p - 1], 0.0)
    moments = np.zeros((p, p))
    for a in range(p):
        if values[a] > least:
            size = np.sqrt(values[a])
            for i in range(p):
                share = vectors[a, i] * size
                for k in range(p):
                    moments[i, k] += share * vectors[a, k]
    for k in range(p):
        if unique[k] > 0.0:
            for i in range(p):
                moments[i, k] /= unique[k]
        else:  # an item without uniqueness: (D K D)^(-1/2) D K
            for i in range(p):
                moments[i, k] = 0.0
            for a in range(p):
                if values[a] > least:
                    share = 0.0
                    for l in range(p):
                        share += vectors[a, l] * unique[l] * left[l, k]
                    share /= np.sqrt(values[a])
                    for i in range(p):
                        moments[i, k] += vectors[a, i] * share
    return moments


@part
def components(items, moments, bounds, loadings, place):
    """Components in the direction of (Z - U D) C', of variance 1, into the place, from Z'Z, U'Z and the loadings C.

    False where one has no variance.
    """
    p, m = place.joint.shape
    joint, among, unique = place.joint, place.among, place.unique
    drawn = np.zeros((p, m))  # U'Z C'
    for j in range(m):
        for i in range(p):
            value, own = 0.0, 0.0
            for k in range(bounds[j], bounds[j + 1]):
                value += (items[i, k] - moments[k, i] * unique[k]) * loadings[k]
                own += moments[i, k] * loadings[k]
            joint[i, j] = value
            drawn[i, j] = own
    for a in range(m):
        for b in range(m):
            value = 0.0
            for i in range(bounds[a], bounds[a + 1]):
                value += loadings[i] * (joint[i, b] - unique[i] * drawn[i, b])
                if a == b:
                    value += (unique[i] * loadings[i]) ** 2
            among[a, b] = value
    scale = np.empty(m)
    for j in range(m):
        if not among[j, j] > SMALLEST:
            return False
        scale[j] = 1.0 / np.sqrt(among[j, j])
    for j in range(m):
        for i in range(p):
            joint[i, j] *= scale[j]
        among[j, j] = 1.0
        for l in range(j):
            value = 0.5 * (among[j, l] + among[l, j]) * scale[j] * scale[l]
            among[j, l] = value
            among[l, j] = value
    return True


@part
def turn(items, bounds, place, root, loadings, space):
    """One round: new uniquenesses for the components, then new components, whose loadings (p,) replace the old ones.

    Gives the largest change of a loading, NaN where a component has no variance.
    """
    unique = place.unique
    moments = unique_moments(without_components(items, place, root), unique, space)
    for i in range(len(unique)):
        unique[i] = moments[i, i] if unique[i] > 0.0 and moments[i, i] > LEAST_UNIQUENESS else 0.0
    if not components(items, moments, bounds, loadings, place):
        return np.nan
    change = 0.0
    for j in range(len(bounds) - 1):
        for i in range(bounds[j], bounds[j + 1]):
            change = max(change, abs(place.joint[i, j] - loadings[i]))
            loadings[i] = place.joint[i, j]
    return change


@part
def mixture(past, rounds):
    """The last places, mixed so that their changes cancel best (Anderson 1965), from `rounds` of them.

    Least squares of the last change on the differences of changes, the latest first; one that the later ones make up
    takes no part.
    """
    size, last, used = past.reached.shape[1], rounds - 1, 0
    bends, steps = np.empty((WINDOW, size)), np.empty((WINDOW, size))
    left, ahead = np.empty(size), np.empty(size)
    for i in range(size):
        left[i], ahead[i] = past.changes[last, i], past.reached[last, i]
    for h in range(last, 0, -1):
        bend, step, whole, length = bends[used], steps[used], 0.0, 0.0
        for i in range(size):
            bend[i] = past.changes[h, i] - past.changes[h - 1, i]
            step[i] = past.reached[h, i] - past.reached[h - 1, i]
            whole += bend[i] ** 2
        for l in range(used):
            share = 0.0
            for i in range(size):
                share += bends[l, i] * bend[i]
            for i in range(size):
                bend[i] -= share * bends[l, i]
                step[i] -= share * steps[l, i]
        for i in range(size):
            length += bend[i] ** 2
        if not length > DEPENDENT**2 * whole:
            continue
        length, share = 1.0 / np.sqrt(length), 0.0
        for i in range(size):
            bend[i] *= length
            step[i] *= length
            share += bend[i] * left[i]
        for i in range(size):
            left[i] -= share * bend[i]
            ahead[i] -= share * step[i]
        used += 1
    return ahead


@part
def possible(vector, place, trial, root):
    """Whether a mixture is a place, with no uniqueness near 0 but those that are 0 already; it is put into `trial`."""
    p, m = place.joint.shape
    for i in range(p):
        if place.unique[i] == 0.0:
            vector[p * m + i] = 0.0
        elif not vector[p * m + i] > LEAST_UNIQUENESS:
            return False
    unpack(vector, trial)
    return definite(trial.among, root)


@part
def remember(past, rounds, before, after):
    """Adds a round to the past, which forgets the oldest. Gives how many there are."""
    if rounds == WINDOW + 1:
        for h in range(WINDOW):
            for i in range(len(after)):
                past.reached[h, i] = past.reached[h + 1, i]
                past.changes[h, i] = past.changes[h + 1, i]
        rounds = WINDOW
    for i in range(len(after)):
        past.reached[rounds, i] = after[i]
        past.changes[rounds, i] = after[i] - before[i]
    return rounds + 1


@part
def settle(items, bounds, tolerance, most, loadings, place):
    """Alternate from unit weights without uniqueness until no loading changes by `tolerance`.

    items (p, p) correlations, block after block. Fills the loadings and the place; gives the status and the rounds.
    """
    p, m = place.joint.shape
    size = p * m + p + m * (m - 1) // 2
    past = Past(np.empty((WINDOW + 1, size)), np.empty((WINDOW + 1, size)))
    trial = Place(np.empty((p, m)), np.empty((m, m)), np.empty(p))
    before, after, root, space = np.empty(size), np.empty(size), np.empty((m, m)), room(p)
    for j in range(m):
        for i in range(bounds[j], bounds[j + 1]):
            loadings[i] = 1.0
            place.unique[i] = 1.0 if bounds[j + 1] - bounds[j] > 1 else 0.0
    if not components(items, np.zeros((p, p)), bounds, loadings, without_uniqueness(place)):
        return SINGULAR, 0
    for j in range(m):
        for i in range(bounds[j], bounds[j + 1]):
            loadings[i] = place.joint[i, j]
    if not definite(place.among, root):
        return SINGULAR, 0
    rounds = 0
    for done in range(1, most + 1):
        pack(place, before)
        change = turn(items, bounds, place, root, loadings, space)
        if change < tolerance:
            return OK, done
        if np.isnan(change) or not definite(place.among, root):
            return SINGULAR, done
        pack(place, after)
        rounds = remember(past, rounds, before, after)
        if (change > NEAR and done <= PLAIN) or rounds < 2:
            continue
        if possible(mixture(past, rounds), place, trial, root):
            copy_matrix(trial.joint, place.joint)
            copy_matrix(trial.among, place.among)
            for i in range(p):
                place.unique[i] = trial.unique[i]
            for j in range(m):
                for i in range(bounds[j], bounds[j + 1]):
                    loadings[i] = place.joint[i, j]
        else:  # forget the rounds before: alike rounds have no differences to mix
            definite(place.among, root)
            for i in range(size):
                past.reached[0, i], past.changes[0, i] = past.reached[rounds - 1, i], past.changes[rounds - 1, i]
            rounds = 1
    return NOT_CONVERGED, most


@part
def without_uniqueness(place):
    """The same components' arrays with uniquenesses of 0, for a start."""
    return Place(place.joint, place.among, np.zeros(len(place.unique)))


@compiled
def gscam_batch(matrices, retained, bounds, tolerance, most, loadings, correlations, status, iterations):
    """GSCAm of R correlation matrices (R, p, p), each on its retained items (R, p).

    Fills loadings (R, p) and components' correlations (R, m, m) where it settles, status and iterations (R,), for
    replications whose status is OK before.
    """
    m, p = len(bounds) - 1, matrices.shape[1]
    own, items, inner = np.empty((p, p)), np.empty(p, dtype=np.int64), np.empty(m + 1, dtype=np.int64)
    for r in range(len(matrices)):
        if status[r] != OK:
            continue
        gather(matrices[r], retained[r], bounds, own, items, inner)
        count = inner[m]
        place = Place(np.empty((count, m)), np.empty((m, m)), np.empty(count))
        found = np.empty(count)
        sample = np.empty((count, count))
        copy_matrix(own, sample)
        status[r], iterations[r] = settle(sample, inner, tolerance, most, found, place)
        if status[r] == OK:
            for i in range(count):
                loadings[r, items[i]] = found[i]
            copy_matrix(place.among, correlations[r])
