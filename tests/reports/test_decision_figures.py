"""Figures of what decisions did: the ladder ends at the mean, a curve joins populations, a misleading power is grey."""

from pathlib import Path

import pytest
from rich.console import Console

from benchmarks.run import runner
from benchmarks.study.study import load
from reports.drawing.palette import tile
from reports.results import Estimate, Results, read
from reports.study import rows
from reports.study.decisions import ladder
from reports.study.decisions import worlds as moving
from reports.study.figures import decision_map, drop_curve, worlds

STUDY = """
name = "grid"
[aims]
title = "Grid"
question = "Where does an item go?"
[data]
population = "equal-items"
n = [40]
replications = 6
seed = 5
[data.factors]
"X=~x1" = [0.7, 0.45, 0.9]
"Y~X" = [0.4, 0.0]
[estimands]
targets = ["Y~X"]
[methods.sums]
estimator = "sumscores"
[methods.screened]
estimator = "sumscores"
screening = { threshold = 0.70 }
"""


@pytest.fixture(scope="module")
def grid(tmp_path_factory: pytest.TempPathFactory) -> Results:
    folder = tmp_path_factory.mktemp("grid")
    (folder / "grid.toml").write_text(STUDY)
    runner.run(load(str(folder / "grid.toml")), folder / "results", 1, Console(quiet=True))
    return read(folder / "results")


def test_the_curve_joins_all_populations_of_a_grid(
    grid: Results, screened_report: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert drop_curve.figure(grid).panels == drop_curve.figure(read(screened_report)).panels == []
    monkeypatch.setattr(drop_curve, "FEWEST", 3)
    figure = drop_curve.figure(grid)
    assert [panel.title for panel in figure.panels] == ["n = 40, Y~X 0.0", "n = 40, Y~X 0.4"]
    for panel in figure.panels:
        assert panel.whole
        assert sorted(row["truth"] for row in panel.rows) == [0.45, 0.7, 0.75, 0.9]
        by_loading = {row["truth"]: row["value"] for row in panel.rows}
        assert by_loading[0.45] > by_loading[0.9]
    cell = next(cell.cell for cell in grid.study.cells if cell.levels == {"X=~x1": "0.45", "Y~X": "0.4"})
    group = grid.estimate(cell, "screened", "X=~x1", "drop_rate")
    assert group is not None
    drawn = next(row["value"] for row in figure.panels[1].rows if row["truth"] == 0.45)
    assert drawn == pytest.approx(group.value, abs=1e-6)


def test_the_ladder_ends_at_the_mean_estimate(grid: Results) -> None:
    found = rows.of_steps(grid, "Y~X")
    assert len(found) == 2 * 6
    for row in found:
        steps = [row[key] for key in ("by_method", "by_cut", "by_rule", "by_chance")]
        assert sum(steps) == pytest.approx(row["value"], abs=5e-6)
        assert row["mean"] == pytest.approx(row["truth"] + row["value"], abs=5e-6)
        assert row["kept"] - row["after"] == pytest.approx(row["by_rule"], abs=5e-6)


def test_a_power_is_grey_on_the_map_and_in_the_table_where_its_size_is_off(screened_report: Path) -> None:
    stored = read(screened_report)
    measures = stored.measures.copy()
    measures.loc[(measures["measure"] == "type_1_error") & (measures["method"] == "pls"), ["lower", "upper"]] = 0.2, 0.3
    results = Results(stored.study, measures)
    marks = rows.of_map(results, "PERF~OCRM", "significant")
    powers = [row for row in marks if row["truth"]]
    assert {row["off"] for row in powers} == {True, False}
    for row in powers:
        assert (row["fill"] == tile(0.0, True)[0]) == row["off"]
    assert not any(row["off"] for row in marks if row["truth"] == 0)
    table = ladder.ladder(results)
    place = [column.header for column in table.columns].index("significant")
    shown = {(str(row[0]), str(row[1])): row[place] for row in table.rows}
    for row in powers:
        if row["population"] == 0 and row["n"] == results.baseline_n:
            entry = next(e for (path, label), e in shown.items() if "OCRM" in path and label == row["method"])
            assert entry.doubtful == row["off"]  # type: ignore[union-attr]


def test_only_powers_are_grey_and_every_number_tells_its_place(screened_report: Path) -> None:
    table = ladder.ladder(read(screened_report))
    entries = [
        (column.header, entry)
        for row in table.rows
        for column, entry in zip(table.columns, row, strict=True)
        if isinstance(entry, Estimate)
    ]
    assert {header for header, entry in entries if entry.doubtful is not False} <= {"significant"}
    assert all(len(entry.of) == 3 for _, entry in entries)


def test_tiles_darken_with_what_is_bad() -> None:
    light, dark = tile(0.0, False)[0], tile(1.0, False)[0]
    assert (light, dark) == ("#f6f4ee", "#d98a5b")
    assert tile(0.5, True) == ("#dcdcdc", "#767676")


def test_every_population_has_its_row_and_its_mark(grid: Results, plain_report: Path) -> None:
    figure = worlds.figure(grid)
    assert [panel.title for panel in figure.panels] == ["good items dropped", "X → Y: bias", "X → Y: coverage"]
    bias = figure.panels[1].rows
    assert {row["comparison"] for row in bias} == {f"{a}, {b}" for a in ("0.7", "0.45", "0.9") for b in ("0.4", "0.0")}
    assert len(bias) == 6 * 2
    table = moving.table(grid)
    assert len(table.rows) == 6
    place = [column.header for column in table.columns].index("bias")
    first = grid.estimate(grid.baseline_cell, "screened", "Y~X", "bias")
    assert table.rows[0][place] == first
    assert worlds.figure(read(plain_report)).panels == []
    assert not moving.table(read(plain_report)).rows


def test_there_is_no_map_without_decisions(plain_report: Path) -> None:
    assert decision_map.figure(read(plain_report)).panels == []
