"""Parameters drawn anew for every data set: their distributions, each data set's own truth, and reproducible draws."""

from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from sim import catalogue
from sim.errors import InputError
from sim.parameters.drawn import Draw
from sim.streams import Address, content_key
from sim.worlds.varying import VaryingWorld
from tests.worlds import MODEL

ADDRESS = Address(3, content_key({"drawn": 1}))
DRAWN = """
"*=~*" = 0.7
"F=~x1" = { uniform = [0.5, 0.9] }
"G=~?" = 0.2
"G~F" = { normal = [0.3, 0.1], between = [0.0, 0.5] }
"G~H" = 0.2
"F~~H" = 0.3
"""


def world(folder: Path, values: str = DRAWN, more: str = "") -> VaryingWorld:
    path = folder / "own.toml"
    path.write_text(f'model = """\n{MODEL.syntax}\n"""\n[values]\n{values}{more}', encoding="utf-8")
    found = catalogue.world(str(path))
    assert isinstance(found, VaryingWorld)
    return found


def targets(*names: str) -> list:
    return [MODEL.target(name) for name in names]


def test_quantiles_are_those_of_scipys_distributions() -> None:
    normal = Draw(0.0, 0.5, 0.3, 0.1)
    other = stats.truncnorm(-3.0, 2.0, 0.3, 0.1)
    for u in (0.0, 0.01, 0.3, 0.5, 0.99):
        assert normal.at(u) == pytest.approx(other.ppf(u), abs=1e-12)
        assert Draw(0.5, 0.9).at(u) == pytest.approx(0.5 + 0.4 * u)


def test_every_data_set_has_a_truth_of_its_own(tmp_path: Path) -> None:
    """256 sets: x1's loading is uniform, one of G's loadings is 0.2 in each, and each of the three about as often.

    The share of an item has SE sqrt(2/9/256) = 0.03; mean and variance of the uniform lie within 4 SE of 0.7 and
    0.4^2/12 (SE of the mean 0.1155/sqrt(256); of the variance sqrt((0.4^4/80 - (0.4^2/12)^2)/256) = 0.00075).
    """
    own = world(tmp_path)
    of = targets("F=~x1", "G=~y1", "G=~y2", "G=~y3", "G~F", "F=~x2", "r2(G)")
    found = own.truth_of_data(own.draw_block(5, ADDRESS, 0), of)
    assert abs(found["F=~x1"].mean() - 0.7) < 4 * 0.1155 / 256**0.5
    assert abs(found["F=~x1"].var() - 0.4**2 / 12) < 4 * 0.00075
    bad = np.array([found[f"G=~y{i}"] == 0.2 for i in (1, 2, 3)])
    assert (bad.sum(axis=0) == 1).all()
    assert (np.abs(bad.mean(axis=1) - 1 / 3) < 4 * 0.03).all()
    assert (found["F=~x2"] == 0.7).all()
    b, r = found["G~F"], 0.3
    assert found["r2(G)"] == pytest.approx(b**2 + 0.04 + 2 * b * 0.2 * r, abs=1e-12)


def test_draws_follow_the_parameters_of_their_data_set(tmp_path: Path) -> None:
    """Correlations of x1 and x2 in sets of 4000 lie by 0.7 times the set's loading, with SE below 1/sqrt(4000)."""
    own = world(tmp_path)
    drawn = own.draw_block(4000, ADDRESS, 0, 40)
    loadings = own.truth_of_data(drawn, targets("F=~x1"))["F=~x1"]
    away = drawn.moments.correlations[:, 0, 1] - 0.7 * loadings
    assert np.abs(away).max() < 4.5 / 4000**0.5
    assert abs(away.mean()) < 4 / (4000 * 40) ** 0.5


def test_the_first_data_sets_do_not_depend_on_how_many_are_drawn(tmp_path: Path) -> None:
    own = world(tmp_path, more="[scale]\ncategories = 5\n[missing]\nshare = 0.1\n")
    few, many = own.draw_block(20, ADDRESS, 1, 3), own.draw_block(20, ADDRESS, 1)
    assert np.array_equal(few.answers, many.answers[:3])
    assert list(few.replications) == [256, 257, 258]
    assert few.missing is not None
    of = targets("G~F")
    assert np.array_equal(own.truth_of_data(few, of)["G~F"], own.truth_of_data(many, of)["G~F"][:3])
    assert not np.array_equal(many.answers[0], own.draw_block(20, ADDRESS, 0, 1).answers[0])


def test_the_truth_is_the_expected_one(tmp_path: Path) -> None:
    """Over 500 parameter sets: the uniform's mean within 4 SE, 0.1155 / sqrt(500); 0.7 itself where nothing varies."""
    own = world(tmp_path)
    assert own.truth(targets("F=~x1"), 50)[0] == pytest.approx(0.7, abs=4 * 0.1155 / 500**0.5)
    assert own.truth(targets("F=~x2", "F~~H"), 50) == pytest.approx([0.7, 0.3])
    assert own.limits(False, False) == []
    assert "F=~x1 uniform 0.5 to 0.9" in own.words
    assert own.content["drawn"]["G=~?"] == [0.2, 0.2, 0.0, 0.0]


def test_a_file_without_draws_is_no_such_world() -> None:
    assert not catalogue.world("three-factors").varies


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ('"F=~x1" = { uniform = [0.9, 0.5] }', "F=~x1: from 0.9 to 0.5 given"),
        ('"F=~x1" = { uniform = [0.9] }', "F=~x1.uniform: [0.9] given"),
        ('"F=~x1" = { unifrom = [0.5, 0.9] }', "F=~x1: unifrom given"),
        ('"F=~x1" = { normal = [0.5, 0.1] }', "F=~x1: normal given"),
        ('"F=~x1" = { normal = [0.5, 0.0], between = [0.4, 0.6] }', "SD 0 given"),
        ('"F=~x1" = { normal = [5.0, 0.1], between = [0.4, 0.6] }', "hardly ever between"),
        ('"F=~x1" = "high"', "must be a number"),
        ('"K=~?" = 0.3', "construct 'K' is not known"),
        ('"F=~x1" = { uniform = [0.5, 1.4] }', "narrow what is drawn"),
        (
            '"F=~x1" = { uniform = [0.5, 0.9] }\n[model_error]\nrmsea = 0.05',
            "do not go with model_error",
        ),
        (
            '"F=~x1" = { uniform = [0.5, 0.9] }\n[after_cut]\n"alpha(H)" = 0.7',
            "do not go with after_cut",
        ),
        (
            '"F=~x1" = { uniform = [0.5, 0.9] }\n[sampling]\npopulation_size = 900',
            "do not go with sampling",
        ),
    ],
)
def test_what_cannot_be_drawn_is_told(values: str, told: str, tmp_path: Path) -> None:
    rest = '"*=~*" = 0.7\n"G~*" = 0.2\n'
    with pytest.raises(InputError) as error:
        world(tmp_path, rest + values + "\n")
    assert told in str(error.value)
