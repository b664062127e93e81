"""What the numbers of a report rest on: how fits ended, denominators, single replications, errors, formulas, time."""

import itertools
import json
import math
import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

import reports
from benchmarks.evaluation.described.telling import largest_share
from benchmarks.measures.basis.notation import FORMULAS, formula
from benchmarks.measures.basis.robust import winsorised
from benchmarks.measures.catalogue import MEASURES
from benchmarks.run import runner
from benchmarks.stored import checksums
from benchmarks.stored.store import cell_estimates
from benchmarks.study.study import Study, load
from estimators.base import Status
from reports.drawing import vega
from reports.drawing.beside import beside
from reports.drawing.labels import spread
from reports.drawing.palette import _HUES, _colours
from reports.printing.formulas import plain
from reports.printing.numbers import latex
from reports.results import Results, read
from reports.study.evidence import denominators, hanging, precision, statuses
from reports.study.figures import raw_figures

STUDY = """
name = "telling"

[aims]
title = "Telling <i>x</i> & $y_1$ \\\\input{z}"
question = "Which replications tell something?"

[data]
population = "three-factors"
n = [25]
replications = 300
seed = 3

[estimands]
targets = ["eta2~eta1", "r2(eta3)"]

[methods.sumscores]

[methods.ml]
"""


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> tuple[Study, Path]:
    folder = tmp_path_factory.mktemp("telling")
    (folder / "telling.toml").write_text(STUDY)
    study = load(str(folder / "telling.toml"))
    runner.run(study, folder / "results", 1, Console(quiet=True))
    reports.write(folder / "results")
    return study, folder / "results"


@pytest.fixture(scope="module")
def results(ran: tuple[Study, Path]) -> Results:
    return read(ran[1])


def test_every_status_is_told_with_its_count_cause_and_a_replication_that_shows_it(
    ran: tuple[Study, Path], results: Results
) -> None:
    raw = cell_estimates(ran[1], ran[0], 1)
    table = statuses.statuses(results)
    failed = raw[raw["status"] != Status.OK]
    assert len(failed) > 0
    told = {(row[1], row[2]): row for row in table.rows}
    for (method, status), rows in failed.groupby(["method", "status"]):
        label = results.study.methods[str(method)].label
        row = told[label, Status(int(status)).name.lower().replace("_", " ")]
        assert row[4] == f"{len(rows):,} of 300"
        assert row[5] == Status(int(status)).meaning
        assert str(row[6]).endswith(f"--cell 1 --replication {rows['replication'].iloc[0]}")
    assert len(told) == failed.groupby(["method", "status"]).ngroups


def test_worst_and_typical_replications_are_those_of_the_raw_estimates(
    ran: tuple[Study, Path], results: Results
) -> None:
    raw = cell_estimates(ran[1], ran[0], 1)
    assert results.told is not None
    for method in results.study.methods:
        own = raw[(raw["method"] == method) & (raw["status"] == Status.OK)]
        error = (own["value:eta2~eta1"] - results.truth(1, "eta2~eta1")).abs()
        told = results.told[(results.told["method"] == method) & (results.told["target"] == "eta2~eta1")]
        worst = told[told["why"] == "worst"].iloc[0]
        assert worst["replication"] == own["replication"].loc[error.idxmax()]
        dots = told[told["why"] == "dot"]["value"].to_numpy()
        assert len(dots) == 20
        np.testing.assert_array_equal(dots, np.sort(dots))
        below = [(own["value:eta2~eta1"] < dot).mean() for dot in dots]
        np.testing.assert_allclose(below, (np.arange(20) + 0.5) / 20, atol=1 / len(own) + 1e-12)
        intervals = told[told["why"] == "interval"]
        assert set(intervals["replication"]) == set(own["replication"][own["replication"] < 100])
    table = hanging.worst(results)
    assert any("--replication" in str(row[-1]) for row in table.rows)


def test_three_ways_of_counting_are_those_of_the_raw_p_values(ran: tuple[Study, Path], results: Results) -> None:
    raw = cell_estimates(ran[1], ran[0], 1)
    table = denominators.table(results)
    own = raw[raw["method"] == "ml"]
    found = own["p_value:eta2~eta1"] < 0.05
    usable = own["status"] == Status.OK
    assert 0 < usable.sum() < 300
    row = next(r for r in table.rows if r[1] == results.study.methods["ml"].label)
    shown = [each.value for each in row[2:5] if hasattr(each, "value")]
    np.testing.assert_allclose(shown, [found[usable].mean(), found.mean(), (found & usable).mean()], atol=1e-12)
    assert shown[2] <= shown[1]
    assert "All, as reported" in table.note


def test_a_number_that_hangs_on_one_replication_is_found() -> None:
    """A mean model SE of 0.178 that rests on one SE of 4.55: the variance of its square is nearly all one's."""
    rng = np.random.default_rng(1)
    se = np.append(rng.uniform(0.05, 0.09, 999), 4.55)
    place, share = largest_share(se**2, np.ones(1000, dtype=bool))
    assert place == 999
    assert share > 0.99
    _, usual = largest_share(rng.normal(size=1000) ** 2, np.ones(1000, dtype=bool))
    assert usual < 0.25
    drawn_in = winsorised(se, 0.025)
    assert drawn_in.max() == np.sort(se)[974]
    assert math.sqrt((se**2).mean()) > 2 * math.sqrt((drawn_in**2).mean())


def test_errors_reached_justify_the_number_of_replications(results: Results) -> None:
    rows = {row[0]: row for row in precision.table(results).rows}
    stored = results.measures
    bias = stored[(stored["measure"] == "bias") & (stored["over"] == "usable")]["mcse"]
    assert rows["bias"][1] == f"{bias.median():.4f}"
    assert int(str(rows["bias"][6]).replace(",", "")) == math.ceil(300 * (bias.median() / 0.005) ** 2)
    assert "300 replications a cell gave" in precision.sentence(results)


def test_every_measure_has_a_formula_that_both_forms_can_show() -> None:
    assert not [measure.name for measure in MEASURES if not formula(measure.name)]
    for told in FORMULAS.values():
        assert not re.search(r"[\\{}^_]", plain(told)), plain(told)
    assert plain(formula("coverage@0.9")) == "(1/R) Σᵢ 1(lᵢ ≤ θ ≤ uᵢ)"


def test_the_page_tells_hardware_and_time_and_older_results_do_without(ran: tuple[Study, Path], tmp_path: Path) -> None:
    page = (ran[1] / "report.html").read_text()
    assert "Hardware and time" in page
    assert "300 replications over all cells in" in page
    assert 'page " counter(page)' in page
    older = tmp_path / "older"
    shutil.copytree(ran[1], older)
    for name in ("replications.parquet", "run.json"):
        (older / name).unlink()
    checksums.record(older, ["study.json", "measures.parquet"])
    assert read(older).told is None
    reports.write(older)
    assert "Hardware and time" not in (older / "report.html").read_text()


# --- figures ---


def contrast_with_white(colour: str) -> float:
    """WCAG 2.2: (1 + 0.05) / (relative luminance + 0.05)."""
    parts = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 1.05 / (0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2] + 0.05)


def test_every_colour_of_a_mark_has_contrast_3_to_1() -> None:
    assert all(contrast_with_white(colour) >= 3 for pair in _HUES for colour in pair)


def lightness(colour: str) -> float:
    """L* of CIELAB, from the relative luminance (CIE 15)."""
    y = 1.05 / contrast_with_white(colour) - 0.05
    return 116 * y ** (1 / 3) - 16


def test_rules_of_one_method_have_colours_of_their_own_in_grey_print_too() -> None:
    """A just noticeable difference of L* is about 1; a third rule takes a hue that no method has."""
    found = _colours({"pls": None, "a": "pls", "b": "pls", "c": "pls", "d": "pls", "ml": None, "e": "ml"})
    assert len(set(found.values())) == len(found)
    assert {found["pls"], found["a"], found["b"]} == set(_HUES[0])
    pairs = [pair for hue in _HUES for pair in itertools.combinations(hue, 2)]
    assert all(abs(lightness(one) - lightness(other)) > 8 for one, other in pairs)
    assert len(set(_colours({"pls": None, **dict.fromkeys("abcdefghijk", "pls")}).values())) == 12
    assert set(_colours({"a": "gone", "b": "gone"}).values()) == set(_HUES[-1][1:])


def test_no_mark_crosses_the_line_and_equal_ones_stand_apart() -> None:
    values = [0.703] * 12 + [0.699] * 3 + [0.70] + [0.2, 0.2]
    placed = beside(values, [0.70])
    for value, at in zip(values, placed, strict=True):
        assert (value >= 0.70) == (at >= 0.70)
        assert abs(at - value) < 0.1
    assert len(set(placed)) == len(placed)
    assert beside([0.5], [0.7]) == [0.5]


def test_names_beside_a_plot_do_not_lie_on_each_other() -> None:
    placed = spread([0.1, 0.1, 0.11, 0.9, 0.99], (0.0, 1.0), 0.06)
    assert all(b - a >= 0.06 - 1e-12 for a, b in itertools.pairwise(placed))
    assert placed[0] >= 0
    assert placed[-1] <= 1


def test_raw_estimates_are_drawn_and_each_can_be_drawn_again(ran: tuple[Study, Path], results: Results) -> None:
    raw = cell_estimates(ran[1], ran[0], 1)
    (panel,) = raw_figures.dots(results).panels
    for method in results.study.methods.values():
        own = [row for row in panel.rows if row["method"] == method.label]
        assert sum(row["what"] == "dot" for row in own) == 20
        assert sum(row["what"] == "worst" for row in own) == 1
    failed = next(row for row in panel.rows if row["what"] == "failed")
    lost = (raw[raw["method"] == "ml"]["status"] != Status.OK).sum()
    assert failed["told"] == f"{lost} of 300\nnot usable"
    zips = raw_figures.zips(results).panels
    assert len(zips) == 2
    missed = [row for row in zips[0].rows if row["covers"] == "misses it"]
    assert all(not row["lower"] <= row["truth"] <= row["upper"] for row in missed)
    assert [row["centile"] for row in zips[0].rows] == sorted(row["centile"] for row in zips[0].rows)
    (pair,) = raw_figures.pairs(results).panels
    row = pair.rows[7]
    values = raw[raw["replication"] == row["replication"]].set_index("method")["value:eta2~eta1"]
    assert row["apart"] == pytest.approx(values["ml"] - values["sumscores"], abs=1e-5)
    assert {p.title.partition(":")[0] for p in raw_figures.lollipops(results).panels} == {
        "bias", "empirical SE", "coverage",
    }  # fmt: skip
    drawn = {path.name for path in (ran[1] / "figures").iterdir()}
    assert {"raw.svg", "raw.pdf", "zip.svg", "pairs.pdf", "lollipops.svg"} <= drawn


def test_numbers_can_be_pointed_at(ran: tuple[Study, Path], results: Results) -> None:
    page = (ran[1] / "report.html").read_text()
    stored = json.loads(re.search(r'id="report-data">(.*?)</script>', page, re.S)[1].replace("\\u003c", "<"))
    place = re.search(r'data-of="(1\.0\.0)"', page)
    assert place
    worst, typical = stored["cases"][place[1]]
    assert worst == results.worst[1, "sumscores", "eta2~eta1"]
    assert typical == results.typical[1, "sumscores", "eta2~eta1"]
    assert stored["replay"].startswith("loadstone replay telling.toml") or "replay" in stored["replay"]


def test_the_same_drawing_gives_the_same_pdf(ran: tuple[Study, Path]) -> None:
    drawn = (ran[1] / "figures" / "bias.svg").read_text()
    assert vega.pdf(drawn) == vega.pdf(drawn) == (ran[1] / "figures" / "bias.pdf").read_bytes()


# --- LaTeX ---

DOCUMENT = r"""\documentclass[a4paper]{article}
\usepackage[T1]{fontenc}\usepackage[utf8]{inputenc}\usepackage{booktabs,longtable,array,rotating,pdflscape}
\begin{document}
%s
\end{document}
"""


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="no pdflatex on this machine")
def test_every_table_fits_a_page_of_a4(ran: tuple[Study, Path], screened_report: Path, tmp_path: Path) -> None:
    found = [*sorted((ran[1] / "tables").glob("*.tex")), *sorted((screened_report / "tables").glob("*.tex"))]
    texts = [path.read_text() for path in found]
    (tmp_path / "all.tex").write_text(DOCUMENT % "\n\\clearpage\n".join(texts))
    for _ in range(2):
        done = subprocess.run(
            ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "all.tex"],
            cwd=tmp_path, capture_output=True, timeout=120, check=False,
        )  # fmt: skip
    log = done.stdout.decode(errors="replace")
    assert done.returncode == 0, log[-1500:]
    assert not re.findall(r"Overfull \\hbox \(([1-9]\d*\.\d+)pt too wide\)", log)
    assert "too large for page" not in log


def test_characters_that_would_be_commands_are_harmless() -> None:
    assert latex("θ̂ ≤ β² ₀") == r"$\hat{\theta}$ $\leq$ $\beta$$^2$ $_0$"
    assert latex("θ̄ is the mean") == r"$\bar{\theta}$ is the mean"
    assert latex("\\input{z}") == r"\textbackslash{}input\{z\}"
    assert latex("漢") == "?"


def test_titles_with_commands_of_other_formats_come_out_harmless(ran: tuple[Study, Path]) -> None:
    page = (ran[1] / "report.html").read_text()
    assert "Telling &lt;i&gt;x&lt;/i&gt; &amp; $y_1$" in page
    assert "<i>x</i>" not in page


def test_stored_replications_are_checked(ran: tuple[Study, Path], tmp_path: Path) -> None:
    folder = tmp_path / "changed"
    shutil.copytree(ran[1], folder)
    table = pd.read_parquet(folder / "replications.parquet")
    table.loc[0, "count"] += 1
    table.to_parquet(folder / "replications.parquet", index=False)
    with pytest.raises(Exception, match=r"replications\.parquet is not what was written"):
        read(folder)
