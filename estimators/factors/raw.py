"""The raw (unstandardised) solution of a factor model at its minimum: values, and standard errors by the delta method.

A raw target is a standardised one times powers of units, and a unit is a function of the same parameters: an item's
implied standard deviation of its log scale, a construct's of its first item's loading and scale or of its R2. So the
gradient of v u by the parameters is u (dv + v dln u).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from estimators.base import Estimates, Status
from estimators.factors.minimum import Minimum
from estimators.factors.spread import ParameterCovariance
from estimators.factors.structure import probes, structural_parameters, structure_of, target_codes
from estimators.inference.wald import with_normal_inference
from estimators.kernels.derivatives import derivatives
from estimators.raw.units import Scaling, Units, first_items, is_fixed, powers_of
from sim.batch import Bools, Floats
from sim.model import Model
from sim.targets import Target


@dataclass(frozen=True)
class RawFactors:
    """A minimum of R data sets told in raw units.

    variances (R, p): the items' sample variances with the divisor of the method, in units of the answers.
    """

    found: Minimum
    model: Model
    scaling: Scaling
    variances: Floats

    @property
    def units(self) -> Units:
        """The units of items and constructs."""
        with np.errstate(invalid="ignore"):
            items = self.found.scales * np.sqrt(self.variances)
        found = self.found
        return Units.of_factors(items, found.loadings, found.r2, found.retained, self.model, self.scaling)

    def told(self, estimates: Estimates, covariance: ParameterCovariance | None, level: float) -> Estimates:
        """Standardised estimates without inference in raw units; with normal inference where there are covariances."""
        raw = self.units.rescaled(estimates, self.model)
        if covariance is None:
            return raw
        return with_normal_inference(raw, self.errors(estimates, covariance), level)

    def errors(self, estimates: Estimates, covariance: ParameterCovariance) -> Floats:
        """Standard errors (R, q) of the targets in raw units, NaN where there is no estimate or no error."""
        model, found, targets = self.model, self.found, estimates.targets
        steps, structure = structural_parameters(model), structure_of(model)
        explained = [Target("r2", (construct,)) for construct in model.endogenous]
        codes = target_codes(model, [*probes(targets, model), *explained], [], steps)
        units, first = self.units, first_items(found.retained, model)
        se = np.full(estimates.value.shape, np.nan)
        for r in np.flatnonzero(found.status <= Status.INADMISSIBLE).tolist():
            p = int(found.items[r])
            k = p * (p + 1) // 2 - int(found.df[r])
            jacobian, slopes = np.empty((p * (p + 1) // 2, k)), np.empty((len(codes), k))
            derivatives(found.parameters[r, :k], found.retained[r], structure, codes, jacobian, slopes)
            of_units = self._unit_slopes(r, slopes[len(targets) :], first[r])
            spread = covariance(r, jacobian)
            for column, target in enumerate(targets):
                value, slope = estimates.value[r, column], slopes[column]
                gradient = self._gradient(target, r, float(value), slope, of_units, units)
                if gradient.any() and not is_fixed(target, model, first[r].tolist(), self.scaling):
                    se[r, column] = np.sqrt(np.maximum(gradient @ (spread @ gradient), 0.0))
        return se

    def _unit_slopes(self, r: int, explained: Floats, first: NDArray[np.intp]) -> tuple[Floats, Floats]:
        """Derivatives of the log units of items (all items, k) and of constructs (m, k) of data set r.

        explained (endogenous, k): those of r2 of the endogenous constructs.
        """
        model, found, k = self.model, self.found, explained.shape[1]
        of_items, of_constructs = np.zeros((len(model.items), k)), np.zeros((len(model.blocks), k))
        kept = np.flatnonzero(found.retained[r])
        of_items[kept, np.arange(len(kept))] = 1.0
        if self.scaling == "variances":
            for slope, construct in zip(explained, model.endogenous, strict=True):
                j = model.constructs.index(construct)
                of_constructs[j] = 0.5 * slope / (1.0 - found.r2[r, j])
            return of_items, of_constructs
        places = loading_places(found.retained[r], model)
        for j, item in enumerate(first):
            of_constructs[j] = of_items[item]
            if places[item] >= 0:
                of_constructs[j, places[item]] = 1.0 / found.loadings[r, item]
        return of_items, of_constructs

    def _gradient(
        self, target: Target, r: int, value: float, slope: Floats, of_units: tuple[Floats, Floats], units: Units
    ) -> Floats:
        """The gradient (k,) of a raw target, from the standardised value and its derivatives, see `structure.probe`."""
        powers = powers_of(target, self.model)
        if powers is None:
            return slope
        if target.kind == "variance":
            name = target.parts[0]
            at = -1 if name in self.model.constructs else self.model.items.index(name)
            slope = -2.0 * self.found.loadings[r, at] * slope if at >= 0 else -slope
        factor = units.factor(target, self.model)
        assert factor is not None
        gradient = slope.copy()
        for places, slopes in zip(powers, of_units, strict=True):
            for place, power in places:
                gradient += value * power * slopes[place]
        return np.asarray(factor[r] * gradient)


def loading_places(retained: Bools, model: Model) -> NDArray[np.intp]:
    """The parameter that is each item's loading (all items,), -1 where it has none: dropped, or alone in its block."""
    counts = np.add.reduceat(retained.astype(np.int64), model.bounds[:-1])[model.block_of]
    measured = retained & (counts > 1)
    return np.asarray(np.where(measured, retained.sum() + np.cumsum(measured) - 1, -1))
