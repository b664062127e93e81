"""Population: a model with numbers. It knows its moments before and after the cut, and the truth of every target."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any

import numpy as np

from sim import composites, second_order
from sim.batch import Floats, Moments
from sim.errors import InputError
from sim.likert import Scale
from sim.mechanism import Mechanism
from sim.model import Model
from sim.polychoric_limit import polychoric_limits
from sim.quantities import QUANTITIES, Given, parameter
from sim.readings import Reading, read
from sim.responses import Responses, effective_moments
from sim.second_order import NONE, Dimensions
from sim.stages import is_of_stage_one
from sim.targets import Target
from sim.values import values_given

CONTINUOUS = Scale.continuous()
AS_MEANT = Responses()
AS_WRITTEN = Reading()


@dataclass(frozen=True)
class Population:
    """A population of common factors and composites on the standardised scale, answered on a Scale.

    loadings (p,); paths (m, m) as [outcome, predictor]; exogenous_correlations (m, m), used where both constructs are
    exogenous; error_covariances (p, p), zero diagonal: of composites as `sim.composites` has them. Every construct and
    every response has variance 1. `responses` tells how respondents answer beyond that, `dimensions` what second-order
    constructs are made of, `reading` as what the truth is told. Raises InputError, with the numbers, where no such
    population exists.
    """

    model: Model
    loadings: Floats
    paths: Floats
    exogenous_correlations: Floats
    error_covariances: Floats
    scale: Scale = CONTINUOUS
    name: str = "unnamed"
    source: str = ""
    responses: Responses = AS_MEANT
    dimensions: Dimensions = NONE
    reading: Reading = AS_WRITTEN

    @classmethod
    def of(
        cls,
        model: Model,
        values: Mapping[str, float],
        scale: Scale | None = None,
        name: str = "unnamed",
        source: str = "",
    ) -> "Population":
        """Population from target names: every loading, weight and path, and `~~` correlations (0 where not given).

        `A~~B` is the correlation of two exogenous constructs; `x1~~x2` the covariance of two items' errors, within a
        composite block their correlation. Weights count by their ratios.
        """
        try:
            placed = values_given(model, values)
        except InputError as error:
            raise InputError(f"population {name}: {error}") from None
        p = len(model.items)
        dimensions = Dimensions(placed.loadings[p:], placed.covariances[p:, p:]) if model.second_order else NONE
        return cls(
            model,
            placed.loadings[:p],
            placed.paths,
            placed.correlations,
            placed.covariances[:p, :p],
            scale or CONTINUOUS,
            name,
            source,
            dimensions=dimensions,
        )

    def __post_init__(self) -> None:
        if self.model.second_order:
            _ = self.upper
        beyond = np.flatnonzero(np.abs(self.loadings) > 1)
        if beyond.size:
            items = ", ".join(f"{self.model.items[i]} {self.loadings[i]:.4g}" for i in beyond)
            raise InputError(
                f"population {self.name}: loadings beyond 1 ({items}); a standardised loading lies in -1 to 1"
            )
        if self.scale.thresholds and len(self.scale.thresholds) != len(self.loadings):
            given, needed = len(self.scale.thresholds), len(self.loadings)
            raise InputError(f"population {self.name}: thresholds for {given} items, the model has {needed}")
        try:
            self.responses.check(self.model.items, self.scale)
        except InputError as error:
            raise InputError(f"population {self.name}: {error}") from None
        lowest = float(np.linalg.eigvalsh(self.construct_correlations)[0])
        if lowest < -1e-10:
            raise InputError(
                f"population {self.name}: the construct correlations are not positive definite "
                f"(smallest eigenvalue {lowest:.4g}); lower the correlations in size"
            )
        lowest = float(np.linalg.eigvalsh(self.error_matrix)[0])
        if lowest < -1e-10:
            raise InputError(
                f"population {self.name}: the error covariances are not positive definite "
                f"(smallest eigenvalue {lowest:.4g}); lower them in size"
            )
        if self.reading.given:
            try:
                self.reading.check(self.model)
                _ = self.given
            except InputError as error:
                raise InputError(f"population {self.name}: {error}") from None

    @property
    def mechanisms(self) -> dict[str, Mechanism]:
        """What departs from normal responses answered as meant by everyone drawn, by its section."""
        held = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: part for name, part in held.items() if isinstance(part, Mechanism) and part.given}

    @property
    def content(self) -> dict[str, Any]:
        """What draws depend on, as plain data, the numbers to ten digits. What is not given is not in it."""
        numbers = [self.loadings, self.paths, self.exogenous_correlations, self.error_covariances]
        if self.model.second_order:
            numbers += [self.dimensions.loadings, self.dimensions.covariances]
        return {
            "model": self.model.syntax,
            "numbers": [_ten_digits(array) for array in numbers],
            "thresholds": [_ten_digits(np.array(cuts)) for cuts in self.scale.thresholds],
            **{section: part.given for section, part in self.mechanisms.items() if part.changes_draws},
        }

    @property
    def words(self) -> str:
        """What departs, in words for a report; empty where nothing does."""
        return "; ".join(mechanism.words for mechanism in self.mechanisms.values())

    @cached_property
    def construct_correlations(self) -> Floats:
        """Correlations of all constructs (m, m). Raises InputError where a construct's R2 exceeds 1."""
        phi = np.eye(len(self.paths))
        done: list[int] = []
        for j in self.model.causal_order:
            predictors = np.flatnonzero(self.model.path_matrix[j])
            if predictors.size:
                b = self.paths[j, predictors]
                r2 = float(b @ phi[np.ix_(predictors, predictors)] @ b)
                if r2 > 1 + 1e-12:
                    raise InputError(
                        f"population {self.name}: the paths to {self.model.constructs[j]} give R2 = {r2:.4g}; "
                        "it cannot exceed 1, so lower the paths"
                    )
                phi[j, done] = phi[done, j] = self.paths[j] @ phi[:, done]
            else:
                for k in done:
                    phi[j, k] = phi[k, j] = self.exogenous_correlations[j, k]
            done.append(j)
        return second_order.with_dimensions(phi, self.model, self.dimensions) if self.model.second_order else phi

    @cached_property
    def error_matrix(self) -> Floats:
        """Covariances of the items' errors (p, p), diagonal 1 - loading^2."""
        return self.error_covariances + np.diag(1.0 - self.loadings**2)

    @cached_property
    def covariance(self) -> Floats:
        """Correlations of the responses before the cut (p, p)."""
        of_item = self.model.block_of
        common = self.loadings[:, None] * self.construct_correlations[np.ix_(of_item, of_item)] * self.loadings
        return common + self.error_matrix

    @cached_property
    def moments(self) -> Moments:
        """Moments before the cut, n infinite, R = 1."""
        return Moments(np.zeros((1, len(self.loadings))), self.covariance[None], np.inf)

    @cached_property
    def likert_moments(self) -> Moments:
        """Exact moments of the answers as given, n infinite, R = 1; `moments` where nothing is done to responses."""
        if self.scale.is_continuous and not self.responses.given:
            return self.moments
        return effective_moments(self.as_answered.covariance, self.responses, self.model.items, self.scale)

    @cached_property
    def polychoric_moments(self) -> Moments:
        """Moments, n infinite, R = 1, whose covariances are the limits of the answers' polychoric correlations.

        `moments` where respondents answer as they mean it.
        """
        if not self.responses.given:
            return self.moments
        directions = self.responses.directions(self.model.items)
        limits = polychoric_limits(self.as_answered.covariance, directions, self.responses, self.scale)
        return Moments(np.zeros((1, len(limits))), limits[None], np.inf)

    @cached_property
    def as_answered(self) -> "Population":
        """The same population with the factors that all answers share among its errors; itself where there are none.

        With acquiescence a and common method c, a response is sqrt(1 - a - c) z + sqrt(c) M + sqrt(a) w A of variance
        1: M and A are standard normal and unrelated to everything, and w is -1 for reverse-worded items.
        """
        ways, left = self.responses, 1.0 - self.responses.shared
        if not ways.shared:
            return self
        w = ways.directions(self.model.items)
        shared = ways.common_method + ways.acquiescence * np.outer(w, w)
        return replace(
            self,
            loadings=np.sqrt(max(left, 0.0)) * self.loadings,
            error_covariances=left * self.error_covariances + shared - np.diag(np.diag(shared)),
            responses=replace(ways, acquiescence=0.0, common_method=0.0),
            reading=AS_WRITTEN,
        )

    @cached_property
    def r2(self) -> Floats:
        """Explained variance of each construct (m,), 0 for exogenous ones."""
        phi = self.construct_correlations
        return np.asarray(np.einsum("jk,kl,jl->j", self.paths, phi, self.paths))

    def truth(self, targets: Sequence[Target]) -> Floats:
        """True standardised values of the targets (q,), before the cut; NaN where the population defines none.

        Reliabilities are those of the unweighted sum of the uncut responses: rho_c is McDonald's omega. Composites
        have none. What is about a dimension is of the first-order constructs, everything else of the constructs above.
        """
        return np.array([self.level_of(target)._truth(target) for target in targets])

    def level_of(self, target: Target) -> "Population":
        """Where a target belongs: to `lower` or `upper` with second-order constructs, otherwise to itself."""
        if not self.model.second_order:
            return self
        return self.lower if is_of_stage_one(target, self.model) else self.upper

    def _truth(self, target: Target) -> float:
        known = self.given
        if composites.is_undefined(target, known.model):
            return np.nan
        if target.kind == "weight":
            return float(composites.weights(known)[self.model.items.index(target.parts[1])])
        value = parameter(target, known.model, known.paths, known.correlations, known.r2, known.loadings)
        if value is not None:
            return float(value[0])
        kind = "omega" if target.kind == "rho_c" else target.kind
        if kind not in QUANTITIES:
            return np.nan
        place = (0, *(self.model.constructs.index(part) for part in target.parts))
        return float(QUANTITIES[kind](known)[place])

    @cached_property
    def upper(self) -> "Population":
        """The second-order constructs, made of their dimensions, and the constructs that are no dimension."""
        return second_order.upper(self)

    @cached_property
    def lower(self) -> "Population":
        """The first-order constructs as correlated constructs."""
        return second_order.lower(self)

    @cached_property
    def given(self) -> Given:
        """What the quantities that have a formula are made from, as `reading` has it."""
        return read(self.as_written, self.reading)

    @property
    def measured(self) -> Given:
        """The same of the constructs that have items: of the first-order ones."""
        return self.lower.given if self.model.second_order else self.given

    @cached_property
    def as_written(self) -> Given:
        """The same as the model has it."""
        return Given(
            model=self.model,
            n=np.inf,
            paths=self.paths[None],
            loadings=self.loadings[None],
            correlations=self.construct_correlations[None],
            r2=self.r2[None],
            items=self.covariance[None],
            retained=np.ones((1, len(self.loadings)), dtype=bool),
        )


def _ten_digits(array: Floats) -> list[Any]:
    """Nested lists of numbers to ten significant digits, so that a last bit from a solver changes no stream."""
    rounded = np.vectorize(lambda x: float(f"{x:.10g}") + 0.0, otypes=[float])(array) if array.size else array
    return list(rounded.tolist())
