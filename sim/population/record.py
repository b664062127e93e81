"""Population: a model with numbers. It knows its moments before and after the cut, and the truth of every target."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any

import numpy as np

from sim.answers.law import Law, normal_law
from sim.answers.likert import Scale
from sim.answers.mechanism import Mechanism
from sim.answers.missingness import Missingness
from sim.answers.responses import Responses, effective_moments
from sim.batch import Floats, Moments
from sim.distributions.distribution import Distribution
from sim.distributions.itemwise import Items
from sim.drawing.generate import Recipe
from sim.errors import InputError
from sim.implied import conditional
from sim.implied.polychoric_limit import polychoric_limits
from sim.model import Model
from sim.population import existence
from sim.quantities import Given, value_of
from sim.stages import is_of_stage_one
from sim.streams import ten_digits
from sim.structures import composites, products, second_order
from sim.structures.groups import Groups
from sim.structures.model_error import ModelError
from sim.structures.products import Products
from sim.structures.readings import Reading, read, regressions
from sim.structures.sampling import Sampling
from sim.structures.second_order import NONE, Dimensions
from sim.structures.values import values_given
from sim.targets import Target

CONTINUOUS = Scale.continuous()
AS_MEANT = Responses()
NO_PRODUCTS = Products()
NORMAL = Distribution()
ALL_ANSWERED = Missingness()
INDEPENDENT = Sampling()
AS_WRITTEN = Reading()
NO_MODEL_ERROR = ModelError()
ONE_KIND = Groups()


@dataclass(frozen=True)
class Population:
    """A population of common factors and composites on the standardised scale, answered on a Scale.

    loadings (p,); paths (m, m) as [outcome, predictor]; exogenous_correlations (m, m), used where both constructs are
    exogenous; error_covariances (p, p), zero diagonal: of composites as `sim.structures.composites` has them. Every
    construct and every response has variance 1. `dimensions` tell what second-order constructs are made of; `products`
    act on constructs beside the paths; `model_error` says where error covariances come from (`sim.solving.perturbed`
    adds them); `distribution` what is not normal, `sampling` how respondents come about, `responses` how they answer,
    `missing` what they leave unanswered, `reading` as what the truth is told. With `groups`, the parameters are those
    of all groups together (`sim.structures.groups.pooled`). Raises InputError, with the numbers, where no such
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
    products: Products = NO_PRODUCTS
    distribution: Distribution = NORMAL
    missing: Missingness = ALL_ANSWERED
    sampling: Sampling = INDEPENDENT
    dimensions: Dimensions = NONE
    reading: Reading = AS_WRITTEN
    model_error: ModelError = NO_MODEL_ERROR
    groups: Groups = ONE_KIND

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
        composite block their correlation; `Y~X:Z` the effect of a product. Weights count by their ratios.
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
            products=Products(tuple(placed.effects)),
            dimensions=dimensions,
        )

    def __post_init__(self) -> None:
        existence.check(self)

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
            "numbers": [ten_digits(array) for array in numbers],
            "thresholds": [ten_digits(np.array(cuts)) for cuts in self.scale.thresholds],
            **{section: part.given for section, part in self.mechanisms.items() if part.changes_draws},
        }

    @property
    def words(self) -> str:
        """What departs, in words for a report; empty where nothing does."""
        return "; ".join(mechanism.words for mechanism in self.mechanisms.values())

    @cached_property
    def construct_correlations(self) -> Floats:
        """Correlations of all constructs (m, m). Raises InputError where a construct's R2 exceeds 1."""
        return self.with_products[: len(self.paths), : len(self.paths)]

    @cached_property
    def all_paths(self) -> Floats:
        """Paths from constructs and from products (m, m + q)."""
        return np.hstack([self.paths, self.products.paths(self.model)])

    @cached_property
    def order(self) -> tuple[int, ...]:
        """Constructs in causal order, those that depend on a product last (m,)."""
        return self.products.order(self.model)

    @cached_property
    def with_products(self) -> Floats:
        """Covariances of all constructs and of the products that act on them (m + q, m + q).

        A product of normal constructs is unrelated to every linear combination of them.
        """
        if self.groups.members:
            return self.groups.mean(lambda population: population.construct_correlations)
        m, places = len(self.paths), self.products.places(self.model)
        phi = np.eye(m + len(places))
        curved = self.products.curved(self.model)
        done: list[int] = []
        for j in (j for j in self.order if not curved[j]):
            self._relate(j, phi, done)
        phi[m:, m:] = products.covariances(phi, places)
        done += range(m, len(phi))
        for j in (j for j in self.order if curved[j]):
            self._relate(j, phi, done)
        return second_order.with_dimensions(phi, self.model, self.dimensions) if self.model.second_order else phi

    def _relate(self, j: int, phi: Floats, done: list[int]) -> None:
        """Write the correlations of construct j with those that are done, and count it among them."""
        products_of = self.products.paths(self.model)[j] != 0
        predictors = np.flatnonzero(np.append(self.model.path_matrix[j], products_of))
        if predictors.size:
            b = self.all_paths[j, predictors]
            r2 = float(b @ phi[np.ix_(predictors, predictors)] @ b)
            if r2 > 1 + 1e-12:
                of = "paths and products" if products_of.any() else "paths"
                raise InputError(
                    f"population {self.name}: the {of} to {self.model.constructs[j]} give R2 = {r2:.4g}; "
                    f"it cannot exceed 1, so lower the {of}"
                )
            phi[j, done] = phi[done, j] = self.all_paths[j] @ phi[:, done]
        else:
            for k in done:
                phi[j, k] = phi[k, j] = self.exogenous_correlations[j, k]
        done.append(j)

    @cached_property
    def disturbances(self) -> Floats:
        """Covariances of what neither paths nor products bring: of exogenous constructs and of disturbances (m, m)."""
        m, (_, paths) = len(self.paths), second_order.drawn_paths(self)
        through = np.hstack([np.eye(m) - paths, -self.all_paths[:, m:]])
        return through @ self.with_products @ through.T

    @cached_property
    def total_effects(self) -> Floats:
        """Effects of constructs and of products along all chains of paths (m, m + q), 1 for each construct's own."""
        m = len(self.paths)
        through = np.linalg.inv(np.eye(m) - self.paths)
        return np.hstack([through, through @ self.all_paths[:, m:]])

    @cached_property
    def linear_parts(self) -> Floats:
        """Covariances of what constructs are without products (m, m), normal."""
        through = self.total_effects[:, : len(self.paths)]
        return through @ self.disturbances @ through.T

    @cached_property
    def error_matrix(self) -> Floats:
        """Covariances of the items' errors (p, p), diagonal 1 - loading^2."""
        return self.error_covariances + np.diag(1.0 - self.loadings**2)

    @cached_property
    def recipe(self) -> Recipe:
        """What responses are drawn from."""
        return Recipe.of(self)

    @cached_property
    def covariance(self) -> Floats:
        """Correlations of the responses before the cut (p, p)."""
        if self.groups.members:
            return self.groups.mean(lambda population: population.covariance)
        of_item = self.model.block_of
        common = self.loadings[:, None] * self.construct_correlations[np.ix_(of_item, of_item)] * self.loadings
        return common + self.error_matrix

    @cached_property
    def moments(self) -> Moments:
        """Moments before the cut, n infinite, R = 1."""
        return Moments(np.zeros((1, len(self.loadings))), self.covariance[None], np.inf)

    @cached_property
    def likert_moments(self) -> Moments:
        """Moments of the answers as given, n infinite, R = 1; `moments` where nothing is done to responses."""
        if self.scale.is_continuous:
            return self._worded(self.as_answered.covariance) if self.responses.given else self.moments
        return effective_moments(self.law, self.responses, self.model.items, self.scale)

    @cached_property
    def polychoric_moments(self) -> Moments:
        """Moments, n infinite, R = 1, whose covariances are the limits of the answers' polychoric correlations.

        `moments` where nothing departs from normal responses answered as meant.
        """
        if not self.mechanisms.keys() - existence.OF_SAMPLES - {"reading"}:
            return self.moments
        if self.scale.is_continuous:
            return self.likert_moments
        limits = polychoric_limits(self.law, self.responses.directions(self.model.items), self.responses, self.scale)
        return Moments(np.zeros((1, len(limits))), limits[None], np.inf)

    @cached_property
    def law(self) -> Law:
        """The law of sincere answers in categories, simulated where it has no closed form."""
        drawn, thresholds = self.as_answered, self.scale.padded(len(self.loadings))
        found = None
        if drawn.groups.members:
            found = drawn.groups.law()
        elif drawn.items_drawn:
            found = drawn.items_drawn.law(thresholds, drawn.with_constructs)
        elif drawn.distribution.normal_sources and drawn.products.effects:
            found = conditional.law(drawn)
        elif drawn.distribution.normal_sources:
            found = normal_law(drawn.covariance, thresholds, drawn.with_constructs)
        if found is None:
            from sim.implied.simulated import simulated_law  # which draws, and so knows populations

            found = simulated_law(self)
        return found

    @cached_property
    def with_constructs(self) -> Floats:
        """Correlations of the responses with every construct (p, m)."""
        return self.loadings[:, None] * self.construct_correlations[self.model.block_of]

    @property
    def simulated(self) -> int:
        """From how many respondents the moments after the cut are simulated; 0 where they are exact."""
        exact = self.scale.is_continuous or np.isinf(self.law.respondents)
        return 0 if exact else int(self.law.respondents)

    @cached_property
    def items_drawn(self) -> Items | None:
        """What draws the responses from their covariance matrix alone; None where they are made from constructs."""
        return None if self.groups.members else self.distribution.of_items(self.covariance, self.model.items)

    def _worded(self, covariance: Floats) -> Moments:
        """Moments of continuous answers with this covariance (p, p), in the direction of the wording."""
        directions = self.responses.directions(self.model.items)
        return Moments(np.zeros((1, len(directions))), (covariance * np.outer(directions, directions))[None], np.inf)

    @cached_property
    def as_answered(self) -> "Population":
        """The same population with what all answers share among its errors; itself where they share nothing.

        With acquiescence a and common method c, a response is sqrt(1 - a - c) z + sqrt(c) M + sqrt(a) w A of variance
        1: M and A are standard normal and unrelated to everything, and w is -1 for reverse-worded items. With a share s
        that is the informant's own, z measures sqrt(1 - s) F + sqrt(s) V in place of the construct F, V standard normal
        and unrelated to every construct.
        """
        ways, left = self.responses, 1.0 - self.responses.shared
        if not (ways.shared or ways.single_informant):
            return self
        w, own = ways.directions(self.model.items), ways.single_informant
        shared = ways.common_method + ways.acquiescence * np.outer(w, w)
        views = own * np.outer(self.loadings, self.loadings) * ways.view_correlations(self.model.block_of)
        total = left * (self.error_covariances + views) + shared
        return replace(
            self,
            loadings=np.sqrt(max(left, 0.0) * (1.0 - own)) * self.loadings,
            error_covariances=total - np.diag(np.diag(total)),
            responses=replace(ways, acquiescence=0.0, common_method=0.0, single_informant=0.0, informant_halo=0.0),
            reading=AS_WRITTEN,
            groups=self.groups.changed(lambda population: replace(population, responses=ways).as_answered),
        )

    @cached_property
    def r2(self) -> Floats:
        """Explained variance of each construct (m,), by paths and by products; 0 for exogenous ones."""
        return np.asarray(np.einsum("jk,kl,jl->j", self.all_paths, self.with_products, self.all_paths))

    @cached_property
    def linear_r2(self) -> Floats:
        """Variance of each construct (m,) that its predictors' best linear combination explains, without products."""
        return regressions(self.model, self.construct_correlations)[1]

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
        return float(value_of(target, known)[0])

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
