"""Every law, over models with products: each way in which a method of the catalogue fits them."""

import pytest

from estimators import laws
from estimators.composites.pls import PLS
from estimators.laws.checking import world_of
from estimators.products.wrapper import WAYS, Products
from estimators.wrappers.bootstrap import Bootstrap

from ..full import FULL
from .mutations import CASES, METHODS, MUTATIONS, Mutant
from .no_false_alarms import COSTLY

EVERY = [(kind, way) for kind, ways in WAYS.items() for way in ways]
NAMES = [f"{kind.__name__} {way}" for kind, way in EVERY]
#: One of each kind: scores, corrected scores, scores with errors of their own, product indicators of PLS, of factors.
FEW = {
    "PLS two-stage", "PLS orthogonal", "ConsistentPLS two-stage", "SumScores two-stage",
    "MaximumLikelihood product-indicator",
}  # fmt: skip
EXPECTED = {
    "UnweightedLeastSquares": {
        "rescaling": "a product of items has the square of their unit, and unweighted least squares weighs by units"
    },
    "MaximumLikelihood product-indicator": {
        "false-alarms": "products are not normal, so that the normal test of the model rejects too often"
    },
}  # fmt: skip


def method(kind, way):
    return Products(kind(), way, "all" if kind.__name__ == "PLS" else "matched")


def held(name, without=(), **options):
    kind, way = EVERY[NAMES.index(name)]
    found = EXPECTED.get(kind.__name__, {}) | EXPECTED.get(name, {})
    expected = {law: why for law, why in found.items() if law not in without}
    return laws.check(
        method(kind, way), without=without, expected_to_break=expected, examples=1, shrink=False, **options
    )


@pytest.mark.parametrize("name", sorted(FEW))
def test_methods_that_fit_products_obey_the_laws(name):
    assert len(held(name, COSTLY).held) >= 29


@pytest.mark.acceptance
@pytest.mark.parametrize("name", NAMES if FULL else NAMES[1::5])
def test_every_way_to_fit_products_obeys_every_law(name):
    assert len(held(name).held) >= 28


FAULTS = [each for each in CASES if each[1].endswith("with products")]


@pytest.mark.parametrize(("fault", "of"), FAULTS, ids=[f"{f}-{m}" for f, m in FAULTS])
def test_faults_of_products_are_caught_by_the_laws_that_name_them(fault, of):
    inner, claims = METHODS[of]
    found = laws.report(Mutant(inner, fault), only=MUTATIONS[fault].laws, examples=2, shrink=False, **claims)
    assert any(row.broken for row in found.rows), str(found)
    assert not any(row.broken for row in laws.report(inner, only=MUTATIONS[fault].laws, examples=2, shrink=False).rows)


def test_methods_without_products_are_held_against_the_models_they_always_were():
    for plain in ("pls", "ml"):
        world = world_of(laws.subject_of(plain), None)
        assert not any(model.products for model in world.shapes)
        assert not world.inference.products
    resampled = world_of(laws.subject_of(Bootstrap(Products(PLS()), 30)), None)
    assert any(model.products for model in resampled.shapes)
