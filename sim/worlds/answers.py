"""The world of questionnaires: a population whose data are answers to items."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from sim.answers.missingness import Missingness, filled_with_means
from sim.batch import Batch, Floats
from sim.drawing.draw import draw_block, finite_truth
from sim.errors import InputError
from sim.implied.implied import implied
from sim.implied.marginals import after_cut, construct_correlations
from sim.model import Model
from sim.population.record import Population
from sim.streams import BLOCK, Address
from sim.targets import Target
from sim.worlds.world import Limit, OfPopulation


@dataclass(frozen=True)
class AnswerWorld(OfPopulation):
    """Answers to the items of a population, a `World`."""

    population: Population

    themes = table = None
    varies = False
    holds = True

    @property
    def words(self) -> str:
        """What departs from normal responses answered as meant, in words; empty where nothing does."""
        return self.population.words

    @property
    def relations(self) -> frozenset[str] | None:
        """Paths `Y~X` and error covariances `x1~~x2` that are not zero."""
        return self.population.relations

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the items."""
        return self.population.model.items

    @property
    def sections(self) -> frozenset[str]:
        """Names of the mechanisms that depart."""
        return frozenset(self.population.mechanisms)

    @property
    def size(self) -> int | None:
        """How many firms there are; None where the population is infinite."""
        return self.population.sampling.size

    @property
    def categories(self) -> tuple[int, ...]:
        """How many categories each item has; none where answers are continuous."""
        return self.population.scale.categories

    @property
    def missing(self) -> Missingness:
        """Which answers are missing."""
        return self.population.missing

    def truth(self, targets: Sequence[Target], n: int, solution: str = "standardised") -> Floats:
        """True values (q,), the same for every n, standardised or on the "raw" scale; NaN where there is none."""
        return self.population.truth(targets, solution)

    def lacking(self, target: Target) -> float:
        """The true value of a path, direct or indirect, that could be added to the model as one of 0; otherwise NaN.

        A loading on another construct than the item's own has the value of the cross-loading, 0 where there is none.

        It could where its outcome has predictors already and does not act on the new one: what an outcome does not
        depend on, given its predictors, has a coefficient of 0 beside them. A product, which no population's model
        has, has the value that stands in the population, and a slope follows from it.
        """
        model = self.model
        if target.kind in ("product", "slope"):
            return self._of_product(target)
        beside = self.population.crossloadings.true_value(target, model)
        if beside is not None:
            return beside
        of_paths = target.kind in ("path", "indirect") and set(target.parts) <= set(model.constructs)
        if not of_paths or self.population.groups.members:
            return float("nan")
        steps = [(b, a) for a, b in pairwise(target.parts)] if target.kind == "indirect" else [target.parts]
        added = [(step[0], step[1]) for step in steps if tuple(step) not in model.paths]
        if any(y not in model.endogenous for y, _ in added):
            return float("nan")
        extended = replace(model, paths=(*model.paths, *added))
        try:
            _ = extended.causal_order
            return self.truth_with(extended, extended.target(target.name))
        except InputError:
            return float("nan")

    def _of_product(self, target: Target) -> float:
        """The true coefficient of a product, 0 where none acts, or a slope; NaN of groups, and where neither can be."""
        outcome, *factors = target.parts[:3]
        known = set(factors) <= set(self.model.constructs) and outcome in self.model.endogenous
        if not known or self.population.groups.members or not self.holds:
            return float("nan")
        acting = self.population.products.effects
        product = sum(value for y, *pair, value in acting if (y, sorted(pair)) == (outcome, sorted(factors)))
        if target.kind == "product":
            return float(product)
        path = Target("path", (outcome, factors[0]))
        direct = self.truth_with(self.model, path) if path.parts in self.model.paths else self.lacking(path)
        return direct + float(target.parts[3]) * product * (2.0 if factors[0] == factors[1] else 1.0)

    def truth_with(self, model: Model, target: Target) -> float:
        """The true value of a target where the population's numbers are those of this model."""
        return float(replace(self.population, model=model).truth([target])[0])

    def no_truth(self, target: Target) -> str | None:
        """Why there is no true value of a target, in words; None where there is one."""
        return self.population.no_truth(target)

    def with_own_truth(self, targets: Sequence[Target]) -> list[Target]:
        """All targets where data sets are drawn from finite populations, otherwise none."""
        return [target for target in targets if self.size is not None]

    def truth_of_data(self, batch: Batch, targets: Sequence[Target]) -> dict[str, Floats]:
        """The targets' values (R,) in the finite populations behind the data sets, by name."""
        own, block = self.with_own_truth(targets), int(batch.replications[0]) // BLOCK
        if not own:
            return {}
        found = finite_truth(self.population, own, batch.address, block, len(batch))
        return {target.name: found[:, q] for q, target in enumerate(own)}

    def draw_block(self, n: int, address: Address, block: int, size: int = BLOCK) -> Batch:
        """The first `size` replications of a block, with the ids they have in the whole study."""
        return draw_block(self.population, n, address, block, size)

    def limits(self, ordinal: bool, filled: bool) -> list[Limit]:
        """Moments before and after the cut: the latter of complete answers, or of ones filled in with means.

        A method on polychoric correlations finds those of the answers. Where answers go missing depending on others,
        no filled moments are known, and those of complete answers stand.
        """
        follows, missing = implied(self.population), self.population.missing
        cut = follows.polychoric_moments if ordinal else follows.likert_moments
        if filled and missing.completely_at_random:
            cut = filled_with_means(cut, missing.answered_together(self.model.items))
        return [
            Limit("limit_before_cut", self.population.moments, 0),
            Limit("limit_after_cut", cut, follows.simulated),
        ]

    def construct_correlations(self) -> Floats | None:
        """Correlations (p, m) of the answers with the constructs."""
        return construct_correlations(self.population)

    def after_cut(self, targets: Sequence[Target]) -> dict[str, float]:
        """What the cut leaves of targets about items, by name."""
        values = np.asarray(after_cut(self.population, tuple(targets)))
        return {target.name: float(value) for target, value in zip(targets, values, strict=True)}
