"""False positive rates of an analyst's steps against a loop written apart: least squares of two sums by statsmodels."""

from itertools import combinations

import numpy as np
import pytest
import statsmodels.api as sm
from scipy.stats import chi2

from estimators.methods import build
from sim.batch import Batch
from tests.estimators.decisions.cases import TWO, two_factor_answers

N, START, ADD, MOST = 60, 20, 20, 2
STOPPING = {"rule": "more-respondents", "path": "G~F", "start": START, "add": ADD}
OUTLIERS = {"rule": "outliers", "path": "G~F", "share": 0.05}
ITEMS = {"rule": "until-significant", "path": "G~F", "most": MOST}
OTHER = {"rule": "pick-method", "path": "G~F", "among": [{"estimator": "sumscores", "errors": "hc3"}]}


class Survey:
    """One survey in an analyst's hands: who is in it, which items, and the p-value found last."""

    def __init__(self, answers):
        self.answers, self.asked, self.items = answers, np.arange(len(answers)), list(range(7))
        self.p_value = self.tested()

    def tested(self, asked=None, items=None, errors="nonrobust"):
        """The p-value of the slope between the two sums."""
        asked = self.asked if asked is None else asked
        items = self.items if items is None else items
        first, second = [i for i in items if i < 4], [i for i in items if i >= 4]
        part = self.answers[asked]
        fit = sm.OLS(part[:, second].sum(axis=1), sm.add_constant(part[:, first].sum(axis=1)))
        return float(fit.fit(cov_type=errors, use_t=True).pvalues[1])

    def stopping(self):
        """Twenty respondents, then twenty more as long as the path is not significant."""
        for n in range(START, N + 1, ADD):
            self.asked = np.arange(n)
            self.p_value = self.tested()
            if self.p_value < 0.05:
                break

    def outliers(self):
        """Those far away are left out where the path is not significant with them and is without them."""
        if self.p_value < 0.05:
            return
        part = self.answers[self.asked][:, self.items]
        away = part - part.mean(axis=0)
        distances = np.einsum("ij,jk,ik->i", away, np.linalg.inv(np.cov(part.T)), away)
        stays = self.asked[distances <= chi2.isf(0.05, len(self.items))]
        p_value = self.tested(asked=stays)
        if p_value < 0.05:
            self.asked, self.p_value = stays, p_value

    def fewer_items(self):
        """Up to two items go, the smallest p-value without it first; all come back where it does not help."""
        items, p_value = list(self.items), self.p_value
        for _ in range(MOST):
            if p_value < 0.05:
                break
            trials = []
            for item in items:
                block = [i for i in items if (i < 4) == (item < 4)]
                if len(block) > 2:
                    left = [i for i in items if i != item]
                    trials.append((self.tested(items=left), item))
            p_value, gone = min(trials)
            items.remove(gone)
        if p_value < 0.05:
            self.items, self.p_value = items, p_value

    def other(self):
        """Errors that allow for unequal variances (HC3) are reported where they make the path significant."""
        if self.p_value >= 0.05:
            p_value = self.tested(errors="HC3")
            self.p_value = p_value if p_value < 0.05 else self.p_value


SINGLE = {"stopping": STOPPING, "outliers": OUTLIERS, "fewer_items": ITEMS, "other": OTHER}
#: Every step alone, every two and three, and all four, in this order, as the study has them.
CHAINS = {
    " then ".join(names): ([SINGLE[name] for name in names], names)
    for several in range(1, len(SINGLE) + 1)
    for names in combinations(SINGLE, several)
}


@pytest.mark.parametrize(("steps", "taken"), CHAINS.values(), ids=list(CHAINS))
def test_the_rate_is_that_of_a_plain_loop(steps, taken):
    """Both look at the same 120 surveys without a path: not only the rates, every p-value is the same."""
    rng = np.random.default_rng(20211201)
    loadings = ([0.8, 0.7, 0.6, 0.5], [0.8, 0.6, 0.5])
    answers = np.array([two_factor_answers(rng, N, loadings, relation=0.0) for _ in range(120)])
    fit = build("sumscores", {"steps": steps}, 0.95, model=TWO).fit(Batch.of(answers, items=TWO.items), TWO)
    found = fit.p_value[:, fit.column("G~F")]
    loop, before = np.empty(len(answers)), np.empty(len(answers))
    for r, each in enumerate(answers):
        survey = Survey(each)
        before[r] = survey.p_value
        for step in taken:
            getattr(survey, step)()
        loop[r] = survey.p_value
    np.testing.assert_allclose(found, loop, rtol=1e-7, err_msg="one solution by QR, the other by normal equations")
    assert (found < 0.05).mean() > (before < 0.05).mean(), "the steps are taken to find more, and do"
