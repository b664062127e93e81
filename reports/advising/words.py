"""What is said of advice in words: who keeps the criteria, who is ahead, and how firm that is."""

from collections.abc import Callable, Sequence

from benchmarks.advising.advice import Advice, Member
from benchmarks.advising.criteria import Verdict
from benchmarks.advising.ranking import Ranking
from reports.printing.numbers import number
from sim.errors import counted


def lead(advice: Advice) -> str:
    """What was run, in one line."""
    worlds = len(advice.worlds)
    of = f"{counted(worlds, 'population')} of the set that {advice.name} leaves open" if worlds > 1 else advice.name
    assumed = f" (assumed: {advice.assumed})" if advice.assumed else ""
    return f"Population: {of}{assumed}; n = {advice.n:,}; {advice.replications:,} data sets each; seed {advice.seed}"


def conclusion(advice: Advice) -> list[str]:
    """The advice, a sentence at a time."""
    keeping, tried = advice.keeping, counted(len(advice.members), "method")
    if not keeping:
        return [f"None of {tried} keeps the criteria with {advice.n:,} respondents."]
    names = listed([member.planned.label for member in keeping])
    if len(keeping) == 1:
        told = [f"Of {tried}, only {names} keeps the criteria with {advice.n:,} respondents."]
    else:
        told = [f"{len(keeping)} of {tried} keep the criteria with {advice.n:,} respondents: {names}."]
        told += _ranked(advice, advice.by_error, "smallest error", _rmse)
        told += _ranked(advice, advice.by_power, "highest power", _power)
    unclear = [member.planned.label for member in keeping if member.verdict == Verdict.OPEN]
    if unclear:
        whom = "any of them" if len(unclear) == len(keeping) > 1 else listed(unclear)
        told.append(
            f"Not every criterion is clear for {whom} within the Monte Carlo error: more replications would tell."
        )
    return told


def _ranked(advice: Advice, ranking: Ranking | None, what: str, value: Callable[[float], str]) -> list[str]:
    """Who is ahead; nobody is called best who is not clear of all others."""
    if ranking is None:
        return []
    label = {member.planned.name: member.planned.label for member in advice.members}
    first = ranking.rows[0]
    if ranking.winner:
        others = "the other is" if len(ranking.rows) == 2 else "all others are"
        return [f"{label[first.method]} has the {what} ({value(first.value)}); {others} behind by more than the error."]
    near = listed([label[name] for name in ranking.ahead])
    return [f"No method has the {what}: {near} lie within the error of their differences ({value(first.value)})."]


def _rmse(value: float) -> str:
    return f"RMSE {number(value, 3)}"


def _power(value: float) -> str:
    return f"{number(100 * value, 1)}% on average"


def listed(names: Sequence[str]) -> str:
    """`A, B and C`."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def kept(member: Member) -> str:
    """Whether a method keeps the criteria; which it does not."""
    return (
        f"no: {', '.join(member.broken)}" if member.broken else "yes" if member.verdict == Verdict.KEPT else "not clear"
    )


def criteria(advice: Advice) -> str:
    """The criteria in one sentence."""
    c = advice.criteria
    low, high = (f"{100 * end:g}" for end in c.coverage)
    least, most = (f"{100 * end:g}" for end in c.type_1)
    return (
        f"Criteria, on every path and population: |relative bias| under {100 * c.bias:g}%, coverage of {low} to "
        f"{high}%, type I error of {least} to {most}%, numbers in {100 * c.usable:g}% of data sets. One is broken "
        "where the 95% interval of what was found lies wholly beyond it, and not clear where the interval crosses "
        "its limit."
    )


#: How the rankings are made.
RANKINGS = (
    "RMSE is over all paths and populations alike, power over the paths that are not 0. Differences are paired, on the "
    "same data sets; behind means by more than chance explains in 95% of such comparisons, all of them together "
    "(Bonferroni).",
    "Type I errors are those of the same population with the path set to 0. Coverage, bias and RMSE are over data sets "
    "with numbers, power over all.",
)
