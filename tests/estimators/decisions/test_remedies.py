"""Remedies: split samples, and the whole procedure in every bootstrap resample, against plain loops; their coverage."""

import numpy as np
import pytest
from scipy.special import ndtr, ndtri

from estimators.composites.sumscores import SumScores
from estimators.decisions.scales.item_total import ItemTotal
from estimators.methods import build
from estimators.wrappers.bootstrap import bootstrap_rows
from estimators.wrappers.split import STREAM, halves
from estimators.wrappers.steps import Steps
from sim.batch import Batch
from sim.errors import InputError
from sim.streams import Address
from tests.estimators.decisions.cases import TWO, two_factor_answers

HERE = Address(5, "ab" * 32)
SUMS = SumScores()
RULE = ItemTotal(0.45)
STEPS = [{"rule": "item-total", "threshold": 0.45}]
PATH = [TWO.target("G~F")]
LOADINGS = ([0.8, 0.7, 0.5, 0.4], [0.8, 0.6, 0.4])


def batch_of(seed, r=6, n=61, relation=0.5):
    rng = np.random.default_rng(seed)
    answers = np.array([two_factor_answers(rng, n, LOADINGS, relation) for _ in range(r)])
    return Batch.of(answers, np.arange(10, 10 + r), HERE, items=TWO.items)


def kept_by(answers):
    return RULE.decide(Batch.of(answers), TWO, SUMS).retained[0]


def plain(answers, kept):
    return SUMS.fit(Batch.of(answers).keep(kept[None]), TWO, PATH)


class TestSplit:
    def parts(self, batch, r):
        order = HERE.generator(STREAM, int(batch.replications[r])).permutation(61)
        return batch.raw[r][order[:30]], batch.raw[r][order[30:]]

    def test_one_half_decides_and_the_other_estimates(self):
        batch = batch_of(1)
        method = build("sumscores", {"steps": STEPS, "split": "half"}, 0.95)
        fit = method.fit(batch, TWO, PATH)
        dropped = 0
        for r in range(len(batch)):
            deciding, estimating = self.parts(batch, r)
            kept = kept_by(deciding)
            one = plain(estimating, kept)
            for part in ("value", "se", "lower", "upper", "p_value"):
                np.testing.assert_allclose(getattr(fit, part)[r], getattr(one, part)[0], rtol=1e-10)
            np.testing.assert_array_equal(fit.retained[r], kept)
            dropped += (~kept).sum()
        assert dropped > 3
        assert fit.respondents.tolist() == [31] * len(batch)
        assert method.counts_respondents
        assert "split sample" in method.label

    def test_crosswise_averages_both(self):
        batch = batch_of(2)
        fit = build("sumscores", {"steps": STEPS, "split": "crosswise"}, 0.9).fit(batch, TWO, PATH)
        for r in range(len(batch)):
            first, second = self.parts(batch, r)
            tables = [plain(second, kept_by(first)), plain(first, kept_by(second))]
            value = np.mean([table.value[0, 0] for table in tables])
            se = np.sqrt(sum(table.se[0, 0] ** 2 for table in tables)) / 2
            np.testing.assert_allclose(
                [fit.value[r, 0], fit.se[r, 0], fit.lower[r, 0], fit.p_value[r, 0]],
                [value, se, value - ndtri(0.95) * se, 2 * ndtr(-abs(value / se))],
                rtol=1e-10,
            )
            np.testing.assert_array_equal(fit.retained[r], kept_by(first) | kept_by(second))

    def test_the_halves_are_a_partition_of_their_own_stream(self):
        batch = batch_of(3)
        first, second = halves(batch)
        assert (first.n, second.n) == (30, 31)
        both = np.concatenate([first.raw, second.raw], axis=1)
        for r in range(len(batch)):
            assert sorted(map(tuple, both[r])) == sorted(map(tuple, batch.raw[r]))
        alone, _ = halves(batch.rows(slice(4, 5)))
        np.testing.assert_array_equal(alone.raw[0], first.raw[4])

    def test_moments_are_decided_on_as_they_are(self):
        moments = Batch.of_moments(batch_of(4).moments)
        split, whole = (build("sumscores", {"steps": STEPS, **more}, 0.95) for more in ({"split": "half"}, {}))
        np.testing.assert_array_equal(split.fit(moments, TWO).value, whole.fit(moments, TWO).value)

    @pytest.mark.parametrize(
        ("settings", "message"),
        [
            ({"split": "half"}, "there are no steps to decide on a half"),
            ({"split": "thirds", "steps": STEPS}, "split 'thirds' is not known"),
            ({"split": "half", "steps": [{"rule": "outliers"}]}, "outliers changes the respondents"),
            (
                {"split": "half", "steps": STEPS, "whole_procedure": True, "resamples": 30},
                "split and whole_procedure are both given",
            ),
        ],
    )
    def test_what_makes_no_sense_is_refused(self, settings, message):
        with pytest.raises(InputError, match=message):
            build("sumscores", settings, 0.95)


class TestWholeProcedure:
    def test_the_steps_are_taken_anew_in_every_resample(self):
        batch = batch_of(5, 3)
        settings = {"steps": STEPS, "resamples": 40, "whole_procedure": True}
        fit = build("sumscores", settings, 0.95).fit(batch, TWO, PATH)
        for r in range(len(batch)):
            rows = bootstrap_rows(HERE.generator("bootstrap", int(batch.replications[r])), 40, 61)
            values = [plain(batch.raw[r][row], kept_by(batch.raw[r][row])).value[0, 0] for row in rows]
            np.testing.assert_allclose(fit.value[r], plain(batch.raw[r], kept_by(batch.raw[r])).value[0], rtol=1e-9)
            np.testing.assert_allclose(fit.se[r, 0], np.std(values, ddof=1), rtol=1e-9)
            ends = np.quantile(values, [0.025, 0.975])
            np.testing.assert_allclose([fit.lower[r, 0], fit.upper[r, 0]], ends, rtol=1e-9)

    def test_the_bootstrap_outside_knows_of_the_choice_and_the_one_inside_does_not(self):
        batch = batch_of(6, 4)
        inside, outside = (
            build("sumscores", {"steps": STEPS, "resamples": 60, "whole_procedure": whole}, 0.95)
            for whole in (False, True)
        )
        assert isinstance(inside.estimator, Steps)
        assert isinstance(outside.estimator.inner, Steps)
        a, b = inside.fit(batch, TWO, PATH), outside.fit(batch, TWO, PATH)
        np.testing.assert_array_equal(a.value, b.value)
        np.testing.assert_array_equal(a.retained, b.retained)
        assert (a.se != b.se).all()
        assert "whole procedure resampled" in outside.label

    def test_rules_inside_decide_by_the_methods_own_errors(self):
        steps = [{"rule": "not-significant", "level": 0.001}]
        assert (
            build("ml", {"steps": steps, "resamples": 20, "whole_procedure": True}, 0.95, model=TWO).estimator.refusal(
                TWO
            )
            is None
        )
        pls = build("pls", {"steps": steps, "resamples": 20, "whole_procedure": True}, 0.95, model=TWO)
        assert "decides by standard errors" in pls.estimator.refusal(TWO)


@pytest.mark.acceptance
@pytest.mark.parametrize(
    "settings", [{"split": "half"}, {"resamples": 50, "whole_procedure": True}], ids=["split", "whole"]
)
def test_coverage_is_that_of_a_plain_loop(settings):
    """Of the path's limit under the true procedure: both count the same intervals, so they agree but for rounding."""
    batch = batch_of(7, 120, 61)
    fit = build("sumscores", {"steps": STEPS, **settings}, 0.95).fit(batch, TWO, PATH)
    centre = fit.value.mean()
    covered = ((fit.lower <= centre) & (fit.upper >= centre)).mean()
    loop = []
    for r in range(len(batch)):
        if "split" in settings:
            order = HERE.generator(STREAM, int(batch.replications[r])).permutation(61)
            one = plain(batch.raw[r][order[30:]], kept_by(batch.raw[r][order[:30]]))
            lower, upper = one.lower[0, 0], one.upper[0, 0]
        else:
            rows = bootstrap_rows(HERE.generator("bootstrap", int(batch.replications[r])), 50, 61)
            values = [plain(batch.raw[r][row], kept_by(batch.raw[r][row])).value[0, 0] for row in rows]
            lower, upper = np.quantile(values, [0.025, 0.975])
        loop.append(lower <= centre <= upper)
    assert covered == np.mean(loop)
    assert 0.85 < covered < 1.0
