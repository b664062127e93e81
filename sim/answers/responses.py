"""How respondents answer: wording left unreversed, shared response factors, and kinds of respondents.

Shared factors act before the cut (`Population.as_answered`); what follows here acts on the answers, the wording first.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.answers.law import Law, answer_moments
from sim.answers.likert import Scale
from sim.answers.mechanism import Mechanism
from sim.batch import Floats, Moments
from sim.errors import InputError, unknown
from sim.form import Number
from sim.kernels.responses import answer_by_kind

#: Kinds of respondents who do not answer each item as they mean it, in the order of `Responses.shares`.
KINDS = ("straightlining", "careless", "extreme", "midpoint")
#: Factors that all items share, as shares of an item's variance.
SHARED = ("acquiescence", "common_method")


@dataclass(frozen=True)
class Responses(Mechanism):
    """Ways of answering; nothing given: everyone answers each item as meant.

    reversed: items worded against their construct whose answers stay as they were given. acquiescence, common_method:
    shares of every response's variance (Maydeu-Olivares & Coffman 2006). straightlining to midpoint: shares of the
    respondents, each of whom is of one kind at most. single_informant: share of every construct's variance, as the one
    who answers for a firm sees it, that is the informant's own view (Kumar, Stern & Anderson 1993); informant_halo:
    correlation of the informant's own views of two constructs. docs/decisions/0011-how-respondents-answer.md and
    docs/decisions/0018-missing-answers-and-informants.md define each.
    """

    reversed: tuple[str, ...] = ()
    acquiescence: Number = 0.0
    common_method: Number = 0.0
    straightlining: Number = 0.0
    careless: Number = 0.0
    extreme: Number = 0.0
    midpoint: Number = 0.0
    single_informant: Number = 0.0
    informant_halo: Number = 0.0

    @property
    def given(self) -> dict[str, Any]:
        """What departs from answering as meant, by its name; items sorted, no halo without an informant."""
        given = super().given | ({"reversed": sorted(self.reversed)} if self.reversed else {})
        return {name: value for name, value in given.items() if name != "informant_halo" or self.single_informant}

    @property
    def words(self) -> str:
        """What departs from answering as meant, in words; empty where nothing does."""
        return "; ".join(
            f"{', '.join(value)} left unreversed" if name == "reversed" else f"{name.replace('_', ' ')} {value:g}"
            for name, value in self.given.items()
        )

    @cached_property
    def shares(self) -> Floats:
        """Shares of the respondents of each kind (4,)."""
        return np.array([getattr(self, kind) for kind in KINDS], dtype=np.float64)

    @property
    def shared(self) -> float:
        """Share of every response's variance that the shared factors take."""
        return self.acquiescence + self.common_method

    def directions(self, items: Sequence[str]) -> Floats:
        """-1 for the items that are left unreversed, 1 for the others (p,)."""
        return np.array([-1.0 if item in self.reversed else 1.0 for item in items])

    def view_correlations(self, block_of: NDArray[np.int64]) -> Floats:
        """Correlations of the informant's own views of the constructs that the items measure (p, p)."""
        same = block_of[:, None] == block_of
        return np.where(same, 1.0, self.informant_halo)

    def check(self, items: Sequence[str], scale: Scale) -> None:
        """Raises InputError for unknown items, impossible shares, and kinds that the scale does not know."""
        for item in self.reversed:
            if item not in items:
                raise InputError(f"responses.reversed: {unknown('item', item, items)}")
            if self.reversed.count(item) > 1:
                raise InputError(f"responses.reversed names {item} twice; name it once")
        for name in SHARED + KINDS + ("single_informant",):
            if not 0 <= (value := getattr(self, name)) <= 1:
                raise InputError(f"responses.{name} is {value:g}; give a share from 0 to 1")
        if self.single_informant and not 0 <= self.informant_halo <= 1:
            raise InputError(f"responses.informant_halo is {self.informant_halo:g}; give a correlation from 0 to 1")
        for names, of in ((SHARED, "an item's variance"), (KINDS, "the respondents")):
            if (total := sum(getattr(self, name) for name in names)) > 1 + 1e-12:
                given = " and ".join(f"{name} = {getattr(self, name):g}" for name in names if getattr(self, name))
                raise InputError(f"responses: {given} are {total:g} of {of}; shares cannot exceed 1 together")
        if self.shares.any():
            self._check_kinds(items, scale)

    def _check_kinds(self, items: Sequence[str], scale: Scale) -> None:
        if scale.is_continuous:
            kind = next(name for name in KINDS if getattr(self, name))
            raise InputError(f"responses.{kind} needs categories; give [scale] shares or thresholds, or leave it out")
        counts = scale.categories
        if self.straightlining and min(counts) < max(counts):
            raise InputError(
                f"responses.straightlining needs one number of categories for all items, not {min(counts)} to "
                f"{max(counts)}; leave it out"
            )
        for item, count in zip(items, counts, strict=True):
            if self.midpoint and count % 2 == 0:
                raise InputError(
                    f"responses.midpoint: {item} has {count} categories, so none in the middle; "
                    "give an odd number of categories or leave it out"
                )
            if self.extreme and count < 4:
                raise InputError(
                    f"responses.extreme: {item} has {count} categories, so none between the end points and the middle; "
                    "give at least 4 or leave it out"
                )


def respond(
    answers: NDArray[np.generic], responses: Responses, items: Sequence[str], scale: Scale, rng: np.random.Generator
) -> None:
    """Turn sincere answers (R, n, p) into those that respondents give, in place.

    Replication follows replication, so that the first ones do not depend on how many there are.
    """
    if responses.reversed:
        directions = responses.directions(items)
        np.multiply(answers, directions.astype(answers.dtype), out=answers)
        if not scale.is_continuous:
            top = np.where(directions < 0, np.array(scale.categories) + 1, 0).astype(answers.dtype)
            np.add(answers, top, out=answers)
    if responses.shares.any():
        answer_by_kind(rng, responses.shares, np.array(scale.categories), answers)


def effective_moments(law: Law, responses: Responses, items: Sequence[str], scale: Scale) -> Moments:
    """Moments (n infinite, R = 1) of the answers given in categories, from the law of the sincere ones.

    With kinds g of shares pi_g, means m_g and covariances C_g: m = sum pi_g m_g and
    C = sum pi_g (C_g + (m_g - m)(m_g - m)'), the law of total covariance.
    """
    directions = responses.directions(items)
    categories = np.arange(1.0, max(scale.categories) + 1)

    def scores_of(kind: str) -> Floats:
        return np.asarray(given_for_meant(kind, directions, scale) @ categories)

    def meant(kind: str) -> Moments:
        return answer_moments(law.above, law.excess, scores_of(kind))

    parts = [(1 - responses.shares.sum(), meant(""))]
    for kind, share in zip(KINDS, responses.shares, strict=True):
        if share and kind in ("extreme", "midpoint"):
            parts.append((share, meant(kind)))
        elif share:
            parts.append((share, _random(scale) if kind == "careless" else _straight(law.shares, directions, scale)))
    mean = sum(share * part.means[0] for share, part in parts)
    between = [part.means[0] - mean for _, part in parts]
    covariance = sum(
        share * (part.covariances[0] + np.outer(apart, apart))
        for (share, part), apart in zip(parts, between, strict=True)
    )
    return Moments(np.asarray(mean)[None], np.asarray(covariance)[None], np.inf)


def straight_shares(meant: Floats, directions: Floats, scale: Scale) -> Floats:
    """Share of each category among straightliners: that of an item picked at random, as worded (most categories,).

    meant (p, most categories): shares of each item's categories among sincere answers.
    """
    worded = given_for_meant("", directions, scale)
    return np.asarray((meant[:, :, None] * worded).sum(axis=1).mean(axis=0))


def given_for_meant(kind: str, directions: Floats, scale: Scale) -> Floats:
    """1 where a respondent of this kind gives category c to an item for which k is meant: (p, k, c), from 0.

    `kind` is extreme, midpoint, or empty for those who answer as they mean it.
    """
    table = np.zeros((len(directions), max(scale.categories), max(scale.categories)))
    for item, count, direction in zip(table, scale.categories, directions, strict=True):
        meant = np.arange(count)
        worded = meant if direction > 0 else count - 1 - meant
        side = np.sign(2 * worded - (count - 1))
        if kind == "extreme":
            given = np.where(side < 0, 0, np.where(side > 0, count - 1, worded))
        else:
            given = worded - side if kind == "midpoint" else worded
        item[meant, given] = 1.0
    return table


def shares_given(meant: Floats, responses: Responses, directions: Floats, scale: Scale) -> Floats:
    """Share of each category of each item among answers given (p, most categories), from those among sincere ones."""
    worded, extreme, middle = (
        meant[:, None, :] @ given_for_meant(kind, directions, scale) for kind in ("", "extreme", "midpoint")
    )
    parts = (straight_shares(meant, directions, scale), uniform_shares(scale), extreme[:, 0], middle[:, 0])
    total: Floats = (1.0 - responses.shares.sum()) * worded[:, 0]
    for share, part in zip(responses.shares, parts, strict=True):
        total += share * part
    return total


def uniform_shares(scale: Scale) -> Floats:
    """The same share for every category of an item (p, most categories), 0 where it has none."""
    counts = np.array(scale.categories)[:, None]
    return np.asarray((np.arange(counts.max()) < counts) / counts)


def slopes_given(slopes: Floats, responses: Responses, directions: Floats, scale: Scale) -> tuple[Floats, Floats]:
    """Covariances (p, m) of answers with every construct: of their own, and of an item's answer that all items repeat.

    slopes (p, T, m) as in a `Law`. The first are of the respondents who answer every item for itself, the second of
    straightliners, by the item whose answer they give to all; each is times the share of such respondents. Scores s
    cut at t have covariance sum_k (s_k - s_(k-1)) Cov(1[x > t_k], construct).
    """
    categories = np.arange(1.0, max(scale.categories) + 1)
    worded, extreme, middle = (
        np.einsum("pt,ptm->pm", np.diff(given_for_meant(kind, directions, scale) @ categories, axis=1), slopes)
        for kind in ("", "extreme", "midpoint")
    )
    itself = (1.0 - responses.shares.sum()) * worded + responses.extreme * extreme + responses.midpoint * middle
    return np.asarray(itself), np.asarray(responses.straightlining * worded / len(directions))


def _straight(meant: Floats, directions: Floats, scale: Scale) -> Moments:
    """Moments of respondents who give all items the answer they have for one of them, picked at random."""
    shares = straight_shares(meant, directions, scale)
    categories = np.arange(1, len(shares) + 1)
    mean = shares @ categories
    p = len(directions)
    variance = shares @ (categories - mean) ** 2
    return Moments(np.full((1, p), mean), np.full((1, p, p), variance), np.inf)


def _random(scale: Scale) -> Moments:
    """Moments of respondents who pick every category of every item with the same probability."""
    count = np.array(scale.categories, dtype=np.float64)
    return Moments((count[None] + 1) / 2, np.diag((count**2 - 1) / 12)[None], np.inf)
