"""A second list of faults, of estimators and of rules: each is named by a law. See `.run` and `.rules`."""

import pytest

from estimators import laws
from estimators.laws import decisions

from ...full import FULL
from .faults import FAULTS, UNCAUGHT
from .rules import RULES, SEEN
from .run import planted

#: One fault of each law that was sharpened for this list, the cheapest.
SHARPENED = (
    "standard errors of three decimals", "Fisher's z not turned back", "standard errors of first predictors only",
    "error of an indirect effect is the product", "RMSEA without its root", "BIC by items", "HTMT without its root",
    "pairs are short", "loadings of pairs lost", "covariances of errors ignored", "composites taken for factors",
    "prints", "temporary files left", "settles at its first fit", "seed + replication + resample",
    "all resamples said to be usable", "the last respondent never drawn", "listwise by the first data set",
    "reads memory as it lies", "steps that do not converge", "turns its inference off for good",
    "a level that nothing sees", "respondents alike are one", "zero is missing",
)  # fmt: skip
CHEAP = [name for name, fault in FAULTS.items() if fault.of != "from_command" and name not in UNCAUGHT]


def named(name, seed=0):
    """The laws of those that should name a fault which do."""
    return [law for law, _ in planted(name, seed, FAULTS[name].laws)[0]]


@pytest.mark.parametrize("name", SHARPENED)
def test_a_fault_is_named(name):
    assert named(name)


def test_there_are_over_a_hundred_in_over_ten_methods():
    assert len(FAULTS) - len(UNCAUGHT) >= 100
    assert len({fault.of for fault in FAULTS.values()}) >= 15
    assert {law for fault in FAULTS.values() for law in fault.laws} <= {law.name for law in laws.LAWS}
    assert set(UNCAUGHT) <= set(FAULTS)


@pytest.mark.acceptance
@pytest.mark.parametrize("name", [*FAULTS] if FULL else [name for name in CHEAP if name not in SHARPENED][::2])
def test_every_fault_is_named(name):
    assert named(name) or name in UNCAUGHT


@pytest.mark.parametrize("name", RULES if FULL else [*RULES][::4])
def test_a_fault_of_a_rule_is_named(name):
    rule, those = RULES[name]
    SEEN.clear()
    held = decisions.report(rule(), examples=2, only=None if FULL or not those else those)
    assert {each.law for each in held if each.outcome == "broken"} & set(those) or not those
