"""What every wrapper of the list must do, and the order in which they are put around a method."""

from dataclasses import dataclass, replace

import numpy as np
import pytest

from estimators.base import AlignedEstimator
from estimators.catalogue import ESTIMATORS
from estimators.methods import Method, build
from estimators.prediction.wrapper import Predicted
from estimators.products.wrapper import Products
from estimators.wrappers.bootstrap import Bootstrap
from estimators.wrappers.finite import FiniteCorrection
from estimators.wrappers.handled import Handled
from estimators.wrappers.handlings import HANDLINGS, LABELS
from estimators.wrappers.hypotheses.bollenstine import BollenStine
from estimators.wrappers.hypotheses.fit_test import FitTest
from estimators.wrappers.order import WRAPPERS
from estimators.wrappers.recast import Recast
from estimators.wrappers.screening import Screening
from estimators.wrappers.second_order import TwoStage
from estimators.wrappers.wrapper import layers
from sim import catalogue
from sim.batch import Batch
from sim.drawing.draw import draw_block
from sim.errors import InputError
from sim.missing import BY_LIKELIHOOD
from sim.model import Model
from sim.streams import Address

HERE = Address(6, "cd" * 32)
POPULATION = catalogue.population("crm-clusters")
BATCH = draw_block(POPULATION, 72, HERE, 0, 3)
ITEMS = POPULATION.model.items
#: The same items, half of the first block's and the other half as dimensions of a second-order construct.
SECOND = Model.parse(
    f"D1 =~ {'+'.join(ITEMS[:4])}\nD2 =~ {'+'.join(ITEMS[4:8])}\nOCRM =~ {'+'.join(ITEMS[8:13])}\n"
    f"PERF =~ {'+'.join(ITEMS[13:])}\nACRM =~ D1 + D2\nPERF ~ ACRM + OCRM"
)


MODERATED = replace(POPULATION.model, products=(("PERF", "ACRM", "OCRM"),))


def model_for(kind: type) -> Model:
    return SECOND if kind is TwoStage else MODERATED if kind is Products else POPULATION.model


def method_with(kind: type) -> Method:
    name, settings = kind.example
    return build(name, settings, 0.95, model=model_for(kind))


@dataclass(frozen=True)
class Refusing(AlignedEstimator):
    """A method that refuses every model."""

    def refusal(self, model):
        return "not this one"


def test_every_wrapper_has_an_example():
    lacking = [kind.__name__ for kind in WRAPPERS if not hasattr(kind, "example")]
    assert not lacking, "a wrapper names an `example`: a method, and settings that ask for it"


@pytest.mark.parametrize("kind", WRAPPERS, ids=lambda kind: kind.__name__)
class TestEveryWrapper:
    def test_its_settings_ask_for_it_and_are_part_of_the_identity(self, kind):
        method = method_with(kind)
        assert [type(layer) for layer in layers(method.estimator)] == [kind]
        assert method.wrapper(kind) is method.estimator
        name, settings = kind.example
        assert method.identity == {"estimator": name, **settings}
        assert set(settings) <= set(kind.keys)

    def test_its_words_are_in_the_label(self, kind):
        method = method_with(kind)
        assert method.label == ", ".join([ESTIMATORS[method.base].label, *method.estimator.words])
        assert method.estimator.words or kind in (TwoStage, BollenStine, FitTest, Predicted)

    def test_nonsense_is_refused_naming_the_setting(self, kind):
        for key in kind.keys:
            with pytest.raises(InputError, match=f"{key.replace('missing', 'missing answers')}.*nonsense"):
                build("ml" if kind.suits(ESTIMATORS["ml"]) else kind.example[0], {key: "nonsense"}, 0.95)

    def test_refusals_come_through(self, kind):
        assert replace(method_with(kind).estimator, inner=Refusing()).refusal(model_for(kind)) == "not this one"

    def test_without_inference_the_values_stay(self, kind):
        method, model = method_with(kind).estimator, model_for(kind)
        alone = method.without_inference()
        assert isinstance(alone, kind) == (kind.about != "inference")
        whole, values = method.fit(BATCH, model), alone.fit(BATCH, model)
        for field in ("value", "status", "retained", "short"):
            a, b = getattr(whole, field), getattr(values, field)
            assert np.array_equal(a, b, equal_nan=a.dtype.kind == "f"), field
        assert np.isfinite(whole.value).any()
        assert np.isnan(values.se).all()
        assert alone.without_inference() == alone

    def test_items_that_are_not_retained_take_no_part(self, kind):
        method, model = method_with(kind).estimator, model_for(kind)
        kept = BATCH.retained.copy()
        kept[:, 2] = False
        with_noise = BATCH.raw.copy()
        with_noise[:, :, 2] = np.random.default_rng(1).integers(1, 6, with_noise.shape[:2])
        fit = method.fit(BATCH.keep(kept), model)
        other = method.fit(Batch.of(with_noise, BATCH.replications, HERE, items=ITEMS).keep(kept), model)
        assert not fit.retained[:, 2].any()
        np.testing.assert_array_equal(fit.value, other.value)
        np.testing.assert_array_equal(fit.se, other.se)
        assert np.isfinite(fit.value).any()

    def test_the_order_of_the_columns_changes_no_bit(self, kind):
        method, model = method_with(kind).estimator, model_for(kind)
        places = np.random.default_rng(2).permutation(len(ITEMS))
        names = [ITEMS[place] for place in places]
        turned = Batch.of(BATCH.raw[:, :, places], BATCH.replications, HERE, items=names)
        one, other = method.fit(turned, model), method.fit(BATCH, model)
        for field in ("value", "se", "lower", "upper", "p_value", "status", "retained", "short", "resamples"):
            a, b = getattr(one, field), getattr(other, field)
            assert np.array_equal(a, b, equal_nan=a.dtype.kind == "f"), field


def test_wrappers_go_around_a_method_in_the_order_of_the_list():
    settings = {"screening": {}, "missing": "mean", "fpc": 500, "resamples": 20, "blocks": "reflective"}
    method = build("pls", settings, 0.95, model=SECOND)
    innermost_first = [type(layer) for layer in layers(method.estimator)][::-1]
    assert innermost_first == [Recast, TwoStage, Bootstrap, FiniteCorrection, Screening, Handled]
    assert method.label == "PLS, all blocks reflective, 0.70 rule, fpc 500, mean imputation"
    assert (method.resamples, method.fpc, method.missing, method.resampled) == (20, 500, "mean", True)


def test_a_setting_that_does_not_suit_a_method_says_which_it_suits():
    with pytest.raises(InputError, match=r"bollen_stine tests the chi-square .* \(ml, mlm, mlr\), not of pls"):
        build("pls", {"bollen_stine": 50}, 0.95)
    with pytest.raises(InputError) as error:
        build("pls", {"bolen_stine": 50}, 0.95)
    assert "bollen_stine" not in str(error.value).replace("bolen_stine", "")


def test_every_handling_has_a_label():
    assert {*HANDLINGS, *BY_LIKELIHOOD} == set(LABELS)


def test_methods_without_a_wrapper_have_none():
    method = build("ml", {}, 0.95)
    assert (method.rule, method.resamples, method.fpc, method.missing, method.resampled) == (None,) * 4 + (False,)
