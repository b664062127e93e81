"""Population: implied moments against plain matrix algebra, the truth of every target, and what cannot exist."""

import numpy as np
import pytest

from sim import catalogue
from sim.answers.likert import Scale
from sim.catalogue.populationfile import PopulationFile
from sim.errors import InputError
from sim.implied.implied import implied
from sim.model import Model
from sim.population.record import Population
from sim.targets import read_target

CHAIN = """
A =~ a1 + a2
B =~ b1 + b2 + b3
M =~ m1 + m2
Y =~ y1 + y2
M ~ A + B
Y ~ M + A
"""
CHAIN_VALUES = {
    "A=~a1": 0.8, "A=~a2": 0.6, "B=~b1": 0.9, "B=~b2": 0.7, "B=~b3": -0.5,
    "M=~m1": 0.75, "M=~m2": 0.65, "Y=~y1": 0.85, "Y=~y2": 1.0,
    "M~A": 0.4, "M~B": -0.3, "Y~M": 0.5, "Y~A": 0.2, "A~~B": 0.25, "a1~~a2": 0.1, "b1~~m1": -0.05,
}  # fmt: skip


def chain(**changes: float) -> Population:
    """The chain model with some values changed."""
    return Population.of(Model.parse(CHAIN), CHAIN_VALUES | changes, name="chain")


def random_population(seed: int) -> tuple[Population, dict[str, np.ndarray]]:
    """A population of 5 constructs with random paths in a random causal order, and its matrices."""
    rng = np.random.default_rng(seed)
    m, k = 5, 3
    order = rng.permutation(m)
    b = np.zeros((m, m))
    for at in range(2, m):
        b[order[at], order[:at]] = rng.uniform(-0.35, 0.35, at) * (rng.random(at) < 0.7)
    loadings = rng.uniform(0.3, 0.95, m * k)
    correlation = rng.uniform(-0.5, 0.5)
    lines = [f"F{j} =~ " + " + ".join(f"x{j}{i}" for i in range(k)) for j in range(m)]
    lines += [f"F{j} ~ F{l}" for j, l in zip(*np.nonzero(b), strict=True)]
    model = Model.parse("\n".join(lines))
    values = {f"F{j}=~x{j}{i}": loadings[j * k + i] for j in range(m) for i in range(k)}
    values |= {f"F{j}~F{l}": b[j, l] for j, l in zip(*np.nonzero(b), strict=True)}
    exogenous = np.eye(m)
    free = [j for j in range(m) if not b[j].any()]
    exogenous[free[0], free[1]] = exogenous[free[1], free[0]] = correlation
    values[f"F{free[0]}~~F{free[1]}"] = correlation
    return Population.of(model, values), {"b": b, "loadings": loadings, "exogenous": exogenous}


def implied_by_hand(b: np.ndarray, loadings: np.ndarray, exogenous: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Phi = (I - B)^-1 Psi (I - B)^-T with Psi such that diag(Phi) = 1; Sigma = L Phi L' + Theta, blocks equal."""
    m = len(b)
    total = np.linalg.inv(np.eye(m) - b)
    endogenous = b.any(axis=1)
    psi = np.where(endogenous[:, None] | endogenous[None, :], 0.0, exogenous)
    # diag(Phi) = diag(T Psi_x T') + (T * T) d, which must be 1 where a disturbance d is free.
    missing = 1 - np.diag(total @ psi @ total.T)
    square = (total * total)[np.ix_(endogenous, endogenous)]
    psi[endogenous, endogenous] = np.linalg.solve(square, missing[endogenous])
    phi = total @ psi @ total.T
    pattern = np.kron(np.eye(m), np.ones((len(loadings) // m, 1))) * loadings[:, None]
    common = pattern @ phi @ pattern.T
    return phi, common + np.diag(1 - np.diag(common))


@pytest.mark.parametrize("seed", range(12))
def test_implied_moments_are_those_of_plain_matrix_algebra(seed: int) -> None:
    population, matrices = random_population(seed)
    phi, sigma = implied_by_hand(**matrices)
    # A handful of products and one inverse of well-conditioned 5 x 5 matrices.
    assert np.allclose(population.structure.construct_correlations, phi, rtol=0, atol=1e-13)
    assert np.allclose(population.structure.covariance, sigma, rtol=0, atol=1e-13)
    explained = 1 - np.diag((np.eye(5) - matrices["b"]) @ phi @ (np.eye(5) - matrices["b"]).T)
    endogenous = matrices["b"].any(axis=1)
    assert np.allclose(population.structure.r2[endogenous], explained[endogenous], rtol=0, atol=1e-13)
    assert not population.structure.r2[~endogenous].any()


def test_error_covariances_are_added_to_the_common_part() -> None:
    population = chain()
    without = Population.of(population.model, {k: v for k, v in CHAIN_VALUES.items() if k not in ("a1~~a2", "b1~~m1")})
    difference = population.structure.covariance - without.structure.covariance
    items = population.model.items
    expected = np.zeros((len(items), len(items)))
    for a, b, value in (("a1", "a2", 0.1), ("b1", "m1", -0.05)):
        expected[items.index(a), items.index(b)] = expected[items.index(b), items.index(a)] = value
    assert np.allclose(difference, expected, rtol=0, atol=1e-15)
    assert np.allclose(np.diag(population.structure.covariance), 1.0, rtol=0, atol=1e-15)


def test_moments_before_the_cut_are_standardised_and_without_sampling() -> None:
    population = chain()
    assert population.moments.n == np.inf
    assert not population.moments.means.any()
    assert np.array_equal(population.moments.covariances[0], population.structure.covariance)
    assert implied(population).likert_moments is population.moments


def test_moments_after_the_cut_lose_correlation_but_keep_signs() -> None:
    base = chain()
    cut = Population.of(base.model, CHAIN_VALUES, Scale.from_shares((0.1, 0.2, 0.4, 0.2, 0.1), len(base.model.items)))
    before, after = base.structure.covariance, implied(cut).likert_moments.correlations[0]
    apart = ~np.eye(len(before), dtype=bool) & (np.abs(before) > 1e-12)
    assert (np.abs(after[apart]) < np.abs(before[apart])).all()
    assert (np.sign(after[apart]) == np.sign(before[apart])).all()


def test_the_truth_of_every_kind_of_target() -> None:
    population = chain()
    # By hand: cor(A, M) = .4 - .3 * .25; cor(B, M) = .4 * .25 - .3; cor(Y, A) = .5 cor(A, M) + .2.
    am, bm = 0.4 - 0.3 * 0.25, 0.4 * 0.25 - 0.3
    ya, ym = 0.5 * am + 0.2, 0.5 + 0.2 * am
    variance = 1.4**2 + (1 - 0.8**2) + (1 - 0.6**2) + 2 * 0.1
    expected = {
        "M~B": -0.3,
        "Y~A": 0.2,
        "B=~b3": -0.5,
        "A~~B": 0.25,
        "M~~A": am,
        "A~~Y": ya,
        "B~~Y": 0.5 * bm + 0.2 * 0.25,
        "A->M->Y": 0.4 * 0.5,
        "r2(M)": 0.4 * am - 0.3 * bm,
        "r2(Y)": 0.5 * ym + 0.2 * ya,
        "ave(A)": (0.8**2 + 0.6**2) / 2,
        "rho_c(A)": 1.4**2 / variance,
        "alpha(A)": 2 * (1 - 2 / variance),
    }
    truth = population.truth([population.model.target(name) for name in expected])
    assert truth == pytest.approx(np.array(list(expected.values())), abs=1e-14)


def test_what_a_population_does_not_define_is_nan() -> None:
    population = Population.of(Model.parse("A =~ a1; B =~ b1\nB ~ A"), {"A=~a1": 1.0, "B=~b1": 0.8, "B~A": 0.5})
    names = ("A<~a1", "alpha(A)", "chisq")
    targets = [target for target in map(read_target, names) if target]
    assert len(targets) == 3
    assert np.isnan(population.truth(targets)).all()
    assert population.truth([population.model.target("rho_c(A)")])[0] == 1.0


@pytest.mark.parametrize("name", catalogue.names())
def test_every_population_of_the_catalogue_exists_and_names_its_source(name: str) -> None:
    population = catalogue.population(name)
    assert population.source
    assert np.linalg.eigvalsh(population.structure.covariance)[0] > 0
    assert np.allclose(np.diag(population.structure.covariance), 1.0, rtol=0, atol=1e-14)


@pytest.mark.parametrize("name", catalogue.names())
def test_every_population_of_the_catalogue_has_the_form_that_is_asked_of_users(name: str) -> None:
    PopulationFile.model_validate(catalogue.entry(name))


def test_a_perfectly_explained_construct_exists() -> None:
    population = Population.of(
        Model.parse("A =~ a1; B =~ b1; Y =~ y1; Z =~ z1\nY ~ A + B\nZ ~ A + B"),
        {"A=~a1": 1, "B=~b1": 1, "Y=~y1": 1, "Z=~z1": 1, "Y~A": 0.6, "Y~B": 0.8, "Z~A": 0.6, "Z~B": 0.8},
        Scale.from_shares((0.3, 0.4, 0.3), 4),
    )
    assert population.structure.r2[2:] == pytest.approx(np.ones(2), abs=1e-15)
    assert implied(population).likert_moments.correlations[0, 2, 3] == pytest.approx(1.0, abs=1e-13)


@pytest.mark.parametrize(
    ("changes", "parts"),
    [
        # .9^2 + .6^2 + 2 * .9 * .6 * .25 = 1.44
        ({"M~A": 0.9, "M~B": 0.6}, ["chain", "paths to M", "R2 = 1.44", "lower the paths"]),
        ({"A=~a1": 1.2, "B=~b1": -1.01}, ["loadings beyond 1", "a1 1.2", "b1 -1.01", "-1 to 1"]),
        ({"A~~B": 1.5}, ["A~~B is 1.5", "-1 to 1"]),
        # errors .36 and .64: the covariance .9 gives the smallest eigenvalue .5 - sqrt(.14^2 + .9^2) = -.4108
        ({"a1~~a2": 0.9}, ["error covariances", "-0.4108", "lower them"]),
        ({"A~~M": 0.3}, ["A~~M", "the paths fix this correlation", "A, B only"]),
        ({"M~C": 0.3}, ["M~C", "'C'"]),
        ({"Y~B": 0.3}, ["no path Y~B"]),
        ({"r2(M)": 0.3}, ["r2(M) is not a parameter", "path, loading, correlation"]),
        ({"A=~a1": float("nan")}, ["A=~a1 is nan", "finite number"]),
        ({"A=~a1": float("inf")}, ["A=~a1 is inf", "finite number"]),
        ({"A=~a1": "high"}, ["A=~a1 is 'high'", "number"]),
        ({"A=~a1": True}, ["A=~a1 is True", "number"]),
        ({"B ~~ A": 0.1}, ["B ~~ A is given twice"]),
        ({"a2~~a1": 0.1}, ["a2~~a1 is given twice"]),
        ({"A~~A": 0.5}, ["A~~A", "itself"]),
        ({"a1~~a1": 0.3}, ["a1~~a1", "two items"]),
    ],
)
def test_what_cannot_exist_is_refused_with_the_numbers(changes: dict[str, float], parts: list[str]) -> None:
    with pytest.raises(InputError) as caught:
        chain(**changes)
    for part in parts:
        assert part in str(caught.value)


def test_missing_values_are_all_named_at_once() -> None:
    given = {key: value for key, value in CHAIN_VALUES.items() if key not in ("A=~a2", "Y~M")}
    with pytest.raises(InputError, match=r"no value is given for A=~a2, Y~M; every loading, weight and path"):
        Population.of(Model.parse(CHAIN), given)


def test_construct_correlations_that_contradict_each_other_are_refused() -> None:
    model = Model.parse("A =~ a; B =~ b; C =~ c; Y =~ y\nY ~ A + B + C")
    values = {"A=~a": 1, "B=~b": 1, "C=~c": 1, "Y=~y": 1, "Y~A": 0.1, "Y~B": 0.1, "Y~C": 0.1}
    # Correlations .9, .9 and -.9 of three variables: eigenvalues 1.9, 1.9, -.8.
    clash = {"A~~B": 0.9, "A~~C": 0.9, "B~~C": -0.9}
    with pytest.raises(InputError, match=r"construct correlations are not positive definite .*-0\.8"):
        Population.of(model, values | clash, name="clash")


def test_thresholds_for_another_number_of_items_are_refused() -> None:
    with pytest.raises(InputError, match="thresholds for 3 items, the model has 9"):
        Population.of(Model.parse(CHAIN), CHAIN_VALUES, Scale(((0.0,),) * 3))


def test_thresholds_out_of_order_are_refused_with_the_numbers() -> None:
    with pytest.raises(InputError, match=r"item 4: the thresholds 0\.5, -0\.5 are out of order"):
        Population.of(Model.parse(CHAIN), CHAIN_VALUES, Scale(((-0.5, 0.5),) * 3 + ((0.5, -0.5),) * 6))
