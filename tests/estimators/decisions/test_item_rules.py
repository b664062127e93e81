"""Rules that drop items by loadings and by statistics of scales, against plain loops over one data set at a time."""

import numpy as np
import pytest

from estimators.composites.pls import PLS
from estimators.decisions.controls.random import RandomItems
from estimators.decisions.loadings.all_at_once import AllAtOnce
from estimators.decisions.loadings.hair import Hair
from estimators.decisions.loadings.not_significant import NotSignificant
from estimators.decisions.loadings.upper_limit import UpperLimit
from estimators.decisions.rule import Analysis
from estimators.decisions.scales.alpha_if_deleted import AlphaIfDeleted
from estimators.decisions.scales.communality import Communality
from estimators.decisions.scales.first_factor import FirstFactor
from estimators.decisions.scales.item_total import ItemTotal
from estimators.decisions.scales.until_reached import UntilReached
from estimators.factors.covariance import MaximumLikelihood
from estimators.solution import loading_targets
from sim.batch import Batch
from tests.estimators.decisions.cases import BATCH, BLOCKS, HERE, MODEL, drop_worst, fitted

P = len(MODEL.items)
LOADINGS = loading_targets(MODEL)


def block_of(item):
    return next(block for block in BLOCKS if item in block)


def compare(rule, plain, method=None, fewest=5):
    """The rule on the whole batch, and the plain loop on each data set; how many items go."""
    decided = rule.decide(BATCH, MODEL, method or PLS())
    for r in range(len(BATCH)):
        stays, short = plain(BATCH.raw[r].astype(float))
        assert set(np.flatnonzero(decided.retained[r])) == stays, r
        if short is not None:
            assert decided.short[r].tolist() == short, r
    gone = (~decided.retained).sum()
    assert gone > fewest, "the rule must have something to do here"
    return decided


@pytest.mark.parametrize("rule", [Hair(), Hair(0.5, 0.8, 0.85, 0.6, 3), Hair(reliability=0.9, ave=0.3)])
@pytest.mark.parametrize("method", [PLS(), MaximumLikelihood().without_inference()], ids=["pls", "ml"])
def test_hairs_rule(rule, method):
    def reliability(loadings):
        return sum(loadings) ** 2 / (sum(loadings) ** 2 + sum(1 - value**2 for value in loadings))

    def look(answers, stays):
        fit = fitted(answers, stays, method, LOADINGS)
        return None if fit.fatal[0] else fit.value[0]

    def plain(answers):
        stays, tried = set(range(P)), set()
        values = look(answers, stays)
        while values is not None:
            of = {id(block): [values[i] for i in block if i in stays] for block in BLOCKS}
            cr = {i: reliability(of[id(block_of(i))]) for i in stays}
            ave = {i: np.mean(np.square(of[id(block_of(i))])) for i in stays}
            going, short = drop_worst(stays, {i for i in stays if values[i] < rule.weak}, values, rule.minimum_items)
            sure = going is not None
            if not sure:
                lacks = {i for i in stays if cr[i] < rule.reliability or ave[i] < rule.ave}
                middling = {i for i in lacks - tried if rule.weak <= values[i] < rule.strong}
                going, _ = drop_worst(stays, middling, values, rule.minimum_items)
            if going is None:
                return stays, short
            new = look(answers, stays - {going})
            if sure and new is None:
                return stays - {going}, None
            left = [] if new is None else [new[i] for i in block_of(going) if i in stays - {going}]
            lifted = bool(left) and (
                cr[going] < rule.reliability <= reliability(left) or ave[going] < rule.ave <= np.mean(np.square(left))
            )
            if sure or lifted:
                stays, tried, values = stays - {going}, set(), new
            else:
                tried.add(going)
        return stays, None

    compare(rule, plain, method)


def test_the_upper_limit_and_the_p_value():
    method = MaximumLikelihood()
    fit = method.fit(BATCH, MODEL, LOADINGS)
    limits = UpperLimit(0.7).decide(BATCH, MODEL, method)
    tested = NotSignificant(0.01).decide(BATCH, MODEL, method)
    gone = 0
    for r in np.flatnonzero(~fit.fatal):
        for found, low in ((limits, fit.upper[r] < 0.7), (tested, fit.p_value[r] >= 0.01)):
            for block in BLOCKS:
                best = sorted(block, key=lambda i: (-fit.value[r, i], i))[:2]
                stay = [i for i in block if not low[i]]
                stay = stay if len(stay) >= 2 else sorted({*stay, *best[: 2 - len(stay)]} | set(stay))
                kept = [i for i in block if found.retained[r, i]]
                assert len(kept) >= 2
                assert set(stay) <= set(kept)
                assert kept == stay or len([i for i in block if not low[i]]) < 2
                gone += len(block) - len(kept)
    assert gone > 10
    fewer = limits.retained.sum() > AllAtOnce(0.7).decide(BATCH, MODEL, method).retained.sum()
    assert fewer, "fewer items are certainly weak than seem so"


def item_total(answers, stays):
    found = {}
    for i in stays:
        rest = answers[:, [k for k in block_of(i) if k in stays and k != i]].sum(axis=1)
        found[i] = np.corrcoef(answers[:, i], rest)[0, 1] if rest.std() else np.nan
    return found


@pytest.mark.parametrize(("threshold", "least"), [(0.3, 2), (0.6, 3)])
def test_the_item_total_correlation(threshold, least):
    def plain(answers):
        stays = set(range(P))
        while True:
            values = item_total(answers, stays)
            going, short = drop_worst(stays, {i for i in stays if values[i] < threshold}, values, least)
            if going is None:
                return stays, short
            stays.remove(going)

    compare(ItemTotal(threshold, least), plain)


def alpha(answers, items):
    items = list(items)
    covariances = np.cov(answers[:, items].T)
    k = len(items)
    return k / (k - 1) * (1 - np.trace(covariances) / covariances.sum())


@pytest.mark.parametrize(("gain", "least"), [(0.0, 2), (0.01, 4)])
def test_alpha_if_deleted(gain, least):
    def plain(answers):
        stays = set(range(P))
        while True:
            rise = {}
            for block in BLOCKS:
                here = [i for i in block if i in stays]
                for i in here if len(here) > 2 else []:
                    rise[i] = alpha(answers, set(here) - {i}) - alpha(answers, here)
            going, short = drop_worst(
                stays, {i for i in rise if rise[i] > gain + 1e-12}, {i: -rise.get(i, 0) for i in stays}, least
            )
            if going is None:
                return stays, short
            stays.remove(going)

    decided = compare(AlphaIfDeleted(gain, least), plain)
    for r in range(3):  # a local end: no single item lifts alpha any more
        for block in BLOCKS:
            here = [i for i in block if decided.retained[r, i]]
            if len(here) > least:
                lifts = [alpha(BATCH.raw[r], set(here) - {i}) - alpha(BATCH.raw[r], here) for i in here]
                assert max(lifts) <= gain + 1e-9


def test_communalities():
    def plain(answers):
        stays = set(range(P))
        while True:
            items = sorted(stays)
            values, vectors = np.linalg.eigh(np.corrcoef(answers[:, items].T))
            top = np.argsort(values)[::-1][: len(BLOCKS)]
            explained = dict(zip(items, (vectors[:, top] ** 2 * values[top]).sum(axis=1), strict=True))
            going, short = drop_worst(stays, {i for i in stays if explained[i] < 0.5}, explained)
            if going is None:
                return stays, short
            stays.remove(going)

    compare(Communality(0.5), plain)


def test_the_first_factor():
    def plain(answers):
        stays = set(range(P))
        while True:
            first, low = {}, set()
            for block in BLOCKS:
                items = [i for i in block if i in stays]
                values, vectors = np.linalg.eigh(np.corrcoef(answers[:, items].T))
                loadings = vectors[:, ::-1] * np.sqrt(np.maximum(values[::-1], 0))
                loadings[:, 0] *= np.sign(loadings[:, 0].sum())
                for row, i in enumerate(items):
                    others = [abs(loadings[row, f]) for f in range(1, len(items)) if values[::-1][f] > 1]
                    first[i] = loadings[row, 0]
                    if first[i] < 0.6 or max(others, default=0) > 0.5:
                        low.add(i)
            going, short = drop_worst(stays, low, first)
            if going is None:
                return stays, short
            stays.remove(going)

    compare(FirstFactor(0.6, 0.5), plain)


@pytest.mark.parametrize(("measure", "wanted"), [("ave", 0.6), ("rho_c", 0.9), ("alpha", 0.8)])
def test_until_a_measure_is_reached(measure, wanted):
    targets = (*LOADINGS, *(MODEL.target(f"{measure}({block.construct})") for block in MODEL.blocks))

    def plain(answers):
        stays = set(range(P))
        while True:
            fit = fitted(answers, stays, PLS(), targets)
            if fit.fatal[0]:
                return stays, None
            values, measures = fit.value[0, :P], fit.value[0, P:]
            lacking = {i for i in stays if measures[BLOCKS.index(block_of(i))] < wanted}
            going, short = drop_worst(stays, lacking, values)
            if going is None:
                return stays, short
            stays.remove(going)

    compare(UntilReached(measure, wanted), plain)


class TestRandomItems:
    def analysis(self, batch=BATCH):
        return Analysis(batch, MODEL, PLS(), PLS())

    def test_as_many_of_each_block_go_as_by_the_other_rule(self):
        (other,), (found,) = AllAtOnce().apply(self.analysis()), RandomItems(AllAtOnce()).apply(self.analysis())
        for lower, upper in zip(MODEL.bounds, MODEL.bounds[1:], strict=False):
            of = [each.analysis.batch.retained[:, lower:upper].sum(axis=1) for each in (other, found)]
            np.testing.assert_array_equal(*of)
        assert (other.analysis.batch.retained != found.analysis.batch.retained).any()

    def test_every_choice_is_equally_likely(self):
        """One of the five items of OCRM in each of 4,000 replications: 18.5 is the 0.1 % point of chi-square, 4 df."""
        batch = Batch.of(np.zeros((4000, 4, P), dtype=np.int8), address=HERE)
        (found,) = RandomItems(number=1).apply(self.analysis(batch))
        dropped = (~found.analysis.batch.retained[:, 8:13]).sum(axis=0)
        assert dropped.sum() == 4000
        assert ((dropped - 800) ** 2 / 800).sum() < 18.5

    def test_a_replication_has_its_own_draws_whatever_stands_beside_it(self):
        (whole,) = RandomItems(number=2).apply(self.analysis())
        (part,) = RandomItems(number=2).apply(self.analysis(BATCH.rows(slice(7, 9))))
        np.testing.assert_array_equal(part.analysis.batch.retained, whole.analysis.batch.retained[7:9])

    def test_a_block_keeps_its_minimum(self):
        (found,) = RandomItems(number=50, minimum_items=3).apply(self.analysis())
        assert np.add.reduceat(found.analysis.batch.retained.astype(int), MODEL.bounds[:-1], axis=1).tolist() == [
            [3, 3, 3]
        ] * len(BATCH)


def test_an_item_that_never_varies_stays_for_the_table_to_tell():
    data = np.array(BATCH.raw[:4])
    data[2, :, 3] = 4
    for rule in (ItemTotal(0.4), AlphaIfDeleted(), Communality(), FirstFactor()):
        assert rule.decide(Batch.of(data), MODEL, PLS()).retained[2, 3], rule
