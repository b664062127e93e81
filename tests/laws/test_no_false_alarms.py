"""Correct methods are not accused. All 200 seeds: `python -m tests.laws.no_false_alarms 200`.

The methods of the catalogue are held against every law in test_catalogue.
"""

import pytest

from ..full import FULL
from .no_false_alarms import CORRECT, COSTLY, accusations
from .strangers import STRANGERS

#: Held without the costly laws, unless FULL: it takes twenty seconds.
SHORTER = ("a bootstrap of its own",)


@pytest.mark.parametrize("name", ["means of standardised items", "first components", "first items"])
def test_a_correct_stranger_is_not_accused(name):
    assert not accusations(name, seed=1000, examples=1)


def test_there_are_ten_strangers_and_the_catalogue():
    assert len(STRANGERS) >= 10
    assert len(CORRECT) >= 30


@pytest.mark.acceptance
@pytest.mark.parametrize("name", CORRECT if FULL else STRANGERS)
def test_no_correct_method_is_accused_in_a_seed(name):
    shorter = name in SHORTER and not FULL
    assert not accusations(name, 300, 2 if FULL else 1, COSTLY if shorter else ())
