"""One's own interviews from the command line: tables read, estimates told, mistakes named."""

import re
from pathlib import Path

import numpy as np
import pytest

from benchmarks.portraits.interviews import METHODS, estimate_interviews, read_table
from benchmarks.portraits.theme_portrait import theme_portrait
from estimators.richness.catalogue import RICHNESS
from sim import catalogue
from sim.errors import InputError
from sim.themes.prevalences import SHAPES
from tests.bad_input import assert_says

DOCS = Path(__file__).parent.parent.parent / "docs" / "saturation.md"
#: A table as CSV (a block of no language), or a TOML file.
FILE_IN_DOCS = r"```(?:toml)?\n((?:theme,|\[interviews|title =).*?)```"
CSV = """theme,Ann,Bob,Cid,Dan
trust,1,0,2,
price,,1,,
service,1,1,1,0
"""
TOML = """
"trust" = ["Ann", "Cid"]
"price" = ["Bob"]
"service" = ["Ann", "Bob", "Cid"]
"""


def test_a_csv_table_is_read_with_respondents_who_told_nothing(tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text(CSV)
    table = read_table(path)
    assert table.respondents == ("Ann", "Bob", "Cid", "Dan")
    assert table.told.astype(int).tolist() == [[1, 0, 1], [0, 1, 1], [1, 0, 1], [0, 0, 0]]


@pytest.mark.parametrize("separator", [";", "\t"])
def test_other_separators_are_understood(tmp_path, separator):
    path = tmp_path / "mine.csv"
    path.write_text(CSV.replace(",", separator), encoding="utf-8-sig")
    assert read_table(path).mentions.tolist() == [2, 1, 3]


def test_a_toml_table_may_stand_at_the_top_or_in_its_section(tmp_path):
    top, section = tmp_path / "top.toml", tmp_path / "section.toml"
    top.write_text(TOML)
    section.write_text(f'[interviews]\nrespondents = ["Ann", "Bob", "Cid", "Dan"]\n[interviews.themes]{TOML}')
    assert read_table(top).respondents == ("Ann", "Cid", "Bob")
    assert read_table(section).respondents == ("Ann", "Bob", "Cid", "Dan")
    assert np.array_equal(read_table(top).told[[0, 2, 1]], read_table(section).told[:3])


def test_estimates_of_ones_own_table(tmp_path):
    """Q1 = 1, Q2 = 1, t = 4: Chao2 is 3 + 3/4 / 2, Good-Turing's coverage 1 - 1/6."""
    path = tmp_path / "mine.csv"
    path.write_text(CSV)
    estimated = estimate_interviews(path)
    found = estimated.estimates.set_index(["method", "target"])["value"]
    assert found["chao2", "themes"] == pytest.approx(3.375)
    assert found["turing", "coverage"] == pytest.approx(5 / 6)
    assert ("accumulation", "themes(8)") in found.index
    assert set(estimated.labels) == set(METHODS)
    assert estimated.frequencies == [1, 1, 1, 0]


def test_the_command_prints_the_estimates_and_writes_them(command, monkeypatch, tmp_path, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.csv").write_text(CSV)
    assert command("themes", "mine.csv", "--out", "mine-estimates.csv") == 0
    printed = capsys.readouterr().out
    assert_says(printed, ["4 interviews, 3 themes, 6 mentions", "Chao2", "3.375", "Good-Turing", "0.833"])
    lines = (tmp_path / "mine-estimates.csv").read_text().splitlines()
    assert lines[0] == "method,target,value,se,lower,upper,status"
    assert command("themes", "mine.csv", "--out", "mine.tex") == 0
    assert r"\begin{tabular}" in (tmp_path / "mine.tex").read_text()


def test_a_population_of_themes_is_shown(command, monkeypatch, tmp_path, capsys):
    monkeypatch.chdir(tmp_path)
    assert command("show", "social-crm-interviews", "--level", "prevalences=36 equal", "--out", "shown") == 0
    printed = " ".join(capsys.readouterr().out.split())
    assert_says(printed, ["36 themes (prevalences 36 equal)", "90% after 11.7", "7 26.916 0.748 0.748 1.622"])
    curve = (tmp_path / "shown" / "curve.csv").read_text().splitlines()
    assert curve[0] == "interviews,themes_found,known,coverage,new_in_the_next"
    assert len((tmp_path / "shown" / "prevalences.csv").read_text().splitlines()) == 37


def test_a_population_with_constructs_has_no_portrait_of_themes():
    assert theme_portrait("three-factors") is None


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("a.csv", "", "holds no table"),
        ("a.csv", "theme,Ann,Ann\ntrust,1,0\n", "line 1: every respondent needs a name of its own"),
        ("a.csv", "theme,Ann,Bob\ntrust,1,0\ntrust,1,1\n", "line 3: theme 'trust' is named twice"),
        ("a.csv", "theme,Ann,Bob\ntrust,1\n", r"line 2 \(trust\): 1 cells for 2 respondents"),
        ("a.csv", "theme,Ann,Bob\ntrust,yes,0\n", "line 2: 'yes' is neither 0 nor a count"),
        ("a.csv", "theme,Ann,Bob\ntrust,0,\n", "nobody brings any theme up"),
        ("a.csv", "theme,Ann\ntrust,1\n", "two or more are needed"),
        ("a.toml", '"trust" = "Ann"\n', "write a line for each theme"),
        ("a.toml", "[interviews]\nrespondents = ['Ann', 'Bob']\n", "write a line for each theme"),
        ("a.toml", '"trust" = ["Ann", "Ann"]\n', "a.toml: theme 'trust' names a respondent twice"),
    ],
)
def test_a_table_that_cannot_be_read_is_refused(tmp_path, name, text, words):
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(InputError, match=words):
        read_table(path)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("themes", "none.csv"), ["none.csv does not exist"]),
        (("themes", "mine.csv", "--level", "95"), ["level is 95"]),
        (("themes", "mine.csv", "--out", "x.docx"), ["ends in .csv or .tex"]),
        (("show", "social-crm-interviews", "--level", "prevalences=9"), ["level of prevalences '9' is not known"]),
    ],
)
def test_the_command_refuses_in_one_message(refused, tmp_path, arguments, words):
    (tmp_path / "mine.csv").write_text(CSV)
    assert_says(refused(*arguments), words)


def test_the_documentation_names_every_method_and_its_files_can_be_read(tmp_path):
    text = DOCS.read_text(encoding="utf-8")
    assert all(f"| `{name}` |" in text for name in RICHNESS)
    assert all(f'"{shape}"' in text for shape in SHAPES)
    files = dict(zip(("mine.csv", "mine.toml", "population.toml"), re.findall(FILE_IN_DOCS, text, re.S), strict=True))
    for name, content in files.items():
        (tmp_path / name).write_text(content)
    assert read_table(tmp_path / "mine.csv").mentions.tolist() == [2, 1, 3]
    assert read_table(tmp_path / "mine.toml").mentions.tolist() == [2, 1, 3]
    population = str(tmp_path / "population.toml")
    for level, number in {"as told": 3, "6 equal": 6, "by hand": 4}.items():
        assert catalogue.world(population, {"truth_is": level}).themes == number
