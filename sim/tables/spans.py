"""What a table leaves open, and how far: factors with levels at the middle and the ends of what is possible."""

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sim.errors import InputError, unknown
from sim.tables.onefactor import BlockTask, block_range, is_shaped
from sim.tables.reading.table import Pair, Table
from sim.tables.reconstruct import CORRELATION, LOADING, Choices, implied_correlation, population

#: Correlations that are tried in turn where the first has no population.
_STARTS = (CORRELATION, 0.5, 0.1, 0.7, 0.05, 0.9)
_STEP, _HIGHEST = 0.05, 0.95
#: More combinations of levels than this are not all tried.
_MOST = 243
#: The words that `sets` may begin with.
WORDS = ("unequal", "dropped_loading", "loading", "correlation", "share", "r2", "mean_answer")

#: A level: a number, or `block` for the loading of an item's own block.
Given = float | str


@dataclass(frozen=True)
class Open:
    """Something the table does not determine: a factor of the population. The first level is the default."""

    name: str
    sets: str
    meaning: str
    levels: Mapping[str, Given] | tuple[float, ...]

    @property
    def numbers(self) -> tuple[Given, ...]:
        """What the levels stand for."""
        return tuple(self.levels.values()) if isinstance(self.levels, Mapping) else self.levels


@dataclass(frozen=True)
class Span:
    """All that is open; `complete` where every combination of the levels was found to have a population.

    refusal: why no population has the printed numbers, empty where there is one.
    """

    opens: tuple[Open, ...]
    start: Choices
    complete: bool = True
    refusal: str = ""

    def points(self) -> Iterator[tuple[dict[str, Given], Choices]]:
        """Every combination of the levels, the default first."""
        for numbers in itertools.product(*(each.numbers for each in self.opens)):
            yield (
                {each.name: number for each, number in zip(self.opens, numbers, strict=True)},
                chosen({each.sets: number for each, number in zip(self.opens, numbers, strict=True)}),
            )


def chosen(sets: Mapping[str, Given]) -> Choices:
    """The choices that words and their numbers make. Raises InputError for words that set nothing of a table."""
    choices = Choices()
    for words, number in sets.items():
        kind, *names = words.split()
        if kind not in WORDS:
            raise InputError(f"a factor sets '{words}': {unknown('word', kind, [*WORDS, 'responses.SHARE'])}")
        if kind == "dropped_loading":
            choices = replace(choices, dropped=None if number == "block" else float(number))
        elif kind in ("share", "r2") and not names:
            raise InputError(f"a factor sets '{words}'; name what it is of: `share Y~X`, `r2 Y`")
        elif kind == "correlation" and names:
            pairs = {_pair(name, "~~"): float(number) for name in names}
            both = pairs | {(b, a): value for (a, b), value in pairs.items()}
            choices = replace(choices, correlations={**choices.correlations, **both})
        elif kind == "share":
            choices = replace(choices, shares={**choices.shares, **{_pair(name, "~"): float(number) for name in names}})
        elif kind == "r2":
            choices = replace(choices, r2={**choices.r2, **dict.fromkeys(names, float(number))})
        else:
            field: Any = {kind: float(number)}
            choices = replace(choices, **field)
    return choices


def _pair(name: str, joint: str) -> Pair:
    left, found, right = name.partition(joint)
    if not (left and found and right):
        raise InputError(f"a factor names '{name}'; write it as A{joint}B")
    return left, right


def span(table: Table, progress: Callable[[str], None] = lambda told: None) -> Span:
    """What the table leaves open, with levels at which a population exists whatever the other levels are.

    progress: hears how far it is.
    """
    try:
        start = _start(table)
    except InputError as error:
        return Span((), Choices(), refusal=str(error))
    search = _Search(table, start)
    kinds = (_unequal, _dropped, _loading, _correlations, _explained, _shares, _mean_answers)
    for done, find in enumerate(kinds):
        progress(f"looking for what the table leaves open: {done} of {len(kinds)} kinds done")
        find(search)
    return Span(tuple(search.found), start, search.complete)


def _start(table: Table) -> Choices:
    """The first choices that have a population. Raises the first InputError where none has."""
    failure: InputError | None = None
    for correlation in _STARTS:
        choices = Choices(correlation=correlation)
        try:
            population(table, choices)
            return choices
        except InputError as error:
            failure = failure or error
    assert failure
    raise failure


@dataclass
class _Search:
    """The factors found so far, and whether a further level has a population beside all of their levels."""

    table: Table
    start: Choices

    def __post_init__(self) -> None:
        self.found: list[Open] = []
        self.complete = True

    def add(self, name: str, sets: str, meaning: str, levels: Mapping[str, Given] | Sequence[float]) -> None:
        """A factor more."""
        kept = dict(levels) if isinstance(levels, Mapping) else tuple(levels)
        self.found.append(Open(name, sets, meaning, kept))

    def allows(self, sets: str, number: float) -> bool:
        """Whether there is a population at this number, at every combination of the levels found."""
        others = [each for each in self.found if each.sets != "dropped_loading"]
        combinations = list(itertools.product(*(each.numbers for each in others)))
        if len(combinations) > _MOST:
            self.complete, combinations = False, combinations[:1]
        for numbers in combinations:
            words: dict[str, Given] = {"correlation": self.start.correlation}
            words |= {each.sets: value for each, value in zip(others, numbers, strict=True)} | {sets: number}
            try:
                population(self.table, chosen(words))
            except InputError:
                return False
        return True

    def ends(self, sets: str, default: float, low: float, high: float) -> tuple[float, float]:
        """The lowest and highest numbers, in steps from the default, that are allowed."""
        return self._last(sets, default, low), self._last(sets, default, high)

    def _last(self, sets: str, inside: float, outside: float) -> float:
        if self.allows(sets, outside):
            return outside
        steps = round(abs(outside - inside) / _STEP)
        low, high = 0, steps
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if self.allows(sets, _step(inside, outside, middle)) else (low, middle)
        return _step(inside, outside, low)


def _step(inside: float, outside: float, steps: int) -> float:
    return round(inside + (_STEP if outside > inside else -_STEP) * steps, 10)


def _levels(middle: float, low: float, high: float) -> tuple[float, ...]:
    """The middle first, then the ends; each once."""
    return tuple(dict.fromkeys((round(middle, 10), round(low, 10), round(high, 10))))


def _unequal(search: _Search) -> None:
    """How unequal loadings are within blocks."""
    tasks = [BlockTask.of(block, search.table.method, search.table.rule) for block in search.table.reported.values()]
    ranges = [block_range(task) for task in tasks if not task.is_open and not is_shaped(task)]
    if all(found.most - found.least < 1e-4 for found in ranges):
        return
    low, high = search.ends("unequal", 0.0, 0.0, 1.0)
    if high > low:
        meaning = "how unequal a block's loadings are: 0 as equal as the table allows, 1 as unequal"
        search.add("unequal_loadings", "unequal", meaning, _levels(low, (low + high) / 2, high))


def _dropped(search: _Search) -> None:
    """What the dropped items are worth. They touch no printed number."""
    if not search.table.dropped:
        return
    levels: dict[str, Given] = {"half": 0.4, "as-good": "block", "zero": 0.0}
    search.add("dropped_items", "dropped_loading", "true loadings of the items that were dropped", levels)


def _loading(search: _Search) -> None:
    """Loadings of blocks of which no reliability is printed."""
    table = search.table
    is_open = [b.construct for b in table.reported.values() if BlockTask.of(b, table.method, table.rule).is_open]
    if is_open:
        low, high = search.ends("loading", LOADING, 0.5, _HIGHEST)
        meaning = f"loadings before the cut of {', '.join(is_open)}, of which no reliability is printed"
        search.add("loading", "loading", meaning, _levels(LOADING, low, high))


def _correlations(search: _Search) -> None:
    """Correlations of exogenous constructs that nothing printed tells."""
    table = search.table
    exogenous = [c for c in table.model.constructs if c not in table.model.endogenous]
    unknown_pairs = [
        pair
        for pair in itertools.combinations(exogenous, 2)
        if pair not in table.correlations and pair not in table.htmt and implied_correlation(table, pair) is None
    ]
    if not unknown_pairs:
        return
    told = [f"{a}~~{b}" for a, b in unknown_pairs]
    sets = "correlation " + " ".join(told)
    # A construct without effect and without correlations is related to nothing, and PLS finds no weights for it.
    least = _STEP if table.method == "pls" else 0.0
    low, high = search.ends(sets, max(search.start.correlation, least), least, _HIGHEST)
    middle = _middle(low, high)
    name = "correlation" if len(told) == 1 else "correlations"
    start = middle if search.allows(sets, middle) else search.start.correlation
    search.add(
        name,
        sets,
        f"before the cut, of constructs of which none is printed: {', '.join(told)}",
        _levels(start, low, high),
    )


def _middle(low: float, high: float) -> float:
    """The step nearest to the middle."""
    return round(round((low + high) / 2 / _STEP) * _STEP, 10)


def _free(table: Table, outcome: str) -> list[str]:
    """The predictors of an outcome whose path nothing printed tells: no path, no correlation, no HTMT."""
    told = {*table.paths, *(pair for a, b in (*table.correlations, *table.htmt) for pair in ((a, b), (b, a)))}
    return [p for o, p in table.model.paths if o == outcome and (o, p) not in told]


def _explained(search: _Search) -> None:
    """R2 of outcomes of which neither R2 nor all paths are printed."""
    table = search.table
    for outcome in table.model.endogenous:
        if table.reported[outcome].r2 is None and _free(table, outcome):
            sets = f"r2 {outcome}"
            low, high = search.ends(sets, 0.3, 0.0, _HIGHEST)
            meaning = f"R2 of {outcome} as the method prints it, which the paper does not"
            search.add(f"r2_{outcome}", sets, meaning, _levels(_middle(low, high), low, high))


def _shares(search: _Search) -> None:
    """How R2 is split among paths that are not printed."""
    for outcome in search.table.model.endogenous:
        free = _free(search.table, outcome)
        for place, predictor in enumerate(free[:-1]):
            rest = free[place + 1 :]
            sets, equal = f"share {outcome}~{predictor}", 1 / (len(rest) + 1)
            low, high = search.ends(sets, equal, 0.0, 1.0)
            meaning = (
                f"of the paths from {predictor}, {', '.join(rest)} to {outcome}, {predictor}'s part; all are positive"
            )
            search.add(f"share_{predictor}_{outcome}", sets, meaning, _levels(equal, low, high))


def _mean_answers(search: _Search) -> None:
    """Add the mean answer, as a number that is free, of the items without a printed mean."""
    table = search.table
    if table.points is None:
        return
    bare = [b.construct for b in table.reported.values() if b.mean is None and set(b.items) - set(b.item_means)]
    if not bare:
        return
    low, high = table.lowest_answer, table.highest_answer
    quarter, middle = (high - low) / 4, (low + high) / 2
    ends = _asked(search, "mean_answer", [middle - quarter, middle + quarter])
    meaning = f"mean answer to items without a printed mean ({', '.join(bare)})"
    search.add("mean_answer", "mean_answer", meaning, tuple(dict.fromkeys([middle, *ends])))


def _asked(search: _Search, sets: str, numbers: Sequence[float]) -> list[float]:
    """The numbers that are allowed."""
    allows: Callable[[float], bool] = lambda number: search.allows(sets, number)  # noqa: E731
    return [number for number in numbers if allows(number)]
