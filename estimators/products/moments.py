"""Moments of construct scores and of their products, as they are or cleared of measurement error."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np

from sim.batch import Batch, Floats, Moments
from sim.model import Model

#: A term of an equation: a construct by its index, or the two whose product it is.
Term = tuple[int, ...]


class TermMoments:
    """Moments of what the scores of R data sets measure, from moments of the scores, `observed`.

    size (R, m): Q, the correlation of each score with its construct, whose square is the reliability; 1 leaves the
    score as it is. A score is Q eta + error, errors normal and independent of each other and of every eta, so that
    error moments are known: E x^2 z^2 = Q_x^2 Q_z^2 E eta_x^2 eta_z^2 + 1 - Q_x^2 Q_z^2, for instance (Dijkstra &
    Schermelleh-Engel 2014). Only squares of one construct need errors to be normal.
    """

    size: Floats

    def observed(self, constructs: Term) -> Floats:
        """The mean product (R,) of the scores of these constructs, one to four of them, with repetition."""
        raise NotImplementedError

    def true(self, constructs: Term) -> Floats:
        """The mean product (R,) of the constructs themselves.

        The score's mean product less what pairs of errors of one construct bring to it, over the product of the Q: the
        expectation of the Hermite polynomial that normal errors leave of the monomial.
        """
        places = range(len(constructs))
        same = [pair for pair in combinations(places, 2) if constructs[pair[0]] == constructs[pair[1]]]
        total = self.observed(constructs).copy()
        for pair in same:
            rest = tuple(constructs[place] for place in places if place not in pair)
            total -= self._error(constructs[pair[0]]) * self._left(rest)
        for one, other in combinations(same, 2):
            if not set(one) & set(other):
                total += self._error(constructs[one[0]]) * self._error(constructs[other[0]])
        return np.asarray(total / np.prod([self.size[:, construct] for construct in constructs], axis=0))

    def covariance(self, one: Term, other: Term) -> Floats:
        """The covariance (R,) of two terms."""
        return self.true(one + other) - self._mean(one) * self._mean(other)

    def covariances(self, terms: Sequence[Term]) -> Floats:
        """The covariances (R, k, k) of terms."""
        found = np.empty((len(self.size), len(terms), len(terms)))
        for i, one in enumerate(terms):
            for k, other in enumerate(terms[: i + 1]):
                found[:, i, k] = found[:, k, i] = self.covariance(one, other)
        return found

    def _mean(self, term: Term) -> Floats:
        return self.true(term) if len(term) > 1 else np.zeros(len(self.size))

    def _error(self, construct: int) -> Floats:
        """The variance of a score's error (R,)."""
        return np.asarray(1.0 - self.size[:, construct] ** 2)

    def _left(self, rest: Term) -> Floats:
        """The mean product (R,) of what is left beside a pair of errors: of nothing 1, of one score 0."""
        if len(rest) == 2:
            return self.observed(rest)
        return np.full(len(self.size), 0.0 if rest else 1.0)


@dataclass(frozen=True)
class ScoreMoments(TermMoments):
    """Moments of the scores of a sample.

    scores (R, n, m): mean 0 and variance 1 (divisor n). shrink: what each score is multiplied by before moments are
    taken, with variances left at 1: sqrt((n - 1) / n) mixes divisors as cSEM does.
    """

    scores: Floats
    size: Floats
    shrink: float = 1.0
    _known: dict[Term, Floats] = field(default_factory=dict, compare=False, repr=False)

    def observed(self, constructs: Term) -> Floats:
        """The mean product (R,) of the scores of these constructs, one to four of them, with repetition."""
        key = tuple(sorted(constructs))
        if len(key) == 2 and key[0] == key[1]:
            return np.ones(len(self.scores))
        if key not in self._known:
            product = self.scores[:, :, key[0]]
            for construct in key[1:]:
                product = product * self.scores[:, :, construct]
            self._known[key] = product.mean(axis=1) * self.shrink ** len(key)
        return self._known[key]


@dataclass(frozen=True)
class EndlessMoments(TermMoments):
    """Moments of a population's scores: correlations (R, m, m), third and fourth cumulants (R, m, ...), `of_sums`."""

    correlations: Floats
    third: Floats
    fourth: Floats
    size: Floats

    @classmethod
    def of(cls, moments: Moments, weights: Floats, model: Model, size: Floats) -> "EndlessMoments":
        """Moments of scores from weights of standardised items (R, p), NaN counting as 0."""
        assert moments.higher is not None
        unit = unit_weights(moments, weights, model)
        correlations = unit @ moments.covariances @ unit.swapaxes(1, 2)
        return cls(correlations, *moments.higher.of_sums(unit), size)

    def observed(self, constructs: Term) -> Floats:
        """The mean product (R,): cumulants, and the products of correlations that every normal four have."""
        if len(constructs) < 2:
            return np.zeros(len(self.size))
        if len(constructs) == 2:
            return np.asarray(self.correlations[:, *constructs])
        if len(constructs) == 3:
            return np.asarray(self.third[:, *constructs])
        a, b, c, d = constructs
        r = self.correlations
        pairs = r[:, a, b] * r[:, c, d] + r[:, a, c] * r[:, b, d] + r[:, a, d] * r[:, b, c]
        return np.asarray(self.fourth[:, a, b, c, d] + pairs)


def standard_scores(batch: Batch, weights: Floats, model: Model) -> Floats:
    """Scores (R, n, m) with mean 0 and variance 1 from weights of standardised items (R, p), NaN counting as 0.

    0 throughout for a block without a weight, whose replication has failed already.
    """
    raw = batch.raw.astype(np.float64)
    items = raw - raw.mean(axis=1, keepdims=True)
    deviation = np.sqrt((items**2).mean(axis=1))
    weighed = np.nan_to_num(weights) / np.where(deviation > 0.0, deviation, 1.0)
    scores = np.empty((*raw.shape[:2], len(model.blocks)))
    for j, (start, stop) in enumerate(zip(model.bounds, model.bounds[1:], strict=False)):
        scores[:, :, j] = np.einsum("rnp,rp->rn", items[:, :, start:stop], weighed[:, start:stop])
    size = np.sqrt((scores**2).mean(axis=1, keepdims=True))
    return np.asarray(scores / np.where(size > 0.0, size, 1.0))


def unit_weights(moments: Moments, weights: Floats, model: Model) -> Floats:
    """Weights (R, m, p) of the items as they are that give scores of variance 1, 0 for items of other blocks.

    From weights of standardised items (R, p), NaN counting as 0.
    """
    deviation = np.sqrt(np.diagonal(moments.covariances, axis1=1, axis2=2))
    weighed = np.nan_to_num(weights) / np.where(deviation > 0.0, deviation, 1.0)
    by_score = np.where(np.arange(len(model.blocks))[:, None] == model.block_of, weighed[:, None, :], 0.0)
    spread = np.sqrt(np.einsum("rmp,rpq,rmq->rm", by_score, moments.covariances, by_score))
    return np.asarray(by_score / np.where(spread > 0.0, spread, 1.0)[:, :, None])
