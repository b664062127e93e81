"""What has no closed form: from a million simulated respondents at a fixed address of the population's own."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.answers.mechanism import Setting, Step
from sim.batch import Floats
from sim.distributions.law import Law
from sim.streams import Address
from sim.structures import generate
from sim.structures.generate import Recipe

RESPONDENTS = 1_000_000
#: Respondents held at once, each so many from a generator of their own.
_AT_ONCE = 10_000
#: Cells of 0.001 in which responses are counted for their quantiles.
_FARTHEST, _CELLS = 12.0, 24_000


@dataclass(frozen=True)
class Simulation:
    """What respondents are simulated from.

    recipe: of the responses, nothing standardised within samples; own: of the population itself, which tells the items
    that are alike; key: of the address; thresholds (p, T); covariance (p, p) of responses and their covariances
    with_constructs (p, m).
    """

    recipe: Recipe
    own: Recipe
    key: str
    thresholds: Floats
    covariance: Floats
    with_constructs: Floats

    def law(self, setting: Setting | None = None) -> Law:
        """The law of answers in categories, from a million respondents; items of one distribution share theirs.

        With a `setting`, its mechanisms of answering act first; without, it is the law of the answers that respondents
        mean. Means of answers have a standard error of SD / 1000, covariances about
        sqrt(v_i v_k + c_ik^2) / 1000. The same population has the same law, always.
        """
        p, t = self.thresholds.shape
        items_alone = self.recipe.items is not None
        m = p if items_alone else len(self.recipe.order)
        joint, with_scores, of_scores = np.zeros((p * t, p * t)), np.zeros((p * t, m)), np.zeros(m)
        for chunk, (responses, of_constructs) in enumerate(self._respondents()):
            scores = responses if of_constructs is None else of_constructs
            if setting is not None:
                answers = generate.cut(responses, self.thresholds)[None]
                self._act(answers, setting, chunk)
                passed = (answers[0][:, :, None] > np.arange(1, t + 1)).reshape(len(responses), p * t)
            else:
                passed = (responses[:, :, None] > self.thresholds).reshape(len(responses), p * t)
            # Counts of one chunk are whole numbers that single precision holds exactly.
            counted = passed.astype(np.float32)
            joint += counted.T @ counted
            with_scores += passed.T.astype(np.float64) @ scores
            of_scores += scores.sum(axis=0)
        above = np.diagonal(joint) / RESPONDENTS
        excess = (joint / RESPONDENTS - np.outer(above, above)).reshape(p, t, p, t)
        first, second = np.triu_indices(p, 1)
        slopes = (with_scores / RESPONDENTS - above[:, None] * (of_scores / RESPONDENTS)).reshape(p, t, m)
        if items_alone:  # a construct's regression on the responses is taken to be linear
            slopes = self._by_regression(slopes, whole=setting is not None)
        above = above.reshape(p, t)
        for alike in self._alike() if setting is None else []:
            above[alike] = above[alike].mean(axis=0)
        return Law(above, excess[first, :, second], slopes, respondents=RESPONDENTS)

    def quantiles(self, above: Floats) -> Floats:
        """Thresholds (p, T) that responses exceed with these probabilities (p, T), +inf for 0.

        By counts in cells of 0.001, to four decimals: the standard error is about sqrt(P (1 - P)) / (1000 density).
        Items of one distribution are counted together.
        """
        p, edges = len(above), np.linspace(-_FARTHEST, _FARTHEST, _CELLS + 1)
        counts = np.zeros((p, _CELLS))
        for responses, _ in self._respondents():
            cells = np.clip(((responses + _FARTHEST) * (_CELLS / (2 * _FARTHEST))).astype(np.int64), 0, _CELLS - 1)
            for item in range(p):
                counts[item] += np.bincount(cells[:, item], minlength=_CELLS)
        for alike in self._alike():
            counts[alike] = counts[alike].mean(axis=0)
        below = np.pad(np.cumsum(counts, axis=1), ((0, 0), (1, 0))) / RESPONDENTS
        found = [np.interp(1 - own, share, edges) for own, share in zip(above, below, strict=True)]
        return np.where(above > 0, np.round(found, 4), np.inf)

    def _by_regression(self, slopes: Floats, whole: bool) -> Floats:
        """Slopes (p, T, m) on constructs from slopes (p, T, p) on responses: of an item's own, or of the whole set."""
        if not whole:
            p = len(slopes)
            own = slopes[np.arange(p), :, np.arange(p)]
            return np.asarray(own[:, :, None] * self.with_constructs[:, None, :])
        return np.asarray(slopes @ np.linalg.pinv(self.covariance) @ self.with_constructs)

    def _alike(self) -> list[list[int]]:
        """Items with one distribution and thresholds: one loading on one construct, and errors of the same make."""
        recipe, groups = self.own, defaultdict(list)
        if recipe.items:
            return []
        for item, (block, loading) in enumerate(zip(recipe.block_of, recipe.loadings, strict=True)):
            cuts = self.thresholds[item][np.isfinite(self.thresholds[item])]
            of_errors = np.sort(recipe.error_root[item])
            beside = () if recipe.crossloadings is None else recipe.crossloadings[item]
            groups[(int(block), *np.round([loading, *beside, *of_errors, *cuts], 10).tolist())].append(item)
        return list(groups.values())

    def _act(self, answers: NDArray[np.generic], setting: Setting, chunk: int) -> None:
        """Let each mechanism of answering act on the answers (1, n, p) of a chunk, in place."""
        for section, mechanism in setting.acting(Step.ANSWERS):
            mechanism.act(answers, setting, Address(1, self.key).generator(section, chunk))

    def _respondents(self) -> Iterator[tuple[Floats, Floats | None]]:
        """Responses (n, p) and construct scores (n, m), if there are any, chunk by chunk."""
        address = Address(0, self.key)
        for chunk in range(RESPONDENTS // _AT_ONCE):
            yield generate.respondents(self.recipe, _AT_ONCE, address.generator("moments", chunk))
