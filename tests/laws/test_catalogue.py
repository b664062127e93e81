"""Every method of the catalogue obeys every law. A method inherits them by being listed there."""

from functools import cache

import pytest

from estimators import laws
from estimators.catalogue import ESTIMATORS

from ..full import FULL
from .no_false_alarms import COSTLY

#: Surveys for each law and method. `laws.check(name, examples=200)` looks further.
EXAMPLES = 3 if FULL else 2


#: Laws that some methods have nothing to hold against: no inference, no iterations, no resamples, no answers needed.
MAY_BE_LEFT_OUT = {
    *("coherent-inference", "level-kept", "degrees-of-freedom", "calibrated", "false-alarms"),
    *("streams", "resamples-kept", "iteration-limit", "fit-measures", "gaps-taken"),
}


@pytest.mark.parametrize("law", [law.name for law in laws.LAWS if law.name not in COSTLY])
@pytest.mark.parametrize("name", ESTIMATORS)
def test_it_obeys(name, law):
    _obeys(name, law)


@pytest.mark.acceptance
@pytest.mark.parametrize("law", COSTLY)
@pytest.mark.parametrize("name", ESTIMATORS)
def test_it_obeys_over_many_samples(name, law):
    _obeys(name, law)


def _obeys(name, law):
    report = laws.check(name, only=[law], examples=EXAMPLES, shrink=False)
    assert report.held == (law,) or law in _waived(name) | MAY_BE_LEFT_OUT


@cache
def _waived(name):
    """Laws of which a method's claims free it."""
    claims = laws.subject_of(name).claims
    return {law.name for law in laws.LAWS if law.waived(claims)}
