"""Products of constructs in fitted models: exact moments, plain loops, limits, inference, refusals."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose

from estimators.base import Status
from estimators.catalogue import ESTIMATORS
from estimators.methods import build
from estimators.products import indicators
from estimators.products.equations import solve
from estimators.products.items import ProductItems
from estimators.products.moments import ScoreMoments
from estimators.products.wrapper import WAYS
from estimators.solution import weight_targets
from estimators.wrappers.bootstrap import bootstrap_rows
from sim.batch import Batch
from sim.model import Model
from tests import exact_answers
from tests.cases import batch_of
from tests.exact_answers import B1, B2, B3, LOADINGS, MODEL, RHO
from tests.moderated import BOTH, survey

LINEAR = replace(MODEL, products=())
R2 = B1**2 + B2**2 + 2 * B1 * B2 * RHO + B3**2 * (1 + RHO**2)
#: What the consistent methods find of the exact answers.
TRUTH = {"Y~X": B1, "Y~Z": B2, "Y~X:Z": B3, "r2(Y)": R2, "X=~x1": 0.9, "slope(Y~X|Z=1)": B1 + B3,
         "slope(Y~X|Z=-1)": B1 - B3}  # fmt: skip
CONSISTENT = [
    ("plsc", {}),
    ("plsc", {"products": "product-indicator"}),
    ("plsc", {"products": "product-indicator", "product_items": "all"}),
    ("plsc", {"products": "orthogonal"}),
    ("plsc", {"products": "orthogonal", "product_items": "all"}),
    ("disattenuated", {}),
    ("croon", {}),
    ("bartlett_scores", {"correction": "reliability"}),
    ("ml", {}),
    ("ml", {"product_items": "all"}),
    ("ml", {"products": "orthogonal"}),
    ("mlr", {}),
    ("gls", {}),
    ("uls", {}),
    ("miiv", {}),
    ("miiv", {"product_items": "all"}),
]


def values(name: str, settings: dict, batch: Batch, model: Model, *targets: str) -> np.ndarray:
    method = build(name, settings, 0.95, model=model)
    fit = method.estimator.without_inference().fit(batch, model, [model.target(target) for target in targets])
    assert (fit.status == Status.OK).all()
    return fit.value


# --- what the methods find of the moments of normal constructs ---


@pytest.mark.parametrize(("name", "settings"), CONSISTENT, ids=str)
def test_consistent_methods_find_the_product_in_moments_of_normal_constructs(name, settings):
    found = values(name, settings, exact_answers.answers(), MODEL, *TRUTH)
    # The iterations end at 1e-8 of a standard error; one-factor models of the corrected sums a little earlier.
    assert_allclose(found[0], list(TRUTH.values()), rtol=0, atol=1e-8)


def test_uncorrected_methods_have_the_limit_of_attenuated_products():
    # Of sums with reliability q2: cov(p_Y, p_X p_Z) = Q_X Q_Z Q_Y b (1 + rho^2) and Var(p_X p_Z) = 1 + (Q_X Q_Z rho)^2.
    # The pairs of items that PLS multiplies are weighed almost as its scores are: to 2e-4 the same limit.
    sums = {c: (np.sum(l), np.sum(1 - np.square(l))) for c, l in LOADINGS.items()}
    qx, qz, qy = (s / np.sqrt(s**2 + error) for s, error in sums.values())
    limit = qx * qz * qy * B3 * (1 + RHO**2) / (1 + (qx * qz * RHO) ** 2)
    batch = exact_answers.answers()
    assert_allclose(values("sumscores", {}, batch, MODEL, "Y~X:Z"), limit, rtol=0, atol=1e-12)
    two_stage = values("pls", {}, batch, MODEL, "Y~X:Z")
    for way in ("product-indicator", "orthogonal"):
        assert_allclose(values("pls", {"products": way}, batch, MODEL, "Y~X:Z"), two_stage, rtol=0, atol=2e-4)
    assert two_stage[0, 0] < B3 - 0.05


class Exactly(ScoreMoments):
    """Moments of scores over weighted nodes: those of normals, exactly."""

    def observed(self, constructs):
        if len(constructs) == 2 and constructs[0] == constructs[1]:
            return np.ones(1)
        return np.array([(WEIGHTS * np.prod(self.scores[0][:, list(constructs)], axis=1)).sum()])


_AXIS, _WEIGHT = np.polynomial.hermite_e.hermegauss(6)
_GRID = np.array(list(itertools.product(_AXIS, repeat=6)))
WEIGHTS = np.prod(list(itertools.product(_WEIGHT / np.sqrt(2 * np.pi), repeat=6)), axis=1)


def test_squares_and_interactions_are_cleared_of_normal_errors():
    # X, Z, a disturbance and three errors on Gauss-Hermite nodes: polynomials up to the eleventh degree are exact.
    x, raw_z, left, *errors = _GRID.T
    z, q = 0.4 * x + np.sqrt(1 - 0.16) * raw_z, np.array([[0.9, 0.7, 0.8]])
    b = {(0,): 0.3, (1,): -0.2, (0, 1): 0.15, (0, 0): 0.1, (1, 1): -0.12}
    model = Model.parse("X =~ x1\nZ =~ z1\nY =~ y1\nY ~ X + Z + X:Z + X:X + Z:Z")
    y = 0.3 * x - 0.2 * z + 0.15 * (x * z - 0.4) + 0.1 * (x**2 - 1) - 0.12 * (z**2 - 1)
    y = y + np.sqrt(1 - (WEIGHTS * y**2).sum()) * left
    proxies = [q[0, j] * c + np.sqrt(1 - q[0, j] ** 2) * errors[j] for j, c in enumerate((x, z, y))]
    solved = solve(Exactly(np.stack(proxies, axis=1)[None], q), model, np.zeros(1, dtype=np.int8))
    equation = solved.equations[2]
    assert_allclose([equation.coefficients[0, equation.of(term)] for term in b], list(b.values()), rtol=0, atol=1e-12)
    assert solved.status[0] == Status.OK


# --- plain loops ---


def plain_two_stage(answers: np.ndarray, weights: np.ndarray, model: Model) -> dict[str, float]:
    """Scores respondent by respondent, then least squares of each outcome with an intercept, written out."""
    n = len(answers)
    scores = {}
    for block, (lower, upper) in zip(model.blocks, itertools.pairwise(model.bounds), strict=True):
        column = []
        for i in range(n):
            total = 0.0
            for k in range(lower, upper):
                item = answers[:, k].astype(float)
                total += weights[k] * (item[i] - item.mean()) / item.std()
            column.append(total)
        scores[block.construct] = np.array(column) / np.std(column)
    found = {}
    for outcome in model.endogenous:
        predictors = [p for o, p in model.paths if o == outcome]
        products = [(a, b) for o, a, b in model.products if o == outcome]
        columns = [scores[p] for p in predictors] + [scores[a] * scores[b] for a, b in products]
        design = np.column_stack([np.ones(n), *columns])
        slopes = np.linalg.lstsq(design, scores[outcome], rcond=None)[0]
        left = scores[outcome] - design @ slopes
        errors = np.sqrt(np.diag(np.linalg.inv(design.T @ design)) * (left @ left) / (n - design.shape[1]))
        names = [f"{outcome}~{p}" for p in predictors] + [f"{outcome}~{a}:{b}" for a, b in products]
        for name, slope, error in zip(names, slopes[1:], errors[1:], strict=True):
            found[name], found[f"se {name}"] = slope, error
        found[f"r2({outcome})"] = 1 - left @ left / n
    return found


@pytest.mark.parametrize("name", ["pls", "gsca", "components", "sumscores", "bartlett_scores"])
def test_two_stage_estimates_are_those_of_a_plain_loop(name):
    batch, linear = survey(), replace(BOTH, products=())
    inner = build(name, {}, 0.95).estimator
    weights = inner.without_inference().fit(batch, linear, weight_targets(linear)).value
    fit = build(name, {}, 0.95, model=BOTH).fit(batch, BOTH)
    assert (fit.status <= Status.INADMISSIBLE).all()
    for r in range(len(batch)):
        plain = plain_two_stage(batch.raw[r], weights[r], BOTH)
        for q, target in enumerate(fit.targets):
            if target.name in plain:
                assert_allclose(fit.value[r, q], plain[target.name], rtol=0, atol=1e-8)
            if name in ("sumscores", "bartlett_scores") and target.name in plain and not target.name.startswith("r2"):
                assert_allclose(fit.se[r, q], plain[f"se {target.name}"], rtol=1e-8)


def test_f2_and_vif_of_paths_count_the_products_beside_them():
    batch = survey(200, 1)
    columns = ("Y~X", "r2(Y)", "adj_r2(Y)", "f2(Y~X)", "vif(Y~X)", "f2(Y~X:M)", "vif(Y~M:M)")
    found = dict(zip(columns, values("sumscores", {}, batch, BOTH, *columns)[0], strict=True))
    sums = [batch.raw[0].astype(float)[:, 3 * j : 3 * j + 3].sum(axis=1) for j in range(4)]
    x, z, m, y = ((s - s.mean()) / s.std() for s in sums)
    rest = [m, z, m * x, m * m, x * z]

    def r2(outcome, predictors):
        design = np.column_stack([np.ones(len(outcome)), *predictors])
        return 1 - np.var(outcome - design @ np.linalg.lstsq(design, outcome, rcond=None)[0]) / np.var(outcome)

    whole, without = r2(y, [x, *rest]), r2(y, rest)
    assert_allclose(found["r2(Y)"], whole, atol=1e-12)
    assert_allclose(found["f2(Y~X)"], (whole - without) / (1 - whole), rtol=1e-9)
    assert_allclose(found["vif(Y~X)"], 1 / (1 - r2(x, rest)), rtol=1e-9)
    assert_allclose(found["f2(Y~X:M)"], (whole - r2(y, [x, m, z, m * m, x * z])) / (1 - whole), rtol=1e-9)
    assert_allclose(found["vif(Y~M:M)"], 1 / (1 - r2(m * m, [x, m, z, m * x, x * z])), rtol=1e-9)
    assert_allclose(found["adj_r2(Y)"], 1 - (1 - whole) * 199 / (200 - 6 - 1), atol=1e-12)


def test_product_items_are_those_of_a_plain_loop():
    # The columns of semTools' indProd agree with these to 1e-13 (docs/evidence.md has what lavaan makes of them).
    batch = survey(40, 1)
    answers = batch.raw[0].astype(float)
    items = ProductItems(MODEL, "matched")
    narrow = Batch.of(answers[:, [0, 1, 2, 3, 4, 5, 9, 10, 11]], items=MODEL.items)
    for orthogonal in (False, True):
        made = items.data(narrow, orthogonal).raw[0][:, 9:]
        for k, (a, b) in enumerate((("x1", "z1"), ("x2", "z2"), ("x3", "z3"))):
            one, other = (narrow.raw[0][:, MODEL.items.index(name)] for name in (a, b))
            column = (one - one.mean()) * (other - other.mean())
            if orthogonal:
                design = np.column_stack([np.ones(40), narrow.raw[0][:, :6]])
                column = column - design @ np.linalg.lstsq(design, column, rcond=None)[0]
            assert_allclose(made[:, k], column, rtol=0, atol=1e-10)
    every = ProductItems(BOTH, "all")
    assert len(every.items["X:X"]) == 6
    assert len(every.items["M:X"]) == 9
    fitted = ProductItems(BOTH, "matched").fitted("all")
    assert ("m1:x1", "x1:x1") in {tuple(sorted(pair)) for pair in fitted.covariances}
    assert not fitted.products


def test_a_moderator_of_one_item_is_multiplied_with_every_item_of_the_other():
    model = Model.parse("X =~ x1 + x2 + x3\nY =~ y1 + y2 + y3\nY ~ X + age + X:age + age:age")
    items = ProductItems(model, "matched")
    assert items.items == {"X:age": (("x1", "age"), ("x2", "age"), ("x3", "age")), "age:age": (("age", "age"),)}
    assert not items.fitted("all").covariances  # age has no error to share
    rng = np.random.default_rng(3)
    x, age = rng.normal(size=(2, 4000))
    y = 0.4 * x + 0.3 * age + 0.25 * x * age + 0.1 * (age**2 - 1) + 0.7 * rng.normal(size=4000)
    y = y / y.std()
    columns = [c + 0.5 * rng.normal(size=4000) for c in (x, x, x, y, y, y)]
    batch = Batch.of(np.column_stack([*columns, age]), items=model.items)
    for name in ("plsc", "disattenuated", "ml", "miiv"):
        # y has a standard deviation near .91 before it is divided by it; 4,000 respondents tell a product to .02.
        assert_allclose(values(name, {}, batch, model, "Y~X:age")[0], 0.25 / 0.92, atol=0.05)


def test_bootstrap_errors_are_those_of_a_plain_loop_over_resamples():
    batch = survey(50, 2)
    method = build("pls", {"resamples": 40}, 0.95, model=BOTH)
    wanted = [BOTH.target(name) for name in ("Y~M:X", "M~X:X", "slope(Y~X|M=1)")]
    fit = method.fit(batch, BOTH, wanted)
    for r in range(2):
        rows = bootstrap_rows(batch.address.generator("bootstrap", int(batch.replications[r])), 40, 50)
        inner = method.estimator.inner
        again = [inner.fit(Batch.of(batch.raw[r][row], items=BOTH.items), BOTH, wanted).value[0] for row in rows]
        assert_allclose(fit.se[r], np.std(again, axis=0, ddof=1), rtol=1e-6)
        assert_allclose(fit.lower[r], np.quantile(again, 0.025, axis=0), rtol=0.2, atol=0.05)
    assert (fit.p_value > 0).all()
    assert (fit.lower < fit.upper).all()


def test_a_batch_in_parts_gives_what_the_whole_gives(monkeypatch):
    batch = survey(40, 6)
    for name in ("plsc", "ml"):
        method = build(name, {}, 0.95, model=BOTH)
        whole = method.fit(batch, BOTH)
        monkeypatch.setattr("estimators.products.wrapper._AT_ONCE", 1)
        parts = method.fit(batch, BOTH)
        monkeypatch.undo()
        assert_allclose(parts.value, whole.value, rtol=0, atol=1e-10, equal_nan=True)


# --- slopes and scales ---


def test_slopes_of_least_squares_have_the_errors_of_a_moved_moderator():
    # With Z - 1 in place of Z the coefficient of X is the slope at Z = 1, and lm's error of it is its error.
    batch = survey(80, 1)
    fit = build("sumscores", {}, 0.95, model=BOTH).fit(batch, BOTH, [BOTH.target("slope(M~X|X=0.5)"),
                                                                    BOTH.target("slope(Y~X|Z=1)")])  # fmt: skip
    sums = [batch.raw[0].astype(float)[:, 3 * j : 3 * j + 3].sum(axis=1) for j in range(4)]
    x, z, m, y = ((s - s.mean()) / s.std() for s in sums)

    def slope(outcome, columns):
        design = np.column_stack([np.ones(80), *columns])
        b = np.linalg.lstsq(design, outcome, rcond=None)[0]
        left = outcome - design @ b
        return b[1], np.sqrt(np.linalg.inv(design.T @ design)[1, 1] * (left @ left) / (80 - design.shape[1]))

    moved = x - 0.5
    assert_allclose((fit.value[0, 0], fit.se[0, 0]), slope(m, [moved, z, moved**2]), rtol=1e-9)
    assert_allclose((fit.value[0, 1], fit.se[0, 1]), slope(y, [x, m, z, m * x, m * m, x * (z - 1)]), rtol=1e-9)


def test_the_standardised_product_is_that_of_the_standardised_constructs():
    # b sd(X) sd(Z) / sd(Y) of the raw solution, not b sd(XZ) / sd(Y), which std.all of lavaan is.
    batch = batch_of("nonlinear_400", MODEL)
    raw = build("ml", {"solution": "raw"}, 0.95, model=MODEL)
    names = ["Y~X", "Y~X:Z", "X~~X", "Z~~Z", "Y~~Y", "r2(Y)"]
    b1, b3, x, z, left, r2 = raw.fit(batch, MODEL, [MODEL.target(name) for name in names]).value[0]
    sd_y = np.sqrt(left / (1 - r2))
    at = 1 / np.sqrt(z)  # where the moderator is one raw unit above its mean
    own = build("ml", {}, 0.95, model=MODEL)
    fit = own.fit(batch, MODEL, [MODEL.target(name) for name in ("Y~X:Z", f"slope(Y~X|Z={at:.12f})", "slope(Y~X|Z=0)")])
    assert_allclose(fit.value[0, 0], b3 * np.sqrt(x * z) / sd_y, rtol=1e-7)
    assert_allclose(fit.value[0, 1], (b1 + b3) * np.sqrt(x) / sd_y, rtol=1e-5)  # the name holds six digits
    # semTools' probe2WayMC: slopes .409250500 (z 6.68) and .810602191 (z 7.27) at 0 and 1 raw units of Z; those of the
    # standardised scale have errors of their own, as standardised paths do.
    assert_allclose((b1, b1 + b3), (0.40925050015529574, 0.8106021908697045), rtol=1e-6)
    assert_allclose(fit.value[0, 2:0:-1] / fit.se[0, 2:0:-1], (6.679399, 7.269089), rtol=0.25)
    assert (fit.se > 0).all()


def test_slopes_of_ml_have_the_errors_of_the_delta_method():
    # Their variance is a quadratic in the moderator's value: three slopes give it, and the fourth must lie on it.
    batch = batch_of("nonlinear_400", MODEL)
    names = [f"slope(Y~X|Z={at})" for at in (-1, 0, 1, 2)]
    fit = build("ml", {}, 0.95, model=MODEL).fit(batch, MODEL, [MODEL.target(n) for n in (*names, "Y~X:Z", "Y~X")])
    low, middle, high, far = fit.se[0, :4] ** 2
    assert_allclose(far, middle + (high - low) + 4 * ((high + low) / 2 - middle), rtol=1e-9)
    assert_allclose((high + low) / 2 - middle, fit.se[0, 4] ** 2, rtol=1e-9)
    assert_allclose(middle, fit.se[0, 5] ** 2, rtol=1e-12)
    # Resamples spread as much, as far as 200 of them tell (5 %).
    resampled = build("ml", {"resamples": 200}, 0.95, model=MODEL).fit(batch, MODEL, [MODEL.target(n) for n in names])
    assert_allclose(fit.se[0, :3], resampled.se[0, :3], rtol=0.3)


@pytest.mark.parametrize(
    ("name", "settings"),
    [("ml", {}), ("mlr", {}), ("ml", {"information": "observed"}), ("ml", {"products": "orthogonal"})],
)
def test_errors_of_slopes_from_the_information_are_those_of_defined_sums(name, settings, monkeypatch):
    batch = batch_of("nonlinear_400", MODEL)
    method = build(name, settings, 0.95, model=MODEL)
    wanted = [MODEL.target("slope(Y~X|Z=1)"), MODEL.target("slope(Y~Z|X=-1)")]
    by_information = method.fit(batch, MODEL, wanted).se
    monkeypatch.setattr(indicators, "LikelihoodMethod", bool)  # no method is one: the general search defines the sum
    assert_allclose(method.fit(batch, MODEL, wanted).se, by_information, rtol=1e-7)


@pytest.mark.parametrize(
    ("name", "settings"),
    [(name, {"products": way}) for name, entry in ESTIMATORS.items() for way in WAYS.get(entry.estimator, ())]
    + [("ml", {"solution": "raw"}), ("miiv", {"products": "orthogonal", "solution": "raw", "scaling": "first"})],
    ids=str,
)
def test_the_margin_of_fornell_and_larcker_knows_of_no_construct_but_those_of_the_model(name, settings):
    """Where a square drives its outcome, its own construct correlates more with that than any other."""
    model = Model.parse("X =~ x1 + x2 + x3\nY =~ y1 + y2 + y3\nW =~ w1 + w2\nX ~ W\nY ~ X + X:X")
    rng = np.random.default_rng(6)
    x = rng.normal(size=400)
    latent = np.column_stack([x, 0.4 * x + 0.5 * x**2 + rng.normal(size=400), 0.6 * x + rng.normal(size=400)])
    data = latent[:, [0, 0, 0, 1, 1, 1, 2, 2]] + 0.7 * rng.normal(size=(400, 8))
    batch, standard = Batch.of(data, items=model.items), {**settings, "solution": "standardised"}
    found = values(name, settings, batch, model, "fornell_larcker(Y)", "fornell_larcker(X)")[0]
    ave_y, ave_x, xy, wy, wx = values(
        name, standard if "solution" in settings else settings, batch, model,
        "ave(Y)", "ave(X)", "X~~Y", "W~~Y", "W~~X",
    )[0]  # fmt: skip
    assert_allclose(found, [ave_y - max(xy**2, wy**2), ave_x - max(xy**2, wx**2)], rtol=1e-12)
