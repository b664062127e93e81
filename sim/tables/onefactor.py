"""One-factor blocks that give printed numbers: the loadings of answers that a table allows, from equal to most unequal.

Answers of a block correlate at r_ij = l_i l_j here. Of a common-factor method l are the loadings themselves. Mode A of
PLS weighs an item by its covariance with other composites, which is proportional to l_i, so w = l and the composite
loadings are l_i (L + 1 - l_i^2) / sqrt(sum_j l_j^2 (L + 1 - l_j^2)) with L = sum l^2. Alpha has T = (sum l)^2 + k - L.
Unequal loadings are equally spaced, l = m + s p, p of mean 0 and SD 1.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from scipy.optimize import least_squares, minimize_scalar

from sim.batch import Floats
from sim.tables.bounds.blockbounds import alpha_of, composite_reliability
from sim.tables.reading.printed import Printed
from sim.tables.reading.table import Reported
from sim.tables.reading.tablefile import Method

#: Loadings of answers stay within these.
LEAST, MOST = 0.0, 0.995
#: The share of the rounding that a reconstruction may use up: the cut bends correlations a little besides.
USED = 0.8
#: How much alpha counts where it cannot be met beside the other numbers.
_GIVES_WAY = 0.25
_GRID = 41
#: Misses that differ by less are the same.
_SAME = 1e-3


@dataclass(frozen=True)
class BlockTask:
    """What a block's answers must give: printed numbers by name, or the printed loading of every item.

    floor: what composite loadings (or factor loadings) of kept items must reach, rounding included. alpha_counts: how
    much a miss of alpha counts beside one of another number.
    """

    k: int
    method: Method
    printed: tuple[tuple[str, Printed], ...]
    loadings: tuple[Printed, ...] = ()
    floor: float = 0.0
    alpha_counts: float = 1.0

    @classmethod
    def of(cls, block: Reported, method: Method, rule: Printed | None) -> "BlockTask":
        """The task of a reported block."""
        names = ("alpha",) if method == "sum-scores" else ("ave", "rho_c", "alpha", "lowest_loading", "highest_loading")
        printed = tuple((name, number) for name in names if (number := getattr(block, name)) is not None)
        floor = 0.0 if rule is None else rule.lower
        return cls(block.k, method, printed, tuple(block.loadings.values()), floor)

    @property
    def is_open(self) -> bool:
        """Whether nothing is printed that tells how reliable the block is."""
        return self.k < 2 or not (self.loadings or self.printed)

    @property
    def has_ends(self) -> bool:
        """Whether the lowest or the highest loading is printed."""
        return bool({"lowest_loading", "highest_loading"} & {name for name, _ in self.printed})


@dataclass(frozen=True)
class BlockRange:
    """The SDs of loadings that a task allows; `miss` tells how far the nearest block is from print, in half units."""

    least: float
    most: float
    miss: float

    @property
    def is_met(self) -> bool:
        """Whether every printed number comes back."""
        return self.miss <= 1.0


def printed_loadings(loadings: Floats, method: Method) -> Floats:
    """What the method prints as loadings of answers with these factor loadings (k,)."""
    if method != "pls":
        return loadings
    share = loadings**2
    covariance = share.sum() + 1 - share
    return np.asarray(loadings * covariance / np.sqrt((share * covariance).sum()))


def numbers(loadings: Floats, method: Method) -> dict[str, float]:
    """alpha, rho_c, ave, lowest_loading and highest_loading of answers with these factor loadings (k,)."""
    k, shown = len(loadings), printed_loadings(loadings, method)
    q = float(shown @ shown)
    return {
        "alpha": alpha_of(float(loadings.sum() ** 2 + k - loadings @ loadings), k),
        "rho_c": composite_reliability(float(shown.sum() ** 2), q, k),
        "ave": q / k,
        "lowest_loading": float(shown.min()),
        "highest_loading": float(shown.max()),
    }


def pattern(k: int) -> Floats:
    """Equally spaced from high to low, mean 0, SD 1 (divisor k)."""
    line = np.linspace(1.0, -1.0, k)
    return np.asarray(line / line.std())


def miss(task: BlockTask, loadings: Floats) -> float:
    """The largest miss of any printed number, in half units; alpha's by what it counts."""
    found = numbers(loadings, task.method)
    off = {name: abs(number.miss(found[name])) for name, number in task.printed}
    return max((x * (task.alpha_counts if name == "alpha" else 1.0) for name, x in off.items()), default=0.0)


@lru_cache(maxsize=4096)
def nearest(task: BlockTask, spread: float) -> tuple[float, float]:
    """The mean m that comes nearest to print at this SD of the loadings, and its largest miss.

    Every number rises with m, so the largest miss has one valley.
    """
    p = pattern(task.k)
    low, high = LEAST - spread * p.min(), MOST - spread * p.max()
    if high - low < 1e-9:
        return float(high), miss(task, np.clip(high + spread * p, LEAST, MOST))
    found = minimize_scalar(
        lambda m: miss(task, m + spread * p), bounds=(low, high), method="bounded", options={"xatol": 1e-10}
    )
    return float(found.x), float(found.fun)


def is_shaped(task: BlockTask) -> bool:
    """Whether printed loadings fix how unequal the items are: all, or ends that equally spaced ones do not meet."""
    return bool(task.loadings) or (task.has_ends and _range_of(task).miss > USED)


@lru_cache(maxsize=1024)
def settled(task: BlockTask) -> BlockTask:
    """The task itself where it can be met; else one in which alpha, which is not the method's own number, gives way."""
    if task.is_open or is_shaped(task) or _range_of(task).miss <= USED:
        return task
    return replace(task, alpha_counts=_GIVES_WAY)


def block_range(task: BlockTask) -> BlockRange:
    """How unequal the loadings may be, and the miss of the nearest block, every number counting alike.

    Where print cannot be met, half a unit beyond the nearest block is allowed.
    """
    return replace(_range_of(settled(task)), miss=_range_of(task).miss)


@lru_cache(maxsize=1024)
def _range_of(task: BlockTask) -> BlockRange:
    """The range of a task as it counts its misses."""
    cap = (MOST - LEAST) / (2 * pattern(task.k).max())
    grid = np.linspace(0.0, cap, _GRID)
    misses = np.array([nearest(task, float(s))[1] for s in grid])
    # the most equal of the nearest: where little is printed, many are equally near
    best = int(np.argmax(misses <= misses.min() + _SAME))
    at, smallest = float(grid[best]), float(misses[best])
    if smallest > _SAME:
        inside = (float(grid[max(best - 1, 0)]), float(grid[min(best + 1, _GRID - 1)]))
        finer = minimize_scalar(lambda s: nearest(task, float(s))[1], bounds=inside, method="bounded")
        at, smallest = min((at, smallest), (float(finer.x), float(finer.fun)), key=lambda found: found[1])
    # half of what is left of the rounding: the cut bends correlations more where loadings are less equal
    allowed = (smallest + USED) / 2 if smallest <= USED else smallest + 1.0

    def is_allowed(spread: float) -> bool:
        mean, off = nearest(task, spread)
        shown = printed_loadings(np.clip(mean + spread * pattern(task.k), LEAST, MOST), task.method)
        return off <= allowed + 1e-12 and (task.floor <= shown.min() + 1e-9 or spread <= at)

    return BlockRange(_end(is_allowed, at, 0.0), _end(is_allowed, at, float(cap)), smallest)


def _end(is_allowed: Callable[[float], bool], inside: float, outside: float) -> float:
    """The last allowed SD on the way from one that is allowed."""
    if is_allowed(outside):
        return outside
    low, high = inside, outside
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if is_allowed(middle) else (low, middle)
    return low


@lru_cache(maxsize=4096)
def answer_loadings(task: BlockTask, unequal: float) -> tuple[float, ...]:
    """Factor loadings of the answers (k,): `unequal` 0 is the most equal block that the table allows, 1 the least."""
    if task.loadings:
        return _of_loadings(task)
    if is_shaped(task):
        return _of_ends(task)
    found = block_range(task)
    spread = found.least + unequal * (found.most - found.least)
    mean, _ = nearest(settled(task), spread)
    return tuple(float(x) for x in np.clip(mean + spread * pattern(task.k), LEAST, MOST))


def _of_loadings(task: BlockTask) -> tuple[float, ...]:
    """Loadings of answers that print as the table's."""
    wanted = np.array([number.value for number in task.loadings])
    if task.method != "pls":
        return tuple(float(x) for x in np.clip(wanted, -MOST, MOST))

    def off(x: Floats) -> Floats:
        return np.asarray(printed_loadings(x, task.method) - wanted)

    found = least_squares(off, 0.9 * wanted, bounds=(-MOST, MOST), xtol=1e-14, ftol=1e-15)
    return tuple(float(x) for x in found.x)


def _of_ends(task: BlockTask) -> tuple[float, ...]:
    """Loadings with a printed lowest or highest: l = lowest + (highest - lowest) t^g, t equally spaced from 1 to 0.

    g is 1 unless the other numbers ask for more loadings near one of the ends.
    """
    place = np.linspace(1.0, 0.0, task.k)
    printed = dict(task.printed)

    def loadings(x: Floats) -> Floats:
        return np.asarray(np.clip(x[0] + (x[1] - x[0]) * place ** np.exp(x[2]), LEAST, MOST))

    def misses(x: Floats) -> Floats:
        found = numbers(loadings(x), task.method)
        return np.array([number.miss(found[name]) for name, number in printed.items()] + [1e-3 * x[2]])

    ends = [printed[name].value for name in ("lowest_loading", "highest_loading") if name in printed]
    low, high = ends if len(ends) == 2 else (ends[0], min(1.0, 1.2 * ends[0]))
    start = np.array([0.9 * max(low, 0.01), 0.95 * max(high, 0.02), 0.0])
    found = least_squares(misses, start, bounds=([LEAST, LEAST, -4.0], [MOST, MOST, 4.0]), x_scale=[0.1, 0.1, 1.0])
    return tuple(float(x) for x in loadings(found.x))
