"""Measures of selected items against plain loops, closed forms and the spread over repeated studies."""

import itertools
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks.evaluation.evaluate import evaluate
from benchmarks.evaluation.selected import validity
from benchmarks.measures.decisions.stability import mean_jaccard, nogueira
from benchmarks.run.estimating import block_table
from benchmarks.schema import RETAINED
from benchmarks.study.study import Study, load
from sim import catalogue
from sim.answers.likert import Scale
from sim.answers.responses import Responses
from sim.errors import InputError
from sim.implied.marginals import answer_loadings, construct_correlations
from sim.model import Model

FILE = """
name = "selection"
[aims]
title = "Selection"
question = "Which items stay?"
[data]
population = "crm-clusters"
n = [72]
replications = 120
seed = 8
[estimands]
targets = ["PERF~ACRM", "PERF~OCRM", "ave(ACRM)", "alpha(OCRM)"]
[methods.sums]
estimator = "sumscores"
[methods.screened]
estimator = "sumscores"
screening = { threshold = 0.60 }
[performance]
true_loading = 0.70
item_sets = { profitability = ["PRO1", "PRO2"], "as published" = ["CC2", "PC1", "OI2", "PRO1", "PRO2"] }
"""


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    place: Path = tmp_path_factory.mktemp("selection") / "selection.toml"
    place.write_text(FILE)
    return load(str(place))


@pytest.fixture(scope="module")
def stored(study: Study) -> pd.DataFrame:
    return block_table(study, study.cells[0], 0).to_pandas()


@pytest.fixture(scope="module")
def measures(study: Study, stored: pd.DataFrame) -> pd.DataFrame:
    return evaluate(study, study.cells[0], stored).set_index(["method", "target", "measure", "over"])


def of_rule(stored: pd.DataFrame, study: Study) -> tuple[pd.DataFrame, np.ndarray]:
    """The rule's rows, and which items each replication dropped, by a plain reading of the stored columns."""
    own = stored[stored["method"] == "screened"].reset_index(drop=True)
    return own, ~own[[RETAINED.named(item) for item in study.model.items]].to_numpy()


# --- plain counts ---


def test_counts_sets_and_groups_are_plain_counts(study: Study, stored: pd.DataFrame, measures: pd.DataFrame) -> None:
    _, dropped = of_rule(stored, study)
    items = list(study.model.items)
    number = [sum(row) for row in dropped.tolist()]

    def value(target: str, measure: str, over: str = "usable") -> float:
        return float(measures.loc[("screened", target, measure, over), "value"])

    assert value("", "any_dropped") == pytest.approx(np.mean([n > 0 for n in number]))
    told = [value(f"{k} item{'s' * (k != 1)}", "count_rate") for k in range(max(number) + 1)]
    assert told == pytest.approx([np.mean([n == k for n in number]) for k in range(max(number) + 1)])
    assert sum(told) == pytest.approx(1.0)
    weak = [items.index(item) for item in ("CC2", "PC1", "OI2", "PRO1", "PRO2")]
    strong = [place for place in range(19) if place not in weak]
    for label, places in (("true items >= 0.70", strong), ("weak items < 0.70", weak)):
        gone = dropped[:, places]
        assert value(label, "group_size") == len(places)
        assert value(label, "group_items_lost") == pytest.approx(gone.sum(axis=1).mean())
        assert value(label, "group_any_dropped") == pytest.approx(gone.any(axis=1).mean())
        assert value(label, "drop_rate") == pytest.approx(gone.mean())
    pair = dropped[:, weak[3:]]
    assert value("profitability", "set_all_dropped") == pytest.approx(pair.all(axis=1).mean())
    assert value("profitability", "set_any_dropped") == pytest.approx(pair.any(axis=1).mean())
    just = [set(np.flatnonzero(row)) == set(weak) for row in dropped]
    assert value("as published", "set_exactly_dropped") == pytest.approx(np.mean(just))
    sets: dict[str, int] = {}
    for row in dropped:
        name = ", ".join(item for item, gone in zip(items, row, strict=True) if gone) or "none"
        sets[name] = sets.get(name, 0) + 1
    most = sorted(sets.values(), reverse=True)[:5]
    found = measures.xs(("screened", "set_rate", "usable"), level=("method", "measure", "over"))["value"]
    assert sorted(found * len(dropped), reverse=True) == pytest.approx(most)
    assert all(sets[name] == pytest.approx(rate * len(dropped)) for name, rate in found.items())


def test_given_any_drop_leaves_out_the_others(study: Study, stored: pd.DataFrame, measures: pd.DataFrame) -> None:
    own, dropped = of_rule(stored, study)
    some = dropped.any(axis=1) & (own["status"] == 0).to_numpy()
    assert 0 < some.sum() < len(own)
    row = measures.loc[("screened", "", "items_dropped", "dropped")]
    assert (row["value"], row["n_used"]) == (pytest.approx(dropped[some].sum(axis=1).mean()), some.sum())
    assert measures.loc[("screened", "", "any_dropped", "dropped"), "value"] == 1.0


def test_good_is_judged_on_three_scales(tmp_path: Path) -> None:
    # The population's loadings, those of the answers, and PLS's limits lie apart: composites load higher.
    place = tmp_path / "scales.toml"
    place.write_text(FILE.replace("true_loading = 0.70", "true_loading = 0.72"))
    own = load(str(place))
    cell = own.cells[0]
    found = evaluate(own, cell, block_table(own, cell, 0).to_pandas()).set_index(
        ["method", "target", "measure", "over"]
    )
    truth = cell.truth([t for t in own.model.targets if t.kind == "loading"])
    after = answer_loadings(cell.population)
    sizes = {
        label: found.loc[("screened", label, "group_size", "usable"), "value"]
        for label in ("true items >= 0.72", "items >= 0.72 by PLS")
    }
    assert sizes["true items >= 0.72"] == (truth >= 0.72).sum() == 9
    assert ("screened", "items >= 0.72 after the cut", "group_size", "usable") in found.index
    assert (
        found.loc[("screened", "items >= 0.72 after the cut", "group_size", "usable"), "value"] == (after >= 0.72).sum()
    )
    assert sizes["items >= 0.72 by PLS"] == 14


# --- type S and M, the second estimand, inflation ---


def test_significant_estimates_and_both_estimands_by_a_plain_loop(
    study: Study, stored: pd.DataFrame, measures: pd.DataFrame
) -> None:
    own, _ = of_rule(stored, study)
    plain = stored[stored["method"] == "sums"].reset_index(drop=True)
    truth = float(study.cells[0].truth([study.model.target("PERF~OCRM")])[0])
    wrong, sizes, covered = [], [], []
    limits = measures.loc[("screened", "PERF~OCRM", "step_method", "usable"), "value"]
    limits += measures.loc[("screened", "PERF~OCRM", "step_scale", "usable"), "value"] + truth
    for _, row in own.iterrows():
        if row["status"] == 0 and row["p_value:PERF~OCRM"] < 0.05:
            wrong.append(row["value:PERF~OCRM"] < 0)
            sizes.append(abs(row["value:PERF~OCRM"]) / truth)
    for _, row in plain.iterrows():
        covered.append(row["lower:PERF~OCRM"] <= limits <= row["upper:PERF~OCRM"])

    def told(method: str, measure: str) -> tuple[float, int]:
        row = measures.loc[(method, "PERF~OCRM", measure, "usable")]
        return pytest.approx(row["value"]), int(row["n_used"])

    assert (np.mean(wrong), len(wrong)) == told("screened", "type_s_error")
    assert (np.mean(sizes), len(sizes)) == told("screened", "type_m_error")
    assert np.mean(sizes) > 1.5
    assert (np.mean(covered), 120) == told("sums", "coverage_of_limit")


def test_inflation_is_the_difference_of_the_chance_steps(measures: pd.DataFrame) -> None:
    for target in ("PERF~ACRM", "ave(ACRM)", "alpha(OCRM)"):
        chance = [measures.loc[(name, target, "step_chance", "usable"), "value"] for name in ("screened", "sums")]
        found = measures.loc[("screened", target, "selection_inflation", "usable")]
        assert found["value"] == pytest.approx(chance[0] - chance[1], abs=1e-12)
    ave = measures.loc[("screened", "ave(ACRM)", "selection_inflation", "usable")]
    assert ave["value"] > 3 * ave["mcse"]  # items that load by chance are those that stay


# --- stability ---


def plain_jaccard(sets: np.ndarray) -> float:
    pairs = itertools.combinations([set(np.flatnonzero(row)) for row in sets], 2)
    return float(np.mean([len(a & b) / len(a | b) for a, b in pairs]))


def plain_nogueira(sets: np.ndarray) -> float:
    share = sets.mean(axis=0)
    spread = np.mean([row_share * (1 - row_share) * len(sets) / (len(sets) - 1) for row_share in share])
    size = sets.sum() / sets.size
    return float(1 - spread / (size * (1 - size)))


@pytest.mark.parametrize("seed", range(5))
def test_stability_agrees_with_plain_loops(seed: int) -> None:
    rng = np.random.default_rng(seed)
    sets = rng.random((40, 7)) < rng.uniform(0.2, 0.95, size=7)
    sets[:, 0] = True
    assert mean_jaccard(sets).value == pytest.approx(plain_jaccard(sets), abs=1e-13)
    assert nogueira(sets).value == pytest.approx(plain_nogueira(sets), abs=1e-13)


def test_stability_at_its_ends() -> None:
    same = np.tile([True, True, False], (10, 1))
    assert (mean_jaccard(same).value, mean_jaccard(same).mcse) == (1.0, 0.0)
    assert nogueira(same).value == 1.0
    assert nogueira(same).mcse == pytest.approx(0.0, abs=1e-12)
    assert np.isnan(nogueira(np.ones((10, 3), dtype=bool)).value)
    assert np.isnan(mean_jaccard(same[:2]).value)
    # Sets of two of four items, each of the six as often: what chance alone gives, 0 but for the divisor R - 1.
    every = np.array([[i in pair for i in range(4)] for pair in itertools.combinations(range(4), 2)] * 500)
    assert nogueira(every).value == pytest.approx(0.0, abs=1e-3)


@pytest.mark.parametrize("measure", [mean_jaccard, nogueira])
def test_errors_of_stability_are_the_spread_over_studies(measure) -> None:  # type: ignore[no-untyped-def]
    rng = np.random.default_rng(3)
    share = np.array([0.95, 0.9, 0.8, 0.6, 0.3, 0.1, 0.97, 0.5])
    common = rng.standard_normal((600, 100, 1))  # items go together, as they do in a block
    drawn = 0.6 * common + 0.8 * rng.standard_normal((600, 100, 8)) < np.sqrt(2) * np.linspace(-1, 1.6, 8)
    found = [measure(one & (rng.random((100, 8)) < share)) for one in drawn]
    spread = np.std([each.value for each in found], ddof=1)
    claimed = np.sqrt(np.mean([each.mcse**2 for each in found]))
    # The spread of 600 values is known to 2.9 %; both formulas are of first order, 1/R is 1 %: 13 % is four errors.
    assert abs(claimed / spread - 1) < 0.13


# --- validity ---


def test_validity_of_a_sum_is_its_closed_form() -> None:
    # Equal loadings: the sum of k items correlates with the factor by sqrt(omega), omega = k l^2 / (1 + (k - 1) l^2).
    model = Model.parse("F =~ x1 + x2 + x3 + x4")
    loading = 0.7
    related = np.full(4, loading)
    among = np.where(np.eye(4, dtype=bool), 1.0, loading**2)
    weights = np.array([[1.0, 1, 1, 1], [2, 2, np.nan, np.nan], [np.nan] * 4])
    found = validity(weights, among, related, model)[:, 0]
    omega = [k * loading**2 / (1 + (k - 1) * loading**2) for k in (4, 2)]
    np.testing.assert_allclose(found[:2], np.sqrt(omega), rtol=0, atol=1e-14)
    assert np.isnan(found[2])


@pytest.mark.parametrize("reversed_items", [(), ("PRO1", "PRO2")])
def test_answers_correlate_with_constructs_as_their_loadings_say(reversed_items: tuple[str, ...]) -> None:
    population = catalogue.world("crm-clusters", {}).population
    for scale in (population.scale, Scale.continuous()):
        own = replace(population, scale=scale, responses=Responses(reversed=reversed_items))
        found, model = construct_correlations(own), own.model
        loadings = answer_loadings(own)
        np.testing.assert_allclose(found[np.arange(19), model.block_of], loadings, rtol=0, atol=1e-12)
        # Normal responses of one construct each: what an answer tells of another is what its own tells of that.
        among = np.array([[own.truth([model.target(f"{a}~~{b}")])[0] if a != b else 1.0
                           for b in model.constructs] for a in model.constructs])  # fmt: skip
        np.testing.assert_allclose(found, loadings[:, None] * among[model.block_of], rtol=0, atol=1e-12)


def test_scores_lose_validity_with_good_items(measures: pd.DataFrame) -> None:
    # OCRM has good items only, so each that goes is a loss; a sum can gain where weak items of a block go.
    after = measures.loc[("screened", "OCRM", "score_validity", "usable")]
    whole = measures.loc[("screened", "OCRM", "score_validity_all_items", "usable")]
    assert after["value"] < whole["value"] < 1
    assert whole["mcse"] == 0.0


# --- refusals ---


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ('["PRO1", "PRO9"]', "performance.item_sets.profitability: .*PRO9"),
        ('["PRO1", "PRO1"]', "performance.item_sets.profitability: PRO1 is named twice"),
        ("[]", "item_sets"),
    ],
)
def test_a_set_of_unknown_items_is_refused(tmp_path: Path, given: str, told: str) -> None:
    place = tmp_path / "selection.toml"
    place.write_text(FILE.replace('profitability = ["PRO1", "PRO2"]', f"profitability = {given}"))
    with pytest.raises(InputError, match=told):
        load(str(place))
