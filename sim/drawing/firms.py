"""Firms: the population that a data set is drawn from where it is finite or in clusters, and its own true values."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from sim.batch import Floats
from sim.drawing.selection import Places, Selection
from sim.errors import InputError
from sim.implied.implied import implied
from sim.population.record import Population
from sim.quantities import SMALLEST, Given, value_of
from sim.structures import composites, generate
from sim.structures.generate import Recipe
from sim.targets import Target


@dataclass(frozen=True)
class Firms:
    """One realised population, or the respondents themselves where it is infinite.

    scores (N, m) of the constructs; meant (N, p): responses before the cut; answered (N, p): the same with the factors
    that all answers share.
    """

    scores: Floats
    meant: Floats
    answered: Floats


@dataclass(frozen=True)
class Superpopulation:
    """What firms come from: a population whose `sampling` says how many clusters there are and what is shared."""

    population: Population

    @cached_property
    def recipe(self) -> Recipe:
        """What responses are made from, as respondents mean them."""
        return implied(self.population).recipe

    @cached_property
    def icc(self) -> Floats:
        """The share of each source's variance that lies between clusters (m + p,)."""
        design = self.population.sampling
        counts = [len(self.recipe.order), len(self.recipe.loadings)]
        return np.repeat([design.icc, design.icc_errors], counts)

    def firms(self, clusters: Places, rng: np.random.Generator) -> Firms:
        """Firms of these clusters (N,). A source is sqrt(icc) the cluster's plus sqrt(1 - icc) the firm's own."""
        of_cluster = generate.sources(self.recipe, len(self.population.sampling.sizes), rng)
        own = generate.sources(self.recipe, len(clusters), rng)
        own *= np.sqrt(1.0 - self.icc)
        own += (np.sqrt(self.icc) * of_cluster)[clusters]
        scores = generate.scores(self.recipe, own)
        meant = generate.measured(self.recipe, scores, own)
        seen = self._seen(scores, rng)
        return Firms(scores, meant, self._answered(generate.measured(self.recipe, seen, own), rng))

    def _seen(self, scores: Floats, rng: np.random.Generator) -> Floats:
        """Construct scores (N, m) as the one who answers for a firm sees them, see `Structure.with_shared_factors`."""
        ways = self.population.responses
        if not ways.single_informant:
            return scores
        halo, own, views = ways.informant_halo, ways.single_informant, rng.standard_normal(scores.shape)
        views = np.sqrt(1.0 - halo) * views + np.sqrt(halo) * rng.standard_normal((len(scores), 1))
        return np.asarray(np.sqrt(1.0 - own) * scores + np.sqrt(own) * views)

    def _answered(self, meant: Floats, rng: np.random.Generator) -> Floats:
        """Responses (N, p) with the factors that all answers share, see `Structure.with_shared_factors`."""
        ways = self.population.responses
        if not ways.shared:
            return meant
        method, agreeing = rng.standard_normal((2, len(meant), 1))
        directions = ways.directions(self.population.model.items)
        left = np.sqrt(max(1.0 - ways.shared, 0.0)) * meant
        return np.asarray(
            left + np.sqrt(ways.common_method) * method + np.sqrt(ways.acquiescence) * directions * agreeing
        )


def sampled(
    population: Population, n: int, replications: int, data: np.random.Generator, sampling: np.random.Generator
) -> NDArray[np.generic]:
    """Sincere answers (R, n, p) of respondents who come about as `population.sampling` says.

    Firms are drawn from `data`, and who of them answers from `sampling`. Raises InputError for n beyond the firms.
    """
    design, scale, p = population.sampling, population.scale, len(population.loadings)
    if design.size is not None and n > design.size:
        raise InputError(f"n = {n} is more than the {design.size} firms of the population; give at most {design.size}")
    selection, source, thresholds = Selection(design, n), Superpopulation(population), scale.padded(p)
    answers = np.empty((replications, n, p), dtype=np.float64 if scale.is_continuous else np.int8)
    for one in answers:
        if design.size is None:
            responses = source.firms(selection.clusters(sampling), data).answered
        else:
            responses = source.firms(selection.firms, data).answered[selection.answering(sampling)]
        one[:] = generate.cut(responses, thresholds)
    return answers


def finite_values(
    population: Population, targets: Sequence[Target], replications: int, data: np.random.Generator
) -> Floats:
    """The targets' values (R, q) in the finite populations that `sampled` draws its data sets from.

    Standardised, of the realised firms: least squares among their construct scores, products that act on one beside its
    predictors, correlations of responses before the cut with these, and what follows from both by the formulas of the
    truth. A composite keeps its weights, standardised among these firms. NaN where there is no value.
    """
    source, clusters = Superpopulation(population), Selection(population.sampling, 1).firms
    model, m, p = population.model, len(population.paths), len(population.loadings)
    places = source.recipe.products
    joint = np.empty((replications, m + p + len(places), m + p + len(places)))
    spread = np.empty((replications, m + p))
    for one, own in zip(joint, spread, strict=True):
        firms = source.firms(clusters, data)
        products = firms.scores[:, places[:, 0]] * firms.scores[:, places[:, 1]]
        one[:] = _correlations(np.column_stack([firms.scores, firms.meant, products]))
        own[:] = np.column_stack([firms.scores, firms.meant]).std(axis=0)
    acting = np.hstack([model.path_matrix, np.zeros((m, p), dtype=bool), source.recipe.product_paths != 0])
    paths, r2 = regressions(joint, acting)
    given = Given(
        model=model,
        n=np.inf,
        paths=paths[:, :, :m],
        loadings=joint[:, np.arange(m, m + p), model.block_of],
        correlations=joint[:, :m, :m],
        r2=r2,
        items=joint[:, m : m + p, m : m + p],
        retained=np.ones((replications, p), dtype=bool),
    )
    weights = composites.weights(implied(population).given) * spread[:, m:] / spread[:, model.block_of]
    return np.stack([_value(target, given, weights) for target in targets], axis=1)


def _value(target: Target, given: Given, weights: Floats) -> Floats:
    """A target's value (R,), weights (R, p) of composites being known."""
    if composites.is_undefined(target, given.model):
        return np.full(len(given.paths), np.nan)
    if target.kind == "weight":
        return weights[:, given.model.items.index(target.parts[1])]
    return value_of(target, given)


def regressions(correlations: Floats, present: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """Standardised least-squares paths (R, m, k) as [outcome, predictor] and R2 (R, m), from correlations (R, k, k).

    present (m, k): where a path is, the m outcomes being the first of the k variables. NaN for an outcome whose
    predictors are collinear.
    """
    paths, r2 = np.zeros((len(correlations), *present.shape)), np.zeros((len(correlations), len(present)))
    for j, row in enumerate(present):
        predictors = np.flatnonzero(row)
        among, with_outcome = correlations[:, predictors[:, None], predictors], correlations[:, predictors, j]
        regular = np.abs(np.linalg.det(among)) > SMALLEST
        solvable = np.where(regular[:, None, None], among, np.eye(len(predictors)))
        solved = np.linalg.solve(solvable, with_outcome[:, :, None])[:, :, 0]
        paths[:, j, predictors] = np.where(regular[:, None], solved, np.nan)
        r2[:, j] = (paths[:, j, predictors] * with_outcome).sum(axis=1)
    return paths, r2


def _correlations(values: Floats) -> Floats:
    """Correlations of the columns."""
    deviations = values - values.mean(axis=0)
    products = deviations.T @ deviations
    scale = np.sqrt(np.diag(products))
    return np.asarray(products / np.outer(scale, scale))
