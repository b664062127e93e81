"""Missing answers: what can be done about them before a method sees the data. Arrays in, arrays out.

Every function takes one data set, answers (n, p) with NaN where an answer is missing.
"""

from dataclasses import replace
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from sim.batch import Batch, Bools, Floats, Moments

Handling = Literal["refuse", "listwise", "mean", "regression", "pairwise"]
HANDLINGS: tuple[Handling, ...] = get_args(Handling)
#: Nothing is done: the likelihood of the answers that there are is maximised, by methods that can.
FIML = "fiml"
#: Nothing is done either: free moments of the answers that there are come first, the model is fitted to these.
TWO_STAGE = "two-stage"
#: What leaves the answers as they are, for methods that can take them so.
BY_LIKELIHOOD = (FIML, TWO_STAGE)
#: As pairwise, but answers stay as they are, for methods that take correlations of categories pair by pair.
PAIRS = "pairwise as they are"
#: Respondents that a correlation needs at the least.
FEWEST = 3
#: Pairwise correlations with an eigenvalue under this cannot all hold together.
IMPOSSIBLE = -1e-10


def as_they_stand(batch: Batch) -> NDArray[np.generic]:
    """The answers (R, n, p) of a batch, with anything at all where one is missing; see `Batch.raw`."""
    return batch.raw if batch.missing is None else replace(batch, missing=None).raw


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
    precision, filled = _inverse(products), answers.copy()
    if precision is not None:
        some = ~complete(answers)
        filled[some] = _filled_in(answers[some] - means, precision) + means
        return np.where(np.isnan(answers), filled, answers)
    for row in np.flatnonzero(~complete(answers)):
        lost = np.isnan(answers[row])
        slopes = np.linalg.lstsq(products[np.ix_(~lost, ~lost)], products[np.ix_(~lost, lost)], rcond=None)[0]
        filled[row, lost] = means[lost] + (answers[row, ~lost] - means[~lost]) @ slopes
    return filled


def _filled_in(deviations: Floats, precision: Floats) -> Floats:
    """Deviations (k, p) with NaN replaced by its regression on the others, `precision` K being their inverse products.

    The slopes of lost items l on the others o are -K_ll^-1 K_lo: one small system a respondent, padded to p unknowns.
    """
    lost = np.isnan(deviations)
    given = np.where(lost, 0.0, deviations)
    systems = np.where(lost[:, :, None] & lost[:, None, :], precision, np.eye(len(precision)))
    predicted = np.linalg.solve(systems, np.where(lost, given @ precision, 0.0)[:, :, None])[:, :, 0]
    return np.where(lost, -predicted, deviations)


def _inverse(products: Floats) -> Floats | None:
    """The inverse of the items' products, or None where they are collinear, or too nearly so to be inverted."""
    roots = np.sqrt(np.diagonal(products))
    if not roots.all():
        return None
    scaled = products / np.outer(roots, roots)
    return np.linalg.inv(scaled) / np.outer(roots, roots) if np.linalg.cond(scaled) < 1e8 else None


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
