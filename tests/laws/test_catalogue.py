"""Every method of the catalogue obeys every law. A method inherits them by being listed there."""

from functools import cache

import pytest

from estimators import laws
from estimators.catalogue import ESTIMATORS

#: Surveys for each law and method. `laws.check(name, examples=200)` looks further.
EXAMPLES = 8

#: Laws that cannot hold for a method by its nature, with the reason.
EXCEPTIONS: dict[tuple[str, str], str] = {}


@pytest.mark.parametrize("law", [law.name for law in laws.LAWS])
@pytest.mark.parametrize("name", ESTIMATORS)
def test_it_obeys(name, law):
    if (name, law) in EXCEPTIONS:
        with pytest.raises(laws.LawBroken):
            laws.check(name, only=[law], examples=20, shrink=False)
        return
    report = laws.check(name, only=[law], examples=EXAMPLES, shrink=False)
    assert report.held == (law,) or law in _waived(name)


@cache
def _waived(name):
    """Laws of which a method's claims free it."""
    claims = laws.Claims.of(ESTIMATORS[name].estimator())
    return {law.name for law in laws.LAWS if law.waived(claims)}


def test_every_exception_is_of_a_listed_method_and_law():
    assert all(name in ESTIMATORS and law in {law.name for law in laws.LAWS} for name, law in EXCEPTIONS)
