"""The answer in plain sentences, each number with its Monte Carlo standard error."""

import math
from dataclasses import dataclass

from reports.printing.numbers import number, with_error
from reports.results import Estimate, Levels, Results
from reports.vocabulary import NULL_ITEMS, TRUE_ITEMS, TRUE_STRONG_ITEMS, Unit
from sim.targets import read_target

#: Rates of usable replications below this are worth a sentence.
_WORTH_TELLING = 0.995
#: Up to so many methods are named one by one; of more, only the lowest and the highest.
_NAMED = 4


@dataclass(frozen=True)
class PathAnswer:
    """What the study says about one path: the path in words, and sentences about it."""

    heading: str
    sentences: list[str]


@dataclass(frozen=True)
class Answer:
    """The report's first screen: one sentence that answers, sentences that qualify it, and one answer a path."""

    lead: str
    sentences: list[str]
    paths: list[PathAnswer]
    failures: str


def answer(results: Results) -> Answer:
    """The answer for the baseline cell: what the rule drops where a method screens, else what the methods find."""
    if results.screened and _drop(results, TRUE_ITEMS):
        lead, sentences = _dropped(results), _screening_sentences(results)
    else:
        lead, sentences = _found(results), []
    return Answer(lead, sentences, [path_answer(results, path) for path in results.paths], _failures(results))


def rule(results: Results) -> str:
    """`0.70 rule`, or `screening rule` where the study states no loading."""
    limit = results.study.loading_rule
    return "screening rule" if limit is None else f"{limit:.2f} rule"


def path_in_words(results: Results, target: str) -> str:
    """`analytical CRM → organisational performance`; construct names where they have no label."""
    spelled = read_target(target)
    if spelled is None:
        return target
    labels = [results.study.constructs.get(part, part) for part in spelled.parts]
    if spelled.kind == "path":
        return f"{labels[1]} → {labels[0]}"
    if spelled.kind == "indirect":
        return " → ".join(labels)
    return target


def path_with_truth(results: Results, path: str) -> str:
    """`CRM → performance (PERF~CRM, truly 0.13)`."""
    return f"{path_in_words(results, path)} ({path}, truly {true_value(results, path)})"


def levels_in_words(levels: Levels) -> str:
    """`dropped items weak, crm correlation 0.5`."""
    return ", ".join(f"{factor.replace('_', ' ')} {level}" for factor, level in levels.items())


def listed(texts: list[str]) -> str:
    """`a, b and c`."""
    return " and ".join([", ".join(texts[:-1]), texts[-1]]) if len(texts) > 1 else "".join(texts)


def _drop(results: Results, target: str, measure: str = "drop_rate") -> Estimate | None:
    return results.estimate(results.baseline_cell, results.screened[0], target, measure)


def _dropped(results: Results) -> str:
    dropped = _drop(results, TRUE_ITEMS)
    return f"At n = {results.baseline_n} the {rule(results)} drops {with_error(dropped, 'share')} of the true items."


def _screening_sentences(results: Results) -> list[str]:
    label = results.study.methods[results.screened[0]].label
    replications = _drop(results, TRUE_ITEMS)
    count = f"{replications.n_total:,}" if replications else "the"
    first = (
        "True items are items that do measure their construct. "
        f"The numbers are those of “{label}”, over {count} simulated studies."
    )
    return [
        sentence
        for sentence in (
            first,
            _by_kind_of_item(results),
            _numbers_dropped(results),
            _over_populations(results),
        )
        if sentence
    ]


def _by_kind_of_item(results: Results) -> str:
    strong, null = _drop(results, TRUE_STRONG_ITEMS), _drop(results, NULL_ITEMS)
    told = []
    if finite(strong):
        told.append(
            "Of the items whose true loading is 0.70 or more, which the rule means to keep, "
            f"it drops {with_error(strong, 'share')}."
        )
    if finite(null):
        told.append(f"Of the items that measure nothing it drops {with_error(null, 'share')}.")
    return " ".join(told)


def _numbers_dropped(results: Results) -> str:
    mean, many, short = (_drop(results, "", m) for m in ("items_dropped", "many_dropped", "block_short"))
    told = []
    if finite(mean):
        of = f" of its {results.study.items} items" if results.study.items else " items"
        told.append(f"a study loses {with_error(mean, 'count')}{of} on average")
    if finite(many):
        told.append(f"{with_error(many, 'share')} of studies lose {_word(results.study.many_dropped)} or more")
    if finite(short):
        told.append(f"in {with_error(short, 'share')} the rule alone would leave a construct with fewer than two items")
    return capital("; ".join(told)) + "." if told else ""


def _over_populations(results: Results) -> str:
    """How the share of true items dropped moves over the other factor levels, at the same n."""
    if len(results.populations) < 2:
        return ""
    shares = [
        (found, levels)
        for levels in results.populations
        if (cell := results.cell(levels, results.baseline_n)) is not None
        and finite(found := results.estimate(cell, results.screened[0], TRUE_ITEMS, "drop_rate"))
        and found
    ]
    low, high = (pick(shares, key=lambda pair: pair[0].value) for pick in (min, max))
    return (
        f"That is the baseline population ({levels_in_words(results.populations[0])}). Over the {len(shares)} "
        f"populations tried at this n the share runs from {with_error(low[0], 'share')} ({levels_in_words(low[1])}) "
        f"to {with_error(high[0], 'share')} ({levels_in_words(high[1])})."
    )


def _found(results: Results) -> str:
    """The lead of a study without screening: how often each method finds the first path that exists."""
    cell, n = results.baseline_cell, results.baseline_n
    real = [path for path in results.paths if results.truth(cell, path)] or results.paths
    if not real:
        methods = len(results.study.methods)
        return (
            f"At n = {n}, {methods} method{'s' * (methods > 1)} compared on {len(results.study.estimands)} estimands."
        )
    path = real[0]
    rates = {name: results.rejections(cell, name, path) for name in results.study.methods}
    shown = across(results, rates, "share")
    truth = true_value(results, path)
    subject = f"At n = {n} the path {path_in_words(results, path)}, truly {truth},"
    return f"{subject} is found significant in {shown} of studies." if shown else f"{subject} is estimated."


def true_value(results: Results, target: str) -> str:
    """The true value in the baseline cell: `0.735`, or `0` where there is no effect."""
    truth = results.truth(results.baseline_cell, target)
    return "0" if truth == 0 else number(truth)


def path_answer(results: Results, path: str) -> PathAnswer:
    """Bias, significance and coverage of one path in the baseline cell; before and after the rule where one screens."""
    heading = f"{path_in_words(results, path)} ({path}, true value {true_value(results, path)})"
    if results.screened and results.study.methods[results.screened[0]].unscreened:
        told = _before_and_after(results, path)
    else:
        told = _each_method(results, path)
    return PathAnswer(heading, [sentence for sentence in told if sentence])


def _before_and_after(results: Results, path: str) -> list[str]:
    cell, screened = results.baseline_cell, results.screened[0]
    plain = results.study.methods[screened].unscreened or screened
    bias, bias_plain = (results.estimate(cell, method, path, "bias") for method in (screened, plain))
    shift = results.estimate(cell, screened, path, "screening_shift")
    told = [_bias_sentence(bias_plain, bias, results.study.methods[plain].label)]
    if finite(shift):
        told.append(f"On the same data the rule moves the estimate by {with_error(shift, 'coefficient', signed=True)}.")
    told.append(_pair(results, path, "significant", plain, screened))
    told.append(_pair(results, path, "coverage", plain, screened))
    return told


def _bias_sentence(plain: Estimate | None, screened: Estimate | None, label: str) -> str:
    if not finite(plain) or not finite(screened):
        return ""
    return f"{label} estimates it {_off(plain)} without the rule and {_off(screened)} with it."


def _off(bias: Estimate | None) -> str:
    """`0.070 ± 0.002 too low`; `within Monte Carlo error of the truth (...)` where it is within two of its errors."""
    if bias is None:
        return ""
    if abs(bias.value) < 2 * bias.mcse or not bias.value:
        return f"within Monte Carlo error of the truth ({with_error(bias, 'coefficient', signed=True)})"
    size = Estimate(abs(bias.value), bias.mcse, bias.n_used, bias.n_total, bias.truth)
    return f"{with_error(size, 'coefficient')} too {'low' if bias.value < 0 else 'high'}"


def _pair(results: Results, path: str, what: str, plain: str, screened: str) -> str:
    cell = results.baseline_cell
    if what == "coverage":
        before, after = (results.estimate(cell, method, path, "coverage") for method in (plain, screened))
    else:
        before, after = (results.rejections(cell, method, path) for method in (plain, screened))
    if not finite(before) or not finite(after):
        return ""
    rates = f"{with_error(before, 'share')} of studies without the rule, {with_error(after, 'share')} with it"
    if what == "coverage":
        return f"Its {results.study.level:.0%} interval covers the truth in {rates}."
    return _significance(results, path).format(rates)


def _significance(results: Results, path: str) -> str:
    """The sentence about power or type I error, with a place for the rates."""
    if results.truth(results.baseline_cell, path) == 0:
        return f"Though it is zero, it is called significant (type I error, {results.study.alpha:.0%} at best) in {{}}."
    return "It is found significant (power) in {}."


def _each_method(results: Results, path: str) -> list[str]:
    cell, methods = results.baseline_cell, results.study.methods
    bias = {name: results.estimate(cell, name, path, "bias") for name in methods}
    found = {name: results.rejections(cell, name, path) for name in methods}
    cover = {name: results.estimate(cell, name, path, "coverage") for name in methods}
    told = []
    if shown := across(results, bias, "coefficient", signed=True):
        told.append(f"Bias: {shown}.")
    if shown := across(results, found, "share"):
        told.append(_significance(results, path).format(shown + " of studies"))
    if shown := across(results, cover, "share"):
        told.append(f"The {results.study.level:.0%} interval covers the truth in {shown} of studies.")
    return told


def across(results: Results, estimates: dict[str, Estimate | None], unit: Unit, signed: bool = False) -> str:
    """Every method's number; of many the lowest and the highest, or the one that all have."""
    known = {name: e for name, e in estimates.items() if e is not None and math.isfinite(e.value)}
    told = {name: f"{with_error(e, unit, signed)} ({results.study.methods[name].label})" for name, e in known.items()}
    if len(known) <= _NAMED:
        return listed(list(told.values()))
    low, high = (pick(known, key=lambda name: known[name].value) for pick in (min, max))
    if known[low].value == known[high].value:
        return f"{with_error(known[low], unit, signed)} (all methods)"
    return f"{told[low]} to {told[high]}"


def _failures(results: Results) -> str:
    """Which methods fail to give a usable result in the baseline cell, and how often."""
    rates = {
        method.label: rate
        for name, method in results.study.methods.items()
        if (rate := results.estimate(results.baseline_cell, name, "", "usable_rate")) and rate.value < _WORTH_TELLING
    }
    if not rates:
        return ""
    told = "; ".join(f"{label} {with_error(rate, 'share')}" for label, rate in rates.items())
    return (
        f"Not every replication gives a usable result. Share that does: {told}. The other rates are over the usable "
        "replications; the last figure shows them over all replications too."
    )


def finite(estimate: Estimate | None) -> bool:
    """Whether there is a number."""
    return estimate is not None and math.isfinite(estimate.value)


def _word(count: int) -> str:
    words = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
    return words[count] if 0 <= count < len(words) else str(count)


def capital(text: str) -> str:
    """The text with a capital letter in front."""
    return text[:1].upper() + text[1:]
