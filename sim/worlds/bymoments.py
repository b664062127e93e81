"""Worlds that are known by moments: a model is told to methods, and need not hold for the moments.

Where the model holds exactly, its parameters are the truth. Where it does not, targets that are functions of the items'
moments alone (alpha, HTMT) have a truth, and no others: a method is then judged by its own limit, what it finds in
endless data.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from sim.batch import Floats
from sim.errors import InputError, unknown
from sim.implied.misfit import nearest
from sim.model import Model
from sim.population.rawtruth import SCALES, factors_of
from sim.quantities import Given, value_of
from sim.targets import GROUP_KINDS, MODEL_KINDS, PAIR_KINDS, PREDICTION_KINDS, Target

#: A model holds exactly where no correlation that it implies is further from the given one.
HOLDS = 1e-6
#: Targets that follow from the items' moments, whatever the model's parameters are.
_OF_MOMENTS = ("alpha", *PAIR_KINDS)


@dataclass(frozen=True)
class KnownMoments:
    """What is true of items with these correlations (p, p) and standard deviations (p,) under a model."""

    model: Model
    correlations: Floats
    sds: Floats

    @cached_property
    def _given(self) -> Given:
        """The model's parameters, NaN where it does not hold exactly, with the moments."""
        model, p, m = self.model, len(self.sds), len(self.model.constructs)
        covariance = self.correlations * np.outer(self.sds, self.sds)
        found = None if self._no_parameters else nearest(model, self.correlations)
        if found is None or found.furthest > HOLDS:
            paths, loadings = np.where(model.path_matrix, np.nan, 0.0), np.full(p, np.nan)
            correlations = np.full((m, m), np.nan)
        else:
            paths, loadings, correlations = found.paths, found.loadings, found.correlations
        r2 = np.where(model.path_matrix.any(axis=1), np.sum(paths * correlations, axis=1), 0.0)
        whole = np.ones((1, p), dtype=bool)
        return Given(model, np.inf, paths[None], loadings[None], correlations[None], r2[None], covariance[None], whole)

    @property
    def _no_parameters(self) -> str:
        """Why parameters are not known whatever the moments are; empty for models of common factors."""
        blocks = [*self.model.second_order, *(block for block in self.model.blocks if block.kind == "composite")]
        return f"{blocks[0].construct} is no common factor of items" if blocks else ""

    @property
    def holds(self) -> bool:
        """Whether the model holds exactly for these moments."""
        return not bool(np.isnan(self._given.loadings).any())

    def truth(self, targets: Sequence[Target], solution: str = "standardised") -> Floats:
        """True values (q,), standardised or raw; NaN where there is none."""
        if solution not in SCALES:
            raise InputError(f"solution: {unknown('scale', solution, SCALES)}")
        values = np.array([self._value(target) for target in targets])
        if solution != "standardised":
            loadings, r2 = self._given.loadings[0] * self.sds, self._given.r2[0]
            values = values * factors_of(self.model, loadings, self.sds, r2, targets, solution)
        return values

    def _value(self, target: Target) -> float:
        if target.kind in (*MODEL_KINDS, *GROUP_KINDS, "weight"):
            return np.nan
        if not self.holds and not self._of_moments(target):
            return np.nan
        return float(value_of(target, self._given)[0])

    def _of_moments(self, target: Target) -> bool:
        """Whether a target is a function of the moments alone, of constructs that are measured by items."""
        measured = [block.construct for block in self.model.blocks if block.kind == "reflective"]
        return target.kind in _OF_MOMENTS and set(target.parts) <= set(measured)

    def no_truth(self, target: Target) -> str | None:
        """Why there is no true value, in words; None where there is one."""
        if not np.isnan(self._value(target)):
            return None
        if target.kind in GROUP_KINDS:
            return f"{target.name}: these populations do not consist of groups"
        if target.kind in PREDICTION_KINDS:
            return f"{target.name}: every method predicts in its own way, so that each is judged by its own limit"
        if target.kind in MODEL_KINDS:
            return f"{target.name}: it says how a model fits a sample, and a population is no sample"
        why = self._no_parameters or "the population's moments are not exactly those of the model"
        return f"{target.name}: {why}, so that each method is judged by its own limit"


class WorldByMoments:
    """What worlds that are known by their moments say of truth, whatever their data are.

    known: what is true of the moments under the model that methods are told.
    """

    known: KnownMoments

    def truth(self, targets: Sequence[Target], n: int, solution: str = "standardised") -> Floats:
        """True values (q,), the same for every n; NaN where the model does not hold exactly."""
        return self.known.truth(targets, solution)

    def no_truth(self, target: Target) -> str | None:
        """Why there is no true value of a target, in words; None where there is one."""
        return self.known.no_truth(target)

    def construct_correlations(self) -> Floats | None:
        """None: what the items correlate with constructs is not known."""
        return None

    def after_cut(self, targets: Sequence[Target]) -> dict[str, float]:
        """Nothing: what a cut does to constructs is not known."""
        return {}


def judged_by(holds: bool) -> str:
    """What a report says where no model holds for the moments; nothing where one does."""
    return "" if holds else "no model holds for them exactly, so each method is judged by its own limit"


def saturated(items: Sequence[str], correlations: Floats) -> tuple[Model, dict[str, float]]:
    """A model with a construct for each item, and its values: whatever the correlations (p, p) are, they follow."""
    taken = set(items)
    names: list[str] = []
    for item in items:
        name = f"{item}_c"
        while name in taken:
            name += "_"
        taken.add(name)
        names.append(name)
    model = Model.parse("\n".join(f"{name} =~ {item}" for name, item in zip(names, items, strict=True)))
    values = {f"{name}=~{item}": 1.0 for name, item in zip(names, items, strict=True)}
    for i, a in enumerate(names):
        values |= {f"{a}~~{b}": float(correlations[i, i + 1 + k]) for k, b in enumerate(names[i + 1 :])}
    return model, values
