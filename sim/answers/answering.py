"""The law of the answers of a mixture: respondents who answer as they mean it, and others of several kinds."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from sim.answers.kinds import AS_MEANT, Kind
from sim.answers.likert import Scale
from sim.batch import Floats, Moments
from sim.distributions.law import AnswerLaw, answer_moments, excess_of


@dataclass(frozen=True)
class MixedAnswers:
    """The law of answers given, in the direction of the wording, by K kinds of respondents with these shares (K,).

    meant: the law of the answers that respondents mean; directions (p,): -1 for items worded against their construct.
    It says of answers what `sim.distributions.law.AnswerLaw` does.
    """

    meant: AnswerLaw
    every_kind: tuple[Kind, ...]
    shares_of_kinds: Floats
    directions: Floats
    scale: Scale

    @cached_property
    def kinds(self) -> list[tuple[float, "OfKind"]]:
        """Everyone: those who answer as they mean it first, then the kinds that there are, each with its share."""
        told = [(1.0 - self.shares_of_kinds.sum(), AS_MEANT), *zip(self.shares_of_kinds, self.every_kind, strict=True)]
        return [(share, OfKind(kind, self.meant, self.directions, self.scale)) for share, kind in told]

    def _others(self) -> Iterator[tuple[float, "OfKind"]]:
        """The kinds that there are."""
        return ((share, part) for share, part in self.kinds[1:] if share)

    @property
    def respondents(self) -> float:
        """From how many respondents the law of the answers meant was simulated; infinite where it is exact."""
        return self.meant.respondents

    @property
    def correlations(self) -> Floats | None:
        """Correlations (p, p) of the normals that answers are cut from, in the direction of the wording; or None."""
        if self.meant.correlations is None or self.shares_of_kinds.any():
            return None
        return np.asarray(self.meant.correlations * np.outer(self.directions, self.directions))

    @cached_property
    def shares(self) -> Floats:
        """Share of each category of each item (p, c)."""
        share, as_meant = self.kinds[0]
        total: Floats = share * as_meant.shares
        for share, part in self._others():
            total += share * part.shares
        return total

    @cached_property
    def moments(self) -> Moments:
        """Means and covariances, n infinite, R = 1.

        With kinds g of shares pi_g, means m_g and covariances C_g: m = sum pi_g m_g and
        C = sum pi_g (C_g + (m_g - m)(m_g - m)'), the law of total covariance.
        """
        parts = [(share, part.moments) for share, part in (self.kinds[0], *self._others())]
        mean = sum(share * part.means[0] for share, part in parts)
        between = [part.means[0] - mean for _, part in parts]
        covariance = sum(
            share * (part.covariances[0] + np.outer(apart, apart))
            for (share, part), apart in zip(parts, between, strict=True)
        )
        return Moments(np.asarray(mean)[None], np.asarray(covariance)[None], np.inf)

    @cached_property
    def tables(self) -> Floats:
        """Probabilities of two items' categories, for every pair of items (pairs, c, c)."""
        share, as_meant = self.kinds[0]
        total: Floats = share * as_meant.tables
        for share, part in self._others():
            total += share * part.tables
        return total

    @cached_property
    def with_constructs(self) -> Floats:
        """Covariances of the answers with every construct (p, m)."""
        share, as_meant = self.kinds[0]
        own: Floats = share * as_meant.own_with_constructs
        repeated = np.zeros_like(own)
        for share, part in self._others():
            if part.kind.repeats:
                repeated = repeated + share * part.own_with_constructs / len(own)
            else:
                own = own + share * part.own_with_constructs
        return np.asarray(own + repeated.sum(axis=0))

    @cached_property
    def above(self) -> Floats:
        """P(answer > k) (p, T)."""
        return np.asarray(np.flip(np.flip(self.shares, 1).cumsum(axis=1), 1)[:, 1:])

    @cached_property
    def excess(self) -> Floats:
        """P(one answer > k and another > l) minus the product of both (pairs, T, T)."""
        return excess_of(self.tables, self.above)

    @cached_property
    def slopes(self) -> Floats:
        """Covariances of 1[answer > k] with each construct (p, T, m)."""
        own: Floats = np.zeros(self.meant.slopes.shape)
        repeated: Floats = np.zeros(own.shape[1:])
        for share, part in self.kinds:
            if part.kind.repeats:
                repeated = repeated + share * part.slopes.mean(axis=0)
            else:
                own = own + share * part.slopes
        return np.asarray(own + repeated)


@dataclass(frozen=True)
class OfKind:
    """What is known of the answers of one kind of respondents, from the law of the answers that they mean."""

    kind: Kind
    meant: AnswerLaw
    directions: Floats
    scale: Scale

    @cached_property
    def weights(self) -> Floats:
        """Weights of each answer, as worded, for each category meant (p, c, c)."""
        counts = self.scale.categories
        worded = np.zeros((len(counts), max(counts), max(counts)))
        for item, count, direction in zip(worded, counts, self.directions, strict=True):
            means = np.arange(count)
            item[means, means if direction > 0 else count - 1 - means] = 1.0
        return np.asarray(worded @ self.kind.tables(counts))

    @cached_property
    def totals(self) -> Floats:
        """Sums of the weights for each category meant (p, c), 1 where an item has no such category."""
        totals = self.weights.sum(axis=2)
        return np.where(totals > 0, totals, 1.0)

    @cached_property
    def table(self) -> Floats:
        """Probabilities of each answer, as worded, for each category meant (p, c, c)."""
        return np.asarray(self.weights / self.totals[:, :, None])

    @cached_property
    def heedless(self) -> bool:
        """Whether the answer does not depend on what is meant."""
        return all(
            (table[:count] == table[0]).all() for table, count in zip(self.table, self.scale.categories, strict=True)
        )

    @property
    def categories(self) -> Floats:
        """1, 2, ... (c,)."""
        return np.arange(1.0, max(self.scale.categories) + 1)

    @cached_property
    def own_shares(self) -> Floats:
        """Share of each category of each item (p, c), as far as each item is answered for itself."""
        if self.heedless:
            return self.table[:, 0]
        return np.asarray((self.meant.shares[:, None, :] @ self.table)[:, 0])

    @cached_property
    def repeated_shares(self) -> Floats:
        """Share of each category (c,) of the answer to an item picked at random."""
        if self.heedless:
            return np.asarray(self.own_shares.mean(axis=0))
        return np.asarray((self.meant.shares[:, :, None] * self.table).sum(axis=1).mean(axis=0))

    @property
    def shares(self) -> Floats:
        """Share of each category of each item (p, c)."""
        if self.kind.repeats:
            return np.broadcast_to(self.repeated_shares, self.own_shares.shape)
        return self.own_shares

    @property
    def moments(self) -> Moments:
        """Means and covariances of the answers, n infinite, R = 1."""
        return self._repeated if self.kind.repeats else self._own

    @property
    def _repeated(self) -> Moments:
        """Moments of respondents who give all items the answer they have for one of them."""
        shares, p = self.repeated_shares, len(self.directions)
        mean = shares @ self.categories
        variance = shares @ (self.categories - mean) ** 2
        return Moments(np.full((1, p), mean), np.full((1, p, p), variance), np.inf)

    @property
    def _own(self) -> Moments:
        """Moments of respondents who answer each item for itself, by chance where the table leaves some."""
        moments = answer_moments(self.meant.above, self.meant.excess, self.scores)
        left = self._left_to_chance
        if not left.any():
            return moments
        variances = left[:, 0] if self.heedless else (self.meant.shares * left).sum(axis=1)
        return Moments(moments.means, moments.covariances + np.diag(variances), np.inf)

    @cached_property
    def scores(self) -> Floats:
        """The mean answer for each category meant (p, c), 0 where an item has no such category."""
        return np.asarray(self.weights @ self.categories / self.totals)

    @cached_property
    def _left_to_chance(self) -> Floats:
        """Variance of the answer for each category meant (p, c)."""
        first, second = self.weights @ self.categories, self.weights @ self.categories**2
        return np.asarray((self.totals * second - first**2) / self.totals**2)

    @property
    def tables(self) -> Floats:
        """Probabilities of two items' categories, for every pair of items (pairs, c, c)."""
        first, second = np.triu_indices(len(self.directions), 1)
        if self.kind.repeats:
            return np.broadcast_to(np.diag(self.repeated_shares), (len(first), *[len(self.categories)] * 2))
        if self.heedless:
            return np.asarray(self.own_shares[first, :, None] * self.own_shares[second, None, :])
        return np.asarray(self.table[first].transpose(0, 2, 1) @ self.meant.tables @ self.table[second])

    @property
    def own_with_constructs(self) -> Floats:
        """Covariances with constructs (p, m) of the answer to each item for itself: sums of steps times slopes."""
        return np.asarray(np.einsum("pt,ptm->pm", np.diff(self.scores, axis=1), self.meant.slopes))

    @property
    def slopes(self) -> Floats:
        """Covariances with constructs (p, T, m) of passing each category, each item answered for itself."""
        passed = np.flip(np.flip(self.table, 2).cumsum(axis=2), 2)[:, :, 1:]
        return np.asarray(np.einsum("pka,pkm->pam", np.diff(passed, axis=1), self.meant.slopes))
