"""Laws of every method in the catalogue, plain and under each wrapper. A method inherits them by being listed there.

Where a law cannot hold for a method by the nature of the method, the exception is named below with its reason.
"""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from estimators.base import Estimates, Status
from estimators.catalogue import ESTIMATORS
from estimators.screening import Screening, loading_targets
from sim.batch import Batch
from sim.model import Block, Model
from sim.targets import Target

from .strategies import (
    METHODS,
    STRUCTURES,
    UNBOOTSTRAPPED,
    Survey,
    clear_surveys,
    method,
    population,
    surveys,
    wild_surveys,
)

#: Unit-weighted sums take the answers as they are: an item in larger units counts for more, a reversed one against.
RAW_SUMS = {name for name, entry in ESTIMATORS.items() if entry.raw_units}
#: Methods whose limit on a common-factor population is the truth.
CONSISTENT = {name for name, entry in ESTIMATORS.items() if entry.consistent}

NUMBERS = ("value", "se", "lower", "upper", "p_value")
EVERYTHING = (*NUMBERS, "status", "iterations", "retained", "short", "resamples")

every_method = pytest.mark.parametrize(("name", "wrapper"), METHODS)
every_unbootstrapped = pytest.mark.parametrize(("name", "wrapper"), UNBOOTSTRAPPED)
every_estimator = pytest.mark.parametrize("name", ESTIMATORS)

#: A step that rounding alone changes: sums of a few hundred products, each to 1e-16, through a few matrix products.
#: The iterative methods start from other roundings, and so may stop one step apart: PLS after a step under 1e-7 where
#: steps shrink by half or more, ML at a gradient of 1e-8 of its standard error.
CLOSE = {"sumscores": 1e-9}
CLOSE_BY_DEFAULT = 1e-6


def few(examples: int) -> settings:
    """Hypothesis settings for a law."""
    return settings(max_examples=examples, deadline=None)


def assert_identical(one: Estimates, other: Estimates, fields: tuple[str, ...] = EVERYTHING) -> None:
    """Equal to the last bit, NaN where NaN."""
    for field in fields:
        a, b = getattr(one, field), getattr(other, field)
        assert np.array_equal(a, b, equal_nan=a.dtype.kind == "f"), field


def assert_close(name: str, one: Estimates, other: Estimates, fields: tuple[str, ...] = NUMBERS) -> None:
    """Equal status, and numbers up to the method's own stopping rule."""
    assert np.array_equal(one.status, other.status)
    for field in fields:
        close(name, getattr(one, field), getattr(other, field), field)


def close(name: str, one: np.ndarray, other: np.ndarray, what: str) -> None:
    """Numbers up to the method's own stopping rule, NaN where NaN."""
    tolerance = CLOSE.get(name, CLOSE_BY_DEFAULT)
    assert np.allclose(one, other, rtol=tolerance, atol=tolerance, equal_nan=True), what


def rows(estimates: Estimates, chosen: slice | np.ndarray) -> Estimates:
    """Some replications of the estimates."""
    return estimates.replaced(**{field: getattr(estimates, field)[chosen] for field in EVERYTHING})


def part(batch: Batch, chosen: slice | np.ndarray) -> Batch:
    """Some replications of a batch, under their own ids."""
    return Batch.of(batch.raw[chosen], batch.replications[chosen], batch.address)


# --- replications do not know of each other ---


@every_method
@given(survey=surveys())
@few(6)
def test_a_batch_gives_what_its_data_sets_give_one_by_one(name: str, wrapper: str, survey: Survey) -> None:
    whole = method(name, wrapper).fit(survey.batch, survey.model)
    for r in range(len(survey.batch)):
        alone = method(name, wrapper).fit(part(survey.batch, slice(r, r + 1)), survey.model)
        assert_identical(rows(whole, slice(r, r + 1)), alone)


@every_unbootstrapped
@given(survey=surveys(replications=(20, 60), sizes=(20, 80)), data=st.data())
@few(6)
def test_neither_chunking_nor_the_order_of_replications_changes_a_number(
    name: str, wrapper: str, survey: Survey, data: st.DataObject
) -> None:
    estimator, total = method(name, wrapper), len(survey.batch)
    whole = estimator.fit(survey.batch, survey.model)
    cut = data.draw(st.integers(1, total - 1))
    for chunk in (slice(0, cut), slice(cut, total)):
        assert_identical(rows(whole, chunk), estimator.fit(part(survey.batch, chunk), survey.model))
    order = np.random.default_rng(total).permutation(total)
    assert_identical(rows(whole, order), estimator.fit(part(survey.batch, order), survey.model))


@every_method
@given(survey=surveys(replications=(2, 4)), data=st.data())
@few(4)
def test_one_broken_replication_fails_alone(name: str, wrapper: str, survey: Survey, data: st.DataObject) -> None:
    broken = data.draw(st.integers(0, len(survey.batch) - 1))
    item = data.draw(st.integers(0, len(survey.model.items) - 1))
    answers = survey.answers.copy()
    answers[broken, :, item] = 2
    before = method(name, wrapper).fit(survey.batch, survey.model)
    after = method(name, wrapper).fit(survey.with_answers(answers).batch, survey.model)
    assert after.status[broken] == Status.CONSTANT_ITEM
    for field in NUMBERS:
        assert np.isnan(getattr(after, field)[broken]).all()
    others = np.arange(len(survey.batch)) != broken
    assert_identical(rows(before, others), rows(after, others))


@every_method
@given(survey=surveys(replications=(1, 2)))
@few(3)
def test_fitting_changes_nothing_and_can_be_repeated(name: str, wrapper: str, survey: Survey) -> None:
    batch, answers = survey.batch, survey.answers.copy()
    first = method(name, wrapper).fit(batch, survey.model)
    assert np.array_equal(batch.raw, answers)
    assert batch.retained.all()
    assert_identical(first, method(name, wrapper).fit(batch, survey.model))


# --- what must not matter ---


@every_method
@given(survey=clear_surveys(), data=st.data())
@few(5)
def test_the_order_of_items_in_a_block_does_not_matter(
    name: str, wrapper: str, survey: Survey, data: st.DataObject
) -> None:
    model = survey.model
    orders = [data.draw(st.permutations(range(len(block.items)))) for block in model.blocks]
    place = np.concatenate([model.bounds[j] + np.array(order) for j, order in enumerate(orders)])
    blocks = tuple(
        Block(block.construct, tuple(block.items[i] for i in order))
        for block, order in zip(model.blocks, orders, strict=True)
    )
    turned = Model(blocks, model.paths)
    estimator = method(name, wrapper)
    straight = estimator.fit(survey.batch, model)
    shuffled = estimator.fit(survey.with_answers(survey.answers[:, :, place]).batch, turned, model.targets)
    assert_close(name, straight, shuffled)
    assert np.array_equal(straight.retained[:, place], shuffled.retained)
    assert np.array_equal(straight.short, shuffled.short)


@every_method
@given(survey=st.one_of(surveys(tops=(2, 5, 7)), clear_surveys()), data=st.data())
@few(6)
def test_the_order_of_respondents_does_not_matter(name: str, wrapper: str, survey: Survey, data: st.DataObject) -> None:
    order = np.random.default_rng(data.draw(st.integers(0, 999))).permutation(survey.answers.shape[1])
    estimator = method(name, wrapper)
    straight = estimator.fit(survey.batch, survey.model)
    shuffled = estimator.fit(survey.with_answers(survey.answers[:, order]).batch, survey.model)
    # A resample is a set of row numbers: other rows stand there now, so bootstrap inference may differ.
    fields = ("value",) if "bootstrapped" in wrapper else NUMBERS
    if survey.top:
        assert_identical(straight, shuffled, (*fields, "status", "retained", "short"))  # sums of integers are exact
    else:
        assert_close(name, straight, shuffled, fields)


@every_method
@given(survey=clear_surveys())
@few(4)
def test_the_type_that_holds_the_answers_does_not_matter(name: str, wrapper: str, survey: Survey) -> None:
    estimator = method(name, wrapper)
    assume(survey.top)
    small = estimator.fit(survey.batch, survey.model)
    assert_identical(small, estimator.fit(survey.with_answers(survey.answers.astype(np.int64)).batch, survey.model))
    assert_close(name, small, estimator.fit(survey.with_answers(survey.answers.astype(float)).batch, survey.model))


@every_method
@given(survey=clear_surveys(), data=st.data())
@few(5)
def test_affine_rescaling_of_answers_leaves_standardised_results(
    name: str, wrapper: str, survey: Survey, data: st.DataObject
) -> None:
    p = len(survey.model.items)
    rng = np.random.default_rng(data.draw(st.integers(0, 999)))
    shift, scale = rng.uniform(-50, 50, p), 10.0 ** rng.uniform(-2, 2, p)
    if name in RAW_SUMS:
        scale[:] = scale[0]
    # Raw alpha weighs items by their variances; all other targets are on the standardised scale.
    targets = [t for t in survey.model.targets if name in RAW_SUMS or t.kind != "alpha"]
    estimator = method(name, wrapper)
    plain = estimator.fit(survey.batch, survey.model, targets)
    scaled = estimator.fit(survey.with_answers(survey.answers * scale + shift).batch, survey.model, targets)
    assert_close(name, plain, scaled)
    assert np.array_equal(plain.retained, scaled.retained)


@every_method
@given(survey=surveys(replications=(1, 2)), data=st.data())
@few(4)
def test_the_targets_asked_for_do_not_change_their_values(
    name: str, wrapper: str, survey: Survey, data: st.DataObject
) -> None:
    targets = survey.model.targets
    chosen = data.draw(st.lists(st.integers(0, len(targets) - 1), min_size=1, max_size=5, unique=True))
    estimator = method(name, wrapper)
    every = estimator.fit(survey.batch, survey.model)
    some = estimator.fit(survey.batch, survey.model, [targets[i] for i in chosen])
    assert np.array_equal(every.status, some.status)
    assert np.array_equal(every.value[:, chosen], some.value, equal_nan=True)
    for field in NUMBERS:
        # A resampling SE is a sum over columns of a wider table, which may be added up in another order.
        assert np.allclose(
            getattr(every, field)[:, chosen], getattr(some, field), rtol=1e-12, atol=1e-15, equal_nan=True
        )


@every_method
@given(survey=surveys(replications=(1, 2)))
@few(3)
def test_inference_does_not_change_values(name: str, wrapper: str, survey: Survey) -> None:
    estimator = method(name, wrapper)
    full, bare = (one.fit(survey.batch, survey.model) for one in (estimator, estimator.without_inference()))
    assert_identical(full, bare, ("value", "status", "retained", "short"))


# --- signs ---


def sign_of(target: Target, reversed_constructs: set[str]) -> float:
    """-1 where turning all items of these constructs round turns the target round."""
    if target.kind not in ("path", "correlation", "indirect"):
        return 1.0
    ends = (target.parts[0], target.parts[-1])
    return float(np.prod([-1.0 if end in reversed_constructs else 1.0 for end in ends]))


@every_method
@given(survey=clear_surveys(), data=st.data())
@few(5)
def test_turning_round_all_items_of_a_construct_turns_its_relations_round_and_nothing_else(
    name: str, wrapper: str, survey: Survey, data: st.DataObject
) -> None:
    # All items alike: the sum and every composite change sign, ML turns the construct so that its loadings are positive
    # again. Loadings, weights, R2 and reliabilities stay.
    model = survey.model
    chosen = set(data.draw(st.lists(st.sampled_from(model.constructs), min_size=1, unique=True)))
    mask = np.array([model.constructs[j] in chosen for j in model.block_of])
    answers = np.where(mask, (survey.top + 1 if survey.top else 0) - survey.answers, survey.answers)
    signs = np.array([sign_of(target, chosen) for target in model.targets])
    estimator = method(name, wrapper)
    plain = estimator.fit(survey.batch, model)
    turned = estimator.fit(survey.with_answers(answers.astype(survey.answers.dtype)).batch, model)
    lower, upper = (np.where(signs > 0, *ends) for ends in ((plain.lower, -plain.upper), (plain.upper, -plain.lower)))
    assert_close(name, plain.replaced(value=plain.value * signs, lower=lower, upper=upper), turned)
    assert np.array_equal(plain.retained, turned.retained)


@pytest.mark.parametrize("name", [name for name in ESTIMATORS if name not in RAW_SUMS])
@given(survey=clear_surveys(), data=st.data())
@few(8)
def test_turning_round_one_item_of_three_turns_its_own_loading_round_and_no_other(
    name: str, survey: Survey, data: st.DataObject
) -> None:
    # Two clear items of three keep the construct's direction. A unit-weighted sum is another sum then; alpha and rho_c
    # add answers or loadings up and are no measure of a block with one item reversed.
    model = survey.model
    large = [j for j, block in enumerate(model.blocks) if len(block.items) > 2]
    block = data.draw(st.sampled_from(large))
    item = data.draw(st.integers(model.bounds[block], model.bounds[block + 1] - 1))
    answers = survey.answers.copy()
    answers[:, :, item] = (survey.top + 1 if survey.top else 0) - answers[:, :, item]
    targets = [t for t in model.targets if t.kind not in ("alpha", "rho_c")]
    signs = np.array([-1.0 if t.kind == "loading" and t.parts[1] == model.items[item] else 1.0 for t in targets])
    plain = method(name, "plain").fit(survey.batch, model, targets)
    turned = method(name, "plain").fit(survey.with_answers(answers).batch, model, targets)
    assert np.array_equal(plain.status, turned.status)
    # Started from other weights, PLS comes to its limit from elsewhere: the last step is under 1e-7, and steps shrink
    # by a factor of .9 or better with clear loadings, so what is left is under 1e-6; ten times that for paths.
    assert np.allclose(plain.value * signs, turned.value, rtol=0, atol=1e-5, equal_nan=True)


# --- failures ---


@every_method
@given(survey=wild_surveys())
@few(10)
def test_a_fatal_status_and_missing_numbers_go_together(name: str, wrapper: str, survey: Survey) -> None:
    fit = method(name, wrapper).fit(survey.batch, survey.model)
    fatal = np.array([Status(int(code)).fatal for code in fit.status])
    assert np.array_equal(fatal, fit.fatal)
    for field in NUMBERS:
        assert np.isnan(getattr(fit, field)[fatal]).all()
    always = [q for q, target in enumerate(fit.targets) if target.kind in ("path", "r2", "correlation")]
    loadings = [q for q, target in enumerate(fit.targets) if target.kind == "loading"]
    assert np.isfinite(fit.value[~fatal][:, always]).all()
    assert np.array_equal(np.isfinite(fit.value[~fatal][:, loadings]), fit.retained[~fatal])
    constant = (survey.answers == survey.answers[:, :1]).all(axis=1).any(axis=1)
    assert np.array_equal(fit.status == Status.CONSTANT_ITEM, constant)


@every_method
@given(survey=wild_surveys())
@few(6)
def test_wild_data_sets_do_not_touch_each_other(name: str, wrapper: str, survey: Survey) -> None:
    whole = method(name, wrapper).fit(survey.batch, survey.model)
    for r in range(len(survey.batch)):
        alone = method(name, wrapper).fit(part(survey.batch, slice(r, r + 1)), survey.model)
        assert_identical(rows(whole, slice(r, r + 1)), alone)


# --- dropping items ---


@every_method
@given(survey=clear_surveys(), data=st.data())
@few(5)
def test_leaving_items_out_equals_fitting_the_smaller_model(
    name: str, wrapper: str, survey: Survey, data: st.DataObject
) -> None:
    model = survey.model
    # One item alone or three and more: two items of a weakly related block hardly determine an ML solution.
    sizes = [(3, None), (1, 1)] if wrapper == "plain" else [(3, None)]
    kept = [
        sorted(data.draw(st.one_of(st.sets(st.integers(lower, upper - 1), min_size=a, max_size=b) for a, b in sizes)))
        for lower, upper in zip(model.bounds, model.bounds[1:], strict=False)
    ]
    place = np.concatenate(kept)
    smaller = Model(
        tuple(
            Block(block.construct, tuple(model.items[i] for i in items))
            for block, items in zip(model.blocks, kept, strict=True)
        ),
        model.paths,
    )
    estimator = method(name, wrapper)
    assume(estimator.refusal(smaller) is None)
    mask = np.isin(np.arange(len(model.items)), place)
    answers = survey.answers.copy()
    answers[:, :, ~mask] = 1  # what is left out may be anything, even constant
    batch = survey.with_answers(answers).batch
    within = estimator.fit(batch.keep(np.tile(mask, (len(batch), 1))), model, smaller.targets)
    alone = estimator.fit(survey.with_answers(survey.answers[:, :, place]).batch, smaller)
    assert_close(name, alone, within)
    assert np.array_equal(within.retained[:, place], alone.retained)
    assert not within.retained[:, ~mask].any()
    assert np.array_equal(within.short, alone.short)


def plain_rule(loadings: list[float], threshold: float, least: int) -> tuple[list[bool], bool]:
    """The screening rule on one block, written out: who stays, and whether the rule alone would leave too few."""
    stays = [loading >= threshold for loading in loadings]
    short = sum(stays) < least
    if short:
        best = sorted(range(len(loadings)), key=lambda i: -loadings[i])[:least]
        stays = [i in best for i in range(len(loadings))]
    return stays, short


@every_estimator
@pytest.mark.parametrize(("threshold", "least"), [(0.70, 2), (0.85, 2), (0.99, 1), (0.85, 3), (0.5, 5)])
@given(survey=surveys(sizes=(30, 90), replications=(5, 12)))
@few(3)
def test_screening_drops_what_the_rule_says_and_tells_honestly_where_it_could_not(
    name: str, threshold: float, least: int, survey: Survey
) -> None:
    model, inner = survey.model, method(name, "plain")
    first = inner.fit(survey.batch, model, loading_targets(model))
    screened = Screening(inner, threshold, least).fit(survey.batch, model)
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


@every_estimator
@given(survey=surveys(replications=(5, 12)))
@few(4)
def test_screened_estimates_are_those_of_the_retained_items(name: str, survey: Survey) -> None:
    inner = method(name, "plain")
    screened = Screening(inner).fit(survey.batch, survey.model)
    usable = ~inner.fit(survey.batch, survey.model).fatal
    again = inner.fit(survey.batch.keep(screened.retained), survey.model)
    assert_identical(rows(screened, usable), rows(again, usable), (*NUMBERS, "status", "retained"))


# --- the truth ---


@pytest.mark.parametrize("name", [name for name in ESTIMATORS if name in CONSISTENT])
@pytest.mark.parametrize("model", STRUCTURES, ids=lambda model: "-".join(model.constructs))
@given(seed=st.integers(0, 2**32 - 1))
@few(6)
def test_a_consistent_method_finds_the_truth_on_population_moments(name: str, model: Model, seed: int) -> None:
    true = population(model, np.random.default_rng(seed), 0)
    targets = [t for t in model.targets if t.kind in ("path", "r2", "correlation", "loading")]
    fit = method(name, "plain").fit(Batch.of_moments(true.moments), model, targets)
    assert fit.status[0] == Status.OK
    assert fit.value[0] == pytest.approx(true.truth(targets), abs=1e-6)
