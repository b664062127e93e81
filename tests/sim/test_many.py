"""Many populations as arrays: what follows from them, and their data, are those of each as a population by itself."""

import numpy as np
import pytest

from benchmarks.auditing.prior import WIDE
from sim.batch import Batch
from sim.drawing.many import ManyPopulations
from sim.implied.implied import implied
from sim.model import Model

MODEL = Model.plain("A =~ a1 + a2 + a3\nB =~ b1 + b2\nC =~ c1 + c2\nY =~ y1 + y2\nC ~ A\nY ~ C + B\n")
CUTS = np.array([-1.0, 0.2, 1.1])


@pytest.fixture(name="many")
def _many() -> ManyPopulations:
    rng = np.random.default_rng(5)
    paths, outside, _ = WIDE.structures(MODEL, 60, rng)
    loadings = rng.uniform(-0.3, 0.95, (60, len(MODEL.items)))
    cuts = np.repeat(np.repeat(CUTS[None, :, None], 60, axis=0), len(MODEL.items), axis=2)
    whole = ManyPopulations(MODEL, loadings, paths, outside, cuts)
    return whole.rows(whole.exists)


def test_construct_correlations_and_r2_are_those_of_the_population(many: ManyPopulations) -> None:
    assert len(many) > 20
    for one in range(0, len(many), 7):
        structure = many.population(one, "one").structure
        np.testing.assert_allclose(many.construct_correlations[one], structure.construct_correlations, atol=1e-12)
        y = MODEL.constructs.index("Y")
        np.testing.assert_allclose(many.r2[one, y], 1 - structure.disturbances[y, y], atol=1e-12)


def test_what_is_no_population_is_told() -> None:
    paths = np.zeros((2, 4, 4))
    paths[0, 3, 1], paths[1, 3, 1] = 1.2, 0.5
    cuts = np.empty((2, 0, 9))
    assert ManyPopulations(MODEL, np.full((2, 9), 0.5), paths, np.zeros((2, 4, 4)), cuts).exists.tolist() == [
        False,
        True,
    ]


def test_data_have_the_moments_of_the_population(many: ManyPopulations) -> None:
    rng = np.random.Generator(np.random.SFC64(3))
    answers = many.rows(np.array([2, 9])).draw(4000, 5, rng)
    assert answers.shape == (2, 5, 4000, 9)
    for place, one in enumerate((2, 9)):
        found = Batch.of(answers[place]).moments
        exact = implied(many.population(one, "one")).likert_moments
        # 20,000 respondents: about five standard errors
        np.testing.assert_allclose(found.correlations.mean(axis=0), exact.correlations[0], atol=0.04)
        np.testing.assert_allclose(found.means.mean(axis=0), exact.means[0], atol=0.04)


def test_more_data_sets_begin_with_the_same_ones(many: ManyPopulations) -> None:
    one = many.rows(np.array([0]))
    few, more = (one.draw(20, r, np.random.Generator(np.random.SFC64(1))) for r in (2, 5))
    np.testing.assert_array_equal(few[0], more[0, :2])
