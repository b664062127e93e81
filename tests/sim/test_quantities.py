"""Derived quantities against cSEM and seminr, closed forms, and their definitions written out."""

import numpy as np
import pytest

from estimators.composites.consistent import ConsistentPLS
from estimators.composites.pls import PLS
from estimators.composites.sumscores import SumScores
from sim.batch import Batch
from sim.kernels.reliability import alpha_batch
from sim.model import Model
from sim.population.record import Population
from sim.quantities import QUANTITIES
from tests import evidence
from tests.cases import batch_of

MEDIATION = "A =~ a1+a2+a3\nB =~ b1+b2\nY =~ y1+y2+y3+y4\nZ =~ z1\nB ~ A\nY ~ A + B\nZ ~ B + Y"
VALUES = {
    **{f"A=~a{i}": value for i, value in zip((1, 2, 3), (0.8, 0.7, 0.6), strict=True)},
    **{"B=~b1": 0.9, "B=~b2": 0.75, "Z=~z1": 1.0},
    **{f"Y=~y{i}": value for i, value in zip((1, 2, 3, 4), (0.5, 0.6, 0.7, 0.8), strict=True)},
    **{"B~A": 0.5, "Y~A": 0.3, "Y~B": 0.4, "Z~B": -0.2, "Z~Y": 0.6},
}


def population() -> Population:
    return Population.of(Model.parse(MEDIATION), VALUES)


def truth(name: str) -> float:
    return float(population().truth([population().model.target(name)])[0])


def estimate(method, batch, model, name):
    return method.fit(batch, model, [model.target(name)]).value[0, 0]


def test_total_effects_add_up_the_chains():
    chains = 0.5 * -0.2 + 0.3 * 0.6 + 0.5 * 0.4 * 0.6
    assert truth("total(A->Z)") == pytest.approx(chains, abs=1e-15)
    assert truth("total_indirect(A->Z)") == pytest.approx(chains, abs=1e-15)
    assert truth("total(A->Y)") == pytest.approx(0.3 + 0.5 * 0.4, abs=1e-15)
    assert truth("total_indirect(A->Y)") == pytest.approx(0.5 * 0.4, abs=1e-15)
    assert truth("total(Y->A)") == 0.0


def test_f2_and_vif_are_what_regressions_say():
    phi = population().structure.construct_correlations
    y, a, b = 2, 0, 1
    full = np.linalg.solve(phi[np.ix_([a, b], [a, b])], phi[[a, b], y]) @ phi[[a, b], y]
    assert truth("f2(Y~A)") == pytest.approx((full - phi[b, y] ** 2) / (1 - full), rel=1e-12)
    assert truth("vif(Y~A)") == pytest.approx(1 / (1 - phi[a, b] ** 2), rel=1e-12)
    assert truth("vif(B~A)") == pytest.approx(1.0, rel=1e-12)


def test_htmt_finds_the_construct_correlation_of_equally_good_items():
    model = Model.parse("A =~ a1+a2+a3\nB =~ b1+b2\nB ~ A")
    values = {"A=~a1": 0.7, "A=~a2": 0.7, "A=~a3": 0.7, "B=~b1": 0.8, "B=~b2": 0.8, "B~A": 0.37}
    equal = Population.of(model, values)
    for kind in ("htmt", "htmt_abs", "htmt2"):
        assert equal.truth([model.target(f"{kind}(A,B)")])[0] == pytest.approx(0.37, abs=1e-14)
    # HTMT2 needs no equal loadings (Roemer, Schuberth & Henseler 2021); HTMT does.
    unequal = Population.of(model, {**values, "A=~a1": 0.9, "A=~a2": 0.5})
    assert unequal.truth([model.target("htmt2(A,B)")])[0] == pytest.approx(0.37, abs=1e-14)
    assert unequal.truth([model.target("htmt(A,B)")])[0] != pytest.approx(0.37, abs=1e-3)


def test_htmt_has_no_sign_but_lets_the_correlations_keep_theirs():
    model = Model.parse("A =~ a1+a2+a3\nB =~ b1+b2\nB ~ A")
    values = {"A=~a1": 0.9, "A=~a2": 0.8, "A=~a3": 0.7, "B=~b1": 0.8, "B=~b2": 0.6}
    up, down = (Population.of(model, {**values, "B~A": b}).truth([model.target("htmt(A,B)")])[0] for b in (0.95, -0.95))
    assert down == pytest.approx(up, rel=1e-14)
    assert up > 0.9
    # One item of B asked the other way round: its correlations with A cancel those of b1.
    mixed = Population.of(model, {**values, "B=~b2": -0.6, "B~A": 0.95})
    wanted = ["htmt(A,B)", "htmt_abs(A,B)", "htmt2(A,B)"]
    signed, absolute, geometric = mixed.truth([model.target(name) for name in wanted])
    assert np.isnan(signed)  # the mean within B is negative, that within A is not
    assert absolute == pytest.approx(up, rel=1e-14)
    assert np.isnan(geometric)


def test_htmt_is_missing_where_csem_has_none():
    # cSEM 0.6.1 on these answers, in which two blocks have items that correlate negatively: their means within are
    # -0.055 and -0.127. Two negative means give a number, one gives none.
    model = Model.parse(evidence.content("csem-pls")["cases"]["one_item_400"]["model"])
    fit = PLS().fit(batch_of("one_item_400", model), model, [model.target(f"htmt({a},{b})") for a, b in model.pairs])
    none = {("F1", "F4"), ("F2", "F4"), ("F3", "F4"), ("F1", "F5"), ("F2", "F5"), ("F3", "F5")}
    assert {pair for pair, value in zip(model.pairs, fit.value[0], strict=True) if np.isnan(value)} == none
    assert fit.value[0, fit.column("htmt(F4,F5)")] == pytest.approx(0.0322643055342346, abs=1e-14)


def test_an_item_alone_counts_as_perfectly_measured_in_htmt():
    matrix = population().structure.covariance
    between = matrix[5:9, 9].mean()
    within = np.mean([matrix[i, k] for i in range(5, 9) for k in range(5, i)])
    assert truth("htmt(Y,Z)") == pytest.approx(between / np.sqrt(within), rel=1e-12)


def test_omega_is_the_squared_correlation_of_sum_and_construct_in_a_population():
    loadings = np.array([0.8, 0.7, 0.6])
    assert truth("omega(A)") == pytest.approx(
        loadings.sum() ** 2 / (loadings.sum() ** 2 + (1 - loadings**2).sum()), rel=1e-12
    )


def test_fornell_larcker_is_ave_less_the_largest_squared_correlation():
    phi = population().structure.construct_correlations
    ave = np.mean(np.array([0.8, 0.7, 0.6]) ** 2)
    assert truth("fornell_larcker(A)") == pytest.approx(ave - max(phi[0, 1:] ** 2), rel=1e-12)


def test_adjusted_r2_corrects_for_the_number_of_predictors():
    model = Model.parse("A =~ a\nB =~ b\nY =~ y\nY ~ A + B")
    batch = Batch.of(np.random.default_rng(3).normal(size=(1, 30, 3)))
    r2 = estimate(SumScores(), batch, model, "r2(Y)")
    assert estimate(SumScores(), batch, model, "adj_r2(Y)") == pytest.approx(1 - (1 - r2) * 29 / 27, rel=1e-12)
    assert truth("adj_r2(Y)") == truth("r2(Y)")


def test_items_left_out_do_not_count():
    model = Model.parse(MEDIATION)
    smaller = Model.parse(MEDIATION.replace("a1+a2+a3", "a1+a3").replace("y1+y2+y3+y4", "y2+y3+y4"))
    data = np.random.default_rng(8).normal(size=(2, 60, 1)) + np.random.default_rng(9).normal(size=(2, 60, 10))
    mask = np.array([item in smaller.items for item in model.items])
    names = ["htmt(A,Y)", "htmt_abs(A,Y)", "htmt2(A,Y)", "fornell_larcker(Y)", "f2(Y~A)", "vif(Z~Y)"]
    for method in (PLS(), ConsistentPLS(), SumScores()):
        within = method.fit(Batch.of(data).keep(np.tile(mask, (2, 1))), model, [model.target(n) for n in names])
        alone = method.fit(Batch.of(data[:, :, mask]), smaller, [smaller.target(n) for n in names])
        assert within.value == pytest.approx(alone.value, rel=1e-6)
        assert np.isfinite(alone.value).all()


def test_dependent_predictors_have_no_f2_and_no_vif():
    model = Model.parse("A =~ a\nB =~ b\nY =~ y\nY ~ A + B")
    data = np.random.default_rng(3).normal(size=(2, 30, 3))
    data[1, :, 1] = data[1, :, 0]
    fit = SumScores().fit(Batch.of(data), model, [model.target("vif(Y~A)"), model.target("f2(Y~A)")])
    assert np.isfinite(fit.value[0]).all()
    assert np.isnan(fit.value[1]).all()


@pytest.mark.parametrize("kind", QUANTITIES)
def test_every_quantity_comes_out_of_a_fit(kind):
    model = Model.parse("A =~ CC1+CC2+CC3\nO =~ PCO1+PCO2\nP =~ VA1+VA2+VPC1\nO ~ A\nP ~ A + O")
    place = {"f2": "P~A", "vif": "P~A", "total": "A->P", "total_indirect": "A->P", "htmt": "A,P", "htmt_abs": "A,P"}
    name = f"{kind}({place.get(kind, 'A,P' if kind == 'htmt2' else 'P')})"
    assert np.isfinite(estimate(ConsistentPLS(), batch_of("crm_000", model), model, name))


def test_composites_give_no_omega_which_for_a_sum_itself_would_be_one():
    model = Model.parse("A =~ CC1+CC2+CC3\nO =~ PCO1+PCO2\nO ~ A")
    for method in (PLS(), SumScores()):
        assert np.isnan(estimate(method, batch_of("crm_000", model), model, "omega(A)"))


def test_alpha_is_blank_where_the_sum_of_the_items_has_no_variance():
    a, b = np.array([1.0, 2.0, 4.0, 3.0, 5.0, 2.0]) / 3, np.array([3.0, 1.0, 2.0, 5.0, 4.0, 4.0]) / 7
    covariances, alpha = np.cov(np.stack([a, b, -a - b, a, b])), np.empty((1, 2))
    alpha_batch(covariances[None], np.ones((1, 5), dtype=bool), np.array([0, 3, 5]), alpha)
    other = covariances[3:, 3:]
    assert np.isnan(alpha[0, 0])
    assert alpha[0, 1] == pytest.approx(2 * (1 - np.trace(other) / other.sum()), abs=1e-12)


def test_no_alpha_is_above_1_whatever_the_covariances_and_a_small_sum_is_still_a_sum():
    bounds, kept = np.array([0, 2]), np.ones((4, 2), dtype=bool)
    correlations = np.array([[[1.0, r], [r, 1.0]] for r in (-1.0 + 1e-9, -1.0 + 1e-15, -1.0, -1.1)])
    alpha = np.empty((4, 1))
    alpha_batch(correlations, kept, bounds, alpha)
    assert alpha[0, 0] == pytest.approx(2 * (1 - 1 / 1e-9), rel=1e-6)
    assert np.isnan(alpha[1:]).all()
