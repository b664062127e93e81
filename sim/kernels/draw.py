"""The compiled loop that draws answers. NumPy's generators are called inside it and give NumPy's own numbers."""

import numpy as np
from numba import njit


@njit(cache=True, nogil=True, error_model="numpy")
def draw_responses(rng, answers, order, paths, disturbance_root, loadings, error_root, block_of, thresholds):
    """Fill answers (R, n, p), replication by replication and respondent by respondent.

    Constructs follow `order`: eta = paths eta + disturbance_root z; responses are loadings eta + error_root e
    (both roots lower triangular in their own order). With thresholds (T, p), an answer is 1 + the number exceeded;
    with T = 0 it is the response itself.
    """
    replications, n, p = answers.shape
    m, cuts = len(order), len(thresholds)
    own, correlated = np.empty(p), False
    for i in range(p):
        own[i] = error_root[i, i]
        for j in range(i):
            correlated |= error_root[i, j] != 0.0
    eta, e, responses, counts = np.empty(m), np.empty(p), np.empty(p), np.empty(p, dtype=np.int64)
    z = np.empty(m)
    for r in range(replications):
        for s in range(n):
            for a in range(m):
                z[a] = rng.standard_normal()
            for i in range(p):
                e[i] = rng.standard_normal()
            for a in range(m):
                value = 0.0
                for b in range(a):
                    value += paths[order[a], order[b]] * eta[order[b]] + disturbance_root[a, b] * z[b]
                eta[order[a]] = value + disturbance_root[a, a] * z[a]
            for i in range(p):
                responses[i] = loadings[i] * eta[block_of[i]] + own[i] * e[i]
            if correlated:
                for i in range(p):
                    for j in range(i):
                        responses[i] += error_root[i, j] * e[j]
            if cuts == 0:
                for i in range(p):
                    answers[r, s, i] = responses[i]
            else:
                for i in range(p):
                    counts[i] = 1
                for k in range(cuts):
                    for i in range(p):
                        counts[i] += responses[i] > thresholds[k, i]
                for i in range(p):
                    answers[r, s, i] = counts[i]
