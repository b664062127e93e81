"""A file of real answers as the population: its rows drawn with replacement, its moments the limits."""

from pathlib import Path

import numpy as np
import pytest
from scipy import optimize, stats

from estimators.methods import build
from sim import catalogue
from sim.batch import Batch
from sim.errors import InputError
from sim.model import Model
from sim.streams import Address
from sim.worlds.resampled import ResampledWorld

MINE = """
source = "a survey"
model = "F =~ a + b + c"

[answers]
file = "survey.csv"
"""
ROWS = [[1, 2, 1], [2, 2, 3], [4, 5, 4], [5, 4, 5], [3, 3, 2], [2, 1, 2], [5, 5, 5], [4, 3, 4]]


def found(folder: Path, rows: list[list[object]] | None = None, text: str = MINE) -> ResampledWorld:
    """The world of these rows, whose columns stand in another order than the model's items."""
    lines = ["c,id,a,b", *(f"{c},{i},{a},{b}" for i, (a, b, c) in enumerate(rows or ROWS))]
    (folder / "survey.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / "mine.toml").write_text(text, encoding="utf-8")
    world = catalogue.world(str(folder / "mine.toml"))
    assert isinstance(world, ResampledWorld)
    return world


def test_every_drawn_row_is_a_row_of_the_file_and_all_come_alike(tmp_path: Path) -> None:
    world = found(tmp_path)
    drawn = np.asarray(world.draw_block(500, Address(1, "b" * 64), 0, 20).raw).reshape(-1, 3)
    rows, counts = np.unique(drawn, axis=0, return_counts=True)
    assert sorted(map(tuple, rows)) == sorted(map(tuple, ROWS))
    # 10,000 draws of 8 rows: 1250 each, standard deviation sqrt(10000 * 7/64) = 33
    assert np.all(np.abs(counts - 1250) < 5 * 33)


def test_its_moments_are_those_of_the_rows(tmp_path: Path) -> None:
    world = found(tmp_path)
    before, after = world.limits(False, False)
    assert np.allclose(before.moments.covariances[0], np.cov(np.array(ROWS).T, ddof=0), atol=1e-14)
    assert np.allclose(after.moments.means[0], np.mean(ROWS, axis=0))
    assert world.categories == (5, 5, 5)


def test_the_first_data_sets_do_not_depend_on_how_many_there_are(tmp_path: Path) -> None:
    world, at = found(tmp_path), Address(3, "c" * 64)
    few, many = (np.asarray(world.draw_block(30, at, 2, size).raw) for size in (2, 7))
    assert np.array_equal(few, many[:2])


def test_methods_on_polychorics_have_the_limit_that_they_give_for_all_respondents() -> None:
    rng = np.random.default_rng(11)
    factor = rng.standard_normal((400, 1))
    answers = np.digitize(0.7 * factor + 0.7 * rng.standard_normal((400, 4)), [-1.0, -0.2, 0.6]) + 1.0
    model = Model.parse("F =~ a + b + c + d")
    world = ResampledWorld("w", "s", "t", answers, model)
    moments = Batch.of_moments(world.limits(True, False)[1].moments)
    # Exact for unit weights. WLSMV takes its weights from answers, which moments do not hold: its limit has equal ones.
    for name, apart in (("ulsmv", 1e-9), ("wlsmv", 0.01)):
        method = build(name, {}, 0.95).estimator.without_inference()
        limit, whole = (method.fit(batch, model).value[0] for batch in (moments, Batch.of(answers[None])))
        known = [not np.isnan(value) for value in limit]
        np.testing.assert_allclose(limit[known], whole[known], atol=apart)
    np.testing.assert_allclose(world.polychoric_moments.covariances[0], polychorics(answers), atol=1e-6)


def polychorics(answers: np.ndarray) -> np.ndarray:
    """Two-step polychoric correlations by a plain search, one pair at a time."""
    p = answers.shape[1]
    found = np.eye(p)
    for i in range(p):
        for k in range(i):
            found[i, k] = found[k, i] = polychoric(answers[:, i], answers[:, k])
    return found


def polychoric(first: np.ndarray, second: np.ndarray) -> float:
    """The correlation at which a bivariate normal, cut where the margins are, makes the pairs of answers likeliest."""
    table = np.array([[np.mean((first == a) & (second == b)) for b in range(1, 5)] for a in range(1, 5)])
    x, y = ([-8.0, *stats.norm.ppf(np.cumsum(table.sum(axis=1 - side))[:-1]), 8.0] for side in (0, 1))

    def distance(rho: float) -> float:
        normal = stats.multivariate_normal([0, 0], [[1, rho], [rho, 1]])
        below = np.array([[normal.cdf([a, b]) for b in y] for a in x])
        cells = below[1:, 1:] - below[:-1, 1:] - below[1:, :-1] + below[:-1, :-1]
        return -float((table * np.log(np.maximum(cells, 1e-300))).sum())

    found = optimize.minimize_scalar(distance, bounds=(-0.99, 0.99), method="bounded", options={"xatol": 1e-9})
    return float(found.x)


def test_a_saturated_model_holds_and_has_a_truth(tmp_path: Path) -> None:
    world = found(tmp_path)
    target = world.model.target("F=~a")
    r = np.corrcoef(np.array(ROWS).T)
    assert world.holds  # three items: the model is just identified, lambda_a^2 = r_ab r_ac / r_bc
    assert world.truth([target], 50)[0] == pytest.approx(np.sqrt(r[0, 1] * r[0, 2] / r[1, 2]), abs=1e-7)


def test_missing_answers_are_refused_or_left_out(tmp_path: Path) -> None:
    rows = [*ROWS, [1, "", 2]]
    with pytest.raises(InputError, match="listwise"):
        found(tmp_path, rows)
    assert len(found(tmp_path, rows, MINE + 'missing = "listwise"\n').answers) == len(ROWS)


@pytest.mark.parametrize("section", ["[scale]\ncategories = 5", "[responses]\ncareless = 0.1", "[units]\nsds = 2.0"])
def test_real_answers_are_taken_as_they_are(tmp_path: Path, section: str) -> None:
    with pytest.raises(InputError, match="leave"):
        found(tmp_path, text=MINE + section)
