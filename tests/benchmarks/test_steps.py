"""The ladder of a bias: method, scale, rule and chance add up in every replication, and agree with a large draw."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks.evaluation import sampled
from benchmarks.evaluation.evaluate import evaluate
from benchmarks.evaluation.sampled import Estimates
from benchmarks.run.estimating import block_table
from benchmarks.schema import RETAINED
from benchmarks.study import fitting
from benchmarks.study.study import Study, load, with_replications
from sim.answers.likert import Scale
from sim.batch import Batch, Floats
from sim.drawing.draw import draw_block
from sim.streams import Address

STEPS = ("step_method", "step_scale", "step_rule", "step_chance")
FILE = """
name = "ladder"
[aims]
title = "Steps"
question = "Do they add up?"
[data]
population = "crm-clusters"
n = [72]
replications = 100
seed = 5
[data.factors]
dropped_items = ["weak", "as-good"]
crm_correlation = [0.5]
ocrm_effect = ["small"]
[estimands]
targets = ["PERF~ACRM", "PERF~OCRM", "r2(PERF)", "ave(ACRM)", "rho_c(OCRM)", "alpha(PERF)", "ACRM~~OCRM"]
[methods.pls]
[methods.pls-screened]
estimator = "pls"
screening = { threshold = 0.70 }
[methods.ml]
[methods.ml-one]
estimator = "ml"
screening = { rule = "one-at-a-time", threshold = 0.35 }
[methods.sumscores-never]
estimator = "sumscores"
screening = { threshold = 0.01 }
"""


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """Methods with two rules, without a rule, and with one that never acts, in a cell of 100 replications."""
    place: Path = tmp_path_factory.mktemp("ladder") / "ladder.toml"
    place.write_text(FILE)
    return load(str(place))


@pytest.fixture(scope="module")
def stored(study: Study) -> pd.DataFrame:
    return block_table(study, study.cells[0], 0).to_pandas()


@pytest.fixture(scope="module")
def measures(study: Study, stored: pd.DataFrame) -> pd.DataFrame:
    found = evaluate(study, study.cells[0], stored)
    return found.set_index(["method", "target", "measure", "over"])


def given(study: Study, stored: pd.DataFrame, name: str) -> Estimates:
    whole = dict(iter(stored.groupby("method", sort=False)))
    method = next(method for method in study.methods if method.name == name)
    return Estimates(study, study.cells[0], method, whole)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["pls", "pls-screened", "ml-one", "sumscores-never"])
def test_the_steps_add_up_in_every_replication(study: Study, stored: pd.DataFrame, name: str) -> None:
    of = given(study, stored, name)
    splits = [each for found in sampled.splits(of) for each in found if each.over == "usable"]
    assert [each.target for each in splits] == [target.name for target in study.estimands]
    for each in splits:
        error = of.own[f"value:{each.target}"].to_numpy()[of.usable] - each.truth
        assert len(each.rule) == of.usable.sum() > 90
        np.testing.assert_allclose(each.method + each.scale + each.rule + each.chance, error, rtol=0, atol=1e-12)


def test_the_means_of_the_steps_are_the_bias(study: Study, measures: pd.DataFrame) -> None:
    for method in study.methods:
        for target in study.estimands:
            for over in ("usable", "all"):
                steps = [measures.loc[(method.name, target.name, step, over), "value"] for step in STEPS]
                assert sum(steps) == pytest.approx(measures.loc[(method.name, target.name, "bias", over), "value"])
    error = measures.loc[("pls-screened", "PERF~ACRM", "step_rule", "usable")]
    assert 0 < error["mcse"] < 0.01
    assert measures.loc[("pls-screened", "PERF~ACRM", "step_method", "usable"), "mcse"] == 0.0


def test_limits_of_retained_sets_are_those_of_each_replication_alone(study: Study, stored: pd.DataFrame) -> None:
    of = given(study, stored, "pls-screened")
    moments = of.cell.world.limits(False, False)[-1].moments
    for r in (0, 1, 17):
        kept = of.own.iloc[[r]][[RETAINED.named(item) for item in study.model.items]].to_numpy(dtype=bool)
        assert not kept.all()
        alone = fitting.fit(study, of.method.undecided, Batch.of_moments(moments).keep(kept), values_only=True)
        np.testing.assert_allclose(of.own_limits.kept[r], alone.value[0], rtol=0, atol=1e-12)  # type: ignore[union-attr]


def test_a_rule_that_drops_nothing_has_a_step_of_exactly_zero(study: Study, measures: pd.DataFrame) -> None:
    # ML's limits on the true items are the truth whatever is retained, so its rule does nothing but for iterations.
    for target in study.estimands:
        for name in ("pls", "ml", "sumscores-never"):
            step = measures.loc[(name, target.name, "step_rule", "usable")]
            assert (step["value"], step["mcse"]) == (0.0, 0.0)
    assert abs(measures.loc[("ml-one", "PERF~ACRM", "step_rule", "usable"), "value"]) < 0.005
    assert measures.loc[("pls-screened", "PERF~ACRM", "step_rule", "usable"), "value"] < -0.01


def test_given_any_drop_is_over_the_replications_that_dropped(study: Study, stored: pd.DataFrame) -> None:
    measures = evaluate(study, study.cells[0], stored)
    measures = measures.set_index(["method", "target", "measure", "over"])
    of = given(study, stored, "ml-one")
    chosen = of.usable & of.dropped.any(axis=1)
    assert 0 < chosen.sum() < of.usable.sum()
    bias = measures.loc[("ml-one", "PERF~ACRM", "bias", "dropped")]
    told = of.own["value:PERF~ACRM"].to_numpy()[chosen] - bias["truth"]
    assert (bias["value"], bias["n_used"]) == (pytest.approx(told.mean()), chosen.sum())
    assert ("ml", "PERF~ACRM", "bias", "dropped") not in measures.index


WITH_RULES = ("pls-screened", "ml-one", "sumscores-never")


@pytest.fixture(scope="module")
def drawn(study: Study, stored: pd.DataFrame) -> dict[str, list[Floats]]:
    """Estimates of twenty draws of 50,000 (20, q) by method: uncut, cut, and cut with the items that one sample kept.

    What every method is given is drawn once.
    """
    cut = study.cells[0].world.population
    uncut = replace(cut, scale=Scale.continuous())
    found: dict[str, list[list[Floats]]] = {name: [[], [], []] for name in WITH_RULES}
    for block in range(20):
        batches = [draw_block(population, 50_000, Address(9, "1" * 64), block, 1) for population in (uncut, cut)]
        for name in WITH_RULES:
            of = given(study, stored, name)
            kept = of.own.iloc[[3]][[RETAINED.named(item) for item in study.model.items]].to_numpy(dtype=bool)
            for place, batch in enumerate((*batches, batches[1].keep(kept))):
                found[name][place].append(fitting.fit(study, of.method.undecided, batch, values_only=True).value[0])
    return {name: [np.array(each) for each in three] for name, three in found.items()}


@pytest.mark.acceptance
@pytest.mark.parametrize("name", WITH_RULES)
def test_deterministic_steps_agree_with_a_million_respondents(
    study: Study, stored: pd.DataFrame, drawn: dict[str, list[Floats]], name: str
) -> None:
    # Twenty draws of 50,000: their mean has a bias of order 1/50,000 and an error that their spread tells.
    limits = given(study, stored, name).own_limits
    assert limits is not None
    for found, limit in zip(drawn[name], (limits.before, limits.after, limits.kept[3]), strict=True):
        mean, error = np.mean(found, axis=0), np.std(found, axis=0, ddof=1) / np.sqrt(20)
        # 21 comparisons with t of 19 degrees of freedom: 4.5 errors are exceeded by chance in 0.5 % of runs.
        assert (np.abs(mean - limit) < 4.5 * error + 5e-5).all()
        assert (error < 2e-3).all()


def test_a_study_of_one_replication_more_keeps_its_limits(study: Study, stored: pd.DataFrame) -> None:
    # What a set's limit is depends on no other set: half the replications give the same limits.
    more = with_replications(study, 50)
    half = stored[stored["replication"] < 50]
    first = given(more, half, "pls-screened").own_limits
    whole = given(study, stored, "pls-screened").own_limits
    assert first is not None
    assert whole is not None
    np.testing.assert_array_equal(first.kept, whole.kept[:50])
