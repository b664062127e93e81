"""Advice: every method that fits a model, on data sets of n respondents, held against criteria and ranked."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from benchmarks.advising.criteria import Criteria, Judged, Verdict, of_bias, of_rate, worst
from benchmarks.advising.ranking import Ranking, by_error, by_power
from benchmarks.advising.run import PIECE, Progress, Run
from benchmarks.advising.tally import Tally
from benchmarks.advising.worlds import Candidate, candidates, targets_of
from benchmarks.measures.basis import formulas
from benchmarks.own.method_words import parted
from benchmarks.planning.curve import Count
from benchmarks.planning.plan import check_room
from benchmarks.planning.setting import Planned, fitting_methods, named_methods
from sim.errors import InputError
from sim.targets import Target


@dataclass(frozen=True)
class Row:
    """One method on one path of one population, `place` in the set."""

    place: int
    target: Target
    truth: float
    judged: tuple[Judged, ...]
    power: Count | None


@dataclass(frozen=True)
class Member:
    """A method with all that was found of it; `tallies` by population."""

    planned: Planned
    usable: Judged
    rows: tuple[Row, ...]
    tallies: tuple[Tally, ...]

    @property
    def verdict(self) -> Verdict:
        """Whether it keeps every criterion on every path and population."""
        return worst([self.usable, *(each for row in self.rows for each in row.judged)])

    @property
    def broken(self) -> tuple[str, ...]:
        """The criteria that it does not keep."""
        every = [self.usable, *(each for row in self.rows for each in row.judged)]
        return tuple(dict.fromkeys(each.criterion for each in every if each.verdict == Verdict.BROKEN))


@dataclass(frozen=True)
class Advice:
    """What came of all methods. `assumed`: what was assumed of a model without numbers, in words."""

    name: str
    n: int
    replications: int
    seed: int
    criteria: Criteria
    worlds: tuple[Candidate, ...]
    targets: tuple[Target, ...]
    members: tuple[Member, ...]
    assumed: str
    refused: tuple[str, ...]

    @cached_property
    def keeping(self) -> tuple[Member, ...]:
        """The methods that break no criterion, as far as the data sets can tell."""
        return tuple(member for member in self.members if member.verdict != Verdict.BROKEN)

    @cached_property
    def by_error(self) -> Ranking | None:
        """The ranking of those that keep the criteria by RMSE; None where none does."""
        return by_error({m.planned.name: m.tallies for m in self.keeping}) if self.keeping else None

    @cached_property
    def by_power(self) -> Ranking | None:
        """The ranking of those that keep the criteria by power; None where none does, or every path is 0."""
        if not self.keeping or not any((tally.truth != 0).any() for tally in self.keeping[0].tallies):
            return None
        return by_power({m.planned.name: m.tallies for m in self.keeping})


def advise(
    given: str,
    n: int,
    methods: str = "",
    paths: str = "",
    levels: Sequence[str] = (),
    everything: bool = False,
    replications: int = 500,
    resamples: int = 200,
    criteria: Criteria = Criteria(),  # noqa: B008 - frozen
    seed: int = 1,
    workers: int = 1,
    progress: Progress = lambda done, of: None,
) -> Advice:
    """Run the methods on the population, or on the set of them; the number of threads changes nothing.

    Raises InputError for what cannot be read or is out of range, before anything is drawn.
    """
    if not 50 <= replications <= 100_000:
        raise InputError(f"--replications is {replications}; give 50 to 100,000")
    worlds, assumed = candidates(given, levels, paths, everything)
    first = worlds[0].world
    if (first.size is not None and n > first.size) or not 4 <= n <= 100_000:
        raise InputError(f"--n is {n}; give at least 4 respondents, and no more than there are firms or 100,000")
    check_room(PIECE, n, len(first.columns), workers)
    every, refused = fitting_methods(first, resamples)
    chosen = named_methods(parted(methods), first, resamples) if methods else tuple(every)
    targets = targets_of(first, paths)
    run = Run(given, n, chosen, targets, replications, seed)
    of_worlds, of_nulls = run.found(worlds, workers, progress)
    members = [
        _member(planned, run.of_method(m, of_worlds), targets, run.false_positives(m, of_nulls), n, criteria)
        for m, planned in enumerate(chosen)
    ]
    name = Path(given).name.removesuffix(".toml")
    return Advice(
        name, n, replications, seed, criteria, tuple(worlds), targets, tuple(members), assumed,
        () if methods else refused,
    )  # fmt: skip


def _member(
    planned: Planned,
    own: tuple[Tally, ...],
    targets: tuple[Target, ...],
    type_1: dict[tuple[int, str], Count],
    n: int,
    criteria: Criteria,
) -> Member:
    usable = min((Count(n, int(tally.usable.sum()), len(tally.usable)) for tally in own), key=lambda c: c.share)
    rows = [
        _row(place, tally, q, target, type_1, n, criteria)
        for place, tally in enumerate(own)
        for q, target in enumerate(targets)
    ]
    return Member(planned, of_rate("usable", usable, (criteria.usable, 1.0)), tuple(rows), own)


def _row(
    place: int,
    tally: Tally,
    q: int,
    target: Target,
    type_1: dict[tuple[int, str], Count],
    n: int,
    criteria: Criteria,
) -> Row:
    """What is found of one path: over usable data sets, but for power, which is over all."""
    has = tally.usable
    truth, error = float(tally.truth[:, q].mean()), tally.error[has, q]
    found = Count(n, int(tally.found[:, q].sum()), len(has))
    judged = []
    if truth and len(error) > 1:
        mean = formulas.mean(error)
        relative = formulas.Measured(mean.value / truth, mean.mcse / abs(truth), mean.n_used)
        judged.append(of_bias(relative, criteria))
    if has.any():
        judged.append(
            of_rate("coverage", Count(n, int(tally.covered[has, q].sum()), int(has.sum())), criteria.coverage)
        )
    wrong = type_1.get((place, target.name), None if truth else found)
    if wrong is not None:
        judged.append(of_rate("type I error", wrong, criteria.type_1))
    return Row(place, target, truth, tuple(judged), found if truth else None)
