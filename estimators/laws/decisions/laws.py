"""The laws of rules: each is held against one case, and raises Breach where the rule does not obey."""

import ast
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

import sim
from estimators import sources
from estimators.checked import BrokenContract
from estimators.decisions.checked import CheckedRule, check_outcomes
from estimators.decisions.rule import Analysis, Outcome, Rule
from estimators.laws.decisions import opened
from estimators.laws.decisions.cases import Case, Fate, fates, with_answers
from estimators.laws.subject import Breach, NotTested
from sim.model import Block
from sim.streams import Address

#: What a rule may import of the project: of the world only files that stand directly in sim/, and the methods.
_FORBIDDEN = ("benchmarks", "reports", "loadstone")
#: Calls that import the module that they name.
_IMPORTING = ("import_module", "__import__", "run_module")
_BLIND = "a rule that sees data, model and fits"


@dataclass(frozen=True)
class RuleLaw:
    """A property that every rule should have: its name, one sentence, how it is held.

    `hold(rule, case, rng)` raises `Breach` where it does not hold, and `NotTested` where the case cannot tell. Held
    once for the rule itself, on no data, where `once` says so.
    """

    name: str
    statement: str
    hold: Callable[[Rule, Case, np.random.Generator], None]
    once: bool = False


def _told(rule: Rule, analysis: Analysis) -> Sequence[Outcome]:
    """The outcomes of a rule, which must be outcomes."""
    try:
        outcomes = list(rule.apply(analysis))
        check_outcomes(_inner(rule), analysis, outcomes)
    except BrokenContract as broken:
        raise Breach("an outcome for each data set, as `Outcome` says", str(broken)) from None
    return outcomes


def _inner(rule: Rule) -> Rule:
    return rule.inner if isinstance(rule, CheckedRule) else rule


def _same(expected: Sequence[Fate], found: Sequence[Fate], what: str) -> None:
    parts = ("items", "paths", "error covariances", "method", "respondents", "status")
    for r, (one, other) in enumerate(zip(expected, found, strict=True)):
        for part, a, b in zip(parts, one, other, strict=True):
            if a != b:
                shown = [sorted(map(str, each)) if isinstance(each, frozenset) else each for each in (a, b)]
                raise Breach(f"{what}: the {part} of data set {r} to be {shown[0]}", str(shown[1]))


def _keeps_enough(rule: Rule, case: Case, rng: np.random.Generator) -> None:
    answers = rng.normal(size=case.batch.raw.shape)
    _told(rule, case.analysis)
    noise = with_answers(case.batch, answers)
    _told(rule, replace(case, batch=noise).analysis)
    kept = noise.retained.copy()
    kept[:, 1] = False
    _told(rule, replace(case, batch=noise.keep(kept)).analysis)


def _alone(rule: Rule, case: Case, rng: np.random.Generator) -> None:
    together = fates(_told(rule, case.analysis))
    for r in range(len(case.batch)):
        one = replace(case, batch=case.batch.rows(slice(r, r + 1)))
        _same([together[r]], fates(_told(rule, one.analysis)), "alone as among others")


def _twice(rule: Rule, case: Case, rng: np.random.Generator) -> None:
    answers, retained = case.batch.raw.copy(), case.batch.retained.copy()
    first = fates(_told(rule, case.analysis))
    if not (np.array_equal(case.batch.raw, answers) and np.array_equal(case.batch.retained, retained)):
        raise Breach("the data to be as they were", "the rule changed them in place")
    again = replace(case, batch=with_answers(case.batch, answers))
    _same(first, fates(_told(rule, again.analysis)), "asked twice")


def _order(rule: Rule, case: Case, rng: np.random.Generator) -> None:
    blocks = tuple(
        Block(b.construct, tuple(b.items[place] for place in rng.permutation(len(b.items))), b.kind)
        for b in case.model.blocks
    )
    model = replace(case.model, blocks=blocks)
    places = [case.model.items.index(item) for item in model.items]
    turned = with_answers(replace(case.batch, items=model.items), case.batch.raw[:, :, places])
    turned = turned.keep(case.batch.retained[:, places])
    other = replace(case, batch=turned, model=model)
    _same(fates(_told(rule, case.analysis)), fates(_told(rule, other.analysis)), "with items in another order")


def _names(rule: Rule, case: Case, rng: np.random.Generator) -> None:
    new = [f"q{number}" for number in rng.permutation(len(case.model.items)) + 10]
    called = dict(zip(case.model.items, new, strict=True))
    blocks = tuple(replace(b, items=tuple(called[item] for item in b.items)) for b in case.model.blocks)
    model = replace(case.model, blocks=blocks)
    other = replace(case, batch=replace(case.batch, items=model.items, found={}), model=model)
    told = "its draws belong to the names of items" if rule.draws else rule.refusal(model, case.method)
    if told is not None:
        raise NotTested(f"names are part of it: {told}")
    back = {name: item for item, name in called.items()}
    _same(fates(_told(rule, case.analysis)), fates(_told(rule, other.analysis), back), "with other names of items")


def _address(rule: Rule, case: Case, rng: np.random.Generator) -> None:
    if rule.draws or case.drawn:
        raise NotTested("it, or the method it looks at, draws random numbers, which belong to the address")
    other = replace(
        case.batch, address=Address(12, "cd" * 32), replications=case.batch.replications * 7 + 1001, found={}
    )
    found = fates(_told(rule, replace(case, batch=other).analysis))
    _same(fates(_told(rule, case.analysis)), found, "for the same answers from another study")


def _left_out(rule: Rule, case: Case, rng: np.random.Generator) -> None:
    kept = case.batch.retained.copy()
    kept[:, 1] = False
    noise = case.batch.raw.copy()
    noise[:, :, 1] = rng.normal(size=noise.shape[:2]) * 3.0
    without = replace(case, batch=case.batch.keep(kept))
    other = replace(case, batch=with_answers(case.batch, noise).keep(kept))
    _same(fates(_told(rule, without.analysis)), fates(_told(rule, other.analysis)), "whatever an item left out says")


def _failures(rule: Rule, case: Case, rng: np.random.Generator) -> None:
    answers = case.batch.raw.copy()
    answers[1, :, 0] = 2.0
    spoilt = fates(_told(rule, replace(case, batch=with_answers(case.batch, answers)).analysis))
    whole = fates(_told(rule, case.analysis))
    others = [r for r in range(len(case.batch)) if r != 1]
    _same([whole[r] for r in others], [spoilt[r] for r in others], "beside a data set with a constant item")


def _sees_no_truth(rule: Rule, case: Case, rng: np.random.Generator) -> None:
    module = sys.modules[type(_inner(rule)).__module__]
    if module.__name__.partition(".")[0] == "estimators":
        return  # tests/house holds the project's own files
    for place, path in sources.files_of(module).items():
        for name in _imported(path):
            top, _, rest = name.partition(".")
            if top in _FORBIDDEN or (top == "sim" and rest and not _is_ground(rest)):
                raise Breach(_BLIND, f"{place} imports {name}, which knows the truth")
        for text in opened.named_in(path.read_bytes()):
            raise Breach(_BLIND, f"{place} names '{text}', where populations and their truths are")
    with opened.watched() as files:
        _told(rule, case.analysis)
    if files:
        raise Breach(_BLIND, f"it opens {files[0].name}, which holds a truth")


def _imported(path: Path) -> list[str]:
    """The modules that a file imports, wherever it does, also by calls that name one."""
    found = []
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names if node.module == "sim")]
        elif isinstance(node, ast.Call) and _called(node.func) in _IMPORTING and node.args:
            named = node.args[0]
            found += [named.value] if isinstance(named, ast.Constant) and isinstance(named.value, str) else []
    return found


def _called(function: ast.expr) -> str:
    """The last part of the name of what is called."""
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _is_ground(rest: str) -> bool:
    """Whether `sim.REST` is a file directly in sim/, or a name of one."""
    folder = Path(str(sim.__file__)).parent
    return (folder / f"{rest.partition('.')[0]}.py").is_file()


#: The one list of laws of rules.
RULE_LAWS = (
    RuleLaw(
        "no-truth", "It sees data, model and fits: it neither imports nor opens the world.", _sees_no_truth, once=True
    ),
    RuleLaw("keeps-enough", "Every data set comes back once, no item comes back, blocks keep enough.", _keeps_enough),
    RuleLaw("alone", "Each data set is decided for itself.", _alone),
    RuleLaw("repeatable", "Asked twice it decides the same, and it changes no data.", _twice),
    RuleLaw("order-of-items", "The order of the items does not matter.", _order),
    RuleLaw("names", "What items are called does not matter.", _names),
    RuleLaw("address", "Where data come from does not matter, but for what is drawn.", _address),
    RuleLaw("left-out", "The answers to items that were left out do not matter.", _left_out),
    RuleLaw("failures", "A data set on which nothing can be fitted changes nothing for the others.", _failures),
)
