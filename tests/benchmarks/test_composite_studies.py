"""The catalogue studies of fit tests and group tests: levels where nothing differs, power where something does.

With LOADSTONE_FULL=1 levels are those of 2,000 data sets, as docs/groups.md tells them; else of their first 128.
"""

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import pytest

import loadstone
from benchmarks.run.estimating import Fitting
from benchmarks.run.replay import replay
from benchmarks.study import study
from estimators.methods import build
from sim.batch import Floats
from sim.drawing.draw import draw_block
from sim.model import Model
from sim.population.record import Population
from sim.streams import Address
from tests.full import FULL

REPLICATIONS = 2000 if FULL else 128
LEVEL = 0.05


def p_values(name: str, place: int, method: str, targets: Sequence[str]) -> Floats:
    """p-values (R, q) of one method in the first data sets of a cell, by its place in the study."""
    loaded = study.load(name)
    cell = loaded.cells[place]
    own = loaded.at(cell)
    chosen = next(each for each in own.methods if each.name == method)
    found: list[Floats] = []
    for block in range(-(-REPLICATIONS // 256)):
        size = min(256, REPLICATIONS - 256 * block)
        fit = Fitting().fit(own, chosen, cell.draw_block(loaded.address(cell), block, size))
        found.append(fit.p_value[:, [fit.column(target) for target in targets]])
    return np.concatenate(found)


def rates(p: Floats) -> Floats:
    """How often each is rejected, among those that have a p-value."""
    return np.asarray((p <= LEVEL + 1e-12).sum(axis=0) / (~np.isnan(p)).sum(axis=0))


def beyond(p: Floats, nominal: float = LEVEL) -> Floats:
    """By how many Monte Carlo errors each rate lies above the nominal level."""
    counts = (~np.isnan(p)).sum(axis=0)
    return np.asarray((rates(p) - nominal) / np.sqrt(nominal * (1 - nominal) / counts))


ALIKE = (
    "group_difference(Y~X)",
    "micom_c(X)",
    "micom_c(Y)",
    "micom_mean(X)",
    "micom_variance(X)",
    "groups_d_g",
    "groups_d_l",
)


@pytest.mark.acceptance
def test_tests_by_permutation_hold_their_level_where_groups_are_alike():
    found = beyond(p_values("group-comparison", 0, "permutation", ALIKE))
    # Permuting is exact, so that only chance moves the rates: 3.3 errors are passed once in 1,000.
    assert np.abs(found).max() < 3.3


@pytest.mark.acceptance
def test_a_path_that_differs_is_found_more_often_than_by_chance():
    found = p_values("group-comparison", 3, "permutation", ["group_difference(Y~X)", "group_difference(Y~Z)"])
    assert beyond(found)[0] > 4
    assert rates(found)[1] < 0.15


@pytest.mark.acceptance
def test_the_fit_test_rejects_a_right_model_no_more_often_than_it_should_and_a_wrong_one_often():
    kinds = ["d_g", "srmr", "d_uls", "d_g_saturated"]
    assert beyond(p_values("composite-fit", 0, "plsc", kinds)).max() < 3.3
    wrong = p_values("composite-fit", 3, "plsc", ["srmr", "srmr_saturated"])
    assert rates(wrong)[0] > 0.4
    assert rates(wrong)[1] < 0.2


@pytest.mark.acceptance
def test_the_fit_test_holds_its_level_for_composites():
    model = Model.parse("X <~ x1+x2+x3\nM <~ m1+m2+m3\nY <~ y1+y2+y3\nM ~ X\nY ~ M")
    values = {
        f"{block.construct}<~{item}": weight
        for block in model.blocks
        for item, weight in zip(block.items, (3, 2, 2), strict=True)
    }
    values |= {f"{x}~~{y}": 0.3 for block in model.blocks for x, y in combinations(block.items, 2)}
    population = Population.of(model, values | {"M~X": 0.4, "Y~M": 0.4})
    wanted = [model.target(kind) for kind in ("srmr", "d_g", "srmr_saturated", "d_g_saturated")]
    test = build("pls", {"fit_test": 200}, 0.95)
    sizes = [min(256, REPLICATIONS - start) for start in range(0, REPLICATIONS, 256)]
    drawn = [draw_block(population, 150, Address(20261130, "c0" * 32), k, size) for k, size in enumerate(sizes)]
    found = np.concatenate([test.fit(batch, model, wanted).p_value for batch in drawn])
    assert np.abs(beyond(found)).max() < 3.3


def test_the_studies_say_what_they_vary():
    loaded = study.load("group-comparison")
    assert [cell.label for cell in loaded.cells][::3] == [
        f"n = 72, groups = {level}" for level in ("alike", "path", "weights")
    ]
    worlds = [cell.label for cell in study.load("composite-fit").cells][::3]
    assert worlds == [f"n = 72, world = {level}" for level in ("right", "direct path", "cross-loading")]
    truths = [cell.world.truth([cell.model.target("group_difference(Y~X)")], 72)[0] for cell in loaded.cells[::3]]
    assert truths == pytest.approx([0.0, 0.4, 0.0])


def test_a_replayed_data_set_tells_the_groups_and_gives_the_same_difference(tmp_path):
    loaded = study.load("group-comparison")
    data, _, table = replay(loaded, loaded.cells[0], 3, tmp_path)
    fits = loadstone.fit(data, loaded.cells[0].model, methods="pls", group="group", resamples=20)
    assert fits.groups.survey.sizes == (36, 36)
    found = fits.groups["differences"].set_index("path")["difference"]["Y~X"]
    sign = 1 if fits.groups.survey.labels == ("first", "second") else -1
    told = table[(table["method"] == "permutation") & (table["target"] == "group_difference(Y~X)")]["value"].item()
    assert sign * found == pytest.approx(told, abs=1e-12)
