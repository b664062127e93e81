"""The compiled loop that draws answers. NumPy's generators are called inside it and give NumPy's own numbers."""

import numpy as np
from numba import njit


@njit(cache=True, nogil=True, error_model="numpy")
def draw_responses(rng, answers, order, paths, disturbance_root, loadings, error_root, block_of, thresholds):
    """Fill answers (R, n, p), replication by replication and respondent by respondent.

    Constructs follow `order`: eta = paths eta + disturbance_root z; responses are loadings eta + error_root e
    (both roots lower triangular in their own order). With T thresholds an item, an answer is
    1 + the number exceeded; with T = 0 it is the response itself.
    """
    replications, n, p = answers.shape
    m = len(order)
    cuts = thresholds.shape[1]
    first = np.empty(p, dtype=np.int64)
    for i in range(p):
        first[i] = i
        for j in range(i, -1, -1):
            if error_root[i, j] != 0.0:
                first[i] = j
    z, eta, e = np.empty(m), np.empty(m), np.empty(p)
    for r in range(replications):
        for s in range(n):
            for a in range(m):
                z[a] = rng.standard_normal()
                j = order[a]
                value = 0.0
                for b in range(a):
                    value += paths[j, order[b]] * eta[order[b]] + disturbance_root[a, b] * z[b]
                eta[j] = value + disturbance_root[a, a] * z[a]
            for i in range(p):
                e[i] = rng.standard_normal()
                response = loadings[i] * eta[block_of[i]]
                for j in range(first[i], i + 1):
                    response += error_root[i, j] * e[j]
                if cuts == 0:
                    answers[r, s, i] = response
                else:
                    answer = 1
                    for k in range(cuts):
                        answer += response > thresholds[i, k]
                    answers[r, s, i] = answer
