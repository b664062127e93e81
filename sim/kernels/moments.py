"""Compiled sums of answers and of their products, over all respondents or over resampled ones."""

import numpy as np

from sim.kernels.loops import compiled, part


@compiled
def row_products(data, table):
    """Each respondent's answers and their products: data (n, p) -> table (n, p + p (p + 1) / 2), in table's type."""
    n, p = data.shape
    for s in range(n):
        for i in range(p):
            table[s, i] = data[s, i]
        at = p
        for i in range(p):
            for j in range(i + 1):
                table[s, at] = table[s, i] * table[s, j]
                at += 1


@part
def moments_of_sums(sums, n, means, covariances, exact):
    """Means (p,) and covariances (p, p), divisor n, from the sums of a `row_products` table over n respondents.

    `exact` is scratch for the sums as floats, which hold them without error.
    """
    p = len(means)
    for at in range(len(sums)):
        exact[at] = sums[at]
    for i in range(p):
        means[i] = exact[i] / n
    square = float(n) * n
    at = p
    for i in range(p):
        own, products = exact[i], exact[at : at + i + 1]
        for j in range(i + 1):
            # Products and sums are exact for integers, so a constant item has a covariance of exactly 0.
            covariances[i, j] = (float(n) * products[j] - own * exact[j]) / square
        at += i + 1
    for i in range(p):
        for j in range(i):
            covariances[j, i] = covariances[i, j]


@compiled
def data_moments(answers, table, means, covariances):
    """Moments of every data set: answers (R, n, p) -> means (R, p), covariances (R, p, p). `table` is scratch."""
    sums, exact = np.empty(table.shape[1], dtype=table.dtype), np.empty(table.shape[1])
    for r in range(len(answers)):
        row_products(answers[r], table)
        for at in range(table.shape[1]):
            sums[at] = 0
        for s in range(table.shape[0]):
            for at in range(table.shape[1]):
                sums[at] += table[s, at]
        moments_of_sums(sums, answers.shape[1], means[r], covariances[r], exact)


@compiled
def resampled_moments(table, rows, means, covariances):
    """Moments of B resamples of one data set's `table`: rows (B, n) of respondents -> (B, p) and (B, p, p)."""
    width, n = table.shape[1], rows.shape[1]
    sums, exact = np.empty(width, dtype=table.dtype), np.empty(width)
    for b in range(len(rows)):
        own = rows[b]
        for at in range(width):
            sums[at] = 0
        k = 0
        while k + 7 < n:  # eight rows a pass, added in order: the sums are those of a plain loop, bit for bit
            r0, r1, r2, r3 = table[own[k]], table[own[k + 1]], table[own[k + 2]], table[own[k + 3]]
            r4, r5, r6, r7 = table[own[k + 4]], table[own[k + 5]], table[own[k + 6]], table[own[k + 7]]
            for at in range(width):
                sums[at] = sums[at] + r0[at] + r1[at] + r2[at] + r3[at] + r4[at] + r5[at] + r6[at] + r7[at]
            k += 8
        for h in range(k, n):
            row = table[own[h]]
            for at in range(width):
                sums[at] += row[at]
        moments_of_sums(sums, n, means[b], covariances[b], exact)


@compiled
def delete_one_moments(table, first, means, covariances):
    """Moments (k, p), (k, p, p) of a data set's integer `table` without respondent `first`, without the next, ..."""
    n, width = table.shape
    total, sums, exact = np.zeros(width, dtype=table.dtype), np.empty(width, dtype=table.dtype), np.empty(width)
    for s in range(n):
        for at in range(width):
            total[at] += table[s, at]
    for k in range(len(means)):
        for at in range(width):
            sums[at] = total[at] - table[first + k, at]
        moments_of_sums(sums, n - 1, means[k], covariances[k], exact)


@compiled
def correlate(covariances, varies, correlations):
    """Correlations (R, p, p) from covariances; rows and columns of an item that does not vary (R, p) are NaN."""
    p = covariances.shape[1]
    scale = np.empty(p)
    for r in range(len(covariances)):
        for i in range(p):
            scale[i] = 1.0 / np.sqrt(covariances[r, i, i]) if varies[r, i] else np.nan
        for i in range(p):
            for k in range(p):
                correlations[r, i, k] = covariances[r, i, k] * scale[i] * scale[k]
            if varies[r, i]:
                correlations[r, i, i] = 1.0
