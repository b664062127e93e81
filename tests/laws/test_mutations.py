"""Over a hundred realistic faults in fourteen estimators: at least 95 % are caught, each by a law that names it.

All of them, and which law of all is the first: `python -m tests.laws.mutation_run`.
"""

import pytest

from estimators import laws

from ..full import FULL
from .mutation_run import FEWER, caught, planted
from .mutations import CASES, MUTATIONS


@pytest.mark.parametrize(("fault", "method"), CASES[::23], ids=[f"{f}-{m}" for f, m in CASES[::23]])
def test_a_sample_of_faults_is_caught_by_the_law_that_names_each(fault, method):
    law = caught(fault, method)
    assert law in MUTATIONS[fault].laws


def test_there_are_over_a_hundred_faults_in_over_ten_methods_and_every_fault_names_a_law():
    assert len(CASES) >= 100
    assert len({method for _, method in CASES}) >= 10
    assert {law for one in MUTATIONS.values() for law in one.laws} <= {law.name for law in laws.LAWS}


@pytest.mark.acceptance
def test_nearly_all_faults_are_caught():
    assert len(FEWER) >= 100
    assert {name for name, _ in FEWER} == set(MUTATIONS)
    # The laws before the one that names a fault hold: that takes most of the time, and only tells which law is first.
    found = planted(FEWER, named=not FULL)
    assert len(found.missed) <= 0.05 * len(FEWER), str(found)
    assert len(found.missed) + len(found.otherwise) <= 0.05 * len(FEWER), str(found)
