"""Items drawn from their covariance matrix alone: Vale & Maurelli's (1983) method, and what all such methods share."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np

from sim.batch import Floats
from sim.distributions.bivariate import joint_exceedance, normal_density
from sim.distributions.fleishman import Cubic, cubic
from sim.distributions.intermediate import intermediate_correlations, symmetric_root
from sim.distributions.law import Law


class Items(Protocol):
    """Responses (n, p) of mean 0 and variance 1 with given covariances and marginals, transformed from latent ones."""

    @property
    def skewness(self) -> Floats:
        """Skewness of each response (p,)."""

    @property
    def kurtosis(self) -> Floats:
        """Excess kurtosis of each response (p,)."""

    def latent(self, n: int, rng: np.random.Generator) -> Floats:
        """What responses are made from (n, p)."""

    def responses(self, latent: Floats) -> Floats:
        """Responses (n, p) from `latent` ones."""

    def latent_thresholds(self, thresholds: Floats) -> Floats | None:
        """Thresholds (p, T) of `latent`, where each response is a rising function of its own; None where not."""

    def thresholds(self, above: Floats) -> Floats | None:
        """Thresholds (p, T) that responses exceed with these probabilities; None where no closed form gives them."""

    def law(self, thresholds: Floats, with_constructs: Floats) -> Law | None:
        """The law of answers cut at thresholds (p, T), responses having these covariances (p, m) with constructs.

        A construct's regression on a response is taken to be linear, since a covariance matrix alone says no more.
        None where there is no closed form.
        """


@dataclass(frozen=True)
class ValeMaurelli:
    """Fleishman polynomials of normals with intermediate correlations (p, p) (Vale & Maurelli 1983, eq. 11)."""

    polynomials: tuple[Cubic, ...]
    correlations: Floats

    @classmethod
    def of(cls, covariance: Floats, skewness: Floats, kurtosis: Floats, items: Sequence[str]) -> "ValeMaurelli":
        """Responses with this covariance (p, p), unit diagonal, skewness and excess kurtosis (p,)."""
        polynomials = tuple(cubic(float(s), float(k)) for s, k in zip(skewness, kurtosis, strict=True))
        hermite = np.array([polynomial.hermite for polynomial in polynomials])
        series = np.concatenate([np.zeros((1, *covariance.shape)), hermite.T[:, :, None] * hermite.T[:, None, :]])
        return cls(polynomials, intermediate_correlations(covariance, series, items, "Vale-Maurelli"))

    @property
    def skewness(self) -> Floats:
        """Skewness of each response (p,)."""
        return np.array([polynomial.moments[1] for polynomial in self.polynomials])

    @property
    def kurtosis(self) -> Floats:
        """Excess kurtosis of each response (p,)."""
        return np.array([polynomial.moments[2] for polynomial in self.polynomials])

    @cached_property
    def _root(self) -> Floats:
        return symmetric_root(self.correlations)

    @cached_property
    def _together(self) -> Cubic:
        """All polynomials as one on (n, p), coefficients (p,)."""
        b, c, d = np.array([(f.b, f.c, f.d) for f in self.polynomials]).T
        return Cubic(b, c, d)

    def latent(self, n: int, rng: np.random.Generator) -> Floats:
        """Normals (n, p) with the intermediate correlations."""
        return np.asarray(rng.standard_normal((n, len(self.polynomials))) @ self._root)

    def responses(self, latent: Floats) -> Floats:
        """Responses (n, p)."""
        return self._together(latent)

    def thresholds(self, above: Floats) -> Floats:
        """Thresholds (p, T) that responses exceed with these probabilities, +inf for 0."""
        return np.array(
            [
                [f.level(x) if x else np.inf for x in row]
                for f, row in zip(self.polynomials, above.tolist(), strict=True)
            ]
        )

    def latent_thresholds(self, thresholds: Floats) -> Floats | None:
        """Thresholds (p, T) of the normals, where every polynomial rises."""
        if not all(polynomial.rises for polynomial in self.polynomials):
            return None
        return self._crossings(thresholds)[0][:, :, 0]

    def law(self, thresholds: Floats, with_constructs: Floats) -> Law:
        """The law of answers: f(z) > t is a sum of signed 1[z > crossing], so everything stays closed form.

        Cov(1[f(z) > t], f(z)) sums int_z0^inf f phi = phi(z0) (b + c z0 + d (z0^2 + 2)).
        """
        crossings, signs = self._crossings(thresholds)
        beyond = np.isfinite(crossings)
        z = np.where(beyond, crossings, 0.0)
        b, c, d = (np.array([getattr(f, name) for f in self.polynomials])[:, None, None] for name in "bcd")
        heights = np.where(beyond, normal_density(z), 0.0)
        slopes = (signs * heights * (b + c * z + d * (z**2 + 2))).sum(axis=2)
        first, second = np.triu_indices(len(thresholds), 1)
        p, t, k = crossings.shape
        rho = np.clip(self.correlations[first, second], -1.0, 1.0)[:, None, None]
        flat, sign = crossings.reshape(p, t * k), signs.reshape(p, t * k)
        joint = joint_exceedance(flat[first][:, :, None], flat[second][:, None, :], rho)
        joint = joint * (sign[first][:, :, None] * sign[second][:, None, :])
        excess = joint.reshape(-1, t, k, t, k).sum(axis=(2, 4))
        above = np.array(
            [
                [f.exceedance(level) if np.isfinite(level) else 0.0 for level in row]
                for f, row in zip(self.polynomials, thresholds, strict=True)
            ]
        )
        rising = self.correlations if all(f.rises for f in self.polynomials) else None
        return Law(above, excess, slopes[:, :, None] * with_constructs[:, None, :], rising)

    def _crossings(self, thresholds: Floats) -> tuple[Floats, Floats]:
        """Where each polynomial crosses its thresholds (p, T, 3), padded with +inf, and the signs of the crossings."""
        crossings, signs = np.full((*thresholds.shape, 4), np.inf), np.zeros((*thresholds.shape, 4))
        for i, polynomial in enumerate(self.polynomials):
            for k, level in enumerate(thresholds[i]):
                found = polynomial.crossings(float(level)) if np.isfinite(level) else ()
                for at, (z, sign) in enumerate(found):
                    crossings[i, k, at], signs[i, k, at] = z, sign
        most = max(int((signs != 0).sum(axis=2).max(initial=0)), 1)
        return crossings[:, :, :most], signs[:, :, :most]
