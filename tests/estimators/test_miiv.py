"""MIIV-2SLS against statsmodels' 2SLS, published instruments, numeric derivatives and the spread of estimates."""

import numpy as np
import pytest
from statsmodels.sandbox.regression.gmm import IV2SLS

from estimators.base import Status
from estimators.factors.miiv import ModelImpliedInstruments, instruments
from sim import catalogue
from sim.batch import Batch, Moments
from sim.drawing.draw import draw
from sim.model import Model
from sim.population.record import Population
from tests.cases import survey

CRM = catalogue.population("crm-clusters")
DEMOCRACY = Model.parse(
    "ind60 =~ x1+x2+x3\ndem60 =~ y1+y2+y3+y4\ndem65 =~ y5+y6+y7+y8\ndem60 ~ ind60\ndem65 ~ ind60+dem60\n"
    "y1 ~~ y5\ny2 ~~ y4\ny2 ~~ y6\ny3 ~~ y7\ny4 ~~ y8\ny6 ~~ y8"
)
#: A block of two, an item alone, a mediator, two last outcomes whose disturbances covary, an error covariance.
RICH = Model.parse(
    "A =~ a1+a2+a3+a4\nS =~ s1\nM =~ m1+m2+m3\nP =~ p1+p2\nQ =~ q1+q2+q3\nM ~ A + S\nP ~ M\nQ ~ M + A\na2 ~~ m1"
)


def rich_population():
    """A population for RICH."""
    values = {t.name: 0.55 + 0.03 * i for i, t in enumerate(RICH.targets) if t.kind == "loading" and t.parts[1] != "s1"}
    rng = np.random.default_rng(1)
    values = {name: rng.uniform(0.6, 0.85) for name in values} | {"S=~s1": 1.0}
    values |= {t.name: 0.35 for t in RICH.targets if t.kind == "path"} | {"A~~S": 0.3, "a2~~m1": 0.15}
    return Population.of(RICH, values)


def standardised_targets(model):
    """Targets that need the whole standardised solution."""
    return [t for t in model.targets if t.kind in ("path", "r2", "correlation", "loading")]


def plain(data, model):
    """2SLS of every equation on raw data (n, p), first items as scales: standardised values, correlations."""
    z = (data - data.mean(0)) / data.std(0)
    column = {item: z[:, i] for i, item in enumerate(model.items)}
    first = {block.construct: block.items[0] for block in model.blocks}
    sample, value = z.T @ z / len(z), {}

    def solve(outcome, predictors, construct):
        found = instruments(model, outcome, predictors, construct)
        x, iv = (np.column_stack([column[i] for i in names]) for names in (predictors, found))
        return IV2SLS(column[outcome], x, iv).fit().params

    loading = np.ones(len(model.items))
    for block in model.blocks:
        for item in block.items[1:]:
            loading[model.items.index(item)] = solve(item, [block.items[0]], None)[0]
    joined = np.eye(len(model.items), dtype=bool)
    for a, b in model.covariances:
        i, k = model.items.index(a), model.items.index(b)
        joined[i, k] = joined[k, i] = True
    m = len(model.blocks)
    phi = np.empty((m, m))
    for j in range(m):
        for k in range(m):
            pair = np.outer(model.block_of == j, model.block_of == k) & ~joined
            product = np.outer(loading, loading)[pair]
            phi[j, k] = product @ sample[pair] / (product @ product) if pair.any() else 1.0
    deviation = np.sqrt(np.diag(phi))
    for y in model.endogenous:
        predictors = [x for o, x in model.paths if o == y]
        for x, b in zip(predictors, solve(first[y], [first[x] for x in predictors], y), strict=True):
            value[f"{y}~{x}"] = b * deviation[model.constructs.index(x)] / deviation[model.constructs.index(y)]
    for i, item in enumerate(model.items):
        j = model.block_of[i]
        value[f"{model.constructs[j]}=~{item}"] = loading[i] * deviation[j]
    return value, phi / np.outer(deviation, deviation)


@pytest.mark.parametrize("model", [CRM.model, RICH, DEMOCRACY], ids=["crm", "rich", "democracy"])
def test_coefficients_are_those_of_statsmodels_equation_by_equation(model):
    if model is DEMOCRACY:
        data = survey("PoliticalDemocracy")[list(model.items)].to_numpy()
    else:
        data = draw(CRM if model is CRM.model else rich_population(), 150, 1, np.random.default_rng(3))[0].astype(float)
    value, correlations = plain(data, model)
    targets = [t for t in standardised_targets(model) if t.kind != "r2"]
    fit = ModelImpliedInstruments("first").fit(Batch.of(data), model, targets)
    assert not fit.fatal[0]
    for target, given in zip(targets, fit.value[0], strict=True):
        if target.kind == "correlation":
            expected = correlations[tuple(model.constructs.index(part) for part in target.parts)]
        else:
            expected = value[target.name]
        assert given == pytest.approx(expected, abs=1e-9), target.name


def test_instruments_are_those_that_bollen_s_algorithm_finds():
    assert instruments(DEMOCRACY, "x2", ["x1"], None) == ("x3", *(f"y{i}" for i in range(1, 9)))
    assert instruments(DEMOCRACY, "y2", ["y1"], None) == ("x1", "x2", "x3", "y3", "y7", "y8")
    assert instruments(DEMOCRACY, "y1", ["x1"], "dem60") == ("x2", "x3")
    assert instruments(DEMOCRACY, "y5", ["x1", "y1"], "dem65") == ("x2", "x3", "y2", "y3", "y4")
    # s1 has no error and is its own instrument; P's disturbance covaries with Q's, so that q1 to q3 are none for P.
    assert instruments(RICH, "m1", ["a1", "s1"], "M") == ("a3", "a4", "s1")
    assert instruments(RICH, "p1", ["m1"], "P") == ("a1", "a3", "a4", "s1", "m2", "m3")


@pytest.mark.parametrize("scaling", ["strongest", "first"])
def test_population_moments_give_the_truth(scaling):
    for true in (CRM, rich_population()):
        targets = standardised_targets(true.model)
        fit = ModelImpliedInstruments(scaling).fit(Batch.of_moments(true.moments), true.model, targets)
        assert fit.status[0] == Status.OK
        assert fit.value[0] == pytest.approx(true.truth(targets), abs=1e-6)


def test_standard_errors_are_the_delta_method_on_all_covariances():
    # Where the model holds exactly, 2SLS moves with S as its asymptotic covariance says: 2 tr(G S G S) / n, G numeric.
    true, n, step = rich_population(), 250, 1e-5
    model, method = true.model, ModelImpliedInstruments("first")
    targets = [*standardised_targets(model), model.target("A->M->Q")]
    s, p = true.structure.covariance, len(model.items)
    pairs = [(i, k) for i in range(p) for k in range(i, p)]
    moved = np.tile(s, (2 * len(pairs), 1, 1))
    for at, (i, k) in enumerate(pairs):
        for side, sign in ((2 * at, 1.0), (2 * at + 1, -1.0)):
            moved[side, i, k] = moved[side, k, i] = s[i, k] + sign * step
    values = method.fit(Batch.of_moments(Moments(np.zeros((len(moved), p)), moved, np.inf)), model, targets).value
    fit = method.fit(Batch.of_moments(Moments(np.zeros((1, p)), s[None], n)), model, targets)
    for q in range(len(targets)):
        slope = np.zeros((p, p))
        for at, (i, k) in enumerate(pairs):
            change = (values[2 * at, q] - values[2 * at + 1, q]) / (2 * step)
            slope[i, k] = slope[k, i] = change if i == k else change / 2
        expected = np.sqrt(2 * np.trace(slope @ s @ slope @ s) / n)
        if targets[q].name == "S=~s1":
            assert np.isnan(fit.se[0, q])
        else:
            assert fit.se[0, q] == pytest.approx(expected, rel=1e-5), targets[q].name


def test_standard_errors_are_the_spread_of_estimates_in_large_samples():
    targets = standardised_targets(CRM.model)
    batch = Batch.of(draw(CRM, 1000, 1000, np.random.default_rng(17)))
    fit = ModelImpliedInstruments("first").fit(batch, CRM.model, targets)
    assert (fit.status == Status.OK).all()
    # An empirical SE of 1,000 estimates is known to 2.2 %; 25 of them are compared, at four errors.
    np.testing.assert_allclose(fit.se.mean(axis=0) / fit.value.std(axis=0, ddof=1), 1, atol=0.09)


def test_the_strongest_item_scales_whatever_the_order():
    batch = Batch.of(draw(CRM, 72, 30, np.random.default_rng(5)))
    model = CRM.model
    turned = Model.parse(
        "\n".join(f"{b.construct} =~ {' + '.join(reversed(b.items))}" for b in model.blocks)
        + "\n"
        + "\n".join(f"{y} ~ {x}" for y, x in model.paths)
    )
    place = [model.items.index(item) for item in turned.items]
    one = ModelImpliedInstruments().fit(batch, model)
    other = ModelImpliedInstruments().fit(Batch.of(batch.raw[:, :, place]), turned, model.targets)
    np.testing.assert_allclose(one.value, other.value, atol=1e-9)
    first = ModelImpliedInstruments("first").fit(batch, model)
    assert not np.allclose(one.value, first.value, atol=1e-3)


@pytest.mark.parametrize("n", [5, 15, 20])
def test_small_samples_get_a_status_and_no_exception(n):
    batch = Batch.of(draw(CRM, n, 60, np.random.default_rng(n)))
    fit = ModelImpliedInstruments().fit(batch, CRM.model)
    paths = [q for q, t in enumerate(fit.targets) if t.kind == "path"]
    assert np.array_equal(np.isfinite(fit.value[:, paths]).all(axis=1), ~fit.fatal)
    if n < 17:
        assert np.isin(fit.status, [Status.SINGULAR, Status.CONSTANT_ITEM]).all()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("A =~ a1+a2+a3\nB <~ b1+b2\nB ~ A", "block B is composite"),
        ("A =~ a1+a2", "the equation of a2 on a1 has 0 instruments (none) and needs 1"),
        ("A =~ a1\nB =~ b1+b2+b3\nB ~ A\na1 ~~ b1", "is the only item of A"),
    ],
)
def test_refusals_name_what_is_wrong(text, says):
    assert says in ModelImpliedInstruments().refusal(Model.parse(text))
    assert ModelImpliedInstruments().refusal(RICH) is None


@pytest.mark.parametrize("scaling", ["first", "strongest"])
def test_predictors_of_one_item_each_are_their_own_instruments_and_their_equation_is_least_squares(scaling):
    model = Model.parse("A =~ a\nB =~ b\nY =~ y1+y2+y3\nZ =~ z1+z2+z3\nY ~ A + B\nZ ~ Y")
    generator = np.random.default_rng(5)
    a, b, y, z = generator.normal(size=(4, 150))
    b, y = b + 0.5 * a, y + 0.4 * a - 0.3 * b
    z = z + 0.5 * y
    items = [a, b, *(y + generator.normal(size=(3, 150))), *(z + generator.normal(size=(3, 150)))]
    fit = ModelImpliedInstruments(scaling=scaling).fit(Batch.of(np.column_stack(items)), model)
    standard = np.array([(item - item.mean()) / item.std() for item in items]).T
    slopes = np.linalg.lstsq(standard[:, :2], standard[:, 2:5], rcond=None)[0]
    found = [fit.value[0, fit.column(name)] for name in ("Y~A", "Y~B")]
    loadings = [fit.value[0, fit.column(f"Y=~y{i}")] for i in (1, 2, 3)]
    at = 0 if scaling == "first" else int(np.argmin(np.abs(slopes / loadings - np.array([found]).T).sum(axis=0)))
    np.testing.assert_allclose(slopes[:, at] / loadings[at], found, atol=1e-12)
