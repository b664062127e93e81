"""The jackknife, against a plain loop and the closed form of a mean."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from estimators.composites.pls import PLS
from estimators.composites.sumscores import SumScores
from estimators.decisions.loadings.all_at_once import AllAtOnce
from estimators.factors.covariance import MaximumLikelihood
from estimators.methods import build
from estimators.wrappers.bootstrap import Bootstrap
from estimators.wrappers.jackknife import Jackknife, delete_one_values
from estimators.wrappers.screening import Screening
from sim import catalogue
from sim.batch import Batch
from sim.drawing.draw import draw, draw_block
from sim.errors import InputError
from sim.moments import delete_one_rows
from sim.streams import Address

ADDRESS = Address(3, "ef" * 32)
POPULATION = catalogue.population("crm-clusters")
MODEL = POPULATION.model
ML = MaximumLikelihood()
PATHS = [MODEL.target(name) for name in ("PERF~ACRM", "PERF~OCRM")]


@pytest.mark.parametrize("kind", [np.int8, np.int64, np.float64])
@pytest.mark.parametrize("top", [5, 11, 100])
def test_delete_one_moments_are_those_of_the_data_left(kind, top):
    data = np.random.default_rng(top).integers(1, top + 1, (300, 4)).astype(kind)
    batch = Batch.leaving_one_out(data, 2, 9, np.ones(4, dtype=bool))
    assert batch.n == 299
    for k in range(7):
        left = np.delete(data, 2 + k, axis=0)
        np.testing.assert_array_equal(batch.raw[k], left)
        np.testing.assert_allclose(batch.moments.means[k], left.mean(axis=0), rtol=1e-14)
        np.testing.assert_allclose(batch.moments.covariances[k], np.cov(left.T.astype(float), bias=True), rtol=1e-11)


class Mean:
    """A stand-in whose one value is the mean of the first item."""

    def without_inference(self):
        return self

    def fit(self, batch, model, targets=None):
        fit = PLS().fit(batch, model, targets)
        return replace(fit, value=np.where(fit.fatal[:, None], np.nan, batch.moments.means[:, :1]))


def test_every_row_lacks_one_respondent():
    rows = delete_one_rows(6, 2, 5)
    for row, missing in zip(rows, (2, 3, 4), strict=True):
        assert sorted({*row, missing}) == list(range(6))
        assert missing not in row


@pytest.mark.parametrize("kind", [np.int8, np.float64])
def test_inference_is_that_of_a_plain_loop(kind):
    batch = Batch.of(draw_block(POPULATION, 30, ADDRESS, 0, 2).raw.astype(kind))
    fit = Jackknife(PLS(), 0.90).fit(batch, MODEL, PATHS)
    for r in range(2):
        values = np.array(
            [PLS().fit(Batch.of(np.delete(batch.raw[r], i, axis=0)), MODEL, PATHS).value[0] for i in range(30)]
        )
        se = np.sqrt(29 / 30 * ((values - values.mean(axis=0)) ** 2).sum(axis=0))
        np.testing.assert_allclose(fit.se[r], se, rtol=1e-8)
        low, high = stats.t.interval(0.90, 29, fit.value[r], se)
        np.testing.assert_allclose([fit.lower[r], fit.upper[r]], [low, high], rtol=1e-8)
        np.testing.assert_allclose(fit.p_value[r], 2 * stats.t.sf(np.abs(fit.value[r] / se), 29), rtol=1e-6)
    assert (fit.resamples == 30).all()
    assert (fit.inadmissible_resamples == 0).all()
    np.testing.assert_array_equal(fit.value, PLS().fit(batch, MODEL, PATHS).value)


@pytest.mark.parametrize("n", [40, 1100])
def test_the_standard_error_of_a_mean_is_the_textbooks(n):
    batch = draw_block(POPULATION, n, ADDRESS, 0, 1)
    fit = Jackknife(Mean()).fit(batch, MODEL, PATHS[:1])
    item = batch.raw[0, :, 0].astype(float)
    np.testing.assert_allclose(fit.se[0, 0], item.std(ddof=1) / np.sqrt(n), rtol=1e-9)


@pytest.mark.parametrize("kind", [np.int8, np.float64])
def test_a_data_set_without_the_only_one_who_differs_fails_alone(kind):
    data = draw(POPULATION, 40, 1, np.random.default_rng(5)).astype(kind)
    data[0, :, 0] = 3
    data[0, 7, 0] = 5
    fit = Jackknife(PLS()).fit(Batch.of(data), MODEL, PATHS)
    assert fit.resamples[0] == 39
    assert np.isfinite(fit.se).all()
    values, _ = delete_one_values(PLS(), Batch.of(data), 0, MODEL, PATHS)
    np.testing.assert_allclose(fit.se[0], np.sqrt(39 * values.var(axis=0)), rtol=1e-12)


def test_the_whole_model_keeps_the_methods_own_test():
    batch = draw_block(POPULATION, 60, ADDRESS, 0, 2)
    targets = [MODEL.target(name) for name in ("chisq", "PERF~ACRM", "rmsea", "cfi")]
    own, jackknifed = (method.fit(batch, MODEL, targets) for method in (ML, Jackknife(ML)))
    assert np.isfinite(own.p_value[:, [0, 2]]).all()
    assert np.array_equal(jackknifed.p_value[:, [0, 2, 3]], own.p_value[:, [0, 2, 3]], equal_nan=True)
    assert np.isfinite(jackknifed.se[:, 1]).all()
    assert (jackknifed.p_value[:, 1] != own.p_value[:, 1]).all()


def test_a_population_has_no_jackknife():
    fit = Jackknife(SumScores()).fit(Batch.of_moments(POPULATION.moments), MODEL, PATHS)
    assert np.isfinite(fit.value).all()
    assert np.isnan(fit.se).all()
    assert fit.resamples[0] == -1


def test_the_study_file_names_it():
    method = build("pls", {"inference": "jackknife", "screening": {"threshold": 0.6}}, 0.90)
    assert method.estimator == Screening(Jackknife(PLS(), 0.90), AllAtOnce(0.6, 2))
    assert method.label == "PLS, 0.60 rule, jackknife"
    assert isinstance(build("pls", {"inference": "bootstrap", "resamples": 20}, 0.90).estimator, Bootstrap)


@pytest.mark.parametrize(
    ("settings", "parts"),
    [
        ({"inference": "jacknife"}, ["'jacknife'", "did you mean 'jackknife'?", "bootstrap"]),
        ({"inference": "jackknife", "resamples": 500}, ["resamples", "jackknife", "leave one"]),
        ({"inference": "jackknife", "interval": "bca"}, ["interval", "jackknife", "leave one"]),
        ({"inference": "bootstrap"}, ["inference", "resamples"]),
    ],
)
def test_settings_that_make_no_sense_are_refused(settings, parts):
    with pytest.raises(InputError) as error:
        build("pls", settings, 0.95)
    assert all(part in str(error.value) for part in parts), error.value
