"""Factors over anything: every kind of level changes exactly what it says, and nothing else."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.run.estimating import block_table
from benchmarks.study.study import Study, load
from sim import catalogue
from sim.errors import InputError
from sim.population.record import Population

POPULATION = """
source = "made"
model = '''
F =~ x1 + x2 + x3
G =~ y1 + y2 + y3
H =~ z1 + z2 + z3
H ~ F + G
'''
[values]
"F=~x1" = 0.8
"F=~x2" = 0.7
"F=~x3" = 0.6
"G=~y1" = 0.8
"G=~y2" = 0.7
"G=~y3" = 0.6
"H=~z1" = 0.8
"H=~z2" = 0.7
"H=~z3" = 0.6
"H~F" = 0.4
"H~G" = 0.3
"F~~G" = 0.3
"x1~~y1" = 0.1
[scale]
categories = 5
[missing]
share = 0.1
items = { x1 = 0.2 }
"""
STUDY = """
name = "made"
[models]
few = "F =~ x1 + x2\\nH =~ z1 + z2\\nH ~ F"
[aims]
title = "t"
question = "q"
[estimands]
targets = ["H~F"]
[methods.pls]
[methods.ml]
[data]
population = "population.toml"
n = [50]
replications = 10
seed = 1
"""


def study(folder: Path, factors: str, data: str = "", population: str = POPULATION) -> Study:
    """A study with these factors."""
    (folder / "population.toml").write_text(population, encoding="utf-8")
    path = folder / "study.toml"
    path.write_text(f"{STUDY}{data}\n{factors}", encoding="utf-8")
    return load(str(path))


def differing(one: Population, other: Population) -> dict[str, Any]:
    """What a population has that another has not, by field: arrays as the places that differ, the rest as it is."""
    found: dict[str, Any] = {}
    for name in ("loadings", "paths", "exogenous_correlations", "error_covariances"):
        a, b = getattr(one, name), getattr(other, name)
        if a.shape != b.shape:
            found[name] = b.shape
        elif (a != b).any():
            found[name] = sorted({float(value) for value in b[a != b]})
    if one.model != other.model:
        found["model"] = other.model.syntax
    if one.scale.categories != other.scale.categories:
        found["scale"] = other.scale.categories
    for section, mechanism in other.every():
        if mechanism.given != getattr(one, section).given:
            found[section] = mechanism.given
    return found


#: Levels of a factor after the first, which is the population as it stands, and what they change of it.
KINDS = [
    ('"F=~x1" = [0.8, 0.5]', {"loadings": [0.5]}),
    ('"G=~*" = [0.65, 0.5]', {"loadings": [0.5]}),
    ('"H~G" = [0.3, 0.0]', {"paths": [0.0]}),
    ('"F~~G" = [0.3, 0.5]', {"exogenous_correlations": [0.5]}),
    ('"*~~*" = [0.3, 0.5]', {"exogenous_correlations": [0.5]}),
    ('"x1~~y1" = [0.1, 0.0]', {"error_covariances": [0.0]}),
    ('"x2~~x3" = [0.0, 0.2]', {"error_covariances": [0.2]}),
    ('values."F=~x1" = [0.8, 0.5]', {"loadings": [0.5]}),
    ("scale.categories = [5, 7]", {"scale": (7,) * 9}),
    ("scale.items.x1.categories = [5, 7]", {"scale": (7,) + (5,) * 8}),
    (
        "[data.factors.s]\nsets = 'scale.shares'\nlevels = { even = [0.5, 0.5], three = [0.1, 0.2, 0.7] }",
        {"scale": (3,) * 9},
    ),
    ("[data.factors.s]\nlevels = { a = {}, b = { scale.thresholds = [-1.0, 0.0, 1.0] } }", {"scale": (4,) * 9}),
    ("responses.careless = [0.0, 0.1]", {"responses": {"careless": 0.1}}),
    ("missing.share = [0.1, 0.3]", {"missing": {"share": 0.3, "items": {"x1": 0.2}}}),
    ("missing.items.x1 = [0.2, 0.3]", {"missing": {"share": 0.1, "items": {"x1": 0.3}}}),
    ("missing.items.y1 = [0.1, 0.3]", {"missing": {"share": 0.1, "items": {"x1": 0.2, "y1": 0.3}}}),
    (
        "[data.factors.d]\nlevels = { normal = {}, t5 = { distribution = { errors = 't', df = 5 } } }",
        {"distribution": {"errors": "t", "df": 5.0}},
    ),
    (
        "[data.factors.d]\nlevels = { plain = {}, hard = { '*=~*' = 0.5, responses.careless = 0.1, "
        "scale.categories = 3 } }",
        {"loadings": [0.5], "responses": {"careless": 0.1}, "scale": (3,) * 9},
    ),
    ("[data.factors.loading]\nsets = ['F=~x1', 'G=~y1']\nlevels = [0.8, 0.5]", {"loadings": [0.5]}),
]


@pytest.mark.parametrize(("factor", "changes"), KINDS)
def test_a_level_changes_exactly_what_it_says(factor: str, changes: dict[str, Any], tmp_path: Path) -> None:
    told = factor if factor.startswith("[") else f"[data.factors]\n{factor}"
    found = study(tmp_path, told)
    base, level = (cell.population for cell in found.cells)
    assert differing(base, level) == changes
    assert found.cells[0].key != found.cells[1].key


def test_the_first_level_is_the_population_as_it_stands(tmp_path: Path) -> None:
    plain = study(tmp_path, "")
    for factor in (
        '"F=~x1" = [0.8, 0.5]',
        "scale.categories = [5, 7]",
        "responses.careless = [0.0, 0.1]",
        "items.F = [3, 6]",
    ):
        assert study(tmp_path, f"[data.factors]\n{factor}").cells[0].key == plain.cells[0].key


def test_items_of_a_construct_are_dropped_and_go_on_in_turn(tmp_path: Path) -> None:
    found = study(tmp_path, "[data.factors]\nitems.F = [2, 3, 7]")
    few, own, many = (cell.population for cell in found.cells)
    assert few.model.items == ("x1", "x2", "y1", "y2", "y3", "z1", "z2", "z3")
    assert own.model.items[:3] == ("x1", "x2", "x3")
    assert many.model.items[:7] == ("x1", "x2", "x3", "x4", "x5", "x6", "x7")
    assert list(many.loadings[:8]) == [0.8, 0.7, 0.6, 0.8, 0.7, 0.6, 0.8, 0.8]
    assert many.missing.items == {"x1": 0.2, "x4": 0.2, "x7": 0.2}
    assert np.count_nonzero(many.error_covariances) == 2  # that of x1 and y1 alone
    assert few.error_covariances[0, 2] == 0.1
    assert (many.paths == own.paths).all()
    assert many.exogenous_correlations[0, 1] == 0.3


def test_a_named_model_has_the_items_of_the_level(tmp_path: Path) -> None:
    factors = "[data.factors]\nitems.F = [3, 5]\nitems.G = [2, 3]\nmethods.ml.model = ['same', 'few']\n"
    model = "[models.same]\nsyntax = 'F =~ x1 + x2 + x3\\nH =~ z1 + z2 + z3\\nH ~ F'\n"
    found = study(tmp_path, model.replace("'", "'''").replace("\\n", "\n") + factors)
    fitted = [found.at(cell).fitted(found.at(cell).methods[1]) for cell in found.cells]
    assert [len(model.blocks[0].items) for model in fitted] == [3, 2, 3, 2, 5, 2, 5, 2]
    table = block_table(found, found.cells[4], 0)
    assert "retained:x5" in table.column_names


def test_constructs_like_one_have_all_that_is_said_of_it(tmp_path: Path) -> None:
    told = POPULATION.replace('"F~~G" = 0.3', '"F~~G" = 0.3\n"F~~F" = 0.25').replace('"H~F" = 0.4', '"H~F" = 0.2')
    found = study(tmp_path, "[data.factors]\ncopies.F = [1, 3]", population=told)
    one, three = (cell.population for cell in found.cells)
    assert one.model.constructs == ("F", "G", "H")
    assert three.model.constructs == ("F", "F2", "F3", "G", "H")
    assert three.model.blocks[1].items == ("x1_2", "x2_2", "x3_2")
    truth = {
        name: float(three.truth([three.model.target(name)])[0])
        for name in ("F~~F2", "F2~~F3", "F2~~G", "H~F3", "H~G", "F3=~x2_3")
    }
    assert truth == {"F~~F2": 0.25, "F2~~F3": 0.25, "F2~~G": 0.3, "H~F3": 0.2, "H~G": 0.3, "F3=~x2_3": 0.7}
    assert three.missing.items == {"x1": 0.2, "x1_2": 0.2, "x1_3": 0.2}
    assert one.structure.covariance == pytest.approx(
        three.structure.covariance[np.ix_(*[[0, 1, 2, *range(9, 15)]] * 2)], abs=1
    )


def test_settings_of_methods_and_the_model_they_fit_leave_data_alone(tmp_path: Path) -> None:
    found = study(tmp_path, "[data.factors]\nmethods.pls.scheme = ['path', 'factorial']\nmodel = ['population', 'few']")
    assert len({cell.key for cell in found.cells}) == 1
    settings = [dict(found.at(cell).methods[0].settings) for cell in found.cells]
    assert [each["scheme"] for each in settings] == ["path", "path", "factorial", "factorial"]
    assert [len(found.at(cell).fitted(found.at(cell).methods[1]).blocks) for cell in found.cells] == [3, 2, 3, 2]
    assert dict(found.at(found.cells[2]).methods[1].settings) == dict(found.methods[1].settings)


def test_factors_of_a_population_may_be_tables_and_keys_too(tmp_path: Path) -> None:
    told = POPULATION + (
        '[factors.world]\nlevels = { normal = {}, hard = { responses.careless = 0.1, "F=~x1" = 0.5 } }\n'
        '[factors.length]\nsets = "items.G"\nlevels = [3, 4]\n'
        '[factors.cross]\nsets = "x1~~y1"\nlevels = [0.1, 0.2]\n'
    )
    found = study(
        tmp_path, '[data.factors]\nworld = ["normal", "hard"]\nlength = [3, 4]\ncross = [0.1, 0.2]', population=told
    )
    assert len(found.cells) == 8
    first, last = found.cells[0].population, found.cells[-1].population
    assert first.loadings[0] == 0.8
    assert last.loadings[0] == 0.5
    assert last.responses.careless == 0.1
    assert last.model.blocks[1].items == ("y1", "y2", "y3", "y4")
    assert last.error_covariances[0, 3] == 0.2
    alone = catalogue.population(str(tmp_path / "population.toml"), {"world": "hard"})
    assert alone.responses.careless == 0.1


def test_a_factor_of_the_population_may_have_other_levels(tmp_path: Path) -> None:
    renamed = [("population.toml", "crm-clusters"), ("H~F", "PERF~ACRM"), ("x1 + x2", "CC1 + CC2"), ("F =~", "ACRM =~")]
    text = STUDY
    for old, new in [*renamed, ("z1 + z2", "VA1 + VA2"), ("H =~", "PERF =~"), ("H ~ F", "PERF ~ ACRM")]:
        text = text.replace(old, new)
    path = tmp_path / "study.toml"
    more = "[data.factors.crm_correlation]\nlevels = [0.4, 0.6]\n"
    more += "[data.factors.explained]\nsets = 'published.r2.PERF'\nlevels = [0.502, 0.4]"
    path.write_text(f"{text}{more}", encoding="utf-8")
    found = load(str(path))
    truths = [float(cell.truth([found.model.target("ACRM~~OCRM")])[0]) for cell in found.cells]
    assert truths == pytest.approx([0.4, 0.4, 0.6, 0.6])
    assert [cell.calibration.rows[-1].published for cell in found.cells] == [0.502, 0.4, 0.502, 0.4]


@pytest.mark.parametrize(
    ("factors", "told"),
    [
        ('[data.factors]\n"F=~x9" = [0.5]', ["data.factors.F=~x9[1]", "'x9'"]),
        ('[data.factors]\n"Q=~*" = [0.5]', ["data.factors.Q=~*[1]", "F=~x1"]),
        ('[data.factors]\n"F=~x1" = [0.8, 1.5]', ["data.factors.F=~x1[2]", "beyond 1"]),
        (
            "[data.factors]\nrespones.careless = [0.1]",
            ["respones.careless[1]", "did you mean 'responses'"],
        ),
        ("[data.factors]\nresponses.carless = [0.1]", ["did you mean 'careless'"]),
        ("[data.factors]\nitems.F = [0, 3]", ["data.factors.items.F[1]: 0 given", "1 to 200"]),
        ("[data.factors]\nitems.Q = [3]", ["data.factors.items.Q[1]", "construct 'Q'"]),
        ("[data.factors]\nmethods.mll.scheme = ['path']", ["method 'mll'", "did you mean 'ml'"]),
        ("[data.factors]\nmodel = ['fev']", ["data.factors.model[1]", "did you mean 'few'"]),
        ("[data.factors]\nmethods.pls.scheme = ['pth']", ["methods.pls", "'pth'"]),
        ("[data.factors]\nbias = [1]", ["data.factors.bias", "has no factors"]),
        ("[data.factors.value]\nsets = 'F=~x1'\nlevels = [0.8, 0.5]", ["data.factors.value", "column of the results"]),
        ("[data.factors.a]\nlevels = [1, 2]", ["data.factors.a.levels", "no key is said"]),
        ("[data.factors.a]\nlevels = { x = { 'F=~x1' = 0.5 }, y = 3 }", ["data.factors.a.levels: y sets 3"]),
        ("[data.factors.a]\nlevls = [1]\nsets = 'F=~x1'", ["data.factors.a.levls", "data.factors.a.levels"]),
        ('[data.factors]\n"F=~x1" = [0.8]\n[data.factors.a]\nsets = "F=~x1"\nlevels = [0.8]', ["sets F=~x1 too"]),
        ('[data.factors]\n"F=~x1" = [0.5, 0.5]', ["names a level twice"]),
        (
            '[data.factors]\n"F~~G" = [0.3, 0.99]\n"x1~~y1" = [0.1, 0.6]',
            ["data.factors.x1~~y1[2]", "positive definite"],
        ),
    ],
)
def test_what_is_wrong_with_a_factor_is_told_with_its_place(factors: str, told: list[str], tmp_path: Path) -> None:
    with pytest.raises(InputError) as error:
        study(tmp_path, factors)
    for text in told:
        assert text in str(error.value)


def test_mistakes_of_levels_are_told_together(tmp_path: Path) -> None:
    factors = '"F=~x9" = [0.5]\n"G=~y1" = [1.5, 0.5, 2.0]\nitems.H = [3, -1]\nscale.categorie = [5]'
    with pytest.raises(InputError, match="has 5 mistakes"):
        study(tmp_path, f"[data.factors]\n{factors}")
