"""Populations that are worth a look: drawn from the prior, those near a paper's numbers more often, with what it costs.

Each block, and the structure, is first looked at alone, through rough formulas of what a sample of n would print. A
candidate's chance of being proposed rises with how near it comes; its importance, prior over proposal, is given back as
a weight. So the rough formulas decide how fast the search is, and not what it finds (importance sampling).
"""

from dataclasses import dataclass

import numpy as np

from benchmarks.auditing.prior import Prior, linear_share
from sim.batch import Floats
from sim.drawing.many import ManyPopulations
from sim.tables.reading.table import Reported, Table

#: Candidates that each part is chosen from, and rough samples of each.
_CANDIDATES, _SAMPLES = 10_000, 40
#: The least chance of a candidate, and the power that flattens the chances: by the root of how near they come, weights
#: lose least (the product of E[near^t] and E[near^(1 - t)] is smallest at t = 1/2).
_FLOOR, _FLATTENED = 0.001, 0.5
#: SD, in AVE or alpha and in SEs of structural numbers, within which a rough sample is near.
_NEAR_AVE, _NEAR_STRUCTURE = 0.05, 1.5


@dataclass(frozen=True)
class Part:
    """Candidates of one block or of the structure: their chances (M,) sum to 1."""

    arrays: tuple[Floats, ...]
    chances: Floats

    def chosen(self, count: int, rng: np.random.Generator) -> tuple[tuple[Floats, ...], Floats]:
        """So many of them by their chances, and the log of prior over proposal of each."""
        rows = rng.choice(len(self.chances), size=count, p=self.chances)
        return tuple(array[rows] for array in self.arrays), -np.log(self.chances[rows] * len(self.chances))


@dataclass(frozen=True)
class Proposals:
    """What populations are proposed from, for one table and prior."""

    table: Table
    blocks: tuple[Part, ...]
    structure: Part

    @classmethod
    def of(cls, table: Table, prior: Prior, rng: np.random.Generator) -> "Proposals":
        """The parts of a table's model, each looked at once."""
        blocks = tuple(_block(table, prior, block, rng) for block in table.reported.values())
        return cls(table, blocks, _structure(table, prior, rng))

    def prior(self) -> ManyPopulations:
        """Populations as the prior has them, before anything printed is looked at; not all of them exist."""
        count = min(len(part.chances) for part in (*self.blocks, self.structure))
        rows = np.arange(count)
        return self._made([tuple(array[rows] for array in part.arrays) for part in (*self.blocks, self.structure)])

    def _made(self, chosen: list[tuple[Floats, ...]]) -> ManyPopulations:
        paths, outside = chosen[-1]
        reported = self.table.reported.values()
        cuts = [
            np.repeat(thresholds[:, :, None], len(block.items), axis=2)
            for (_, thresholds), block in zip(chosen, reported, strict=False)
        ]
        loadings = np.concatenate([own for own, _ in chosen[:-1]], axis=1)
        return ManyPopulations(self.table.model, loadings, paths, outside, np.concatenate(cuts, axis=2))

    def draw(self, count: int, rng: np.random.Generator) -> tuple[ManyPopulations, Floats]:
        """So many populations, and the log importance (N,) of each."""
        drawn = [part.chosen(count, rng) for part in (*self.blocks, self.structure)]
        return self._made([arrays for arrays, _ in drawn]), np.sum([weight for _, weight in drawn], axis=0)


def _block(table: Table, prior: Prior, block: Reported, rng: np.random.Generator) -> Part:
    k = len(block.items)
    true = prior.loadings(_CANDIDATES, k, rng)
    scales = prior.scales(table, block)
    which = rng.integers(len(scales), size=_CANDIDATES)
    near = np.zeros(_CANDIDATES)
    assert table.n is not None
    linear = np.sqrt(linear_share(scales)[which])[:, None]
    for _ in range(_SAMPLES):
        near += _nearness(table, block, true * linear, rng) / _SAMPLES
    chances = (near + _FLOOR) ** _FLATTENED
    return Part((true, scales[which]), chances / chances.sum())


def _nearness(table: Table, block: Reported, loadings: Floats, rng: np.random.Generator) -> Floats:
    """How near one rough sample of each candidate comes to what is printed of its block: 0 to 1 (M,)."""
    assert table.n is not None
    noise = (1 - loadings**2) / np.sqrt(table.n) * rng.standard_normal(loadings.shape)
    sample = np.clip(loadings + 1.1 * noise, -0.995, 0.995)
    kept = np.ones(sample.shape, dtype=bool)
    if table.rule is not None:
        shown = _composite(sample, kept) if table.method == "pls" else sample
        kept = shown >= table.rule.value
        least = min(2 if table.paper is None else table.paper.minimum_items, shown.shape[1])
        kept |= shown >= np.partition(shown, -least, axis=1)[:, -least, None]
    found = np.ones(len(sample))
    if table.rule is not None:
        found[kept.sum(axis=1) != block.k] = 0.0
    if block.k < 2:
        return found
    shown = _composite(sample, kept) if table.method == "pls" else sample
    count = np.maximum(kept.sum(axis=1), 1)
    if (wanted := _mean_square(block)) is not None:
        ave = np.where(kept, shown**2, 0.0).sum(axis=1) / count
        found *= np.exp(-0.5 * ((ave - wanted) / _NEAR_AVE) ** 2)
    elif block.alpha is not None:
        total = np.where(kept, sample, 0.0).sum(axis=1) ** 2 + np.where(kept, 1 - sample**2, 0.0).sum(axis=1)
        alpha = count / np.maximum(count - 1, 1) * (1 - count / total)
        found *= np.exp(-0.5 * ((alpha - block.alpha.value) / _NEAR_AVE) ** 2)
    return np.asarray(found)


def _mean_square(block: Reported) -> float | None:
    """The printed AVE, or that of the printed loadings."""
    if block.ave is not None:
        return block.ave.value
    if block.loadings:
        return float(np.mean([each.value**2 for each in block.loadings.values()]))
    return None


def _composite(loadings: Floats, kept: Floats) -> Floats:
    """Mode A loadings of one-factor items (`sim.tables.onefactor`), of those kept alone."""
    share = np.where(kept, loadings**2, 0.0)
    covariance = share.sum(axis=1, keepdims=True) + 1 - share
    size = np.sqrt(np.maximum((share * covariance).sum(axis=1, keepdims=True), 1e-12))
    return np.asarray(np.where(kept, loadings * covariance / size, 0.0))


def _structure(table: Table, prior: Prior, rng: np.random.Generator) -> Part:
    model = table.model
    paths, outside, whole = prior.structures(model, 2 * _CANDIDATES, rng)
    exists = np.linalg.eigvalsh(whole)[:, 0] > 1e-3
    paths, outside, whole = paths[exists], outside[exists], whole[exists]
    reliable = np.sqrt([0.8 if b.alpha is None else min(max(b.alpha.value, 0.3), 1.0) for b in table.reported.values()])
    scores = whole * np.outer(reliable, reliable)
    m = len(model.constructs)
    scores[:, np.arange(m), np.arange(m)] = 1.0
    off, n = np.zeros(len(scores)), table.n or 100
    place = {construct: j for j, construct in enumerate(model.constructs)}
    for (one, other), number in table.correlations.items():
        related = scores[:, place[one], place[other]]
        off += ((related - number.value) / ((1 - number.value**2) / np.sqrt(n) + 0.02)) ** 2
    for outcome in model.endogenous:
        predictors = np.flatnonzero(model.path_matrix[place[outcome]])
        r = scores[:, place[outcome], predictors]
        b = np.linalg.solve(scores[:, predictors][:, :, predictors], r[:, :, None])[:, :, 0]
        explained = (b * r).sum(axis=1)
        r2 = table.reported[outcome].r2
        if r2 is not None:
            expected = explained + (1 - explained) * len(predictors) / n
            off += (
                (expected - r2.value) / (2 * np.sqrt(max(r2.value, 0.02)) * (1 - r2.value) / np.sqrt(n) + 0.02)
            ) ** 2
        for k, column in zip(predictors, b.T, strict=True):
            printed = table.paths.get((outcome, model.constructs[k]))
            if printed is not None:
                off += ((column - printed.value) / (1.2 / np.sqrt(n) + 0.02)) ** 2
    chances = (np.exp(-0.5 * off / _NEAR_STRUCTURE**2) + _FLOOR) ** _FLATTENED
    return Part((paths, outside), chances / chances.sum())
