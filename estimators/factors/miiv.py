"""Model-implied instrumental variables, two-stage least squares (Bollen 1996; Bollen, Kolenikov & Bauldry 2014)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, Self

import numpy as np
from numpy.typing import NDArray

from estimators.base import AlignedEstimator, Estimates, Status, beyond_names
from estimators.composites.composite import empty_blocks
from estimators.factors.equations import Equations
from estimators.factors.structure import (
    composite_block,
    missing_error,
    structural_parameters,
    target_codes,
)
from estimators.inference.wald import with_normal_inference
from estimators.kernels.equations import Design
from estimators.kernels.factor_model import COVARIANCE
from estimators.kernels.miiv import EquationFits, fit_batch
from estimators.quantities import estimates_of
from estimators.raw.units import Scale
from estimators.shared.errors import joined, reaching
from estimators.solution import Solution, constant_items
from sim.batch import Batch, Bools
from sim.errors import InputError
from sim.model import Model
from sim.targets import Target


@dataclass(frozen=True)
class ModelImpliedInstruments(AlignedEstimator):
    """2SLS of every loading and path, each equation with all the instruments that the model implies for it.

    A construct takes the scale of one item: the one that correlates most with its block ("strongest", which does not
    depend on the order of items; of two items the one that correlates more with the other blocks), or the first one
    ("first", as in the syntax of other programs). Every other item is
    regressed on it, and the scaling item of every outcome on those of its predictors. An item is an instrument where
    its error, the errors it covaries with and the disturbances that reach it are none of the equation's; the model's
    free covariances are those of `structure.structural_parameters`.

    Standardised scale: items are standardised; construct variances and covariances are the least squares of the items'
    correlations on the products of their loadings, pairs with covarying errors left out, and turn coefficients into
    standardised ones. r2 is the sum of paths times correlations. Constructs are turned so that loadings sum to a
    positive number. Standard errors: the 2SLS asymptotic covariances of all equations together and of the scales, by
    the delta method for normal items; intervals and p-values normal. None for a population's moments. Where items
    correlate about alike, choosing the strongest adds to the spread of loadings (not of paths), and their standard
    errors, which take the choice as given, come out up to a quarter too small; those of "first" do not.

    With `solution` "raw", which takes `scaling` "first", loadings and paths are the coefficients of 2SLS on the answers
    themselves, with its standard errors sqrt(s2 [(X'Z (Z'Z)^-1 Z'X)^-1]_jj), s2 the mean squared disturbance; those of
    indirect and total effects follow by the delta method. Covariances and variances (divisor n - 1) have none.

    Status: INADMISSIBLE, a loading, correlation or r2 beyond 1, or correlations that are not positive semidefinite.
    Fatal: CONSTANT_ITEM; SINGULAR, instruments that depend on each other (as with n <= p); UNIDENTIFIED, an empty
    block, fewer instruments than regressors, or ones unrelated to them; NEGATIVE_RELIABILITY, a construct variance
    that is not positive.
    """

    scaling: Literal["strongest", "first"] = "strongest"
    level: float = 0.95
    standard_errors: bool = True
    solution: Scale = "standardised"

    def __post_init__(self) -> None:
        if self.solution == "raw" and self.scaling != "first":
            raise InputError(
                "solution is 'raw', which tells constructs in units of their first items, and scaling is "
                f"'{self.scaling}'; add scaling = 'first', or leave out solution"
            )

    def refusal(self, model: Model) -> str | None:
        """Reflective blocks, an error for an error covariance, and enough instruments in every equation."""
        method = "two-stage least squares with instruments"
        return (
            beyond_names(model, method, self)
            or composite_block(model, method)
            or missing_error(model)
            or _too_few_instruments(model)
        )

    def without_inference(self) -> Self:
        """A method that gives the values of this one, without standard errors."""
        return replace(self, standard_errors=False)

    def estimate(self, batch: Batch, model: Model, targets: tuple[Target, ...]) -> Estimates:
        """Values of the targets with inference; see `Estimator.fit`."""
        inference = self.standard_errors and bool(np.isfinite(batch.n))
        r, m, p = len(batch), len(model.blocks), len(model.items)
        status = constant_items(batch)
        status[empty_blocks(batch.retained, model) & (status == Status.OK)] = Status.UNIDENTIFIED
        steps = structural_parameters(model)
        shapes = {
            "loadings": (r, p),
            "paths": (r, m, m),
            "correlations": (r, m, m),
            "r2": (r, m),
            "se": (r, len(targets)),
        }
        fit = EquationFits(**{part: np.full(shape, np.nan) for part, shape in shapes.items()}, status=status)
        design = Design(model.bounds, model.block_of, steps, touched(model), joined(model))
        fit_batch(
            batch.moments.correlations, batch.retained, float(batch.n), design, self.scaling == "strongest",
            target_codes(model, targets, [], steps), inference, fit,
        )  # fmt: skip
        solution = Solution(fit.paths, fit.loadings, fit.correlations, fit.r2)
        none = np.zeros(r, dtype=np.int32)
        estimates = estimates_of(solution, batch.moments.covariances, status, none, batch, model, targets)
        if self.solution == "raw":
            raw = Equations(batch, model, design)
            estimates = raw.told(estimates, fit.loadings, fit.r2)
            return (
                with_normal_inference(estimates, raw.errors(estimates, fit.se), self.level) if inference else estimates
            )
        return with_normal_inference(estimates, fit.se, self.level) if inference else estimates


def touched(model: Model) -> Bools:
    """Element (j, a): construct j covaries with the disturbance of a, or with a itself where exogenous (m, m)."""
    reaches, covary = reaching(model), np.eye(len(model.blocks), dtype=bool)
    for kind, a, b in structural_parameters(model):
        if kind == COVARIANCE:
            covary[a, b] = covary[b, a] = True
    return np.asarray((reaches[:, None, :] & covary[None, :, :]).any(axis=2))


def instruments(model: Model, outcome: str, predictors: Sequence[str], construct: str | None) -> tuple[str, ...]:
    """Items uncorrelated with the disturbance of item `outcome` on items `predictors`; `construct` if it has paths."""
    place = model.items.index
    sizes = np.diff(model.bounds)[model.block_of]
    mixed = [i for i in map(place, (outcome, *predictors)) if sizes[i] > 1]
    covary, reached = joined(model) | np.eye(len(model.items), dtype=bool), touched(model)
    out: NDArray[np.bool_] = (covary[:, mixed].any(axis=1)) & (sizes > 1)
    if construct is not None:
        out |= reached[model.block_of, model.constructs.index(construct)]
    return tuple(item for item, is_out in zip(model.items, out, strict=True) if not is_out)


def _too_few_instruments(model: Model) -> str | None:
    """The refusal where some equation, scaled by the first items, has fewer instruments than regressors, or None."""
    first = {block.construct: block.items[0] for block in model.blocks}
    equations: list[tuple[str, list[str], str | None]] = [
        (item, [block.items[0]], None) for block in model.blocks for item in block.items[1:]
    ]
    equations += [(first[y], [first[x] for o, x in model.paths if o == y], y) for y in model.endogenous]
    for outcome, predictors, construct in equations:
        found = instruments(model, outcome, predictors, construct)
        if len(found) < len(predictors):
            return (
                f"the equation of {outcome} on {', '.join(predictors)} has {len(found)} instruments "
                f"({', '.join(found) or 'none'}) and needs {len(predictors)}; add items or remove covariances"
            )
    return None
