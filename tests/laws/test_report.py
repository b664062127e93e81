"""`laws.report`, `laws.parametrize`, laws of one's own, what a broken law tells: as an author meets them."""

import pickle
import re
from pathlib import Path

import hypothesis
import numpy as np
import pytest
from typer.testing import CliRunner

import loadstone
from estimators import laws
from estimators.composites.pls import PLS
from estimators.composites.sumscores import SumScores
from estimators.laws.properties.invariance import reversed_item
from estimators.laws.strategies import statuses, wild_surveys
from estimators.laws.subject import Breach, demand
from sim.errors import InputError
from tests.full import FULL

from . import table
from .faults import Faulty, FirstHalf, PositivePaths, RaisesOnFewRespondents

QUICK = ["protocol", "respondent-order", "truth"]


def test_a_report_has_a_row_for_every_law_and_raises_nothing():
    report = laws.report(FirstHalf(), only=QUICK, examples=2)
    assert [row.law for row in report.rows] == QUICK
    assert [row.outcome for row in report.rows] == ["held", "broken", "not tested"]
    assert report.broken == ("respondent-order",)
    assert report.rows[0].data_sets > 0
    assert "respondent-order     BROKEN: expected: the same estimates whoever answered first" in str(report)
    assert "truth                left out: it does not claim to be consistent" in str(report)


def test_a_law_that_met_no_usable_data_set_was_held_on_nothing():
    class Never(Faulty):
        def result(self, fit, batch, model):
            return fit.without(np.True_, status=np.full_like(fit.status, 2))

    report = laws.report(Never(), only=["respondent-order", "alive"], examples=2)
    assert report.left_out == {"respondent-order": "no data set could be used"}
    assert report.broken == ("alive",)


def test_what_is_expected_to_break_must_break():
    known = {"respondent-order": "it takes the first half only"}
    report = laws.report(FirstHalf(), only=QUICK, examples=2, expected_to_break=known)
    assert report.rows[1].outcome == "expected"
    assert not report.broken
    laws.check(FirstHalf(), only=QUICK, examples=2, expected_to_break=known)
    with pytest.raises(AssertionError, match="it holds, though it was expected to break"):
        laws.check(SumScores(), only=QUICK, examples=2, expected_to_break=known)


@laws.parametrize(
    [SumScores(), FirstHalf()], only=["protocol", "respondent-order"], examples=2,
    expected_to_break=lambda method: {"respondent-order": "half"} if isinstance(method, FirstHalf) else {},
)  # fmt: skip
def test_parametrised(estimator, law):
    law(estimator)


def at_least_ten(method, survey, rng):
    demand(survey.answers.shape[1] >= 1, "a survey", "none")
    demand(method.of(survey).value.shape[1] < 10, "under ten targets", "more")


def test_a_law_of_ones_own_is_held_in_the_same_run():
    own = laws.Law("few-targets", "There are under ten targets.", lambda world: world.any(), at_least_ten)
    report = laws.report(SumScores(), only=["protocol", "few-targets"], own=[own], examples=2)
    assert report.broken == ("few-targets",)
    with pytest.raises(InputError, match="two laws are called protocol"):
        laws.report(SumScores(), own=[laws.Law("protocol", "x.", own.surveys, at_least_ten)])


def test_a_broken_law_pickles_shows_small_surveys_and_the_line_that_shows_it_again():
    with pytest.raises(laws.LawBroken) as caught:
        laws.check(RaisesOnFewRespondents(), only=["honest-status"], seed=3)
    broken = caught.value
    assert broken.survey.answers.shape[:2] == (1, 4)
    assert "data set 1: A" not in str(broken)
    assert f"data set 1: {' '.join(broken.survey.model.items)}\n" in str(broken)
    assert 'only=["honest-status"], examples=30, seed=3' in broken.again
    told = pickle.loads(pickle.dumps(broken))
    assert str(told) == str(broken)
    assert told.law.name == "honest-status"
    assert np.array_equal(told.survey.answers, broken.survey.answers)
    assert isinstance(told.breach, Breach)


def test_a_loaded_hypothesis_profile_says_how_many_surveys():
    hypothesis.settings.register_profile("three", max_examples=3)
    hypothesis.settings.load_profile("three")
    try:
        assert laws.report(SumScores(), only=["protocol"]).examples == 3
    finally:
        hypothesis.settings.load_profile("default")


def test_random_states_are_new_for_every_fit_and_kept_for_everyone_else():
    class Draws(Faulty):
        def result(self, fit, batch, model):
            return fit.replaced(value=fit.value + 1e-9 * np.random.random())  # noqa: NPY002

    np.random.seed(5)  # noqa: NPY002
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    with pytest.raises(laws.LawBroken, match="breaks the law repeatable"):
        laws.check(Draws(), only=["repeatable"])
    assert np.array_equal(np.random.get_state()[1], before)  # noqa: NPY002


def test_a_faulty_method_poisons_no_later_check():
    class Writes(Faulty):
        def result(self, fit, batch, model):
            batch.moments.covariances[:] = 0.0
            return fit

    laws.report(Writes(), only=["moments-alone", "faithful"], examples=3)
    assert not laws.report("pls", only=["moments-alone", "faithful"], examples=3).broken


def test_a_composite_that_comes_out_as_its_mirror_image_is_taken_for_what_it_is():
    class ByFirstItem(Faulty):
        """Points every construct the way of its first item."""

        def result(self, fit, batch, model):
            value, names = fit.value.copy(), [target.name for target in fit.targets]
            for block in model.blocks:
                first = names.index(f"{block.construct}=~{block.items[0]}")
                for r in np.flatnonzero(value[:, first] < 0):
                    for q, target in enumerate(fit.targets):
                        ends = target.parts[:1] if target.kind == "loading" else target.parts
                        if target.kind in ("path", "correlation", "loading") and block.construct in ends:
                            value[r, q] *= -1
            return fit.replaced(value=value)

    assert laws.check(ByFirstItem(PLS()), only=["reversed-item"], seed=4).held
    with pytest.raises(laws.LawBroken):
        laws.check(PositivePaths(PLS()), only=["reversed-item"])
    assert reversed_item.__doc__


def test_the_command_shows_progress_and_ends_with_1_where_a_law_is_broken():
    runner = CliRunner()
    good = runner.invoke(loadstone.app, ["laws", "sumscores", "--only", "protocol", "--examples", "2"])
    assert good.exit_code == 0
    assert "protocol             holds" in good.output
    bad = runner.invoke(
        loadstone.app, ["laws", "sumscores", "--only", "truth", "--claim", "consistent", "--examples", "2"]
    )
    assert bad.exit_code == 1
    assert "again: loadstone laws sumscores --only truth --claim consistent --examples 2 --seed 0" in bad.output


@pytest.mark.parametrize(
    ("claim", "told"),
    [
        ("consist", "claim 'consist' is not known; did you mean 'consistent'?"),
        ("tolerance", "claim tolerance needs a number, such as tolerance=1e-06"),
        ("tolerance=x", "claim tolerance is 'x'; give a number"),
    ],
)
def test_claims_that_are_none_are_told(claim, told):
    with pytest.raises(InputError) as caught:
        laws.claims_written([claim])
    assert told in str(caught.value)


def test_an_option_that_is_none_is_told():
    with pytest.raises(InputError, match="option 'consistnt' is not known; did you mean 'consistent'"):
        laws.check(SumScores(), consistnt=True)


def test_the_page_of_laws_is_what_the_command_writes():
    text = table.PAGE.read_text(encoding="utf-8")
    for law in laws.LAWS:
        assert f"| {law.name} | {law.statement} |" in text, f"run `{table.__doc__.split('`')[1]}`"
    assert "| broken |" not in text.partition("## Methods")[2].partition("\n1. ")[0]


@pytest.mark.acceptance
@pytest.mark.skipif(
    not FULL, reason="LOADSTONE_FULL=1 holds every method's laws again; the next test does three of them"
)
def test_the_whole_page_is_written_again_as_it_stands():
    assert table.page() == Path(table.PAGE).read_text(encoding="utf-8")


@pytest.mark.acceptance
@pytest.mark.parametrize("name", ["sumscores", "plsc", "ml"])
def test_the_page_says_what_becomes_of_every_law(name):
    lines = table.PAGE.read_text(encoding="utf-8").partition("## Methods")[2].splitlines()
    reasons = {number: reason for number, _, reason in (line.partition(". ") for line in lines) if number.isdigit()}
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines if line.startswith("|")]
    column = rows[0].index(name)
    printed = {row[0]: row[column] for row in rows[2:]}
    for row in laws.report(name, shrink=False).rows:
        cell = printed[row.law]
        told = reasons[cell] if cell.isdigit() else cell
        assert told == (row.reason if row.outcome == "not tested" else "+"), row.law


def test_statuses_and_surveys_shrink_to_the_simplest():
    found = hypothesis.find(statuses(3), lambda codes: True, settings=hypothesis.settings(database=None))
    assert found.tolist() == [0, 0, 0]
    least = hypothesis.find(wild_surveys(), lambda survey: True, settings=hypothesis.settings(database=None))
    assert len(least.answers) == 1
    assert least.answers.shape[1] <= 20


def test_the_examples_of_the_page_on_strategies_run():
    text = (table.PAGE.parent / "strategies.md").read_text(encoding="utf-8")
    for code in re.findall(r"```python\n(.*?)```", text, re.S):
        names: dict = {}
        exec(compile(code, "strategies.md", "exec"), names)
        for name, value in names.items():
            if name.startswith("test_"):
                value()
