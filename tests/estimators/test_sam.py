"""Local SAM: its standard errors against the spread; its parts against plain versions."""

import numpy as np
import pytest
from scipy.linalg import eigh

from estimators.base import Status
from estimators.factors.covariance import MaximumLikelihood
from estimators.factors.miiv import ModelImpliedInstruments
from estimators.kernels.constructs import correct_batch
from estimators.kernels.steps import Measured
from estimators.kernels.twostep import two_step_errors
from estimators.twostep.factorscores import sample
from estimators.twostep.measurement import error_matrix, mapping, measure
from estimators.twostep.sam import LocalSAM
from sim import catalogue
from sim.batch import Batch, Moments
from sim.drawing.draw import draw
from sim.model import Model
from sim.population.record import Population
from tests.cases import batch_of
from tests.evidence import content

CRM = catalogue.population("crm-clusters")
#: Two outcomes whose residuals covary, a mediator, paths left out: neither saturated nor OLS.
CHAIN = Model.parse("A =~ a1+a2+a3\nB =~ b1+b2+b3\nM =~ m1+m2+m3\nP =~ p1+p2+p3\nQ =~ q1+q2\nM ~ A\nP ~ M + B\nQ ~ M")


def chain_population():
    """A population for CHAIN."""
    values = {t.name: 0.75 for t in CHAIN.targets if t.kind == "loading"}
    values |= {t.name: 0.4 for t in CHAIN.targets if t.kind == "path"} | {"A~~B": 0.3}
    return Population.of(CHAIN, values)


def test_an_error_variance_at_0_gives_the_paths_of_lavaan_s_bounds_and_errors_that_count_it_as_known():
    # lavaan 0.6-20, sam(m, data = d, sam.method = "local"), whose measurement blocks have bounds = "wide.zerovar"
    # unless told otherwise: standardised paths and their errors, which take no notice of the bounds. Without bounds
    # (mm.args = list(estimator = "ML", bounds = "none")) an error variance is negative and H~F is 0.401, H~G 0.046.
    model = Model.parse("F =~ x1+x2+x3\nG =~ y1+y2+y3\nH =~ z1+z2+z3\nH ~ F + G")
    fit = LocalSAM().fit(batch_of("heywood_020", model), model, [model.target(name) for name in ("H~F", "H~G")])
    assert fit.status[0] == Status.INADMISSIBLE
    np.testing.assert_allclose(fit.value[0], [0.40974695991373505, 0.22049527303874045], atol=2e-6)
    assert (fit.se[0] < 0.8 * np.array([0.3857992182564674, 0.26891324826006696])).all()


def test_two_items_are_measured_with_a_block_beside_them_and_the_truth_is_found():
    # Alone, two items have one correlation for two loadings: any l with l1 l2 = r fits.
    population = chain_population()
    fit = LocalSAM().fit(Batch.of_moments(population.moments), CHAIN, CHAIN.targets)
    wanted = [i for i, target in enumerate(fit.targets) if target.kind in ("path", "loading", "correlation")]
    np.testing.assert_allclose(fit.value[0, wanted], population.truth(CHAIN.targets)[wanted], atol=1e-6)


def test_lavaan_s_errors_of_loadings_are_those_of_uncorrelated_steps():
    # standardizedSolution: marker CC1, se of A =~ CC1 and A =~ CC2, and of A ~~ A in the items' own units.
    lavaan, error_of_variance = {0: 0.069894726831158, 1: 0.127425046601056}, 0.191734262184077
    case = content("lavaan-sam")["cases"]["crm_000"]
    model = Model.parse(case["model"])
    batch = batch_of("crm_000", model)
    found, n, p = measure(batch, model), batch.n, 8
    deviation = np.sqrt(np.diag(batch.moments.covariances[0])[:p])
    loading, error = found.loadings[0, :p] * deviation, found.errors[0, :p] * deviation**2
    ratio, variance, unit = loading / loading[0], loading[0] ** 2, np.eye(p)
    slopes = [variance * (np.outer(unit[i], ratio) + np.outer(ratio, unit[i])) for i in range(1, p)]
    slopes += [np.outer(unit[i], unit[i]) for i in range(p)] + [np.outer(ratio, ratio)]
    inverse = np.linalg.inv(variance * np.outer(ratio, ratio) + np.diag(error))
    information = [[n / 2 * np.trace(inverse @ a @ inverse @ b) for a in slopes] for b in slopes]
    covariances = np.linalg.inv(information)
    for i, expected in lavaan.items():
        size, gradient = (ratio[i] ** 2 * variance + error[i]) ** 1.5, np.zeros(2 * p)
        if i:
            gradient[i - 1] = np.sqrt(variance) * error[i] / size
        gradient[p - 1 + i] = -0.5 * ratio[i] * np.sqrt(variance) / size
        apart = ratio[i] * error[i] / (2 * np.sqrt(variance) * size) * error_of_variance
        assert np.sqrt(gradient @ covariances @ gradient + apart**2) == pytest.approx(expected, rel=1e-5)
    other_order = Model.parse(case["model"].replace("CC1 + CC2", "CC2 + CC1"))
    names = ["A=~CC1", "A=~CC2"]
    one, other = (LocalSAM().fit(batch_of("crm_000", m), m, [m.target(t) for t in names]) for m in (model, other_order))
    np.testing.assert_allclose(one.se, other.se, rtol=1e-8)


@pytest.mark.parametrize("population", [CRM, chain_population()], ids=["saturated", "chain"])
def test_standard_errors_are_the_spread_of_estimates_in_large_samples(population):
    model = population.model
    targets = [t for t in model.targets if t.kind in ("path", "loading", "correlation", "r2")]
    targets += [model.target("A->M->P")] if model is CHAIN else []
    batch = Batch.of(draw(population, 600, 1200, np.random.default_rng(31)))
    fit = LocalSAM().fit(batch, model, targets)
    assert (fit.status == Status.OK).mean() > 0.99
    good = fit.status == Status.OK
    # An empirical SE of 1,200 estimates is known to 2.0 %; about 30 of them are compared, at four errors.
    ratio = np.median(fit.se[good], axis=0) / fit.value[good].std(axis=0, ddof=1)
    np.testing.assert_allclose(ratio, 1, atol=0.09)


def test_the_structure_is_ml_path_analysis_of_the_construct_covariances():
    batch = Batch.of(draw(chain_population(), 300, 20, np.random.default_rng(5)))
    paths = [t for t in CHAIN.targets if t.kind in ("path", "r2")]
    fit = LocalSAM().fit(batch, CHAIN, paths)
    found = measure(batch, CHAIN)
    matrix = mapping(found, batch.retained, CHAIN)
    among = matrix @ (sample(batch) - error_matrix(found, CHAIN)) @ np.swapaxes(matrix, 1, 2)
    observed = Model.parse("A =~ a\nB =~ b\nM =~ m\nP =~ p\nQ =~ q\nM ~ A\nP ~ M + B\nQ ~ M")
    plain = MaximumLikelihood(tolerance=1e-11).fit(
        Batch.of_moments(Moments(np.zeros((20, 5)), among, 300)), observed, paths
    )
    np.testing.assert_allclose(fit.value, plain.value, atol=1e-8)


def test_covariances_that_are_not_positive_definite_are_corrected_as_fuller_says():
    rng = np.random.default_rng(2)
    roots = rng.standard_normal((40, 4, 6))
    whole = roots @ np.swapaxes(roots, 1, 2) / 6
    share = rng.uniform(0.0, 0.5, (40, 1, 4)) * np.eye(4)
    error = share * np.diagonal(whole, axis1=1, axis2=2)[:, None, :]
    corrected, status, n = np.full((40, 4, 4), np.nan), np.zeros(40, np.int8), 30
    correct_batch(whole, error, float(n), corrected, status)
    touched = 0
    for r in range(40):
        least = 1 / eigh(error[r], whole[r], eigvals_only=True)[-1]
        part = least - 1 / (n - 1) if least < 1 + 1 / (n - 1) else 1.0
        touched += part < 1
        np.testing.assert_allclose(corrected[r], whole[r] - part * error[r], atol=1e-10)
        assert np.linalg.eigvalsh(corrected[r])[0] > 0
    assert 5 < touched < 40


def test_weakly_measured_constructs_still_get_proper_correlations():
    model = Model.parse("A =~ a1+a2+a3\nB =~ b1+b2+b3\nP =~ p1+p2+p3\nP ~ A + B")
    rng = np.random.default_rng(6)
    batch = Batch.of(0.6 * rng.standard_normal((300, 40, 1)) + rng.standard_normal((300, 40, 9)))
    fit = LocalSAM().fit(batch, model)
    bound = [q for q, t in enumerate(fit.targets) if t.kind in ("correlation", "r2")]
    assert (np.abs(fit.value[~fit.fatal][:, bound]) <= 1.0).all()
    assert (~fit.fatal).mean() > 0.9


def test_error_covariances_join_blocks_and_the_truth_is_found():
    model = Model.parse("A =~ a1+a2+a3\nB =~ b1+b2+b3\nP =~ p1+p2+p3\nP ~ A + B\na1 ~~ b1\np1 ~~ p2")
    values = {t.name: 0.7 for t in model.targets if t.kind == "loading"}
    true = Population.of(model, values | {"P~A": 0.3, "P~B": 0.4, "A~~B": 0.2, "a1~~b1": 0.25, "p1~~p2": 0.2})
    batch = Batch.of_moments(true.moments)
    assert measure(batch, model).group[0].tolist() == [0, 0, 0]  # three items and an error covariance are too few
    targets = [t for t in model.targets if t.kind in ("path", "r2", "loading", "correlation")]
    assert LocalSAM().fit(batch, model, targets).value[0] == pytest.approx(true.truth(targets), abs=1e-6)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("A =~ a1+a2+a3\nB <~ b1+b2\nB ~ A", "local SAM estimates reflective blocks"),
        ("A =~ a1\nB =~ b1+b2+b3\nB ~ A\na1 ~~ b1", "is the only item of A"),
        ("A =~ a1+a2+a3\nB =~ b1+b2+b3\nB ~ A\nA ~~ B", "2 paths and covariances"),
    ],
)
def test_refusals_name_what_is_wrong(text, says):
    assert says in LocalSAM().refusal(Model.parse(text))
    assert LocalSAM().refusal(CRM.model) is None


@pytest.mark.parametrize("dropped", ["y2", "y5", "x2"])
def test_dropping_an_item_takes_its_error_covariances_along(dropped):
    case = content("lavaan-sam")["cases"]["PoliticalDemocracy"]
    model = Model.parse(case["model"])
    smaller = Model.parse("\n".join(without(line, dropped) for line in case["model"].splitlines()))
    batch = batch_of("PoliticalDemocracy", model)
    kept = np.array([item != dropped for item in model.items])
    for method in (LocalSAM(), ModelImpliedInstruments()):
        within = method.fit(batch.keep(kept[None]), model, smaller.targets)
        alone = method.fit(Batch.of(batch.raw[:, :, kept]), smaller)
        assert not alone.fatal[0]
        assert alone.status[0] == within.status[0]
        np.testing.assert_allclose(within.value, alone.value, atol=1e-8)
        np.testing.assert_allclose(within.se, alone.se, rtol=1e-6)


def without(line, item):
    """A line of syntax without one item, empty where it joins that item to another."""
    if "~~" in line:
        return "" if item in line.split(" ~~ ") else line
    left, operator, right = line.partition(" =~ ")
    return line if not operator else left + operator + " + ".join(i for i in right.split(" + ") if i != item)


def test_error_covariances_do_not_have_the_errors_kernel_compiled_anew():
    model = Model.parse("A =~ a1+a2+a3+a4\nB =~ b1+b2+b3+b4\nB ~ A\na1 ~~ a2\na3 ~~ b1")
    answers = np.random.default_rng(2).standard_normal((3, 60, 1)) + np.random.default_rng(3).normal(size=(3, 60, 8))
    for replications in (1, 3):
        LocalSAM().fit(Batch.of(answers[:replications]), model)
    alive = Measured._fields.index("alive")
    assert {signature[0].types[alive].layout for signature in two_step_errors.signatures} == {"C"}
