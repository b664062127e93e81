"""What every screening rule of the list must do; dropping one item at a time against a plain loop."""

import dataclasses

import numpy as np
import pytest

from estimators.base import Status
from estimators.composites.pls import PLS
from estimators.composites.sumscores import SumScores
from estimators.decisions.loadings.all_at_once import AllAtOnce
from estimators.decisions.loadings.one_at_a_time import OneAtATime
from estimators.decisions.rules import RULES, SCREENING, rule_of
from estimators.factors.covariance import MaximumLikelihood
from estimators.methods import build
from estimators.solution import loading_targets
from estimators.wrappers.screening import Screening
from sim import catalogue
from sim.batch import Batch
from sim.drawing.draw import draw, draw_block
from sim.errors import InputError
from sim.streams import Address

HERE = Address(9, "ef" * 32)
POPULATION = catalogue.population("crm-clusters")
MODEL = POPULATION.model
BATCH = draw_block(POPULATION, 60, HERE, 0, 25)

every_rule = pytest.mark.parametrize("rule", SCREENING, ids=lambda rule: rule.name)


@every_rule
class TestEveryRule:
    def test_a_study_file_can_name_it(self, rule):
        settings = {field.name: field.default for field in dataclasses.fields(rule)}
        method = build("pls", {"screening": {"rule": rule.name, **settings}}, 0.95)
        assert method.rule == rule()
        assert method.estimator == Screening(PLS(), rule())
        assert method.label == f"PLS, {rule().label}"

    def test_its_words_are_its_own(self, rule):
        assert len({each.name for each in RULES}) == len(RULES)
        assert len({each().label for each in SCREENING}) == len(SCREENING)
        given = rule()
        for part in (given.condemns, given.proceeds, given.too_few, given.label):
            assert part
            assert part in given.sentence

    def test_a_setting_it_does_not_have_is_refused(self, rule):
        with pytest.raises(InputError, match="screening setting 'treshold' is not known"):
            rule_of({"rule": rule.name, "treshold": 0.7})

    def test_what_it_keeps_was_retained_and_fills_the_blocks(self, rule):
        before = BATCH.retained.copy()
        before[:, 5] = False
        decided = rule(0.8, 3).decide(BATCH.keep(before), MODEL, PLS())
        assert not (decided.retained & ~before).any()
        assert not decided.retained.all()
        counts = np.add.reduceat(decided.retained.astype(int), MODEL.bounds[:-1], axis=1)
        assert (counts >= 3).all()
        assert (counts[decided.short] == 3).all()

    def test_blocks_that_it_may_take_nothing_from_are_short(self, rule):
        decided = rule(0.99, len(MODEL.items)).decide(BATCH, MODEL, PLS())
        assert decided.retained.all()
        assert decided.short.any(), "a block whose items the rule would drop, were there more of them, is `short`"

    def test_each_data_set_is_decided_for_itself(self, rule):
        together = rule().decide(BATCH, MODEL, PLS())
        for r in (0, 11, 24):
            alone = rule().decide(BATCH.rows(slice(r, r + 1)), MODEL, PLS())
            np.testing.assert_array_equal(alone.retained[0], together.retained[r])
            np.testing.assert_array_equal(alone.short[0], together.short[r])

    def test_the_order_of_the_columns_does_not_matter(self, rule):
        places = np.random.default_rng(2).permutation(len(MODEL.items))
        turned = Batch.of(BATCH.raw[:, :, places], items=[MODEL.items[place] for place in places])
        method = Screening(PLS(), rule())
        one, other = method.fit(turned, MODEL), method.fit(BATCH, MODEL)
        np.testing.assert_array_equal(one.retained, other.retained)
        np.testing.assert_array_equal(one.value, other.value)

    def test_a_method_that_fails_at_once_drops_nothing(self, rule):
        data = draw(POPULATION, 40, 2, np.random.default_rng(2))
        data[1, :, 4] = 2
        fit = Screening(PLS(), rule()).fit(Batch.of(data), MODEL)
        assert fit.status.tolist() == [Status.OK, Status.CONSTANT_ITEM]
        assert fit.retained[1].all()
        assert not fit.short[1].any()
        assert np.isnan(fit.value[1]).all()


def plain_one_at_a_time(answers, method, threshold, least):
    """The rule on one data set (n, p), written out: the items that stay and the blocks that are short."""
    blocks = [list(range(lower, upper)) for lower, upper in zip(MODEL.bounds, MODEL.bounds[1:], strict=False)]
    stays = set(range(len(MODEL.items)))
    while True:
        mask = np.array([[i in stays for i in range(len(MODEL.items))]])
        fit = method.fit(Batch.of(answers).keep(mask), MODEL, loading_targets(MODEL))
        if fit.fatal[0]:
            return stays, [False] * len(blocks), int(fit.status[0])
        under, short = [], []
        for block in blocks:
            here = [i for i in block if i in stays]
            low = [i for i in here if fit.value[0, i] < threshold]
            short.append(bool(low) and len(here) <= least)
            under += low if len(here) > least else []
        if not under:
            return stays, short, int(fit.status[0])
        stays.remove(min(under, key=lambda i: (fit.value[0, i], i)))


@pytest.mark.parametrize("method", [PLS(), SumScores(), MaximumLikelihood()], ids=lambda m: type(m).__name__)
@pytest.mark.parametrize(("threshold", "least"), [(0.7, 2), (0.85, 3), (0.5, 1)])
def test_one_item_at_a_time_is_what_a_plain_loop_does(method, threshold, least):
    decided = OneAtATime(threshold, least).decide(BATCH, MODEL, method.without_inference())
    dropped = 0
    for r in range(len(BATCH)):
        stays, short, status = plain_one_at_a_time(BATCH.raw[r], method.without_inference(), threshold, least)
        assert set(np.flatnonzero(decided.retained[r])) == stays
        assert decided.short[r].tolist() == short
        assert decided.status[r] == status
        dropped += len(MODEL.items) - len(stays)
    assert dropped > 10


def test_a_replication_whose_later_fit_fails_ends_there():
    @dataclasses.dataclass(frozen=True)
    class FailsOnFewer(PLS):
        """PLS that fails where under 18 items are left."""

        def estimate(self, batch, model, targets):
            fit = super().estimate(batch, model, targets)
            few = batch.retained.sum(axis=1) < 18
            value = np.where(few[:, None], np.nan, fit.value)
            status = np.where(few, Status.NOT_CONVERGED, fit.status).astype(np.int8)
            return fit.replaced(value=value, status=status)

    plain, failing = (Screening(m, OneAtATime(0.55)).fit(BATCH, MODEL) for m in (PLS(), FailsOnFewer()))
    few = plain.retained.sum(axis=1) < 18
    assert few.any()
    assert not few.all()
    assert (failing.status[few] == Status.NOT_CONVERGED).all()
    assert (failing.retained[few].sum(axis=1) == 17).all()
    assert np.isnan(failing.value[few]).all()
    np.testing.assert_array_equal(failing.value[~few], plain.value[~few])


def test_the_two_rules_part_company():
    at_once, one_by_one = (Screening(PLS(), rule()).fit(BATCH, MODEL) for rule in (AllAtOnce, OneAtATime))
    assert (at_once.retained != one_by_one.retained).any()


@pytest.mark.parametrize(
    ("rule", "label", "condemned", "few"),
    [
        (AllAtOnce(), "0.70 rule", "under 0.70", "fewer than two items"),
        (AllAtOnce(0.6, 3), "0.60 rule", "under 0.60", "fewer than three items"),
        (AllAtOnce(0.725, 1), "0.725 rule", "under 0.725", "fewer than one item"),
        (OneAtATime(0.5, 12), "one-at-a-time 0.50 rule", "under 0.50", "fewer than 12 items"),
    ],
)
def test_a_rule_says_what_it_does(rule, label, condemned, few):
    assert rule.label == label
    assert rule.condemns.endswith(condemned)
    assert rule.too_few == few


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (0.7, "screening is 0.7; write for instance screening = {"),
        ({"rule": "one-at-time"}, "screening rule 'one-at-time' is not known; did you mean 'one-at-a-time'"),
        ({"rule": "hair"}, "screening rule 'hair' is a step; write steps = [{ rule = 'hair' }]"),
        ({"rule": 3}, "screening rule '3' is not known"),
        ({"threshold": 1}, "screening threshold is 1; give a number between 0 and 1"),
        ({"threshold": "high"}, "screening threshold is 'high'"),
        ({"minimum_items": 0}, "screening minimum_items is 0; give a whole number of at least 1"),
        ({"minimum_items": True}, "screening minimum_items is True"),
    ],
)
def test_settings_that_make_no_rule_are_refused(settings, message):
    with pytest.raises(InputError) as error:
        rule_of(settings)
    assert message in str(error.value)


@every_rule
def test_an_item_against_its_construct_stays_where_loadings_count_by_their_size(rule):
    turned = BATCH.answers.copy()
    turned[..., 0] = 6 - turned[..., 0]
    batch, lenient = Batch.of(turned, items=MODEL.items), {"threshold": 0.3, "minimum_items": 1}
    plain, by_size = (
        Screening(PLS(), rule(**lenient, absolute=absolute)).fit(batch, MODEL) for absolute in (False, True)
    )
    as_worded = Screening(PLS(), rule(**lenient)).fit(BATCH, MODEL)
    assert not plain.retained[:, 0].any()
    assert by_size.retained[:, 0].mean() == as_worded.retained[:, 0].mean() > 0.9
    assert "|loading|" in rule(absolute=True).label
    assert "whatever its sign" in rule(absolute=True).condemns
