"""What is said of a plan in words."""

from math import ceil

from benchmarks.planning.curve import pooled
from benchmarks.planning.plan import Line, Plan
from benchmarks.planning.search import Ending
from reports.printing.numbers import number
from sim.errors import counted


def lead(plan: Plan) -> str:
    """What was planned for, in one line."""
    setting = plan.setting
    levels = ", ".join(f"{name} = {level}" for name, level in setting.levels.items())
    at = f" at {levels}" if levels else ""
    drawn = sum(line.search.data_sets for line in plan.lines if line.search)
    return (
        f"Population {setting.world.name}{at}; tests at the {setting.alpha:.0%} level; {drawn:,} data sets drawn; "
        f"seed {setting.seed}"
    )


def asked(line: Line) -> str:
    """`PERF~ACRM, power 80%`: what a line is about."""
    return f"{line.question.subject}, {line.question.brief}"


def band(line: Line) -> str:
    """`268 to 279`: the numbers of respondents that the 95 % band holds; empty where there is none."""
    ends = lower_and_upper(line)
    return f"{ends[0]:,} to {ends[1]:,}" if ends else ""


def ending(line: Line, plan: Plan) -> str:
    """What there is to say of an answer that is not simply a number."""
    search, limits = line.search, plan.limits
    if search is None:
        return f"never: {line.never}"
    match search.ending:
        case Ending.SMALLEST:
            return f"{limits.smallest} respondents, the fewest tried, are enough"
        case Ending.NEVER:
            return f"not reached with {limits.largest:,} respondents: {_at_the_end(line)} there"
        case Ending.UNCLEAR:
            return f"not clear with {limits.largest:,} respondents: {_at_the_end(line)} there"
        case Ending.FOUND if _tests_wrongly(line, plan):
            return "the test does not keep its level, so this is no power to rely on"
        case Ending.WIDE:
            return f"after {counted(search.data_sets, 'data set')} the band is still wider than asked"
    return ""


def _tests_wrongly(line: Line, plan: Plan) -> bool:
    """Whether the type I error is clearly more than 1.3 times the level of the tests, 6.5% at 5%."""
    return line.type_1 is not None and line.type_1.interval()[0] > _TOO_OFTEN * plan.setting.alpha


def _at_the_end(line: Line) -> str:
    assert line.search is not None
    seen = pooled(line.search.doubled, line.search.doubled[-1].n)
    return f"{line.question.name} is {number(100 * seen.share, 1)}%"


def missed(apart: int | None) -> str:
    """How far a rule is from the answer: `254 too few`."""
    if apart is None:
        return ""
    return "right" if apart == 0 else f"{abs(apart):,} too {'few' if apart < 0 else 'many'}"


#: A test that finds paths of 0 more often than so many times its level finds more than is there.
_TOO_OFTEN = 1.3
#: What the numbers mean.
_NUMBERS = (
    "n is the smallest number of respondents at which the rate is reached, over all data sets: one that a method "
    "fails on counts as a miss. The band is a 95% interval of n from the local probit curve in root n.",
    "The type I error is how often the same test, with n respondents, calls the path significant where it is 0 and all "
    "else is as it was.",
    "Drawn at random sizes around the answer, from the assumed population: n is right for that population, and as "
    "uncertain as its values are.",
)
#: What is asked of every data set, by the kind of question.
_ASKED = {
    "power": "Power: how often the path is called significant.",
    "coverage": "Coverage: how often the interval holds the truth.",
    "width": "Width: how often the interval is narrow enough.",
    "items kept": "Items kept: how often the rule drops no good item.",
}
RULES = (
    "What each rule of thumb asks for, how far that is from what was found, and the rate that its number really gives "
    "(256 data sets; ± is one Monte Carlo standard error, and behind 0 and 100% stands the 95% interval)."
)


def meaning(plan: Plan) -> tuple[str, ...]:
    """What the numbers mean: of the questions only those that were asked."""
    names = dict.fromkeys(line.question.name for line in plan.lines)
    return (_NUMBERS[0], *(_ASKED[name] for name in names if name in _ASKED), *_NUMBERS[1:])


def lower_and_upper(line: Line) -> tuple[int, int] | None:
    """The ends of the band as whole numbers of respondents."""
    if line.search is None or line.n is None:
        return None
    low, high = line.search.band
    return (ceil(low), ceil(high)) if high < float("inf") else None
