"""Targets: one name for one estimand, read and written alike."""

import pytest

from sim.targets import Target, read_target

SPELT = {
    "PERF~ACRM": Target("path", ("PERF", "ACRM")),
    "ACRM=~CC1": Target("loading", ("ACRM", "CC1")),
    "ACRM<~CC1": Target("weight", ("ACRM", "CC1")),
    "ACRM~~OCRM": Target("correlation", ("ACRM", "OCRM")),
    "ACRM->SCC->PERF": Target("indirect", ("ACRM", "SCC", "PERF")),
    "A->B->C->D": Target("indirect", ("A", "B", "C", "D")),
    "r2(PERF)": Target("r2", ("PERF",)),
    "alpha(F.1)": Target("alpha", ("F.1",)),
    "rho_c(F)": Target("rho_c", ("F",)),
    "ave(F)": Target("ave", ("F",)),
    "chisq": Target("chisq", ()),
    "df": Target("df", ()),
}


@pytest.mark.parametrize("name", SPELT)
def test_a_name_and_its_target_give_each_other(name: str) -> None:
    assert read_target(name) == SPELT[name]
    assert SPELT[name].name == name


def test_spaces_do_not_matter() -> None:
    assert read_target(" PERF ~ ACRM ") == SPELT["PERF~ACRM"]
    assert read_target("r2( PERF )") == SPELT["r2(PERF)"]
    assert read_target("ACRM -> SCC -> PERF") == SPELT["ACRM->SCC->PERF"]


@pytest.mark.parametrize(
    "name", ["", "A", "A~", "~A", "A~B~C", "A~~", "=~x", "A->B", "A->->B", "->A->B", "r2()", "r2(A", "beta(A)", "A=B"]
)
def test_what_spells_no_target_gives_none(name: str) -> None:
    assert read_target(name) is None
