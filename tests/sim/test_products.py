"""Products of constructs that act in the population: moments before and after the cut, draws, values and refusals."""

from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.integrate import quad
from scipy.stats import multivariate_normal, norm

from benchmarks.portraits.portrait import portrait
from estimators.catalogue import ESTIMATORS
from reports.diagram import diagram as path_diagram
from reports.show import tables as show_tables
from reports.show import words as show_words
from sim import catalogue
from sim.answers.likert import Scale
from sim.answers.mechanism import Setting
from sim.answers.responses import Responses
from sim.batch import Batch
from sim.drawing.draw import draw, draw_block
from sim.errors import InputError
from sim.implied.implied import implied
from sim.implied.marginals import after_cut, answer_loadings, marginals
from sim.model import Model
from sim.parameters.values import one_name
from sim.population.record import Population
from sim.streams import Address
from sim.structures import conditional, products
from sim.structures.distribution import Distribution
from sim.structures.generate import scores, sources
from sim.structures.products import Products
from tests.bad_input import Refused, assert_says, changed
from tests.draws import MANY, assert_a_draw_agrees
from tests.every_method import ANSWERED, assert_every_method_takes

HERE = Address(11, "3c" * 32)
#: The likert demonstration of the Stata package plssem: X, Z, Y with three indicators of .8 each.
PLSSEM = Model.parse("X =~ x1 + x2 + x3\nZ =~ z1 + z2 + z3\nY =~ y1 + y2 + y3\nY ~ X + Z")
PLSSEM_VALUES = {f"{c}=~{c.lower()}{i}": 0.8 for c in "XZY" for i in (1, 2, 3)} | {
    "Y~X": 0.4, "Y~Z": 0.5, "X~~Z": 0.2, "Y~X:Z": 0.3,
}  # fmt: skip
FIVE = (-1.5, -0.5, 0.5, 1.5)
PUBLISHED = Population.of(PLSSEM, PLSSEM_VALUES, Scale((FIVE,) * 9))
#: Products of an outcome that is linear itself, a square, a construct after a curved one, and correlated errors.
TANGLED = Population.of(
    Model.parse("W =~ w1 + w2\nY =~ y1 + y2\nM =~ m1 + m2\nX =~ x1 + x2\nA =~ a1\nM ~ X + A\nY ~ M + X\nW ~ Y + A"),
    {
        "W=~w1": 0.8, "W=~w2": -0.6, "Y=~y1": 0.9, "Y=~y2": 0.7, "M=~m1": 0.8, "M=~m2": 0.7, "X=~x1": 0.75,
        "X=~x2": 0.85, "A=~a1": 1.0,
        "M~X": 0.4, "M~A": 0.3, "Y~M": 0.3, "Y~X": -0.2, "W~Y": 0.4, "W~A": 0.2, "X~~A": 0.25,
        "Y~M:X": 0.25, "Y~X:X": -0.15, "W~M:X": 0.1, "y1~~x1": 0.1, "w1~~y2": 0.08,
    },
)  # fmt: skip
CUTS = ((-1.0, 0.0, 1.2),) * 3 + ((-0.8, 0.4),) * 2 + ((-1.5, -0.5, 0.5, 1.5),) * 4
TANGLED_LIKERT = replace(TANGLED, scale=Scale(CUTS))


# --- values ---


def test_the_published_example_has_the_moments_that_isserlis_gives() -> None:
    # Var(XZ) = 1 + .2^2; Var(Y) = .16 + .25 + 2 (.4)(.5)(.2) + .09 (1.04) + disturbance, the last .4164.
    assert_allclose(PUBLISHED.structure.r2, [0, 0, 0.16 + 0.25 + 0.08 + 0.09 * 1.04], rtol=0, atol=1e-15)
    assert_allclose(np.diag(PUBLISHED.structure.disturbances), [1, 1, 0.4164], rtol=0, atol=1e-15)
    assert_allclose(
        PUBLISHED.structure.construct_correlations, [[1, 0.2, 0.5], [0.2, 1, 0.58], [0.5, 0.58, 1]], atol=1e-15
    )
    assert_allclose(PUBLISHED.structure.linear_r2, [0, 0, 0.49], rtol=0, atol=1e-15)
    names = ["Y~X", "Y~Z", "r2(Y)", "X~~Y", "f2(Y~X)"]
    truth = PUBLISHED.truth([PLSSEM.target(name) for name in names])
    assert_allclose(truth, [0.4, 0.5, 0.5836, 0.5, 0.16 * 0.96 / 0.4164], rtol=0, atol=1e-14)


def test_methods_give_the_published_large_sample_values() -> None:
    # published_targets: PLS .8505 .1618 .3341 .4123, PLSc .7649 .2001 .3973 .4991: one large sample, of unknown size;
    # its figures differ from the limits by up to .0007, as at 1e6 respondents (standard errors near .001).
    targets = [PLSSEM.target(name) for name in ("X=~x1", "X~~Z", "Y~X", "Y~Z")]
    large = {"pls": [0.8505, 0.1618, 0.3341, 0.4123], "plsc": [0.7649, 0.2001, 0.3973, 0.4991]}
    for name, values in large.items():
        method = ESTIMATORS[name].estimator().without_inference()
        limit = method.fit(Batch.of_moments(implied(PUBLISHED).likert_moments), PLSSEM, targets).value[0]
        assert_allclose(limit, values, rtol=0, atol=0.001)


def test_construct_covariances_are_those_of_monomials_of_normals() -> None:
    # Expectations of products of up to four constructs by pairings, one term after another.
    phi, m = TANGLED.structure.with_products, len(TANGLED.paths)
    model = TANGLED.model
    x, mm = model.constructs.index("X"), model.constructs.index("M")
    rho = phi[mm, x]
    assert_allclose(phi[m:, m:], [[1 + rho**2, 2 * rho], [2 * rho, 2]], rtol=0, atol=1e-15)
    y, w = model.constructs.index("Y"), model.constructs.index("W")
    own = 0.25**2 * (1 + rho**2) + 0.15**2 * 2 - 2 * 0.25 * 0.15 * 2 * rho
    assert_allclose(TANGLED.structure.r2[y], 0.09 + 0.04 - 2 * 0.3 * 0.2 * rho + own, rtol=0, atol=1e-15)
    with_product = 0.4 * (0.25 * (1 + rho**2) - 0.15 * 2 * rho) + 0.1 * (1 + rho**2)
    assert_allclose(phi[w, m], with_product, rtol=0, atol=1e-15)


def test_a_product_of_zero_is_no_product_and_its_names_are_one() -> None:
    none = Population.of(PLSSEM, PLSSEM_VALUES | {"Y~X:Z": 0.0})
    plain = Population.of(PLSSEM, {name: value for name, value in PLSSEM_VALUES.items() if ":" not in name})
    assert none.content == plain.content
    assert np.array_equal(draw_block(none, 20, HERE, 0, 3).raw, draw_block(plain, 20, HERE, 0, 3).raw)
    assert one_name("Y ~ Z:X") == one_name("Y~X:Z")
    turned = Population.of(PLSSEM, {name.replace("X:Z", "Z:X"): v for name, v in PLSSEM_VALUES.items()})
    assert turned.content["products"] == {"effects": [["Y", "X", "Z", 0.3]]}
    with pytest.raises(InputError, match="Y~Z:X is given twice"):
        Population.of(PLSSEM, PLSSEM_VALUES | {"Y~Z:X": 0.1})


def test_effect_sizes_count_what_products_explain(tmp_path: Path) -> None:
    mine = tmp_path / "mine.toml"
    mine.write_text(FILE)
    population = catalogue.population(str(mine), {"interaction": "some"})
    f2 = population.truth([population.model.target(name) for name in ("f2(Y~X)", "f2(Y~Z)")])
    assert_allclose(f2, [0.15, 0.15], rtol=0, atol=1e-12)
    assert population.products == Products((("Y", "X", "Z", 0.3),))
    assert not catalogue.population(str(mine)).products.effects


# --- after the cut ---


def plain_law(population: Population, i: int, k: int, a: float, b: float) -> float:
    """P(z_i > a, z_k > b) of the published population, by integrals over X and Z on a fine equal grid."""
    axis = np.linspace(-7, 7, 141)
    x, z = np.meshgrid(axis, axis)
    weight = multivariate_normal(cov=[[1, 0.2], [0.2, 1]]).pdf(np.dstack([x, z])) * (axis[1] - axis[0]) ** 2
    means = {"x": x, "z": z, "y": 0.4 * x + 0.5 * z + 0.3 * (x * z - 0.2)}
    first, second = (population.model.items[item] for item in (i, k))
    left = {"x": 0.0, "z": 0.0, "y": 0.4164}
    spread = {item: np.sqrt(0.64 * left[item[0]] + 0.36) for item in (first, second)}
    u, v = ((cut - 0.8 * means[item[0]]) / spread[item] for cut, item in ((a, first), (b, second)))
    shared = 0.64 * 0.4164 if first[0] == second[0] == "y" else 0.0
    if not shared:
        return float((weight * norm.sf(u) * norm.sf(v)).sum())
    # Given the part of Y that is its own, its items are independent.
    nodes, weights = np.polynomial.hermite_e.hermegauss(30)
    parts = [norm.sf((cut - 0.8 * (means["y"] + np.sqrt(0.4164) * t)) / 0.6) for t in nodes for cut in (a,)]
    others = [norm.sf((b - 0.8 * (means["y"] + np.sqrt(0.4164) * t)) / 0.6) for t in nodes]
    each = [(weight * p * q).sum() for p, q in zip(parts, others, strict=True)]
    return float(np.array(each) @ weights / np.sqrt(2 * np.pi))


@pytest.mark.parametrize(("i", "k"), [(0, 3), (0, 6), (4, 7), (6, 8)])
def test_joint_exceedances_are_plain_integrals(i: int, k: int) -> None:
    law = implied(PUBLISHED).law
    place = list(combinations(range(9), 2)).index((i, k))
    for s, t in ((0, 0), (1, 3), (3, 2)):
        joint = law.excess[place, s, t] + law.above[i, s] * law.above[k, t]
        # Steps of .1 and 30 Hermite nodes for the own part of Y leave about 1e-10.
        assert_allclose(joint, plain_law(PUBLISHED, i, k, FIVE[s], FIVE[t]), rtol=0, atol=1e-9)


def test_finer_nodes_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    coarse = implied(TANGLED_LIKERT).law
    monkeypatch.setattr(conditional, "_FINENESS", 8.0)
    monkeypatch.setattr(conditional, "_COUNTED", 2.2)
    monkeypatch.setattr(conditional, "_MOST_NODES", 10**6)
    fine = conditional.law(TANGLED_LIKERT.structure, implied(TANGLED_LIKERT).thresholds)
    for name in ("above", "excess", "slopes"):
        assert_allclose(getattr(coarse, name), getattr(fine, name), rtol=0, atol=1e-9, err_msg=name)


def test_one_square_against_a_plain_integral() -> None:
    # Y = .5 X + .4 (X^2 - 1) + e, answered without error: P(Y > t) = int phi(x) Phi((.5 x + .4 (x^2 - 1) - t) / s) dx.
    model = Model.parse("X =~ x1\nY =~ y1\nY ~ X")
    values = {"X=~x1": 1.0, "Y=~y1": 1.0, "Y~X": 0.5, "Y~X:X": 0.4}
    population = Population.of(model, values, Scale(((-0.5, 0.7), (-1.0, 0.3))))
    rest = np.sqrt(1 - 0.25 - 0.16 * 2)

    def exceeding(x: float, t: float) -> float:
        return float(norm.pdf(x) * norm.cdf((0.5 * x + 0.4 * (x**2 - 1) - t) / rest))

    law = implied(population).law
    for t, cut in enumerate((-1.0, 0.3)):
        assert_allclose(law.above[1, t], quad(exceeding, -9, 9, args=(cut,), epsabs=1e-12)[0], rtol=0, atol=1e-10)
        for s, edge in enumerate((-0.5, 0.7)):
            both = quad(exceeding, edge, 9, args=(cut,), epsabs=1e-12)[0]
            assert_allclose(law.excess[0, s, t] + law.above[0, s] * law.above[1, t], both, rtol=0, atol=1e-9)


def test_skewness_and_kurtosis_before_the_cut() -> None:
    # Y = a X + c (X^2 - 1) + e: third moment 6 a^2 c + 8 c^3, fourth cumulant 48 a^2 c^2 + 48 c^4.
    model = Model.parse("X =~ x1 + x2\nY =~ y1 + y2\nY ~ X")
    values = {"X=~x1": 0.8, "X=~x2": 0.8, "Y=~y1": 0.9, "Y=~y2": -0.5, "Y~X": 0.5, "Y~X:X": 0.3}
    shapes = marginals(Population.of(model, values))
    third, fourth = 6 * 0.25 * 0.3 + 8 * 0.027, 48 * 0.25 * 0.09 + 48 * 0.0081
    for marginal, loading in zip(shapes, (0, 0, 0.9, -0.5), strict=True):
        assert_allclose([marginal.skewness, marginal.kurtosis], [loading**3 * third, loading**4 * fourth], atol=1e-14)


def test_shares_are_those_of_the_answers(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(FILE)
    population = catalogue.population(str(tmp_path / "mine.toml"), {"interaction": "some"})
    for marginal in marginals(population):
        # Thresholds are rounded to nine decimals.
        assert_allclose(marginal.shares, [0.1, 0.2, 0.4, 0.2, 0.1], rtol=0, atol=1e-8)
    moved = [cuts != population.scale.thresholds[0] for cuts in population.scale.thresholds]
    assert moved == [False] * 6 + [True] * 3
    shared = catalogue.population(str(_with(tmp_path, "[responses]\ncommon_method = 0.2\n")), {"interaction": "some"})
    assert_allclose(marginals(shared)[8].shares, [0.1, 0.2, 0.4, 0.2, 0.1], rtol=0, atol=1e-8)


def _with(folder: Path, section: str) -> Path:
    """A population file like FILE with a section more."""
    (folder / "more.toml").write_text(FILE + section)
    return folder / "more.toml"


# --- draws ---


WORLDS = {
    "tangled": TANGLED_LIKERT,
    "continuous": TANGLED,
    "answered in many ways": replace(
        PUBLISHED, responses=Responses(("y2",), 0.05, 0.1, 0.05, 0.05, 0.1, 0.1)
    ),
}  # fmt: skip


@pytest.mark.acceptance
@pytest.mark.parametrize("population", WORLDS.values(), ids=WORLDS)
def test_a_very_large_draw_has_the_stated_moments(population: Population) -> None:
    assert_a_draw_agrees(population, MANY, 20260101)


def test_draws_and_moments_agree_and_loadings_after_the_cut_are_correlations() -> None:
    population, n = PUBLISHED, 100_000
    rng = np.random.Generator(np.random.SFC64(5))
    recipe = implied(population).recipe
    drawn = sources(recipe, n, rng)
    own = scores(recipe, drawn)
    spread = np.sqrt((own**2).T @ own**2 / n - population.structure.construct_correlations**2)
    assert (np.abs(own.T @ own / n - population.structure.construct_correlations) < 4 * spread / np.sqrt(n)).all()
    answers = draw(population, n, 1, np.random.Generator(np.random.SFC64(5)))[0].astype(float)
    observed = [np.corrcoef(answers[:, i], own[:, population.model.block_of[i]])[0, 1] for i in range(9)]
    # Both come from the same sources; the standard error of a correlation of .76 is at most 1 / sqrt(n).
    assert_allclose(observed, answer_loadings(population), rtol=0, atol=4 / np.sqrt(n))
    y1 = population.model.target("Y=~y1")
    assert after_cut(population, (y1,))[0] == answer_loadings(population)[6]


def test_first_replications_do_not_depend_on_how_many_are_drawn() -> None:
    whole = draw_block(TANGLED_LIKERT, 15, HERE, 0, 7)
    assert np.array_equal(draw_block(TANGLED_LIKERT, 15, HERE, 0, 2).raw, whole.raw[:2])


# --- studies ---

FILE = """
model = '''
X =~ x1 + x2 + x3
Z =~ z1 + z2 + z3
Y =~ y1 + y2 + y3
Y ~ X + Z
'''
[scale]
shares = [0.1, 0.2, 0.4, 0.2, 0.1]
[values]
"X~~Z" = 0.2
[factors.loading]
sets = "loading"
levels = [0.8]
[factors.effect]
sets = "f2"
levels = [0.15]
[factors.interaction]
sets = "path Y~X:Z"
levels = { none = 0.0, some = 0.3 }
"""
STUDY = """
name = "bent"
[aims]
title = "A product that acts"
question = "Does every method take it?"
[data]
population = "mine.toml"
n = [150]
replications = 2
seed = 5
factors = { interaction = ["some"] }
[estimands]
targets = ["Y~X", "r2(Y)"]
"""


def test_every_method_and_screening_take_products_beside_ways_of_answering(tmp_path: Path) -> None:
    assert_every_method_takes(tmp_path, FILE + ANSWERED, STUDY)


BAD = {
    "an unknown construct": (('"X~~Z" = 0.2', '"X~~Z" = 0.2\n"Y~X:W" = 0.1'), ["Y~X:W", "'W'", "X, Z, Y"]),
    "an outcome without a path": (('"X~~Z" = 0.2', '"X~~Z" = 0.2\n"Z~X:X" = 0.1'), ["Z~X:X", "no path leads to Z"]),
    "a product of a product": (
        ('"X~~Z" = 0.2', '"X~~Z" = 0.2\n"Y~X:X" = 0.1\n"Y~Y:X" = 0.1'),
        ["Y~X:Y", "Y depends on a product itself"],
    ),
    "too much explained": (('"X~~Z" = 0.2', '"X~~Z" = 0.2\n"Y~X:X" = 0.9'), ["paths and products to Y", "R2 = 1.62"]),
    "an effect size of a product": (('"path Y~X:Z"', '"f2 Y~X:Z"'), ["sets f2 Y~X:Z", "product"]),
    "no number": (('"X~~Z" = 0.2', '"X~~Z" = 0.2\n"Y~X:X" = "much"'), ["Y~X:X", "must be a number"]),
}


@pytest.mark.parametrize("case", BAD)
def test_a_product_that_cannot_be_is_told_with_its_place(case: str, refused_population: Refused) -> None:
    change, parts = BAD[case]
    assert_says(refused_population(changed(FILE, change)), ["mine.toml", *parts])


def test_paths_and_products_that_explain_more_than_everything() -> None:
    with pytest.raises(InputError, match=r"the paths and products to Y give R2 = 1.156; it cannot exceed 1"):
        Population.of(PLSSEM, PLSSEM_VALUES | {"Y~X:Z": 0.8})


def test_four_sharp_constructs_are_too_many_to_integrate_over() -> None:
    text = "\n".join(f"{c} =~ {c.lower()}1 + {c.lower()}2" for c in "ABCDY") + "\nY ~ A + B + C + D"
    model = Model.parse(text)
    values = {f"{c}=~{c.lower()}{i}": 0.9 for c in "ABCDY" for i in (1, 2)} | {f"Y~{c}": 0.1 for c in "ABCD"}
    values |= {"Y~A:B": 0.2, "Y~C:D": 0.2}
    uncut = Population.of(model, values)
    assert implied(uncut).likert_moments is uncut.moments
    with pytest.raises(InputError, match=r"4 constructs in products .* multiply fewer constructs"):
        replace(uncut, scale=Scale((FIVE,) * 10))


def test_products_and_second_order_constructs_are_refused_together() -> None:
    model = Model.parse("A =~ a1 + a2\nB =~ b1 + b2\nS =~ A + B\nY =~ y1 + y2\nY ~ S")
    with pytest.raises(InputError, match="Y~A:B: products do not go with second-order constructs; leave out S"):
        Products((("Y", "A", "B", 0.1),)).check(Setting(model, Scale(), {}))


def test_the_order_puts_constructs_of_products_first() -> None:
    model = TANGLED.model
    order = [model.constructs[j] for j in TANGLED.structure.order]
    assert order.index("M") < order.index("Y") < order.index("W")
    assert [model.constructs[j] for j in np.flatnonzero(TANGLED.products.curved(model))] == ["W", "Y"]
    assert products.read("Y~X:Z", PLSSEM) == ("Y", "X", "Z")
    assert products.read("Y~X", PLSSEM) is None


def test_show_tells_products_in_words_tables_and_the_diagram(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(FILE)
    shown = portrait(str(tmp_path / "mine.toml"), ["interaction=some"])
    tables = {table.name: table for table in show_tables.tables(shown)}
    (row,) = tables["products"].rows
    assert row[:2] == ("X \N{MULTIPLICATION SIGN} Z", "Y")
    assert_allclose(row[2:], [0.3, 0.09 * 1.04], rtol=0, atol=1e-15)  # type: ignore[arg-type]
    r2 = shown.population.structure.r2[2]
    assert_allclose(tables["r2"].rows[0][1:3], [r2, r2 - 0.09 * 1.04], rtol=0, atol=1e-14)  # type: ignore[arg-type]
    assert "products of constructs: Y~X:Z 0.3" in show_words.lead(shown)
    assert "act products of constructs: X \N{MULTIPLICATION SIGN} Z on Y 0.30." in show_words.caption(shown)
    assert "effect of X times Z on Y 0.30" in path_diagram.wide(shown.population, {})
    plain = portrait(str(tmp_path / "mine.toml"))
    assert "products" not in {table.name for table in show_tables.tables(plain)}


# --- beside other distributions ---


def test_products_of_constructs_that_are_not_normal_are_refused() -> None:
    for distribution in (Distribution(constructs="exponential"), Distribution(exogenous="uniform")):
        with pytest.raises(InputError, match=r"Y~X:Z: products are of normal constructs, not of distribution"):
            replace(PUBLISHED, distribution=distribution)
    items = Distribution(items="vale-maurelli", skewness=1.0, kurtosis=2.0)
    with pytest.raises(InputError, match=r"not of distribution.items"):
        replace(PUBLISHED, distribution=items)


def test_products_and_errors_of_another_distribution_are_simulated() -> None:
    population = replace(PUBLISHED, distribution=Distribution(errors="exponential"))
    assert implied(population).simulated == 1_000_000
    # Item errors of skewness 2 with weight .6^3 = .216, beside what the product brings to Y's items.
    uncut = marginals(replace(population, scale=Scale()))
    bent = marginals(replace(PUBLISHED, scale=Scale()))
    for i in range(9):
        assert_allclose(uncut[i].skewness, bent[i].skewness + 2 * 0.6**3, rtol=0, atol=1e-12)
        assert_allclose(uncut[i].kurtosis, bent[i].kurtosis + 6 * 0.6**4, rtol=0, atol=1e-12)
    answers = draw(population, 200_000, 1, np.random.Generator(np.random.SFC64(7)))[0].astype(np.float64)
    means = implied(population).likert_moments.means[0]
    # Both are from samples: 200,000 and 1,000,000 respondents.
    limit = 4 * np.sqrt(answers.var(axis=0) * (1 / 200_000 + 1 / 1_000_000))
    assert (np.abs(answers.mean(axis=0) - means) < limit).all()
