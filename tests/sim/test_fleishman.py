"""Fleishman's method: published coefficients, defining moments, its lower bound, and levels passed, by integration."""

import itertools

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.optimize import minimize
from scipy.stats import norm

from sim.distributions.fleishman import Cubic, cubic
from sim.errors import InputError

#: Skewness, excess kurtosis: b, c, d of Vale & Maurelli's (1983) example and of Fan, Felsovalyi, Sivo & Keenan (2002).
PUBLISHED = {
    (1.75, 3.75): (0.92966052480111, 0.39949667453766, -0.03646699281275),
    (1.50, 3.75): (0.86588620352314, 0.22102762101262, 0.02722069915809),
    (0.75, 0.00): (1.11251460048528, 0.17363001955694, -0.05033444870926),
}
SHAPES = [(0.0, 0.0), (0.5, 1.0), (-0.75, 1.5), (0.0, -1.15), (0.0, 25.0), (2.0, 7.0), (3.0, 21.0), (1.0, 0.43)]
ALL = [*SHAPES, *PUBLISHED]


@pytest.mark.parametrize("shape", PUBLISHED)
def test_published_coefficients(shape: tuple[float, float]) -> None:
    found = cubic(*shape)
    # Fourteen digits are printed. The first c is printed 2.6e-8 too low: with it the variance would be 1 - 4e-8.
    assert np.allclose((found.b, found.d), PUBLISHED[shape][::2], rtol=0, atol=1e-14)
    assert found.c == pytest.approx(PUBLISHED[shape][1], abs=1e-14 if shape != (1.75, 3.75) else 3e-8)


@pytest.mark.parametrize("shape", SHAPES)
def test_the_polynomial_has_the_moments_by_integration(shape: tuple[float, float]) -> None:
    found = cubic(*shape)
    # Gauss-Hermite with 16 nodes is exact for the twelfth degree that the fourth power of a cubic has.
    nodes, weights = np.polynomial.hermite_e.hermegauss(16)
    values = found(nodes)
    mean, variance, third, fourth = (weights @ values**k / weights.sum() for k in (1, 2, 3, 4))
    assert np.allclose((mean, variance, third, fourth - 3), (0.0, 1.0, *shape), rtol=1e-11, atol=1e-11)
    assert np.allclose(found.moments, (1.0, *shape), rtol=1e-11, atol=1e-11)


def test_a_negative_skewness_mirrors_the_polynomial() -> None:
    up, down = cubic(0.75, 1.5), cubic(-0.75, 1.5)
    assert (up.b, up.c, up.d) == (down.b, -down.c, down.d)


@pytest.mark.parametrize("skewness", [0.0, 0.5, 1.0, 2.0])
def test_no_polynomial_has_less_kurtosis_than_the_bound(skewness: float) -> None:
    def with_moment(at: int, value: float) -> dict[str, object]:
        return {"type": "eq", "fun": lambda x: Cubic(*x).moments[at] - value}

    constraints = [with_moment(0, 1.0), with_moment(1, skewness)]
    starts = [(1.0, 0.1, 0.0), (0.8, 0.3, -0.1), (1.2, 0.2, -0.1), (0.5, 0.4, 0.1)]
    found = [minimize(lambda x: Cubic(*x).moments[2], s, constraints=constraints, method="SLSQP") for s in starts]
    least = min(f.fun for f in found if f.success and abs(Cubic(*f.x).moments[1] - skewness) < 1e-6)
    # SLSQP stops at 1e-6.
    for sign in (-1.0, 1.0):
        found = cubic(sign * skewness, least + 1e-5)
        assert found.moments == pytest.approx((1.0, sign * skewness, least + 1e-5), abs=1e-10)
        with pytest.raises(InputError, match="no excess kurtosis under"):
            cubic(sign * skewness, least - 1e-5)


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        ((0.0, -1.2), r"no excess kurtosis under -1.1513 where the skewness is 0; -1.2 is too low, so raise"),
        ((-2.0, 4.0), r"no excess kurtosis under 5.1516 where the skewness is -2; 4 is too low"),
        ((0.0, 1e9), r"no polynomial with skewness 0 and excess kurtosis 1e\+09; bring both nearer to 0"),
        ((50.0, 1.0), r"no skewness of 50; bring it nearer to 0"),
    ],
)
def test_shapes_that_no_polynomial_has_are_refused(shape: tuple[float, float], message: str) -> None:
    with pytest.raises(InputError, match=message):
        cubic(*shape)


@pytest.mark.parametrize(("shape", "level"), list(itertools.product(ALL, [-1.5, -0.4, 0.0, 0.8, 2.5])))
def test_exceedance_is_that_of_integration(shape: tuple[float, float], level: float) -> None:
    found = cubic(*shape)
    turns = [float(z) for z, _ in found.crossings(level) if np.isfinite(z) and abs(z) < 9]
    area, _ = quad(lambda z: norm.pdf(z) * (found(np.asarray(z)) > level), -9, 9, points=turns or None, limit=200)
    assert found.exceedance(level) == pytest.approx(area, abs=1e-9)
    if 0.001 < area < 0.999:
        assert found.level(found.exceedance(level)) == pytest.approx(level, abs=1e-9)


def test_whether_a_polynomial_rises_everywhere() -> None:
    z = np.linspace(-8, 8, 4001)
    for shape in ALL:
        rises = bool((np.diff(cubic(*shape)(z)) > 0).all())
        assert not cubic(*shape).rises or rises, shape
    assert cubic(0.5, 1.0).rises
    assert not cubic(1.75, 3.75).rises
