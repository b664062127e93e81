"""Which way a factor faces: its loadings, or its first item."""

import numpy as np
import pytest

from estimators.catalogue import ESTIMATORS
from estimators.factors.covariance import MaximumLikelihood
from estimators.inference.signs import construct_signs, target_signs
from estimators.methods import build
from estimators.wrappers.bootstrap import Bootstrap
from sim.batch import Batch
from sim.errors import InputError
from tests.cases import CRM, survey, targets

SIGNED = [name for name, entry in ESTIMATORS.items() if "sign" in entry.choices and not entry.large]
NAMES = (
    "A=~CC1",
    "A=~CC2",
    "O=~OGG1",
    "P~A",
    "P~O",
    "A~~O",
    "total(A->P)",
    "r2(P)",
    "ave(A)",
    "htmt(A,P)",
    "f2(P~A)",
    "chisq",
)
#: What turning A does to them.
FACING = np.array([-1, -1, 1, -1, 1, -1, -1, 1, 1, 1, 1, 1])


def answers(reversed_item=None):
    """Five hundred surveyed, perhaps with an item asked the other way round."""
    frame = survey("crm500_000")
    if reversed_item:
        frame[reversed_item] = 6 - frame[reversed_item]
    return Batch.of(frame[list(CRM.items)].to_numpy(np.int8))


def wanted():
    return targets(CRM, *NAMES)


def test_every_method_with_an_iterated_factor_model_has_the_setting():
    assert SIGNED == ["ml", "mlm", "mlr", "gls", "uls", "wlsmv", "ulsmv"]


@pytest.mark.parametrize("name", SIGNED)
def test_a_first_item_asked_the_other_way_round_turns_its_factor(name):
    estimator = ESTIMATORS[name].estimator
    batch = answers("CC1")
    summed = estimator().fit(batch, CRM, wanted())
    first = estimator(sign="first-item").fit(batch, CRM, wanted())
    assert summed.value[0, 0] < 0.0 < first.value[0, 0]
    np.testing.assert_array_equal(first.value, summed.value * FACING)
    np.testing.assert_array_equal(first.se, summed.se)
    np.testing.assert_array_equal(first.p_value, summed.p_value)
    np.testing.assert_array_equal(first.lower, np.where(FACING < 0, -summed.upper, summed.lower))
    np.testing.assert_array_equal(first.upper, np.where(FACING < 0, -summed.lower, summed.upper))
    # An item's wording changes its own loading, and with the first item's sign all that hangs on the factor.
    plain = estimator(sign="first-item").fit(answers(), CRM, wanted())
    turned = np.where(np.arange(len(NAMES)) == 0, 1, FACING)
    alike = [
        NAMES.index(n) for n in ("A=~CC1", "A=~CC2", "O=~OGG1", "P~A", "P~O", "A~~O", "total(A->P)", "r2(P)", "ave(A)")
    ]
    np.testing.assert_allclose(first.value[0, alike], (plain.value * turned)[0, alike], atol=2e-6)


@pytest.mark.parametrize("name", SIGNED)
def test_the_setting_changes_no_bit_where_first_items_load_positively(name):
    estimator = ESTIMATORS[name].estimator
    fits = [estimator(**settings).fit(answers(), CRM, wanted()) for settings in ({}, {"sign": "first-item"})]
    for part in ("value", "se", "lower", "upper", "p_value"):
        np.testing.assert_array_equal(getattr(fits[0], part), getattr(fits[1], part))


def test_the_first_retained_item_counts():
    batch = answers("CC2")
    retained = batch.retained.copy()
    retained[:, CRM.items.index("CC1")] = False
    fit = MaximumLikelihood(sign="first-item").fit(batch.keep(retained), CRM, wanted())
    assert fit.value[0, 1] > 0.0 > fit.value[0, 3]


def test_resamples_are_turned_by_the_same_rule():
    batch = answers("CC1")
    paths = targets(CRM, "P~A", "P~O", "A=~CC2")
    summed, first = (
        Bootstrap(MaximumLikelihood(sign=sign), 40).fit(batch, CRM, paths) for sign in ("loadings", "first-item")
    )
    facing = np.array([-1, 1, -1])
    np.testing.assert_array_equal(first.value, summed.value * facing)
    # No resample of 500 has a first item that loads positively, so each is the mirror image.
    np.testing.assert_allclose(first.se, summed.se, rtol=1e-12)
    np.testing.assert_allclose(first.lower, np.where(facing < 0, -summed.upper, summed.lower), atol=1e-12)


def test_turning_twice_is_turning_back():
    generator = np.random.default_rng(1)
    signs = generator.choice([-1.0, 1.0], size=(5, 3))
    chosen = targets(CRM, *NAMES)
    np.testing.assert_array_equal(target_signs(chosen, signs, CRM) ** 2, 1.0)
    loadings, values = generator.uniform(0.4, 0.9, len(CRM.items)), generator.normal(size=(5, len(chosen)))
    mirrored = loadings * signs[:, CRM.block_of]
    turned = construct_signs(values, chosen, mirrored, loadings, CRM)
    np.testing.assert_array_equal(turned, values * target_signs(chosen, signs, CRM))


def test_another_word_is_refused_with_those_allowed():
    with pytest.raises(InputError, match=r"sign.*loadings, first-item"):
        build("ml", {"sign": "marker"}, 0.95)
