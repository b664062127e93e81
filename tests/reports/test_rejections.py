"""The answer of a study of fit tests: how often each rejects, in every population, with its level beside it."""

import pytest
from rich.console import Console

import reports
from benchmarks.run import runner
from benchmarks.study.study import load
from reports.results import read
from reports.study.evidence import rejections

STUDY = """
name = "rejects"
aims = { title = "Rejects", question = "How often?" }

[data]
n = [60, 90]
replications = 20
seed = 5

[data.population]
source = "made up"
model = '''
A =~ a1 + a2 + a3
B =~ b1 + b2 + b3
B ~ A
'''
values = { "*=~*" = 0.8, "B~A" = 0.4 }

[data.factors.world]
meaning = "what <b> is wrong"
levels = { right = {}, wrong = { "A=~b1" = 0.5, "B=~b1" = 0.5 } }

[estimands]
targets = TARGETS

[methods.pls]
fit_test = 20

[methods.plsc]
fit_test = 20
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    def made(targets):
        folder = tmp_path_factory.mktemp("rejects")
        (folder / "rejects.toml").write_text(STUDY.replace("TARGETS", targets))
        runner.run(load(str(folder / "rejects.toml")), folder / "results", 1, Console(quiet=True))
        return folder / "results"

    return made


def test_the_answer_tells_how_often_tests_reject_and_a_table_tells_it_of_every_cell(run):
    folder = run('["srmr", "d_g", "B~A"]')
    results = read(folder)
    told = rejections.answer(results)
    assert told.lead.startswith("At n = 60 (what <b> is wrong: right) tests at the 5% level reject in ")
    assert told.sentences[0].startswith(
        "What <b> is wrong: right; n = 60: tests at the 5% level reject in these shares"
    )
    assert "SRMR: " in told.sentences[0]
    assert "(PLS)" in told.sentences[0] + told.sentences[1]
    assert told.sentences[1].startswith("What <b> is wrong: wrong; n = 60")
    assert "A test at the 5% level should reject in 5% of studies where the model is right" in told.sentences[2]
    assert any("the path A → B" in each for each in told.sentences)
    table = rejections.table(results)
    assert [column.header for column in table.columns[-2:]] == ["n = 60", "n = 90"]
    rows = {tuple(row[:3]): row[3:] for row in table.rows}
    assert len(rows) == 2 * 2 * 2
    stored = results.estimate(results.cell(results.populations[1], 90), "pls", "srmr", "rejection_rate")
    assert rows["what <b> is wrong: wrong", "SRMR", "PLS"][1] == stored
    reports.write(folder)
    page = (folder / "report.html").read_text()
    assert "How often each test rejects at the 5% level" in page
    assert "<b> is wrong" not in page


def test_a_study_without_such_tests_answers_as_it_did(run):
    folder = run('["B~A"]')
    results = read(folder)
    assert not rejections.table(results).rows
    assert rejections.answer(results).lead.startswith("At n = 60 the path")
