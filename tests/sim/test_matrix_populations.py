"""Populations that are a covariance or correlation matrix: how it is written, what is true, what is drawn, refusals."""

from pathlib import Path

import numpy as np
import pytest

from estimators.methods import build
from sim import catalogue
from sim.answers.likert import Scale
from sim.batch import Batch, Moments
from sim.errors import InputError
from sim.implied.misfit import nearest
from sim.model import Model
from sim.parameters.matrix import MatrixTable, moments_given
from sim.population.record import Population
from sim.streams import Address
from sim.worlds.matrix import MatrixWorld

MODEL = """
F =~ x1 + x2 + x3
G =~ y1 + y2 + y3
G ~ F
"""
VALUES = {
    **{"F=~x1": 0.8, "F=~x2": 0.7, "F=~x3": 0.6, "G=~y1": 0.7, "G=~y2": 0.5, "G=~y3": 0.6},
    "G~F": 0.4,
}
ITEMS = ("x1", "x2", "x3", "y1", "y2", "y3")
SDS = np.array([1.5, 1.0, 0.7, 2.0, 1.0, 1.2])


def parameters() -> Population:
    """The population that the exact matrices here are of."""
    return Population.of(Model.parse(MODEL), VALUES)


def content(matrix: object, model: str = MODEL, **sections: object) -> dict[str, object]:
    """What a population file with this matrix holds."""
    return {"title": "m", "source": "here", "model": model, "covariance": {"matrix": matrix}, **sections}


def world(matrix: object, model: str = MODEL, **sections: object) -> MatrixWorld:
    found = catalogue.world("m", content=content(matrix, model, **sections))
    assert isinstance(found, MatrixWorld)
    return found


def exact() -> list[list[float]]:
    return [list(map(float, row)) for row in parameters().structure.covariance]


# --- how it is written ---

WAYS: dict[str, MatrixTable] = {
    "full": MatrixTable(matrix=[[1.0, 0.5, 0.3], [0.5, 1.0, 0.2], [0.3, 0.2, 1.0]]),
    "triangle": MatrixTable(matrix=[[1], [0.5, 1], [0.3, 0.2, 1]]),
    "text": MatrixTable(matrix="1\n.5 1\n.3 .2 1"),
    "names in the first row": MatrixTable(matrix="a,b,c\n1,.5,.3\n.5,1,.2\n.3,.2,1"),
    "names in the first column": MatrixTable(matrix='"a" 1\n"b" .5 1\n"c" .3 .2 1'),
    "names beside and above": MatrixTable(matrix=";a;b;c\na;1;.5;.3\nb;.5;1;.2\nc;.3;.2;1"),
    "other order": MatrixTable(matrix="c a b\n1 .3 .2\n.3 1 .5\n.2 .5 1"),
    "covariances": MatrixTable(matrix=[[4.0], [1.0, 1.0], [0.6, 0.2, 1.0]]),
}


@pytest.mark.parametrize("way", WAYS)
def test_every_way_to_write_a_matrix_is_the_same_matrix(way: str) -> None:
    found = moments_given(WAYS[way], ("a", "b", "c"))
    assert found.items == ("a", "b", "c")
    assert np.allclose(found.correlations, [[1, 0.5, 0.3], [0.5, 1, 0.2], [0.3, 0.2, 1]], atol=1e-15)
    assert np.allclose(found.sds, [2.0 if way == "covariances" else 1.0, 1.0, 1.0])


def test_a_file_beside_the_population_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "table.csv").write_text("a,b\n1,0.25\n0.25,1\n", encoding="utf-8")
    file = tmp_path / "mine.toml"
    file.write_text('[covariance]\nfile = "table.csv"\nsds = { a = 3.0 }\nmeans = 2.0\n', encoding="utf-8")
    found = catalogue.world(str(file))
    assert found.columns == ("a", "b")
    assert np.allclose(found.population.moments.covariances[0], [[9.0, 0.75], [0.75, 1.0]])
    assert np.allclose(found.population.moments.means[0], [2.0, 2.0])


REFUSED: dict[str, tuple[MatrixTable, list[str]]] = {
    "none": (MatrixTable(), ["no matrix is given", "`matrix` or `file`"]),
    "not positive": (MatrixTable(matrix="1\n.9 1\n-.9 .9 1"), ["no covariance matrix", "smallest eigenvalue", "-0.8"]),
    "not symmetric": (MatrixTable(matrix="1 .5 .1\n.5 1 .2\n.1 .3 1"), ["row 2, column 3", "0.2", "0.3", "symmetric"]),
    "ragged": (MatrixTable(matrix="1\n.5 1\n.3 1"), ["1, 2, 2 numbers", "lower triangle"]),
    "no number": (MatrixTable(matrix="1\n.5 1\n.3 - 1"), ["'-'", "is no number"]),
    "no variance": (MatrixTable(matrix="1\n0 0\n.3 0 1"), ["b has variance 0", "above 0"]),
    "too few": (MatrixTable(matrix="1\n.5 1"), ["2 rows", "3 items", "covariance.items"]),
    "another item": (MatrixTable(matrix="a b d\n1 0 0\n0 1 0\n0 0 1"), ["lacks an item of the model", "'c'", "d"]),
    "twice": (MatrixTable(matrix="1\n.5 1\n.3 .2 1", items=["a", "b", "a"]), ["names an item twice"]),
    "empty": (MatrixTable(matrix=""), ["has no rows"]),
    "beyond reason": (MatrixTable(matrix="1e300\n.5 1\n.3 .2 1"), ["variances lie between"]),
    "two scales": (MatrixTable(matrix="4\n1 1\n.6 .2 1", sds=2.0), ["covariance.sds", "leave one out"]),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_no_covariance_matrix_is_told_with_one_message(case: str) -> None:
    table, parts = REFUSED[case]
    with pytest.raises(InputError) as told:
        moments_given(table, ("a", "b", "c"))
    for part in parts:
        assert part in str(told.value)


@pytest.mark.parametrize(
    ("sections", "part"),
    [
        ({"model_error": {"rmsea": 0.05}}, "model_error"),
        ({"units": {"sds": 2.0}}, "units"),
        ({"after_cut": {"alpha(F)": 0.8}}, "after_cut"),
        ({"responses": {"single_informant": 0.1}}, "single_informant"),
    ],
)
def test_what_needs_constructs_is_refused(sections: dict[str, object], part: str) -> None:
    with pytest.raises(InputError, match=part):
        world(exact(), **sections)


# --- what is true ---


def test_where_the_model_holds_its_parameters_are_the_truth() -> None:
    plain = parameters()
    sds = dict(zip(ITEMS, SDS, strict=True))
    given = catalogue.world("m", content=content((parameters().structure.covariance * np.outer(SDS, SDS)).tolist()))
    raw = catalogue.world(
        "r", content={"title": "", "source": "", "model": MODEL, "values": VALUES, "units": {"sds": sds}}
    )
    names = ["G~F", "F=~x2", "G=~y3", "r2(G)", "alpha(F)", "rho_c(G)", "ave(F)", "htmt(F,G)", "x1~~x1", "F~~F"]
    targets = [plain.model.target(name) for name in names]
    assert given.holds
    # 1e-7: the least discrepancy is found to rounding, 1e-15, and parameters to its root
    for solution in ("standardised", "raw"):
        assert np.allclose(given.truth(targets, 10, solution), raw.truth(targets, 10, solution), atol=1e-7)


def test_where_it_does_not_hold_moments_alone_have_a_truth() -> None:
    matrix = parameters().structure.covariance.copy()
    matrix[0, 1] = matrix[1, 0] = 0.3
    found = world(matrix.tolist())
    of = found.model.target
    assert not found.holds
    assert np.isnan(found.truth([of("G~F"), of("F=~x1"), of("r2(G)")], 10)).all()
    block = matrix[:3, :3]
    assert found.truth([of("alpha(F)")], 10)[0] == pytest.approx(3 / 2 * (1 - np.trace(block) / block.sum()), abs=1e-12)
    assert found.no_truth(of("alpha(F)")) is None
    assert "judged by its own limit" in str(found.no_truth(of("G~F")))


@pytest.mark.parametrize(
    "model",
    ["F <~ x1 + x2 + x3\nG =~ y1 + y2 + y3\nG ~ F", "F =~ x1 + x2\nG =~ x3 + y1\nI =~ y2 + y3\nH =~ F + G + I"],
)
def test_composites_and_second_order_constructs_have_no_truth_of_their_own(model: str) -> None:
    found = world(exact(), model)
    values = found.truth(found.model.targets, 10)
    assert not found.holds
    assert np.isnan(values[[t.kind in ("path", "loading", "r2") for t in found.model.targets]]).all()
    told = found.no_truth(next(t for t in found.model.targets if t.kind == "loading"))
    assert "is no common factor of items" in str(told)


def test_the_nearest_parameters_are_those_of_maximum_likelihood() -> None:
    matrix = parameters().structure.covariance.copy()
    matrix[0, 3] = matrix[3, 0] = 0.35
    model = Model.parse(MODEL)
    found = nearest(model, matrix)
    assert found is not None
    moments = Batch.of_moments(Moments(np.zeros((1, 6)), matrix[None], np.inf))
    limit = build("ml", {}, 0.95, Path()).estimator.fit(moments, model).value[0]
    targets = {target.name: value for target, value in zip(model.targets, limit, strict=False)}
    assert found.furthest > 0.05
    for i, name in enumerate(ITEMS):
        assert found.loadings[i] == pytest.approx(targets[f"{'F' if i < 3 else 'G'}=~{name}"], abs=1e-6)
    assert found.paths[1, 0] == pytest.approx(targets["G~F"], abs=1e-6)


# --- what is drawn ---


def test_answers_have_the_covariances() -> None:
    found = world((parameters().structure.covariance * np.outer(SDS, SDS)).tolist())
    drawn = np.asarray(found.draw_block(4000, Address(1, "a" * 64), 0, 10).raw)
    wanted = parameters().structure.covariance * np.outer(SDS, SDS)
    got = np.cov(drawn.reshape(-1, 6).T)
    # variance of a covariance of normals: (s_ii s_kk + s_ik^2) / n; 5 standard errors over 21 numbers
    error = np.sqrt((np.outer(np.diag(wanted), np.diag(wanted)) + wanted**2) / 40_000)
    assert np.all(np.abs(got - wanted) < 5 * error)


def test_the_cut_acts_as_on_the_same_population_with_parameters() -> None:
    scale = {"shares": [0.1, 0.2, 0.4, 0.2, 0.1]}
    found = world(exact(), scale=scale)
    same = catalogue.world("v", content={"title": "", "source": "", "model": MODEL, "values": VALUES, "scale": scale})
    assert found.categories == same.categories == (5,) * 6
    for given, known in zip(found.limits(False, False), same.limits(False, False), strict=True):
        assert np.allclose(given.moments.covariances, known.moments.covariances, atol=1e-10)


def test_a_matrix_without_a_model_has_one_construct_an_item() -> None:
    found = world(exact(), model="")
    assert found.columns == ("x1", "x2", "x3", "x4", "x5", "x6")
    assert found.truth([found.model.target("x1_c~~x2_c")], 10)[0] == pytest.approx(exact()[0][1])
    assert Scale.continuous() == found.population.scale


def test_mechanisms_of_responses_act_on_a_matrix() -> None:
    found = world(
        exact(),
        distribution={"items": "vale-maurelli", "skewness": 1.0, "kurtosis": 2.0},
        responses={"acquiescence": 0.1},
        missing={"share": 0.2},
    )
    drawn = np.asarray(found.draw_block(4000, Address(1, "d" * 64), 0, 10).answers).reshape(-1, 6)
    share = float(np.isnan(drawn).mean())
    assert abs(share - 0.2) < 5 * np.sqrt(0.16 / 240_000)
    seen = drawn[:, 0][~np.isnan(drawn[:, 0])]
    # skewness of n draws has variance of about (15 + ...) / n < 60 / n for such tails
    assert abs(float(((seen - seen.mean()) ** 3).mean() / seen.std() ** 3) - 1.0) < 5 * np.sqrt(60 / len(seen))
    told = found.limits(False, False)[1].moments.covariances[0]
    both = ~np.isnan(drawn[:, :2]).any(axis=1)
    got = np.corrcoef(drawn[both, :2].T)[0, 1]
    # 0.9 times the correlation and 0.1 that all answers share
    assert told[0, 1] == pytest.approx(0.9 * exact()[0][1] + 0.1, abs=1e-9)
    assert abs(got - told[0, 1]) < 5 * 1.5 * (1 - told[0, 1] ** 2) / np.sqrt(both.sum())


def test_there_are_no_constructs_to_show() -> None:
    with pytest.raises(InputError, match=r"known by its \[covariance\]"):
        catalogue.population("m", content=content(exact()))
