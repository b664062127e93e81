"""Populations of published studies: what methods give on their exact moments, as printed or by formula."""

from typing import Any

import numpy as np
import pytest

from estimators.methods import build
from sim import catalogue
from sim.batch import Batch
from sim.model import Model
from sim.population.record import Population

TIGHT = {"tolerance": 1e-12, "max_iterations": 5000}


def limits(population: Population, method: str, targets: list[str]) -> list[float]:
    """What a method gives on the population's own moments."""
    estimator = build(method, TIGHT if method in ("pls", "plsc") else {}, 0.95).estimator.without_inference()
    model = population.model
    fit = estimator.fit(Batch.of_moments(population.moments), model, [model.target(name) for name in targets])
    return [float(value) for value in fit.value[0]]


WEIGHTS = ["A<~a1", "A<~a2", "A<~a3"]


@pytest.mark.parametrize(
    ("name", "weights", "path"),
    [("ronkko-2023", (0.410, 0.410, 0.410), 0.223), ("ronkko-2023-errors", (0.506, 0.324, 0.395), 0.236)],
)
def test_two_cross_correlations_move_mode_a_and_leave_unit_weights_alone(
    name: str, weights: tuple[float, ...], path: float
) -> None:
    population = catalogue.population(name)
    # Printed to three decimals.
    np.testing.assert_allclose(limits(population, "pls", [*WEIGHTS, "B~A"]), [*weights, path], atol=5.1e-4)
    np.testing.assert_allclose(limits(population, "sumscores", ["B~A"]), [0.223], atol=5.1e-4)
    cross = population.structure.covariance[:3, 3:]
    moved = np.diag([0.1, -0.1, 0.0]) if name.endswith("errors") else np.zeros((3, 3))
    np.testing.assert_allclose(cross, 0.147 + moved, atol=1e-15)


@pytest.mark.parametrize("name", ["kock-2019", "three-factors"])
def test_consistent_pls_returns_every_path_and_loading(name: str) -> None:
    population = catalogue.population(name)
    targets = [target for target in population.model.targets if target.kind in ("path", "loading")]
    found = limits(population, "plsc", [target.name for target in targets])
    np.testing.assert_allclose(found, population.truth(targets), atol=1e-6)


def two_blocks(loadings: tuple[float, ...]) -> Population:
    """Two constructs with the same loadings and the path 0.30."""
    items = range(1, len(loadings) + 1)
    model = Model.parse("\n".join(f"{c} =~ " + "+".join(f"{c}{i}" for i in items) for c in "AB") + "\nB ~ A")
    values = {f"{c}=~{c}{i}": loading for c in "AB" for i, loading in zip(items, loadings, strict=True)}
    return Population.of(model, values | {"B~A": 0.30})


#: Loadings; omega; Q2 of mode A; AVE, true and by PLS; paths by sum scores and by PLS.
ANALYTIC = [
    ((0.5, 0.5, 0.5), 0.5000, 0.5000, 0.250, 0.500, None, None),
    ((0.7, 0.7, 0.7), 0.7424, 0.7424, 0.490, 0.660, 0.222727, 0.222727),
    ((0.7, 0.8, 0.9), 0.8446, 0.8558, 0.647, 0.758, 0.253372, 0.256737),
    ((0.5, 0.6, 0.7, 0.8), 0.7494, 0.7712, 0.435, 0.566, 0.224834, 0.231362),
    ((0.4, 0.6, 0.8), 0.6378, 0.6933, 0.387, 0.564, None, None),
]


@pytest.mark.parametrize("row", ANALYTIC)
def test_reliabilities_and_paths_of_common_factor_blocks(row: tuple[Any, ...]) -> None:
    loadings, omega, q2, ave, ave_pls, by_sums, by_pls = row
    population = two_blocks(loadings)
    true = population.truth([population.model.target(name) for name in ("rho_c(A)", "ave(A)")])
    assert abs(true[0] - omega) < 5.1e-5
    assert abs(true[1] - ave) < 5.1e-4
    l2 = np.square(loadings)
    formula = l2.sum() ** 2 / (l2.sum() ** 2 + (l2 * (1 - l2)).sum())
    assert abs(formula - q2) < 5.1e-5
    path, found_ave = limits(population, "pls", ["B~A", "ave(A)"])
    assert abs(path - 0.30 * formula) < 1e-9
    assert abs(found_ave - ave_pls) < 5.1e-4
    (sums,) = limits(population, "sumscores", ["B~A"])
    assert abs(sums - 0.30 * true[0]) < 1e-12
    if by_sums is not None:
        assert abs(sums - by_sums) < 6e-7
        assert abs(path - by_pls) < 6e-7


@pytest.mark.parametrize("scheme", ["path", "centroid", "factorial"])
def test_mode_a_weights_are_proportional_to_loadings_whatever_the_scheme(scheme: str) -> None:
    population = catalogue.population("three-factors")
    model = population.model
    estimator = build("pls", TIGHT | {"scheme": scheme}, 0.95).estimator
    targets = [model.target(f"{block.construct}<~{item}") for block in model.blocks for item in block.items]
    weights = estimator.fit(Batch.of_moments(population.moments), model, targets).value[0]
    ratio = weights / population.loadings
    for j in range(3):
        np.testing.assert_allclose(ratio[model.block_of == j], ratio[model.block_of == j][0], rtol=1e-9)


def test_three_equal_indicators_pass_the_0_70_rule_from_0_485_on() -> None:
    for loading, passes in ((0.484, False), (0.486, True)):
        (found,) = limits(two_blocks((loading,) * 3), "pls", ["A=~A1"])
        assert abs(found - np.sqrt((1 + 2 * loading**2) / 3)) < 1e-10
        assert (found >= 0.70) is passes
