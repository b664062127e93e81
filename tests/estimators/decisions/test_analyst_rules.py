"""What an analyst does until a path is significant, against plain loops; optional stopping against exact rates."""

from dataclasses import dataclass, replace

import numpy as np
import pytest
from scipy.special import ndtr

from estimators.base import AlignedEstimator, Estimates, Status
from estimators.composites.pls import PLS
from estimators.composites.sumscores import SumScores
from estimators.decisions.analyst.more_respondents import MoreRespondents
from estimators.decisions.analyst.outliers import Outliers, squared_distances
from estimators.decisions.analyst.pick_method import PickMethod
from estimators.decisions.analyst.until_significant import UntilSignificant
from estimators.decisions.rule import Analysis
from estimators.factors.covariance import MaximumLikelihood
from estimators.inference.sequential import corrected, crossing_probability
from estimators.methods import build
from estimators.solution import no_block_short
from sim.batch import Batch
from sim.errors import InputError
from sim.model import Model
from tests.estimators.decisions.cases import TWO, two_factor_answers

SUMS, ML = SumScores(), MaximumLikelihood()
LOADINGS = ([0.8, 0.7, 0.6, 0.5], [0.8, 0.6, 0.5])


def batch_of(seed, r=16, n=40, relation=0.25):
    rng = np.random.default_rng(seed)
    return Batch.of(np.array([two_factor_answers(rng, n, LOADINGS, relation) for _ in range(r)]), items=TWO.items)


def analysis_of(batch, method=SUMS):
    return Analysis(batch, TWO, method, method)


def p_of(method, answers, retained=None, model=TWO):
    batch = Batch.of(answers)
    batch = batch if retained is None else batch.keep(np.array([retained]))
    fit = method.fit(batch, model, [model.target("G~F")])
    return np.inf if fit.fatal[0] else fit.p_value[0, 0]


def by_place(outcomes, r):
    found = [None] * r
    for outcome in outcomes:
        for k, place in enumerate(outcome.places):
            found[place] = (outcome, k)
    assert all(found)
    return found


class TestPickMethod:
    def test_the_first_that_is_significant(self):
        batch = batch_of(1, 40)
        rule = PickMethod((ML, replace(SUMS, errors="hc3")), "G~F")
        found = by_place(rule.apply(analysis_of(batch)), len(batch))
        picked = []
        for r, (outcome, k) in enumerate(found):
            methods = (SUMS, *rule.among)
            significant = [p_of(method, batch.raw[r]) < 0.05 for method in methods]
            number = significant.index(True) if any(significant) else 0
            assert outcome.analysis.method == methods[number], r
            assert outcome.actions[k] == (number > 0)
            picked.append(number)
        assert len(set(picked)) == 3

    def test_the_smallest_p_value(self):
        batch = batch_of(2)
        rule = PickMethod((ML,), "G~F", choose="smallest")
        for r, (outcome, _) in enumerate(by_place(rule.apply(analysis_of(batch)), len(batch))):
            p_value = [p_of(method, batch.raw[r]) for method in (SUMS, ML)]
            assert outcome.analysis.method == (SUMS, ML)[int(np.argmin(p_value))]

    def test_the_table_is_that_of_the_method_picked_in_a_study_file(self):
        batch = batch_of(3)
        steps = [{"rule": "pick-method", "among": ["ml", {"estimator": "sam"}], "path": "G~F", "choose": "smallest"}]
        fit = build("sumscores", {"steps": steps}, 0.95, model=TWO).fit(batch, TWO)
        column = fit.column("G~F")
        each = [build(name, {}, 0.95, model=TWO).fit(batch, TWO) for name in ("sumscores", "ml", "sam")]
        p_values = np.stack([one.p_value[:, column] for one in each])
        np.testing.assert_array_equal(fit.p_value[:, column], p_values.min(axis=0))
        best = p_values.argmin(axis=0)
        for r in range(len(batch)):
            np.testing.assert_array_equal(fit.value[r], each[best[r]].value[r])

    def test_what_cannot_be_compared_is_refused(self):
        with pytest.raises(InputError, match="among names no method"):
            PickMethod(path="G~F")
        assert "among: the rule pick-method decides by" in PickMethod((PLS(),), "G~F").refusal(TWO, SUMS)
        raw = build(
            "ml", {"solution": "raw", "steps": [{"rule": "pick-method", "among": ["sam"], "path": "G~F"}]}, 0.95
        )
        assert "leave out solution" in raw.estimator.refusal(TWO)


def test_items_go_until_the_path_is_significant():
    batch = batch_of(4, 30, relation=0.35)
    rule = UntilSignificant("G~F", most=2)
    (outcome,) = rule.apply(analysis_of(batch))
    blocks = [range(4), range(4, 7)]
    changed = 0
    for r in range(len(batch)):
        stays, p_value = [True] * 7, p_of(SUMS, batch.raw[r])
        for _ in range(2):
            if p_value < 0.05:
                break
            trials = {}
            for block in blocks:
                here = [i for i in block if stays[i]]
                for i in here if len(here) > 2 else []:
                    trials[i] = p_of(SUMS, batch.raw[r], [stays[k] and k != i for k in range(7)])
            best = min(trials, key=lambda i: (trials[i], i))
            stays[best], p_value = False, trials[best]
        stays = stays if p_value < 0.05 else [True] * 7
        assert outcome.analysis.batch.retained[r].tolist() == stays, r
        changed += not all(stays)
    assert changed > 3
    assert (outcome.actions > 0).sum() == changed


def test_nothing_goes_where_the_path_is_significant_anyway():
    batch = batch_of(5, 5, 200, 0.8)
    (outcome,) = UntilSignificant("G~F").apply(analysis_of(batch))
    assert outcome.analysis.batch.retained.all()


class TestOutliers:
    def far(self, seed=6, r=12):
        data = np.array(batch_of(seed, r, relation=0.15).raw)
        rng = np.random.default_rng(seed)
        for each in data:
            each[rng.integers(0, 40)] += rng.normal(scale=6, size=7)
        return Batch.of(data, items=TWO.items)

    def distances(self, answers, kept):
        part = answers[:, kept]
        centred = part - part.mean(axis=0)
        return np.einsum("ij,jk,ik->i", centred, np.linalg.inv(np.cov(part.T)), centred)

    def test_distances_are_mahalanobis_on_the_items_that_are_left(self):
        batch = self.far()
        kept = batch.retained.copy()
        kept[::2, 3] = False
        found = squared_distances(batch.keep(kept))
        for r in range(len(batch)):
            np.testing.assert_allclose(found[r], self.distances(batch.raw[r], kept[r]), rtol=1e-9)

    def test_all_that_are_far_are_left_out_and_the_rest_stays(self):
        batch = self.far()
        gone = 0
        for r, (outcome, k) in enumerate(by_place(Outliers().apply(analysis_of(batch)), len(batch))):
            stays = self.distances(batch.raw[r], range(7)) <= 24.3219  # chi-square, 7 df, 0.1 %
            np.testing.assert_array_equal(outcome.analysis.batch.raw[k], batch.raw[r][stays])
            gone += (~stays).sum()
        assert gone > 8

    def test_they_are_left_out_only_if_that_helps(self):
        batch = self.far(7, 40)
        helped = 0
        for r, (outcome, _) in enumerate(by_place(Outliers(0.05, "G~F").apply(analysis_of(batch)), len(batch))):
            stays = self.distances(batch.raw[r], range(7)) <= 14.0671  # chi-square, 7 df, 5 %
            helps = p_of(SUMS, batch.raw[r]) >= 0.05 > p_of(SUMS, batch.raw[r][stays])
            assert outcome.analysis.batch.n == (stays.sum() if helps else 40), r
            helped += helps
        assert helped > 0

    def test_singular_data_lose_nobody_and_moments_have_none_to_lose(self):
        data = np.array(self.far().raw)
        data[:, :, 1] = data[:, :, 0]
        (outcome,) = Outliers().apply(analysis_of(Batch.of(data)))
        assert outcome.analysis.batch.n == 40
        method = build("sumscores", {"steps": [{"rule": "outliers"}]}, 0.95)
        moments = Batch.of_moments(self.far().moments)
        np.testing.assert_array_equal(method.fit(moments, TWO).value, SUMS.fit(moments, TWO).value)

    def test_respondents_left_are_told(self):
        batch = self.far()
        method = build("sumscores", {"steps": [{"rule": "outliers"}]}, 0.95)
        assert method.counts_respondents
        fit = method.fit(batch, TWO)
        left = [(self.distances(answers, range(7)) <= 24.3219).sum() for answers in batch.raw]
        told = np.where(fit.respondents < 0, 40, fit.respondents)
        np.testing.assert_array_equal(told, left)


@dataclass(frozen=True)
class KnownMean(AlignedEstimator):
    """The path is the mean of the first item, whose variance is known to be 1: its test is exactly normal."""

    inference: bool = True

    def without_inference(self):
        return replace(self, inference=False)

    def estimate(self, batch, model, targets):
        mean = batch.raw[:, :, 0].mean(axis=1)
        p_value = 2 * ndtr(-np.abs(mean) * np.sqrt(batch.n))
        shape = (len(batch), len(targets))
        return Estimates(
            targets, np.broadcast_to(mean[:, None], shape).copy(), np.zeros(len(batch), np.int8), batch.retained,
            no_block_short(batch, model), p_value=np.broadcast_to(p_value[:, None], shape).copy(),
        )  # fmt: skip


PAIR = Model.parse("X =~ x\nY =~ y\nY ~ X")
#: Armitage, McPherson & Rowe (1969, table 2): chance of a result at the 5 % level at one of k equally spaced looks.
ARMITAGE = {1: 0.050, 2: 0.083, 3: 0.107, 4: 0.126, 5: 0.142, 10: 0.193, 20: 0.248, 50: 0.320}


class TestMoreRespondents:
    @pytest.mark.parametrize(("looks", "rate"), ARMITAGE.items())
    def test_the_chance_of_crossing_is_the_published_one(self, looks, rate):
        assert abs(crossing_probability(1.959964, range(1, looks + 1)) - rate) < 0.0006, "printed to three decimals"

    def test_unequal_looks_agree_with_bivariate_normal_probabilities(self):
        from scipy.stats import multivariate_normal

        correlation = np.sqrt(20 / 50)
        normal = multivariate_normal([0, 0], [[1, correlation], [correlation, 1]], abseps=1e-9, releps=1e-9)
        c = 2.1
        corners = [normal.cdf([a, b]) * sign for a, b, sign in [(c, c, 1), (-c, c, -1), (c, -c, -1), (-c, -c, 1)]]
        assert abs(crossing_probability(c, (20, 50)) - (1 - sum(corners))) < 1e-7

    def test_pococks_limit(self):
        """Pocock (1977, table 1): nominal levels that make five and ten looks a 5 % test."""
        for looks, nominal in ((2, 0.0294), (5, 0.0158), (10, 0.0106)):
            assert abs(corrected(np.array([nominal]), range(1, looks + 1))[0] - 0.05) < 0.0004

    @pytest.mark.parametrize("sizes", [(10, 20, 30), (20, 21, 22, 23, 72)])
    def test_the_spline_is_the_chance(self, sizes):
        for z in (0.3, 1.234, 2.5, 4.0):
            p_value = 2 * ndtr(-z)
            exact = crossing_probability(z, sizes)
            assert abs(corrected(np.array([p_value]), sizes)[0] / exact - 1) < 5e-5, "a spline of step 0.1"

    @pytest.mark.parametrize(("correction", "rate"), [("none", ARMITAGE[5]), ("pocock", 0.05), ("bonferroni", None)])
    def test_false_positives_are_the_exact_ones(self, correction, rate):
        """40,000 samples of up to 50, looked at every 10: the error is 3.3 times its Monte Carlo standard error."""
        rng = np.random.default_rng(11)
        batch = Batch.of(rng.normal(size=(40_000, 50, 2)))
        steps = [{"rule": "more-respondents", "path": "Y~X", "start": 10, "add": 10, "correction": correction}]
        rule = MoreRespondents("Y~X", 10, 10, 0.05, correction)
        outcomes = rule.apply(Analysis(batch, PAIR, KnownMean(), KnownMean()))
        told = np.full(len(batch), np.nan)
        for outcome in outcomes:
            fit = KnownMean().fit(outcome.analysis.batch, PAIR, [PAIR.target("Y~X")])
            own = outcome.told.get((PAIR.target("Y~X"), "p_value"), fit.p_value[:, 0])
            told[outcome.places] = own
        assert steps[0]["rule"] == rule.name
        if rate is None:  # five looks at 1 % each
            rate = crossing_probability(2.575829, range(1, 6))
        found = (told < 0.05).mean()
        assert abs(found - rate) < 3.3 * np.sqrt(rate * (1 - rate) / len(batch)) + 0.0006

    def test_where_it_stops_is_where_a_plain_loop_stops(self):
        batch = batch_of(12, 30, 60, 0.3)
        rule = MoreRespondents("G~F", 20, 15)
        assert rule.looks(60) == (20, 35, 50, 60)
        stopped = set()
        for r, (outcome, k) in enumerate(by_place(rule.apply(analysis_of(batch)), len(batch))):
            n = next((n for n in (20, 35, 50) if p_of(SUMS, batch.raw[r][:n]) < 0.05), 60)
            np.testing.assert_array_equal(outcome.analysis.batch.raw[k], batch.raw[r][:n])
            assert outcome.actions[k] == (20, 35, 50, 60).index(n)
            stopped.add(n)
        assert len(stopped) == 4

    def test_what_is_tried_at_every_look_is_tried_there(self):
        """A plain loop: both outcomes and their sum at 20, at 40 and at 60 respondents."""
        batch = batch_of(16, 60, 60, 0.25)
        trying = UntilSignificant("G~F", most=1, minimum_items=1)
        outcomes = by_place(MoreRespondents("G~F", 20, 20, trying=trying).apply(analysis_of(batch)), len(batch))
        ends = set()
        for r, (outcome, k) in enumerate(outcomes):
            for n in (20, 40, 60):
                tries = {(): p_of(SUMS, batch.raw[r][:n])}
                if tries[()] >= 0.05:
                    tries |= {(i,): p_of(SUMS, batch.raw[r][:n], [j != i for j in range(7)]) for i in range(7)}
                dropped = min(tries, key=lambda each: tries[each])
                if tries[dropped] < 0.05:
                    break
            else:
                dropped = ()
            np.testing.assert_array_equal(outcome.analysis.batch.raw[k], batch.raw[r][:n])
            assert np.flatnonzero(~outcome.analysis.batch.retained[k]).tolist() == list(dropped), r
            assert outcome.actions[k] == (20, 40, 60).index(n) + len(dropped)
            ends.add((n, len(dropped)))
        assert len(ends) == 6, "each end comes about"

    def test_what_cannot_be_tried_at_every_look_is_refused(self):
        with pytest.raises(InputError, match="trying names pick-method, which cannot be carried out anew"):
            MoreRespondents("G~F", trying=PickMethod((ML,), "G~F"))
        rule = MoreRespondents("G~F", trying=UntilSignificant("G~H"))
        assert rule.refusal(TWO, SUMS).startswith("trying: path: target 'G~H'")

    def test_the_table_tells_the_corrected_p_value_and_the_respondents(self):
        batch = batch_of(13, 20, 60, 0.4)
        steps = [{"rule": "more-respondents", "path": "G~F", "start": 20, "add": 20, "correction": "pocock"}]
        fit = build("sumscores", {"steps": steps}, 0.95).fit(batch, TWO)
        n = np.where(fit.respondents < 0, 60, fit.respondents)
        column = fit.column("G~F")
        for r in range(len(batch)):
            p_value = np.array([p_of(SUMS, batch.raw[r][: n[r]])])
            np.testing.assert_allclose(fit.p_value[r, column], corrected(p_value, (20, 40, 60))[0], rtol=1e-12)
        assert len(set(n)) > 1

    def test_a_sample_that_is_small_is_looked_at_once(self):
        batch = batch_of(14, 4, 18)
        (outcome,) = MoreRespondents("G~F", 20, 10, correction="pocock").apply(analysis_of(batch))
        assert outcome.analysis.batch.n == 18
        p_value = outcome.told[(TWO.target("G~F"), "p_value")]
        np.testing.assert_array_equal(p_value, SUMS.fit(batch, TWO, [TWO.target("G~F")]).p_value[:, 0])


@pytest.mark.parametrize(
    "rule", [UntilSignificant("G~H"), MoreRespondents("G~H"), PickMethod((ML,), "G~H"), Outliers(path="G~H")]
)
def test_a_path_that_is_none_is_refused(rule):
    assert "path: target 'G~H'" in rule.refusal(TWO, SUMS)


def test_steps_one_after_another_are_a_plain_loop_of_them():
    """The false positive rate of three steps together is that of a loop that takes them by hand."""
    batch = batch_of(15, 60, 40, 0.0)
    steps = [
        {"rule": "pick-method", "among": ["ml"], "path": "G~F"},
        {"rule": "outliers", "path": "G~F", "share": 0.05},
        {"rule": "until-significant", "path": "G~F", "most": 1},
    ]
    fit = build("sumscores", {"steps": steps}, 0.95, model=TWO).fit(batch, TWO)
    found = fit.p_value[:, fit.column("G~F")] < 0.05
    limit = 14.0671  # chi-square, 7 df, 5 %
    for r in range(len(batch)):
        answers = batch.raw[r]
        method = ML if p_of(SUMS, answers) >= 0.05 > p_of(ML, answers) else SUMS
        centred = answers - answers.mean(axis=0)
        near = np.einsum("ij,jk,ik->i", centred, np.linalg.inv(np.cov(answers.T)), centred) <= limit
        if p_of(method, answers) >= 0.05 > p_of(method, answers[near]):
            answers = answers[near]
        significant = p_of(method, answers) < 0.05
        for i in range(7):
            significant = significant or p_of(method, answers, [k != i for k in range(7)]) < 0.05
        assert found[r] == significant, r
    assert 0.05 < found.mean() < 0.6
    assert (fit.status == Status.OK).mean() > 0.9
