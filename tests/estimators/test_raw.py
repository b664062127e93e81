"""Raw (unstandardised) solutions against a plain optimiser with numeric derivatives, other units, truth and loops."""

from itertools import pairwise

import numpy as np
import pytest

from estimators.base import Status
from estimators.composites.sumscores import SumScores
from estimators.factors.covariance import MaximumLikelihood
from estimators.factors.leastsquares import GeneralizedLeastSquares, UnweightedLeastSquares
from estimators.factors.miiv import ModelImpliedInstruments
from estimators.factors.robust import HuberWhite, SatorraBentler
from estimators.methods import build
from estimators.raw.units import powers_of
from estimators.twostep.sam import LocalSAM
from sim.batch import Batch, Moments
from sim.errors import InputError
from sim.model import Block, Model
from tests.textbook import ERRORS, RICH, SIMPLE, SMALLER, Plain, PlainSquares, derivative, drawn, normal_gamma

ML = MaximumLikelihood(solution="raw")
GLS = GeneralizedLeastSquares(solution="raw")
ULS = UnweightedLeastSquares(solution="raw")
METHODS = {
    "ml": ML,
    "ml, observed": MaximumLikelihood(solution="raw", information="observed"),
    "ml, wishart": MaximumLikelihood(solution="raw", likelihood="wishart"),
    "mlm": SatorraBentler(solution="raw"),
    "mlr": HuberWhite(solution="raw"),
    "gls": GLS,
    "uls": ULS,
    "uls, unit": UnweightedLeastSquares(solution="raw", errors="unit"),
    "uls, correlation": UnweightedLeastSquares(solution="raw", moments="correlation"),
    "sam": LocalSAM(solution="raw"),
    "miiv": ModelImpliedInstruments(solution="raw", scaling="first"),
    "sumscores": SumScores(solution="raw"),
}
OF_FACTORS = [name for name in METHODS if name != "sumscores"]


def raw_names(model):
    """Every raw parameter, and effects along chains; error variances of items that have an error."""
    alone = {block.items[0] for block in model.blocks if len(block.items) == 1}
    free = [pair for pair in model.pairs if not set(pair) & set(model.endogenous)]
    variances = [*model.constructs, *(item for item in model.items if item not in alone)]
    return [
        *(f"{y}~{x}" for y, x in model.paths),
        *(f"{block.construct}=~{item}" for block in model.blocks for item in block.items),
        *(f"{a}~~{b}" for a, b in free),
        *(f"{name}~~{name}" for name in variances),
        *(target.name for target in model.targets if target.kind == "indirect"),
    ]


def plain_targets(plain, x, names, scaling):
    """The raw targets at the textbook's parameters x, in whose form the first item of every block loads 1."""
    parts, _, _ = plain.matrices(x)
    model, variances = plain.model, np.diag(parts["variance"])
    unit = np.ones_like(variances) if scaling == "first" else np.sqrt(variances)
    loading, path = parts["loading"] * unit, parts["path"] * unit / unit[:, None]
    covariance, error = parts["variance"] / unit / unit[:, None], np.diag(parts["error"])
    found = []
    for target in (model.target(name) for name in names):
        j = [model.constructs.index(part) for part in target.parts if part in model.constructs]
        match target.kind:
            case "path":
                found.append(path[j[0], j[1]])
            case "loading":
                found.append(loading[model.items.index(target.parts[1]), j[0]])
            case "indirect":
                found.append(np.prod([path[b, a] for a, b in pairwise(j)]))
            case "correlation":
                found.append(covariance[j[0], j[1]])
            case "variance":
                name = target.parts[0]
                found.append(covariance[j[0], j[0]] if j else error[model.items.index(name)])
    return np.array(found)


def random_model(rng):
    """Two to four blocks of three or four items, each construct on some of those before it."""
    m = int(rng.integers(2, 5))
    sizes = rng.integers(3, 5, m)
    blocks = tuple(Block(f"F{j}", tuple(f"f{j}{i}" for i in range(size))) for j, size in enumerate(sizes))
    paths = tuple((f"F{j}", f"F{k}") for j in range(1, m) for k in range(j) if rng.random() < 0.6)
    return Model(blocks, paths, ())


RANDOM = [random_model(np.random.default_rng(seed)) for seed in range(4)]


def unequal(model, n, seed, replications=None):
    """Answers (R, n, p) whose standard deviations run from 0.2 to 5, in an order of no meaning."""
    scales = np.random.default_rng(seed).permutation(np.geomspace(0.2, 5.0, len(model.items)))
    return drawn(model, n, seed, replications) * scales


def held(fit, expected, errors, rtol):
    """Values to 1e-6 and standard errors to rtol, relatively; what the scaling fixes has no error."""
    assert fit.status[0] <= Status.INADMISSIBLE
    scale = np.maximum(np.abs(expected), errors)
    np.testing.assert_allclose(fit.value[0] / scale, expected / scale, rtol=0, atol=2e-6)
    fixed = np.isnan(fit.se[0])
    assert np.all(errors[fixed] < 1e-6 * np.abs(expected[fixed]))
    np.testing.assert_allclose(fit.se[0][~fixed], errors[~fixed], rtol=rtol)


@pytest.mark.parametrize("scaling", ["first", "variances"])
@pytest.mark.parametrize("model", [SIMPLE, RICH, *RANDOM])
def test_ml_agrees_with_a_plain_optimiser(model, scaling):
    data, names = unequal(model, 250, 3), raw_names(model)
    method = MaximumLikelihood(solution="raw", scaling=scaling)
    fit = method.fit(Batch.of(data), model, [model.target(name) for name in names])
    spread = data[0].std(axis=0)
    # The optimiser works on unit variances, and its solution goes over to the answers' units.
    plain, x = solved(model, data[0] / spread, bias=True)
    expected = rescaled(model, names, spread, scaling)
    inverse = np.linalg.inv(plain.implied(x))
    slopes = derivative(lambda y: plain.implied(y).ravel(), x).T.reshape(len(x), *plain.sample.shape)
    products = [inverse @ slope for slope in slopes]
    information = 250 / 2 * np.array([[np.trace(a @ b) for b in products] for a in products])
    jacobian = derivative(lambda y: plain_targets(plain, y, names, scaling), x)
    errors = np.sqrt(np.diag(jacobian @ np.linalg.inv(information) @ jacobian.T))
    held(fit, plain_targets(plain, x, names, scaling) * expected, errors * np.abs(expected), 1e-5)


def solved(model, answers, bias):
    plain = Plain(model, np.cov(answers.T, bias=bias))
    return plain, plain.solve()


def rescaled(model, names, spread, scaling):
    """What raw targets of items with unit variance are multiplied by where the items have standard deviations `spread`.

    With "first" a construct is in the unit of its first item, with "variances" it has no unit.
    """
    first = spread[model.bounds[:-1]] if scaling == "first" else np.ones(len(model.blocks))
    factors = []
    for target in (model.target(name) for name in names):
        of_items, of_constructs = powers_of(target, model)
        factor = np.prod([spread[place] ** power for place, power in of_items])
        factors.append(factor * np.prod([first[place] ** power for place, power in of_constructs]))
    return np.array(factors)


@pytest.mark.parametrize("scaling", ["first", "variances"])
@pytest.mark.parametrize(
    ("name", "model"), [("gls", SIMPLE), ("gls", RANDOM[0]), ("uls", ERRORS), ("uls", RANDOM[1]), ("unit", SIMPLE)]
)
def test_least_squares_agree_with_a_plain_optimiser_on_unequal_variances(name, model, scaling):
    options = {"solution": "raw", "scaling": scaling}
    method = {
        "gls": GeneralizedLeastSquares(**options),
        "uls": UnweightedLeastSquares(**options),
        "unit": UnweightedLeastSquares(errors="unit", **options),
    }[name]
    data = drawn(model, 300, 1) * np.linspace(0.7, 1.5, len(model.items))
    names = raw_names(model)
    fit = method.fit(Batch.of(data), model, [model.target(each) for each in names])
    sample = np.cov(data[0].T)
    gamma = normal_gamma(sample)
    weight = np.linalg.inv(gamma) if name == "gls" else np.eye(len(gamma))
    plain = PlainSquares(model, sample, weight)
    x = plain.solve()
    jacobian, slopes = derivative(plain.moments, x), derivative(lambda y: plain_targets(plain, y, names, scaling), x)
    bread = np.linalg.inv(jacobian.T @ weight @ jacobian)
    meat = jacobian.T @ weight @ (np.eye(len(gamma)) if name == "unit" else gamma) @ weight @ jacobian
    errors = np.sqrt(np.diag(slopes @ bread @ meat @ bread @ slopes.T) / 299)
    held(fit, plain_targets(plain, x, names, scaling), errors, 1e-5)


@pytest.mark.parametrize("name", METHODS)
def test_what_has_no_unit_is_what_the_standardised_method_says(name):
    data = drawn(SIMPLE, 200, 5) * np.linspace(0.5, 2.0, 10)
    raw = METHODS[name]
    settings = {**raw.__dict__, "solution": "standardised"}
    wanted = [SIMPLE.target(t) for t in ("r2(P)", "adj_r2(P)", "alpha(A)", "rho_c(A)", "ave(B)", "htmt(A,B)", "srmr")]
    one, other = (method.fit(Batch.of(data), SIMPLE, wanted) for method in (raw, type(raw)(**settings)))
    np.testing.assert_array_equal(one.value, other.value)
    np.testing.assert_allclose(one.se, other.se, rtol=1e-6)  # the step of numeric second derivatives


@pytest.mark.parametrize("name", METHODS)
def test_other_units_change_the_estimates_as_units_do(name):
    """By powers of the items' factors, and with no other change; ULS takes one factor for all, and "unit" none."""
    method, model = METHODS[name], SIMPLE
    rng = np.random.default_rng(6)
    one_for_all = name in ("uls", "uls, unit", "sumscores")
    scale = np.full(10, 37.0) if one_for_all else 10.0 ** rng.uniform(-2, 2, 10)
    data = drawn(model, 200, 7)
    names = [*raw_names(model), "A=~a1", "r2(P)", "A~~P"]
    wanted = [model.target(each) for each in names]
    before, after = (method.fit(Batch.of(d), model, wanted) for d in (data, data * scale + rng.uniform(-9, 9, 10)))
    units = [powers_of(target, model) or ((), ()) for target in wanted]
    first = scale[model.bounds[:-1]]
    factor = [np.prod([scale[i] ** k for i, k in a]) * np.prod([first[j] ** k for j, k in b]) for a, b in units]
    np.testing.assert_allclose(after.value[0], before.value[0] * factor, rtol=2e-6)
    if name != "uls, unit":
        np.testing.assert_allclose(after.se[0], before.se[0] * factor, rtol=2e-6)
    for end in ("lower", "upper"):
        if name != "uls, unit":
            np.testing.assert_allclose(getattr(after, end)[0], getattr(before, end)[0] * factor, rtol=1e-4, atol=1e-9)


@pytest.mark.parametrize("name", OF_FACTORS)
def test_the_parameters_behind_a_populations_moments_are_found(name):
    loading = np.zeros((10, 3))
    for row, (j, size) in enumerate(zip(SIMPLE.block_of, [1, 2, 0.4, 1, 0.7, 3, 1.5, 1, 5, 0.1], strict=True)):
        loading[row, j] = size
    exogenous = np.array([[2.0, 0.5], [0.5, 0.7]])
    path = np.array([0.6, -0.4])
    residual = 0.9
    constructs = np.block([[exogenous, (exogenous @ path)[:, None]], [path @ exogenous, np.zeros((1, 1))]])
    constructs[2, 2] = path @ exogenous @ path + residual
    errors = np.array([1.0, 3.0, 0.2, 0.5, 0.4, 6.0, 1.0, 0.8, 9.0, 0.02])
    covariance = loading @ constructs @ loading.T + np.diag(errors)
    batch = Batch.of_moments(Moments(np.zeros((1, 10)), covariance[None], np.inf))
    truth = {
        "P~A": 0.6, "P~B": -0.4, "A~~A": 2.0, "B~~B": 0.7, "A~~B": 0.5, "P~~P": residual, "A=~a1": 1.0, "A=~a2": 2.0,
        "P=~p3": 0.1, "b3~~b3": 6.0, "A~~P": constructs[0, 2],
    }  # fmt: skip
    fit = METHODS[name].fit(batch, SIMPLE, [SIMPLE.target(target) for target in truth])
    assert fit.status[0] == Status.OK
    np.testing.assert_allclose(fit.value[0], list(truth.values()), rtol=1e-6)
    assert np.isnan(fit.se).all()


def test_uls_fits_covariances_or_correlations():
    """Robitzsch (2022), Study 2, one cross-loading of .3 left out: .716 on covariances, .707 on correlations."""
    model = Model.parse("FX =~ x1+x2+x3\nFY =~ y1+y2+y3")
    loading = np.zeros((6, 2))
    loading[:3, 0], loading[3:, 1], loading[0, 1] = 0.55, 0.45, 0.3
    errors = np.diag([0.6975] * 3 + [0.7975] * 3)
    covariance = loading @ np.array([[1.0, 0.6], [0.6, 1.0]]) @ loading.T + errors
    batch = Batch.of_moments(Moments(np.zeros((1, 6)), covariance[None], np.inf))
    wanted = [model.target("FX~~FY")]
    methods = UnweightedLeastSquares(), UnweightedLeastSquares(moments="correlation")
    found = [method.fit(batch, model, wanted).value[0, 0] for method in methods]
    # lavaan 0.6-14 on the covariances: .71591; the same program on the correlations by plain least squares below.
    np.testing.assert_allclose(found, [0.71591, 0.70691], atol=5e-6)
    unit = np.sqrt(np.diag(covariance))
    plain = PlainSquares(model, covariance / np.outer(unit, unit), np.eye(21))
    assert plain.targets(plain.solve(), ["FX~~FY"])[0] == pytest.approx(found[1], abs=1e-7)


@pytest.mark.parametrize("name", METHODS)
def test_items_left_out_give_the_smaller_models_solution(name):
    """The first item that is kept is then the unit; a batch gives what each data set gets alone."""
    data = drawn(RICH, 300, 8, 3) * np.linspace(0.8, 1.3, len(RICH.items))
    method, kept = METHODS[name], ~np.isin(RICH.items, ("m1", "t2"))
    batch = Batch.of(data).keep(np.tile(kept, (3, 1)))
    names = [each for each in raw_names(SMALLER) if not (each.count("~~") and each[0].isupper() and "S" in each)]
    whole, smaller = ([model.target(each) for each in names] for model in (RICH, SMALLER))
    within = method.fit(batch, RICH, whole)
    alone = method.fit(Batch.of(np.ascontiguousarray(data[:, :, kept])), SMALLER, smaller)
    for part in ("value", "se", "status"):
        np.testing.assert_allclose(getattr(within, part), getattr(alone, part), rtol=1e-6, atol=1e-12)
    one = method.fit(Batch.of(data[1:2]).keep(kept[None]), RICH, whole)
    np.testing.assert_array_equal(one.value[0], within.value[1])
    np.testing.assert_array_equal(one.se[0], within.se[1])
    np.testing.assert_array_equal(method.without_inference().fit(batch, RICH, whole).value, within.value)


def test_variances_are_targets_of_the_standardised_solution_too():
    data = drawn(SIMPLE, 200, 9)
    names = ["A~~A", "P~~P", "r2(P)", "a2~~a2", "A=~a2"]
    value = MaximumLikelihood().fit(Batch.of(data), SIMPLE, [SIMPLE.target(name) for name in names]).value[0]
    np.testing.assert_allclose([value[0], value[1], value[3]], [1.0, 1 - value[2], 1 - value[4] ** 2], rtol=1e-12)


def test_screening_decides_on_standardised_loadings():
    data = drawn(SIMPLE, 120, 10, 4) * np.linspace(0.01, 10, 10)
    screened = {"rule": "all-at-once", "threshold": 0.7}
    wanted = [SIMPLE.target("P~A"), SIMPLE.target("A=~a2")]
    plain, raw = (
        build("ml", {"screening": screened, **solution}, 0.95).fit(Batch.of(data), SIMPLE, wanted)
        for solution in ({}, {"solution": "raw"})
    )
    assert not plain.retained.all()
    np.testing.assert_array_equal(plain.retained, raw.retained)
    assert not np.allclose(plain.value, raw.value, equal_nan=True)


def test_the_jackknife_leaves_respondents_out_of_the_raw_solution():
    data = drawn(SIMPLE, 60, 11) * np.linspace(0.5, 3, 10)
    wanted = [SIMPLE.target(name) for name in ("P~A", "A=~a2", "b1~~b1")]
    method = build("ml", {"solution": "raw", "inference": "jackknife"}, 0.95)
    fit = method.fit(Batch.of(data), SIMPLE, wanted)
    left = [ML.fit(Batch.of(np.delete(data, i, axis=1)), SIMPLE, wanted).value[0] for i in range(60)]
    np.testing.assert_allclose(fit.se[0], np.sqrt(59 * np.var(left, axis=0)), rtol=1e-6)


def test_the_bootstrap_resamples_the_raw_solution():
    data = drawn(SIMPLE, 80, 12) * np.linspace(0.5, 3, 10)
    wanted = [SIMPLE.target(name) for name in ("P~A", "A=~a2", "b1~~b1")]
    for name in ("ml", "sumscores", "sam"):
        settings = {"solution": "raw", "resamples": 40}
        fit = build(name, settings, 0.95).fit(Batch.of(data), SIMPLE, wanted)
        plain = build(name, {"solution": "raw"}, 0.95).fit(Batch.of(data), SIMPLE, wanted)
        scaled = build(name, settings, 0.95).fit(Batch.of(data * 10.0), SIMPLE, wanted)
        np.testing.assert_array_equal(fit.value, plain.value)
        # The resamples are the same respondents in other units: paths and loadings stay, a variance is 100 times it.
        np.testing.assert_allclose(scaled.se[0], fit.se[0] * [1.0, 1.0, 100.0], rtol=1e-5)


@pytest.mark.parametrize("name", ["pls", "gsca", "croon", "wlsmv", "disattenuated", "bartlett_scores"])
def test_methods_without_a_raw_solution_refuse_it_by_name(name):
    with pytest.raises(InputError, match=f"{name} has no solution but the standardised one; .* ml, mlm, mlr, gls, uls"):
        build(name, {"solution": "raw"}, 0.95)


def test_instruments_ask_for_the_first_item_as_the_unit():
    with pytest.raises(InputError, match="add scaling = 'first', or leave out solution"):
        build("miiv", {"solution": "raw"}, 0.95)


def test_a_second_order_construct_has_no_raw_solution():
    model = Model.parse("A =~ a1+a2\nB =~ b1+b2\nH =~ A + B\nC =~ c1+c2\nC ~ H")
    method = build("sumscores", {"solution": "raw"}, 0.95, model=model)
    assert "leave out solution = 'raw'" in method.estimator.refusal(model)


def test_a_raw_method_says_so():
    assert build("ml", {"solution": "raw"}, 0.95).label == "ML SEM, unstandardised"
    assert build("ml", {"solution": "raw"}, 0.95).solution == "raw"
    assert build("ml", {}, 0.95).solution == "standardised"
    with pytest.raises(InputError, match="solution"):
        build("ml", {"solution": "unstandardised"}, 0.95)


@pytest.mark.acceptance
@pytest.mark.parametrize("scaling", ["first", "variances"])
@pytest.mark.parametrize("kind", ["ml", "uls", "sam", "miiv"])
def test_standard_errors_are_the_spread_of_raw_estimates(kind, scaling):
    """2,000 surveys of 500: the spread has a Monte Carlo error of 1.6 %, the delta method errs by a few per cent."""
    if kind == "miiv" and scaling == "variances":
        pytest.skip("instruments have the first item's unit only")
    model = Model.parse("A =~ a1+a2+a3\nM =~ m1+m2+m3\nY =~ y1+y2+y3\nM ~ A\nY ~ M + A")
    data = drawn(model, 500, 13, 2000) * np.geomspace(0.5, 2.0, 9)
    method = build(kind, {"solution": "raw", "scaling": scaling}, 0.95)
    names = ["M~A", "Y~M", "Y~A", "A->M->Y", "total(A->Y)", "A=~a2", "Y=~y3"]
    names += [] if kind == "miiv" else ["a1~~a1", *(["A~~A", "Y~~Y"] if scaling == "first" else ["A=~a1"])]
    fit = method.fit(Batch.of(data), model, [model.target(name) for name in names])
    good = fit.status <= Status.INADMISSIBLE
    spread = fit.value[good].std(axis=0)
    np.testing.assert_allclose(np.median(fit.se[good], axis=0) / spread, 1.0, atol=0.08)
