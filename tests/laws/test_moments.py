"""Laws of the moments that every method shares: sums of whole numbers are exact, so their order leaves no trace."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from estimators.laws.strategies import surveys
from sim.moments import sample_moments


@given(survey=surveys(tops=(2, 5, 7)), seed=st.integers(0, 999))
@settings(max_examples=10, deadline=None)
def test_the_order_of_respondents_changes_no_bit(survey, seed):
    order = np.random.default_rng(seed).permutation(survey.answers.shape[1])
    straight, shuffled = sample_moments(survey.answers), sample_moments(survey.answers[:, order])
    assert np.array_equal(straight.means, shuffled.means)
    assert np.array_equal(straight.covariances, shuffled.covariances)


@given(survey=surveys())
@settings(max_examples=10, deadline=None)
def test_they_are_the_textbooks(survey):
    moments = sample_moments(survey.answers)
    for r, answers in enumerate(survey.answers.astype(np.float64)):
        assert np.allclose(moments.means[r], answers.mean(axis=0), rtol=1e-13, atol=1e-13)
        assert np.allclose(moments.covariances[r], np.cov(answers.T, ddof=0), rtol=1e-12, atol=1e-13)
