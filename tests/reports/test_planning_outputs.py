"""A plan as text, page, CSV and pictures: what was found stands in all of them."""

import csv
import io
from pathlib import Path

import pytest
from rich.console import Console

from benchmarks.advising.advice import advise
from benchmarks.planning.asked import questions_of
from benchmarks.planning.curve import Count
from benchmarks.planning.plan import Plan, plan
from benchmarks.planning.search import Limits
from benchmarks.planning.setting import setting_of
from reports.advising import files as advice_files
from reports.advising import text as advice_text
from reports.advising import words
from reports.planning import files, tables, text
from reports.planning import words as words_of_plan


@pytest.fixture(name="found", scope="module")
def _found() -> Plan:
    world = setting_of("three-factors", methods="sumscores, sumscores[errors=hc3]")
    return plan(world, questions_of(world, power=0.8, joint=True, keep_items=0.5), Limits(within=60, largest=400))


def test_every_form_has_the_answers(found: Plan, tmp_path: Path) -> None:
    written = {path.name: path for path in files.write(found, tmp_path / "out")}
    assert set(written) == {"plan.html", "plan.csv", "plan.svg", "plan.png"}
    page, drawing = (written[name].read_text() for name in ("plan.html", "plan.svg"))
    console = Console(width=100, file=io.StringIO(), record=True)
    text.show(found, console)
    printed = console.export_text()
    answers = [line.n for line in found.lines if line.n is not None]
    assert answers
    for n in answers:
        assert f" {n} " in printed
        assert f">{n}<" in page
    assert "all paths" in drawing
    assert "http://" not in page.replace("http://www.w3.org", "")
    assert written["plan.png"].read_bytes().startswith(b"\x89PNG")


def test_only_what_was_asked_is_explained_and_no_rate_has_an_error_of_0(found: Plan) -> None:
    told = " ".join(words_of_plan.meaning(found))
    assert "Power: " in told
    assert "Items kept: " in told
    assert "Coverage: " not in told
    assert "Width: " not in told
    assert tables._rate(Count(460, 256, 256)) == "100% (98.5 to 100)"
    assert tables._rate(Count(20, 0, 256)) == "0% (0 to 1.5)"
    assert tables._rate(Count(20, 128, 256)) == "50 ± 3%"


def test_the_csv_has_every_answer_and_every_rule(found: Plan, tmp_path: Path) -> None:
    files.write(found, tmp_path)
    rows = list(csv.DictReader((tmp_path / "plan.csv").open()))
    plain = [row for row in rows if not row["rule"]]
    assert [row["n"] for row in plain] == ["" if line.n is None else str(line.n) for line in found.lines]
    beside = [row for row in rows if row["rule"] and row["rule_off_by"]]
    assert beside
    assert all(int(row["rule_n"]) - int(row["n"]) == int(row["rule_off_by"]) for row in beside)
    assert {row["rule"] for row in beside} >= {"ten times", "gamma-exponential", "R2 table", "Westland's lower bound"}


def test_what_is_never_reached_is_told(tmp_path: Path) -> None:
    world = setting_of("crm-clusters", ["ocrm_effect=zero"], "sumscores")
    found = plan(world, questions_of(world, "PERF~OCRM"), Limits())
    (path,) = (each for each in files.write(found, tmp_path) if each.suffix == ".html")
    assert "in truth PERF~OCRM is 0" in path.read_text()
    assert sorted(each.name for each in tmp_path.iterdir()) == ["plan.csv", "plan.html"]


def test_advice_has_its_conclusion_on_the_page_and_every_figure_in_the_csv(tmp_path: Path) -> None:
    advice = advise("three-factors", 60, "sumscores, ml", replications=60)
    page, table = advice_files.write(advice, tmp_path)
    for told in words.conclusion(advice):
        assert told in page.read_text().replace("&#39;", "'")
    rows = list(csv.DictReader(table.open()))
    measures = {row["measure"] for row in rows if row["method"] == "ml"}
    assert measures >= {"bias", "coverage", "type I error", "power", "usable"}
    assert len([row for row in rows if row["measure"] == "power"]) == 2 * 3
    console = Console(width=100, file=io.StringIO(), record=True)
    advice_text.show(advice, console)
    assert "Which methods keep the criteria" in console.export_text()
