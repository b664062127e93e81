"""The normal density, and bivariate normal probabilities to about 1e-14, vectorised."""

from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike

from sim.batch import Floats

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(48)


def normal_density(x: Floats) -> Floats:
    """Density of the standard normal; 0 at infinity."""
    return np.asarray(np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi))


def density(h: ArrayLike, k: ArrayLike, rho: ArrayLike) -> Floats:
    """Standard bivariate normal density at (h, k) with correlation rho, |rho| < 1; arguments broadcast.

    It is also the derivative of `joint_exceedance` with respect to rho (Plackett 1954, eq. 3). Infinite h or k give 0.
    """
    h, k, rho = np.broadcast_arrays(*(np.asarray(a, dtype=np.float64) for a in (h, k, rho)))
    finite = np.isfinite(h) & np.isfinite(k)
    h, k = np.where(finite, h, 0.0), np.where(finite, k, 0.0)
    rest = 1.0 - rho**2
    value = np.exp(-(h**2 - 2 * rho * h * k + k**2) / (2 * rest)) / (2 * np.pi * np.sqrt(rest))
    return np.where(finite, value, 0.0)


def joint_exceedance(h: ArrayLike, k: ArrayLike, rho: ArrayLike) -> Floats:
    """P(X > h, Y > k) - P(X > h) P(Y > k) for standard normals with correlation rho, |rho| <= 1; arguments broadcast.

    Plackett's identity integrated over the angle,
    (1 / 2 pi) int_0^asin(rho) exp(-(h^2 + k^2 - 2 h k sin t) / (2 cos^2 t)) dt
    (Drezner & Wesolowsky 1990, eq. 3), by 48-point Gauss-Legendre on pieces that get shorter by 4 towards |rho| = 1,
    where the integrand is steep: three are enough up to .99999. Infinite h or k give 0.
    """
    h, k, rho = np.broadcast_arrays(*(np.asarray(a, dtype=np.float64) for a in (h, k, rho)))
    finite = np.isfinite(h) & np.isfinite(k)
    h, k = np.where(finite, h, 0.0)[..., None], np.where(finite, k, 0.0)[..., None]
    end = np.arcsin(rho)[..., None]
    total = np.zeros(rho.shape)
    ends = 1.0 - 0.25 ** np.arange(3 if np.abs(rho).max(initial=0.0) <= 0.99999 else 26)
    for lower, upper in pairwise([*ends, 1.0]):
        angle = end * (lower + (upper - lower) * (1 + _NODES) / 2)
        # h^2 + k^2 - 2 h k sin t = (h - k sin t)^2 + (k cos t)^2, which no rounding makes negative
        integrand = np.exp(-(((h - k * np.sin(angle)) / np.cos(angle)) ** 2 + k**2) / 2)
        total += (integrand @ _WEIGHTS) * end[..., 0] * (upper - lower) / 2
    return np.where(finite, total / (2 * np.pi), 0.0)
