"""Populations on scales of their own: moments against plain algebra, truth both ways, cuts at raw thresholds."""

from pathlib import Path

import numpy as np
import pytest
from scipy.special import ndtr

from estimators.methods import build
from sim import catalogue
from sim.answers.units import Units
from sim.batch import Batch
from sim.errors import InputError
from sim.implied.implied import implied
from sim.implied.marginals import marginals
from sim.parameters.raw import standardised
from sim.population.record import Population
from tests.worlds import MODEL

#: Robitzsch (2022), Study 2, one cross-loading of 0.3: errors keep their variances, so X1 has another than 1.
ROBITZSCH = """
solution = "raw"
model = '''
FX =~ X1 + X2 + X3
FY =~ Y1 + Y2 + Y3
'''
[values]
"FX=~*" = 0.55
"FY=~*" = 0.45
"FX~~FY" = 0.6
"FY=~X1" = 0.3
"X1~~X1" = 0.6975
"X2~~X2" = 0.6975
"X3~~X3" = 0.6975
"Y1~~Y1" = 0.7975
"Y2~~Y2" = 0.7975
"Y3~~Y3" = 0.7975
"""
RAW = """
solution = "raw"
model = '''
F =~ x1 + x2 + x3
H =~ z1 + z2 + z3
G =~ y1 + y2 + y3
G ~ F + H
x2 ~~ x3
'''
[values]
"F=~x1" = 2.0
"F=~x2" = -1.5
"F=~x3" = 1.0
"H=~*" = 0.8
"G=~*" = 1.2
"H=~x1" = 0.5
"F~~F" = 4.0
"H~~H" = 0.25
"F~~H" = 0.3
"G~F" = 0.4
"G~H" = -0.7
"G~~G" = 0.9
"x1~~x1" = 3.0
"x2~~x2" = 2.0
"x2~~x3" = -0.5
"x3~~x3" = 1.5
"y1~~y1" = 0.6
"y2~~y2" = 0.6
"y3~~y3" = 0.6
"x1~1" = 3.5
"F~1" = 1.0
"G~1" = 0.5
"""


def made(folder: Path, text: str) -> Population:
    path = folder / "own.toml"
    path.write_text(text, encoding="utf-8")
    return catalogue.population(str(path))


def plain() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Means, covariances, loadings and the constructs' covariances of RAW, by matrices."""
    loadings = np.zeros((9, 3))
    loadings[:3, 0], loadings[3:6, 1], loadings[6:, 2] = (2.0, -1.5, 1.0), 0.8, 1.2
    loadings[0, 1] = 0.5
    paths = np.zeros((3, 3))
    paths[2, :2] = 0.4, -0.7
    through = np.linalg.inv(np.eye(3) - paths)
    constructs = through @ np.array([[4.0, 0.3, 0.0], [0.3, 0.25, 0.0], [0.0, 0.0, 0.9]]) @ through.T
    errors = np.diag([3.0, 2.0, 1.5, *[1 - 0.64 * 0.25] * 3, 0.6, 0.6, 0.6])
    errors[1, 2] = errors[2, 1] = -0.5
    means = loadings @ through @ [1.0, 0.0, 0.5] + [3.5, *[0.0] * 8]
    return means, loadings @ constructs @ loadings.T + errors, loadings, constructs


def test_moments_are_those_of_the_raw_model(tmp_path: Path) -> None:
    population, (means, covariances, _, _) = made(tmp_path, RAW), plain()
    for moments in (population.moments, implied(population).likert_moments):
        assert np.abs(moments.means[0] - means).max() < 1e-13
        assert np.abs(moments.covariances[0] - covariances).max() < 1e-13
    told = marginals(population)[0]
    assert (told.mean, told.deviation) == pytest.approx((means[0], covariances[0, 0] ** 0.5))


def test_the_truth_is_told_standardised_and_raw(tmp_path: Path) -> None:
    """Raw: the first item of every block has loading 1, as lavaan has it."""
    population, (_, covariances, _, constructs) = made(tmp_path, RAW), plain()
    unit = np.array([2.0, 0.8, 1.2])
    names = ["F=~x1", "F=~x2", "G=~y2", "G~F", "F~~H", "total(F->G)", "r2(G)"]
    targets = [population.model.target(name) for name in names]
    raw = [1.0, -0.75, 1.0, 0.4 * unit[2] / unit[0], 0.3 * unit[0] * unit[1], 0.4 * unit[2] / unit[0]]
    explained = 1 - 0.9 / constructs[2, 2]
    assert population.truth(targets, "raw") == pytest.approx([*raw, explained], abs=1e-14)
    deviations, spread = np.sqrt(np.diag(covariances)), np.sqrt(np.diag(constructs))
    standard = [2.0 * spread[0] / deviations[0], -1.5 * spread[0] / deviations[1], 1.2 * spread[2] / deviations[7]]
    assert population.truth(targets)[:3] == pytest.approx(standard, abs=1e-14)
    assert population.truth(targets)[3] == pytest.approx(0.4 * spread[0] / spread[2], abs=1e-14)


def test_alpha_is_that_of_the_sum_of_raw_responses(tmp_path: Path) -> None:
    population, (_, covariances, _, _) = made(tmp_path, RAW), plain()
    own = covariances[6:, 6:]
    expected = 3 / 2 * (1 - np.trace(own) / own.sum())
    assert population.truth([MODEL.target("alpha(G)")])[0] == pytest.approx(expected, abs=1e-14)
    own = covariances[:3, :3]
    expected = 3 / 2 * (1 - np.trace(own) / own.sum())
    assert population.truth([MODEL.target("alpha(F)")])[0] == pytest.approx(expected, abs=1e-14)


def test_robitzschs_population_has_his_variances_and_lavaans_limit(tmp_path: Path) -> None:
    """Var(X1) = 0.55^2 + 0.3^2 + 2 0.55 0.3 0.6 + 0.6975 = 1.288; fitted without it: ML 0.72485, ULS 0.71591.

    Limits of lavaan 0.6-14 on the covariance matrix, to five digits.
    """
    population = made(tmp_path, ROBITZSCH)
    variances = np.diag(population.moments.covariances[0])
    assert variances == pytest.approx([1.288, 1, 1, 1, 1, 1], abs=1e-12)
    assert population.units == Units(0.0, {"X1": 1.288**0.5})
    target = population.model.target("FX~~FY")
    assert population.truth([target])[0] == 0.6
    for method, limit in (("ml", 0.72485), ("uls", 0.71591)):
        fitted = build(method, {}, 0.95).estimator
        found = fitted.fit(Batch.of_moments(population.moments), population.model, [target])
        assert found.value[0, 0] == pytest.approx(limit, abs=6e-6)


def test_thresholds_are_in_units_of_the_responses_and_shares_are_not(tmp_path: Path) -> None:
    text = RAW + "[scale]\nshares = [0.2, 0.5, 0.3]\n[scale.items]\nx1 = { thresholds = [3.0, 8.0] }\n"
    population, (means, covariances, _, _) = made(tmp_path, text), plain()
    at = (np.array([3.0, 8.0]) - means[0]) / covariances[0, 0] ** 0.5
    assert marginals(population)[0].shares == pytest.approx(np.diff([0.0, *ndtr(at), 1.0]), abs=1e-14)
    assert marginals(population)[4].shares == pytest.approx([0.2, 0.5, 0.3], abs=1e-14)


def test_without_variances_raw_is_standardised() -> None:
    values = {f"F=~x{i}": 0.7 for i in (1, 2, 3)} | {f"H=~z{i}": 0.6 for i in (1, 2, 3)}
    values |= {f"G=~y{i}": 0.8 for i in (1, 2, 3)} | {"G~F": 0.3, "G~H": 0.2, "F~~H": 0.4}
    found = standardised(MODEL, values)
    assert found.values == pytest.approx(values)
    assert set(found.means.values()) == {0.0}
    assert list(found.sds.values()) == pytest.approx([1.0] * 9)


def test_units_alone_change_scale_and_nothing_else(tmp_path: Path) -> None:
    """The same base draws the same responses: continuous answers are mean + sd times theirs."""
    base = 'base = "three-factors"\n'
    own, plainly = made(tmp_path, base + "[units]\nmeans = 4.0\nsds = 1.5\n"), catalogue.population("three-factors")
    assert own.truth(own.model.targets) == pytest.approx(plainly.truth(own.model.targets), abs=1e-14)
    assert own.moments.covariances == pytest.approx(2.25 * plainly.moments.covariances)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (RAW.replace('"x1~~x1" = 3.0', ""), "x1: its loadings give it variance"),
        (RAW.replace('"G~~G" = 0.9', '"G~~G" = -0.9'), "G~~G is -0.9; a variance is 0 or more"),
        (RAW.replace('"F~~F" = 4.0', '"F~~F" = 0.1'), "a correlation lies in -1 to 1"),
        (RAW + '"K~1" = 2\n', "K~1: name 'K' is not known"),
        (RAW + '"G~F:H" = 2\n', 'G~F:H: solution = "raw" knows loadings'),
        (RAW + "[units]\nsds = 2.0\n", "both say what units items have"),
        (RAW + '[after_cut]\n"alpha(F)" = 0.7\n', "[after_cut] solves for standardised loadings"),
        ('base = "three-factors"\n[units]\nsds = 0.0\n', "a standard deviation is above 0"),
        ('base = "three-factors"\n[units]\nsds = { q = 2.0 }\n', "units.sds: item 'q' is not known"),
        ('base = "three-factors"\n[units]\nsds = "wide"\n', "must be a number, or a table"),
        ('base = "crm-clusters"\n[units]\nmeans = "no"\n', "units.means"),
    ],
)
def test_what_cannot_be_is_told(text: str, told: str, tmp_path: Path) -> None:
    with pytest.raises(InputError) as error:
        made(tmp_path, text)
    assert told in str(error.value)


def test_a_solution_has_two_scales() -> None:
    with pytest.raises(InputError, match="'rough'"):
        catalogue.population("three-factors").truth([], "rough")
