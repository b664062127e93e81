"""From a published table to populations: its checks, what it leaves open, and what the method makes of every point."""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import sqrt
from pathlib import Path
from typing import Any

import numpy as np

from estimators.base import Status
from estimators.catalogue import ESTIMATORS
from sim.batch import Batch, Floats
from sim.errors import InputError
from sim.implied.implied import implied
from sim.population.record import Population
from sim.tables.bounds import blockbounds as bounds
from sim.tables.bounds.blockbounds import Interval
from sim.tables.bounds.consistency import Finding, Severity, check, verdict
from sim.tables.onefactor import BlockTask, block_range, is_shaped
from sim.tables.reading.printed import Printed
from sim.tables.reading.table import Reported, Table, read
from sim.tables.reconstruct import Choices, population
from sim.tables.spans import Span, chosen, span
from sim.targets import Target

#: The method of the project that stands for the paper's.
METHODS = {"pls": "pls", "cb-sem": "ml", "sum-scores": "sumscores"}
#: Combinations of levels at which the method is run.
POINTS = 243
Progress = Callable[[str], None]


@dataclass(frozen=True)
class Returned:
    """A printed number, and what the method gives for infinitely many respondents at the points of the set (P,).

    The first point is that of the default levels.
    """

    quantity: str
    printed: Printed
    values: Floats

    @property
    def largest_miss(self) -> float:
        """The largest miss of any point, in half units of the last printed decimal; NaN where the method fails."""
        return float(np.abs((self.values - self.printed.value) / self.printed.half).max())

    @property
    def is_met(self) -> bool:
        """Whether every point rounds to the printed number."""
        return all(self.printed.holds(float(value)) for value in self.values)


@dataclass(frozen=True)
class Truth:
    """True values before the cut at the points of the set (P, 1): of a path, R2 or correlation; or (P, k), loadings.

    `target` is None for the loadings of a block's kept items.
    """

    construct: str
    target: Target | None
    values: Floats

    @property
    def default(self) -> float:
        """The value at the default; the mean loading of a block."""
        return float(self.values[0].mean())


@dataclass(frozen=True)
class Block:
    """What a table says of one block beyond what it prints, None where it says nothing.

    correlation: mean of the answers' correlations; loading_spread: SD of the loadings; with_sum: correlation of the PLS
    composite with the plain sum; nearest_miss: largest miss of the nearest one-factor block, in half units.
    """

    reported: Reported
    correlation: Interval | None
    loading_spread: Interval | None
    with_sum: Interval | None
    nearest_miss: float | None


@dataclass(frozen=True)
class Reconstruction:
    """A table with its checks, the set of populations that fit it, and what the method gives at the set's points."""

    path: Path
    table: Table
    findings: tuple[Finding, ...]
    span: Span
    returned: tuple[Returned, ...] = ()
    truths: tuple[Truth, ...] = ()
    blocks: tuple[Block, ...] = ()
    points: int = 0
    default: Population | None = None

    @property
    def name(self) -> str:
        """The file's name without its ending."""
        return self.path.name.removesuffix(".toml")

    @property
    def verdict(self) -> Severity:
        """The worst of all checks."""
        return verdict(self.findings)

    @cached_property
    def refusal(self) -> str:
        """Why there is no population, in words; empty where there is one."""
        if self.verdict == Severity.IMPOSSIBLE:
            return "The printed numbers contradict each other, so no population gives them all."
        return self.span.refusal

    @property
    def nearly(self) -> tuple[Returned, ...]:
        """The printed numbers that some point misses."""
        return tuple(row for row in self.returned if not row.is_met)


def reconstruct(path: Path, progress: Progress = lambda told: None) -> Reconstruction:
    """The reconstruction of a table file. Raises InputError for a file that is no table."""
    table = read(path)
    findings = check(table)
    blocks = tuple(_block(table, block) for block in table.reported.values())
    if verdict(findings) == Severity.IMPOSSIBLE:
        return Reconstruction(path, table, findings, Span((), Choices()), blocks=blocks)
    found = span(table, progress)
    if found.refusal:
        return Reconstruction(path, table, findings, found, blocks=blocks)
    progress("finding populations at the points of the set ...")
    populations = points(table, found)
    returned = () if _estimator(table).refusal(table.model) else returned_numbers(table, populations, progress)
    return Reconstruction(
        path, table, findings, found, returned,
        _truths(table, populations), blocks, len(populations), populations[0],
    )  # fmt: skip


def points(table: Table, found: Span) -> list[Population]:
    """Populations at combinations of the levels, the default first; worth of dropped items stays at its default.

    Beyond `POINTS` combinations: every level by itself, then combinations in order.
    """
    varied = [each for each in found.opens if each.sets != "dropped_loading"]
    defaults = {each.sets: each.numbers[0] for each in found.opens}
    combinations = itertools.product(*(each.numbers for each in varied))
    first = [each.numbers[0] for each in varied]
    alone = [[*first[:i], number, *first[i + 1 :]] for i, each in enumerate(varied) for number in each.numbers]
    several = [list(numbers) for numbers in itertools.islice(combinations, POINTS)]
    made: list[Population] = []
    for numbers in dict.fromkeys(map(tuple, [first, *alone, *several])):
        sets = defaults | dict(zip([each.sets for each in varied], numbers, strict=True))
        try:
            made.append(population(table, chosen(sets), source=table.source))
        except InputError:
            if found.complete:
                raise
    return made[:POINTS]


def returned_numbers(
    table: Table, populations: Sequence[Population], progress: Progress = lambda told: None
) -> tuple[Returned, ...]:
    """Every printed number beside what the paper's method gives on the exact moments of the answers."""
    printed = _printed(table)
    found: list[Any] = []
    for each in populations:
        progress(f"running the method at the points of the set: {len(found)} of {len(populations)} done")
        found.append(_measured(table, each, [name for name, _ in printed]))
    rows = np.array(found)
    return tuple(Returned(name, number, rows[:, i]) for i, (name, number) in enumerate(printed))


def _truths(table: Table, populations: Sequence[Population]) -> tuple[Truth, ...]:
    """True paths, R2 and correlations, then the loadings of every block's kept items."""
    model = table.model
    targets = [t for t in model.targets if t.kind in ("path", "r2", "correlation")]
    values = np.array([each.truth(targets) for each in populations])
    found = [Truth(target.parts[0], target, values[:, [i]]) for i, target in enumerate(targets)]
    for construct, block in table.reported.items():
        own = [model.items.index(item) for item in block.kept]
        found.append(Truth(construct, None, np.array([each.loadings[own] for each in populations])))
    return tuple(found)


def _estimator(table: Table) -> Any:
    return ESTIMATORS[METHODS[table.method]].estimator().without_inference()


def _printed(table: Table) -> list[tuple[str, Printed]]:
    """All printed numbers by their targets' names, or as `mean(x)`, `sd(x)`."""
    found: list[tuple[str, Printed]] = []
    for construct, block in table.reported.items():
        for kind in ("alpha", "rho_c", "ave", "r2", "lowest_loading", "highest_loading", "mean", "sd"):
            if (number := getattr(block, kind)) is not None:
                found.append((f"{kind}({construct})", number))
        found += [(f"{construct}=~{item}", number) for item, number in block.loadings.items()]
        found += [(f"mean({item})", number) for item, number in block.item_means.items()]
        found += [(f"sd({item})", number) for item, number in block.item_sds.items()]
    found += [(f"{outcome}~{predictor}", number) for (outcome, predictor), number in table.paths.items()]
    found += [(f"{a}~~{b}", number) for (a, b), number in table.correlations.items()]
    sizes = {pair: replace(number, value=abs(number.value)) for pair, number in table.htmt.items()}
    return found + [(f"htmt({a},{b})", number) for (a, b), number in sizes.items()]


def _measured(table: Table, each: Population, names: Sequence[str]) -> Floats:
    """What the method gives at one population, by name; NaN where it fails."""
    model = table.model
    moments = implied(each).likert_moments
    kept = np.array([[item not in table.dropped for item in model.items]])
    targets = [*model.targets, *(model.target(name) for name in names if name.startswith("htmt"))]
    estimates = _estimator(table).fit(Batch.of_moments(moments).keep(kept), model, targets)
    usable = Status(int(estimates.status[0])) == Status.OK
    found = (
        {target.name: float(value) for target, value in zip(targets, estimates.value[0], strict=True)} if usable else {}
    )
    covariance = moments.covariances[0]
    for construct, block in table.reported.items():
        own = [model.items.index(item) for item in block.kept]
        loadings = [found.get(f"{construct}=~{item}", np.nan) for item in block.kept]
        found |= {f"lowest_loading({construct})": min(loadings), f"highest_loading({construct})": max(loadings)}
        means = moments.means[0][own] + (table.lowest_answer - 1)
        found |= {f"mean({construct})": float(means.mean())}
        found |= {f"sd({construct})": sqrt(float(covariance[np.ix_(own, own)].sum())) / block.k}
        found |= {f"mean({item})": float(mean) for item, mean in zip(block.kept, means, strict=True)}
        found |= {f"sd({item})": sqrt(float(covariance[i, i])) for item, i in zip(block.kept, own, strict=True)}
    return np.array([found.get(model.target(name).name if "~" in name else name, np.nan) for name in names])


def _block(table: Table, block: Reported) -> Block:
    """What the block's numbers determine, and what they leave."""
    if block.k < 2:
        return Block(block, None, None, None, None)
    correlation = None
    if block.alpha is not None:
        alphas = (block.alpha.lower, min(block.alpha.upper, 1.0))
        low, high = (alpha / (block.k - (block.k - 1) * alpha) for alpha in alphas)
        correlation = Interval(low, high)
    known = bounds.ends(block, table.rule)
    sums = bounds.sums(block, known)
    printed = block.ave is not None and block.rho_c is not None
    is_sound = sums.squares.lower <= sums.squares.upper and sums.squared_sums.lower <= sums.squared_sums.upper
    spread = bounds.loading_spread(block.k, sums) if printed and is_sound else None
    with_sum = None
    if table.method == "pls" and printed and block.alpha is not None and is_sound:
        with_sum = bounds.correlation_with_sum(block, sums)
    task = BlockTask.of(block, table.method, table.rule)
    nearest = None if task.is_open or not is_sound or is_shaped(task) else block_range(task).miss
    return Block(block, correlation, spread, with_sum, nearest)
