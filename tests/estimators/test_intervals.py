"""Intervals from resampled estimates, against closed forms, SciPy, a plain loop and cSEM."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from estimators.composites.consistent import ConsistentPLS
from estimators.composites.pls import PLS
from estimators.composites.sumscores import SumScores
from estimators.inference.intervals import INTERVALS, Resampled, acceleration, at_shares
from estimators.wrappers.bootstrap import Bootstrap, bootstrap_rows
from sim import catalogue
from sim.batch import Batch
from sim.drawing.draw import draw_block
from sim.model import Model
from sim.streams import Address
from tests.cases import batch_of, reference

ADDRESS = Address(11, "cd" * 32)
CSEM = reference("bootstrap_csem")
PRECISE = {"tolerance": 1e-13, "max_iterations": 10_000}
METHODS = {"pls": PLS(**PRECISE), "plsc": ConsistentPLS(**PRECISE)}
POPULATION = catalogue.population("crm-clusters")
MODEL = POPULATION.model


@pytest.fixture
def given():
    rng = np.random.default_rng(4)
    values = rng.gamma(3.0, size=(199, 3)) + np.array([0.0, 5.0, -4.0])
    left_out = 3.0 + 0.01 * rng.gamma(2.0, size=(30, 3))
    return Resampled(np.array([2.7, 8.1, -1.2]), values, 0.90, 198, acceleration(left_out))


def test_quantiles_interpolate_linearly():
    values = np.random.default_rng(1).standard_normal((37, 4))
    shares = np.array([0.0, 0.3, 0.5, 1.0])
    lower, upper = at_shares(values, 0.025, shares)
    np.testing.assert_allclose(lower, np.percentile(values, 2.5, axis=0), rtol=1e-13)
    np.testing.assert_allclose(upper, [np.quantile(values[:, q], shares[q]) for q in range(4)], rtol=1e-13)


def test_a_column_with_a_missing_value_has_no_quantile():
    values = np.ones((30, 2))
    values[4, 1] = np.nan
    lower, _ = at_shares(values, 0.1, np.array([0.9, 0.9]))
    assert lower[0] == 1
    assert np.isnan(lower[1])


def test_the_simple_intervals_are_their_closed_forms(given):
    sd = given.values.std(axis=0, ddof=1)
    low, high = np.percentile(given.values, [5, 95], axis=0)
    expected = {
        "percentile": (low, high),
        "basic": (2 * given.estimate - high, 2 * given.estimate - low),
        "normal": stats.norm.interval(0.90, given.estimate, sd),
        "t": stats.t.interval(0.90, 198, given.estimate, sd),
    }
    for name, ends in expected.items():
        np.testing.assert_allclose(INTERVALS[name](given), ends, rtol=1e-12, err_msg=name)


def test_without_bias_and_acceleration_bca_and_bc_are_percentiles(given):
    centred = replace(given, estimate=np.median(given.values[:198], axis=0), values=given.values[:198])
    still = replace(centred, acceleration=np.zeros(3))
    for name in ("bc", "bca"):
        np.testing.assert_allclose(INTERVALS[name](still), INTERVALS["percentile"](still), rtol=1e-12)


@pytest.mark.parametrize(("ours", "theirs"), [("bca", "BCa"), ("basic", "basic"), ("percentile", "percentile")])
def test_intervals_are_those_of_scipy(ours, theirs):
    data = np.random.default_rng(2).gamma(2.0, size=40)
    found = stats.bootstrap(
        (data,), np.std, n_resamples=400, method=theirs, confidence_level=0.9, random_state=np.random.default_rng(3)
    )
    left_out = np.array([[np.std(np.delete(data, i))] for i in range(40)])
    given = Resampled(np.array([np.std(data)]), found.bootstrap_distribution[:, None], 0.9, 399, acceleration(left_out))
    np.testing.assert_allclose(np.ravel(INTERVALS[ours](given)), found.confidence_interval, rtol=1e-12)


def test_the_acceleration_of_a_mean_is_its_skewness_over_6_root_n():
    data = np.random.default_rng(5).gamma(1.0, size=50)
    left_out = np.array([[np.delete(data, i).mean()] for i in range(50)])
    np.testing.assert_allclose(acceleration(left_out), stats.skew(data) / (6 * np.sqrt(50)), rtol=1e-10)


def test_bias_corrected_intervals_are_missing_where_every_resample_lies_on_one_side(given):
    beyond = replace(given, estimate=given.values.min(axis=0) - 1)
    for name in ("bc", "bca"):
        assert np.isnan(INTERVALS[name](beyond)).all()


def test_studentised_intervals_are_those_of_a_plain_loop():
    batch = draw_block(POPULATION, 60, ADDRESS, 0, 2)
    targets = [MODEL.target(name) for name in ("PERF~ACRM", "PERF~OCRM", "r2(PERF)")]
    fit = Bootstrap(SumScores(), 150, 0.90, interval="studentised").fit(batch, MODEL, targets)
    plain = SumScores().fit(batch, MODEL, targets)
    for r in range(2):
        rows = bootstrap_rows(ADDRESS.generator("bootstrap", r), 150, 60)
        ratios = []
        for row in rows:
            again = SumScores().fit(Batch.of(batch.raw[r][row]), MODEL, targets)
            ratios.append((again.value[0, :2] - plain.value[r, :2]) / again.se[0, :2])
        low, high = np.percentile(ratios, [5, 95], axis=0)
        np.testing.assert_allclose(fit.lower[r, :2], plain.value[r, :2] - high * plain.se[r, :2], rtol=1e-11)
        np.testing.assert_allclose(fit.upper[r, :2], plain.value[r, :2] - low * plain.se[r, :2], rtol=1e-11)
    assert np.isnan(fit.lower[:, 2]).all()
    assert np.isfinite(fit.se).all()


def test_bca_in_the_bootstrap_takes_its_acceleration_from_the_delete_one_estimates():
    batch = draw_block(POPULATION, 40, ADDRESS, 0, 1)
    targets = [MODEL.target("PERF~ACRM")]
    fit = Bootstrap(PLS(), 100, interval="bca").fit(batch, MODEL, targets)
    rows = bootstrap_rows(ADDRESS.generator("bootstrap", 0), 100, 40)
    values = PLS().fit(Batch.of(batch.raw[0][rows]), MODEL, targets).value
    left_out = np.array([np.delete(batch.raw[0], i, axis=0) for i in range(40)])
    a = acceleration(PLS().fit(Batch.of(left_out), MODEL, targets).value)
    expected = INTERVALS["bca"](Resampled(fit.value[0], values, 0.95, 99, a))
    np.testing.assert_allclose([fit.lower[0], fit.upper[0]], expected, rtol=1e-12)


# --- cSEM ---


@pytest.mark.parametrize("name", METHODS)
def test_from_csems_own_resamples_come_csems_sd_bias_and_intervals(name):
    case = CSEM["cases"]["crm_000"]
    printed, values = case[name], np.array(case[name]["resampled"])
    model = Model.parse(case["model"])
    estimate = values.mean(axis=0) - printed["bias"]
    ours = METHODS[name].fit(batch_of("crm_000", model), model, [model.target(t) for t in CSEM["targets"]]).value[0]
    np.testing.assert_allclose(estimate, ours, atol=1e-9)  # the tolerance of cSEM's own iterations
    # cSEM's acceleration: see the file.
    away = estimate - values
    from_resamples = (away**3).sum(axis=0) / (6 * (away**2).sum(axis=0) ** 1.5)
    given = Resampled(estimate, values, 0.95, len(values) - 1, from_resamples)
    np.testing.assert_allclose(given.se, printed["sd"], atol=1e-12)
    np.testing.assert_allclose(np.transpose(INTERVALS["percentile"](given)), printed["percentile"], atol=1e-10)
    np.testing.assert_allclose(np.transpose(INTERVALS["bca"](given)), printed["bca"], atol=1e-10)


@pytest.mark.parametrize("case", CSEM["cases"])
@pytest.mark.parametrize("name", METHODS)
def test_our_resamples_are_distributed_as_csems(case, name):
    # PLSc with its inadmissible solutions has no usable SD (kurtosis over 1000): its percentiles are compared alone.
    stored = CSEM["cases"][case]
    model = Model.parse(stored["model"])
    targets, drawn = [model.target(t) for t in CSEM["targets"]], 3000
    batch = batch_of(case, model)
    rows = bootstrap_rows(ADDRESS.generator("bootstrap", 0), drawn, 72)
    fit = METHODS[name].fit(Batch.of_resamples(batch.raw[0], rows, batch.retained[0]), model, targets)
    values = fit.value[~fit.fatal]
    if name == "pls":
        # The variance of an SD from B values is (kurtosis - 1) SD^2 / 4B.
        se, kurtosis = values.std(axis=0, ddof=1), stats.kurtosis(values, fisher=False)
        error = se * np.sqrt((kurtosis - 1) / 4 * (1 / drawn + 1 / 500))
        assert (np.abs(se - stored[name]["sd"]) < 4 * error).all()
    ends = np.transpose(stored[name]["percentile"])
    error = np.sqrt(0.025 * 0.975 * (1 / drawn + 1 / 500))
    np.testing.assert_allclose((values < ends[0]).mean(axis=0), 0.025, atol=4 * error)
    np.testing.assert_allclose((values > ends[1]).mean(axis=0), 0.025, atol=4 * error)


@pytest.mark.parametrize("case", CSEM["cases"])
def test_as_many_resamples_are_admissible_as_in_csem(case):
    stored, drawn = CSEM["cases"][case], 3000
    model = Model.parse(stored["model"])
    method = Bootstrap(METHODS["plsc"], drawn, inadmissible="drop")
    fit = method.fit(batch_of(case, model), model, [model.target(t) for t in CSEM["targets"]])
    share = fit.resamples[0] / drawn
    error = np.sqrt(share * (1 - share) * (1 / drawn + 1 / 500))
    assert abs(share - stored["admissible"] / 500) < 4 * error
    assert drawn - 30 < fit.resamples[0] + fit.inadmissible_resamples[0] <= drawn
