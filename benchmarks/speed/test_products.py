"""Speed of products of constructs on one core: 19 items and one product, n = 72. Run by `make speed`."""

from dataclasses import replace

import pytest

from benchmarks.speed.test_stages import MODEL, fresh, timed
from estimators.methods import build
from sim.streams import BLOCK

OUTCOME = MODEL.endogenous[0]
FIRST, SECOND = sorted(predictor for outcome, predictor in MODEL.paths if outcome == OUTCOME)[:2]
MODERATED = replace(MODEL, products=((OUTCOME, FIRST, SECOND),))
WANTED = [MODERATED.target(f"{OUTCOME}~{FIRST}:{SECOND}")]
WAYS = {
    "sumscores": {},
    "pls": {},
    "plsc": {},
    "pls-product-indicator": {"estimator": "pls", "products": "product-indicator"},
    "ml": {},
}


@pytest.mark.parametrize("name", WAYS)
def test_a_product(benchmark, name):
    method = build(name, WAYS[name], 0.95, model=MODERATED)
    timed(benchmark, lambda: method.fit(fresh(BLOCK), MODERATED, WANTED), BLOCK)


def test_bootstrap_resamples_of_a_product(benchmark):
    method = build("plsc", {"resamples": 100}, 0.95, model=MODERATED)
    timed(benchmark, lambda: method.fit(fresh(4), MODERATED, WANTED), 4 * 100)
