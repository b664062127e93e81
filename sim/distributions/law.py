"""The law of answers in categories: how often they pass thresholds, alone and in pairs, and what follows from that."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
from scipy.special import ndtr

from sim.batch import Floats, Moments
from sim.distributions.bivariate import joint_exceedance, normal_density

#: From so many thresholds on, pairs are summed as a series: rectangles grow with their square.
_MANY = 10
#: Terms of the series, and the correlation up to which what they leave out is below 1e-13.
_TERMS, _STRONGEST = 580, 0.95


class AnswerLaw(Protocol):
    """What is known of p items' answers 1, 2, ..., T + 1; the arrays are those of `Law`."""

    @property
    def above(self) -> Floats:
        """P(answer > k) (p, T)."""

    @property
    def excess(self) -> Floats:
        """P(one answer > k and another > l) minus the product of both (pairs, T, T)."""

    @property
    def slopes(self) -> Floats:
        """Covariances of 1[answer > k] with each construct (p, T, m)."""

    @property
    def correlations(self) -> Floats | None:
        """Correlations (p, p) of the normals that answers are cut from; None where they are cut from none."""

    @property
    def respondents(self) -> float:
        """From how many respondents it was simulated; infinite where it is exact."""

    @property
    def shares(self) -> Floats:
        """Share of each category of each item (p, T + 1)."""

    @property
    def moments(self) -> Moments:
        """Means and covariances of the answers, n infinite, R = 1."""

    @property
    def tables(self) -> Floats:
        """Probabilities of two items' categories, for every pair of items (pairs, T + 1, T + 1)."""

    @property
    def with_constructs(self) -> Floats:
        """Covariances of the answers with every construct (p, m)."""


@dataclass(frozen=True)
class Law:
    """The law of p items' answers, cut at thresholds (p, T) that are padded with +inf.

    above (p, T): P(response > threshold). excess (pairs, T, T): P(both exceed) minus the product, for the pairs of
    `numpy.triu_indices(p, 1)`. slopes (p, T, m): covariance of 1[response > threshold] with each construct.
    correlations (p, p): those of the normals that answers are cut from, None where answers are not cut from normals
    by thresholds. respondents: how many it was simulated from, infinite where it is exact.
    """

    above: Floats
    excess: Floats
    slopes: Floats
    correlations: Floats | None = None
    respondents: float = np.inf

    @property
    def shares(self) -> Floats:
        """Share of each category of each item (p, T + 1), 0 where it has none."""
        return -np.diff(self.above, axis=1, prepend=1.0, append=0.0)

    @cached_property
    def moments(self) -> Moments:
        """Means and covariances of the answers, n infinite, R = 1."""
        return answer_moments(self.above, self.excess)

    @property
    def tables(self) -> Floats:
        """Probabilities of two items' categories, for every pair of items (pairs, T + 1, T + 1)."""
        return pair_tables(self.shares, self.excess)

    @property
    def with_constructs(self) -> Floats:
        """Covariances of the answers with every construct (p, m)."""
        return np.asarray(np.einsum("pt,ptm->pm", np.ones_like(self.above), self.slopes))


def pair_tables(shares: Floats, excess: Floats) -> Floats:
    """Probabilities of two items' categories (pairs, T + 1, T + 1) from shares (p, T + 1) and a law's excess."""
    first, second = np.triu_indices(len(shares), 1)
    tables = np.asarray(shares[first, :, None] * shares[second, None, :] + differences(excess))
    tables[tables < 1e-15] = 0.0  # rounding error, which an improbable rectangle would blow up
    return tables


def differences(corners: Floats) -> Floats:
    """Values at inner corners (pairs, T, T), 0 at outer ones, into those of rectangles (pairs, T + 1, T + 1)."""
    whole = np.pad(corners, ((0, 0), (1, 1), (1, 1)))
    return np.diff(np.diff(whole, axis=1), axis=2)


def excess_of(tables: Floats, above: Floats) -> Floats:
    """A law's excess (pairs, T, T) from pair tables (pairs, T + 1, T + 1) and P(answer > k) (p, T)."""
    first, second = np.triu_indices(len(above), 1)
    both = np.flip(np.flip(tables, (1, 2)).cumsum(axis=1).cumsum(axis=2), (1, 2))[:, 1:, 1:]
    return np.asarray(both - above[first][:, :, None] * above[second][:, None, :])


def mixed_law(laws: Sequence[AnswerLaw], shares: Floats) -> Law:
    """The law of answers of several groups together, from each group's law and share.

    P(both exceed) is the mean of the groups', and constructs have mean 0 in each, so that slopes are means too.
    """
    above = np.asarray(sum(share * law.above for share, law in zip(shares, laws, strict=True)))
    first, second = np.triu_indices(len(above), 1)
    excess = sum(
        share * (law.excess + law.above[first][:, :, None] * law.above[second][:, None, :])
        for share, law in zip(shares, laws, strict=True)
    )
    return Law(
        above,
        np.asarray(excess - above[first][:, :, None] * above[second][:, None, :]),
        np.asarray(sum(share * law.slopes for share, law in zip(shares, laws, strict=True))),
        respondents=min(law.respondents for law in laws),
    )


def normal_law(correlations: Floats, thresholds: Floats, with_constructs: Floats) -> Law:
    """The law of answers cut from standard normals with these correlations (p, p) at thresholds (p, T).

    with_constructs (p, m): covariances of responses with constructs; Cov(1[z > t], z) = phi(t).
    """
    slopes = normal_slopes(thresholds, with_constructs)
    return Law(ndtr(-thresholds), normal_excess(correlations, thresholds), slopes, correlations)


def normal_slopes(thresholds: Floats, with_constructs: Floats) -> Floats:
    """Covariances (p, T, m) of passing thresholds (p, T) with constructs: phi(t) times the responses' own (p, m)."""
    return np.asarray(normal_density(thresholds)[:, :, None] * with_constructs[:, None, :])


def normal_excess(correlations: Floats, thresholds: Floats) -> Floats:
    """How far two standard normals' passing of thresholds (p, T) is from independent, for all pairs (pairs, T, T)."""
    first, second = np.triu_indices(len(correlations), 1)
    # Perfectly related responses may have a correlation that rounding puts beyond 1.
    within = np.clip(correlations[first, second], -1.0, 1.0)
    if thresholds.shape[1] < _MANY:
        return joint_exceedance(thresholds[first][:, :, None], thresholds[second][:, None, :], within[:, None, None])
    excess, terms = np.empty((len(within), thresholds.shape[1], thresholds.shape[1])), _hermite_terms(thresholds)
    for pair, (i, j, rho) in enumerate(zip(first, second, within, strict=True)):
        if np.abs(rho) <= _STRONGEST:
            excess[pair] = (terms[i] * rho ** np.arange(1, _TERMS + 1)) @ terms[j].T
        else:
            excess[pair] = joint_exceedance(thresholds[i][:, None], thresholds[j][None, :], rho)
    return excess


def _hermite_terms(thresholds: Floats) -> Floats:
    """What exceeding thresholds (p, T) has of the normalised Hermite polynomials of degrees 1 to K: (p, T, K).

    The one of degree k is phi(t) He_(k-1)(t) / sqrt(k!), where He_k = t He_(k-1) - (k - 1) He_(k-2); covariances are
    sum_k a_k b_k rho^k (Mehler's formula; Pearson's tetrachoric series).
    """
    finite = np.isfinite(thresholds)
    t = np.where(finite, thresholds, 0.0)
    height = np.where(finite, normal_density(t), 0.0)
    before, now = np.zeros_like(t), np.ones_like(t)
    terms = np.empty((*t.shape, _TERMS))
    for k in range(_TERMS):
        terms[:, :, k] = height * now / np.sqrt(k + 1)
        before, now = now, (t * now - np.sqrt(k) * before) / np.sqrt(k + 1)
    return terms


def answer_moments(above: Floats, excess: Floats, scores: Floats | None = None) -> Moments:
    """Moments (n infinite, R = 1) of answers from what a Law knows of them.

    scores (p, T + 1): what each category counts for (finite; default: 1, 2, ...). An answer is
    s_0 + sum_k (s_k - s_(k-1)) 1[x > t_k], so that means are sums of P(x > t_k) and covariances those of the joint
    exceedances of all pairs of thresholds, each times its steps (Olsson 1979 gives the same as rectangles).
    """
    p = len(above)
    steps = np.ones_like(above) if scores is None else np.diff(scores, axis=1)
    means = (1.0 if scores is None else scores[:, 0]) + (steps * above).sum(axis=1)
    covariances = np.diag(nested_variance(above, steps))
    first, second = np.triu_indices(p, 1)
    pairs = (excess * (steps[first][:, :, None] * steps[second][:, None, :])).sum(axis=(1, 2))
    covariances[first, second] = covariances[second, first] = pairs
    return Moments(means[None], covariances[None], np.inf)


def nested_variance(above: Floats, steps: Floats | None = None) -> Floats:
    """Variance of answers from P(x > t) (..., T): within an item, P(x > a, x > b) = P(x > max(a, b)).

    steps (..., T): by how much a threshold passed raises the answer (default: 1).
    """
    both = np.minimum(above[..., :, None], above[..., None, :])
    excess: Floats = both - above[..., :, None] * above[..., None, :]
    if steps is not None:
        excess = excess * (steps[..., :, None] * steps[..., None, :])
    return np.asarray(excess.sum(axis=(-2, -1)))
