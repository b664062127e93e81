"""Populations with second-order constructs: moments and truth by hand, draws, methods in two stages, refusals."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from benchmarks.evaluation.evaluate import evaluate
from benchmarks.run.runner import block_table
from benchmarks.study.study import load
from estimators.base import Status
from estimators.catalogue import ESTIMATORS
from estimators.methods import build
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
from sim.structures.generate import constructs, responses
from sim.structures.readings import Reading
from sim.structures.second_order import drawn_paths
from tests.bad_input import Refused, assert_says
from tests.draws import MANY, assert_a_draw_agrees
from tests.second_order import DIMENSIONS, H_X, ITEMS, MODEL, Y_H, Y_X, covariance

#: The reflective-reflective model whose covariances tests/second_order.py writes out.
VALUES = {
    **{f"{b.construct}=~{item}": float(ITEMS[MODEL.items.index(item)]) for b in MODEL.blocks for item in b.items},
    **{f"H=~{dimension}": float(loading) for dimension, loading in zip("ABC", DIMENSIONS, strict=True)},
    **{"H~X": H_X, "Y~H": Y_H, "Y~X": Y_X},
}
FORMED = Model.parse(MODEL.syntax.replace("H =~", "H <~"))
FORMED_VALUES = {name.replace("H=~", "H<~"): value for name, value in VALUES.items()} | {
    **{"A~~B": 0.5, "A~~C": 0.4, "C~~B": 0.3},
}
#: Dimensions that are composites themselves, reflecting (=~) or forming (<~) the construct above.
TYPES = [(first, second) for first in ("=~", "<~") for second in ("=~", "<~")]


def reflected(scale: Scale | None = None) -> Population:
    return Population.of(MODEL, VALUES, scale, "reflected")


def formed(scale: Scale | None = None) -> Population:
    return Population.of(FORMED, FORMED_VALUES, scale, "formed")


def of_types(first: str, second: str) -> Population:
    """A and B measured by `first`, H made of its dimensions by `second`."""
    text = MODEL.syntax.replace("A =~", f"A {first}").replace("B =~", f"B {first}").replace("H =~", f"H {second}")
    values = {name.replace("A=~a", f"A{first}a").replace("B=~b", f"B{first}b"): x for name, x in VALUES.items()}
    values = {name.replace("H=~", f"H{second}"): x for name, x in values.items()}
    if first == "<~":
        values |= {"a1~~a2": 0.4, "b1~~b3": 0.3}
    if second == "<~":
        values |= {"A~~B": 0.5, "A~~C": 0.4, "B~~C": 0.3}
    return Population.of(Model.parse(text), values)


def test_dimensions_that_reflect_a_construct_have_the_covariances_written_out() -> None:
    assert reflected().structure.covariance == pytest.approx(covariance(), abs=1e-14)


def test_dimensions_that_form_a_construct_keep_their_correlations() -> None:
    population = formed()
    phi, place = population.structure.construct_correlations, FORMED.constructs.index
    within = np.array([[1, 0.5, 0.4], [0.5, 1, 0.3], [0.4, 0.3, 1]])
    w = DIMENSIONS / np.sqrt(DIMENSIONS @ within @ DIMENSIONS)
    assert phi[:3, :3] == pytest.approx(within, abs=1e-15)
    assert phi[:3, place("H")] == pytest.approx(within @ w, abs=1e-14)
    h_y = Y_H + Y_X * H_X
    assert phi[:3, place("Y")] == pytest.approx(within @ w * h_y, abs=1e-14)
    assert w @ phi[:3, place("X")] == pytest.approx(H_X, abs=1e-14)
    assert phi[place("H"), place("Y")] == pytest.approx(h_y, abs=1e-14)
    assert population.truth([FORMED.target(f"H<~{d}") for d in "ABC"]) == pytest.approx(w, abs=1e-14)


def test_truth_is_that_of_the_dimensions_below_and_of_the_constructs_above() -> None:
    population = reflected()
    truth = {t.name: value for t, value in zip(MODEL.targets, population.truth(MODEL.targets), strict=True)}
    assert truth["H=~B"] == pytest.approx(0.8)
    assert truth["A=~a1"] == pytest.approx(0.8)
    assert truth["A~~B"] == pytest.approx(0.72)
    assert truth["A~~X"] == pytest.approx(0.45)
    assert truth["ave(H)"] == pytest.approx((0.81 + 0.64 + 0.49) / 3)
    # Omega of three dimensions: (2.4)^2 / ((2.4)^2 + .19 + .36 + .51).
    assert truth["rho_c(H)"] == pytest.approx(5.76 / (5.76 + 1.06))
    assert truth["r2(Y)"] == pytest.approx(0.16 + 0.04 + 2 * 0.4 * 0.2 * 0.5)
    more = [MODEL.target(name) for name in ("X->H->Y", "total(X->Y)", "f2(Y~H)", "vif(Y~H)", "htmt(A,B)", "rho_c(A)")]
    # Without H, R2 is (Y~X + Y~H H~X)^2 = .16 of .28.
    expected = [0.2, 0.4, 0.12 / 0.72, 1 / 0.75]
    assert population.truth(more)[:4] == pytest.approx(expected, abs=1e-12)
    assert np.isfinite(population.truth(more)).all()
    left = [MODEL.target(name) for name in ("a1~~a1", "A~~A", "H~~H", "X~~X")]
    assert population.truth(left) == pytest.approx([1 - 0.8**2, 1 - 0.9**2, 0.75, 1.0])


@pytest.mark.parametrize(("first", "second"), TYPES)
def test_consistent_pls_in_two_stages_finds_the_truth(first: str, second: str) -> None:
    population = of_types(first, second)
    model = population.model
    weights = [f"{b.construct}<~{item}" for b in model.every_block if b.kind == "composite" for item in b.items]
    targets = [*model.targets, *(model.target(name) for name in weights)]
    truth = population.truth(targets)
    method = build("plsc", {"tolerance": 1e-13}, 0.95, model=model).estimator
    value = method.fit(Batch.of_moments(population.moments), model, targets).value[0]
    known = ~np.isnan(truth)
    assert known.sum() >= len(targets) - 6  # alpha and rho_c of up to three composites
    assert value[known] == pytest.approx(truth[known], abs=1e-8)


@pytest.mark.parametrize(("first", "second"), TYPES)
def test_the_compiled_loop_draws_the_plain_responses(first: str, second: str) -> None:
    population, n = of_types(first, second), 40
    recipe = implied(population).recipe
    drawn = draw(population, n, 1, np.random.Generator(np.random.PCG64(3)))[0]
    sources = np.random.Generator(np.random.PCG64(3)).standard_normal((n, recipe.sources))
    assert drawn == pytest.approx(responses(recipe, sources), abs=1e-13)
    order, _ = drawn_paths(population.model, population.structure.order, population.paths, population.dimensions)
    assert sorted(order.tolist()) == list(range(6))
    scores = constructs(recipe, sources[:, :6] @ recipe.disturbance_root.T)
    if second == "<~":
        weights = population.truth([population.model.target(f"H<~{d}") for d in "ABC"])
        assert scores[:, :3] @ weights == pytest.approx(scores[:, 5], abs=1e-12)
    alone = scores[:, :3] - scores[:, 5:] * population.dimensions.loadings
    assert np.linalg.matrix_rank(alone, tol=1e-9) == (2 if second == "<~" else 3)


@pytest.mark.acceptance
@pytest.mark.parametrize(("make", "shares"), [(reflected, (0.2, 0.5, 0.3)), (formed, ())])
def test_a_very_large_draw_has_the_stated_moments(make, shares: tuple[float, ...]) -> None:
    assert_a_draw_agrees(make(Scale.from_shares(shares, 15) if shares else None), MANY, 6)


def test_ways_of_answering_compose_with_second_order_constructs() -> None:
    cut = formed(Scale.from_shares([0.2, 0.3, 0.3, 0.2], 15))
    ways = Responses(reversed=("a2",), acquiescence=0.05, straightlining=0.05, careless=0.05)
    population = dataclasses.replace(cut, responses=ways)
    assert_a_draw_agrees(population, 40_000, 12)
    after = dict(zip((t.name for t in FORMED.targets), after_cut(population, FORMED.targets), strict=True))
    assert np.isfinite([after["A=~a1"], after["alpha(A)"], after["ave(Y)"]]).all()
    assert np.isnan([after["H=~A"], after["alpha(H)"], after["Y~H"]]).all()


def test_a_model_without_second_order_constructs_keeps_its_address() -> None:
    population = catalogue.population("three-factors")
    assert len(population.content["numbers"]) == 4
    assert len(reflected().content["numbers"]) == 6


FILE = """
model = '''
A =~ a1 + a2 + a3
B =~ b1 + b2 + b3
X =~ x1 + x2 + x3
H =~ A + B
H ~ X
'''
[values]
"H=~A" = 0.9
[factors.loading]
sets = "loading"
levels = [0.8]
[factors.effect]
sets = "f2"
levels = [0.35]
"""


def test_a_factor_sets_the_loadings_of_items_and_dimensions_alike(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text(FILE)
    population = catalogue.population(str(path))
    assert population.dimensions.loadings.tolist() == [0.9, 0.8]
    assert set(population.loadings.tolist()) == {0.8}
    # f2 = b^2 / (1 - b^2)
    assert population.truth([population.model.target("H~X")])[0] ** 2 == pytest.approx(0.35 / 1.35)


@pytest.mark.parametrize("name", ESTIMATORS)
def test_every_method_estimates_two_stages_or_refuses_by_name(name: str) -> None:
    population = reflected(Scale.from_shares([0.2, 0.3, 0.3, 0.2], 15))
    method = build(name, {}, 0.95, model=MODEL).estimator
    refusal = method.refusal(MODEL)
    if refusal:
        assert "H is a second-order construct" in refusal
        return
    fit = method.fit(Batch.of(draw(population, 150, 2, np.random.default_rng(3))), MODEL)
    assert (fit.status <= Status.INADMISSIBLE).all()
    assert np.isfinite(fit.value[:, fit.column("Y~H")]).all()


@pytest.mark.parametrize("name", ESTIMATORS)
def test_no_estimator_takes_such_a_model_by_itself(name: str) -> None:
    n = 400 if ESTIMATORS[name].large else 100
    batch = Batch.of(draw(reflected(Scale.from_shares([0.2, 0.5, 0.3], 15)), n, 1, np.random.default_rng(3)))
    if ESTIMATORS[name].whole:  # estimates every level of the model at once
        fit = ESTIMATORS[name].estimator().fit(batch, MODEL)
        assert np.isfinite(fit.value[:, fit.column("Y~H")]).all()
        return
    with pytest.raises(InputError, match="H is a second-order construct; make the method with"):
        ESTIMATORS[name].estimator().fit(batch, MODEL)


STUDY = """
name = "own"
[aims]
title = "T"
question = "Q?"
[data]
population = "social-crm"
n = [72]
replications = 2
seed = 1
[estimands]
targets = ["SCP~SCC", "SCP=~FP", "CRO->SCC->SCP", "FP=~FP1", "FP~~CRP"]
[methods.plain]
estimator = "pls"
[methods.screened]
estimator = "pls"
resamples = 20
screening = { threshold = 0.75 }
[methods.jackknifed]
estimator = "sumscores"
inference = "jackknife"
[methods.formed]
estimator = "pls"
blocks = "composite"
"""


def test_screening_and_resamples_compose_with_two_stages_in_a_study(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text(STUDY)
    study = load(str(tmp_path / "own.toml"))
    table = block_table(study, study.cells[0], 0).to_pandas().set_index("method")
    assert not [name for name in table.columns if name == "short:SCP"]
    assert table["value:SCP~SCC"].notna().all()
    assert table.loc["plain", "se:SCP~SCC"].isna().all()
    assert table.loc[["screened", "jackknifed"], "se:SCP~SCC"].notna().all()
    kept = table.filter(like="retained:")
    assert not kept.loc["screened"].to_numpy().all()
    assert kept.loc["plain"].to_numpy().all()
    measured = evaluate(study, study.cells[0], table.reset_index())
    assert set(measured.loc[measured["measure"] == "drop_rate", "target"]) > {"FP=~FP1", "CRO=~CRO4"}
    limits = measured[(measured["measure"] == "limit_before_cut") & (measured["method"] == "plain")]
    assert np.isfinite(limits["value"]).all()
    assert np.isfinite(limits["truth"]).all()


@pytest.mark.parametrize(
    ("changes", "parts"),
    [
        ({"H=~A": 1.2}, ["loadings beyond 1 (A 1.2)"]),
        ({"A~~B": 0.3}, ["A~~B: A is a dimension of H", "give those of X only"]),
        ({"A~~X": 0.3}, ["A~~X: A is a dimension of H", "give those of X only"]),
        ({"A~~A": 0.3}, ["A~~A: a dimension has variance 1"]),
        ({"A~~H": 0.3}, ["A~~H", "never stand side by side"]),
        ({"A~X": 0.3}, ["no path A~X"]),
        ({"H<~A": 0.3}, ["H<~A: H is reflective (=~); give its loading H=~A"]),
    ],
)
def test_what_cannot_be_is_refused(changes: dict[str, float], parts: list[str]) -> None:
    with pytest.raises(InputError) as caught:
        Population.of(MODEL, VALUES | changes, name="own")
    assert_says(str(caught.value), ["population own", *parts])


def test_what_cannot_form_a_second_order_construct_is_refused() -> None:
    with pytest.raises(InputError, match="correlations within composite H are not positive definite"):
        Population.of(FORMED, FORMED_VALUES | {"A~~B": 0.9, "A~~C": 0.9, "C~~B": 0.1})
    with pytest.raises(InputError, match="no value is given for H<~A; "):
        Population.of(FORMED, {name: x for name, x in FORMED_VALUES.items() if name != "H<~A"})
    with pytest.raises(InputError, match="reading: H is a second-order construct"):
        dataclasses.replace(reflected(), reading=Reading("composite"))


def test_a_published_table_tells_nothing_of_second_order_constructs(refused: Refused) -> None:
    text = FILE[: FILE.index("[values]")]
    Path("own.toml").write_text(f"{text}[published]\nr2 = {{ H = 0.3 }}\n[published.blocks]\nA = {{ ave = 0.6 }}\n")
    assert_says(refused("show", "own.toml"), ["own.toml", "H is a second-order construct", "give [values]"])
