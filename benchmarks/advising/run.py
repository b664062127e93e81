"""What an advice draws: every method on the same data sets, of every population and of those with a path made 0."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from joblib import Parallel, delayed
from threadpoolctl import threadpool_limits

from benchmarks.advising.tally import Tally, rejections, tallies
from benchmarks.advising.worlds import Candidate
from benchmarks.planning.curve import Count
from benchmarks.planning.setting import Planned, Setting
from sim.catalogue import Level
from sim.targets import Target
from sim.worlds.world import World

#: Data sets of one piece of work.
PIECE = 64
#: Hears how many pieces of work are done, of how many.
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Run:
    """What is drawn for an advice: n respondents in pieces of the replications, every method on the same data sets."""

    given: str
    n: int
    methods: tuple[Planned, ...]
    targets: tuple[Target, ...]
    replications: int
    seed: int

    @property
    def pieces(self) -> list[tuple[int, int]]:
        """The number of each piece, and its replications."""
        starts = range(0, self.replications, PIECE)
        return [(visit, min(PIECE, self.replications - start)) for visit, start in enumerate(starts)]

    def found(
        self, candidates: Sequence[Candidate], workers: int, progress: Progress
    ) -> tuple[list[list[list[Tally]]], dict[tuple[int, str], list[int]]]:
        """For each candidate and piece the tallies of every method; for each null its rejections by every method.

        A null is a candidate's place and the name of the path that is 0 in it.
        """
        pieces = self.pieces
        work = [
            delayed(tallies)(one, self.methods, self.targets, self.n, f"advice {v}", size)
            for one in (self._setting(each.world, each.levels) for each in candidates)
            for v, size in pieces
        ]
        nulls = {
            (place, name): self._setting(null, each.levels)
            for place, each in enumerate(candidates)
            for name, null in each.nulls.items()
        }
        model = candidates[0].world.model
        work += [
            delayed(rejections)(one, self.methods, model.target(name), self.n, f"advice {v}", size)
            for (_, name), one in nulls.items()
            for v, size in pieces
        ]
        found = []
        with threadpool_limits(1), Parallel(n_jobs=workers, prefer="threads", return_as="generator") as parallel:
            for each in parallel(work):
                found.append(each)
                progress(len(found), len(work))
        parts = [found[at : at + len(pieces)] for at in range(0, len(found), len(pieces))]
        of_nulls = parts[len(candidates) :]
        wrong = {key: np.sum(part, axis=0).tolist() for key, part in zip(nulls, of_nulls, strict=True)}
        return parts[: len(candidates)], wrong

    def of_method(self, m: int, of_worlds: list[list[list[Tally]]]) -> tuple[Tally, ...]:
        """One method's tallies of every candidate, its pieces together."""
        return tuple(Tally.joined([piece[m] for piece in pieces]) for pieces in of_worlds)

    def false_positives(self, m: int, of_nulls: dict[tuple[int, str], list[int]]) -> dict[tuple[int, str], Count]:
        """How often one method finds each path that is 0."""
        return {key: Count(self.n, counts[m], self.replications) for key, counts in of_nulls.items()}

    def _setting(self, world: World, levels: Mapping[str, Level]) -> Setting:
        return Setting(self.given, world, self.methods, levels, 0.95, self.seed)
