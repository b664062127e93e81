"""OrdPLS and OrdPLSc on polycor's correlations and on their own; what they say of other answers."""

import numpy as np
import pandas as pd
import pytest

from benchmarks.evaluation.sampled import Estimates, limits
from benchmarks.study.cells.cell import Cell
from benchmarks.study.form import studyfile
from benchmarks.study.study import Study
from estimators.base import Status
from estimators.composites.consistent import ConsistentPLS
from estimators.composites.ordinal import OrdinalConsistentPLS, OrdinalPLS
from estimators.composites.pls import PLS
from estimators.methods import build
from estimators.wrappers.bootstrap import Bootstrap
from sim.answers.likert import Scale
from sim.batch import Batch, Moments
from sim.drawing.draw import draw
from sim.errors import InputError
from sim.model import Model
from sim.population.record import Population
from sim.worlds.answers import AnswerWorld
from tests.cases import CRM, SURVEYS
from tests.evidence import content

METHODS = {"ordpls": (OrdinalPLS, PLS), "ordplsc": (OrdinalConsistentPLS, ConsistentPLS)}
TIGHT = {"tolerance": 1e-13, "max_iterations": 10_000}
MODEL = Model.parse("A =~ a1 + a2 + a3\nB =~ b1 + b2 + b3\nB ~ A")


def population(shares=(), path=0.5):
    values = {f"{b.construct}=~{i}": 0.8 - 0.1 * k for b in MODEL.blocks for k, i in enumerate(b.items)}
    scale = Scale.from_shares(shares, len(MODEL.items)) if shares else None
    return Population.of(MODEL, {**values, "B~A": path}, scale)


@pytest.mark.parametrize("survey", SURVEYS)
@pytest.mark.parametrize("name", METHODS)
def test_polycors_correlations_make_the_whole_difference_to_csem(name, survey):
    case, p = content(f"csem-{name}")["cases"][survey], len(CRM.items)
    matrix = np.zeros((p, p))
    matrix[np.triu_indices(p, 1)] = case["polycor"]
    matrix += matrix.T + np.eye(p)
    batch = Batch.of_moments(Moments(np.zeros((1, p)), matrix[None], case["n"]))
    fit = METHODS[name][0](**TIGHT).fit(batch, CRM, [CRM.target(t) for t in case["value"]])
    np.testing.assert_allclose(fit.value[0], list(case["value"].values()), atol=1e-9)


@pytest.mark.parametrize("method", [OrdinalPLS(), OrdinalConsistentPLS()])
def test_answers_that_are_no_categories_are_flagged_and_others_unharmed(method):
    good = draw(population((0.2, 0.3, 0.3, 0.2)), 60, 3, np.random.default_rng(1)).astype(float)
    mixed = good.copy()
    mixed[1] += np.random.default_rng(2).normal(size=mixed[1].shape)
    fit, alone = method.fit(Batch.of(mixed), MODEL), method.fit(Batch.of(good), MODEL)
    assert list(fit.status) == [Status.OK, Status.NOT_ORDINAL, Status.OK]
    assert np.isnan(fit.value[1]).all()
    assert np.array_equal(fit.value[[0, 2]], alone.value[[0, 2]])


def test_what_befell_the_correlations_is_passed_on():
    answers = draw(population((0.2, 0.3, 0.3, 0.2)), 60, 3, np.random.default_rng(1))
    answers[0, :, 0] = 3
    answers[1, :, 1] = answers[1, :, 0]
    fit = OrdinalPLS().fit(Batch.of(answers), MODEL)
    assert list(fit.status) == [Status.CONSTANT_ITEM, Status.INADMISSIBLE, Status.OK]
    assert np.isfinite(fit.value[1:, fit.column("B~A")]).all()


def test_moments_are_those_of_the_latent_variables():
    fit = OrdinalConsistentPLS(**TIGHT).fit(Batch.of_moments(population().moments), MODEL)
    assert fit.value[0, fit.column("B~A")] == pytest.approx(0.5, abs=1e-8)


def test_three_categories_do_not_attenuate_paths_and_loadings():
    true = population((0.5, 0.3, 0.2))
    batch = Batch.of(draw(true, 20_000, 4, np.random.default_rng(3)))
    targets = [MODEL.target("B~A"), MODEL.target("A=~a1")]
    ordinal, plain = (method.fit(batch, MODEL, targets).value for method in (OrdinalConsistentPLS(), ConsistentPLS()))
    # Sampling errors at n = 20,000 are about .01, and half that for the mean of four.
    np.testing.assert_allclose(ordinal.mean(axis=0), [0.5, 0.8], atol=0.02)
    assert plain[:, 1].mean() < 0.75


def test_the_bootstrap_resamples_answers():
    batch = Batch.of(draw(population((0.2, 0.3, 0.3, 0.2)), 200, 2, np.random.default_rng(5)))
    fit = Bootstrap(OrdinalPLS(), 40).fit(batch, MODEL, [MODEL.target("B~A")])
    assert (fit.resamples >= 39).all()
    # The standard error of a standardised path near .4 at n = 200 is about .06.
    assert ((fit.se > 0.03) & (fit.se < 0.12)).all()


def test_the_cut_does_not_move_the_limit():
    file, _ = studyfile.check({})
    cell = Cell(1, 100, {}, AnswerWorld(population((0.5, 0.3, 0.2))))
    for name, moved in (("ordplsc", False), ("plsc", True)):
        method = build(name, {"estimator": name}, 0.95)
        study = Study(file, (cell,), (MODEL.target("B~A"),), (method,), 2)
        [[limit]] = limits(Estimates(study, cell, method, pd.DataFrame()))
        assert limit.before == pytest.approx(0.5, abs=1e-6)
        assert (abs(limit.after - limit.before) > 1e-3) == moved


@pytest.mark.parametrize("name", ["ordpls", "ordplsc"])
def test_modes_are_checked_and_may_be_given_by_construct(name):
    with pytest.raises(InputError, match="modes 'C' is not known"):
        build(name, {"modes": "C"}, 0.95)
    assert build(name, {"modes": {"A": "A"}}, 0.95).estimator.modes == {"A": "A"}
