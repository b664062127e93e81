"""The world of real answers: a file's rows, drawn with replacement, and a model that need not hold for them."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from sim.answers.missingness import Missingness
from sim.batch import Batch, Floats, Moments
from sim.implied.polychoric_limit import of_tables
from sim.model import Model
from sim.streams import BLOCK, Address
from sim.targets import Target
from sim.worlds.bymoments import KnownMoments, WorldByMoments, judged_by
from sim.worlds.world import Limit


@dataclass(frozen=True)
class ResampledWorld(WorldByMoments):
    """Answers drawn with replacement from those of N real respondents, a `World`.

    told: what the answers are, in words; answers (N, p), columns in the order of the model's items; model: what methods
    are told.
    """

    name: str
    source: str
    told: str
    answers: Floats
    model: Model

    themes = table = size = relations = None
    varies = False
    sections: frozenset[str] = frozenset()
    missing = Missingness()

    @property
    def population(self) -> "ResampledWorld":
        """The respondents themselves are the population."""
        return self

    @property
    def holds(self) -> bool:
        """Whether the model holds exactly for the respondents, which it hardly ever does."""
        return self.known.holds

    @property
    def words(self) -> str:
        """What the answers are, and what methods are judged by where the model does not hold for them."""
        return "; ".join(filter(None, [self.told, judged_by(self.holds)]))

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the items."""
        return self.model.items

    @cached_property
    def content(self) -> dict[str, Any]:
        """What draws depend on, as plain data."""
        answers = np.ascontiguousarray(self.answers, dtype=np.float64)
        return {"items": list(self.columns), "answers": hashlib.sha256(answers.tobytes()).hexdigest()}

    @cached_property
    def categories(self) -> tuple[int, ...]:
        """The highest answer to each item where all answers are whole numbers from 1 on; none otherwise."""
        whole = np.all((self.answers == np.round(self.answers)) & (self.answers >= 1))
        return tuple(int(most) for most in self.answers.max(axis=0)) if whole else ()

    @cached_property
    def moments(self) -> Moments:
        """Means and covariances of the respondents, divisor N: those of every answer drawn from them."""
        centred = self.answers - self.answers.mean(axis=0)
        return Moments(self.answers.mean(axis=0)[None], (centred.T @ centred / len(centred))[None], np.inf)

    @cached_property
    def polychoric_moments(self) -> Moments:
        """The respondents' two-step polychoric correlations (Olsson 1979), as moments; answers are in categories."""
        p, most = self.answers.shape[1], max(self.categories)
        chosen = (self.answers.astype(np.int64)[:, :, None] == np.arange(1, most + 1)).astype(np.float64)
        tables = [chosen[:, i].T @ chosen[:, k] / len(chosen) for i, k in zip(*np.triu_indices(p, 1), strict=True)]
        return Moments(np.zeros((1, p)), of_tables(np.array(tables), p)[None], np.inf)

    @cached_property
    def known(self) -> KnownMoments:  # type: ignore[override]
        """What is true of the respondents' moments under the model."""
        covariance = self.moments.covariances[0]
        sds = np.sqrt(np.diag(covariance))
        return KnownMoments(self.model, covariance / np.outer(sds, sds), sds)

    def lacking(self, target: Target) -> float:
        """NaN: what the model lacks has no true value here."""
        return float("nan")

    def with_own_truth(self, targets: Sequence[Target]) -> list[Target]:
        """None: all data sets are drawn from the same respondents."""
        return []

    def truth_of_data(self, batch: Batch, targets: Sequence[Target]) -> dict[str, Floats]:
        """Nothing: no data set has a truth of its own."""
        return {}

    def draw_block(self, n: int, address: Address, block: int, size: int = BLOCK) -> Batch:
        """The first `size` replications of a block: n rows each, every one with the same probability."""
        rng = address.generator("data", block)
        drawn = np.array([rng.integers(len(self.answers), size=n) for _ in range(size)])
        return Batch.of(self.answers[drawn], block * BLOCK + np.arange(size), address, items=self.columns)

    def limits(self, ordinal: bool, filled: bool) -> list[Limit]:
        """The respondents' moments; for a method on polychoric correlations these, none without categories."""
        if ordinal and not self.categories:
            return []
        found = self.polychoric_moments if ordinal else self.moments
        return [Limit("limit_before_cut", found, 0), Limit("limit_after_cut", found, 0)]
