"""Families of distributions, each standardised to mean 0 and variance 1."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import special
from scipy.special import ndtr, ndtri

from sim.batch import Floats

#: Families by name; the key that each needs beside the name.
NEEDS = {"normal": "", "chi-square": "df", "t": "df", "lognormal": "sigma", "uniform": "", "exponential": ""}


@dataclass(frozen=True)
class Family:
    """One distribution of mean 0 and variance 1. `sigma` is the SD of a lognormal's logarithm."""

    name: str
    df: float = 0.0
    sigma: float = 0.0

    @property
    def centre(self) -> float:
        """The mean before standardisation."""
        centres = {"chi-square": self.df, "lognormal": np.exp(self.sigma**2 / 2), "uniform": 0.5, "exponential": 1.0}
        return float(centres.get(self.name, 0.0))

    @property
    def spread(self) -> float:
        """The standard deviation before standardisation."""
        match self.name:
            case "chi-square":
                return float(np.sqrt(2 * self.df))
            case "t":
                return float(np.sqrt(self.df / (self.df - 2)))
            case "lognormal":
                return float(self.centre * np.sqrt(np.expm1(self.sigma**2)))
            case "uniform":
                return float(np.sqrt(1 / 12))
        return 1.0

    @property
    def skewness(self) -> float:
        """Skewness."""
        match self.name:
            case "chi-square":
                return float(np.sqrt(8 / self.df))
            case "lognormal":
                return float((np.exp(self.sigma**2) + 2) * np.sqrt(np.expm1(self.sigma**2)))
            case "exponential":
                return 2.0
        return 0.0

    @property
    def kurtosis(self) -> float:
        """Excess kurtosis."""
        match self.name:
            case "chi-square":
                return 12 / self.df
            case "t":
                return 6 / (self.df - 4)
            case "lognormal":
                w = np.exp(self.sigma**2)
                return float(w**4 + 2 * w**3 + 3 * w**2 - 6)
            case "uniform":
                return -1.2
            case "exponential":
                return 6.0
        return 0.0

    def draw(self, rng: np.random.Generator, shape: tuple[int, ...]) -> Floats:
        """Independent numbers of this distribution."""
        raw: dict[str, Callable[[], Floats]] = {
            "normal": lambda: rng.standard_normal(shape),
            "chi-square": lambda: rng.chisquare(self.df, shape),
            "t": lambda: rng.standard_t(self.df, shape),
            "lognormal": lambda: rng.lognormal(0.0, self.sigma, shape),
            "uniform": lambda: rng.random(shape),
            "exponential": lambda: rng.standard_exponential(shape),
        }
        return (raw[self.name]() - self.centre) / self.spread

    def of_normal(self, z: Floats) -> Floats:
        """The value at the same probability as a standard normal's z, from the nearer tail."""
        below, above = ndtr(z), ndtr(-z)
        match self.name:
            case "normal":
                return z
            case "chi-square":
                raw = 2 * np.where(
                    z < 0, special.gammaincinv(self.df / 2, below), special.gammainccinv(self.df / 2, above)
                )
            case "t":
                raw = -np.sign(z) * special.stdtrit(self.df, np.minimum(below, above))
            case "lognormal":
                raw = np.exp(self.sigma * z)
            case "uniform":
                raw = below
            case _:
                raw = np.where(z < 0, -np.log1p(-np.minimum(below, 0.5)), -special.log_ndtr(-z))
        return np.asarray((raw - self.centre) / self.spread)

    def to_normal(self, x: Floats) -> Floats:
        """The standard normal's z at the same probability: the inverse of `of_normal`; infinite outside the range."""
        raw = self.centre + self.spread * np.asarray(x, dtype=np.float64)
        match self.name:
            case "normal":
                return np.asarray(x, dtype=np.float64)
            case "chi-square":
                inside = np.maximum(raw, 0.0) / 2
                low, high = special.gammainc(self.df / 2, inside), special.gammaincc(self.df / 2, inside)
            case "t":
                low, high = special.stdtr(self.df, raw), special.stdtr(self.df, -raw)
            case "lognormal":
                with np.errstate(divide="ignore"):
                    return np.asarray(np.log(np.maximum(raw, 0.0)) / self.sigma)
            case "uniform":
                low, high = np.clip(raw, 0.0, 1.0), np.clip(1 - raw, 0.0, 1.0)
            case _:
                low, high = -np.expm1(-np.maximum(raw, 0.0)), np.exp(-np.maximum(raw, 0.0))
        return np.asarray(np.where(low < high, ndtri(low), -ndtri(high)))
