"""The equations of a factor model by two-stage least squares in the units of the answers, with their covariances."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from estimators.base import Estimates, Status
from estimators.kernels.equations import Design
from estimators.raw.units import Units, first_items, powers_of, sample_variances
from sim.batch import Batch, Floats
from sim.model import Model
from sim.targets import Target


class Coefficients(NamedTuple):
    """The raw coefficients of one data set: loadings on first items, and paths between them."""

    place: dict[tuple[int, int], int]  # number of a path by outcome and predictor, of a loading by -1 and item
    value: Floats  # (c,)
    covariance: Floats  # (c, c)


@dataclass(frozen=True)
class Equations:
    """The equations of R data sets, every construct in the unit of its first retained item."""

    batch: Batch
    model: Model
    design: Design

    def told(self, estimates: Estimates, loadings: Floats, r2: Floats) -> Estimates:
        """Standardised estimates without inference in raw units, from standardised loadings (R, p) and r2 (R, m)."""
        items = np.sqrt(sample_variances(self.batch, self.batch.n - 1))
        units = Units.of_factors(items, loadings, r2, self.batch.retained, self.model, "first")
        return units.rescaled(estimates, self.model)

    def errors(self, estimates: Estimates, standardised: Floats) -> Floats:
        """Standard errors (R, q) of raw targets; those of the others are the `standardised` ones (R, q)."""
        se = standardised.copy()
        for column, target in enumerate(estimates.targets):
            if powers_of(target, self.model) is not None:
                se[:, column] = np.nan
        for r in np.flatnonzero(estimates.status <= Status.INADMISSIBLE).tolist():
            found = self.coefficients(r)
            for column, target in enumerate(estimates.targets):
                gradient = self._gradient(target, found)
                if gradient.any():
                    se[r, column] = np.sqrt(gradient @ (found.covariance @ gradient))
        return se

    def coefficients(self, r: int) -> Coefficients:
        """2SLS of every equation of data set r.

        With a the coefficient's weights of instruments (b = a'S y) and u = c'answers its disturbance, two coefficients
        covary by (a'S a)(c'S c) / n.
        """
        sample = self.batch.moments.covariances[r]
        place: dict[tuple[int, int], int] = {}
        values: list[float] = []
        sources: list[Floats] = []
        disturbances: list[Floats] = []
        for outcome, predictors, construct, names in self._posed(r):
            z = self._instruments(r, outcome, predictors, construct)
            reduced = np.linalg.solve(sample[np.ix_(z, z)], sample[np.ix_(z, predictors)])
            weights = np.linalg.solve(sample[np.ix_(predictors, z)] @ reduced, reduced.T)
            b = weights @ sample[z, outcome]
            disturbance = np.zeros(len(sample))
            disturbance[outcome] = 1.0
            disturbance[predictors] -= b
            for h, name in enumerate(names):
                place[name] = len(values)
                source = np.zeros(len(sample))
                source[z] = weights[h]
                values.append(b[h])
                sources.append(source)
                disturbances.append(disturbance)
        if not values:
            return Coefficients(place, np.empty(0), np.empty((0, 0)))
        a, c = np.array(sources), np.array(disturbances)
        return Coefficients(place, np.array(values), (a @ sample @ a.T) * (c @ sample @ c.T) / self.batch.n)

    def _posed(self, r: int) -> Iterator[tuple[int, list[int], int, list[tuple[int, int]]]]:
        """(outcome, predictors as items, construct or -1, what each coefficient is) of every equation."""
        model, retained = self.model, self.batch.retained
        first = first_items(retained, model)[r].tolist()
        for item in np.flatnonzero(retained[r]).tolist():
            marker = first[int(model.block_of[item])]
            if item != marker:
                yield item, [marker], -1, [(-1, item)]
        for j, present in enumerate(model.path_matrix):
            predictors = np.flatnonzero(present).tolist()
            if predictors:
                yield first[j], [first[k] for k in predictors], j, [(j, k) for k in predictors]

    def _instruments(self, r: int, outcome: int, predictors: list[int], construct: int) -> list[int]:
        """Retained items that the model leaves uncorrelated with the disturbance of the equation."""
        retained, design = self.batch.retained[r], self.design
        counts = np.add.reduceat(retained.astype(np.int64), self.model.bounds[:-1])[self.model.block_of]
        erring = retained & (counts > 1)
        mixed = [item for item in (outcome, *predictors) if erring[item]]
        together = design.joined | np.eye(len(retained), dtype=bool)
        out = together[:, mixed].any(axis=1) & erring
        if construct >= 0:
            out |= design.touched[design.block, construct]
        return [int(item) for item in np.flatnonzero(retained & ~out)]

    def _gradient(self, target: Target, found: Coefficients) -> Floats:
        """Derivatives (c,) of a raw target by the coefficients, 0 where it has none."""
        model = self.model
        gradient = np.zeros(len(found.value))
        if target.kind == "loading":
            item = (-1, model.items.index(target.parts[1]))
            if item in found.place:
                gradient[found.place[item]] = 1.0
            return gradient
        index = [model.constructs.index(part) for part in target.parts if part in model.constructs]
        if target.kind == "path":
            gradient[found.place[index[0], index[1]]] = 1.0
        elif target.kind == "indirect":
            steps = [found.place[outcome, cause] for cause, outcome in pairwise(index)]
            for step in steps:
                gradient[step] = np.prod([found.value[other] for other in steps if other != step])
        elif target.kind in ("total", "total_indirect"):
            paths = np.zeros((len(model.blocks),) * 2)
            steps_of = {step: place for step, place in found.place.items() if step[0] >= 0}
            for (outcome, cause), place in steps_of.items():
                paths[outcome, cause] = found.value[place]
            effects = np.linalg.inv(np.eye(len(paths)) - paths)
            for (outcome, cause), place in steps_of.items():
                gradient[place] = effects[index[1], outcome] * effects[cause, index[0]]
                if target.kind == "total_indirect" and (outcome, cause) == (index[1], index[0]):
                    gradient[place] -= 1.0
        return gradient
