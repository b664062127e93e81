"""Items of several constructs: moments against plain matrix algebra, the limit of a model without them, and draws."""

from pathlib import Path

import numpy as np
import pytest

from estimators.methods import build
from sim import catalogue
from sim.answers.likert import Scale
from sim.batch import Batch
from sim.errors import InputError
from sim.implied.marginals import after_cut
from sim.model import Model
from sim.population.record import Population
from sim.targets import Target, read_target
from tests.worlds import MODEL, VALUES

CROSSED = VALUES | {"H=~x1": 0.3, "F=~y2": -0.2}
BESIDE = VALUES | {"M=~x1": 0.4, "M=~z2": 0.3, "L=~y1": 0.3, "G=~x2": 0.2, "L~~M": 0.5}


def target(name: str) -> Target:
    found = read_target(name)
    assert found is not None
    return found


def test_moments_are_those_of_a_plain_factor_model() -> None:
    """Lambda Phi Lambda' off the diagonal, 1 on it, with every construct in Phi."""
    population = Population.of(MODEL, BESIDE, unmodelled=("M", "L"))
    phi = np.eye(5)
    phi[0, 1] = phi[1, 0] = 0.3
    phi[0, 2] = phi[2, 0] = 0.4 + 0.2 * 0.3
    phi[1, 2] = phi[2, 1] = 0.2 + 0.4 * 0.3
    phi[3, 4] = phi[4, 3] = 0.5
    loadings = np.zeros((9, 5))
    for i, value in enumerate((0.8, 0.7, 0.7, 0.75, 0.8, 0.65, 0.8, 0.8, 0.7)):
        loadings[i, i // 3] = value
    loadings[0, 3], loadings[4, 3], loadings[6, 4], loadings[1, 2] = 0.4, 0.3, 0.3, 0.2
    expected = loadings @ phi @ loadings.T
    np.fill_diagonal(expected, 1.0)
    assert np.abs(population.structure.covariance - expected).max() < 1e-15
    assert np.abs(population.structure.with_constructs - (loadings @ phi)[:, :3]).max() < 1e-15


def test_the_truth_tells_of_every_loading() -> None:
    population = Population.of(MODEL, BESIDE, unmodelled=("M", "L"))
    names = ["F=~x1", "M=~x1", "G=~x2", "M=~x3", "H=~x1", "L~~M", "M~~L", "M~~F", "G~F"]
    assert list(population.truth([target(name) for name in names])) == [0.8, 0.4, 0.2, 0.0, 0.0, 0.5, 0.5, 0.0, 0.4]
    assert population.no_truth(target("M=~x3")) is None


def test_ml_without_the_cross_loading_has_lavaans_limit() -> None:
    """lavaan 0.6-20, sem(..., sample.cov = S, sample.nobs = 1e6, sample.cov.rescale = FALSE), Newton steps to 1e-16.

    The population: X and Z correlate by 0.3, Y ~ 0.4 X + 0.3 Z, x3 measures Z by 0.3 too.
    """
    values = {f"X=~x{i}": value for i, value in enumerate((0.8, 0.7, 0.6), start=1)}
    values |= {f"Z=~z{i}": value for i, value in enumerate((0.75, 0.8, 0.65), start=1)}
    values |= {f"Y=~y{i}": value for i, value in enumerate((0.7, 0.8, 0.75), start=1)}
    model = Model.parse("X =~ x1 + x2 + x3\nZ =~ z1 + z2 + z3\nY =~ y1 + y2 + y3\nY ~ X + Z")
    population = Population.of(model, values | {"Y~X": 0.4, "Y~Z": 0.3, "X~~Z": 0.3, "Z=~x3": 0.3})
    targets = [model.target(name) for name in LAVAAN]
    found = build("ml", {}, 0.95).estimator.fit(Batch.of_moments(population.moments), model, targets).value[0]
    assert np.abs(found - list(LAVAAN.values())).max() < 1e-6


LAVAAN = {
    "X=~x1": 0.7561438445882801,
    "X=~x2": 0.6797164780155092,
    "X=~x3": 0.7497532607609441,
    "Z=~z1": 0.7500000399869661,
    "Y=~y2": 0.8000000037971924,
    "Y~X": 0.4289161575698965,
    "Y~Z": 0.23364483755092996,
    "X~~Z": 0.4344793515490882,
}


def test_answers_in_categories_shrink_every_loading_alike() -> None:
    """Without a cut the loadings stay; with one, each shrinks by what an item without cross-loadings shrinks by."""
    names = ("F=~x1", "F=~x2", "G=~y2")
    targets = tuple(MODEL.target(name) for name in names)
    uncut = Population.of(MODEL, CROSSED)
    assert np.abs(after_cut(uncut, targets) - [0.8, 0.7, 0.8]).max() < 1e-15
    cut = Population.of(MODEL, CROSSED, Scale.from_shares((0.1, 0.2, 0.4, 0.2, 0.1), 9))
    kept = after_cut(cut, targets) / [0.8, 0.7, 0.8]
    assert 0.9 < kept[1] < 1
    assert np.abs(kept - kept[1]).max() < 1e-14


def test_a_bifactor_population_is_one_of_specific_factors_beside_a_general_one() -> None:
    """The general factor and the specific ones change places without changing a moment."""
    items = [f"i{k}" for k in range(1, 7)]
    of_general = Model.parse(f"G =~ {' + '.join(items)}")
    values = {f"G=~{item}": 0.6 for item in items}
    values |= {f"S=~{item}": 0.4 for item in items[:3]} | {f"T=~{item}": 0.5 for item in items[3:]}
    general = Population.of(of_general, values, unmodelled=("S", "T"))
    of_specific = Model.parse(f"S =~ {' + '.join(items[:3])}\nT =~ {' + '.join(items[3:])}")
    specific = Population.of(of_specific, values, unmodelled=("G",))
    assert np.abs(general.structure.covariance - specific.structure.covariance).max() < 1e-15
    assert general.truth([target("S=~i1")])[0] == specific.truth([target("S=~i1")])[0] == 0.4


@pytest.mark.parametrize(
    ("values", "unmodelled", "told"),
    [
        ({"K=~x1": 0.3}, (), 'unmodelled = ["K"]'),
        ({"H=~x1": 0.7}, (), "x1: its loadings explain 1.466"),
        ({}, ("M",), "M has no item"),
        ({"M=~x1": 0.3, "F~~M": 0.2}, ("M",), "unrelated to the model's constructs"),
        ({"M=~x1": 0.3}, ("M", "M"), "names M twice"),
        ({"F=~z1": 0.3}, ("F",), "F is in the model already"),
        ({"H=~x1": 0.1, "H =~ x1": 0.1}, (), "given twice"),
        ({"M=~x1": 0.1, "L=~x1": 0.1, "L~~M": 1.2}, ("M", "L"), "a correlation lies in -1 to 1"),
    ],
)
def test_what_cannot_be_is_told(values: dict[str, float], unmodelled: tuple[str, ...], told: str) -> None:
    with pytest.raises(InputError) as error:
        Population.of(MODEL, {**VALUES, **values}, unmodelled=unmodelled)
    assert told in str(error.value)


def test_a_composites_items_measure_nothing_else() -> None:
    model = Model.parse("C <~ x1 + x2\nF =~ y1 + y2 + y3\nF ~ C")
    values = {"C<~x1": 1, "C<~x2": 1, "F=~y1": 0.8, "F=~y2": 0.8, "F=~y3": 0.8, "F~C": 0.4}
    for name in ("F=~x1", "C=~y1"):
        with pytest.raises(InputError, match="composite"):
            Population.of(model, values | {name: 0.2})


def test_a_file_says_so_among_its_values(tmp_path: Path) -> None:
    lines = "".join(f'"{name}" = {value}\n' for name, value in BESIDE.items())
    path = tmp_path / "mine.toml"
    path.write_text(f'unmodelled = ["M", "L"]\nmodel = """\n{MODEL.syntax}\n"""\n[values]\n{lines}', encoding="utf-8")
    read, made = catalogue.population(str(path)), Population.of(MODEL, BESIDE, unmodelled=("M", "L"))
    assert read.content == made.content
    assert "cross-loadings that no method fits: M=~x1 0.4" in read.words


def test_what_no_cross_loading_departs_from_is_as_it_was() -> None:
    assert "crossloadings" not in Population.of(MODEL, VALUES).content
    assert Population.of(MODEL, VALUES | {"H=~x1": 0.0}).content == Population.of(MODEL, VALUES).content
