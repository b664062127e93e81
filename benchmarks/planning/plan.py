"""A plan: for every question and method the number of respondents that is enough, beside what rules of thumb say."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from joblib import Parallel, delayed
from threadpoolctl import threadpool_limits

from benchmarks.planning.curve import Count, pooled
from benchmarks.planning.questions import Power, Question
from benchmarks.planning.search import Limits, Search, Visit
from benchmarks.planning.setting import Planned, Setting
from benchmarks.planning.thumb import Rule, rules_for
from benchmarks.run.capacity import MOST_WORKERS, gigabytes, memory
from sim.errors import InputError, counted
from sim.streams import BLOCK

#: Data sets that show what a rule's number of respondents would really give.
_AT_A_RULE = 256
#: Data sets for the type I error at an answer.
_OF_TYPE_1 = 512
#: Bytes of an answer of a block while it is worked on (measured: draw, moments, estimates).
_BYTES = 40
#: Hears of every round: data sets drawn so far, and searches that are under way.
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Miss:
    """A rule of thumb beside an answer: its n, how far that is from the answer's, and the rate that it really gives."""

    rule: Rule
    n: int
    apart: int | None
    at: Count | None


@dataclass(frozen=True)
class Line:
    """The answer to one question for one method.

    never: why there can be none, in words, where nothing was drawn. type_1: how often the test of a path is significant
    with n respondents where the path is 0, None where that is not known.
    """

    question: Question
    planned: Planned
    search: Search | None
    never: str = ""
    misses: tuple[Miss, ...] = ()
    type_1: Count | None = None

    @property
    def n(self) -> int | None:
        """The smallest number of respondents that is enough, or None."""
        return self.search.n if self.search else None


@dataclass(frozen=True)
class Plan:
    """Every answer, in the order of questions and methods."""

    setting: Setting
    limits: Limits
    lines: tuple[Line, ...]


def plan(
    setting: Setting,
    questions: Sequence[Question],
    limits: Limits,
    workers: int = 1,
    progress: Progress = lambda drawn, open_: None,
) -> Plan:
    """Search for every question and method at once, on so many threads; their number changes no answer.

    Raises InputError where there is nothing to search for.
    """
    _check(setting, questions, limits, workers)
    lines = []
    for question in questions:
        for planned in setting.methods:
            never = question.never(setting, planned)
            content = {"search": [question.name, question.subject, repr(question.wanted)], "method": planned.name}
            search = None if never else Search(question.wanted, limits, setting.address(content))
            lines.append(Line(question, planned, search, never))
    with threadpool_limits(1), Parallel(n_jobs=workers, prefer="threads", require="sharedmem") as parallel:
        _search(setting, lines, parallel, progress)
        beside = _beside_rules(setting, lines, limits, parallel)
        return Plan(setting, limits, tuple(_with_type_1(setting, beside, parallel)))


def _check(setting: Setting, questions: Sequence[Question], limits: Limits, workers: int) -> None:
    """Raises InputError for limits that leave nothing to search, for too few firms, workers or too little memory."""
    if not questions or not setting.methods:
        raise InputError("nothing is asked; give --power, --coverage, --width or --keep-items, and a method")
    if not 4 <= limits.smallest < limits.largest:
        raise InputError(
            f"respondents from {limits.smallest} to {limits.largest} leave nothing to search; give a --smallest of at "
            "least 4 and a --largest above it"
        )
    size = setting.world.size
    if size is not None and limits.largest > size:
        raise InputError(f"--largest is {limits.largest}, and {setting.name} has {size} firms; give no more than these")
    check_room(BLOCK, limits.largest, len(setting.world.columns), workers)
    if not limits.within > 0:
        raise InputError(f"--within is {limits.within:g}; give a number of respondents above 0")


def check_room(data_sets: int, n: int, columns: int, workers: int) -> None:
    """Raises InputError where workers, or so many data sets at once on each of them, are more than the machine has."""
    if not 1 <= workers <= MOST_WORKERS:
        raise InputError(f"--workers is {workers}; give at least 1 and at most {MOST_WORKERS}")
    needed, there = data_sets * n * columns * _BYTES * workers, memory()
    if there is not None and needed > there:
        raise InputError(
            f"{data_sets} data sets of {n:,} respondents take about {gigabytes(needed)} of memory on "
            f"{counted(workers, 'worker')}, and {gigabytes(there)} are free; give fewer respondents or workers"
        )


def _search(setting: Setting, lines: Sequence[Line], parallel: Parallel, progress: Progress) -> None:
    """Rounds until every search has ended: all that they want is drawn, then each hears what came of it."""
    while True:
        wanted = [(line, visit) for line in lines if line.search for visit in line.search.wants()]
        if not wanted:
            return
        found = parallel(delayed(count)(setting, line.question, line.planned, visit) for line, visit in wanted)
        for line in lines:
            own = [each for (other, _), each in zip(wanted, found, strict=True) if other is line]
            if own and line.search:
                line.search.hears(own)
        searches = [line.search for line in lines if line.search]
        progress(sum(each.data_sets for each in searches), sum(each.ending is None for each in searches))


def _with_type_1(setting: Setting, lines: Sequence[Line], parallel: Parallel) -> list[Line]:
    """The lines on the power of one path with the type I error of its test at the n that was found."""
    nulls = {line.question: setting.without(line.question.targets[0]) for line in lines if _of_one_path(line)}
    asked = [
        (place, null, Visit(line.n, f"type I {part}", BLOCK))
        for place, line in enumerate(lines)
        if line.n is not None and (null := nulls.get(line.question)) is not None
        for part in range(_OF_TYPE_1 // BLOCK)
    ]
    work = (delayed(count)(null, lines[place].question, lines[place].planned, visit) for place, null, visit in asked)
    found = parallel(work)
    seen = {place: [each for (own, *_), each in zip(asked, found, strict=True) if own == place] for place, *_ in asked}
    return [
        replace(line, type_1=pooled(seen[place], seen[place][0].n)) if place in seen else line
        for place, line in enumerate(lines)
    ]


def _of_one_path(line: Line) -> bool:
    targets = line.question.targets
    return isinstance(line.question, Power) and len(targets) == 1 and targets[0].kind == "path"


def count(setting: Setting, question: Question, planned: Planned, visit: Visit) -> Count:
    """Draw the data sets of a visit and count in how many it happened."""
    batch = setting.draw(visit.n, visit.name, visit.size)
    happened = question.happened(setting, planned, batch)
    return Count(visit.n, int(happened.sum()), len(happened))


def _beside_rules(setting: Setting, lines: Sequence[Line], limits: Limits, parallel: Parallel) -> list[Line]:
    """The lines on power with the rules of thumb beside them, and what the rules' numbers would give."""
    rules = {id(line): rules_for(setting, line.question) if isinstance(line.question, Power) else [] for line in lines}
    largest = setting.world.size or limits.largest
    asked = {
        (id(line), rule.n): (line, Visit(rule.n, "rule", _AT_A_RULE))
        for line in lines
        for rule in rules[id(line)]
        if line.search and rule.n is not None and 4 <= rule.n <= largest
    }
    found = parallel(delayed(count)(setting, line.question, line.planned, visit) for line, visit in asked.values())
    at = dict(zip(asked, found, strict=True))
    made = []
    for line in lines:
        misses = [
            Miss(rule, rule.n, None if line.n is None else rule.n - line.n, at.get((id(line), rule.n)))
            for rule in rules[id(line)]
        ]
        made.append(replace(line, misses=tuple(misses)))
    return made
