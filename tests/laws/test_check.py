"""`laws.check` as an author meets it: what it takes, what it tells, what it refuses."""

import subprocess
import sys

import numpy as np
import pytest

from estimators import laws
from estimators.composites.pls import PLS
from estimators.composites.sumscores import SumScores
from estimators.factors.covariance import MaximumLikelihood
from estimators.laws import strategies
from sim.errors import InputError
from sim.model import Model

from .faults import Faulty, FirstHalf, RaisesOnFewRespondents, WeighsByPlace, with_moments

RIGHT = ["batch-equals-loop", "respondent-order"]


def test_an_object_a_class_and_a_name_are_taken():
    for given in (SumScores(level=0.9), SumScores, "sumscores"):
        assert laws.check(given, only=RIGHT, examples=2).held == tuple(RIGHT)


def test_the_report_lists_what_holds_and_what_is_left_out_with_the_reason():
    report = laws.check("sumscores", only=["respondent-order", "truth"], examples=2)
    assert report.held == ("respondent-order",)
    assert report.left_out == {"truth": "it does not claim to be consistent"}
    assert "respondent-order     holds " in str(report)
    assert "\ntruth                left out: it does not claim" in str(report)


def test_a_broken_law_is_told_with_the_smallest_survey_that_breaks_it():
    with pytest.raises(laws.LawBroken) as caught:
        laws.check(FirstHalf(), only=["respondent-order"])
    survey = caught.value.survey
    assert survey.answers.shape == (1, 60, 6)
    assert "1 data set of 60 respondents" in str(caught.value)
    assert "expected: the same estimates whoever answered first" in str(caught.value)


def test_an_exception_of_the_method_is_told_and_kept_as_the_cause():
    with pytest.raises(laws.LawBroken, match="found: LinAlgError: Singular matrix") as caught:
        laws.check(RaisesOnFewRespondents(), only=["honest-status"])
    assert isinstance(caught.value.__cause__, np.linalg.LinAlgError)


def test_the_same_seed_gives_the_same_surveys_and_another_seed_others():
    def seen(seed):
        batches = []

        class Listens(Faulty):
            def seen(self, batch, model):
                batches.append(batch.raw.tobytes())
                return batch

        laws.check(Listens(), only=["inference-apart"], examples=6, seed=seed)
        return batches

    assert seen(1) == seen(1) != seen(2)


def test_more_examples_look_further():
    fits = []

    class Counts(Faulty):
        def seen(self, batch, model):
            fits.append(1)
            return batch

    laws.check(Counts(), only=["repeatable"], examples=5)
    few = len(fits)
    laws.check(Counts(), only=["repeatable"], examples=50)
    assert len(fits) - few > 5 * few


class OnlyPairs(Faulty):
    """Takes models of two constructs with two items each."""

    def refusal(self, model):
        return None if [len(block.items) for block in model.blocks] == [2, 2] else "two blocks of two items are needed"


def test_a_method_that_refuses_every_model_is_given_its_own():
    with pytest.raises(InputError, match=r"refuses every model of the laws \(two blocks .* give models="):
        laws.check(OnlyPairs())
    own = Model.parse("F =~ x1 + x2\nG =~ y1 + y2\nG ~ F")
    report = laws.check(OnlyPairs(), models=[own], raw_units=True, examples=3)
    assert "honest-status" in report.held


def test_a_law_is_left_out_where_no_model_has_what_it_needs():
    own = Model.parse("F =~ x1 + x2\nG =~ y1 + y2\nG ~ F")
    report = laws.check(OnlyPairs(PLS()), models=[own], only=["reversed-item"], examples=3)
    assert report.left_out == {"reversed-item": "no model that the method accepts has what the law needs"}


class FirstItemCounts(Faulty):
    """Counts the first item of every block three times."""

    def seen(self, batch, model):
        return with_moments(batch, np.where(np.isin(np.arange(len(model.items)), model.bounds), 3.0, 1.0))


def test_a_first_item_may_count_for_more_where_that_is_claimed_and_no_other():
    assert laws.check(FirstItemCounts(), only=["item-order"], by_first_item=True).held
    for method, claimed in ((FirstItemCounts(), False), (WeighsByPlace(), True)):
        with pytest.raises(laws.LawBroken, match="breaks the law item-order"):
            laws.check(method, only=["item-order"], by_first_item=claimed)


@pytest.mark.parametrize(
    ("given", "options", "told"),
    [
        ("plss", {}, "estimator 'plss' is not known; did you mean 'pls'?"),
        (PLS, {"only": ["item-ordr"]}, "law 'item-ordr' is not known; did you mean 'item-order'?"),
        (PLS, {"without": ["truths"]}, "law 'truths' is not known; did you mean 'truth'?"),
        (object(), {}, "has no refusal, fit, without_inference; add what `estimators.base.Estimator` asks for"),
    ],
)
def test_wrong_calls_are_told(given, options, told):
    with pytest.raises(InputError) as caught:
        laws.check(given, **options)
    assert told in str(caught.value)


def test_without_hypothesis_the_message_says_what_to_install():
    script = "import sys; sys.modules['hypothesis'] = None; import estimators.catalogue; import estimators.laws"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "ImportError: the laws need Hypothesis; install it with `pip install loadstone[test]`" in done.stderr


def test_random_models_are_recursive_and_leave_no_construct_alone():
    from hypothesis import given, settings

    @given(model=strategies.models(fewest_items=3))
    @settings(max_examples=50, deadline=None, database=None)
    def holds(model):
        assert len(model.causal_order) == len(model.blocks)
        assert {name for path in model.paths for name in path} == set(model.constructs)
        assert min(np.diff(model.bounds)) >= 3
        assert Model.parse(model.syntax) == model

    holds()


def test_every_law_has_one_name_and_one_sentence():
    assert len({law.name for law in laws.LAWS}) == len(laws.LAWS) >= 15
    assert all(law.statement.endswith(".") and law.statement.count(". ") == 0 for law in laws.LAWS)


@pytest.mark.parametrize(("bounds", "held"), [("pos.var", True), ("standard", False), ("wide", False)])
def test_bounds_in_the_units_of_the_answers_free_a_method_of_other_units_and_say_why(bounds, held):
    report = laws.report(MaximumLikelihood(bounds=bounds), only=["rescaling"], examples=2)
    assert report.held == (("rescaling",) if held else ())
    assert not report.broken
    assert held or "in the units of the answers" in report.left_out["rescaling"]
