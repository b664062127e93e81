"""Readings: one covariance matrix, two truths, each found by the methods made for it; and the same draws."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from pandas.testing import assert_frame_equal

from benchmarks.run.runner import block_table
from benchmarks.study.study import load
from estimators.composites.consistent import ConsistentPLS
from estimators.composites.pls import PLS
from estimators.factors.covariance import MaximumLikelihood
from sim import catalogue
from sim.answers.likert import Scale
from sim.answers.responses import Responses
from sim.batch import Batch
from sim.drawing.draw import draw
from sim.errors import InputError
from sim.implied.implied import implied
from sim.implied.marginals import answer_loadings
from sim.model import Model
from sim.population.record import Population
from sim.structures import composites
from sim.structures.readings import Reading
from tests.bad_input import Refused, assert_says

MODEL = Model.parse("A =~ a1 + a2 + a3\nB =~ b1 + b2\nY =~ y1 + y2 + y3\nB ~ A\nY ~ A + B")
VALUES = {
    **{"A=~a1": 0.8, "A=~a2": 0.7, "A=~a3": 0.6, "B=~b1": 0.8, "B=~b2": 0.7, "Y=~y1": 0.9, "Y=~y2": 0.5, "Y=~y3": 0.6},
    **{"B~A": 0.4, "Y~A": 0.5, "Y~B": 0.2},
}
TIGHT = {"tolerance": 1e-14, "max_iterations": 10_000}
COMPOSITE = Reading("composite")


def factors(scale: Scale | None = None, **changes: float) -> Population:
    return Population.of(MODEL, VALUES | changes, scale, "two ways")


def read_as(population: Population, reading: Reading) -> Population:
    return dataclasses.replace(population, reading=reading)


def test_regression_composites_of_factors_have_the_closed_form_of_one_factor() -> None:
    # l'S^-1 l = q / (1 + q), q = sum l^2 / (1 - l^2), for uncorrelated errors.
    population = factors()
    q = [sum(x**2 / (1 - x**2) for x in block) for block in ((0.8, 0.7, 0.6), (0.8, 0.7), (0.9, 0.5, 0.6))]
    root = np.sqrt([each / (1 + each) for each in q])
    given = implied(read_as(population, COMPOSITE)).given
    phi = population.structure.construct_correlations
    assert given.correlations[0] == pytest.approx(phi * np.outer(root, root) * (1 - np.eye(3)) + np.eye(3), abs=1e-14)
    assert given.loadings[0] == pytest.approx(population.loadings / root[MODEL.block_of], abs=1e-14)
    weights = composites.weights(given)
    within = population.structure.covariance[:3, :3]
    assert weights[:3] @ within @ weights[:3] == pytest.approx(1.0, abs=1e-14)
    assert weights[0] / weights[2] == pytest.approx((0.8 / 0.36) / (0.6 / 0.64), abs=1e-12)
    simple = given.correlations[0][0, 1]
    assert given.paths[0, 1, 0] == pytest.approx(simple, abs=1e-14)
    assert given.r2[0, 1] == pytest.approx(simple**2, abs=1e-14)


def test_each_truth_of_one_matrix_is_found_by_the_methods_made_for_it() -> None:
    population = factors()
    batch = Batch.of_moments(population.moments)
    targets = [t for t in MODEL.targets if t.kind in ("path", "r2", "correlation", "loading", "ave")]
    weights = [MODEL.target(f"{block.construct}<~{item}") for block in MODEL.blocks for item in block.items]
    for method in (ConsistentPLS(**TIGHT), MaximumLikelihood()):
        value = method.fit(batch, MODEL, targets).value[0]
        assert value == pytest.approx(population.truth(targets), abs=1e-7)
    other = read_as(population, COMPOSITE)
    value = PLS(modes="B", **TIGHT).fit(batch, MODEL, [*targets, *weights]).value[0]
    assert value == pytest.approx(other.truth([*targets, *weights]), abs=1e-9)
    assert np.isnan(other.truth([MODEL.target("rho_c(A)")]))
    assert np.isnan(population.truth(weights)).all()


def test_a_composite_matrix_read_as_factors_is_the_factors_again() -> None:
    population = factors()
    given = implied(read_as(population, COMPOSITE)).given
    weights = composites.weights(given)
    composite = Model.parse(MODEL.syntax.replace("=~", "<~"))
    values = {f"{b.construct}<~{i}": weights[MODEL.items.index(i)] for b in MODEL.blocks for i in b.items}
    for block in MODEL.blocks:
        for i, a in enumerate(block.items):
            for b in block.items[i + 1 :]:
                values[f"{a}~~{b}"] = population.structure.covariance[MODEL.items.index(a), MODEL.items.index(b)]
    # The composites' paths are saturated here, so that they give the whole matrix back.
    values |= {f"{o}~{i}": given.paths[0, MODEL.constructs.index(o), MODEL.constructs.index(i)] for o, i in MODEL.paths}
    other = Population.of(composite, values)
    assert other.structure.covariance == pytest.approx(population.structure.covariance, abs=1e-12)
    back = read_as(other, Reading("reflective"))
    names = [t.name for t in MODEL.targets]
    assert back.truth([composite.target(n) for n in names]) == pytest.approx(population.truth(MODEL.targets), abs=1e-9)


def test_one_block_alone_may_be_read_otherwise() -> None:
    population = factors()
    whole, part = (implied(read_as(population, r)).given for r in (COMPOSITE, Reading(constructs={"A": "composite"})))
    assert [b.kind for b in part.model.blocks] == ["composite", "reflective", "reflective"]
    assert part.loadings[0, :3] == pytest.approx(whole.loadings[0, :3], abs=1e-15)
    assert part.loadings[0, 3:] == pytest.approx(population.loadings[3:], abs=1e-15)
    root = population.loadings[0] / whole.loadings[0, 0]
    assert part.correlations[0, 0, 1] == pytest.approx(0.4 * root, abs=1e-14)
    assert part.correlations[0, 1, 2] == pytest.approx(population.structure.construct_correlations[1, 2], abs=1e-15)
    back = Reading("composite", {"A": "reflective", "B": "reflective", "Y": "reflective"})
    told = read_as(population, back)
    assert implied(told).given is told.structure.given


def test_a_reading_changes_no_draw_and_no_model() -> None:
    population, other = factors(), read_as(factors(), COMPOSITE)
    assert population.content == other.content
    assert population.model == other.model
    drawn = [draw(each, 30, 3, np.random.default_rng(4)) for each in (population, other)]
    assert np.array_equal(*drawn)
    assert other.words == "truth of all blocks composite"
    assert population.words == ""


def test_after_the_cut_a_loading_is_the_answers_correlation_with_the_composite() -> None:
    scale = Scale.from_shares([0.1, 0.3, 0.4, 0.2], 8)
    meant = factors()
    uncut = read_as(dataclasses.replace(meant, responses=Responses(("a2",), common_method=0.1)), COMPOSITE)
    kept = np.sqrt(0.9) * np.where(np.array(MODEL.items) == "a2", -1, 1)
    assert answer_loadings(uncut) == pytest.approx(
        kept * implied(read_as(meant, COMPOSITE)).given.loadings[0], abs=1e-14
    )
    # With the same normals: responses as meant, and the answers given to them.
    n = 200_000
    plain = read_as(factors(scale), COMPOSITE)
    answers = draw(plain, n, 1, np.random.Generator(np.random.PCG64(1)))[0].astype(float)
    responses = draw(meant, n, 1, np.random.Generator(np.random.PCG64(1)))[0]
    weights = composites.weights(implied(plain).given)
    of_block = np.where(MODEL.block_of[:, None] == np.arange(3), weights[:, None], 0.0)
    scores = responses @ of_block
    found = np.corrcoef(answers.T, scores.T)[:8, 8:][np.arange(8), MODEL.block_of]
    # The standard error of a correlation is at most 1 / sqrt(n) = .0022.
    assert found == pytest.approx(answer_loadings(plain), abs=4 / np.sqrt(n))


FILE = """
base = "three-factors"
[factors.told]
sets = "reading.kind"
levels = ["as written", "composite"]
"""
STUDY = """
name = "two-truths"
[aims]
title = "T"
question = "Q?"
[data]
population = "own.toml"
n = [50]
replications = 3
seed = 1
factors = { told = ["as written", "composite"] }
[estimands]
targets = ["eta2~eta1"]
[methods.pls]
[methods.plsc]
"""


def test_a_study_compares_both_truths_on_the_same_data(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text(FILE)
    (tmp_path / "study.toml").write_text(STUDY)
    study = load(str(tmp_path / "study.toml"))
    one, other = study.cells
    assert one.key == other.key
    assert_frame_equal(*(block_table(study, cell, 0).to_pandas() for cell in (one, other)), check_exact=True)
    truths = [float(cell.population.truth(study.estimands)[0]) for cell in study.cells]
    assert truths[0] > truths[1] > 0


@pytest.mark.parametrize(
    ("reading", "changes", "parts"),
    [
        (COMPOSITE, {"a1~~y1": 0.1}, ["errors of a1 and y1 covary across blocks", "leave out"]),
        (COMPOSITE, {"B=~b1": 1.0, "B=~b2": 1.0}, ["items of B are linearly dependent"]),
        (COMPOSITE, {"B=~b1": 0.0, "B=~b2": 0.0}, ["all loadings of B are 0"]),
        (Reading(constructs={"C": "composite"}), {}, ["reading.constructs", "'C'", "A, B, Y"]),
    ],
)
def test_what_no_reading_can_be_is_refused(reading: Reading, changes: dict[str, float], parts: list[str]) -> None:
    with pytest.raises(InputError) as caught:
        read_as(factors(**changes), reading)
    assert_says(str(caught.value), ["population two ways: ", *parts])


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({"a1~~a2": 0.5, "a1~~a3": 0.4, "a2~~a3": 0.1}, "loadings in proportion to the composite's leave correlations"),
        ({}, "they are uncorrelated"),
        # Loadings (.8165, .8165) x c with c^2 = .333 / .667: allowed; weights of 5 to 1 ask for a loading beyond 1.
        ({"a1~~a2": 0.5, "a1~~a3": 0.5, "a2~~a3": 0.02}, "leave correlations"),
    ],
)
def test_composites_that_are_no_factors_are_named(changes: dict[str, float], part: str) -> None:
    model = Model.parse("A <~ a1 + a2 + a3\nY =~ y1 + y2\nY ~ A")
    values = {"A<~a1": 0.5, "A<~a2": 0.3, "A<~a3": 0.4, "Y=~y1": 0.8, "Y=~y2": 0.7, "Y~A": 0.5}
    population = Population.of(model, values | changes)
    with pytest.raises(InputError, match=r"the items of A do not correlate as those of one common factor") as caught:
        read_as(population, Reading("reflective"))
    assert part in str(caught.value)


def test_a_loading_beyond_1_and_factors_beyond_1_are_refused() -> None:
    model = Model.parse("A <~ a1 + a2\nB <~ b1 + b2\nB ~ A")
    values = {"A<~a1": 1.0, "A<~a2": 1.0, "a1~~a2": 0.5, "B<~b1": 1.0, "B<~b2": 1.0, "b1~~b2": 0.5, "B~A": 0.9}
    # Equal weights: f^2 = (1 + r) / (2 r) = 1.5, and factors would correlate by .9 x 1.5.
    with pytest.raises(InputError, match="common factors would have correlations that are not positive definite"):
        read_as(Population.of(model, values), Reading("reflective"))
    skewed = Population.of(model, values | {"A<~a2": 0.1, "a1~~a2": 0.9, "B~A": 0.1})
    # Loadings 1.09 and 1.0 in proportion with a product of .9: sqrt(.9 x 1.09) = .9905, still a factor.
    assert implied(read_as(skewed, Reading(constructs={"A": "reflective"}))).given.loadings[0, 0] == pytest.approx(
        0.9905, abs=1e-4
    )
    skewed = Population.of(model, values | {"A<~a2": -0.1, "a1~~a2": 0.9, "B~A": 0.1})
    # Loadings .91 and .8 in proportion: sqrt(.9 x .91 / .8) = 1.0118.
    with pytest.raises(InputError, match=r"A do not correlate .*a loading would be 1\.012"):
        read_as(skewed, Reading(constructs={"A": "reflective"}))


def test_a_factor_with_the_name_of_a_column_is_refused(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text(FILE.replace("told", "truth"))
    (tmp_path / "study.toml").write_text(STUDY.replace("told", "truth"))
    with pytest.raises(InputError, match="factor truth has the name of a column of the results; rename it"):
        load(str(tmp_path / "study.toml"))


def test_bad_levels_of_a_reading_are_told_with_their_place(refused: Refused) -> None:
    Path("own.toml").write_text('base = "three-factors"\n[reading]\nkind = "formative"\n')
    assert_says(refused("show", "own.toml"), ["own.toml", "reading.kind", "composite"])


def test_the_catalogue_can_be_read_as_composites(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text('base = "crm-clusters"\n[reading]\nconstructs = { ACRM = "composite" }\n')
    population = catalogue.population(str(path))
    names = ["PERF~ACRM", "ACRM~~OCRM"]
    original = catalogue.population("crm-clusters").truth([population.model.target(name) for name in names])
    assert (population.truth([population.model.target(name) for name in names]) < original).all()
