"""The bootstrap: resamples, percentiles and what it does with failures."""

import numpy as np
import pytest

from estimators.bootstrap import Bootstrap, bootstrap_rows, percentile_interval
from estimators.pls import PLS
from estimators.sumscores import SumScores
from sim import catalogue
from sim.batch import Batch, resample, sample_moments
from sim.draw import draw, draw_block
from sim.streams import Address

ADDRESS = Address(7, "ab" * 32)
POPULATION = catalogue.population("crm-clusters")
MODEL = POPULATION.model
PATHS = [MODEL.target(name) for name in ("PERF~ACRM", "PERF~OCRM")]


@pytest.mark.parametrize("kind", [np.int8, np.float64])
def test_resampled_moments_are_those_of_the_resampled_rows(kind):
    rng = np.random.default_rng(3)
    data = rng.integers(1, 12, (40, 6)).astype(kind) if kind is np.int8 else rng.standard_normal((40, 6)) + 50
    rows = bootstrap_rows(rng, 30, 40)
    found = resample(data, rows)
    for b in range(30):
        again = data[rows[b]].astype(float)
        np.testing.assert_allclose(found.means[b], again.mean(0), rtol=1e-13)
        np.testing.assert_allclose(found.covariances[b], np.cov(again.T, bias=True), atol=1e-12)


@pytest.mark.parametrize("n", [5, 400, 1200])
def test_sums_are_exact_in_every_integer_width(n):
    data = np.random.default_rng(n).integers(1, 12, (2, n, 4)).astype(np.int8)
    found = sample_moments(data)
    for r in range(2):
        np.testing.assert_allclose(found.covariances[r], np.cov(data[r].T.astype(float), bias=True), atol=1e-12)


def test_more_resamples_begin_with_the_same_ones():
    few = bootstrap_rows(ADDRESS.generator("bootstrap", 12), 50, 73)
    many = bootstrap_rows(ADDRESS.generator("bootstrap", 12), 101, 73)
    np.testing.assert_array_equal(many[:50], few)


def test_replications_have_streams_of_their_own():
    first = bootstrap_rows(ADDRESS.generator("bootstrap", 0), 200, 72)
    second = bootstrap_rows(ADDRESS.generator("bootstrap", 1), 200, 72)
    shared = {row.tobytes() for row in first} & {row.tobytes() for row in second}
    assert not shared  # seminr's consecutive seeds overlap: not one resample may be common


def test_inference_is_that_of_a_plain_loop():
    batch = draw_block(POPULATION, 60, ADDRESS, 0, 2)
    fit = Bootstrap(SumScores(), 200, 0.90).fit(batch, MODEL, PATHS)
    for r in range(2):
        rows = bootstrap_rows(ADDRESS.generator("bootstrap", r), 200, 60)
        values = np.array([SumScores().fit(Batch.of(batch.raw[r][row]), MODEL, PATHS).value[0] for row in rows])
        np.testing.assert_allclose(fit.se[r], values.std(axis=0, ddof=1), rtol=1e-12)
        np.testing.assert_allclose(fit.lower[r], np.percentile(values, 5, axis=0), rtol=1e-12)
        np.testing.assert_allclose(fit.upper[r], np.percentile(values, 95, axis=0), rtol=1e-12)
    assert (fit.resamples == 200).all()


def test_p_values_use_t_with_b_minus_1_degrees_of_freedom():
    from scipy.stats import t

    fit = Bootstrap(PLS(), 100).fit(draw_block(POPULATION, 72, ADDRESS, 0, 3), MODEL, PATHS)
    np.testing.assert_allclose(fit.p_value, 2 * t.sf(np.abs(fit.value / fit.se), 99), rtol=1e-10)


def test_percentiles_interpolate_linearly():
    values = np.random.default_rng(1).standard_normal((37, 4))
    lower, upper = percentile_interval(values, 0.95)
    np.testing.assert_allclose([lower, upper], np.percentile(values, [2.5, 97.5], axis=0), rtol=1e-13)


def test_methods_share_resamples():
    batch = draw_block(POPULATION, 72, ADDRESS, 0, 4)
    once = Bootstrap(PLS(), 60).fit(batch, MODEL, PATHS)
    Bootstrap(SumScores(), 60).fit(batch, MODEL, PATHS)
    again = Bootstrap(PLS(), 60).fit(batch, MODEL, PATHS)
    np.testing.assert_array_equal(once.se, again.se)


def test_failed_resamples_are_left_out_and_counted():
    # With an item that varies in one respondent only, about exp(-1) of the resamples lack that respondent.
    data = draw(POPULATION, 40, 1, np.random.default_rng(5))
    data[0, :, 0] = 3
    data[0, 0, 0] = 5
    fit = Bootstrap(PLS(), 300).fit(Batch.of(data, address=ADDRESS), MODEL, PATHS)
    expected = 300 * (1 - (1 - 1 / 40) ** 40)
    assert abs(fit.resamples[0] - expected) < 4 * np.sqrt(300 * 0.37 * 0.63)
    assert np.isfinite(fit.se).all()


def test_too_few_usable_resamples_give_no_inference_but_keep_the_value():
    data = draw(POPULATION, 40, 1, np.random.default_rng(5))
    fit = Bootstrap(PLS(max_iterations=300), 10).fit(Batch.of(data), MODEL, PATHS)
    assert np.isfinite(fit.value).all()
    assert np.isnan(fit.se).all()
    assert np.isnan(fit.p_value).all()
