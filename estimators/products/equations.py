"""The structural equations of a model with products, one after another, from the moments of its constructs."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtr, stdtrit

from estimators.base import Estimates, Status
from estimators.products.moments import Term, TermMoments
from sim.batch import Floats
from sim.model import Model
from sim.targets import Target

#: A smallest eigenvalue of the terms' covariances under this leaves them dependent.
SMALLEST = 1e-12


@dataclass(frozen=True)
class Equation:
    """One outcome on k terms: coefficients (R, k), r2 (R,), the inverse of the terms' covariances (R, k, k)."""

    terms: tuple[Term, ...]
    coefficients: Floats
    r2: Floats
    precision: Floats

    def of(self, term: Term) -> int:
        """The place of a term."""
        return self.terms.index(term)


@dataclass(frozen=True)
class Solved:
    """The equations of a model by their outcomes' indices; status (R,)."""

    model: Model
    equations: Mapping[int, Equation]
    status: NDArray[np.int8]

    def contrast(self, target: Target) -> tuple[Equation, dict[int, float]] | None:
        """The equation of a path, a product or a slope, and what its coefficients are multiplied by; None for others.

        slope(Y~A|B=m) is the coefficient of A and m times that of A:B, twice for a square: dY/dA where B = m.
        """
        if target.kind not in ("path", "product", "slope"):
            return None
        outcome, *names = (self.model.constructs.index(part) for part in target.parts[:3])
        equation = self.equations[outcome]
        if target.kind != "slope":
            return equation, {equation.of(_ordered(names, self.model)): 1.0}
        a, b = names
        factor = float(target.parts[3]) * (2.0 if a == b else 1.0)
        return equation, {equation.of((a,)): 1.0, equation.of(_ordered(names, self.model)): factor}

    def value(self, target: Target) -> Floats | None:
        """A path, product or slope (R,); None for other targets."""
        found = self.contrast(target)
        if found is None:
            return None
        equation, contrast = found
        return np.asarray(sum(factor * equation.coefficients[:, place] for place, factor in contrast.items()))


def solve(moments: TermMoments, model: Model, status: NDArray[np.int8]) -> Solved:
    """Least squares of every outcome on its predictors and products, from their moments.

    A replication whose terms are dependent becomes SINGULAR, one whose moments are impossible (covariances that are not
    positive definite, r2 beyond 1) INADMISSIBLE; those that have failed already keep their status, and numbers of
    theirs mean nothing.
    """
    found, ended = {}, status.copy()
    for j in np.flatnonzero(model.path_matrix.any(axis=1)):
        terms = terms_of(model, int(j))
        among = moments.covariances(terms)
        with_outcome = np.stack([moments.covariance(term, (int(j),)) for term in terms], axis=1)
        usable = ended <= Status.INADMISSIBLE
        known = usable & np.isfinite(among).all(axis=(1, 2)) & np.isfinite(with_outcome).all(axis=1)
        safe = np.where(known[:, None, None], among, np.eye(len(terms)))
        smallest = np.linalg.eigvalsh(safe)
        dependent = np.abs(smallest).min(axis=1) < SMALLEST
        precision = np.linalg.inv(np.where(dependent[:, None, None], np.eye(len(terms)), safe))
        coefficients = np.einsum("rkl,rl->rk", precision, with_outcome)
        r2 = (coefficients * with_outcome).sum(axis=1)
        impossible = (smallest[:, 0] < 0.0) | (r2 > 1.0 + 1e-10)
        ended = np.where(usable & (dependent | ~known), Status.SINGULAR, ended).astype(np.int8)
        ended = np.where((ended == Status.OK) & impossible, Status.INADMISSIBLE, ended).astype(np.int8)
        found[int(j)] = Equation(terms, coefficients, r2, precision)
    return Solved(model, found, ended)


def terms_of(model: Model, outcome: int) -> tuple[Term, ...]:
    """The terms of an outcome's equation: its predictors, then its products."""
    linear: list[Term] = [(int(k),) for k in np.flatnonzero(model.path_matrix[outcome])]
    products = [each[1:] for each in model.products if each[0] == model.constructs[outcome]]
    return (*linear, *(_ordered([model.constructs.index(name) for name in pair], model) for pair in products))


def with_least_squares_inference(estimates: Estimates, solved: Solved, n: float, level: float) -> Estimates:
    """The estimates with those errors of paths, products and slopes that lm gives on standardised scores.

    sqrt((1 - R2) / (n - k - 1) c'[V^-1]c) with V the covariances of the k terms; t intervals and p-values with
    n - k - 1 degrees of freedom.
    """
    se, lower, upper, p_value = (np.full(estimates.value.shape, np.nan) for _ in range(4))
    for column, target in enumerate(estimates.targets):
        found = solved.contrast(target)
        if found is None:
            continue
        equation, contrast = found
        df = n - len(equation.terms) - 1
        if not df > 0:
            continue
        c = np.zeros(len(equation.terms))
        c[list(contrast)] = list(contrast.values())
        spread = np.einsum("k,rkl,l->r", c, equation.precision, c)
        with np.errstate(invalid="ignore"):
            error = np.where(estimates.fatal, np.nan, np.sqrt((1.0 - equation.r2) / df * spread))
        value = estimates.value[:, column]
        half = stdtrit(df, 0.5 + level / 2) * error
        se[:, column], lower[:, column], upper[:, column] = error, value - half, value + half
        with np.errstate(divide="ignore", invalid="ignore"):
            p_value[:, column] = 2 * stdtr(df, -np.abs(value / error))
    return estimates.replaced(se=se, lower=lower, upper=upper, p_value=p_value)


def _ordered(places: list[int], model: Model) -> Term:
    """The places of a product's constructs as `Model.products` has them, by their names."""
    return tuple(sorted(places, key=lambda place: model.constructs[place]))
