"""Polychoric correlations against a slow plain version and lavaan; their influence against lavaan."""

import numpy as np
import pytest
from scipy.optimize import brentq, minimize_scalar
from scipy.special import ndtri

from estimators.base import Status
from estimators.kernels.binormal import rectangle
from estimators.polychoric import influence, polychorics
from sim.batch import Batch, Moments
from sim.distributions.bivariate import density
from sim.model import Model
from tests.cases import SURVEYS, batch_of, reference
from tests.plain import cumulative

RNG = np.random.default_rng
LAVAAN = reference("polychoric_lavaan")["cases"]


def shares(x, y):
    """Two-way table of relative frequencies between the categories seen."""
    rows, columns = np.unique(x, return_inverse=True)[1], np.unique(y, return_inverse=True)[1]
    table = np.zeros((rows.max() + 1, columns.max() + 1))
    np.add.at(table, (rows, columns), 1.0 / len(x))
    return table


def limits(margin):
    """Category limits of one item, with the infinite ones."""
    return np.concatenate([[-np.inf], ndtri(np.cumsum(margin)[:-1]), [np.inf]])


def cells(rho, rows, columns):
    """Probability of every cell between category limits."""
    probability = cumulative(rows[:, None], columns[None, :], rho)
    return np.diff(np.diff(probability, axis=0), axis=1)


def plain_correlation(x, y):
    """The maximum of one table's likelihood given its margins' thresholds: a search, then the zero of the slope."""
    table = shares(x, y)
    rows, columns = limits(table.sum(1)), limits(table.sum(0))
    seen = table > 0

    def misfit(rho):
        return -np.sum(table[seen] * np.log(np.maximum(cells(rho, rows, columns)[seen], 1e-300)))

    def slope(rho):
        by_rho = np.diff(np.diff(density(rows[:, None], columns[None, :], rho), axis=0), axis=1)
        return np.sum((table * by_rho)[seen] / cells(rho, rows, columns)[seen])

    near = minimize_scalar(misfit, bounds=(-0.9999, 0.9999), method="bounded", options={"xatol": 1e-9}).x
    around = 1e-3 * (1 - near**2)
    return brentq(slope, near - around, near + around, xtol=1e-14)


@pytest.mark.parametrize("survey", SURVEYS)
def test_agrees_with_lavaan(survey):
    case = LAVAAN[survey]
    found = polychorics(batch_of(survey, Model.parse(case["model"])))
    assert found.status[0] == Status.OK
    # lavaan's optimiser stops about 2e-8 from the maximum.
    upper = np.triu_indices(found.correlations.shape[1], 1)
    np.testing.assert_allclose(found.correlations[0][upper], case["correlations"], atol=5e-8)


@pytest.mark.parametrize("survey", SURVEYS)
def test_the_influences_give_lavaans_weights(survey):
    case = LAVAAN[survey]
    found = polychorics(batch_of(survey, Model.parse(case["model"])))
    n = found.codes.shape[2]
    variances = (influence(found, 0) ** 2).sum(axis=0) / (n - 1)
    upper = np.triu_indices(found.correlations.shape[1], 1)
    # The independence model's test statistic is n times the sum of squared correlations over their variances.
    assert n * np.sum(found.correlations[0][upper] ** 2 / variances) == pytest.approx(case["baseline.chisq"], rel=1e-7)
    assert n * np.sum((found.correlations[0][upper] - case["implied"]) ** 2 / variances) == pytest.approx(
        case["chisq"], rel=1e-6
    )


@pytest.mark.parametrize("name", ["crm_000", "crm500_000"])
def test_agrees_with_the_plain_version(name):
    batch = batch_of(name, Model.parse(LAVAAN[name]["model"]))
    found, answers = polychorics(batch), batch.raw[0]
    for i, k in [(0, 1), (2, 9), (3, 10), (7, 12), (14, 18), (5, 6)]:
        assert found.correlations[0, i, k] == pytest.approx(plain_correlation(answers[:, i], answers[:, k]), abs=1e-9)


def cut_normals(rng, n, rho, cuts, replications=1):
    """Answers (R, n, 2) to two items whose latent correlation is rho."""
    first, second = rng.normal(size=(2, replications, n))
    latent = np.stack([first, rho * first + np.sqrt(1 - rho**2) * second], axis=2)
    return np.searchsorted(cuts, latent).astype(np.int8)


@pytest.mark.parametrize("rho", [-0.93, -0.85, -0.6, 0.0, 0.7, 0.8, 0.92, 0.985])
@pytest.mark.parametrize("cuts", [[0.05], [-1.0, 0.4], [-1.5, -0.5, 0.2, 0.9, 1.6, 2.0]])
def test_agrees_with_the_plain_version_at_every_strength(rho, cuts):
    answers = cut_normals(RNG(4), 400, rho, cuts)
    found = polychorics(Batch.of(answers))
    assert found.status[0] == Status.OK
    expected = plain_correlation(answers[0, :, 0], answers[0, :, 1])
    assert found.correlations[0, 0, 1] == pytest.approx(expected, abs=1e-9)


def test_an_observed_cell_may_be_improbable():
    answers = cut_normals(RNG(6), 4000, 0.8, [-2.0, 0.0, 2.0])
    answers[0, 0] = 0, 3
    found = polychorics(Batch.of(answers))
    # The plain version's probability of that cell, near 5e-12, is a difference of numbers rounded at 1e-16.
    assert found.correlations[0, 0, 1] == pytest.approx(plain_correlation(*answers[0].T), abs=1e-8)
    table = shares(*answers[0].T)
    assert cells(found.correlations[0, 0, 1], limits(table.sum(1)), limits(table.sum(0)))[0, 3] < 1e-11


def test_an_outlier_among_copies_has_an_improbable_cell():
    answers = cut_normals(RNG(6), 4000, 0.995, [-1.0, 0.0, 1.0])
    answers[0, 0] = 0, 3
    found = polychorics(Batch.of(answers))
    rho = found.correlations[0, 0, 1]
    table = shares(*answers[0].T)
    rows, columns = limits(table.sum(1)), limits(table.sum(0))
    seen = table > 0
    assert cells(rho, rows, columns)[0, 3] < 1e-7

    def likelihood(value):
        probability = cells(value, rows, columns)
        probability[0, 3] = rectangle(value, rows[0], rows[1], columns[3], columns[4])
        return len(answers[0]) * np.sum(table[seen] * np.log(probability[seen]))

    assert likelihood(rho) > max(likelihood(rho - 1e-4), likelihood(rho + 1e-4))


@pytest.mark.parametrize("rho", [-0.99, -0.4, 0.0, 0.6, 0.9, 0.9999])
def test_a_rectangles_probability_holds_in_the_tails(rho):
    for left, right, low, high in [(-np.inf, -1.0, -np.inf, 0.3), (-0.5, 0.7, 0.1, np.inf), (-2.0, -1.0, 1.5, np.inf)]:
        limits_x, limits_y = np.array([left, right]), np.array([low, high])
        expected = np.diff(np.diff(cumulative(limits_x[:, None], limits_y, rho), axis=0), axis=1)[0, 0]
        assert rectangle(rho, left, right, low, high) == pytest.approx(expected, rel=1e-9, abs=1e-15)
    # Mills' ratio: P(X > h) is density / h up to a share of 1 / h^2.
    assert rectangle(0.0, 10.0, np.inf, -np.inf, np.inf) == pytest.approx(7.61985302416e-24, rel=1e-9)


def test_items_answered_alike_or_mirrored_run_to_one_and_are_inadmissible():
    answers = RNG(1).integers(1, 6, size=(3, 60, 2)).astype(np.int8)
    answers[0, :, 1] = answers[0, :, 0]
    answers[1, :, 1] = 6 - answers[1, :, 0]
    found = polychorics(Batch.of(answers))
    assert list(found.correlations[:2, 0, 1]) == [1.0, -1.0]
    assert list(found.status) == [Status.INADMISSIBLE, Status.INADMISSIBLE, Status.OK]
    assert np.isnan(influence(found, 0)).all()
    assert not np.isnan(influence(found, 2)).any()


@pytest.mark.parametrize("counts", [(20, 0, 15, 25), (0, 30, 30, 12), (33, 14, 13, 0), (30, 0, 0, 20), (0, 30, 20, 0)])
def test_a_two_by_two_table_with_an_empty_cell_gets_half_an_answer_and_keeps_its_margins(counts):
    answers = np.repeat([[0, 0], [0, 1], [1, 0], [1, 1]], counts, axis=0).astype(np.int8)
    found = polychorics(Batch.of(answers))
    shift = 0.5 if 0 in (counts[0], counts[3]) else -0.5
    filled = np.array(counts) + shift * np.array([1, -1, -1, 1])
    doubled = np.repeat([[0, 0], [0, 1], [1, 0], [1, 1]], (2 * filled).astype(int), axis=0)
    assert found.status[0] == Status.OK
    expected = plain_correlation(doubled[:, 0], doubled[:, 1])
    assert found.correlations[0, 0, 1] == pytest.approx(expected, abs=1e-8)


def test_larger_tables_keep_their_empty_cells():
    answers = np.repeat([[0, 0], [0, 1], [1, 1], [2, 0], [2, 1]], (12, 8, 20, 9, 14), axis=0).astype(np.int8)
    found = polychorics(Batch.of(answers))
    assert found.correlations[0, 0, 1] == pytest.approx(plain_correlation(*answers.T), abs=1e-8)


def test_what_cannot_be_used_is_flagged_and_touches_no_other_data_set():
    good = RNG(2).integers(1, 6, size=(6, 80, 3)).astype(float)
    data = good.copy()
    data[1, :, 0] = 4
    data[2, 0, 1] = 2.5
    data[3, :21, 2] = np.arange(21)
    data[4, 5, 0] = np.nan
    data[5] = RNG(3).normal(size=(80, 3))
    data[5, :, 2] = 0.1
    found, alone = polychorics(Batch.of(data)), polychorics(Batch.of(good[:1]))
    no, constant = Status.NOT_ORDINAL, Status.CONSTANT_ITEM
    assert list(found.status) == [Status.OK, constant, no, no, no, constant]
    assert np.isnan(found.correlations[1:]).all()
    assert np.array_equal(found.correlations[0], alone.correlations[0])


def test_items_that_are_not_retained_are_as_if_absent():
    data = RNG(3).integers(1, 6, size=(1, 80, 4)).astype(float)
    data[0, :, 1] += 0.25
    batch = Batch.of(data).keep(np.array([[True, False, True, True]]))
    found, rest = polychorics(batch), polychorics(Batch.of(data[:, :, [0, 2, 3]]))
    assert found.status[0] == Status.OK
    kept = np.ix_([0], [0, 2, 3], [0, 2, 3])
    assert np.array_equal(found.correlations[kept], rest.correlations)
    assert np.isnan(found.correlations[0, 1]).all()
    effects = influence(found, 0)
    assert np.array_equal(effects[:, [1, 2, 5]], influence(rest, 0))
    assert np.isnan(effects[:, [0, 3, 4]]).all()


def test_only_the_order_of_the_categories_counts():
    answers = RNG(5).integers(1, 6, size=(2, 72, 4)).astype(np.int8)
    recoded = np.array([0, -700, 3, 40, 41, 9000], dtype=np.int64)[answers]
    reversed_ = answers.copy()
    reversed_[:, :, 0] = 6 - reversed_[:, :, 0]
    found, other, mirrored = (polychorics(Batch.of(data)) for data in (answers, recoded, reversed_))
    assert np.array_equal(found.correlations, other.correlations)
    np.testing.assert_allclose(mirrored.correlations[:, 0, 1:], -found.correlations[:, 0, 1:], atol=1e-12)


def test_a_category_that_nobody_chose_does_not_count():
    answers = RNG(7).choice([1, 2, 4, 5], size=(1, 72, 3)).astype(np.int8)
    found = polychorics(Batch.of(answers))
    assert (found.categories == 4).all()
    assert found.correlations[0, 0, 2] == pytest.approx(plain_correlation(answers[0, :, 0], answers[0, :, 2]), abs=1e-8)


def test_a_batch_is_its_data_sets_one_by_one_and_resamples_are_data_sets():
    data = RNG(8).integers(1, 6, size=(4, 72, 5)).astype(np.int8)
    data[2] = data[2] % 3
    together = polychorics(Batch.of(data))
    for r in range(4):
        alone = polychorics(Batch.of(data[r]))
        assert np.array_equal(together.correlations[r], alone.correlations[0])
        assert np.array_equal(influence(together, r), influence(alone, 0))
    rows = RNG(9).integers(0, 72, size=(6, 72), dtype=np.uint16)
    resampled = polychorics(Batch.of_resamples(data[0], rows, np.ones(5, dtype=bool)))
    assert np.array_equal(resampled.correlations, polychorics(Batch.of(data[0][rows])).correlations)


def test_moments_without_answers_give_their_own_correlations():
    covariance = np.array([[[4.0, 1.0], [1.0, 1.0]]])
    found = polychorics(Batch.of_moments(Moments(np.zeros((1, 2)), covariance, np.inf)))
    np.testing.assert_allclose(found.correlations[0], [[1.0, 0.5], [0.5, 1.0]])
    assert found.status[0] == Status.OK


def plain_influence(x, y, rho):
    """Casewise influence on one correlation (n,), all derivatives of ln P by differences."""
    table = shares(x, y)
    rows, columns = limits(table.sum(1)), limits(table.sum(0))
    step, at = 1e-5, (np.unique(x, return_inverse=True)[1], np.unique(y, return_inverse=True)[1])

    def derivative(change):
        up, down = cells(*change(step)), cells(*change(-step))
        return ((np.log(up) - np.log(down)) / (2 * step))[at]

    def moved(values, place, by):
        return values + by * (np.arange(len(values)) == place)

    score = derivative(lambda by: (rho + by, rows, columns))
    total = score.copy()
    for codes, ends, side in ((at[0], rows, 0), (at[1], columns, 1)):
        for a in range(1, len(ends) - 1):
            by_threshold = derivative(
                lambda by, a=a, side=side: (
                    rho, moved(rows, a, by) if side == 0 else rows, moved(columns, a, by) if side else columns
                )
            )  # fmt: skip
            below = (codes < a).astype(float)
            effect = (below - below.mean()) * np.sqrt(2 * np.pi) * np.exp(ends[a] ** 2 / 2)
            total -= np.mean(score * by_threshold) * effect
    return total / np.mean(score**2)


@pytest.mark.parametrize("rho", [-0.9, 0.0, 0.5, 0.8])
def test_the_influence_agrees_with_numeric_derivatives(rho):
    x, y = cut_normals(RNG(11), 400, rho, [-1.2, -0.1, 0.8])[0].T
    found = polychorics(Batch.of(np.stack([x, np.minimum(y, 2)], axis=1)))
    expected = plain_influence(x, np.minimum(y, 2), found.correlations[0, 0, 1])
    np.testing.assert_allclose(influence(found, 0)[:, 0], expected, rtol=1e-5, atol=1e-6)


def test_the_influence_is_what_leaving_a_respondent_out_does():
    # A table that follows the model, so that mean cross-products and derivatives of the scores are the same.
    cuts = np.array([-np.inf, -0.8, 0.1, 0.9, np.inf])
    counts = np.round(40_000 * cells(0.5, cuts, cuts)).astype(int)
    answers = np.repeat(np.argwhere(counts >= 0), counts.ravel(), axis=0).astype(np.int8)
    found = polychorics(Batch.of(answers))
    effects, n = influence(found, 0)[:, 0], len(answers)
    for respondent in np.cumsum(counts.ravel())[[0, 1, 3, 6, 8, 13, 15]] - 1:
        rest = polychorics(Batch.of(np.delete(answers, respondent, axis=0)))
        change = (n - 1) * (found.correlations[0, 0, 1] - rest.correlations[0, 0, 1])
        assert effects[respondent] == pytest.approx(change, rel=0.01, abs=0.01)


def test_the_influence_gives_the_spread_over_repeated_samples():
    rng, n = RNG(12), 1000
    latent = rng.multivariate_normal(np.zeros(3), [[1, 0.6, 0.3], [0.6, 1, 0.2], [0.3, 0.2, 1]], size=(3000, n))
    found = polychorics(Batch.of(np.searchsorted([-1.0, -0.2, 0.7], latent).astype(np.int8)))
    observed = np.cov(found.correlations[:, [0, 0, 1], [1, 2, 2]].T) * n
    effects = [influence(found, r) for r in range(0, 3000, 30)]
    expected = np.mean([e.T @ e / n for e in effects], axis=0)
    # A variance near 1 over 3,000 samples has a standard error of .026, a covariance a smaller one.
    np.testing.assert_allclose(observed, expected, atol=0.08)
