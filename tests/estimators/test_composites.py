"""Populations of composites: their moments and truth by hand, what draws keep, what methods find, what is refused."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from benchmarks.study.study import load
from estimators.base import Status
from estimators.catalogue import ESTIMATORS
from estimators.composites.pls import PLS
from sim import catalogue
from sim.answers.likert import Scale
from sim.answers.responses import Responses
from sim.batch import Batch
from sim.drawing.draw import draw
from sim.errors import InputError
from sim.implied.implied import implied
from sim.implied.marginals import after_cut
from sim.model import Model
from sim.population.record import Population
from sim.structures import composites
from sim.structures.generate import constructs, responses
from tests.bad_input import Refused, assert_says
from tests.composite_worlds import (
    FILE,
    MIXED,
    MIXED_VALUES,
    MODEL,
    STUDY,
    VALUES,
    composite_population,
    mixed_population,
)
from tests.draws import MANY, assert_a_draw_agrees

TIGHT = {"tolerance": 1e-14, "max_iterations": 10_000}


def weight_targets(model: Model) -> list:
    return [model.target(f"{block.construct}<~{item}") for block in model.blocks for item in block.items]


# --- moments and truth ---


def test_the_covariances_are_those_that_the_composites_are_said_to_have() -> None:
    population = composite_population()
    s = population.structure.covariance
    within = np.array([[1, 0.4, 0.2], [0.4, 1, 0], [0.2, 0, 1]])
    raw = np.array([5.0, 3.0, 4.0])
    w_a = raw / np.sqrt(raw @ within @ raw)
    w_b = np.array([2.0, -1.0]) / np.sqrt(1 + 4 - 4 * 0.3)
    w_y = np.array([0.4, 0.5, 0.6]) / np.sqrt(0.16 + 0.25 + 0.36 + 2 * 0.1 * 0.2)
    assert s[:3, :3] == pytest.approx(within, abs=1e-15)
    assert s[3, 4] == pytest.approx(0.3, abs=1e-15)
    assert w_a @ s[:3, 3:5] @ w_b == pytest.approx(0.3, abs=1e-14)
    assert w_a @ s[:3, 5:] @ w_y == pytest.approx(0.5 + 0.3 * 0.3, abs=1e-14)
    # Items of two blocks covary through the composites alone: every 2 x 2 minor is 0.
    assert np.linalg.matrix_rank(s[:3, 5:], tol=1e-12) == 1
    truth = population.truth(weight_targets(MODEL))
    assert truth == pytest.approx(np.concatenate([w_a, w_b, w_y]), abs=1e-14)
    assert population.truth([MODEL.target("A=~a2")])[0] == pytest.approx((within @ w_a)[1], abs=1e-15)
    assert population.truth([MODEL.target("ave(A)")])[0] == pytest.approx(((within @ w_a) ** 2).mean(), abs=1e-15)


def test_loadings_are_those_that_another_program_documents() -> None:
    # cSEM's data dgp_2ndorder_cf_of_c: weights .8 and .4, loadings .925 and .65 (its manual). A variance
    # of 1 makes the items' correlation (1 - .64 - .16) / .64.
    model = Model.parse("C <~ y11 + y12\nG =~ z1 + z2\nG ~ C")
    values = {"C<~y11": 0.8, "C<~y12": 0.4, "y11~~y12": 0.3125, "G=~z1": 0.8, "G=~z2": 0.7, "G~C": 0.5}
    population = Population.of(model, values)
    names = ("C<~y11", "C<~y12", "C=~y11", "C=~y12")
    assert population.truth([model.target(name) for name in names]) == pytest.approx([0.8, 0.4, 0.925, 0.65], abs=1e-15)


def test_only_the_ratios_of_weights_count() -> None:
    other = composite_population(**{"A<~a1": 0.05, "A<~a2": 0.03, "A<~a3": 0.04})
    assert other.structure.covariance == pytest.approx(composite_population().structure.covariance, abs=1e-15)


def test_composites_have_no_reliability() -> None:
    population = mixed_population()
    names = ["alpha(B)", "omega(B)", "rho_c(B)", "fornell_larcker(B)", "htmt(A,B)", "htmt2(B,Y)", "htmt_abs(A,B)"]
    assert np.isnan(population.truth([MIXED.target(name) for name in names])).all()
    names = ["alpha(A)", "rho_c(Y)", "fornell_larcker(A)", "htmt(A,Y)", "ave(B)", "f2(Y~B)", "vif(Y~C)", "B<~b2"]
    assert np.isfinite(population.truth([MIXED.target(name) for name in names])).all()
    assert np.isnan(population.truth([MIXED.target("A<~a1")]))
    cut = mixed_population(Scale.from_shares([0.3, 0.4, 0.3], 9))
    targets = [MIXED.target(name) for name in ("alpha(B)", "rho_c(B)", "ave(B)", "alpha(A)")]
    assert np.isnan(after_cut(cut, tuple(targets))).tolist() == [True, True, False, False]


def test_pls_of_mode_b_finds_the_truth_on_population_moments() -> None:
    population = composite_population()
    targets = [*(t for t in MODEL.targets if t.kind not in ("alpha", "rho_c")), *weight_targets(MODEL)]
    fit = PLS(**TIGHT).fit(Batch.of_moments(population.moments), MODEL, targets)
    assert fit.value[0] == pytest.approx(population.truth(targets), abs=1e-9)


#: Methods that claim the truth of factors, and take composites as they are.
CONSISTENT = [name for name, each in ESTIMATORS.items() if each.consistent and not each.estimator().refusal(MIXED)]


@pytest.mark.parametrize("name", CONSISTENT)
def test_consistent_methods_find_the_truth_of_a_mixed_population(name: str) -> None:
    population = Population.of(MIXED, {k: v for k, v in MIXED_VALUES.items() if k != "a1~~a2"})
    targets = [t for t in MIXED.targets if t.kind in ("path", "r2", "correlation", "loading")]
    targets += [MIXED.target("B<~b1"), MIXED.target("B<~b2")]
    fit = ESTIMATORS[name].estimator(**TIGHT).fit(Batch.of_moments(population.moments), MIXED, targets)
    assert fit.value[0] == pytest.approx(population.truth(targets), abs=1e-8)


# --- draws ---


@pytest.mark.parametrize("population", [composite_population(), mixed_population()], ids=["composite", "mixed"])
def test_a_composite_of_drawn_items_is_the_drawn_construct(population: Population) -> None:
    recipe = implied(population).recipe
    sources = np.random.default_rng(2).normal(size=(200, recipe.sources))
    m = len(recipe.order)
    scores = constructs(recipe, sources[:, :m] @ recipe.disturbance_root.T)
    items, weights = responses(recipe, sources), composites.weights(implied(population).given)
    for j, block in enumerate(population.model.blocks):
        if block.kind == "composite":
            own = slice(population.model.bounds[j], population.model.bounds[j + 1])
            assert items[:, own] @ weights[own] == pytest.approx(scores[:, j], abs=1e-12)


@pytest.mark.parametrize("population", [composite_population(), mixed_population()], ids=["composite", "mixed"])
def test_the_compiled_loop_draws_the_plain_responses(population: Population) -> None:
    recipe, n = implied(population).recipe, 40
    drawn = draw(population, n, 1, np.random.Generator(np.random.PCG64(3)))[0]
    sources = np.random.Generator(np.random.PCG64(3)).standard_normal((n, recipe.sources))
    assert drawn == pytest.approx(responses(recipe, sources), abs=1e-13)


@pytest.mark.acceptance
@pytest.mark.parametrize(("make", "shares"), [(composite_population, ()), (mixed_population, (0.1, 0.25, 0.4, 0.25))])
def test_a_very_large_draw_has_the_stated_moments(make, shares: tuple[float, ...]) -> None:
    p = len(make().model.items)
    assert_a_draw_agrees(make(Scale.from_shares(shares, p) if shares else None), MANY, 5)


def test_ways_of_answering_and_the_cut_keep_their_closed_form() -> None:
    cut = composite_population(Scale.from_shares([0.2, 0.3, 0.3, 0.2], 8))
    ways = Responses(reversed=("a2",), acquiescence=0.05, common_method=0.1, careless=0.1, straightlining=0.05)
    assert_a_draw_agrees(dataclasses.replace(cut, responses=ways), 40_000, 11)


# --- studies ---


def test_factors_give_weights_and_correlations_within_composites(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text(FILE)
    s = catalogue.population(str(path), {"within": "high", "one": 0.0}).structure.covariance
    assert s[3, 4] == pytest.approx(0.0, abs=1e-15)
    assert [s[0, 1], s[0, 2], s[1, 2], s[5, 6]] == pytest.approx([0.5] * 4, abs=1e-15)


@pytest.mark.parametrize("name", ESTIMATORS)
def test_every_method_estimates_composites_or_refuses_by_name(name: str, tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text(FILE)
    (tmp_path / "study.toml").write_text(STUDY.format(name=name))
    if ESTIMATORS[name].estimator().refusal(MODEL):
        with pytest.raises(InputError, match=rf"methods\.{name}: block A is composite \(<~\)"):
            load(str(tmp_path / "study.toml"))
        return
    study = load(str(tmp_path / "study.toml"))
    batch = Batch.of(draw(study.cells[0].population, 60, 4, np.random.default_rng(1)))
    fit = study.methods[0].estimator.fit(batch, study.model, study.estimands)
    assert (fit.status <= Status.INADMISSIBLE).any()
    assert np.isfinite(fit.value[:, 0]).any()


# --- refusals ---


@pytest.mark.parametrize(
    ("changes", "parts"),
    [
        ({"A=~a1": 0.5}, ["A=~a1: A is composite (<~)", "give its weight A<~a1"]),
        ({"a1~~b1": 0.1}, ["a1~~b1: a1 forms composite A", "correlations of two items of one composite"]),
        ({"a1~~a2": 1.2}, ["a1~~a2 is 1.2", "-1 to 1"]),
        # 1, .9, .9 with 0 between the last two: the smallest eigenvalue is 1 - .9 sqrt(2) = -.2728
        ({"a1~~a2": 0.9, "a1~~a3": 0.9}, ["correlations within composite A", "-0.2728", "lower them"]),
        ({"b2~~b1": 1.0}, ["correlations within composite B", "not positive definite"]),
        ({"B<~b1": 0.0, "B<~b2": 0.0}, ["the weights of B are all 0"]),
        ({"Y<~a1": 0.3}, ["Y's item", "a1"]),
    ],
)
def test_what_no_composite_can_be_is_refused(changes: dict[str, float], parts: list[str]) -> None:
    with pytest.raises(InputError) as caught:
        composite_population(**changes)
    assert_says(str(caught.value), ["population three: ", *parts])


def test_missing_weights_and_weights_of_factors_are_told() -> None:
    with pytest.raises(InputError, match="no value is given for A<~a2, Y~B; every loading, weight and path"):
        Population.of(MODEL, {k: v for k, v in VALUES.items() if k not in ("A<~a2", "Y~B")})
    with pytest.raises(InputError, match=r"A<~a1: A is reflective \(=~\); give its loading A=~a1"):
        Population.of(MIXED, {**MIXED_VALUES, "A<~a1": 0.5})


def test_a_published_table_tells_nothing_of_composites(refused: Refused) -> None:
    Path("own.toml").write_text(
        "model = '''\nF <~ x1 + x2\nG =~ y1 + y2\nG ~ F\n'''\n[published]\nr2 = { G = 0.3 }\n"
        "[published.blocks]\nF = { ave = 0.6 }\nG = { ave = 0.6 }\n"
    )
    assert_says(refused("show", "own.toml"), ["own.toml", "F is composite (<~)", "give [values]"])
