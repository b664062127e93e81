"""Speed of the least squares estimators on one core: 19 items, n = 72, five categories. See `test_stages`."""

import pytest

from benchmarks.speed.test_stages import ADDRESS, MODEL, PATHS, POPULATION, timed
from estimators.factors.leastsquares import GeneralizedLeastSquares, UnweightedLeastSquares
from estimators.factors.wlsmv import DiagonallyWeighted, UnweightedOrdinal
from sim.drawing.draw import draw_block

SETS = 64
BATCH = draw_block(POPULATION, 72, ADDRESS, 0, SETS)
METHODS = {
    "uls": UnweightedLeastSquares(),
    "gls": GeneralizedLeastSquares(),
    "wlsmv": DiagonallyWeighted(),
    "ulsmv": UnweightedOrdinal(),
}


@pytest.mark.parametrize("name", METHODS)
def test_fit(benchmark, name):
    timed(benchmark, lambda: METHODS[name].fit(BATCH, MODEL, [*PATHS, MODEL.target("chisq")]), SETS)


@pytest.mark.parametrize("name", METHODS)
def test_values_only(benchmark, name):
    method = METHODS[name].without_inference()
    timed(benchmark, lambda: method.fit(BATCH, MODEL, PATHS), SETS)
