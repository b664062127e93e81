"""The reports room: right numbers in sentences, tables and figures, nothing fetched, damaged input refused."""

import itertools
import json
import math
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import reports
from reports import sentences, tables
from reports.numbers import latex, number, with_error
from reports.results import Estimate, Results, read
from reports.typeset import Column, Table, as_csv, as_latex
from sim.errors import InputError

REPLICATIONS = 2000
BLOCKS = {
    "ACRM": ["CC1", "CC2", "CC3", "PC1", "PC2", "PC3", "OI1", "OI2"],
    "OCRM": ["OGG1", "OGG2", "OGG3", "PCO1", "PCO2"],
    "PERF": ["VA1", "VA2", "PRO1", "PRO2", "VPC1", "VPC2"],
}
DROPPED = ("CC2", "PC1", "OI2", "PRO1", "PRO2")
LOADING = {"ACRM": 0.74, "OCRM": 0.69, "PERF": 0.76}
FACTORS: dict[str, list[str]] = {
    "dropped_items": ["weak", "as-good", "zero"],
    "crm_correlation": ["0.5", "0.3", "0.7"],
    "ocrm_effect": ["small", "zero"],
}
#: Distance of each method's limit before the cut from the truth, as a share of it, and its standard error at n = 72.
METHODS: dict[str, tuple[str, bool, float, float]] = {
    "sums": ("Sum scores", False, -0.14, 0.095),
    "sums-screened": ("Sum scores, 0.70 rule", True, -0.13, 0.097),
    "pls": ("PLS", False, -0.11, 0.090),
    "pls-screened": ("PLS, 0.70 rule", True, -0.12, 0.092),
    "ml": ("ML SEM", False, 0.0, 0.120),
    "ml-screened": ("ML SEM, 0.70 rule", True, 0.01, 0.124),
}


def normal_share(z: float) -> float:
    """Share of a standard normal variable below z."""
    return 0.5 * (1 + math.erf(z / math.sqrt(2)))


class Rows:
    """Collects the rows of measures.parquet for one cell after another."""

    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []
        self.where: dict[str, Any] = {}

    def add(self, measure: str, value: float, mcse: float, target: str = "", truth: float = math.nan) -> None:
        counts = {"usable": self.where["used"], "all": REPLICATIONS}
        if measure.startswith("limit"):
            counts = {"population": 0}
        for over, used in counts.items():
            place = {key: each for key, each in self.where.items() if key != "used"}
            lost = over == "all" and measure in ("power", "type_1_error", "coverage")
            row = {
                "target": target,
                "measure": measure,
                "over": over,
                "truth": truth,
                "value": value * self.where["used"] / REPLICATIONS if lost else value,
                "mcse": mcse,
            }
            self.rows.append(
                {**place, **row, "n_used": REPLICATIONS if lost else used, "n_total": REPLICATIONS if used else 0}
            )

    def share(self, measure: str, value: float, target: str = "", truth: float = math.nan) -> None:
        self.add(measure, value, math.sqrt(value * (1 - value) / self.where["used"]), target, truth)


def path_rows(rows: Rows, target: str, truth: float, n: int, limit: float, spread: float, screened: bool) -> None:
    """Every measure of one path for a method whose limit is off by the share `limit`."""
    before = truth * (1 + limit)
    after = before - 0.06 * truth
    se = spread * math.sqrt(72 / n)
    mean = after + (0.8 / n if not screened else 1.4 / n)
    bias = mean - truth
    root = math.sqrt(rows.where["used"])
    reach = 1.96 * 0.96
    rows.add("bias", bias, se / root, target, truth)
    if truth:
        rows.add("relative_bias", bias / truth, se / root / truth, target, truth)
    rows.add("empirical_se", se, se / root / math.sqrt(2), target, truth)
    rows.add("mean_model_se", 0.96 * se, 0.1 * se / root, target, truth)
    rows.add("relative_error_model_se", -0.04, 0.7 / root, target, truth)
    rows.add("rmse", math.hypot(bias, se), se / root, target, truth)
    rows.share("coverage", normal_share(reach - bias / se) - normal_share(-reach - bias / se), target, truth)
    found = 1 - normal_share(reach - mean / se) + normal_share(-reach - mean / se)
    rows.share("power" if truth else "type_1_error", found, target, truth)
    rows.add("limit_before_cut", before, 0.0, target, truth)
    rows.add("limit_after_cut", after, 0.0, target, truth)
    if screened:
        rows.add("screening_shift", 0.6 / n - 0.01 * truth, 0.2 * se / root, target, truth)


def drop_rows(rows: Rows, loadings: dict[str, float], n: int) -> None:
    """The rule drops an item when its estimated loading, a little above the true one, falls under 0.70."""
    rates = {name: normal_share((0.68 - loading) * math.sqrt(n) / 0.55) for name, loading in loadings.items()}
    for name, rate in rates.items():
        rows.share("drop_rate", rate, name, loadings[name])
    for kind, kept in (("true items", 0.001), ("true items >= 0.70", 0.70)):
        of = [rate for name, rate in rates.items() if loadings[name] >= kept]
        rows.share("drop_rate", sum(of) / len(of), kind)
    null = [rate for name, rate in rates.items() if not loadings[name]]
    if null:
        rows.share("drop_rate", sum(null) / len(null), "null items")
    total, spread = sum(rates.values()), math.sqrt(sum(rate * (1 - rate) for rate in rates.values()))
    rows.add("items_dropped", total, spread / math.sqrt(REPLICATIONS))
    rows.share("many_dropped", normal_share((total - 4.5) / spread))
    rows.share("block_short", 0.012 * 72 / n if n < 200 else 0.0)


def truths(levels: dict[str, str]) -> tuple[dict[str, float], dict[str, float]]:
    """Loadings and paths of one population."""
    weak = {"weak": 0.5, "zero": 0.0}
    loadings = {
        f"{block}=~{item}": weak.get(levels["dropped_items"], LOADING[block]) if item in DROPPED else LOADING[block]
        for block, items in BLOCKS.items()
        for item in items
    }
    small = 0.13 if levels["ocrm_effect"] == "small" else 0.0
    return loadings, {"PERF~ACRM": 0.80 - float(levels["crm_correlation"]) * small, "PERF~OCRM": small}


def screened_study(
    folder: Path, factors: dict[str, list[str]] = FACTORS, sizes: tuple[int, ...] = (72, 150, 300)
) -> Path:
    """A results folder like the flagship's; `factors` may leave levels out but names all three."""
    rows, cells, calibration = Rows(), [], []
    for combination in itertools.product(*factors.values()):
        levels = dict(zip(factors, combination, strict=True))
        loadings, paths = truths(levels)
        calibration.append({"levels": levels, "rows": published(), "loadings": loadings, "paths": paths})
        for n in sizes:
            number_of = len(cells) + 1
            label = ", ".join([f"n = {n}", *(f"{factor} = {level}" for factor, level in levels.items())])
            cells.append({"cell": number_of, "n": n, "levels": levels, "label": label})
            for name, (_, screened, limit, spread) in METHODS.items():
                used = REPLICATIONS - (round(9000 / n) if name.startswith("ml") else 0)
                rows.where = {"cell": number_of, "n": n, **levels, "method": name, "used": used}
                for path, truth in paths.items():
                    path_rows(rows, path, truth, n, limit, spread, screened)
                rows.add("bias", -0.05, 0.002, "r2(PERF)", 0.60)
                rows.add("bias", 0.02, 0.001, "ave(ACRM)", 0.55)
                rows.share("usable_rate", used / REPLICATIONS)
                rows.share("convergence_rate", used / REPLICATIONS)
                rows.share("inadmissibility_rate", 1 - used / REPLICATIONS)
                rows.add("resamples_lost", 0.01, 0.001)
                if screened:
                    drop_rows(rows, loadings, n)
    facts = {
        "name": "crm-clusters",
        "title": "Dropping every item under 0.70 from 72 questionnaires",
        "question": "A study ran PLS on 72 five-point questionnaires, dropped every item that loaded under 0.70 and "
        "reported two paths. Had the truth been known, how often would that procedure have found it?",
        "aims": ["How often does the 0.70 rule drop true items?", "What does it do to the two paths?"],
        "population": "crm-clusters",
        "source": "Talmenssour, Chebh & Noureddine, Table 2",
        "notes": ["The source prints no item distribution: the category shares are ours."],
        "model": "\n".join([*(f"{b} =~ {' + '.join(i)}" for b, i in BLOCKS.items()), "PERF ~ ACRM + OCRM"]),
        "constructs": {
            "ACRM": "analytical CRM",
            "OCRM": "operational CRM",
            "PERF": "organisational performance",
        },
        "seed": 20210901,
        "replications": REPLICATIONS,
        "items": 19,
        "loading_rule": 0.70,
        "estimands": ["PERF~ACRM", "PERF~OCRM", "r2(PERF)", "ave(ACRM)"],
        "factors": {name: {"meaning": f"what {name} means", "levels": levels} for name, levels in factors.items()},
        "sizes": list(sizes),
        "cells": cells,
        "methods": {
            name: {
                "label": label,
                "estimator": name.partition("-")[0],
                "screened": screened,
                "unscreened": name.partition("-")[0] if screened else None,
                "resamples": 500 if name.startswith("pls") else None,
                "description": "composites weighted by mode A" if name == "pls" else "",
            }
            for name, (label, screened, _, _) in METHODS.items()
        },
        "calibration": calibration,
        "versions": {"python": "3.11.7", "numpy": "2.4.6"},
        "command": "loadstone run crm-clusters --output results/crm-clusters",
        "replay": "loadstone replay crm-clusters --cell 1 --replication 17",
    }
    return store(folder, facts, rows)


def published() -> list[dict[str, Any]]:
    return [
        {"quantity": "ave(ACRM)", "published": 0.604, "achieved": 0.604, "solved": True},
        {"quantity": "alpha(ACRM)", "published": 0.837, "achieved": 0.8362, "solved": False},
        {"quantity": "r2(PERF)", "published": 0.502, "achieved": 0.502, "solved": True},
    ]


def plain_study(folder: Path) -> Path:
    """Four predictors, no factors, no screening, no calibration, one construct without a label; one path is zero."""
    rows, cells = Rows(), []
    true = {"Y~A": 0.48, "Y~B": 0.314, "Y~C": 0.114, "Y~D": 0.0}
    for index, n in enumerate((40, 90)):
        cells.append({"cell": index, "n": n, "levels": {}, "label": f"n = {n}"})
        for name, limit in {"sums": -0.15, "pls": -0.13, "ml": 0.0}.items():
            rows.where = {"cell": index, "n": n, "method": name, "used": REPLICATIONS}
            for path, truth in true.items():
                path_rows(rows, path, truth, n, limit, 0.1, False)
            rows.share("usable_rate", 1.0)
    facts = {
        "name": "goodhue-2012",
        "title": "Four predictors & one outcome: <n = 40>",
        "question": "Does PLS find more than regression?",
        "seed": 1,
        "replications": REPLICATIONS,
        "estimands": list(true),
        "sizes": [40, 90],
        "cells": cells,
        "methods": {name: {"label": name.upper(), "estimator": name} for name in ("sums", "pls", "ml")},
    }
    return store(folder, facts, rows)


def store(folder: Path, facts: dict[str, Any], rows: Rows) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "study.json").write_text(json.dumps(facts))
    pd.DataFrame(rows.rows).to_parquet(folder / "measures.parquet", index=False)
    return folder


@pytest.fixture(scope="module")
def screened(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A written report of a screened study with four populations and two sizes."""
    factors = {"dropped_items": ["weak", "zero"], "crm_correlation": ["0.5"], "ocrm_effect": ["small", "zero"]}
    folder = screened_study(tmp_path_factory.mktemp("screened"), factors, (72, 300))
    assert reports.write(folder) == folder / "report.html"
    return folder


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A written report of a study without factors, screening and calibration."""
    folder = plain_study(tmp_path_factory.mktemp("plain"))
    reports.write(folder)
    return folder


def stored(results: Results, method: str, target: str, measure: str) -> Estimate:
    found = results.estimate(results.baseline_cell, method, target, measure)
    assert found is not None
    return found


def spaced(text: str) -> str:
    """Without no-break spaces, so that expected sentences can be typed."""
    return text.replace("\N{NO-BREAK SPACE}", " ")


def test_screened_study_is_answered_with_its_numbers(screened: Path) -> None:
    results = read(screened)
    answer = sentences.answer(results)
    share = stored(results, "pls-screened", "true items", "drop_rate")
    percent = f"{100 * share.value:.1f} ± {100 * share.mcse:.1f}%"
    assert spaced(answer.lead) == f"At n = 72 the 0.70 rule drops {percent} of the true items."
    told = spaced(" ".join(answer.sentences))
    mean = stored(results, "pls-screened", "", "items_dropped")
    many = stored(results, "pls-screened", "", "many_dropped")
    short = stored(results, "pls-screened", "", "block_short")
    assert f"A study loses {mean.value:.2f} ± {mean.mcse:.2f} of its 19 items on average" in told
    assert f"{100 * many.value:.1f} ± {100 * many.mcse:.1f}% of studies lose five or more" in told
    assert f"in {100 * short.value:.1f} ± {100 * short.mcse:.1f}% the rule alone" in told
    assert "Over the 4 populations tried at this n" in told


def test_paths_are_told_before_and_after_the_rule(screened: Path) -> None:
    results = read(screened)
    told = spaced(" ".join(sentences.path_answer(results, "PERF~ACRM").sentences))
    before, after = (stored(results, method, "PERF~ACRM", "bias") for method in ("pls", "pls-screened"))
    assert f"{-before.value:.3f} ± {before.mcse:.3f} too low without the rule" in told
    assert f"{-after.value:.3f} ± {after.mcse:.3f} too low with it" in told
    cover = stored(results, "pls-screened", "PERF~ACRM", "coverage")
    assert f"{100 * cover.value:.1f} ± {100 * cover.mcse:.1f}% with it" in told


def test_plain_study_is_answered_for_every_path(plain: Path) -> None:
    results = read(plain)
    answer = sentences.answer(results)
    power = stored(results, "pls", "Y~A", "power")
    assert f"{100 * power.value:.1f} ± {100 * power.mcse:.1f}% (PLS)" in spaced(answer.lead)
    assert len(answer.paths) == 4
    assert "Though it is zero, it is called significant (type I error" in answer.paths[3].sentences[1]
    assert answer.failures == ""


def test_sections_without_numbers_are_left_out(plain: Path) -> None:
    made = {table.name for table in tables.tables(read(plain))}
    assert not made & {"screening", "items", "calibration", "loadings"}
    drawn = {path.stem for path in (plain / "figures").glob("*.svg")}
    assert drawn == {"bias", "significance", "coverage", "decomposition"}


def test_screened_study_has_every_figure_and_table(screened: Path) -> None:
    drawn = {path.stem for path in (screened / "figures").glob("*.svg")}
    assert drawn == {"drop-rates", "bias", "significance", "coverage", "decomposition", "denominators"}
    for table in tables.tables(read(screened)):
        assert (screened / "tables" / f"{table.name}.csv").is_file()
        assert (screened / "tables" / f"{table.name}.tex").read_text().count(r"\toprule") == 1


def test_page_loads_nothing_and_escapes_text(screened: Path, plain: Path) -> None:
    for folder in (screened, plain):
        page = (folder / "report.html").read_text()
        for loaded in re.findall(r"""(?:src|href|url|import|fetch)\s*[=(]\s*["']?\s*([^"'\s>)]+)""", page):
            assert not loaded.startswith(("http:", "https:", "//")), loaded
        assert "default-src 'none'" in page
    assert "Four predictors &amp; one outcome: &lt;n = 40&gt;" in (plain / "report.html").read_text()


def test_still_figures_are_drawings_of_the_baseline(screened: Path) -> None:
    for path in (screened / "figures").glob("*.svg"):
        drawn = path.read_text()
        assert drawn.startswith("<svg")
        assert "NaN" not in drawn
        assert "Sum scores, 0.70 rule" in drawn


def test_same_results_give_the_same_files(plain: Path) -> None:
    before = {path: path.read_bytes() for path in plain.rglob("*") if path.is_file()}
    reports.write(plain)
    assert before == {path: path.read_bytes() for path in plain.rglob("*") if path.is_file()}


def test_csv_holds_every_number_in_full(screened: Path) -> None:
    measures = pd.read_parquet(screened / "measures.parquet")
    text = {"dropped_items": str, "crm_correlation": str, "ocrm_effect": str}
    again = pd.read_csv(screened / "tables" / "measures.csv", keep_default_na=True, dtype=text)
    again["target"] = again["target"].fillna("")
    pd.testing.assert_frame_equal(again, measures, check_dtype=False, check_exact=True)
    comparison = pd.read_csv(screened / "tables" / "comparison.csv")
    first = stored(read(screened), "sums", "PERF~ACRM", "bias")
    assert comparison.loc[0, ["bias", "bias_mcse", "bias_n_used"]].tolist() == [first.value, first.mcse, first.n_used]


def test_latex_escapes_and_groups() -> None:
    assert latex("50 % of A_1 & B~C {x} \\ ^ # $") == (
        r"50 \% of A\_1 \& B\textasciitilde{}C \{x\} \textbackslash{} \textasciicircum{} \# \$"
    )
    rows = (("P~A", "m_1", Estimate(-0.05, 0.002, 10, 10, 0.5)), ("P~A", "m_2", None))
    columns = (Column("Path"), Column("Method"), Column("bias", "coefficient", True))
    made = as_latex(Table("t", "Bias & more", "100 %", columns, rows, grouped=True), "a study")
    assert r"m\_1 & $-$0.050 (0.002) \\" in made
    assert r"m\_2 & -- \\" in made
    assert r"\multicolumn{2}{l}{\emph{P\textasciitilde{}A}} \\" in made
    assert r"\caption{Bias \& more}" in made
    assert r"\label{tab:a-study-t}" in made


def test_csv_of_an_estimate_has_four_columns() -> None:
    rows = (("a", Estimate(1 / 3, 0.1, 9, 10, math.nan)), ("b", None))
    table = Table("t", "", "", (Column("Method"), Column("usable ≥ 0.5", "share")), rows)
    head, first, second = as_csv(table).splitlines()
    assert head == "method,usable >= 0.5,usable >= 0.5_mcse,usable >= 0.5_n_used,usable >= 0.5_n_total"
    assert first == f"a,{1 / 3!r},0.1,9,10"
    assert second == "b,,,,"


@pytest.mark.parametrize(
    ("value", "mcse", "shown"),
    [
        (0.312, 0.0021, "31.2 ± 0.2%"),
        (0.0, 0.0, "0% (none of 2,000)"),
        (1.0, 0.0, "100% (all of 2,000)"),
        (0.9999, 0.0001, "100.0 ± <0.1%"),
        (math.nan, math.nan, "–"),
    ],
)
def test_shares_are_told_with_their_error(value: float, mcse: float, shown: str) -> None:
    assert spaced(with_error(Estimate(value, mcse, 2000, 2000, math.nan), "share")) == shown


def test_numbers_have_a_true_minus_and_no_negative_zero() -> None:
    assert number(-0.05) == "−0.050"
    assert number(-0.0001, signed=True) == "0.000"
    assert number(0.05, signed=True) == "+0.050"
    assert number(None) == "–"


def damaged(folder: Path, **changes: Any) -> Path:
    """The plain study with entries of study.json replaced (None: removed)."""
    plain_study(folder)
    facts = json.loads((folder / "study.json").read_text()) | changes
    kept = {key: value for key, value in facts.items() if value is not None}
    (folder / "study.json").write_text(json.dumps(kept))
    return folder


def refusal(folder: Path) -> str:
    """The one message; nothing may have been written."""
    before = sorted(folder.rglob("*"))
    with pytest.raises(InputError) as refused:
        reports.write(folder)
    assert sorted(folder.rglob("*")) == before
    return str(refused.value)


def test_missing_files_are_named(tmp_path: Path) -> None:
    assert "study.json is not there" in refusal(tmp_path)
    (plain_study(tmp_path) / "measures.parquet").unlink()
    assert "measures.parquet is not there" in refusal(tmp_path)


def test_damaged_record_is_refused(tmp_path: Path) -> None:
    (plain_study(tmp_path) / "study.json").write_text('{"name": "goodhue')
    assert "not valid JSON" in refusal(tmp_path)
    assert "seed" in refusal(damaged(tmp_path, seed=None))
    assert "replications" in refusal(damaged(tmp_path, replications="many"))
    assert "not a study's record" in refusal(damaged(tmp_path, methods={}))
    assert "factors are none" in refusal(damaged(tmp_path, cells=[{"cell": 0, "n": 40, "levels": {"x": "1"}}]))
    assert "unscreened 'none' is not known" in refusal(
        damaged(tmp_path, methods={"a": {"label": "A", "unscreened": "none"}})
    )


def test_damaged_measures_are_refused(tmp_path: Path) -> None:
    path = plain_study(tmp_path) / "measures.parquet"
    whole = path.read_bytes()
    measures = pd.read_parquet(path)
    path.write_bytes(whole[: len(whole) // 2])
    assert "is damaged" in refusal(tmp_path)
    measures.drop(columns=["mcse"]).to_parquet(path)
    assert "has no column mcse" in refusal(tmp_path)
    measures.assign(method="semx").to_parquet(path)
    assert "has method semx" in refusal(tmp_path)
    measures.assign(value="much").to_parquet(path)
    assert "wrong type" in refusal(tmp_path)
    measures.iloc[:0].to_parquet(path)
    assert "holds no measures" in refusal(tmp_path)


def test_folder_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    (plain_study(tmp_path) / "tables").write_text("a file where the folder of tables should go")
    assert "cannot be written" in refusal(tmp_path)


CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
#: Shows both reports at the widths of a screen and of a telephone; once they are drawn, leaves what it sees in a text.
PROBE = """<!DOCTYPE html><title>probe</title><style>iframe { height: 800px; border: 0 }</style>
<iframe src="screened.html" style="width:1280px"></iframe><iframe src="screened.html" style="width:400px"></iframe>
<iframe src="plain.html" style="width:1280px"></iframe><iframe src="plain.html" style="width:400px"></iframe>
<script>
const frames = Array.from(document.querySelectorAll("iframe"));
function seen(frame) {
  const page = frame.contentDocument, root = page.documentElement;
  return { at: frame.style.width, drawn: page.querySelectorAll(".plot svg").length,
           plots: page.querySelectorAll(".plot").length, marks: page.querySelectorAll(".plot svg path").length,
           wide: root.scrollWidth - root.clientWidth };
}
function choose(page, factor, level) {
  const select = page.querySelector(`select[data-factor=${factor}]`);
  select.value = level;
  select.dispatchEvent(new Event("change"));
}
let chosen = false;
const waiting = setInterval(() => {
  if (!frames.every((frame) => frame.contentDocument?.body?.dataset.drawn)) return;
  const first = frames[0].contentDocument;
  if (!chosen) choose(first, "ocrm_effect", "zero");
  chosen = true;
  if (!first.getElementById("figure-significance").textContent.includes("true value 0: type I error")) return;
  clearInterval(waiting);
  const found = document.createElement("pre");
  found.id = "seen";
  found.textContent = JSON.stringify(frames.map(seen));
  document.body.append(found);
}, 100);
</script>"""


def in_chromium(page: Path, profile: Path) -> tuple[str, list[str]]:
    """The document after its scripts ran, and every message on the console."""
    options = "--headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking --hide-scrollbars"
    flags = [*options.split(), "--allow-file-access-from-files", "--enable-logging=stderr", "--v=0"]
    flags += [f"--user-data-dir={profile}", "--window-size=1800,1800", "--virtual-time-budget=20000"]
    command = [str(CHROMIUM), *flags, "--dump-dom", page.as_uri()]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=180, check=False)
    return ran.stdout, [line for line in ran.stderr.splitlines() if ":CONSOLE" in line]


@pytest.mark.skipif(CHROMIUM is None, reason="no chromium, chromium-browser or google-chrome on this machine")
def test_pages_open_in_a_browser_without_a_message(screened: Path, plain: Path, tmp_path: Path) -> None:
    for folder, name in ((screened, "screened.html"), (plain, "plain.html")):
        shutil.copy(folder / "report.html", tmp_path / name)
    (tmp_path / "probe.html").write_text(PROBE)
    document, messages = in_chromium(tmp_path / "probe.html", tmp_path / "profile")
    assert messages == []
    found = re.search(r'<pre id="seen">(.*?)</pre>', document)
    assert found, "the figures were not drawn, or did not follow the choice of a population"
    for seen in json.loads(found[1]):
        assert seen["drawn"] == seen["plots"] > 0
        assert seen["marks"] > 20 * seen["plots"]
        assert seen["wide"] == 0, f"at {seen['at']} the page scrolls sideways by {seen['wide']} pixels"
