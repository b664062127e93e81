"""The compiled loop that turns standard normals into answers."""

import numpy as np

from sim.kernels.loops import compiled
from sim.kernels.normal import fill_normals


@compiled
def draw_responses(
    state, acceptance, width, density, normals,
    answers, order, paths, disturbance_root, loadings, error_root, block_of, thresholds,
):  # fmt: skip
    """Fill answers (R, n, p), replication by replication and respondent by respondent, m + p normals for each.

    state (4,) of SFC64 with the tables of `sim.kernels.normal`; normals (m + p, n) is scratch. See `answer`.
    """
    for r in range(len(answers)):
        fill_normals(state, acceptance, width, density, normals)
        answer(normals, order, paths, disturbance_root, loadings, error_root, block_of, thresholds, answers[r])


@compiled
def answer(normals, order, paths, disturbance_root, loadings, error_root, block_of, thresholds, answers):
    """One data set (n, p) from normals (m + p, n), those of the constructs first.

    Constructs follow `order`: eta = paths eta + disturbance_root z; responses are loadings eta + error_root e
    (both roots lower triangular in their own order). With thresholds (T, p), an answer is 1 + the number exceeded;
    with T = 0 it is the response itself.
    """
    n, p = answers.shape
    m, cuts = len(order), len(thresholds)
    eta, response, count = np.zeros((m, n)), np.empty(n), np.empty(n, dtype=np.int64)
    for a in range(m):
        construct = eta[order[a]]
        for b in range(a):
            path, root = paths[order[a], order[b]], disturbance_root[a, b]
            if path != 0.0 or root != 0.0:
                cause, source = eta[order[b]], normals[b]
                for s in range(n):
                    construct[s] += path * cause[s] + root * source[s]
        source, root = normals[a], disturbance_root[a, a]
        for s in range(n):
            construct[s] += root * source[s]
    for i in range(p):
        construct, loading = eta[block_of[i]], loadings[i]
        source, root = normals[m + i], error_root[i, i]
        for s in range(n):
            response[s] = loading * construct[s] + root * source[s]
        for j in range(i):
            if error_root[i, j] != 0.0:
                source, root = normals[m + j], error_root[i, j]
                for s in range(n):
                    response[s] += root * source[s]
        if cuts == 0:
            for s in range(n):
                answers[s, i] = response[s]
            continue
        for s in range(n):
            count[s] = 1
        for k in range(cuts):
            threshold = thresholds[k, i]
            for s in range(n):
                count[s] += response[s] > threshold
        for s in range(n):
            answers[s, i] = count[s]
