"""Every method of the catalogue obeys every law. A method inherits them by being listed there."""

from functools import cache

import pytest

from estimators import laws
from estimators.catalogue import ESTIMATORS

#: Surveys for each law and method. `laws.check(name, examples=200)` looks further.
EXAMPLES = 8


@pytest.mark.parametrize("law", [law.name for law in laws.LAWS])
@pytest.mark.parametrize("name", ESTIMATORS)
def test_it_obeys(name, law):
    report = laws.check(name, only=[law], examples=EXAMPLES, shrink=False)
    assert report.held == (law,) or law in _waived(name)


@cache
def _waived(name):
    """Laws of which a method's claims free it."""
    claims = laws.Claims.of(ESTIMATORS[name].estimator())
    return {law.name for law in laws.LAWS if law.waived(claims)}
