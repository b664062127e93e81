"""The answer of a study of interviews: how much is known, what a claim of saturation is worth, what estimators see."""

from benchmarks.measures.claims import RIGHT
from estimators.richness.catalogue import CLAIMS
from reports.printing.numbers import is_known, number, with_error
from reports.printing.words import levels_in_words, listed
from reports.record import EstimateOfTable as OfTable
from reports.record import Levels
from reports.results import Estimate, Results
from reports.study.sentences import Answer, PathAnswer, across
from reports.vocabulary import Unit
from sim.themes.population import OF_THE_DATA, THEMES

#: The measure that the first sentence tells.
CLAIM = "right_90"
#: Estimands that are shares of something.
SHARES = ("known", "coverage")
_WORDS = {
    "themes": "Number of themes",
    "known": "Share of all themes that is known",
    "coverage": "Coverage: share of what interviews tell that is of known themes",
    "new": "New themes that the next interview is expected to bring",
}


def answer(results: Results) -> Answer:
    """The answer for the baseline cell, over the populations and over the numbers of interviews."""
    told = (_over_populations(results), _later(results), *_rules(results), _own_table(results))
    cases = [_case(results, name) for name in results.study.estimands]
    return Answer(_lead(results), [each for each in told if each], [case for case in cases if case.sentences], "")


def in_words(target: str) -> str:
    """`Number of themes`; `Themes found in 14 interviews`."""
    spelled = THEMES.target(target)
    if not spelled.parts:
        return _WORDS[spelled.kind]
    if spelled.kind == "themes":
        return f"Themes found in {spelled.parts[0]} interviews"
    return f"Interviews until {float(spelled.parts[0]):.0%} of the themes are found"


def named(target: str) -> str:
    """`Number of themes (themes)`."""
    return f"{in_words(target)} ({target})"


def claimants(results: Results) -> list[str]:
    """Methods that claim to have found all themes; those that do so after all interviews first."""
    bases = {name: method.estimator for name, method in results.study.methods.items()}
    return sorted((name for name in bases if bases[name] in CLAIMS), key=lambda name: bases[name] != "observed")


def _after_all(results: Results) -> str | None:
    """The method that claims saturation after all interviews, where its claim was measured."""
    methods = (name for name in claimants(results) if results.study.methods[name].estimator == "observed")
    return next((name for name in methods if _claim(results, name, CLAIM)), None)


def _lead(results: Results) -> str:
    n = results.baseline_n
    claim = _after_all(results)
    known, right = (_claim(results, claim, measure) if claim else None for measure in ("known_at_claim", CLAIM))
    if known is None or right is None:
        return f"After {n} interviews, {len(results.study.methods)} methods are compared on known themes."
    return (
        f"After {n} interviews {with_error(known, 'share')} of the themes are known on average, and a claim of "
        f"saturation is right (at least {RIGHT[CLAIM]:.0%} of the themes known) in {with_error(right, 'share')} of "
        "studies."
    )


def _claim(results: Results, method: str, measure: str, cell: int | None = None) -> Estimate | None:
    return results.estimate(results.baseline_cell if cell is None else cell, method, "themes", measure)


def _over_populations(results: Results) -> str:
    """How the share known and the claim's worth move over the populations, at the same number of interviews."""
    claim = _after_all(results)
    if not claim or len(results.populations) < 2:
        return ""
    cells = [(levels, cell) for levels in results.populations if (cell := results.cell(levels, results.baseline_n))]
    told = (
        f"{sentence} {_range(results, claim, measure, cells)}"
        for sentence, measure in (
            ("the share known runs from", "known_at_claim"),
            ("the share of studies in which the claim is right from", CLAIM),
        )
    )
    return (
        f"That is the baseline population ({levels_in_words(results.populations[0])}). Over the {len(cells)} "
        f"populations tried, {listed(list(told))}."
    )


def _range(results: Results, method: str, measure: str, cells: list[tuple[Levels, int]]) -> str:
    found = [(e, levels) for levels, cell in cells if (e := _claim(results, method, measure, cell)) and is_known(e)]
    low, high = (choose(found, key=lambda pair: pair[0].value) for choose in (min, max))
    return " to ".join(f"{with_error(e, 'share')} for {' '.join(levels.values())}" for e, levels in (low, high))


def _later(results: Results) -> str:
    """The share of themes known, and how often the claim is right, where more interviews are held."""
    claim, later = _after_all(results), results.baseline_cells[1:]
    if not claim or not later:
        return ""
    told = [
        f"{with_error(known, 'share')} after {n} interviews (the claim is right in {with_error(right, 'share')})"
        for n, cell in later
        if (known := _claim(results, claim, "known_at_claim", cell)) and (right := _claim(results, claim, CLAIM, cell))
    ]
    return f"In the baseline population the share known grows to {listed(told)}." if told else ""


def _rules(results: Results) -> list[str]:
    """What each stopping rule does at the baseline."""
    told = []
    for method in claimants(results):
        if results.study.methods[method].estimator != "rule":
            continue
        made = results.estimate(results.baseline_cell, method, "", "usable_rate")
        known = _claim(results, method, "known_at_claim")
        right = _claim(results, method, CLAIM)
        label = results.study.methods[method].label
        if made and is_known(known) and is_known(right):
            told.append(
                f"{label} is met within {results.baseline_n} interviews in {with_error(made, 'share')} of studies; "
                f"then {with_error(known, 'share')} of the themes are known, and at least {RIGHT[CLAIM]:.0%} of "
                f"them in {with_error(right, 'share')} of these studies."
            )
        elif made:
            told.append(
                f"{label} is met within {results.baseline_n} interviews in {with_error(made, 'share')} of studies."
            )
    return told


def _own_table(results: Results) -> str:
    """What the estimators say of the interviews that were really held."""
    held = results.study.interviews
    if held is None or not held.estimates:
        return ""
    once = held.mentions.count(1)
    told = [_of_table(results, each) for each in held.estimates if each.target in ("themes", "coverage")]
    level = f"{results.study.level:.0%}"
    return (
        f"Of the {held.held} interviews that were held, with {held.found} themes, {once} of them in one interview "
        f"only, the estimators say ({level} intervals): {'; '.join(told)}."
    )


def _of_table(results: Results, each: OfTable) -> str:
    """`Chao2 30.7 themes (27.9 to 42.5)`."""
    scale, decimals, unit = (100.0, 0, "% coverage") if each.target == "coverage" else (1.0, 1, " themes")
    shown = f"{results.study.methods[each.method].label} {number(each.value * scale, decimals)}{unit}"
    if each.lower is None or each.upper is None:
        return shown
    return f"{shown} ({number(each.lower * scale, decimals)} to {number(each.upper * scale, decimals)})"


def _case(results: Results, target: str) -> PathAnswer:
    """Bias and interval coverage of one estimand at the baseline."""
    cell, methods = results.baseline_cell, results.study.methods
    unit: Unit = "share" if target in SHARES else "count"
    truth = results.truth(cell, target)
    true_value = f"{truth:.1%}" if target in SHARES else f"{truth:.2f}".removesuffix(".00")
    heading = f"{in_words(target)} ({target}, true value {true_value}{' on average' if target in OF_THE_DATA else ''})"
    told = []
    biases = {name: results.estimate(cell, name, target, "bias") for name in methods}
    if shown := across(results, biases, unit, signed=True):
        told.append(f"Bias: {shown}.")
    covers = {name: results.estimate(cell, name, target, "coverage") for name in methods}
    if shown := across(results, covers, "share"):
        told.append(f"The {results.study.level:.0%} interval contains the truth in {shown} of studies.")
    return PathAnswer(heading, told)
