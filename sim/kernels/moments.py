"""Compiled sums of answers and of their products, over all respondents or over resampled ones."""

import numpy as np
from numba import njit


@njit(cache=True, nogil=True, error_model="numpy")
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


@njit(cache=True, nogil=True, error_model="numpy")
def moments_of_sums(sums, n, means, covariances):
    """Means (p,) and covariances (p, p), divisor n, from the sums of a `row_products` table over n respondents."""
    p = len(means)
    for i in range(p):
        means[i] = sums[i] / n
    at = p
    for i in range(p):
        for j in range(i + 1):
            # Products and sums are exact for integers, so a constant item has a covariance of exactly 0.
            value = (float(n) * sums[at] - float(sums[i]) * float(sums[j])) / (float(n) * n)
            covariances[i, j] = value
            covariances[j, i] = value
            at += 1


@njit(cache=True, nogil=True, error_model="numpy")
def data_moments(answers, table, means, covariances):
    """Moments of every data set: answers (R, n, p) -> means (R, p), covariances (R, p, p). `table` is scratch."""
    sums = np.empty(table.shape[1], dtype=table.dtype)
    for r in range(len(answers)):
        row_products(answers[r], table)
        sums[:] = 0
        for s in range(table.shape[0]):
            for at in range(table.shape[1]):
                sums[at] += table[s, at]
        moments_of_sums(sums, answers.shape[1], means[r], covariances[r])


@njit(cache=True, nogil=True, error_model="numpy")
def resampled_moments(table, rows, means, covariances):
    """Moments of B resamples of one data set's `table`: rows (B, n) of respondents -> (B, p) and (B, p, p)."""
    width = table.shape[1]
    sums = np.empty(width, dtype=table.dtype)
    for b in range(len(rows)):
        sums[:] = 0
        for k in range(rows.shape[1]):
            row = table[rows[b, k]]
            for at in range(width):
                sums[at] += row[at]
        moments_of_sums(sums, rows.shape[1], means[b], covariances[b])


@njit(cache=True, nogil=True, error_model="numpy")
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
