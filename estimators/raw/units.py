"""The units of an unstandardised solution: from standardised targets to those in the units of the answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from estimators.base import Estimates
from sim.batch import Batch, Bools, Floats
from sim.model import Model
from sim.targets import Target

#: On which scale a method tells its estimates.
Scale = Literal["standardised", "raw"]
#: What gives a construct its unit in a raw solution: the loading of its first item, 1, or its (residual) variance, 1.
Scaling = Literal["first", "variances"]


@dataclass(frozen=True)
class Units:
    """What a standardised item and a standardised construct are multiplied by to be in their raw units.

    items (R, p): standard deviations in units of the answers; constructs (R, m): the standard deviations of the
    constructs, negative for one that its unit turns round. NaN where unknown.
    """

    items: Floats
    constructs: Floats

    @classmethod
    def of_factors(
        cls, items: Floats, loadings: Floats, r2: Floats, retained: Bools, model: Model, scaling: Scaling
    ) -> "Units":
        """Units of common factors from standardised loadings (R, p) and r2 (R, m) of the constructs.

        "first": the first retained item of a block loads 1. "variances": the variance of an exogenous construct is 1,
        and the residual variance of an endogenous one; NaN where that is not positive on the standardised scale.
        """
        if scaling == "first":
            return cls(items, np.take_along_axis(loadings * items, first_items(retained, model), axis=1))
        unexplained = 1.0 - r2
        with np.errstate(divide="ignore", invalid="ignore"):
            turned = 1.0 / np.sqrt(np.where(unexplained > 0.0, unexplained, np.nan))
        return cls(items, np.where(np.array([c in model.endogenous for c in model.constructs]), turned, 1.0))

    def factor(self, target: Target, model: Model) -> Floats | None:
        """What the standardised target is multiplied by (R,), NaN where a unit is 0; None for a target without one."""
        powers = powers_of(target, model)
        if powers is None:
            return None
        factor = np.ones(len(self.items))
        with np.errstate(divide="ignore", invalid="ignore"):
            for place, power in powers[0]:
                factor = factor * self.items[:, place] ** power
            for place, power in powers[1]:
                factor = factor * self.constructs[:, place] ** power
        return np.where(np.isfinite(factor), factor, np.nan)

    def rescaled(self, estimates: Estimates, model: Model) -> Estimates:
        """Standardised estimates in raw units; errors and intervals as if the units were known."""
        factors = [self.factor(target, model) for target in estimates.targets]
        ones = np.ones(len(self.items))
        turned = np.array([ones if factor is None else factor for factor in factors]).reshape(-1, len(self.items)).T
        turned = np.where(estimates.fatal[:, None], np.nan, turned)
        ends = estimates.lower * turned, estimates.upper * turned
        return estimates.replaced(
            value=estimates.value * turned,
            se=estimates.se * np.abs(turned),
            lower=np.where(turned < 0.0, ends[1], ends[0]),
            upper=np.where(turned < 0.0, ends[0], ends[1]),
        )


#: Places and powers.
Powers = tuple[tuple[int, int], ...]


def powers_of(target: Target, model: Model) -> tuple[Powers, Powers] | None:
    """The items and the constructs whose units a raw target is in, each with its power; None where it has no unit."""
    match target.kind:
        case "loading":
            return ((model.items.index(target.parts[1]), 1),), ((model.constructs.index(target.parts[0]), -1),)
        case "weight":
            return ((model.items.index(target.parts[1]), -1),), ((model.constructs.index(target.parts[0]), 1),)
        case "variance" if target.parts[0] not in model.constructs:
            return ((model.items.index(target.parts[0]), 2),), ()
    index = [model.constructs.index(part) for part in target.parts if part in model.constructs]
    match target.kind:
        case "path":
            return (), ((index[0], 1), (index[1], -1))
        case "indirect" | "total" | "total_indirect":
            return (), ((index[-1], 1), (index[0], -1))
        case "correlation":
            return (), ((index[0], 1), (index[1], 1))
        case "variance":
            return (), ((index[0], 2),)
    return None


def sample_variances(batch: Batch, divisor: float) -> Floats:
    """The items' variances (R, p) with this divisor, in units of the answers; those of a population as they are."""
    variances: Floats = np.diagonal(batch.moments.covariances, axis1=1, axis2=2)
    return variances * (batch.n / max(divisor, 1)) if np.isfinite(batch.n) else variances


def first_items(retained: Bools, model: Model) -> NDArray[np.intp]:
    """The first retained item of each block (R, m), or its first item where none is left."""
    return np.array([start + np.argmax(retained[:, start:stop], axis=1) for start, stop in pairwise(model.bounds)]).T


def is_fixed(target: Target, model: Model, first: Sequence[int], scaling: Scaling) -> bool:
    """Whether the scaling gives this target its value, which then has no error; `first` (m,) items of the blocks."""
    if scaling == "first":
        return target.kind == "loading" and model.items.index(target.parts[1]) in first
    return target.kind == "variance" and target.parts[0] in model.constructs
