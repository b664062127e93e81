"""Population: a model with numbers and mechanisms. What follows from it is in `sim.implied`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from sim.answers.likert import Scale
from sim.answers.mechanism import Setting
from sim.batch import Floats, Moments
from sim.errors import InputError, unknown
from sim.model import Model
from sim.parameters.shorthands import written_out
from sim.parameters.values import values_given
from sim.population import existence
from sim.population.rawtruth import SCALES, raw_factors
from sim.population.sections import Mechanisms
from sim.population.truths import no_value, true_values
from sim.streams import ten_digits
from sim.structures.groups import Group, Groups
from sim.structures.products import Products
from sim.structures.readings import regressions
from sim.structures.second_order import NONE, Dimensions
from sim.structures.structure import Structure
from sim.targets import Target

CONTINUOUS = Scale.continuous()

#: Sections by which items or constructs relate in ways that are no path, error covariance or cross-loading.
_BESIDE = {"products", "model_error", "groups"}
#: Sections that leave no third and fourth moments known.
_HIGHER_UNKNOWN = {"distribution", "model_error", "groups"}


@dataclass(frozen=True)
class Population(Mechanisms):
    """A population of common factors and composites on the standardised scale, answered on a Scale.

    loadings (p,); paths (m, m) as [outcome, predictor]; exogenous_correlations (m, m), used where both constructs are
    exogenous; error_covariances (p, p), zero diagonal: of composites as `sim.structures.composites` has them. Every
    construct and every response has variance 1. `dimensions` tell what second-order constructs are made of. The
    mechanisms are fields too, by the names of their sections (`sim.population.sections`); with `groups`, the numbers
    are those of all groups together (`pooled`), and with `model_error`, `sim.solving.perturbed` adds what it asks for.
    Raises InputError, with the population's name and what to change, where no such population exists.
    """

    model: Model
    loadings: Floats
    paths: Floats
    exogenous_correlations: Floats
    error_covariances: Floats
    scale: Scale = CONTINUOUS
    name: str = "unnamed"
    source: str = ""
    dimensions: Dimensions = NONE

    @classmethod
    def of(
        cls,
        model: Model,
        values: Mapping[str, float],
        scale: Scale | None = None,
        name: str = "unnamed",
        source: str = "",
        unmodelled: Sequence[str] = (),
    ) -> "Population":
        """Population from target names: every loading, weight and path, and `~~` correlations (0 where not given).

        `A~~B` is the correlation of two exogenous constructs; `x1~~x2` the covariance of two items' errors, within a
        composite block their correlation; `Y~X:Z` the effect of a product; `G=~x1` a cross-loading, on a construct that
        is not the item's own or that is `unmodelled`. Weights count by their ratios.
        """
        try:
            placed = values_given(model, written_out(model, values, unmodelled), unmodelled)
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
            products=Products(tuple(placed.effects)),
            crossloadings=placed.beside,
            dimensions=dimensions,
        )

    def __post_init__(self) -> None:
        try:
            existence.check(self.structure, self.setting, self)
        except InputError as error:
            told = str(error).removeprefix(f"population {self.name}: ")
            raise InputError(f"population {self.name}: {told}") from None

    @cached_property
    def structure(self) -> Structure:
        """The numbers before the cut, and every correlation, covariance and effect that follows from them."""
        numbers = (self.loadings, self.paths, self.exogenous_correlations, self.error_covariances)
        whole = Structure(self.model, *numbers, self.products, self.dimensions, self.crossloadings)
        return self.groups.structure(whole)

    @property
    def relations(self) -> frozenset[str] | None:
        """Paths `Y~X`, error covariances `x1~~x2` and cross-loadings `X=~y1` that are not zero.

        None where these are not all that relates.
        """
        if (
            _BESIDE & set(self.mechanisms)
            or self.crossloadings.unmodelled
            or self.model.second_order
            or "composite" in {b.kind for b in self.model.blocks}
        ):
            return None
        constructs, items = self.model.constructs, self.model.items
        paths = zip(*np.nonzero(self.paths), strict=True)
        pairs = zip(*np.nonzero(np.triu(self.error_covariances)), strict=True)
        return (
            frozenset(f"{constructs[y]}~{constructs[x]}" for y, x in paths)
            | frozenset(f"{items[i]}~~{items[k]}" for i, k in pairs)
            | frozenset(f"{construct}=~{item}" for construct, item, _ in self.crossloadings.loadings)
        )

    @property
    def setting(self) -> Setting:
        """What every mechanism acts in."""
        return Setting(self.model, self.scale, self.mechanisms)

    @property
    def content(self) -> dict[str, Any]:
        """What draws depend on, as plain data, the numbers to ten digits. What is not given is not in it."""
        numbers = [self.loadings, self.paths, self.exogenous_correlations, self.error_covariances]
        if self.model.second_order:
            numbers += [self.dimensions.loadings, self.dimensions.covariances]
        return {
            "model": self.model.syntax,
            "numbers": [ten_digits(array) for array in numbers],
            "thresholds": [ten_digits(np.array(cuts)) for cuts in self.scale.thresholds],
            **{section: part.given for section, part in self.mechanisms.items() if part.changes_draws},
        }

    @property
    def words(self) -> str:
        """What departs, in words for a report; empty where nothing does."""
        return "; ".join(mechanism.words for mechanism in self.mechanisms.values())

    @cached_property
    def moments(self) -> Moments:
        """Moments of the responses before the cut, in their units, n infinite, R = 1.

        Higher ones too where all sources are normal, so that they follow from what products do.
        """
        moments = self.structure.moments
        normal = self.distribution.normal_sources and not (_HIGHER_UNKNOWN & set(self.mechanisms))
        if normal and not self.model.second_order:
            moments = replace(moments, higher=self.structure.higher)
        return self.units.of_moments(moments, self.model.items)

    def truth(self, targets: Sequence[Target], solution: str = "standardised") -> Floats:
        """True values of the targets (q,), before the cut; NaN where there is none, see `no_truth`.

        Standardised, or with solution "raw" in units of the answers, the first item of every block having loading 1;
        with "raw-variances" constructs have (residual) variance 1.

        Reliabilities are those of the unweighted sum of the uncut responses: rho_c is McDonald's omega. What is about a
        dimension is of the first-order constructs, everything else of the constructs above.
        """
        if solution not in SCALES:
            raise InputError(f"solution: {unknown('scale', solution, SCALES)}")
        _, sds = self.units.of_items(self.model.items)
        values = true_values(self.structure, self.reading, targets, sds if self.units.given else None)
        return values if solution == "standardised" else values * raw_factors(self.structure, sds, targets, solution)

    def no_truth(self, target: Target, solution: str = "standardised") -> str | None:
        """Why the population has no true value of a target, in words; None where it has one."""
        of = self.units.of_items(self.model.items)[1]
        raw = solution != "standardised"
        if raw and np.isnan(raw_factors(self.structure, of, [target], solution)[0]):
            return f"{target.name}: its constructs have no unit, so it has a standardised value alone"
        return no_value(self.structure, self.reading, target)


def pooled(members: Sequence[Group[Population]], sizes: str = "random") -> Population:
    """All groups as one population, whose true values are those of regressions over all its respondents.

    Construct correlations are the mean of the groups' (every construct has mean 0 and variance 1 in each), paths and r2
    those of regressions with these correlations, loadings the mean of the groups', as is the covariance matrix of the
    responses. The model may not hold for all groups together, and true loadings need not be what a factor analysis of
    all respondents gives.
    """
    groups, first = Groups(tuple(members), sizes), members[0].population
    correlations = groups.mean(lambda population: population.structure.construct_correlations)
    paths, _ = regressions(first.model, correlations)
    return replace(
        first,
        loadings=groups.mean(lambda population: population.loadings),
        paths=paths,
        exogenous_correlations=correlations,
        error_covariances=groups.mean(lambda population: population.error_covariances),
        products=Products(),
        groups=groups,
    )
