"""Measurement invariance of composites, MICOM (Henseler, Ringle & Sarstedt 2016, International Marketing Review 33).

Step 1, configural invariance, holds by construction: every group has the same items, read and treated alike, and the
same model and settings. Step 2, compositional invariance: the composite by one group's weights and that by the other's
correlate perfectly over all respondents. Step 3: the composites have equal means, and equal variances, in both groups.
"""

import numpy as np

from estimators.groups.permuted import Permuted
from sim.batch import Floats
from sim.model import Model


def composite_agreement(first: Floats, second: Floats, items: Floats, model: Model) -> Floats:
    """c (R, m): the correlation of composites by two groups' weights (R, p) over all respondents.

    items (p, p): correlations of the items over all respondents; covariances where weights are applied to raw items, as
    cSEM 0.6 does, though weights are those of standardised ones. The sign of a composite is arbitrary, so that c is
    taken without it. Items without a weight (NaN) take no part.
    """
    a, b = np.nan_to_num(first), np.nan_to_num(second)
    found = np.full((len(a), len(model.blocks)), np.nan)
    for j in range(len(model.blocks)):
        own = slice(model.bounds[j], model.bounds[j + 1])
        within = np.nan_to_num(items[own, own])
        x, y = a[:, own], b[:, own]
        together, alone, other = (np.einsum("ri,ij,rj->r", u, within, v) for u, v in ((x, y), (x, x), (y, y)))
        with np.errstate(divide="ignore", invalid="ignore"):
            found[:, j] = np.abs(together) / np.sqrt(alone * other)
    failed = np.isnan(first).all(axis=1) | np.isnan(second).all(axis=1)
    found[failed] = np.nan
    return np.asarray(np.minimum(found, 1.0))


def pooled_scores(answers: Floats, weights: Floats, model: Model) -> Floats:
    """Scores (n, m) of all respondents by the pooled weights (p,) of standardised items; mean 0, variance 1 (n - 1)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        standardised = (answers - answers.mean(axis=0)) / answers.std(axis=0, ddof=1)
    weighted = np.where(np.isnan(weights), 0.0, np.nan_to_num(standardised) * weights)
    return np.add.reduceat(weighted, model.bounds[:-1], axis=1)


def score_differences(scores: Floats, permuted: Permuted) -> tuple[Floats, Floats]:
    """Differences (1 + P, m) of the two groups' means, and of the logarithms of their variances, of scores (n, m)."""
    first, second = permuted.parts(scores)
    means = first.mean(axis=1) - second.mean(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        variances = np.log(first.var(axis=1, ddof=1)) - np.log(second.var(axis=1, ddof=1))
    return means, variances
