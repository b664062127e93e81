"""The arrays of a factor model on their way through the compiled loops. The notation is that of `implied`."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.batch import Floats
from sim.kernels.loops import by_reference, part

Codes = NDArray[np.int64]

#: What a structural parameter is.
PATH, COVARIANCE = 0, 1


class Structure(NamedTuple):
    """The full model."""

    order: Codes  # (m,) causal order of the constructs
    steps: Codes  # (s, 3) structural parameters as [PATH | COVARIANCE, row, column]
    errors: Codes  # (e, 2) pairs of items whose errors covary
    bounds: Codes  # (m + 1,) block j holds the items bounds[j]:bounds[j + 1]


@by_reference
class Pattern:
    """What a mask of retained items leaves of the model, its p items renumbered."""

    item: Codes  # (p,) number in the full model
    place: Codes  # (all items,) number here, -1 where dropped
    block: Codes  # (p,) construct
    first: Codes  # (m + 1,) construct j has the items first[j]:first[j + 1]
    slot: Codes  # (p,) the parameter that is the loading, -1 for an item alone in its block
    pair: Codes  # (e, 2) error covariances left
    written: Codes  # (e,) their numbers in the full model
    sizes: Codes  # p, k parameters, error covariances left


@by_reference
class Point:
    """The model's matrices at one x, and scratch. Transposed items run along rows: (m, p)."""

    loading: Floats  # (p,)
    error: Floats  # (p,) variance
    ratio: Floats  # (p,) loading / error variance, the nonzero of each row of Z = Theta^-1 L
    C: Floats  # (m, m) construct correlations
    R: Floats  # (m, m) covariance of residual j with construct k
    B: Floats  # (m, m) paths
    Psi: Floats  # (m, m) residual covariances, diagonal unused
    dC: Floats  # (s, m, m) derivatives by the structural parameters
    dR: Floats  # (s, m, m)
    K: Floats  # (m, m) (C^-1 + L'Theta^-1 L)^-1
    J: Floats  # (m, m) (1 + C L'Theta^-1 L)^-1
    H: Floats  # (m, m) L' P^-1 L
    G: Floats  # (m, m) L' Q L
    SZ: Floats  # (m, p) Z' S
    W: Floats  # (m, p) L' P^-1
    V: Floats  # (m, p) C L' P^-1
    inverse: Floats  # (p, p) P^-1
    sample: Floats  # (p, p) D^-1 S D^-1
    wide: Floats  # (p, p) scratch
    square: Floats  # (m, m) scratch
    other: Floats  # (m, m) scratch
    vector: Floats  # (k,) scratch


@part
def empty_pattern(p, m, e):
    """A Pattern with room for p items, m constructs and e error covariances."""
    return Pattern(
        np.zeros(p, np.int64), np.zeros(p, np.int64), np.zeros(p, np.int64), np.zeros(m + 1, np.int64),
        np.zeros(p, np.int64), np.zeros((e, 2), np.int64), np.zeros(e, np.int64), np.zeros(3, np.int64),
    )  # fmt: skip


@part
def empty_point(p, m, s, k):
    """A Point with room for p items, m constructs, s structural and k parameters."""
    items, square, step, wide, tall = (p,), (m, m), (s, m, m), (p, p), (m, p)
    return Point(
        np.zeros(items), np.zeros(items), np.zeros(items), np.zeros(square), np.zeros(square), np.zeros(square),
        np.zeros(square), np.zeros(step), np.zeros(step), np.zeros(square), np.zeros(square), np.zeros(square),
        np.zeros(square), np.zeros(tall), np.zeros(tall), np.zeros(tall), np.zeros(wide), np.zeros(wide),
        np.zeros(wide), np.zeros(square), np.zeros(square), np.zeros(max(k, p, m)),
    )  # fmt: skip


@part
def read_pattern(retained, structure, pattern):
    """Fills `pattern`; returns whether every block has an item and the parameters do not outnumber the moments.

    An error covariance lives as long as both items have an error.
    """
    item, place, block, first, slot, pair = (
        pattern.item, pattern.place, pattern.block, pattern.first, pattern.slot, pattern.pair,
    )  # fmt: skip
    m, bounds = len(structure.order), structure.bounds
    p, k, pairs = 0, 0, 0
    complete = True
    for i in range(len(retained)):
        place[i] = -1
        k += retained[i]
    for j in range(m):
        first[j] = p
        size = 0
        for i in range(bounds[j], bounds[j + 1]):
            size += retained[i]
        complete = complete and size > 0
        for i in range(bounds[j], bounds[j + 1]):
            if retained[i]:
                item[p], block[p], place[i] = i, j, p
                slot[p] = k if size > 1 else -1
                k += size > 1
                p += 1
    first[m] = p
    for e in range(len(structure.errors)):
        i, l = place[structure.errors[e, 0]], place[structure.errors[e, 1]]
        if i >= 0 and l >= 0 and slot[i] >= 0 and slot[l] >= 0:
            pair[pairs, 0], pair[pairs, 1] = min(i, l), max(i, l)
            pattern.written[pairs] = e
            pairs += 1
    k += pairs + len(structure.steps)
    pattern.sizes[0], pattern.sizes[1], pattern.sizes[2] = p, k, pairs
    return complete and k <= p * (p + 1) // 2
