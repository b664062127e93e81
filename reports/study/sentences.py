"""The answer in plain sentences, each number with its Monte Carlo standard error."""

import math
from dataclasses import dataclass

from reports.printing.numbers import is_known, number, with_error
from reports.printing.targets import place
from reports.printing.words import listed
from reports.results import Estimate, Results
from reports.study import screening
from reports.vocabulary import Unit
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
    if screening.dropped(results):
        lead, sentences = screening.lead(results), screening.sentences(results)
    else:
        lead, sentences = _found(results), []
    return Answer(lead, sentences, [path_answer(results, path) for path in results.paths], _failures(results))


def path_in_words(results: Results, target: str) -> str:
    """`analytical CRM → organisational performance`; construct names where they have no label."""
    spelled = read_target(target)
    if spelled is None:
        return target
    labels = [results.study.constructs.get(part, part) for part in spelled.parts]
    if spelled.kind == "path":
        return f"{labels[1]} → {labels[0]}"
    if spelled.kind == "product":
        return f"{labels[1]} \N{MULTIPLICATION SIGN} {labels[2]} → {labels[0]}"
    if spelled.kind == "slope":
        return f"{labels[1]} → {labels[0]} where {labels[2]} is at {place(spelled.parts[3])}"
    if spelled.kind == "indirect":
        return " → ".join(labels)
    return target


def target_in_words(results: Results, target: str) -> str:
    """A path or an explained variance in words, with its name: `explained variance of performance (r2(PERF))`."""
    words = path_in_words(results, target)
    spelled = read_target(target)
    if spelled and spelled.kind == "r2":
        words = f"explained variance of {results.study.constructs.get(spelled.parts[0], spelled.parts[0])}"
    return words if words == target else f"{words} ({target})"


def path_with_truth(results: Results, path: str) -> str:
    """`CRM → performance (PERF~CRM, true value 0.13)`."""
    return f"{path_in_words(results, path)} ({path}, {true_value(results, path, 'true value')})"


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
    subject = f"At n = {n} the path {path_in_words(results, path)} ({true_value(results, path, 'true value')})"
    return f"{subject} is found significant in {shown} of studies." if shown else f"{subject} is estimated."


def true_value(results: Results, target: str, said: str) -> str:
    """What is true in the baseline cell: `truly 0.735`, or `truly 0` where there is no effect, as it is `said`.

    Where each method is judged by its own limit, between which values these lie.
    """
    cell = results.baseline_cell
    truth = results.truth(cell, target)
    if not math.isnan(truth):
        return f"{said} {'0' if truth == 0 else number(truth)}"
    limits = [results.judged_by(cell, method, target) for method in results.study.methods]
    known = [limit for limit in limits if not math.isnan(limit)]
    if not known:
        return "without a true value"
    return f"judged by each method's own limit, {number(min(known))} to {number(max(known))}"


def path_answer(results: Results, path: str) -> PathAnswer:
    """Bias, significance and coverage of one path in the baseline cell; before and after the rule where one screens."""
    heading = f"{path_in_words(results, path)} ({true_value(results, path, 'true value')})"
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
    if is_known(shift):
        told.append(f"On the same data the rule moves the estimate by {with_error(shift, 'coefficient', signed=True)}.")
    told.append(_pair(results, path, "significant", plain, screened))
    told.append(_pair(results, path, "coverage", plain, screened))
    return told


def _bias_sentence(plain: Estimate | None, screened: Estimate | None, label: str) -> str:
    if not is_known(plain) or not is_known(screened):
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
    if not is_known(before) or not is_known(after):
        return ""
    rates = f"{with_error(before, 'share')} of studies without the rule, {with_error(after, 'share')} with it"
    if what == "coverage":
        return f"Its {results.study.level:.0%} interval covers the truth in {rates}." + _of_own_limit(
            results, path, plain, screened
        )
    return _significance(results, path).format(rates) + _size(results, path, (plain, screened))


def _of_own_limit(results: Results, path: str, plain: str, screened: str) -> str:
    """How often the intervals cover what the method itself would find; empty where that is not stored."""
    cell = results.baseline_cell
    before, after = (results.estimate(cell, method, path, "coverage_of_limit") for method in (plain, screened))
    if not is_known(before) or not is_known(after):
        return ""
    return (
        " What the same method finds for infinitely many respondents and the same items, it covers in "
        f"{with_error(before, 'share')} and {with_error(after, 'share')}."
    )


def _size(results: Results, path: str, methods: tuple[str, str]) -> str:
    """The type I error of the same path where it is zero, beside the power of the two methods."""
    if results.truth(results.baseline_cell, path) == 0:
        return ""
    plain, screened = (results.size(results.baseline_cell, method, path) for method in methods)
    if not is_known(plain) or not is_known(screened):
        return " How often it would be called significant were it zero was not run."
    return (
        f" Were it zero, all else being equal, it would be called significant in {with_error(plain, 'share')} and "
        f"{with_error(screened, 'share')} (type I error; {results.study.alpha:.0%} is right)."
        + _at_true_size(results, path, methods)
    )


def _at_true_size(results: Results, path: str, methods: tuple[str, str]) -> str:
    """The power of both methods by a test that would keep its level; empty where that is not stored."""
    cell = results.baseline_cell
    plain, screened = (results.estimate(cell, method, path, "size_adjusted_power") for method in methods)
    if not is_known(plain) or not is_known(screened):
        return ""
    return (
        f" By a test that errs in just {results.study.alpha:.0%} then, the path that is there would be found in "
        f"{with_error(plain, 'share')} and {with_error(screened, 'share')} (power at true size)."
    )


def _significance(results: Results, path: str) -> str:
    """The sentence about power or type I error, with a place for the rates."""
    if results.truth(results.baseline_cell, path) == 0:
        return (
            f"Though it is zero, it is called significant (type I error; {results.study.alpha:.0%} is right) in {{}}."
        )
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
    told = listed([f"{with_error(rate, 'share')} ({label})" for label, rate in rates.items()])
    return (
        f"Not every replication gives a usable result. Shares that do: {told}. The other rates are over the usable "
        "replications; the table “What counts as a finding” takes them over all replications too."
    )
