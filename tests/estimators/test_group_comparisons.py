"""Comparisons of groups against cSEM, plain loops, and what must hold whatever the data are."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import stats

from estimators.composites.consistent import ConsistentPLS
from estimators.composites.pls import PLS
from estimators.groups.differences import chance_of_order, pooled_error, separate_errors, two_sided
from estimators.groups.distances import group_distances
from estimators.groups.micom import composite_agreement, pooled_scores, score_differences
from estimators.groups.permuted import Permuted, generator_of, upper_share
from estimators.solution import weight_targets
from sim.batch import NOWHERE, Batch
from sim.model import Model
from tests.cases import reference, survey

CSEM = reference("groups_csem")
RUNS = CSEM["runs"]
METHODS = {
    "mcmp_modeA": PLS(tolerance=1e-12, max_iterations=3000, modes="A"),
    "mcmp_modeB": PLS(tolerance=1e-12, max_iterations=3000, modes="B"),
    "mcf_default": ConsistentPLS(tolerance=1e-12, max_iterations=3000),
}
#: cSEM drew 199 permutations, we draw 999: 2.5 SE of the difference of two shares at .5 are .1; most lie closer.
SHARES = 0.1


def two_groups(name, permutations=999):
    model, data = Model.parse(RUNS[name]["model"]), survey(CSEM["data"])
    answers, members = data[list(model.items)].to_numpy(), data["group"].to_numpy() - 1
    generator = generator_of(NOWHERE, 0)
    return model, Permuted.of(answers, members, permutations, generator, np.ones(len(model.items), bool), model.items)


@pytest.fixture(scope="module", params=METHODS)
def compared(request):
    model, split = two_groups(request.param)
    method = METHODS[request.param]
    targets = [*weight_targets(model), *(t for t in model.targets if t.kind == "path")]
    return RUNS[request.param], model, method, split, targets, split.fits(method, model, targets)


def by_name(expected, names):
    return np.array([expected[name] for name in names])


def test_estimates_of_groups_and_their_differences_are_those_of_csem(compared):
    run, model, _, _, targets, fits = compared
    for fit, group in zip(fits, run["groups"], strict=True):
        for target, value in zip(targets, fit.value[0], strict=True):
            expected = group["weights" if target.kind == "weight" else "paths"]["|".join(target.parts)]
            assert value == pytest.approx(expected, abs=1e-8)
    p = len(model.items)
    names = [target.name for target in targets[p:]]
    difference = fits[0].value[:, p:] - fits[1].value[:, p:]
    assert_allclose(difference[0], by_name(run["difference"], names), rtol=0, atol=1e-8)
    assert_allclose(upper_share(np.abs(difference)), by_name(run["difference_p"], names), rtol=0, atol=SHARES)


def test_micom_is_that_of_csem_and_c_of_raw_items_is_what_it_prints(compared):
    run, model, method, split, _, fits = compared
    both = Batch.of(split.answers, items=model.items)
    weights = [fit.value[:, : len(model.items)] for fit in fits]
    c = composite_agreement(*weights, both.moments.correlations[0], model)
    assert_allclose(c[0], by_name(run["c"], model.constructs), rtol=0, atol=1e-8)
    raw = composite_agreement(*weights, both.moments.covariances[0], model)
    assert_allclose(raw[0], by_name(run["c_raw"], model.constructs), rtol=0, atol=1e-8)
    assert_allclose(upper_share(1 - raw), by_name(run["c_p"], model.constructs), rtol=0, atol=SHARES)
    pooled = method.fit(both, model, weight_targets(model)).value[0]
    means, variances = score_differences(pooled_scores(split.answers, pooled, model), split)
    for statistic, name in ((means, "mean"), (variances, "variance")):
        assert_allclose(statistic[0], by_name(run[name], model.constructs), rtol=0, atol=1e-8)
        shares = by_name(run[f"{name}_p"], model.constructs)
        assert_allclose(upper_share(np.abs(statistic)), shares, rtol=0, atol=SHARES)


def test_omnibus_distances_are_those_of_csem_with_natural_logarithms(compared):
    run, model, method, split, *_ = compared
    d_g, d_l = group_distances(method, split, model)
    assert d_g[0] == pytest.approx(run["d_g"], abs=1e-8)
    assert d_g[0] == pytest.approx(run["d_g_csem"] * np.log(10) ** 2, abs=1e-8)
    assert d_l[0] == pytest.approx(run["d_l"], abs=1e-8)
    shares = upper_share(np.column_stack([d_g, d_l]))
    assert_allclose(shares, [run["d_g_p"], run["d_l_p"]], rtol=0, atol=SHARES)


def test_tests_by_resamples_are_near_those_of_csem(compared):
    run, model, method, split, targets, _ = compared
    paths = targets[len(model.items) :]
    names, resampled = [target.name for target in paths], []
    for k, data in enumerate(split.batches):
        rows = np.random.default_rng(k).integers(0, data.raw.shape[1], (2000, data.raw.shape[1]))
        own = Batch.of_resamples(data.raw[0], rows, np.ones(len(model.items), bool), model.items)
        resampled.append(method.fit(own, model, paths).value)
    difference, sizes = by_name(run["difference"], names), (140, 170)
    errors = tuple(np.nanstd(each, axis=0, ddof=1) for each in resampled)
    keil, welch = pooled_error(difference, errors, sizes), separate_errors(difference, errors, sizes)
    # Standard errors of 199 resamples have a spread of 5 %, that of each group's difference more.
    assert_allclose(keil.t, by_name(run["keil_t"], names), rtol=0.15)
    assert_allclose(welch.t, by_name(run["nitzl_t"], names), rtol=0.15)
    assert_allclose(welch.df, by_name(run["nitzl_df"], names), rtol=0.1)
    assert_array_equal(keil.df, 308)
    assert_allclose(1 - chance_of_order(*resampled), by_name(run["henseler_p"], names), rtol=0, atol=SHARES)


# --- plain counterparts ---


def test_the_statistics_of_a_permutation_are_those_of_a_loop_over_scores():
    model, split = two_groups("mcmp_modeA", 3)
    method, weights = METHODS["mcmp_modeA"], weight_targets(Model.parse(RUNS["mcmp_modeA"]["model"]))
    whole = (split.answers - split.answers.mean(axis=0)) / split.answers.std(axis=0)
    fits = split.fits(method, model, weights)
    c = composite_agreement(*(fit.value for fit in fits), np.corrcoef(split.answers.T), model)
    d_g, d_l = group_distances(method, split, model)
    for number, rows in enumerate(split.rows):
        groups = [split.answers[rows[:140]], split.answers[rows[140:]]]
        found = [method.fit(Batch.of(group), model, [*weights, *model.targets]) for group in groups]
        scores = [np.add.reduceat(whole * fit.value[0, : len(weights)], model.bounds[:-1], axis=1) for fit in found]
        expected = [np.corrcoef(scores[0][:, j], scores[1][:, j])[0, 1] for j in range(3)]
        assert_allclose(c[number], expected, rtol=0, atol=1e-10)
        implied = [_implied(model, fit, group) for fit, group in zip(found, groups, strict=True)]
        roots = np.log(np.linalg.eigvals(np.linalg.solve(implied[0], implied[1])).real)
        assert d_g[number] == pytest.approx(0.5 * np.sum(roots**2), rel=1e-9)
        assert d_l[number] == pytest.approx(0.5 * np.sum((implied[0] - implied[1]) ** 2), rel=1e-9)


def _implied(model, fit, answers):
    """The implied correlations of a saturated composite model, item by item."""
    value = {target.name: fit.value[0, q] for q, target in enumerate(fit.targets)}
    implied = np.corrcoef(answers.T)
    for i, x in enumerate(model.items):
        for k, y in enumerate(model.items):
            a, b = model.owner(x), model.owner(y)
            if a != b:
                between = value.get(f"{a}~~{b}", value.get(f"{b}~~{a}"))
                implied[i, k] = value[f"{a}=~{x}"] * between * value[f"{b}=~{y}"]
    return implied


def test_the_share_of_pairs_counts_every_pair_recentred():
    rng = np.random.default_rng(3)
    first, second = rng.normal(0.3, 1, (40, 2)), rng.normal(0.0, 2, (50, 2))
    first[4, 0] = np.nan
    share = chance_of_order(first, second)
    for q in range(2):
        a, b = (each[~np.isnan(each[:, q]), q] for each in (first, second))
        plain = np.mean([(2 * a.mean() - x > 2 * b.mean() - y) for x in a for y in b])
        assert share[q] == pytest.approx(plain, abs=1e-12)
    assert two_sided(np.array([0.97, 0.5]))[0] == pytest.approx(0.06)


def test_t_tests_have_their_formulas():
    difference, errors = np.array([0.2]), (np.array([0.1]), np.array([0.08]))
    keil = pooled_error(difference, errors, (30, 50))
    pooled = np.sqrt(29**2 / 78 * 0.01 + 49**2 / 78 * 0.0064) * np.sqrt(1 / 30 + 1 / 50)
    assert keil.t[0] == pytest.approx(0.2 / pooled)
    assert keil.p_value[0] == pytest.approx(2 * stats.t.sf(0.2 / pooled, 78))
    welch = separate_errors(difference, errors, (30, 50))
    assert welch.se[0] == pytest.approx(np.sqrt(29 / 30 * 0.01 + 49 / 50 * 0.0064))
    low, high = welch.interval(0.95)
    assert (high - low)[0] / 2 == pytest.approx(stats.t.ppf(0.975, welch.df[0]) * welch.se[0])
    equal = separate_errors(difference, (errors[0], errors[0]), (40, 40))
    assert equal.df[0] == pytest.approx(78 - 2)  # their formula takes 2 off Satterthwaite's


# --- laws ---


def test_groups_that_are_copies_of_each_other_do_not_differ():
    model, split = two_groups("mcmp_modeA", 20)
    answers = np.repeat(split.answers[:60], 2, axis=0)
    twins = Permuted.of(answers, np.arange(120) % 2, 20, generator_of(NOWHERE, 1), split.retained, model.items)
    method = METHODS["mcmp_modeA"]
    first, second = (fit.value for fit in twins.fits(method, model, weight_targets(model)))
    c = composite_agreement(first, second, np.corrcoef(answers.T), model)
    d_g, d_l = group_distances(method, twins, model)
    assert_allclose(c[0], 1.0, rtol=0, atol=1e-12)
    assert d_g[0] == pytest.approx(0.0, abs=1e-15)
    assert d_l[0] == pytest.approx(0.0, abs=1e-15)
    assert upper_share(1 - c).min() > 0.9
    assert upper_share(np.column_stack([d_g, d_l])).min() > 0.9


def test_units_of_items_change_nothing_and_other_groups_permutations_go_on_with_the_same():
    model, split = two_groups("mcmp_modeA", 12)
    scaled = split.answers * np.linspace(0.1, 9, len(model.items)) - 3
    other = Permuted(scaled, split.rows, split.sizes, split.retained, split.items)
    method = METHODS["mcmp_modeA"]
    assert_allclose(group_distances(method, other, model), group_distances(method, split, model), rtol=1e-8)
    _, more = two_groups("mcmp_modeA", 20)
    assert_array_equal(more.rows[:13], split.rows)
    assert (np.sort(more.rows, axis=1) == np.arange(310)).all()


def test_a_permutation_p_value_counts_the_data_and_never_is_0():
    statistic = np.array([[3.0, 1.0, np.nan], [1.0, 2.0, 1.0], [2.0, np.nan, 1.0], [3.0, 0.5, 2.0]])
    assert_allclose(upper_share(statistic), [0.5, 2 / 3, np.nan])
    assert upper_share(np.array([[9.0], [1.0], [2.0]]))[0] == pytest.approx(1 / 3)


def test_items_left_out_take_no_part():
    model, split = two_groups("mcmp_modeA", 4)
    retained = split.retained.copy()
    retained[2] = False
    less = Permuted(split.answers, split.rows, split.sizes, retained, split.items)
    noise = split.answers.copy()
    noise[:, 2] = np.random.default_rng(2).standard_normal(len(noise))
    noisy = Permuted(noise, split.rows, split.sizes, retained, split.items)
    method = METHODS["mcmp_modeA"]
    assert_allclose(group_distances(method, less, model), group_distances(method, noisy, model), rtol=1e-11)
    found = [
        composite_agreement(
            *(f.value for f in each.fits(method, model, weight_targets(model))), np.corrcoef(each.answers.T), model
        )
        for each in (less, noisy)
    ]
    assert_allclose(found[0], found[1], rtol=0, atol=1e-14)
