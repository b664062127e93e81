"""Rules for discriminant validity and for formative blocks, against plain loops over one data set at a time."""

from itertools import combinations

import numpy as np
import pytest

from estimators.composites.pls import PLS
from estimators.decisions.validity.collinear import Collinear
from estimators.decisions.validity.cross_loadings import CrossLoadings
from estimators.decisions.validity.fornell_larcker import FornellLarcker
from estimators.decisions.validity.htmt import HeterotraitMonotrait
from estimators.decisions.validity.weights import WeakWeights
from estimators.solution import loading_targets, weight_targets
from estimators.wrappers.bootstrap import Bootstrap
from sim.batch import Batch
from sim.model import Model
from tests.estimators.decisions.cases import BATCH, BLOCKS, MODEL, drop_worst, fitted

P = len(MODEL.items)
FORMATIVE = Model.parse(MODEL.syntax.replace("ACRM =~", "ACRM <~"))


def of_batch(rule, plain, method, model=MODEL, batch=BATCH, fewest=5):
    decided = rule.decide(batch, model, method)
    for r in range(len(batch)):
        stays, short = plain(batch.raw[r].astype(float))
        assert set(np.flatnonzero(decided.retained[r])) == stays, r
        assert decided.short[r].tolist() == short, r
    assert (~decided.retained).sum() > fewest
    return decided


@pytest.mark.parametrize(("limit", "least"), [(0.85, 2), (0.6, 3)])
def test_htmt(limit, least):
    def ratio(correlations, a, b):
        within = [np.mean([correlations[i, k] for i, k in combinations(block, 2)]) for block in (a, b)]
        return np.mean([correlations[i, k] for i in a for k in b]) / np.sqrt(within[0] * within[1])

    def plain(answers):
        stays, correlations = set(range(P)), np.abs(np.corrcoef(answers.T))
        while True:
            left = [[i for i in block if i in stays] for block in BLOCKS]
            pairs = sorted(combinations(range(3), 2), key=lambda ab: -ratio(correlations, left[ab[0]], left[ab[1]]))
            going, short = None, [False] * 3
            for a, b in pairs:
                now = ratio(correlations, left[a], left[b])
                if now <= limit:
                    continue
                found = []
                for own in (a, b):
                    for i in left[own] if len(left[own]) > least else []:
                        without = [[k for k in left[j] if k != i] for j in (a, b)]
                        found.append((ratio(correlations, *without), i))
                helping = [pair for pair in found if pair[0] < now]
                if helping and going is None:
                    going = min(helping)[1]
                elif not helping:
                    short[a] = short[b] = True
            if going is None:
                return stays, short
            stays.remove(going)

    of_batch(HeterotraitMonotrait(limit, least), plain, PLS())


def test_htmt_does_nothing_where_constructs_are_apart():
    assert HeterotraitMonotrait(1.0).decide(BATCH, MODEL, PLS()).retained.mean() > 0.99


def test_fornell_and_larckers_criterion():
    """Blocks of one factor, so that constructs correlate as their items do, and AVE is often too small."""
    rng = np.random.default_rng(4)
    factor = rng.normal(size=(12, 80, 1))
    data = 0.6 * factor + 0.8 * rng.normal(size=(12, 80, P))
    loadings = loading_targets(MODEL)
    pairs = list(combinations(range(3), 2))
    targets = (*loadings, *(MODEL.target(f"{MODEL.constructs[a]}~~{MODEL.constructs[b]}") for a, b in pairs))

    def plain(answers):
        stays = set(range(P))
        while True:
            fit = fitted(answers, stays, PLS(), targets)
            values = fit.value[0]
            squared = {pair: values[P + k] ** 2 for k, pair in enumerate(pairs)}
            low = set()
            for j, block in enumerate(BLOCKS):
                here = [i for i in block if i in stays]
                if np.mean(np.square(values[here])) < max(value for pair, value in squared.items() if j in pair):
                    low |= set(here)
            going, short = drop_worst(stays, low, values)
            if going is None:
                return stays, short
            stays.remove(going)

    of_batch(FornellLarcker(), plain, PLS(), batch=Batch.of(data))
    apart = 0.9 * rng.normal(size=(3, 80, 3))[:, :, MODEL.block_of] + 0.44 * rng.normal(size=(3, 80, P))
    assert FornellLarcker().decide(Batch.of(apart), MODEL, PLS()).retained.all()


@pytest.mark.parametrize("margin", [0.0, 0.2])
def test_cross_loadings(margin):
    def plain(answers):
        stays = set(range(P))
        z = (answers - answers.mean(axis=0)) / answers.std(axis=0)
        while True:
            weights = np.nan_to_num(fitted(answers, stays, PLS(), weight_targets(MODEL)).value[0])
            scores = [z[:, block] @ weights[block] for block in BLOCKS]
            ahead = {}
            for j, block in enumerate(BLOCKS):
                for i in (i for i in block if i in stays):
                    loadings = [np.corrcoef(z[:, i], score)[0, 1] for score in scores]
                    ahead[i] = loadings[j] - max(value for k, value in enumerate(loadings) if k != j)
            low = {i for i in stays if ahead[i] < margin}
            going, short = drop_worst(stays, low, ahead)
            if going is None:
                return stays, short
            stays.remove(going)

    of_batch(CrossLoadings(margin), plain, PLS(), fewest=0 if margin == 0 else 5)


def test_variance_inflation():
    formative = BLOCKS[0]

    def plain(answers):
        stays = set(range(P))
        while True:
            here = [i for i in formative if i in stays]
            inflation = {}
            for i in here:
                others = np.column_stack([np.ones(len(answers)), answers[:, [k for k in here if k != i]]])
                error = answers[:, i] - others @ np.linalg.lstsq(others, answers[:, i], rcond=None)[0]
                inflation[i] = answers[:, i].var() / error.var()
            high = {i for i in here if inflation[i] > 1.9}
            going, short = drop_worst(stays, high, {i: -inflation.get(i, 0) for i in stays})
            if going is None:
                return stays, short
            stays.remove(going)

    decided = of_batch(Collinear(1.9), plain, PLS(), FORMATIVE)
    assert decided.retained[:, 8:].all(), "reflective blocks lose nothing"
    assert Collinear(50.0).decide(BATCH, FORMATIVE, PLS()).retained.all()


def test_a_copy_of_an_item_is_collinear():
    data = BATCH.raw.copy()
    data[:, :, 1] = data[:, :, 0]
    decided = Collinear(1000.0).decide(Batch.of(data), FORMATIVE, PLS())
    assert (decided.retained[:, :2].sum(axis=1) == 1).all()


def test_weights_that_are_not_significant():
    batch, method = BATCH.rows(slice(0, 6)), Bootstrap(PLS(), 40)
    targets = (*weight_targets(FORMATIVE), *loading_targets(FORMATIVE))
    decided = WeakWeights(0.05, 0.6).decide(batch, FORMATIVE, method)
    for r in range(len(batch)):
        stays = set(range(P))
        while True:
            mask = np.array([[i in stays for i in range(P)]])
            fit = method.fit(batch.rows(slice(r, r + 1)).keep(mask), FORMATIVE, targets)
            p_value, loadings = fit.p_value[0, :P], fit.value[0, P:]
            low = {i for i in BLOCKS[0] if i in stays and p_value[i] >= 0.05 and abs(loadings[i]) < 0.6}
            going, short = drop_worst(stays, low, {i: -p_value[i] for i in stays})
            if going is None:
                break
            stays.remove(going)
        assert set(np.flatnonzero(decided.retained[r])) == stays
        assert decided.short[r].tolist() == short
    assert not decided.retained.all()


def test_rules_for_formative_blocks_are_refused_without_one():
    for rule in (Collinear(), WeakWeights()):
        assert "the model has none" in rule.refusal(MODEL, PLS())
    assert "decides by standard errors" in WeakWeights().refusal(FORMATIVE, PLS())
    assert WeakWeights().refusal(FORMATIVE, Bootstrap(PLS(), 40)) is None
    one = Model.parse("F =~ x1 + x2 + x3")
    for rule in (HeterotraitMonotrait(), FornellLarcker(), CrossLoadings()):
        assert rule.refusal(one, PLS())
