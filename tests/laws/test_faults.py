"""Every law can fail: it catches the faults planted for it, and says what is wrong."""

import re

import pytest

from estimators import laws

from .faults import FAULTS, Faulty
from .further.faults import FAULTS as FURTHER
from .mutations import MUTATIONS


@pytest.mark.parametrize(("law", "method", "claims"), FAULTS, ids=[f"{law}-{type(m).__name__}" for law, m, _ in FAULTS])
def test_a_law_catches_its_fault(law, method, claims):
    with pytest.raises(laws.LawBroken, match=f"breaks the law {law}: ") as caught:
        laws.check(method, only=[law], **claims, shrink=False)
    assert caught.value.law.name == law
    assert re.search(r"expected: .+\n  found: .+\n  held against: .+ model .+\n  again: ", str(caught.value))


def test_every_law_has_a_fault():
    planted = {law for law, _, _ in FAULTS} | {law for one in MUTATIONS.values() for law in one.laws}
    planted |= {law for one in FURTHER.values() for law in one.laws}
    assert planted >= {law.name for law in laws.LAWS}


def test_what_carries_the_faults_has_none():
    report = laws.check(Faulty(), examples=3)
    assert set(report.left_out) <= {
        "iteration-limit", "streams", "resamples-kept", "truth", "needs-categories", "reversed-item", "fit-measures",
        "gaps-taken",
    }  # fmt: skip
