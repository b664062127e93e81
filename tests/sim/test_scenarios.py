"""Scenarios: what factors make of a population whose [values] leave something open, and the second source study's."""

import itertools
import re
from pathlib import Path

import numpy as np
import pytest

from benchmarks.study.study import load
from sim import catalogue
from sim.errors import InputError
from sim.model import Model
from sim.population.record import Population
from sim.solving.scenarios import values_of, with_effect_sizes

LEVELS = catalogue.factors("social-crm")
F2 = {"small": 0.02, "medium": 0.15, "large": 0.35}


def test_correlations_of_the_social_crm_constructs_by_hand() -> None:
    """f2 = 0.15 for all nine paths. With two predictors correlated r, each path is b, b^2 = f2 s^2 / (1 - r^2)."""
    f2 = 0.15
    population = catalogue.population("social-crm", {"effect": "medium"})
    at = population.model.constructs.index

    def phi(a: str, b: str) -> float:
        return float(population.structure.construct_correlations[at(a), at(b)])

    def path(outcome: str, predictor: str) -> float:
        return float(population.paths[at(outcome), at(predictor)])

    b = np.sqrt(f2 / (1 + f2))
    r = {("CRO", "SMS"): b}
    assert path("SMS", "CRO") == pytest.approx(b, abs=1e-14)
    assert path("SMS", "CRO") == pytest.approx(0.361158, abs=5e-7)
    for outcome, (first, second) in {
        "SMU": ("CRO", "SMS"),
        "SCC": ("CRO", "SMU"),
        "CEC": ("SMU", "SCC"),
        "SCP": ("SCC", "CEC"),
    }.items():
        between = r[first, second]
        left = 1 / (1 + 2 * f2 / (1 - between))  # 1 - R2, as R2 = 2 b^2 (1 + r) = 2 f2 s^2 / (1 - r)
        b = np.sqrt(f2 * left / (1 - between**2))
        assert path(outcome, first) == pytest.approx(b, abs=1e-14)
        assert path(outcome, second) == pytest.approx(b, abs=1e-14)
        r[first, outcome] = r[second, outcome] = b * (1 + between)
        assert phi(first, outcome) == pytest.approx(b * (1 + between), abs=1e-14)
        assert 1 - population.structure.r2[at(outcome)] == pytest.approx(left, abs=1e-14)
    # Wright's rules: CRO reaches CEC through SMU and SCC, SCP through SCC and CEC.
    through = path("CEC", "SMU") * r["CRO", "SMU"] + path("CEC", "SCC") * r["CRO", "SCC"]
    assert phi("CRO", "CEC") == pytest.approx(through, abs=1e-14)
    assert phi("CRO", "SCP") == pytest.approx(
        path("SCP", "SCC") * r["CRO", "SCC"] + path("SCP", "CEC") * through, abs=1e-14
    )
    items = population.model.items.index
    assert population.structure.covariance[items("CRO1"), items("SMU4")] == pytest.approx(
        0.64 * r["CRO", "SMU"], abs=1e-14
    )
    # Two dimensions that load .85 on performance.
    assert population.structure.covariance[items("FP1"), items("FP3")] == pytest.approx(0.64, abs=1e-14)
    assert population.structure.covariance[items("FP1"), items("CRP3")] == pytest.approx(0.64 * 0.85**2, abs=1e-14)
    assert phi("FP", "CEC") == pytest.approx(0.85 * phi("SCP", "CEC"), abs=1e-14)


@pytest.mark.parametrize(("effect", "loading"), list(itertools.product(LEVELS["effect"], LEVELS["loading"])))
def test_every_social_crm_scenario_has_the_effects_and_loadings_it_names(effect: str, loading: float) -> None:
    population = catalogue.population("social-crm", {"effect": effect, "loading": loading})
    names = [f"f2({o}~{i})" for o, i in population.model.paths]
    assert len(names) == 9
    sizes = population.truth([population.model.target(name) for name in names])
    assert sizes == pytest.approx(np.full(9, F2[effect]), abs=1e-13)
    assert (population.paths >= 0).all()
    assert set(population.loadings) == {loading}


def test_the_social_crm_population_is_the_sources_model() -> None:
    model = catalogue.population("social-crm").model
    assert set(model.paths) == {
        *(("SMS", "CRO"), ("SMU", "CRO"), ("SMU", "SMS"), ("SCC", "CRO"), ("SCC", "SMU")),
        *(("CEC", "SMU"), ("CEC", "SCC"), ("SCP", "SCC"), ("SCP", "CEC")),
    }
    counts = {block.construct: len(block.items) for block in model.blocks}
    assert counts == dict.fromkeys(("CRO", "SMS", "SMU", "SCC", "CEC"), 4) | {"FP": 3, "CRP": 3}
    assert [(block.construct, block.items) for block in model.second_order] == [("SCP", ("FP", "CRP"))]


def test_the_social_crm_study_asks_for_the_mediated_effects() -> None:
    study = load("social-crm")
    assert len(study.cells) == 6 * 4
    assert {method.base for method in study.methods} == {"sumscores", "pls", "plsc", "croon"}
    truth = dict(zip((t.name for t in study.estimands), study.cells[0].population.truth(study.estimands), strict=True))
    assert truth["SMU->SCC->SCP"] == pytest.approx(truth["SCC~SMU"] * truth["SCP~SCC"], abs=1e-15)
    chains = [value for name, value in truth.items() if name.startswith("SMU->")]
    assert truth["total_indirect(SMU->SCP)"] == pytest.approx(sum(chains), abs=1e-15)
    assert len(load("social-crm", quick=True).cells) == 3


MODEL = Model.parse("A =~ a1 + a2\nB =~ b1 + b2\nC =~ c1 + c2\nC ~ A + B")
LOADINGS = {f"{block.construct}=~{item}": 0.7 for block in MODEL.blocks for item in block.items}


def test_effect_sizes_beside_given_paths_are_met() -> None:
    given = LOADINGS | {"A~~B": 0.4, "C~A": -0.5}
    population = Population.of(MODEL, with_effect_sizes(MODEL, given, {"C~B": 0.2}))
    assert population.paths[2, 0] == -0.5
    assert population.paths[2, 1] > 0
    f2, r2 = population.truth([MODEL.target("f2(C~B)"), MODEL.target("r2(C)")])
    assert f2 == pytest.approx(0.2, abs=1e-14)
    assert f2 == pytest.approx((r2 - (-0.5 + 0.4 * population.paths[2, 1]) ** 2) / (1 - r2), abs=1e-14)


def test_factors_set_what_they_name_and_what_is_left() -> None:
    factors = {
        "rest": {"sets": "loading"},
        "weak": {"sets": "loading A=~a2 C=~c1"},
        "between": {"sets": "correlation"},
        "one": {"sets": "path C~A"},
        "other": {"sets": "f2"},
    }
    chosen = {"rest": 0.8, "weak": 0.4, "between": 0.3, "one": 0.5, "other": 0.0}
    values = values_of(MODEL, {"B=~b1": 0.9}, factors, chosen)
    assert values == {
        **{"A=~a1": 0.8, "A=~a2": 0.4, "B=~b1": 0.9, "B=~b2": 0.8, "C=~c1": 0.4, "C=~c2": 0.8},
        **{"A~~B": 0.3, "C~A": 0.5, "C~B": 0.0},
    }


def test_perfectly_correlated_predictors_have_no_effect_size() -> None:
    with pytest.raises(InputError, match="A, B cannot be told apart"):
        with_effect_sizes(MODEL, LOADINGS | {"A~~B": 1.0}, {"C~A": 0.1, "C~B": 0.1})


def test_the_example_of_the_documentation_is_a_population(tmp_path: Path) -> None:
    text = (Path(__file__).parent.parent.parent / "docs" / "populations.md").read_text(encoding="utf-8")
    example = next(found for found in re.findall(r"```toml\n(.*?)```", text, re.S) if "[factors" in found)
    path = tmp_path / "mine.toml"
    path.write_text(example)
    population = catalogue.population(str(path), {"effect": "medium", "direct": "some"})
    truth = population.truth([population.model.target(n) for n in ("f2(G~F)", "f2(H~G)", "H~F", "F=~x1", "F=~x2")])
    assert truth == pytest.approx(np.array([0.15, 0.15, 0.3, 0.9, 0.8]), abs=1e-14)
    assert all(f"`{name}`" in text for name in catalogue.names())
