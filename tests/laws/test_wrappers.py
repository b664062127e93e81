"""Laws under wrappers: what holds for a method holds for it screened and bootstrapped; what a screening rule does."""

import numpy as np
import pytest
from hypothesis import given, settings

from estimators import laws
from estimators.base import PARTS
from estimators.composites.consistent import ConsistentPLS
from estimators.composites.pls import PLS
from estimators.composites.sumscores import SumScores
from estimators.decisions.loadings.all_at_once import AllAtOnce
from estimators.factors.covariance import MaximumLikelihood
from estimators.laws.strategies import surveys
from estimators.solution import loading_targets
from estimators.wrappers.bootstrap import Bootstrap
from estimators.wrappers.jackknife import Jackknife
from estimators.wrappers.screening import Screening

pytestmark = pytest.mark.acceptance

RESAMPLES = 24
WRAPPED = {
    "screened sum scores": Screening(SumScores()),
    "screened plsc": Screening(ConsistentPLS()),
    "screened ml": Screening(MaximumLikelihood()),
    "bootstrapped sum scores": Bootstrap(SumScores(), RESAMPLES),
    "bootstrapped plsc": Bootstrap(ConsistentPLS(), RESAMPLES),
    "bootstrapped pls, bca, signs": Bootstrap(PLS(), RESAMPLES, interval="bca", sign_changes="construct"),
    "screened, bootstrapped pls": Screening(Bootstrap(PLS(), RESAMPLES)),
    "jackknifed pls": Jackknife(PLS()),
}

#: PLS weights draw a path that is zero away from it, which a t test on jackknifed errors does not know.
EXPECTED = {"jackknifed pls": {"false-alarms": "a zero path is tested as if PLS did not capitalise on chance"}}

every_inner = pytest.mark.parametrize(
    "inner", [SumScores(), PLS(), ConsistentPLS(), MaximumLikelihood()], ids=lambda method: type(method).__name__
)


JACKKNIFED = pytest.param("jackknifed pls", marks=pytest.mark.acceptance)


@pytest.mark.parametrize("name", [*list(WRAPPED)[:-1], JACKKNIFED])
def test_a_wrapped_method_obeys_the_laws(name):
    method = WRAPPED[name]
    # The rule drops an item that is turned round.
    without = ["reversed-item"] if isinstance(method, Screening) else []
    report = laws.check(method, without=without, examples=4, shrink=False, expected_to_break=EXPECTED.get(name))
    assert len(report.held) >= 13


def test_a_wrapper_claims_what_its_method_claims():
    claims = laws.Claims.of(Screening(Bootstrap(ConsistentPLS())))
    assert claims == laws.Claims(consistent=False, resampled=True, own_interval=True, selects=True)
    assert laws.Claims.of(Bootstrap(SumScores())).raw_units


def plain_rule(loadings: list[float], threshold: float, least: int) -> tuple[list[bool], bool]:
    """The screening rule on one block, written out: who stays, and whether the rule alone would leave too few."""
    stays = [loading >= threshold for loading in loadings]
    short = sum(stays) < least
    if short:
        best = sorted(range(len(loadings)), key=lambda i: -loadings[i])[:least]
        stays = [i in best for i in range(len(loadings))]
    return stays, short


@every_inner
@pytest.mark.parametrize(("threshold", "least"), [(0.70, 2), (0.85, 2), (0.99, 1), (0.85, 3), (0.5, 5)])
@given(survey=surveys(sizes=(30, 90), replications=(5, 12)))
@settings(max_examples=3, deadline=None)
def test_screening_drops_what_the_rule_says_and_tells_honestly_where_it_could_not(inner, threshold, least, survey):
    model = survey.model
    first = inner.fit(survey.batch, model, loading_targets(model))
    screened = Screening(inner, AllAtOnce(threshold, least)).fit(survey.batch, model)
    for r in range(len(survey.batch)):
        if first.fatal[r]:
            assert screened.status[r] == first.status[r]
            assert not screened.short[r].any()
            assert screened.retained[r].all()
            continue
        for j, (lower, upper) in enumerate(zip(model.bounds, model.bounds[1:], strict=False)):
            needed = min(least, upper - lower)
            stays, short = plain_rule(first.value[r, lower:upper].tolist(), threshold, needed)
            assert screened.retained[r, lower:upper].tolist() == stays
            assert screened.short[r, j] == short
            assert screened.retained[r, lower:upper].sum() >= needed


@every_inner
@given(survey=surveys(replications=(5, 12)))
@settings(max_examples=4, deadline=None)
def test_screened_estimates_are_those_of_the_retained_items(inner, survey):
    screened = Screening(inner).fit(survey.batch, survey.model)
    usable = ~inner.fit(survey.batch, survey.model).fatal
    again = inner.fit(survey.batch.keep(screened.retained), survey.model)
    for field in (*PARTS, "status", "retained"):
        one, other = getattr(screened, field)[usable], getattr(again, field)[usable]
        assert np.array_equal(one, other, equal_nan=one.dtype.kind == "f"), field
