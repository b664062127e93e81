"""Richness and coverage estimators: slow plain versions, another program's values, closed forms, laws of counts."""

import itertools
import math

import numpy as np
import pytest

from estimators.base import Status
from estimators.richness.accumulation import Accumulation, rarefaction
from estimators.richness.catalogue import RICHNESS, build_for_interviews
from estimators.richness.counts import Counts, variance_of
from estimators.richness.unseen import Unseen
from sim.batch import Batch
from sim.errors import InputError
from sim.model import Model
from sim.themes.population import THEMES, ThemePopulation
from sim.themes.prevalences import expected_found

NAMES = ("themes", "known", "coverage", "new", "themes(3)", "themes(7)", "themes(15)", "interviews(0.4)",
         "interviews(0.9)")  # fmt: skip
TARGETS = tuple(THEMES.target(name) for name in NAMES)
SETTINGS = {
    "observed": {},
    "chao2": {},
    "corrected": {"estimator": "chao2", "form": "corrected"},
    "jackknife": {},
    "jackknife2": {"estimator": "jackknife", "order": 2},
    "ice": {},
    "turing": {},
    "chao-jost": {},
    "accumulation": {},
    "rule": {},
    "rule-3": {"estimator": "rule", "initial": 2, "run": 3},
}
METHODS = {name: build_for_interviews(name, given, 0.95).estimator for name, given in SETTINGS.items()}
Z = 1.959963984540054


def table_of(frequencies: dict[int, int], t: int) -> np.ndarray:
    """Incidences (t, S) with so many themes of k interviews."""
    columns = [[1] * k + [0] * (t - k) for k, count in frequencies.items() for _ in range(count)]
    return np.array(columns, dtype=np.int8).T


def estimates(name: str, *tables: np.ndarray):
    return METHODS[name].fit(Batch.of(np.stack(tables)), THEMES, TARGETS)


def told(name: str, table: np.ndarray) -> dict[str, float]:
    return dict(zip(NAMES, estimates(name, table).value[0].tolist(), strict=True))


def some_tables(r: int = 60, t: int = 7) -> np.ndarray:
    """Tables of many kinds: sparse and dense, even and uneven."""
    rng = np.random.default_rng(11)
    p = rng.beta(0.6, 2.5, size=(r, 1, 25)) * rng.uniform(0.2, 1.2, size=(r, 1, 1))
    return (rng.random((r, t, 25)) < p).astype(np.int8)


# --- slow plain versions ---


def plain(table: np.ndarray) -> dict[tuple[str, str], float]:
    """Every estimator of one table, written out with sums over themes as the papers have them."""
    t = len(table)
    y = [int(sum(column)) for column in table.T if sum(column)]
    d, u, q = len(y), sum(y), [y.count(k) for k in range(t + 1)]
    a = (t - 1) / t
    f0 = a * q[1] ** 2 / (2 * q[2]) if q[2] else a * q[1] * (q[1] - 1) / 2
    chao = d + f0
    bc = d + a * q[1] * (q[1] - 1) / (2 * (q[2] + 1))
    jack = {1: d + q[1] * (t - 1) / t, 2: d + q[1] * (2 * t - 3) / t - q[2] * (t - 2) ** 2 / (t * (t - 1))}
    if q[2]:
        factor = (t - 1) * q[1] / ((t - 1) * q[1] + 2 * q[2])
    else:
        factor = (t - 1) * max(q[1] - 1, 0) / ((t - 1) * max(q[1] - 1, 0) + 2)
    found = {
        ("observed", "themes"): d, ("observed", "known"): 1.0, ("observed", "coverage"): 1.0, ("observed", "new"): 0.0,
        ("chao2", "themes"): chao, ("chao2", "known"): d / chao,
        ("corrected", "themes"): bc, ("corrected", "known"): d / bc,
        ("jackknife", "themes"): jack[1], ("jackknife", "known"): d / jack[1],
        ("jackknife2", "themes"): jack[2], ("jackknife2", "known"): d / jack[2],
        ("turing", "coverage"): 1 - q[1] / u, ("turing", "new"): q[1] / t,
        ("chao-jost", "coverage"): 1 - q[1] / u * factor, ("chao-jost", "new"): q[1] * factor / t,
    }  # fmt: skip
    coverage = 1 - q[1] / u
    if coverage > 0:
        spread = max(d / coverage * t / (t - 1) * sum(k * (k - 1) for k in y) / u**2 - 1, 0)
        ice = d / coverage + q[1] / coverage * spread
        found |= {("ice", "themes"): ice, ("ice", "known"): d / ice}
    for name in ("themes(3)", "themes(7)", "themes(15)"):
        at = int(name[7:-1])
        if at <= t:
            value = d - sum(math.comb(t - k, at) / math.comb(t, at) for k in y)
        else:
            value = chao - (f0 * (1 - q[1] / (t * f0 + q[1])) ** (at - t) if f0 else 0)
        found["accumulation", name] = value
    for name, (initial, run) in {"rule": (4, 2), "rule-3": (2, 3)}.items():
        seen = [len({j for i in range(n) for j in np.flatnonzero(table[i])}) for n in range(1, t + 1)]
        stops = [n for n in range(initial + run, t + 1) if seen[n - 1] == seen[n - 1 - run]]
        if stops:
            found[name, "themes"] = seen[stops[0] - 1]
            found[name, "steps"] = stops[0]
    return found


@pytest.mark.parametrize("name", SETTINGS)
def test_every_estimator_agrees_with_its_plain_version(name):
    tables = some_tables()
    fit = estimates(name, *tables)
    compared = 0
    for row, table in enumerate(tables):
        slow = plain(table)
        for column, target in enumerate(NAMES):
            if target.startswith("interviews"):
                continue
            value = fit.value[row, column]
            if (name, target) in slow:
                assert value == pytest.approx(slow[name, target], rel=1e-12), (target, row)
                compared += 1
            else:
                assert np.isnan(value), (target, row)
        if (name, "steps") in slow:
            assert fit.iterations[row] == slow[name, "steps"]
            assert fit.status[row] == Status.OK
        elif name.startswith("rule"):
            assert fit.status[row] == Status.NOT_CONVERGED
    assert compared >= (4 if name.startswith("rule") else 50)


def test_values_of_another_program():
    """vegan::specpool(BCI) prints 225 236.3732 6.54361 245.58 247.8722 (n 50; the counts give Q1 = 21, Q2 = 19).

    Species, chao, chao.se, jack1 and jack2, of its documentation's example. The themes of three or more trees' plots
    are put at 5 of 50: these quantities depend on Q1, Q2 and the number found only.
    """
    bci = table_of({1: 21, 2: 19, 5: 185}, 50)
    assert told("chao2", bci)["themes"] == pytest.approx(236.3732, abs=5e-5)
    assert estimates("chao2", bci).se[0, 0] == pytest.approx(6.54361, abs=5e-6)
    assert told("jackknife", bci)["themes"] == pytest.approx(245.58, abs=5e-3)
    assert told("jackknife2", bci)["themes"] == pytest.approx(247.8722, abs=5e-5)


def test_the_second_studys_table_by_hand():
    """27 themes, 11 of one interview, 14 of two, 2 of three; 45 quotations."""
    table = table_of({1: 11, 2: 14, 3: 2}, 7)
    assert told("chao2", table)["themes"] == pytest.approx(27 + 6 / 7 * 121 / 28)
    assert told("corrected", table)["themes"] == pytest.approx(27 + 6 / 7 * 110 / 30)
    assert told("turing", table)["coverage"] == pytest.approx(34 / 45)
    assert told("chao-jost", table)["coverage"] == pytest.approx(1 - 11 / 45 * 66 / 94)


# --- variances and intervals ---


def multinomial_variance(frequencies: dict[int, int], t: int, of, richness: float) -> float:
    """Delta-method variance with numerical derivatives and the whole multinomial covariance matrix, Q0 left out."""
    q = np.array([frequencies.get(k, 0) for k in range(1, t + 1)], dtype=float)
    step = 1e-5
    gradient = np.array([(of(q + step * e) - of(q - step * e)) / (2 * step) for e in np.eye(t)])
    covariance = np.diag(q) - np.outer(q, q) / richness
    return float(gradient @ covariance @ gradient)


def chao_f0(q: np.ndarray, t: int) -> float:
    return (t - 1) / t * (q[0] ** 2 / (2 * q[1]) if q[1] > 0.5 else q[0] * (q[0] - 1) / 2)


@pytest.mark.parametrize("frequencies", [{1: 9, 2: 5, 3: 4, 6: 2}, {1: 3, 2: 7, 4: 1}])
def test_standard_errors_are_those_of_the_multinomial(frequencies):
    t, table = 7, table_of(frequencies, 7)
    q = np.array([frequencies.get(k, 0) for k in range(1, 8)], dtype=float)
    richness = q.sum() + chao_f0(q, t)
    k = np.arange(1, 8)

    def factor(q):
        return (t - 1) * q[0] / ((t - 1) * q[0] + 2 * q[1])

    def extrapolated(q):
        f0 = chao_f0(q, t)
        return q.sum() + f0 * (1 - (1 - q[0] / (t * f0 + q[0])) ** 8)

    formulas = {
        ("chao2", "themes"): lambda q: q.sum() + chao_f0(q, t),
        ("turing", "coverage"): lambda q: 1 - q[0] / (k * q).sum(),
        ("turing", "new"): lambda q: q[0] / t,
        ("chao-jost", "coverage"): lambda q: 1 - q[0] / (k * q).sum() * factor(q),
        ("chao-jost", "new"): lambda q: q[0] * factor(q) / t,
        ("accumulation", "themes(3)"): lambda q: (rarefaction(t, 3) * q).sum(),
        ("accumulation", "themes(15)"): extrapolated,
    }
    for (name, target), of in formulas.items():
        se = estimates(name, table).se[0, NAMES.index(target)]
        assert se**2 == pytest.approx(multinomial_variance(frequencies, t, of, richness), rel=1e-6), (name, target)


def test_derivatives_without_themes_of_two_interviews():
    """Q2 = 0: derivatives in Q1 by differences."""

    def unseen(q1: float) -> Unseen:
        counts = Counts(7, np.array([[q1, 0.0, 3.0, 0.0, 0.0, 0.0, 0.0]]), np.zeros((1, 7), dtype=np.int64))
        return Unseen.of(counts)

    step = 1e-6
    low, high, at = unseen(6 - step), unseen(6 + step), unseen(6.0)
    assert at.f0_by_once[0] == pytest.approx((high.f0 - low.f0)[0] / (2 * step), rel=1e-6)
    slope = (high.chance - low.chance)[0] / (2 * step)
    assert at.chance_by_once[0] == pytest.approx(slope, rel=1e-6)


def test_chao2s_interval_is_log_normal_and_never_under_what_was_found():
    table = table_of({1: 11, 2: 14, 3: 2}, 7)
    fit = estimates("chao2", table)
    f0, se = fit.value[0, 0] - 27, fit.se[0, 0]
    factor = math.exp(Z * math.sqrt(math.log(1 + se**2 / f0**2)))
    assert fit.lower[0, 0] == pytest.approx(27 + f0 / factor, rel=1e-12)
    assert fit.upper[0, 0] == pytest.approx(27 + f0 * factor, rel=1e-12)
    assert fit.lower[0, 1] == pytest.approx(27 / fit.upper[0, 0], rel=1e-12)
    assert fit.upper[0, 1] == pytest.approx(27 / fit.lower[0, 0], rel=1e-12)


def test_chao2s_interval_where_no_theme_came_up_once_only():
    """EstimateS 9, appendix B, by hand: D = 5, U = 12."""
    fit = estimates("chao2", table_of({2: 3, 3: 2}, 7))
    e = math.exp(-12 / 5)
    half = Z * math.sqrt(5 * e * (1 - e)) / (1 - e)
    assert fit.value[0, 0] == 5
    assert fit.se[0, 0] == pytest.approx(math.sqrt(5 * e * (1 - e)))
    assert fit.lower[0, 0] == pytest.approx(max(5, 5 / (1 - e) - half))
    assert fit.upper[0, 0] == pytest.approx(5 / (1 - e) + half)


def test_jackknife_variance_by_hand():
    """Burnham & Overton 1979: sum a_k^2 Q_k - S."""
    fit = estimates("jackknife", table_of({1: 11, 2: 14, 3: 2}, 7))
    assert fit.se[0, 0] ** 2 == pytest.approx((13 / 7) ** 2 * 11 + 16 - (27 + 11 * 6 / 7))


def test_corrected_variance_by_hand():
    fit = estimates("corrected", table_of({1: 4, 2: 3, 3: 2}, 7))
    a = 6 / 7
    by_hand = a * 4 * 3 / 8 + a**2 * 4 * 49 / 64 + a**2 * 16 * 3 * 9 / (4 * 256)
    assert fit.se[0, 0] ** 2 == pytest.approx(by_hand)
    alone = estimates("corrected", table_of({1: 4, 3: 2}, 7))
    richness = 6 + a * 4 * 3 / 2
    assert alone.se[0, 0] ** 2 == pytest.approx(a * 12 / 2 + a**2 * 4 * 49 / 4 - a**2 * 256 / (4 * richness))


# --- closed forms: unbiased where the theory says so ---


def test_rarefaction_is_the_mean_over_all_subsets_of_interviews():
    table = some_tables(1)[0]
    for at in (1, 3, 7):
        mean = np.mean([table[list(chosen)].any(axis=0).sum() for chosen in itertools.combinations(range(7), at)])
        weights = rarefaction(7, at)
        y = table.sum(axis=0)
        assert sum(weights[k - 1] for k in y if k) == pytest.approx(mean, rel=1e-12)


def test_expected_counts_give_the_expected_curve():
    """Fed with expected counts, rarefaction gives the exact accumulation curve: it is linear and unbiased."""
    p = np.array([0.9, 0.5, 0.3, 0.1, 0.05])
    counts = [sum(math.comb(7, k) * p**k * (1 - p) ** (7 - k)) for k in range(1, 8)]
    for at in (1, 2, 5, 7):
        assert np.dot(rarefaction(7, at), counts) == pytest.approx(expected_found(p, at), rel=1e-12)


def test_chao2_finds_the_truth_where_all_themes_come_up_equally_often():
    """For equal prevalences Chao's bound is reached: D + f0 with expected counts is S (Chao 1987)."""
    s, p, t = 50.0, 0.2, 7
    q = np.array([[s * math.comb(t, k) * p**k * (1 - p) ** (t - k) for k in range(1, t + 1)]])
    counts = Counts(t, q, np.zeros((1, t), dtype=np.int64))
    unseen = Unseen.of(counts)
    assert counts.found[0] + unseen.f0[0] == pytest.approx(s, rel=1e-12)
    assert unseen.chance[0] == pytest.approx(p, rel=1e-12)
    ahead = Accumulation().told(counts, THEMES.target("themes(20)"))
    assert ahead is not None
    assert ahead.value[0] == pytest.approx(s * (1 - (1 - p) ** 20), rel=1e-12)


def test_interviews_for_a_share_lie_on_the_curve():
    table = table_of({1: 11, 2: 14, 3: 2}, 7)
    found = told("accumulation", table)
    chao = told("chao2", table)["themes"]
    chance = 2 * 14 / (6 * 11 + 2 * 14)
    at = found["interviews(0.9)"]
    assert 27 + (chao - 27) * (1 - (1 - chance) ** (at - 7)) == pytest.approx(0.9 * chao, rel=1e-12)
    early = found["interviews(0.4)"]
    curve = [0.0, *(float(np.dot(rarefaction(7, m), [11, 14, 2, 0, 0, 0, 0])) for m in range(1, 8))]
    assert np.interp(early, range(8), curve) == pytest.approx(0.4 * chao, rel=1e-12)


# --- laws of all of them ---


@pytest.mark.parametrize("name", SETTINGS)
def test_themes_that_nobody_tells_change_nothing(name):
    """A method cannot see how many themes the population has."""
    tables = some_tables()
    padded = np.concatenate([np.zeros((60, 7, 9), dtype=np.int8), tables, np.zeros((60, 7, 4), dtype=np.int8)], axis=2)
    assert_same(estimates(name, *tables), estimates(name, *padded))


@pytest.mark.parametrize("name", SETTINGS)
def test_a_table_alone_gives_what_it_gives_among_others_to_the_last_bit(name):
    tables = some_tables()
    together = estimates(name, *tables)
    for row in (0, 17, 59):
        assert_same(together.rows(np.array([row])), estimates(name, tables[row]))


@pytest.mark.parametrize("name", [name for name in SETTINGS if not name.startswith("rule")])
def test_the_order_of_interviews_and_themes_does_not_matter(name):
    tables = some_tables()
    rng = np.random.default_rng(2)
    other = tables[:, rng.permutation(7)][:, :, rng.permutation(25)]
    assert_same(estimates(name, *tables), estimates(name, *other))


def assert_same(one, other):
    for part in ("value", "se", "lower", "upper", "status", "iterations"):
        assert np.array_equal(
            getattr(one, part), getattr(other, part), equal_nan=part in ("value", "se", "lower", "upper")
        )


@pytest.mark.parametrize("name", SETTINGS)
@pytest.mark.parametrize("frequencies", [{1: 1}, {2: 1}, {1: 2}, {1: 5}, {7: 3}, {1: 1, 7: 2}, {1: 1, 2: 1}], ids=str)
def test_small_tables_give_numbers_or_none_but_never_infinity(name, frequencies):
    fit = estimates(name, table_of(frequencies, 7))
    for part in ("value", "se", "lower", "upper"):
        assert not np.isinf(getattr(fit, part)).any()
    lower, upper, value = fit.lower[0], fit.upper[0], fit.value[0]
    given = ~np.isnan(lower)
    assert np.all(lower[given] <= upper[given] + 1e-12)
    assert np.all((value[given] >= lower[given] - 1e-12) & (value[given] <= upper[given] + 1e-12))


@pytest.mark.parametrize("name", SETTINGS)
def test_interviews_without_any_theme_have_a_status_and_no_numbers(name):
    fit = estimates(name, np.zeros((7, 4), dtype=np.int8))
    assert fit.status[0] == Status.UNIDENTIFIED
    assert np.isnan(fit.value).all()


def test_the_variance_of_a_constant_function_of_all_themes():
    """g = 1 counts the themes found: Var(D) = D (1 - D/S)."""
    counts = Counts.of(some_tables(4))
    variance = variance_of(counts, np.ones_like(counts.frequencies), 2 * counts.found)
    assert np.allclose(variance, counts.found / 2)


# --- settings and refusals ---


@pytest.mark.parametrize(
    ("name", "settings", "words"),
    [
        ("chao3", {}, "method for interviews 'chao3' is not known; did you mean 'chao2'"),
        ("chao2", {"form": "clasic"}, "form 'clasic' is not known; did you mean 'classic'"),
        ("chao2", {"resamples": 100}, r"setting 'resamples' is not known for chao2 \(allowed: form\)"),
        ("turing", {"form": "x"}, "is not known for turing .*it has none"),
        ("jackknife", {"order": 3}, "the jackknife is of order 1 or 2"),
        ("rule", {"run": 0}, "run is 0"),
        ("rule", {"initial": 1.5}, "give a whole number"),
    ],
)
def test_settings_that_do_not_exist_are_refused(name, settings, words):
    with pytest.raises(InputError, match=words):
        build_for_interviews(name, settings, 0.95)


def test_a_model_with_constructs_is_refused():
    assert METHODS["chao2"].refusal(Model.parse("F =~ x + y + z")) is not None
    assert METHODS["chao2"].refusal(THEMES) is None


def test_every_listed_method_is_tested_here():
    assert {given.get("estimator", name) for name, given in SETTINGS.items()} == set(RICHNESS)


@pytest.mark.acceptance
def test_chao2_covers_where_its_assumption_holds():
    """Equal prevalences: bias of the corrected form within 4 MCSE + 1% of S, coverage between 92 and 98%."""
    population = ThemePopulation(np.full(60, 0.1))
    batch = Batch.of(population.draw(12, 20_000, np.random.Generator(np.random.SFC64(3))))
    fit = METHODS["corrected"].fit(batch, THEMES, TARGETS[:1])
    value = fit.value[:, 0]
    assert abs(value.mean() - 60) < 4 * value.std() / math.sqrt(20_000) + 0.6
    covers = ((fit.lower[:, 0] <= 60) & (fit.upper[:, 0] >= 60)).mean()
    assert 0.92 < covers < 0.98
