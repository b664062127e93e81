"""Model error: covariances that no model explains, as minor factors or a random draw around the model bring them.

What is solved for a target RMSEA is in `sim.solving.perturbed`. docs/decisions/0016-products-model-error-and-groups.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

import numpy as np
from pydantic import Field

from sim.answers.mechanism import Mechanism, Setting, Step
from sim.batch import Floats
from sim.errors import InputError, unknown
from sim.form import Number
from sim.model import Model

TKL, WU_BROWNE = "tkl", "wu-browne"
_NAMES = {TKL: "minor factors of Tucker, Koopman & Linn", WU_BROWNE: "Wu & Browne's inverse Wishart"}
Whole = Annotated[int, Field(strict=True)]


@dataclass(frozen=True)
class ModelError(Mechanism):
    """Model error to a target RMSEA; 0: none.

    method: "tkl" (minor factors) or "wu-browne" (inverse Wishart); seed: which random matrix. epsilon and minor_factors
    are of tkl: factor k has (1 - epsilon)^k times the deviation of the first (Briggs & MacCallum 2003).
    """

    step: ClassVar[Step] = Step.NONE
    keeps_normal: ClassVar[bool] = True
    needs_categories: ClassVar[bool] = False
    examples: ClassVar[tuple[Mapping[str, Any], ...]] = ({"rmsea": 0.06}, {"rmsea": 0.04, "method": WU_BROWNE})

    rmsea: Number = 0.0
    method: str = TKL
    seed: Whole = 1
    epsilon: Number = 0.2
    minor_factors: Whole = 50

    @property
    def given(self) -> dict[str, Any]:
        """What departs from the defaults; nothing without a target."""
        return super().given if self.rmsea else {}

    @property
    def words(self) -> str:
        """The target and how it is reached, for a report; empty without a target."""
        return f"model error to RMSEA {self.rmsea:g} ({_NAMES[self.method]}, seed {self.seed})" if self.rmsea else ""

    def check(self, setting: Setting) -> None:
        """Raises InputError for numbers that cannot be, and for models whose errors model error cannot act on."""
        if self.method not in _NAMES:
            raise InputError(f"model_error.method: {unknown('method', self.method, list(_NAMES))}")
        if not 0 <= self.rmsea <= 1:
            raise InputError(f"model_error.rmsea is {self.rmsea:g}; give a target from 0 to 1, such as 0.05")
        if not 0 <= self.epsilon < 1:
            raise InputError(f"model_error.epsilon is {self.epsilon:g}; give a number from 0 to under 1")
        if not 1 <= self.minor_factors <= 10_000 or self.seed < 0:
            raise InputError(
                f"model_error: minor_factors = {self.minor_factors} and seed = {self.seed}; give at least 1 factor and "
                "no negative seed"
            )
        if self.method == WU_BROWNE:
            for key in ("epsilon", "minor_factors"):
                if getattr(self, key) != self.defaults()[key]:
                    raise InputError(f'model_error.{key} is of method = "{TKL}"; leave it out')
        if self.rmsea:
            self._check_model(setting.model)

    def _check_model(self, model: Model) -> None:
        for block in model.blocks:
            if block.kind == "composite":
                raise InputError(
                    f"model_error acts on the errors of reflective blocks, and {block.construct} is composite (<~); "
                    "leave one of the two out"
                )
        if model.second_order:
            raise InputError(
                f"model_error does not go with second-order constructs; leave out {model.second_order[0].construct} or "
                "[model_error]"
            )


def minor_factor_correlations(items: int, factors: int, epsilon: float, rng: np.random.Generator) -> Floats:
    """Correlations (p, p) that minor factors bring: W W' with rows of length 1.

    W (p, factors) is standard normal, column k times (1 - epsilon)^k (Tucker, Koopman & Linn 1969, eq. 13-15; Briggs &
    MacCallum 2003, eq. 5).
    """
    loadings = rng.standard_normal((items, factors)) * (1.0 - epsilon) ** np.arange(factors)
    loadings /= np.linalg.norm(loadings, axis=1, keepdims=True)
    return np.asarray(loadings @ loadings.T)


def inverse_wishart(covariance: Floats, precision: float, normals: Floats, uniforms: Floats) -> Floats:
    """Correlations (p, p) of a draw from the inverse Wishart distribution around a matrix (Wu & Browne 2015).

    The nearer, the higher the precision (above p - 1), which may be any number: Bartlett's (1933) decomposition from
    standard normals (p, p) and uniforms (p,), so that one seed gives one direction at every precision.
    """
    from scipy.stats import chi2

    p = len(covariance)
    root = np.tril(normals, -1) + np.diag(np.sqrt(chi2.ppf(uniforms, precision - np.arange(p))))
    # W = C A A' C' with C C' the inverse of the covariance matrix has the Wishart distribution; its inverse is meant.
    half = np.linalg.solve(root, np.linalg.cholesky(covariance).T)
    drawn = half.T @ half
    deviations = np.sqrt(np.diag(drawn))
    return np.asarray(drawn / np.outer(deviations, deviations))
