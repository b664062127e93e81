"""Items by a copula: normal or t dependence with a chosen marginal, and the Pearson correlations of the model."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from scipy.special import gammainccinv, gammaincinv, ndtr, ndtri, stdtr, stdtrit

from sim.batch import Floats
from sim.distributions.bivariate import normal_density
from sim.distributions.families import Family
from sim.distributions.intermediate import intermediate_correlations, symmetric_root
from sim.distributions.law import Law, normal_excess

#: Hermite terms of a marginal; what is left out of its variance comes times rho^_TERMS.
_TERMS = 200
#: Standard normals over which a marginal is integrated, wide enough for heavy tails.
_FARTHEST, _POINTS = 12.0, 2401
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(64)


@dataclass(frozen=True)
class Copula:
    """Responses F^-1(T(t)), t multivariate t with intermediate correlations (p, p); of normals where df is infinite.

    The first is NORTA (Cario & Nelson 1997). t is z / s, one s for all items of a respondent and df s^2 chi-square
    (Demarta & McNeil 2005), so that everything is a mixture over s of what holds for normals.
    """

    marginal: Family
    correlations: Floats
    df: float = np.inf

    @classmethod
    def of(cls, covariance: Floats, marginal: Family, df: float, items: Sequence[str]) -> "Copula":
        """Responses with this covariance (p, p), unit diagonal, and marginal.

        With h_k(s) the Hermite coefficients of z -> F^-1(T(z / s)), Cov = sum_k rho^k E h_k(s)^2.
        """
        series = _series(marginal, df)
        every = np.broadcast_to(series[:, None, None], (len(series), *covariance.shape))
        return cls(marginal, intermediate_correlations(covariance, every, items, "copula"), df)

    @property
    def skewness(self) -> Floats:
        """Skewness of each response (p,)."""
        return np.full(len(self.correlations), self.marginal.skewness)

    @property
    def kurtosis(self) -> Floats:
        """Excess kurtosis of each response (p,)."""
        return np.full(len(self.correlations), self.marginal.kurtosis)

    @cached_property
    def _root(self) -> Floats:
        return symmetric_root(self.correlations)

    @cached_property
    def _transformation(self) -> Callable[[Floats], Floats]:
        """F^-1(T(t)) over asinh t, through exact values: at 4,001 normals, or at 20,001 t as far as t can be drawn."""
        from scipy.interpolate import CubicSpline  # slow to import

        end, knots = (np.arcsinh(_FARTHEST), 4001) if np.isinf(self.df) else (40.0, 20_001)
        w = np.linspace(-end, end, knots)
        spline: Callable[[Floats], Floats] = CubicSpline(
            w, self.marginal.of_normal(_normal_scores(np.sinh(w), self.df))
        )
        return spline

    def latent(self, n: int, rng: np.random.Generator) -> Floats:
        """Normals or t (n, p) with the intermediate correlations."""
        z = rng.standard_normal((n, len(self.correlations))) @ self._root
        return np.asarray(z / np.sqrt(rng.chisquare(self.df, (n, 1)) / self.df)) if np.isfinite(self.df) else z

    def responses(self, latent: Floats) -> Floats:
        """Responses (n, p): exact to about 1e-9, at a hundredth of the quantile functions' price."""
        return self._transformation(np.arcsinh(latent))

    def thresholds(self, above: Floats) -> Floats:
        """Thresholds (p, T) that responses exceed with these probabilities, +inf for 0."""
        return np.where(above > 0, self.marginal.of_normal(-ndtri(np.where(above > 0, above, 0.5))), np.inf)

    def latent_thresholds(self, thresholds: Floats) -> Floats:
        """Thresholds (p, T) of `latent`: those of responses go through the inverse transformation."""
        z = self._normal_thresholds(thresholds)
        if np.isinf(self.df):
            return z
        finite = np.isfinite(z)
        return np.where(finite, -np.sign(z) * stdtrit(self.df, ndtr(-np.abs(np.where(finite, z, 0.0)))), z)

    def law(self, thresholds: Floats, with_constructs: Floats) -> Law:
        """The law of answers cut at thresholds (p, T), by quadrature over s where there is one."""
        z, (scales, shares) = self._normal_thresholds(thresholds), _scales(self.df)
        cuts = [scale * self.latent_thresholds(thresholds) for scale in scales]
        first, second = np.triu_indices(len(z), 1)
        above = sum(share * ndtr(-cut) for share, cut in zip(shares, cuts, strict=True))
        joint = sum(
            share
            * (normal_excess(self.correlations, cut) + ndtr(-cut[first])[:, :, None] * ndtr(-cut[second])[:, None])
            for share, cut in zip(shares, cuts, strict=True)
        )
        excess = joint - above[first][:, :, None] * above[second][:, None]
        slopes = self._upper_part(z)[:, :, None] * with_constructs[:, None, :]
        return Law(np.asarray(above), np.asarray(excess), slopes, self.correlations if np.isinf(self.df) else None)

    def _normal_thresholds(self, thresholds: Floats) -> Floats:
        """Standard normal quantiles (p, T) at the probabilities of thresholds."""
        finite = np.isfinite(thresholds)
        return np.where(finite, self.marginal.to_normal(np.where(finite, thresholds, 0.0)), np.inf)

    def _upper_part(self, z: Floats) -> Floats:
        """Cov(1[x > t], x) = E x 1[x > t] at normal quantiles z of t: the integral of F^-1(Phi) phi from z on."""
        start = np.clip(z, -_FARTHEST, _FARTHEST)[..., None]
        x = start + (_FARTHEST - start) * (1 + _NODES) / 2
        values = self.marginal.of_normal(x) * normal_density(x)
        return np.asarray((values @ _WEIGHTS) * (_FARTHEST - start[..., 0]) / 2)


def _scales(df: float) -> tuple[Floats, Floats]:
    """Scales s with their shares, df s^2 chi-square with df degrees of freedom: Gauss-Legendre over s."""
    if np.isinf(df):
        return np.ones(1), np.ones(1)
    ends = np.sqrt(2 * np.array([gammaincinv(df / 2, 1e-16), gammainccinv(df / 2, 1e-16)]))
    root = ends[0] + (ends[1] - ends[0]) * (1 + _NODES) / 2
    shares = _WEIGHTS * np.exp((df - 1) * np.log(root) - root**2 / 2 - (df - 1) * np.log(np.sqrt(df)) + df / 2)
    return root / np.sqrt(df), shares / shares.sum()


def _normal_scores(t: Floats, df: float) -> Floats:
    """Standard normals at the same probabilities as t with df degrees of freedom."""
    return t if np.isinf(df) else np.asarray(-np.sign(t) * ndtri(stdtr(df, -np.abs(t))))


@lru_cache(maxsize=16)
def _series(marginal: Family, df: float) -> Floats:
    """E h_k(s)^2 for each k, of the Hermite coefficients h_k(s) of z -> F^-1(T(z / s))."""
    scales, shares = _scales(df)
    return np.asarray(shares @ np.array([_hermite(marginal, df, scale) ** 2 for scale in scales]))


def _hermite(marginal: Family, df: float, scale: float) -> Floats:
    """Coefficients of the orthonormal Hermite polynomials in z -> F^-1(T(z / scale)), by the trapezoidal rule."""
    z, width = np.linspace(-_FARTHEST, _FARTHEST, _POINTS, retstep=True)
    values = marginal.of_normal(_normal_scores(z / scale, df)) * float(width)
    before, now = np.zeros_like(z), normal_density(z)
    found = np.empty(_TERMS)
    for k in range(_TERMS):
        found[k] = values @ now
        before, now = now, (z * now - np.sqrt(k) * before) / np.sqrt(k + 1)
    return found
