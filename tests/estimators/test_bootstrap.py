"""The bootstrap: resamples, percentiles and what it does with failures."""

import dataclasses
from dataclasses import dataclass

import numpy as np
import pytest
from rich.console import Console

from benchmarks.run.runner import fit_all, run
from benchmarks.stored.store import cell_estimates, estimates_table, read_table
from benchmarks.study.study import load
from estimators.base import Status
from estimators.composites.consistent import ConsistentPLS
from estimators.composites.pls import PLS
from estimators.composites.sumscores import SumScores
from estimators.decisions.loadings.all_at_once import AllAtOnce
from estimators.factors.covariance import MaximumLikelihood
from estimators.inference.signs import construct_signs, individual_signs
from estimators.methods import build
from estimators.wrappers.bootstrap import Bootstrap, bootstrap_rows
from estimators.wrappers.screening import Screening
from sim import catalogue
from sim.batch import Batch
from sim.drawing.draw import draw, draw_block
from sim.errors import InputError
from sim.model import Model
from sim.moments import resample, sample_moments
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


def test_a_float_item_that_is_constant_in_a_resample_is_seen_to_be():
    data = draw(POPULATION, 40, 1, np.random.default_rng(5))
    data[0, :, 0] = 3
    data[0, 0, 0] = 5
    whole = Bootstrap(PLS(), 100).fit(Batch.of(data, address=ADDRESS), MODEL, PATHS)
    floats = Bootstrap(PLS(), 100).fit(Batch.of(data.astype(float), address=ADDRESS), MODEL, PATHS)
    assert floats.resamples[0] == whole.resamples[0] < 100
    np.testing.assert_allclose(floats.se, whole.se, rtol=1e-6)


# --- inadmissible resamples ---

#: Consistent PLS on 40 respondents: about one resample in four is inadmissible.
FEW = draw_block(POPULATION, 40, ADDRESS, 0, 3)


def statuses(r, resamples):
    rows = bootstrap_rows(ADDRESS.generator("bootstrap", r), resamples, 40)
    return ConsistentPLS().fit(Batch.of(FEW.raw[r][rows]), MODEL, PATHS)


def test_inadmissible_resamples_are_kept_or_dropped_and_counted():
    kept = Bootstrap(ConsistentPLS(), 200).fit(FEW, MODEL, PATHS)
    dropped = Bootstrap(ConsistentPLS(), 200, inadmissible="drop").fit(FEW, MODEL, PATHS)
    for r in range(3):
        plain = statuses(r, 200)
        beyond, fine = plain.status == Status.INADMISSIBLE, plain.status == Status.OK
        assert beyond.sum() > 5
        assert kept.inadmissible_resamples[r] == dropped.inadmissible_resamples[r] == beyond.sum()
        assert kept.resamples[r] == (fine | beyond).sum()
        assert dropped.resamples[r] == fine.sum()
        np.testing.assert_allclose(dropped.se[r], plain.value[fine].std(axis=0, ddof=1), rtol=1e-12)
        np.testing.assert_allclose(kept.se[r], plain.value[fine | beyond].std(axis=0, ddof=1), rtol=1e-12)


def test_replaced_resamples_come_from_the_same_stream_in_its_order():
    fit = Bootstrap(ConsistentPLS(), 75, inadmissible="replace").fit(FEW, MODEL, PATHS)
    for r in range(3):
        plain = statuses(r, 300)
        first = np.flatnonzero(plain.status == Status.OK)[:75]
        assert first[-1] > 75
        np.testing.assert_allclose(fit.se[r], plain.value[first].std(axis=0, ddof=1), rtol=1e-12)
        assert fit.inadmissible_resamples[r] == (plain.status[: first[-1]] == Status.INADMISSIBLE).sum()
    assert (fit.resamples == 75).all()


def test_replacement_stops_at_four_times_as_many():
    # About one resample in twelve holds both respondents who make two items of a block vary.
    data = draw(POPULATION, 40, 1, np.random.default_rng(5))
    data[0, :, 0] = data[0, :, 1] = data[0, :, 2] = data[0, :, 3] = 3
    for i in range(4):
        data[0, i, i] = 5
    fit = Bootstrap(PLS(), 100, inadmissible="replace").fit(Batch.of(data, address=ADDRESS), MODEL, PATHS)
    rows = bootstrap_rows(ADDRESS.generator("bootstrap", 0), 400, 40)
    usable = np.all([(rows == i).any(axis=1) for i in range(4)], axis=0).sum()
    assert 20 < usable < 100
    assert fit.resamples[0] == usable


# --- sign changes ---


@dataclass(frozen=True)
class Mirrored(PLS):
    """PLS that mirrors the first construct in every resample whose first item sums to an odd number."""

    def fit(self, batch, model, targets=None):
        arrays = self.solve(batch, model)
        odd = np.round(batch.moments.means[:, 0] * batch.n).astype(int) % 2 == 1
        if len(batch) > 1:
            arrays.weights[odd, : model.bounds[1]] *= -1
            arrays.loadings[odd, : model.bounds[1]] *= -1
            for matrix in (arrays.paths, arrays.correlations):
                matrix[odd, 0, 1:] *= -1
                matrix[odd, 1:, 0] *= -1
        return arrays.estimates(batch, model, targets, batch.moments.correlations)


CHAIN = Model.parse("A =~ a1 + a2 + a3\nB =~ b1 + b2 + b3\nY =~ y1 + y2 + y3\nB ~ A\nY ~ A + B")
SIGNED = ("B~A", "Y~A", "Y~B", "A~~B", "B~~Y", "A=~a2", "A<~a1", "B=~b1", "A->B->Y", "r2(Y)", "ave(A)", "rho_c(A)")


def chained(n=150):
    rng = np.random.default_rng(8)
    a, eb, ey = rng.standard_normal((3, n))
    b = 0.6 * a + 0.8 * eb
    y = 0.4 * a + 0.4 * b + 0.6 * ey
    items = np.stack([x + 0.5 * rng.standard_normal(n) for x in (a, a, a, b, b, b, y, y, y)], axis=1)
    return Batch.of(np.clip(np.round(3 + items), 1, 5).astype(np.int8), address=ADDRESS)


@pytest.mark.parametrize("interval", ["percentile", "bca"])
def test_mirrored_resamples_are_turned_back_with_all_that_they_sign(interval):
    targets = [CHAIN.target(name) for name in SIGNED]
    expected = Bootstrap(PLS(), 100, interval=interval).fit(chained(), CHAIN, targets)
    turned = Bootstrap(Mirrored(), 100, interval=interval, sign_changes="construct").fit(chained(), CHAIN, targets)
    untouched = Bootstrap(Mirrored(), 100).fit(chained(), CHAIN, targets)
    for field in ("value", "se", "lower", "upper", "p_value"):
        np.testing.assert_allclose(getattr(turned, field), getattr(expected, field), rtol=1e-12)
    assert turned.targets == tuple(targets)
    assert untouched.se[0, 0] > 5 * expected.se[0, 0]


def test_individual_changes_give_each_coefficient_the_original_sign():
    targets = [CHAIN.target(name) for name in SIGNED]
    fit = Bootstrap(Mirrored(), 100, sign_changes="individual").fit(chained(), CHAIN, targets)
    plain = Bootstrap(PLS(), 100).fit(chained(), CHAIN, targets)
    for q, target in enumerate(targets):
        if target.kind == "correlation" and "A" in target.parts:
            assert fit.se[0, q] > 5 * plain.se[0, q]  # a correlation is no coefficient: it stays mirrored
        else:
            np.testing.assert_allclose(fit.se[0, q], plain.se[0, q], rtol=1e-12)


def test_sign_rules_on_paper():
    model = Model.parse("A =~ a1 + a2\nB =~ b1 + b2\nB ~ A")
    targets = [model.target(name) for name in ("B~A", "A=~a1", "B=~b1", "A~~B", "r2(B)")]
    values = np.array([[-0.4, -0.7, 0.8, -0.4, 0.2], [-0.1, 0.7, 0.8, -0.1, 0.2], [-0.3, -0.7, -0.8, -0.3, 0.2]])
    estimate = np.array([0.5, 0.7, 0.8, 0.5, 0.3])
    expected = np.array([[0.4, 0.7, 0.8, -0.4, 0.2], [0.1, 0.7, 0.8, -0.1, 0.2], [0.3, 0.7, 0.8, -0.3, 0.2]])
    np.testing.assert_array_equal(individual_signs(values, estimate, targets), expected)
    original = np.array([0.7, 0.6, 0.8, np.nan])
    loadings = np.array([[-0.7, -0.5, 0.8, np.nan], [0.7, -0.1, 0.8, np.nan], [-0.7, 0.1, -0.8, np.nan]])
    expected = np.array([[0.4, 0.7, 0.8, 0.4, 0.2], [-0.1, 0.7, 0.8, -0.1, 0.2], [-0.3, 0.7, 0.8, -0.3, 0.2]])
    np.testing.assert_array_equal(construct_signs(values, targets, loadings, original, model), expected)


# --- settings and sharing ---


def test_settings_come_from_the_study_file():
    settings = {"resamples": 50, "interval": "bca", "sign_changes": "construct", "inadmissible": "replace"}
    method = build("plsc", settings, 0.90)
    assert method.estimator == Bootstrap(ConsistentPLS(), 50, 0.90, "bca", "construct", "replace")
    assert method.label == "PLSc, bca intervals, construct sign changes, inadmissible resamples replaced"
    assert build("plsc", {"resamples": 50, "interval": "percentile"}, 0.90).label == "PLSc"
    assert set(settings.items()) < set(method.settings.items())


@pytest.mark.parametrize(
    ("settings", "parts"),
    [
        ({"resamples": 50, "interval": "percentiles"}, ["'percentiles'", "did you mean 'percentile'?", "bca"]),
        ({"resamples": 50, "sign_changes": True}, ["sign_changes", "'True'", "individual"]),
        ({"resamples": 50, "inadmissible": "redraw"}, ["inadmissible", "'redraw'", "keep, drop, replace"]),
        ({"interval": "bca"}, ["interval", "give resamples"]),
        ({"resamples": 50, "intervall": "bca"}, ["'intervall'", "did you mean 'interval'?"]),
    ],
)
def test_settings_that_make_no_sense_are_refused(settings, parts):
    with pytest.raises(InputError) as error:
        build("pls", settings, 0.95)
    assert all(part in str(error.value) for part in parts), error.value


def test_studentised_intervals_are_refused_where_a_method_has_no_standard_errors():
    refusal = Bootstrap(PLS(), interval="studentised").refusal(MODEL)
    assert "none of its own" in refusal
    assert "bca" in refusal
    assert Bootstrap(SumScores(), interval="studentised").refusal(MODEL) is None


def test_methods_fitted_to_one_data_set_share_its_resamples_and_change_no_number(monkeypatch):
    drawn = []
    monkeypatch.setattr(
        "estimators.wrappers.bootstrap.bootstrap_rows", lambda *given: drawn.append(given) or bootstrap_rows(*given)
    )
    methods = [Bootstrap(PLS(), 40), Bootstrap(ConsistentPLS(), 40), Screening(Bootstrap(PLS(), 40), AllAtOnce(0.5))]
    batch = draw_block(POPULATION, 72, ADDRESS, 0, 1)
    together = [method.fit(batch, MODEL, PATHS) for method in methods]
    assert len(drawn) == 1
    for method, fit in zip(methods, together, strict=True):
        alone = method.fit(Batch.of(batch.raw, address=ADDRESS), MODEL, PATHS)
        for field in ("value", "se", "lower", "upper", "p_value", "resamples", "status"):
            np.testing.assert_array_equal(getattr(fit, field), getattr(alone, field))


def test_a_block_gives_what_its_methods_give_one_by_one():
    study = load("crm-clusters", quick=True)
    batch = draw_block(POPULATION, 72, ADDRESS, 0, 3)
    fits = fit_all(study, batch)
    assert list(fits) == [method.name for method in study.methods]
    assert sum(method.resampled for method in study.methods) > 1
    for method in study.methods:
        alone = method.estimator.fit(draw_block(POPULATION, 72, ADDRESS, 0, 3), study.model, study.estimands)
        for part in dataclasses.fields(alone):
            np.testing.assert_array_equal(getattr(fits[method.name], part.name), getattr(alone, part.name))
    table = estimates_table(batch, study.model.items, study.constructs, fits).to_pandas().set_index("method")
    assert (table.loc["pls", "inadmissible_resamples"] == 0).all()
    assert (table.loc["ml", "inadmissible_resamples"] == -1).all()


def test_lost_and_inadmissible_resamples_reach_the_measures(tmp_path):
    text = """
name = "tiny"
[aims]
title = "Tiny"
question = "Are resamples counted?"
[data]
population = "crm-clusters"
n = [40]
replications = 3
seed = 1
[estimands]
targets = ["PERF~ACRM"]
[methods.plsc]
resamples = 100
inadmissible = "drop"
[methods.pls]
inference = "jackknife"
"""
    (tmp_path / "tiny.toml").write_text(text)
    study = load(str(tmp_path / "tiny.toml"))
    run(study, tmp_path, 1, Console(quiet=True))
    measures = read_table(tmp_path / "measures.parquet").to_pandas().set_index(["method", "measure"])["value"]
    stored = cell_estimates(tmp_path, study, 1).query("status <= 1").set_index("method")
    assert measures["plsc", "resamples_inadmissible"] == stored.loc["plsc", "inadmissible_resamples"].mean() > 0
    assert measures["plsc", "resamples_lost"] == 100 - stored.loc["plsc", "resamples"].mean()
    assert measures["pls", "resamples_lost"] == measures["pls", "resamples_inadmissible"] == 0
    other = tmp_path / "other.toml"
    other.write_text(text.replace('"drop"', '"replace"'))
    assert load(str(other)).fingerprint != study.fingerprint


def test_targets_of_the_whole_model_keep_the_methods_own_test():
    model = Model.parse("A =~ a1+a2+a3\nB =~ b1+b2+b3\nB ~ A")
    data = np.random.default_rng(2).normal(size=(2, 90, 1)) + np.random.default_rng(3).normal(size=(2, 90, 6))
    targets = [model.target(name) for name in ("chisq", "B~A", "rmsea")]
    own = MaximumLikelihood().fit(Batch.of(data), model, targets)
    resampled = Bootstrap(MaximumLikelihood(), 30).fit(Batch.of(data), model, targets)
    assert np.array_equal(resampled.p_value[:, [0, 2]], own.p_value[:, [0, 2]])
    assert (resampled.p_value[:, 1] != own.p_value[:, 1]).all()


def test_moments_without_answers_get_values_alone():
    population = catalogue.population("three-factors")
    fit = Bootstrap(PLS(), 30).fit(Batch.of_moments(population.moments), population.model)
    assert np.isfinite(fit.value).all()
    assert np.isnan(fit.se).all()
