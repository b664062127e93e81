"""Bootstrap studies extrapolated from few resamples for each data set to endlessly many."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm, t

from benchmarks.evaluation.evaluate import evaluate
from benchmarks.evaluation.sampled import Estimates, estimated
from benchmarks.measures.basis.samples import Estimated
from benchmarks.measures.compared.extrapolated import (
    EXTRAPOLATED_COVERAGE,
    EXTRAPOLATED_POWER,
    PARTS,
    at_infinity,
    growth,
)
from benchmarks.run.estimating import block_table
from benchmarks.schema import ON_PARTS
from benchmarks.study.study import Study, load
from sim.batch import Floats
from sim.errors import InputError

STUDY = """
name = "few"
[aims]
title = "Few resamples"
question = "Are they enough?"
[data]
population = "crm-clusters"
n = [72]
replications = {replications}
seed = 3
[estimands]
targets = ["PERF~ACRM", "PERF~OCRM"]
[methods.pls]
resamples = {resamples}
[methods.sumscores]
[performance]
extrapolate = {extrapolate}
"""


def made(folder: Path, resamples: int, extrapolate: bool, replications: int = 30, more: str = "") -> Study:
    text = STUDY.format(resamples=resamples, extrapolate=str(extrapolate).lower(), replications=replications)
    (folder / "few.toml").write_text(text + more)
    return load(str(folder / "few.toml"))


def sample(truth: float, null: float, value: Floats, values: Floats) -> Estimated:
    """Percentile intervals and t tests on resampled values (R, B), whole and in parts. `null` is what tests test."""

    def inferred(part: Floats) -> tuple[Floats, Floats, Floats]:
        lower, upper = np.quantile(part, [0.025, 0.975], axis=1)
        df = part.shape[1] - 1
        return lower, upper, np.asarray(2 * t.sf(abs((value - null) / part.std(axis=1, ddof=1)), df))

    size = values.shape[1]
    parts = {(k, m): inferred(values[:, (k - 1) * size // m : k * size // m]) for k, m in PARTS}
    lower, upper, p = inferred(values)
    return Estimated(
        "y", "usable", truth, len(value), value=value, se=value, lower=lower, upper=upper, p_value=p, against=truth,
        firms=None, alpha=0.05, raw=value, level=0.95, parts=parts,
    )  # fmt: skip


def test_a_line_in_one_over_b_is_read_at_its_end() -> None:
    sizes = np.array([200.0, 100.0, 50.0])
    points = np.random.default_rng(1).random(3)
    line = np.polyfit(1 / sizes, points, 1)

    def given(number: float) -> tuple[Floats, Floats, Floats]:
        return np.array([0.0]), np.array([number]), np.array([1.0])

    parts = {(k, m): given(points[{1: 0, 2: 1, 4: 2}[m]]) for k, m in PARTS}
    one = Estimated(
        "y", "usable", 0.0, 1, value=np.zeros(1), se=np.zeros(1), lower=np.zeros(1), upper=points[:1],
        p_value=np.ones(1), against=0.0, firms=None, alpha=0.05, raw=np.zeros(1), level=0.95, parts=parts,
    )  # fmt: skip
    found = at_infinity(one, lambda each: each.upper - each.lower)
    assert found is not None
    assert found[0] == pytest.approx(line[1], rel=1e-12)


def test_known_coverage_and_power_are_met_from_two_hundred_resamples() -> None:
    rng = np.random.default_rng(2)
    found = []
    for _ in range(8):
        value = rng.standard_normal(2500)
        values = value[:, None] + rng.standard_normal((2500, 200))
        found.append(sample(0.0, -2.0, value, values))

    measured = [EXTRAPOLATED_COVERAGE.function(each) for each in found]
    coverage = np.mean([each.value for each in measured if each is not None])
    # Known: 0.95. The numbers of data sets have an SD of 0.26. The line leaves out terms in 1/B^2, about 0.001 here.
    error = 0.26 / np.sqrt(20_000)
    assert abs(coverage - 0.95) < 3 * error + 0.002
    assert np.mean([each.covers for each in found]) < 0.95 - 0.005  # as they are, 200 resamples cover too seldom
    shifted = [sample(1.0, -2.0, s.value, s.value[:, None] + rng.standard_normal((2500, 200))) for s in found]
    measured = [EXTRAPOLATED_POWER.function(s) for s in shifted]
    power = np.mean([each.value for each in measured if each is not None])
    exact = norm.sf(1.96 - 2) + norm.cdf(-1.96 - 2)
    assert abs(power - exact) < 3 * 0.52 / np.sqrt(20_000) + 0.002


def test_inference_on_a_part_is_that_of_a_study_with_so_many_resamples(tmp_path: Path) -> None:
    whole = block_table(made(tmp_path, 160, True), made(tmp_path, 160, True).cells[0], 0).to_pandas()
    plain = made(tmp_path, 160, False)
    alone = block_table(plain, plain.cells[0], 0).to_pandas()
    pd.testing.assert_frame_equal(whole[alone.columns], alone)  # what was stored stays the same to the last bit
    for resamples, part in ((80, "1of2"), (40, "1of4")):
        fewer = made(tmp_path, resamples, False)
        table = block_table(fewer, fewer.cells[0], 0).to_pandas()
        for name in ON_PARTS:
            here, there = (
                each.loc[each["method"] == "pls", column].to_numpy()
                for each, column in ((whole, f"{name}@{part}:PERF~OCRM"), (table, f"{name}:PERF~OCRM"))
            )
            np.testing.assert_array_equal(here, there)
    parts = {f"{name}@{k}of{m}:PERF~OCRM" for name in ON_PARTS for k, m in PARTS}
    assert parts <= set(whole.columns)
    assert whole.loc[whole["method"] == "sumscores", sorted(parts)].isna().all(axis=None)
    assert whole.loc[whole["method"] == "pls", sorted(parts)].nunique().min() > 1


def test_measures_are_the_mean_of_one_number_for_each_data_set(tmp_path: Path) -> None:
    study = made(tmp_path, 80, True, 60)
    cell = study.cells[0]
    table = block_table(study, cell, 0).to_pandas()
    truth = float(cell.truth(study.estimands[1:])[0])
    own = table[(table["method"] == "pls") & (table["status"] == 0)]

    def covers(end: str) -> Floats:
        lower, upper = (own[f"{name}{end}:PERF~OCRM"].to_numpy() for name in ("lower", "upper"))
        return np.asarray((lower <= truth) & (truth <= upper), dtype=float)

    halves = np.mean([covers(f"@{k}of2") for k in (1, 2)], axis=0)
    quarters = np.mean([covers(f"@{k}of4") for k in (1, 2, 3, 4)], axis=0)
    each = covers("") + halves / 2 - quarters / 2
    rows = evaluate(study, cell, table)
    rows = rows[(rows["target"] == "PERF~OCRM") & (rows["over"] == "usable")].set_index(["method", "measure"])
    found = rows.loc[("pls", "extrapolated_coverage")]
    assert found["value"] == pytest.approx(each.mean(), abs=1e-12)
    assert found["mcse"] == pytest.approx(each.std(ddof=1) / np.sqrt(len(each)), abs=1e-12)
    assert 0 <= found["lower"] < found["value"] < found["upper"] <= 1
    assert {"extrapolated_power", "extrapolated_width"} <= set(rows.loc["pls"].index)
    assert not [name for name in rows.loc["sumscores"].index if name.startswith("extrapolated")]


def test_where_standard_errors_grow_with_every_resample_no_power_is_extrapolated(tmp_path: Path) -> None:
    # consistent PLS at n = 72: 2,000 resamples find a path in 9% fewer data sets than 160 do, and no line tells that
    study = made(tmp_path, 160, True, 128, "\n[methods.plsc]\nresamples = 160\n")
    rows = evaluate(study, study.cells[0], block_table(study, study.cells[0], 0).to_pandas())
    told = rows[rows["over"] == "usable"].groupby("method")["measure"].agg(set)
    assert {"extrapolated_power", "extrapolated_coverage"} <= told["pls"]
    assert "extrapolated_coverage" in told["plsc"]
    assert "extrapolated_power" not in told["plsc"]


def test_the_growth_of_standard_errors_is_that_of_their_small_sample_bias_alone() -> None:
    rng = np.random.default_rng(4)
    value = rng.normal(0.5, 0.1, 400)
    normal, heavy = (0.1 * draw for draw in (rng.standard_normal((400, 160)), rng.standard_t(1.5, (400, 160))))
    found = []
    for noise in (normal, heavy):
        drawn = value[:, None] + noise
        whole = sample(0.5, 0.0, value, drawn)
        found.append(growth(replace(whole, se=drawn.std(axis=1, ddof=1))))
    assert found[0] == pytest.approx(1 / 78 - 1 / 318, abs=0.006)
    assert found[1] is not None
    assert found[1] > 0.2


@pytest.mark.parametrize(
    ("resamples", "more", "told"),
    [
        (50, "", r"methods\.pls: resamples is 50, and performance\.extrapolate takes quarters.*multiple of 4"),
        (76, "", "resamples is 76"),
        (200, "\n[quick]\nresamples = 30\n", None),
    ],
)
def test_resamples_without_quarters_are_refused(tmp_path: Path, resamples: int, more: str, told: str | None) -> None:
    if told is None:
        made(tmp_path, resamples, True, more=more)
        with pytest.raises(InputError, match="resamples is 30"):
            load(str(tmp_path / "few.toml"), quick=True)
    else:
        with pytest.raises(InputError, match=told):
            made(tmp_path, resamples, True, more=more)


def test_a_study_without_resamples_is_refused(tmp_path: Path) -> None:
    text = STUDY.format(resamples=100, extrapolate="true", replications=30).replace("resamples = 100", "")
    (tmp_path / "few.toml").write_text(text)
    with pytest.raises(InputError, match=r"performance\.extrapolate: no method has bootstrap resamples"):
        load(str(tmp_path / "few.toml"))


# --- criterion 5 of issue 13: against 2,000 resamples of the same data sets ---


@pytest.mark.acceptance
def test_extrapolation_agrees_with_2000_resamples(tmp_path: Path) -> None:
    """With less than a tenth of the resamples; what that saves stands in benchmarks/speed/test_extrapolation.py."""
    studies = made(tmp_path, 160, True, 1280), made(tmp_path, 2000, False, 1280)
    found: dict[str, list[Floats]] = {"coverage": [], "power": [], "as it is": []}
    for block in range(5):
        samples = []
        for study in studies:
            table = block_table(study, study.cells[0], block).to_pandas()
            given = Estimates(study, study.cells[0], study.methods[0], {"pls": table[table["method"] == "pls"]})
            samples.append([each for made in estimated(given) for each in made if each.over == "all"])
        for few, many in zip(*samples, strict=True):
            assert isinstance(few, Estimated)
            assert isinstance(many, Estimated)
            coverage = at_infinity(few, lambda each: each.covers)
            power = at_infinity(few, lambda each: each.rejects)
            assert coverage is not None
            assert power is not None
            found["coverage"].append(coverage - many.covers)
            found["power"].append(power - many.rejects)
            found["as it is"].append(few.covers - many.covers)
    for name in ("coverage", "power"):
        for q in range(2):
            difference = np.concatenate(found[name][q::2])
            error = difference.std(ddof=1) / np.sqrt(len(difference))
            # 2,000 resamples are themselves off by a twelfth of what 160 are: 0.0015 of the coverage.
            assert abs(difference.mean()) <= 3 * error + 0.0015, (name, q)
    # As they are, 160 resamples are away from 2,000 by more than chance.
    before = np.mean([np.concatenate(found["as it is"][q::2]) for q in range(2)], axis=0)
    assert before.mean() < -3 * before.std(ddof=1) / np.sqrt(len(before))
