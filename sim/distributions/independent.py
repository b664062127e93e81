"""Items by Foldnes & Olsson's (2016) independent generators: a linear transformation of independent variables."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sim.batch import Floats
from sim.distributions.fleishman import Cubic, cubic
from sim.distributions.intermediate import symmetric_root
from sim.distributions.law import Law
from sim.errors import InputError


@dataclass(frozen=True)
class IndependentGenerators:
    """Responses A xi: A (p, p) the symmetric root of the covariance, xi independent Fleishman polynomials of normals.

    As cumulants add, xi have the skewnesses s and excess kurtoses k with (A^3) s and (A^4) k the responses', powers
    entry by entry (Foldnes & Olsson 2016).
    """

    root: Floats
    generators: tuple[Cubic, ...]
    skewness: Floats
    kurtosis: Floats

    @classmethod
    def of(
        cls, covariance: Floats, skewness: Floats, kurtosis: Floats, items: Sequence[str]
    ) -> "IndependentGenerators":
        """Responses with this covariance (p, p), unit diagonal, skewness and excess kurtosis (p,)."""
        root = symmetric_root(covariance)
        shapes = []
        for power, wanted in ((3, skewness), (4, kurtosis)):
            if np.linalg.cond(root**power) > 1e10:
                raise InputError(
                    "independent generator: the model's covariance matrix leaves the generators' shapes undetermined; "
                    "lower the correlations"
                )
            shapes.append(np.linalg.solve(root**power, wanted))
        return cls(root, tuple(map(_generator, items, *shapes)), skewness, kurtosis)

    def latent(self, n: int, rng: np.random.Generator) -> Floats:
        """The independent variables (n, p)."""
        z = rng.standard_normal((n, len(self.generators)))
        b, c, d = np.array([(f.b, f.c, f.d) for f in self.generators]).T
        return Cubic(b, c, d)(z)

    def responses(self, latent: Floats) -> Floats:
        """Responses (n, p)."""
        return np.asarray(latent @ self.root)

    def latent_thresholds(self, thresholds: Floats) -> None:
        """None: a response comes from all variables."""

    def thresholds(self, above: Floats) -> None:
        """None: sums of such variables have no distribution in closed form."""

    def law(self, thresholds: Floats, with_constructs: Floats) -> Law | None:
        """None, as there is no closed form."""
        return None


def _generator(item: str, skewness: float, kurtosis: float) -> Cubic:
    # Rounding must not ask of a normal variable more than a normal has.
    shape = (0.0 if abs(value) < 1e-12 else float(value) for value in (skewness, kurtosis))
    try:
        return cubic(*shape)
    except InputError as error:
        raise InputError(
            f"independent generator: the variable behind {item} would need skewness {skewness:.4g} and excess kurtosis "
            f"{kurtosis:.4g}; {error}"
        ) from None
