"""`loadstone look` and `loadstone study-from`: remarks that a careful analyst would make, and a study of one's own."""

import csv
import io
import tomllib

import numpy as np
import pandas as pd
import pytest

from benchmarks.own.looking import look_at
from reports.look import files as look_files
from sim import catalogue
from sim.answers.scales import shares_of
from sim.drawing.draw import draw_block
from sim.implied.implied import Implied
from sim.model import Model
from sim.streams import Address
from sim.surveys.answers import Asked
from tests.own_survey import ITEMS, MODEL, survey

STRUCTURE = Model.parse(MODEL)


def remarks(data, **asked):
    return " / ".join(look_at(data, STRUCTURE, Asked(**asked)).remarks)


def straight(data):
    data.loc[5, ITEMS] = 4
    return data


def duplicate(data):
    return pd.concat([data, data.iloc[[10, 11]]], ignore_index=True)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda d: d.assign(qual2=d["qual2"].where(d.index != 3, 99)), "99 stands among answers from 1 to 5: qual2 "),
        (lambda d: d.assign(sat1=d["sat1"] - 1), "sat1 is answered from 0 to 4, most items of SAT from 1 to 5"),
        (lambda d: d.assign(sat1=d["sat1"].where(d.index % 9 > 0, 7)), "7 stands among answers from 1 to 5"),
        (lambda d: d.assign(sat1=d["sat1"] * 20), "sat1 is answered from 20 to 100, most items of SAT from 1 to 5"),
        (lambda d: d.assign(sat2=6 - d["sat2"]), "sat2 runs against the other items of SAT"),
        (straight, "gave one answer to all 9 items (row"),
        (duplicate, "2 respondents answered every item as somebody before did (rows 81, 82)"),
        (lambda d: d.assign(fid1=3), "every respondent answers fid1 alike (3)"),
        (lambda d: d.assign(fid1=np.where(d.index < 2, 4, 3)), "78 of 80 respondents answer fid1 alike (3)"),
        (lambda d: d.assign(qual3=d["qual1"]), "qual1 and qual3 are copies of each other"),
        (lambda d: d.assign(qual3=6 - d["qual1"]), "copies of each other, one turned round"),
        (lambda d: d.head(8), "8 complete respondents for 9 items: n is not above"),
        (lambda d: d, "80 respondents for 21 free parameters of a factor model, 3.8 each"),
        (lambda d: d.assign(sat3=d["sat3"] + 0.25), "with fractions"),
    ],
)  # fmt: skip
def test_what_a_careful_analyst_would_see(change, words):
    assert words in remarks(change(survey()))


def test_quiet_data_have_no_other_remark():
    told = look_at(survey(400, 12), STRUCTURE, Asked()).remarks
    assert not [each for each in told if "one answer to all" not in each and "as somebody before" not in each]


def test_values_outside_a_scale_that_is_given():
    assert "5 stands among answers from 1 to 4" in remarks(survey(), ends=(1.0, 4.0))


def test_a_look_without_a_model_takes_the_columns_that_hold_answers():
    assert look_at(survey(), None, Asked()).answers.items == tuple(ITEMS)


def test_the_command_and_its_files(command, capsys, tmp_path):
    data = survey().rename(columns={"qual1": "=cmd|' /C calc'!A0"})
    data.to_csv(tmp_path / "data.csv", index=False)
    assert command("look", tmp_path / "data.csv", "--out", tmp_path / "look") in (0, None)
    printed = capsys.readouterr().out
    assert "80 respondents, 9 items" in printed
    assert "What to look at" in printed
    page = (tmp_path / "look" / "look.html").read_text()
    assert page.count("<svg") == 9
    assert "nan" not in page.lower().replace("nance", "")
    rows = list(csv.reader(io.StringIO((tmp_path / "look" / "look.csv").read_text())))
    assert len(rows) == 10
    assert rows[1][1] == "'=cmd|' /C calc'!A0"


def test_shares_of_the_page_are_those_of_the_answers():
    row = look_files.item_rows(look_at(survey(), STRUCTURE, Asked()))[0]
    counts = survey()["qual1"].value_counts().sort_index()
    assert row.answers == ("1", "2", "3", "4", "5")
    np.testing.assert_allclose(row.shares, counts / 80)
    assert row.mean == pytest.approx(survey()["qual1"].mean(), abs=1e-12)
    assert row.sd == pytest.approx(survey()["qual1"].std(), abs=1e-12)


def test_a_study_from_a_survey_runs_and_has_its_shares_and_values(command, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    data = survey().rename(columns={"qual1": "Qualité 1"})
    data.to_csv("data.csv", index=False)
    (tmp_path / "model.txt").write_text(MODEL.replace("qual1", "`Qualité 1`"))
    words = ["--model", "model.txt", "--method", "pls[resamples=20],pls[screening={threshold=0.7}, resamples=20],ml"]
    assert command("study-from", "data.csv", *words, "--replications", 20, "--out", "s.toml") in (0, None)
    assert "names in the study: Qualité 1 -> Qualité_1" in " ".join(capsys.readouterr().out.split())
    study = tomllib.loads((tmp_path / "s.toml").read_text())
    assert list(study["methods"]) == ["pls", "pls-2", "ml"]
    assert study["data"]["n"] == [80]
    population = catalogue.population(str(tmp_path / "s-population.toml"))
    cuts = population.scale.thresholds[0]
    shares = np.diff(shares_of(cuts).cumsum(), prepend=0)
    np.testing.assert_allclose(shares, data["Qualité 1"].value_counts(normalize=True).sort_index(), atol=1e-5)
    assert command("run", "s.toml", "--workers", 1) in (0, None)
    assert (tmp_path / "results" / "data-study" / "report.html").exists()


def test_a_study_from_a_survey_keeps_what_items_correlate_beyond_their_constructs(
    command, capsys, tmp_path, monkeypatch
):
    """Items within a composite, and an error covariance, which least squares reproduces exactly."""
    monkeypatch.chdir(tmp_path)
    population = catalogue.population("crm-clusters")
    items = population.model.items
    batch = draw_block(population, 300, Address(5, "0" * 64), 0, 1)
    pd.DataFrame(batch.raw[0], columns=items).to_csv("data.csv", index=False)
    seen = batch.moments.correlations[0]
    model = "A <~ CC1 + CC2 + CC3\nB =~ OGG1 + OGG2 + OGG3\nC =~ VA1 + VA2 + VPC1\nB ~ A\nC ~ A\nB ~~ C\n"
    (tmp_path / "model.txt").write_text(model)
    words = ("study-from", "data.csv", "--model", "model.txt", "--method", "pls", "--values")
    assert command(*words, "plsc", "--out", "composite.toml") in (0, None)
    made = catalogue.population("composite-population.toml")
    places = [items.index(item) for item in ("CC1", "CC2", "CC3")]
    np.testing.assert_allclose(Implied(made).structure.covariance[:3, :3], seen[np.ix_(places, places)], atol=1e-4)
    assert "disturbances do not covary, so these are 0: B and C" in " ".join(capsys.readouterr().out.split())
    (tmp_path / "model.txt").write_text("B =~ OGG1 + OGG2 + OGG3\nC =~ VA1 + VA2 + VPC1\nC ~ B\nOGG1 ~~ VA2\n")
    assert command(*words, "uls", "--out", "errors.toml") in (0, None)
    made = catalogue.population("errors-population.toml")
    i, k = items.index("OGG1"), items.index("VA2")
    np.testing.assert_allclose(Implied(made).structure.covariance[0, 4], seen[i, k], atol=1e-3)
    assert "error covariances as what items correlate beyond that" in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--values", "pls"], "--values pls: it is not consistent; give one of"),
        (["--n", "2"], "--n is 2"),
        (["--method", "lisrel"], "'lisrel'"),
        (["--out", "study.txt"], "ends in .toml"),
        (["--scale", "five"], "scale is 'five'; give the lowest and the highest answer, such as 1-5"),
        (["--reverse", "qual9"], "--reverse: item 'qual9' is not known"),
    ],
)
def test_wrong_words_give_one_message_and_no_file(command, capsys, tmp_path, monkeypatch, words, told):
    monkeypatch.chdir(tmp_path)
    survey().to_csv("data.csv", index=False)
    (tmp_path / "model.txt").write_text(MODEL)
    assert command("study-from", "data.csv", "--model", "model.txt", *words) == 2
    assert told in " ".join(capsys.readouterr().err.split())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data.csv", "model.txt"]
