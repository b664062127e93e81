"""Structure: the numbers of a population before the cut, and every correlation, covariance and effect that follows."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from sim.answers.responses import Responses
from sim.batch import Floats, Moments
from sim.errors import InputError
from sim.model import Model
from sim.moments import HigherCumulants
from sim.quantities import Given
from sim.stages import is_of_stage_one, stage_two
from sim.structures import second_order
from sim.structures.crossloadings import NO_CROSSLOADINGS, Crossloadings
from sim.structures.products import NO_PRODUCTS, Products, covariances, joint_cumulants
from sim.structures.readings import regressions
from sim.structures.second_order import NONE, Dimensions
from sim.targets import Target


@dataclass(frozen=True)
class Structure:
    """Loadings (p,), paths (m, m) and the rest of a population's numbers, as `Population` describes them."""

    model: Model
    loadings: Floats
    paths: Floats
    exogenous_correlations: Floats
    error_covariances: Floats
    products: Products = NO_PRODUCTS
    dimensions: Dimensions = NONE
    crossloadings: Crossloadings = NO_CROSSLOADINGS

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
        m, places = len(self.paths), self.products.places(self.model)
        phi = np.eye(m + len(places))
        curved = self.products.curved(self.model)
        done: list[int] = []
        for j in (j for j in self.order if not curved[j]):
            self._relate(j, phi, done)
        phi[m:, m:] = covariances(phi, places)
        done += range(m, len(phi))
        for j in (j for j in self.order if curved[j]):
            self._relate(j, phi, done)
        return second_order.with_dimensions(phi, self.model, self.dimensions) if self.model.second_order else phi

    def _relate(self, j: int, phi: Floats, done: list[int]) -> None:
        """Write the correlations of construct j with those that are done, and count it among them."""
        products_of = self.all_paths[j, len(self.paths) :] != 0
        predictors = np.flatnonzero(np.append(self.model.path_matrix[j], products_of))
        if predictors.size:
            b = self.all_paths[j, predictors]
            r2 = float(b @ phi[np.ix_(predictors, predictors)] @ b)
            if r2 > 1 + 1e-12:
                of = "paths and products" if products_of.any() else "paths"
                raise InputError(
                    f"the {of} to {self.model.constructs[j]} give R2 = {r2:.4g}; it cannot exceed 1, so lower the {of}"
                )
            phi[j, done] = phi[done, j] = self.all_paths[j] @ phi[:, done]
        else:
            for k in done:
                phi[j, k] = phi[k, j] = self.exogenous_correlations[j, k]
        done.append(j)

    @cached_property
    def disturbances(self) -> Floats:
        """Covariances of what neither paths nor products bring: of exogenous constructs and of disturbances (m, m)."""
        m, (_, paths) = len(self.paths), second_order.drawn_paths(self.model, self.order, self.paths, self.dimensions)
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
    def every_loading(self) -> Floats:
        """Loadings of the items on all constructs of the model (p, m), cross-loadings among them."""
        own = self.crossloadings.matrix(self.model)
        own[np.arange(len(own)), self.model.block_of] = self.loadings
        return own

    @cached_property
    def through_constructs(self) -> Floats:
        """What cross-loadings and loadings make of the constructs' correlations (p, p)."""
        return np.asarray(self.every_loading @ self.construct_correlations @ self.every_loading.T)

    @cached_property
    def error_matrix(self) -> Floats:
        """Covariances (p, p) of what no construct of the model brings, diagonal 1 - loading^2 if items have one."""
        if not self.crossloadings.given:
            return self.error_covariances + np.diag(1.0 - self.loadings**2)
        return self._joint_errors + np.diag(1.0 - np.diag(self.through_constructs))

    @cached_property
    def _joint_errors(self) -> Floats:
        """Covariances of the errors (p, p), zero diagonal, with what unmodelled constructs bring."""
        brought = self.crossloadings.unmodelled_covariance(self.model)
        return self.error_covariances + brought - np.diag(np.diag(brought))

    @cached_property
    def own_errors(self) -> Floats:
        """Covariances (p, p) of the errors alone, without what unmodelled constructs bring."""
        return self.error_matrix - self.crossloadings.unmodelled_covariance(self.model)

    @cached_property
    def covariance(self) -> Floats:
        """Correlations of the responses before the cut (p, p)."""
        if self.crossloadings.given:
            return self.through_constructs + self.error_matrix
        of_item = self.model.block_of
        common = self.loadings[:, None] * self.construct_correlations[np.ix_(of_item, of_item)] * self.loadings
        return common + self.error_matrix

    @cached_property
    def moments(self) -> Moments:
        """Moments of the responses before the cut, n infinite, R = 1."""
        return Moments(np.zeros((1, len(self.loadings))), self.covariance[None], np.inf)

    @cached_property
    def higher(self) -> HigherCumulants:
        """What normal sources and products give the responses beyond their correlations."""
        effects, places = self.total_effects[:, len(self.paths) :], self.products.places(self.model)
        return HigherCumulants(self.every_loading, *joint_cumulants(self.linear_parts, effects, places))

    @cached_property
    def with_constructs(self) -> Floats:
        """Correlations of the responses with every construct (p, m)."""
        if self.crossloadings.given:
            return np.asarray(self.every_loading @ self.construct_correlations)
        return self.loadings[:, None] * self.construct_correlations[self.model.block_of]

    @cached_property
    def r2(self) -> Floats:
        """Explained variance of each construct (m,), by paths and by products; 0 for exogenous ones."""
        return np.asarray(np.einsum("jk,kl,jl->j", self.all_paths, self.with_products, self.all_paths))

    @cached_property
    def linear_r2(self) -> Floats:
        """Variance of each construct (m,) that its predictors' best linear combination explains, without products."""
        return regressions(self.model, self.construct_correlations)[1]

    @cached_property
    def given(self) -> Given:
        """What the quantities that have a formula are made from, as the model is written."""
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

    def with_shared_factors(self, ways: Responses) -> "Structure":
        """A structure in which what all answers share counts among the errors' covariances; this one where nothing is.

        With acquiescence a and common method c, a response is sqrt(1 - a - c) z + sqrt(c) M + sqrt(a) w A of variance
        1: M and A are standard normal and unrelated to everything, and w is -1 for reverse-worded items. With a share
        s that is the informant's own, z measures sqrt(1 - s) F + sqrt(s) V in place of the construct F, V standard
        normal and unrelated to every construct.
        """
        left = 1.0 - ways.shared
        if not (ways.shared or ways.single_informant):
            return self
        w, own = ways.directions(self.model.items), ways.single_informant
        shared = ways.common_method + ways.acquiescence * np.outer(w, w)
        views = own * np.outer(self.loadings, self.loadings) * ways.view_correlations(self.model.block_of)
        if self.crossloadings.given:
            of_constructs = ways.view_correlations(np.arange(len(self.paths)))
            views = own * self.every_loading @ of_constructs @ self.every_loading.T
        total = left * (self._joint_errors + views) + shared
        factor = float(np.sqrt(max(left, 0.0) * (1.0 - own)))
        return replace(
            self,
            loadings=factor * self.loadings,
            error_covariances=total - np.diag(np.diag(total)),
            crossloadings=self.crossloadings.of_modelled(factor),
        )

    @cached_property
    def upper(self) -> "Structure":
        """The second-order constructs, made of their dimensions, beside the constructs that are no dimension."""
        old, model = self.model, stage_two(self.model)
        kept = [old.constructs.index(construct) for construct in model.constructs]
        own = [i for i, item in enumerate(old.items) if item in model.items]
        p = len(own)
        errors = np.zeros((len(model.items), len(model.items)))
        errors[:p, :p] = self.error_covariances[np.ix_(own, own)]
        errors[p:, p:] = self.dimensions.covariances
        return Structure(
            model,
            np.concatenate([self.loadings[own], self.dimensions.loadings]),
            self.paths[np.ix_(kept, kept)],
            self.exogenous_correlations[np.ix_(kept, kept)],
            errors,
        )

    @cached_property
    def lower(self) -> "Structure":
        """The first-order constructs, dimensions or not, as correlated constructs with their items."""
        first = len(self.model.blocks)
        return Structure(
            Model(self.model.blocks),
            self.loadings,
            np.zeros((first, first)),
            self.construct_correlations[:first, :first],
            self.error_covariances,
        )

    def level_of(self, target: Target) -> "Structure":
        """Where a target belongs: to `lower` or `upper` with second-order constructs, otherwise to itself."""
        if not self.model.second_order:
            return self
        return self.lower if is_of_stage_one(target, self.model) else self.upper


@dataclass(frozen=True)
class Pooled(Structure):
    """Several groups of respondents together: correlations and covariances are the means of those of the groups.

    members: each group's share and structure. Every construct and every response has mean 0 and variance 1 in each.
    """

    members: tuple[tuple[float, Structure], ...] = ()

    @cached_property
    def with_products(self) -> Floats:
        """Correlations of all constructs (m, m); products act within groups, and are none of the whole's."""
        return np.asarray(sum(share * structure.construct_correlations for share, structure in self.members))

    @cached_property
    def covariance(self) -> Floats:
        """Correlations of the responses before the cut (p, p)."""
        return np.asarray(sum(share * structure.covariance for share, structure in self.members))

    def with_shared_factors(self, ways: Responses) -> Structure:
        """A mixture in which what all answers share counts among the errors' covariances, of the whole and each group.

        See `Structure.with_shared_factors`.
        """
        members = tuple((share, structure.with_shared_factors(ways)) for share, structure in self.members)
        shared = super().with_shared_factors(ways)
        return replace(self, loadings=shared.loadings, error_covariances=shared.error_covariances, members=members)
