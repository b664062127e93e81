"""Pages and figures of reports: all that a study has and no more, nothing fetched, drawn in a browser."""

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

import reports
from reports.book.kinds import SURVEY
from reports.drawing.palette import signs
from reports.drawing.panels import by_size
from reports.record import Method
from reports.results import read
from tests.chromium import CHROMIUM, in_chromium


def test_screened_study_has_every_figure_and_table(screened_report: Path) -> None:
    drawn = {path.stem for path in (screened_report / "figures").glob("*.svg")}
    assert drawn == {
        "drop-rates",
        "bias",
        "spread",
        "significance",
        "coverage",
        "decomposition",
        "denominators",
        "decision-map",
        "worlds",
        "lollipops",
    }
    for table in SURVEY.tables(read(screened_report)):
        assert (screened_report / "tables" / f"{table.name}.csv").is_file()
        assert (screened_report / "tables" / f"{table.name}.tex").read_text().count(r"\toprule") >= 1


def test_sections_without_numbers_are_left_out(plain_report: Path) -> None:
    made = {table.name for table in SURVEY.tables(read(plain_report))}
    assert not made & {"screening", "items", "calibration", "loadings"}
    drawn = {path.stem for path in (plain_report / "figures").glob("*.svg")}
    assert drawn == {"bias", "spread", "significance", "coverage", "decomposition", "lollipops"}


def test_page_loads_nothing_and_escapes_text(screened_report: Path, plain_report: Path) -> None:
    for folder in (screened_report, plain_report):
        page = (folder / "report.html").read_text()
        for loaded in re.findall(r"""(?:src|href|url|import|fetch)\s*[=(]\s*["']?\s*([^"'\s>)]+)""", page):
            assert not loaded.startswith(("http:", "https:", "//")), loaded
        assert "default-src 'none'" in page
    assert "Four predictors &amp; one outcome: &lt;n = 40&gt;" in (plain_report / "report.html").read_text()


def test_still_figures_are_drawings_of_the_baseline(screened_report: Path) -> None:
    for path in (screened_report / "figures").glob("*.svg"):
        drawn = path.read_text()
        assert drawn.startswith("<svg")
        assert "NaN" not in drawn
        assert "Sum scores, 0.70 rule" in drawn


def test_same_results_give_the_same_files(plain_report: Path) -> None:
    before = {path: path.read_bytes() for path in plain_report.rglob("*") if path.is_file()}
    reports.write(plain_report)
    assert before == {path: path.read_bytes() for path in plain_report.rglob("*") if path.is_file()}


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


@pytest.mark.skipif(CHROMIUM is None, reason="no chromium, chromium-browser or google-chrome on this machine")
def test_pages_open_in_a_browser_without_a_message(screened_report: Path, plain_report: Path, tmp_path: Path) -> None:
    for folder, name in ((screened_report, "screened.html"), (plain_report, "plain.html")):
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


def test_marks_of_many_methods_carry_their_numbers(plain_report: Path) -> None:
    results = read(plain_report)
    assert not any(sign.tag for sign in signs(results).values())  # three methods: colour and shape will do
    methods = {f"m{i}": Method(label=f"method {i}") for i in range(1, 7)}
    many = signs(replace(results, study=results.study.model_copy(update={"methods": methods})))
    assert [sign.tag for sign in many.values()] == list("123456")
    numbered, named = (json.dumps(by_size(found, "bias", (-1.0, 1.0))()["layer"]) for found in (many, signs(results)))
    assert json.dumps({f"method {i}": str(i) for i in range(1, 7)}) in numbered.replace('\\"', '"')
    assert ("label_at" in numbered, "label_at" in named) == (False, True)  # a number or a name, never both
