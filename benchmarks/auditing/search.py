"""Which populations fit a paper: simulated, held against its drops and its printed numbers, weighted, and brought near.

One data set is drawn from each proposed population, and the paper's procedure is run on it. Those that drop as the
paper did are kept; a kernel weighs them by how near their printed numbers are to the paper's (approximate Bayesian
computation with semi-automatic summaries, Fearnhead & Prangle 2012), and local regression takes out what distance is
left (Beaumont, Zhang & Balding 2002). Weights give back what the proposals took (truncated importance sampling, Ionides
2008).
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np

from benchmarks.auditing.nearing import brought_near, distances_of, functionals
from benchmarks.auditing.prior import Prior
from benchmarks.auditing.procedure import Procedure
from benchmarks.auditing.proposals import Proposals
from benchmarks.auditing.summaries import Looked, Summaries
from sim.batch import Batch, Floats
from sim.drawing.many import ManyPopulations
from sim.errors import InputError
from sim.streams import Address

#: Data sets looked at together.
CHUNK = 2048
#: Fewest data sets like the paper's that a search may end with.
FEWEST = 40
#: A printed number is far from what the nearest data sets print on average where it is off by so much, and so many SDs.
_OFF, _OFF_SDS = 0.15, 0.8
#: Bytes of simulated answers that are kept for a second look.
_MEMORY = 150_000_000


@dataclass(frozen=True)
class Effort:
    """How much is simulated: populations looked at in a round (`proposals`), the effective number of data sets like the
    paper's after which it is enough, the most rounds, the nearest that are taken, populations that are then run, data
    sets of each, those of them with a bootstrap, its resamples, and `aside`: populations in which type I errors and
    numbers of respondents are looked at.
    """

    proposals: int = 40_960
    wanted: int = 600
    rounds: int = 15
    nearest: int = 1000
    populations: int = 300
    replications: int = 512
    tested: int = 128
    resamples: int = 200
    aside: int = 60

    def quicker(self, factor: int) -> "Effort":
        """So many times less of everything that takes time, but for resamples."""
        return replace(
            self,
            proposals=max(self.proposals // factor, CHUNK),
            wanted=max(self.wanted // factor, 150),
            nearest=max(self.nearest // factor, 150),
            populations=max(self.populations // factor, 60),
            replications=max(self.replications // factor, 128),
            tested=max(self.tested // factor, 48),
            aside=max(self.aside // factor, 20),
        )


@dataclass(frozen=True)
class Far:
    """A printed number, and what the data sets that were held nearest to the paper's print of it on average."""

    name: str
    printed: float
    middle: float


@dataclass(frozen=True)
class Fitting:
    """Populations that fit a paper, weighted, and the simulated data sets that are like the paper's.

    many: N populations brought near the printed numbers; weights (N,) sum to 1; answers (N, n, p) of the data set that
    each gave, columns at the paper's places, None where they were too many to keep; whole (N, w): what these data sets
    print without dropping. looked_at, alike: how many populations were tried, and how many dropped as the paper did.
    before: what the prior's populations are like by `functionals` (M, f). unusual: the share of simulated tables that
    lie as far from the middle of their own kind as the printed one. far: printed numbers from which the nearest data
    sets are far, the farthest first, so that local regression extrapolates.
    """

    prior: Prior
    many: ManyPopulations
    weights: Floats
    answers: np.ndarray | None
    whole: Floats
    before: Floats
    looked_at: int
    alike: int
    unusual: float
    far: tuple[Far, ...] = ()

    @property
    def effective(self) -> float:
        """The effective number of populations (Kish)."""
        return float(1 / (self.weights**2).sum())

    def resampled(self, count: int, rng: np.random.Generator) -> tuple[np.ndarray, Floats]:
        """Rows of at most so many populations, by systematic resampling, and their weights."""
        points = (np.arange(count) + rng.uniform()) / count
        picked = np.searchsorted(np.cumsum(self.weights), points).clip(max=len(self.weights) - 1)
        rows, times = np.unique(picked, return_counts=True)
        return rows, times / times.sum()


def search(
    procedure: Procedure, prior: Prior, effort: Effort, address: Address, workers: int, tell: Callable[[str], None]
) -> Fitting:
    """The populations that fit. Raises InputError where hardly any data set is like the paper's."""
    summaries = Summaries(procedure)
    table = procedure.table
    assert table.n is not None
    proposals = Proposals.of(table, prior, address.generator("proposals", 0))
    parts: list[_Part] = []
    room = _MEMORY // (table.n * len(table.model.items))
    chunks = max(1, effort.proposals // CHUNK)
    looked_at = 0
    for round_ in range(effort.rounds):
        numbers = range(round_ * chunks, (round_ + 1) * chunks)
        with ThreadPoolExecutor(workers) as pool:
            found = list(pool.map(lambda i: _chunk(summaries, proposals, address, i), numbers))
        looked_at += sum(part.tried for part in found)
        parts += found
        alike = sum(len(part.weight) for part in parts)
        tell(f"{prior.name} prior: {looked_at:,} populations tried, {alike:,} drop as the paper did ...")
        if alike and _effective(parts) >= effort.wanted:
            break
    if alike < FEWEST:
        raise InputError(
            f"of {looked_at:,} simulated surveys only {alike} drop what the paper dropped and say of its paths what it "
            "says: the procedure in the file is hardly the one that made these numbers; look at loading_rule, dropped, "
            "rule and absolute"
        )
    before = functionals(proposals.prior(), table)[1]
    return _fitting(summaries, prior, effort, parts, before, looked_at, room)


@dataclass(frozen=True)
class _Part:
    """What one chunk brought: populations like the paper's with log importance, summaries, answers."""

    many: ManyPopulations
    weight: Floats
    looked: Looked
    answers: np.ndarray
    tried: int


def _chunk(summaries: Summaries, proposals: Proposals, address: Address, number: int) -> _Part:
    """One chunk, with streams of its own."""
    table = summaries.table
    assert table.n is not None
    many, weight = proposals.draw(CHUNK, address.generator("proposed", number))
    exists = many.exists
    many, weight = many.rows(exists), weight[exists]
    answers = many.draw(table.n, 1, address.generator("data", number))[:, 0]
    looked = summaries.look(Batch.of(answers, items=table.model.items))
    rows = looked.rows
    own = many.rows(rows)
    own = replace(own, loadings=np.take_along_axis(own.loadings, looked.places, axis=1))
    placed = np.take_along_axis(answers[rows], looked.places[:, None, :], axis=2)
    return _Part(own, weight[rows], looked, placed, len(many))


def _fitting(
    summaries: Summaries, prior: Prior, effort: Effort, parts: list[_Part], before: Floats, looked_at: int, room: int
) -> Fitting:
    many = ManyPopulations.joined([part.many for part in parts])
    log = np.concatenate([part.weight for part in parts])
    seen = np.concatenate([part.looked.summaries for part in parts])
    whole = np.concatenate([part.looked.whole for part in parts])
    weight = _truncated(log)
    if seen.shape[1]:
        near, here, unusual = distances_of(summaries, many, seen, weight)
        count = min(effort.nearest, max(FEWEST, len(weight) // 3))
        distance = np.sqrt(((near - here) ** 2).sum(axis=1))
        rows = np.argsort(distance, kind="stable")[:count]
        reach = distance[rows[-1]] * (1 + 1e-9) or 1.0
        kernel = weight[rows] * (1 - (distance[rows] / reach) ** 2)
        kernel = kernel / kernel.sum() if kernel.sum() > 0 else np.full(len(rows), 1 / len(rows))
        moved, whole = brought_near(many.rows(rows), near[rows], here, kernel, whole[rows])
    else:
        rows = np.arange(len(weight))[: 4 * effort.nearest]
        kernel, moved, whole, unusual = weight[rows] / weight[rows].sum(), many.rows(rows), whole[rows], np.nan
    answers = np.concatenate([part.answers for part in parts])[rows] if len(log) <= room else None
    far = _far(summaries, seen[rows], kernel)
    return Fitting(prior, moved, kernel, answers, whole, before, looked_at, len(log), unusual, far)


def _far(summaries: Summaries, seen: Floats, kernel: Floats) -> tuple[Far, ...]:
    """The printed numbers from which the nearest data sets (N, s) are far."""
    found = []
    for (target, printed, _), values in zip(summaries.printed, seen.T, strict=False):
        middle = float(kernel @ values)
        sd = float(np.sqrt(kernel @ (values - middle) ** 2))
        if abs(middle - printed) > max(_OFF, _OFF_SDS * sd):
            found.append(Far(target.name, printed, middle))
    return tuple(sorted(found, key=lambda each: -abs(each.middle - each.printed)))


def _truncated(log: Floats) -> Floats:
    """Weights that sum to 1, none over root N times their mean."""
    weight = np.exp(log - log.max())
    weight = np.minimum(weight, weight.mean() * np.sqrt(len(weight)))
    return np.asarray(weight / weight.sum())


def _effective(parts: list[_Part]) -> float:
    """The effective number of data sets like the paper's so far."""
    return float(1 / (_truncated(np.concatenate([part.weight for part in parts])) ** 2).sum())
