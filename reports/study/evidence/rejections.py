"""How often tests of a whole model, and of two groups, reject: the answer of studies that ask for them."""

from collections.abc import Mapping
from dataclasses import replace

from estimators.composites.implied import OF_FIT
from reports.printing.columns import METHOD
from reports.printing.numbers import is_known, with_error
from reports.printing.targets import NAMES, arrow
from reports.printing.typeset import Column, Entry, Table
from reports.printing.words import capital
from reports.record import Levels
from reports.results import Estimate, Results
from reports.study import screening, sentences
from reports.study.sentences import Answer
from sim.targets import GROUP_KINDS, Target, read_target


def tested(results: Results) -> list[str]:
    """The estimands of which some method gives a bootstrap test of the model, or a test of two groups.

    Chi-square is not among them: studies that ask for it ask for more, and it stands among the measures.
    """
    stored = results.measures
    rejected = set(stored.loc[stored["measure"] == "rejection_rate", "target"])
    return [name for name in results.study.estimands if (name in rejected and _of_fit(name)) or _of_groups(name)]


def answer(results: Results) -> Answer:
    """The answer of every study of surveys; where tests of the model or of groups were asked for, theirs first."""
    whole = sentences.answer(results)
    told = [_sentence(results, levels) for levels in results.populations] if tested(results) else []
    if not told or not told[0] or screening.dropped(results):
        return whole
    others = [whole.lead] if results.paths else []
    told = [*filter(None, told), _nominal(results), *others, *whole.sentences]
    return replace(whole, lead=_lead(results), sentences=told)


def table(results: Results) -> Table:
    """For every test, method and population the share of studies in which it rejects, a column for each n."""
    rows: list[tuple[Entry, ...]] = []
    for levels in results.populations if results.paths or tested(results) else []:
        for name in tested(results):
            for method, about in results.study.methods.items():
                rates = [_rate(results, levels, n, method, name) for n in results.sizes]
                if any(is_known(rate) for rate in rates):
                    rows.append((_world(results, levels), test_in_words(name), about.label, *rates))
    columns = (
        Column("Population"), Column("test of"), METHOD,
        *(Column(f"n = {n}", "share", hint="share of studies in which the test rejects") for n in results.sizes),
    )  # fmt: skip
    title = f"How often each test rejects at the {results.study.alpha:.0%} level"
    return Table("tests", title, _nominal(results), columns, tuple(rows), grouped=True)


def test_in_words(name: str) -> str:
    """`SRMR`, `X → Y, difference between groups`, `X, c of MICOM`."""
    target = read_target(name)
    if target is None:
        return name
    called = NAMES.get(target.kind, target.kind)
    return f"{arrow(target)}, {called}" if target.parts else called


def _lead(results: Results) -> str:
    """The lowest and the highest rate of any test in the baseline population."""
    n, levels = results.baseline_n, results.populations[0]
    rates = _rates(results, levels)
    low, high = (with_error(pick(rates.values(), key=lambda rate: rate.value), "share") for pick in (min, max))
    where = f" ({_world(results, levels)})" if levels else ""
    span = low if low == high else f"{low} to {high}"
    return f"At n = {n}{where} tests at the {results.study.alpha:.0%} level reject in {span} of studies."


def _sentence(results: Results, levels: Levels) -> str:
    """For one population at the smallest n: every kind of test with the lowest and the highest of its rates."""
    found: dict[str, dict[tuple[str, str], Estimate]] = {}
    for (name, method), rate in _rates(results, levels).items():
        found.setdefault(_kind_in_words(name), {})[name, method] = rate
    told = [f"{kind}: {_span(results, rates)}" for kind, rates in found.items()]
    if not told:
        return ""
    n, level = results.baseline_n, f"{results.study.alpha:.0%}"
    where = f"{capital(_world(results, levels))}; n = {n}" if levels else f"At n = {n}"
    return f"{where}: tests at the {level} level reject in these shares of studies. {capital('; '.join(told))}."


def _rates(results: Results, levels: Levels) -> dict[tuple[str, str], Estimate]:
    """The rates that are known in one population at the smallest n, by test and method."""
    rates = {}
    for name in tested(results):
        for method in results.study.methods:
            rate = _rate(results, levels, results.baseline_n, method, name)
            if rate is not None and is_known(rate):
                rates[name, method] = rate
    return rates


def _kind_in_words(name: str) -> str:
    target = read_target(name)
    return NAMES.get(target.kind, target.kind) if target else name


def _span(results: Results, rates: Mapping[tuple[str, str], Estimate]) -> str:
    """`2.7 ± 1.9% (PLSc) to 12.0 ± 3.2% (GSCA)`; one number where there is one test, or all have the same."""
    low, high = (pick(rates, key=lambda each: rates[each].value) for pick in (min, max))
    several = len({name for name, _ in rates}) > 1

    def shown(of: tuple[str, str]) -> str:
        target, label = read_target(of[0]), results.study.methods[of[1]].label
        which = f"{arrow(target)}, " if several and target else ""
        return f"{with_error(rates[of], 'share')} ({which}{label})"

    if low == high:
        return shown(low)
    if rates[low].value == rates[high].value:
        return f"{with_error(rates[low], 'share')} (all)"
    return f"{shown(low)} to {shown(high)}"


def _nominal(results: Results) -> str:
    level = f"{results.study.alpha:.0%}"
    of_groups = any(_of_groups(name) for name in tested(results))
    right = "where what it tests is true (the model right, groups alike)" if of_groups else "where the model is right"
    return (
        f"A test at the {level} level should reject in {level} of studies {right}, and in as many as it can where it "
        "is not. Rates are shares of the usable replications that have a p-value."
    )


def _rate(results: Results, levels: Levels, n: int, method: str, target: str) -> Estimate | None:
    cell = results.cell(levels, n)
    if cell is None:
        return None
    return results.estimate(cell, method, target, "rejection_rate") or results.rejections(cell, method, target)


def _world(results: Results, levels: Levels) -> str:
    factors = results.study.factors
    return "; ".join(f"{factors[name].meaning or name.replace('_', ' ')}: {level}" for name, level in levels.items())


def _of_fit(name: str) -> bool:
    target: Target | None = read_target(name)
    return target is not None and target.kind in OF_FIT


def _of_groups(name: str) -> bool:
    target: Target | None = read_target(name)
    return target is not None and target.kind in GROUP_KINDS
