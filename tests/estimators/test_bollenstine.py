"""The Bollen-Stine bootstrap against a plain loop, and as a test of models that hold and do not hold."""

import numpy as np
import pytest
from scipy.stats import kstest

from estimators.factors.covariance import MaximumLikelihood
from estimators.factors.robust import SatorraBentler
from estimators.methods import build
from estimators.wrappers.bootstrap import Bootstrap, bootstrap_rows
from estimators.wrappers.hypotheses.bollenstine import BollenStine
from estimators.wrappers.hypotheses.fitting import answers_that_fit
from sim.batch import Batch
from sim.errors import InputError
from sim.model import Model
from tests.textbook import SIMPLE, drawn

METHOD = MaximumLikelihood()
ONE = Model.parse("F =~ x1+x2+x3+x4+x5")
CHISQ = [SIMPLE.target("chisq")]


def by_bootstrap(batch, model=SIMPLE, resamples=60, method=METHOD):
    return BollenStine(method, method, resamples).fit(batch, model, [*CHISQ, *model.targets[:1]])


def test_p_is_the_share_of_resamples_of_turned_data_that_fit_no_better():
    data = drawn(SIMPLE, 90, 3)
    batch = Batch.of(data)
    turned = answers_that_fit(batch, METHOD.minimum(batch, SIMPLE).implied(SIMPLE)[0], 0)
    assert METHOD.fit(Batch.of(turned), SIMPLE, CHISQ).value[0, 0] == pytest.approx(0, abs=1e-9)
    fit = by_bootstrap(batch)
    rows = bootstrap_rows(batch.address.generator("bootstrap", 0), 60, 90)
    chisq = [METHOD.fit(Batch.of(turned[row]), SIMPLE, CHISQ).value[0, 0] for row in rows]
    assert fit.p_value[0, 0] == np.mean(np.array(chisq) >= fit.value[0, 0])
    assert fit.resamples[0] == 60
    plain = METHOD.fit(batch, SIMPLE, [*CHISQ, *SIMPLE.targets[:1]])
    np.testing.assert_array_equal(fit.value, plain.value)
    assert fit.p_value[0, 1] == plain.p_value[0, 1]


def test_units_signs_and_order_of_items_do_not_matter():
    data = drawn(ONE, 80, 1, loading=0.6)
    order = [3, 0, 4, 1, 2]
    p_values = {
        round(by_bootstrap(Batch.of(answers), ONE).p_value[0, 0], 12)
        for answers in (data, data * [1, -20, 0.3, 5, 1] + 7, data[:, :, order])
    }
    assert len(p_values) == 1


def test_a_replication_does_not_depend_on_its_batch_and_dropped_items_take_no_part():
    data = drawn(SIMPLE, 50, 3, replications=5)
    data[1, :, 4] = data[1, :, 5]
    data[2, :, 1] = 3.0
    retained = np.ones((5, 10), dtype=bool)
    retained[2, 1] = retained[4, 6] = False
    whole = by_bootstrap(Batch.of(data).keep(retained))
    assert np.flatnonzero(whole.fatal).tolist() == [1]
    assert np.isnan(whole.p_value[1]).all()
    for r in range(5):
        one = by_bootstrap(Batch.of(data[r], [r]).keep(retained[r : r + 1]))
        np.testing.assert_array_equal(one.p_value[0], whole.p_value[r])
    smaller = Model.parse(SIMPLE.syntax.replace("a1 + a2", "a1"))
    apart = by_bootstrap(Batch.of(np.delete(data[2], 1, axis=1), [2]), smaller)
    assert apart.p_value[0, 0] == whole.p_value[2, 0]


def test_p_values_are_uniform_where_a_model_holds_for_answers_that_are_not_normal():
    rng = np.random.default_rng(8)
    data = drawn(ONE, 150, 9, replications=120, loading=0.7) * rng.choice([0.6, 1.8], p=[0.8, 0.2], size=(120, 150, 1))
    p_values = by_bootstrap(Batch.of(data), ONE, resamples=100).p_value[:, 0]
    assert kstest(p_values, "uniform").pvalue > 0.01
    plain = METHOD.fit(Batch.of(data), ONE, CHISQ).p_value[:, 0]
    assert (plain < 0.05).mean() > 0.15 > (p_values < 0.05).mean()


def test_a_wrong_model_is_refuted():
    data = drawn(SIMPLE, 300, 2)
    assert by_bootstrap(Batch.of(data[:, :, [0, 1, 2, 3, 4]]), ONE).p_value[0, 0] == 0


def test_without_answers_or_degrees_of_freedom_there_is_no_bootstrap():
    batch = Batch.of_moments(Batch.of(drawn(SIMPLE, 60, 1)).moments)
    assert by_bootstrap(batch).p_value[0, 0] == METHOD.fit(batch, SIMPLE, CHISQ).p_value[0, 0]
    saturated = Model.parse("F =~ x1+x2+x3")
    assert np.isnan(by_bootstrap(Batch.of(drawn(saturated, 60, 1)), saturated).p_value[0, 0])


def test_it_is_a_setting_of_likelihood_methods_and_stands_inside_screening_and_around_the_bootstrap():
    data = Batch.of(drawn(SIMPLE, 60, 1))
    settings = {"bollen_stine": 40}
    assert build("ml", settings, 0.95).estimator == BollenStine(METHOD, METHOD, 40)
    robust = build("mlm", settings, 0.95).estimator
    assert robust == BollenStine(SatorraBentler(), SatorraBentler(), 40)
    assert 0 <= robust.fit(data, SIMPLE, CHISQ).p_value[0, 0] <= 1
    both = build("ml", {"bollen_stine": 40, "resamples": 25}, 0.95).estimator
    fit = both.fit(data, SIMPLE, [*CHISQ, SIMPLE.target("P~A")])
    assert fit.p_value[0, 0] == BollenStine(METHOD, METHOD, 40).fit(data, SIMPLE, CHISQ).p_value[0, 0]
    assert fit.se[0, 1] == Bootstrap(METHOD, 25).fit(data, SIMPLE, [SIMPLE.target("P~A")]).se[0, 0]
    assert fit.resamples[0] == 25
    screened = build("ml", {"bollen_stine": 40, "screening": {"threshold": 0.6}}, 0.95).estimator
    assert isinstance(screened.inner, BollenStine)
    for name, wrong, message in (("pls", 40, "not of pls"), ("ml", 5, "at least 20"), ("ml", "many", "whole number")):
        with pytest.raises(InputError, match=message):
            build(name, {"bollen_stine": wrong}, 0.95)
