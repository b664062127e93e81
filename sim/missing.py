"""Missing answers: what can be done about them before a method sees the data. Arrays in, arrays out.

Every function takes one data set, answers (n, p) with NaN where an answer is missing.
"""

from typing import Literal, get_args

import numpy as np

from sim.batch import Bools, Floats, Moments

Handling = Literal["refuse", "listwise", "mean", "regression", "pairwise"]
HANDLINGS: tuple[Handling, ...] = get_args(Handling)


def complete(answers: Floats) -> Bools:
    """Respondents who answered every item (n,)."""
    return np.asarray(~np.isnan(answers).any(axis=1))


def answering(answers: Floats) -> Bools:
    """Respondents who answered any item at all (n,)."""
    return np.asarray(~np.isnan(answers).all(axis=1))


def with_item_means(answers: Floats) -> Floats:
    """Every missing answer replaced by the mean of the answers to its item (n, p).

    Means stay what they are; variances and correlations shrink, and standard errors with them (Little & Rubin 2002,
    ch. 4). An item that nobody answered stays NaN.
    """
    given = ~np.isnan(answers)
    counts = given.sum(axis=0)
    means = np.where(given, answers, 0.0).sum(axis=0) / np.where(counts, counts, np.nan)
    return np.where(given, answers, means)


def with_predictions(answers: Floats) -> Floats:
    """Every missing answer replaced by its regression on the respondent's other answers (n, p) (Buck 1960).

    The regressions are those of the respondents who answered everything; of collinear items, the one with the smallest
    coefficients. Nothing random is added, so that predicted answers lie on the plane: correlations come out too high.
    Predictions may lie between and beyond the categories. Someone who answered nothing gets the means.
    """
    whole = answers[complete(answers)]
    means = whole.mean(axis=0)
    deviations = whole - means
    products = deviations.T @ deviations
    filled = answers.copy()
    for row in np.flatnonzero(~complete(answers)):
        lost = np.isnan(answers[row])
        slopes = np.linalg.lstsq(products[np.ix_(~lost, ~lost)], products[np.ix_(~lost, lost)], rcond=None)[0]
        filled[row, lost] = means[lost] + (answers[row, ~lost] - means[~lost]) @ slopes
    return filled


def pairwise_counts(answers: Floats) -> Floats:
    """Respondents who answered both items of each pair (p, p)."""
    given = (~np.isnan(answers)).astype(np.float64)
    return np.asarray(given.T @ given)


def pairwise_moments(answers: Floats) -> Moments:
    """Moments (R = 1), each covariance from the respondents who answered both items, about the means of those.

    The divisor is their number. n is the smallest count of any pair, so that standard errors are not too small. The
    matrix need not be positive semidefinite (Little & Rubin 2002, ch. 3). A pair that nobody answered is NaN.
    """
    given = ~np.isnan(answers)
    counts = pairwise_counts(answers)
    divisor = np.where(counts > 0, counts, np.nan)
    centre = np.where(given, answers, 0.0).sum(axis=0) / np.diagonal(divisor)
    deviations = np.where(given, answers - centre, 0.0)
    sums = deviations.T @ given
    covariances = (deviations.T @ deviations) / divisor - sums * sums.T / divisor**2
    return Moments(centre[None], covariances[None], float(counts.min()))


def smallest_eigenvalue(moments: Moments) -> float:
    """The smallest eigenvalue of the correlations of one data set: negative where they cannot all hold together."""
    return float(np.linalg.eigvalsh(moments.correlations[0])[0])
