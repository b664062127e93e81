"""Every method against the programs that have it, and the page that says how close they are."""

import dataclasses
import hashlib
import re

import pytest

from estimators.base import Status
from estimators.catalogue import ESTIMATORS
from sim.targets import CONSTRUCT_KINDS, EFFECT_KINDS, MODEL_KINDS, PAIR_KINDS, PATH_KINDS, PREDICTION_KINDS
from tests import evidence
from tests.cases import REFERENCE

CASES = [(name, case) for name in evidence.names() for case in evidence.content(name)["cases"]]


@pytest.mark.parametrize(("name", "case"), CASES)
def test_every_quantity_agrees_within_its_tolerance(name, case):
    wrong = [f for f in evidence.findings(name, case) if not f.difference <= f.tolerance]
    assert not wrong


@pytest.mark.parametrize(("name", "case"), CASES)
def test_the_status_is_that_of_the_other_program(name, case):
    expected = evidence.content(name)["cases"][case].get("status")
    status = Status(int(evidence.fitted(name, case).status[0]))
    assert status.name == expected if expected else not status.fatal


def test_the_data_are_those_that_the_other_programs_read():
    listed = (REFERENCE / "data" / "SHA256SUMS").read_text(encoding="ascii").splitlines()
    sums = dict(reversed(line.split()) for line in listed)
    stored = sorted((REFERENCE / "data").glob("*.csv"))
    assert {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in stored} == sums


def test_the_page_states_what_comes_out_now():
    written, made = (text.splitlines() for text in (evidence.PAGE.read_text(encoding="utf-8"), evidence.page()))
    assert len(written) == len(made), "docs/evidence.md is not up to date; run `make evidence`"
    for old, new in zip(written, made, strict=True):
        assert re.sub(r"1e[-+]\d+", "", old) == re.sub(r"1e[-+]\d+", "", new)
        for said, found in zip(re.findall(r"1e[-+]\d+", old), re.findall(r"1e[-+]\d+", new), strict=True):
            # Another machine rounds otherwise, and an iteration may stop one step apart.
            assert float(found) <= max(100 * float(said), 1e-12)


def test_the_pages_name_every_method_and_setting():
    methods, evidenced = (
        (evidence.PAGE.parent / name).read_text(encoding="utf-8") for name in ("methods.md", evidence.PAGE.name)
    )
    for name, entry in ESTIMATORS.items():
        assert f"`{name}`" in methods
        assert f"`{name}`" in evidenced or entry.label in evidenced
        for field in dataclasses.fields(entry.estimator):
            if field.name not in ("level", "inference", "standard_errors"):
                assert f"`{field.name}`" in methods, (name, field.name)


def test_the_page_of_methods_names_every_quantity():
    text = (evidence.PAGE.parent / "methods.md").read_text(encoding="utf-8")
    kinds = (*CONSTRUCT_KINDS, *PATH_KINDS, *EFFECT_KINDS, *PAIR_KINDS, *MODEL_KINDS, *PREDICTION_KINDS, "difference")
    assert not [kind for kind in kinds if f"`{kind}" not in text]
