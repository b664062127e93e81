"""What follows from a population for its answers: their law and moments, before and after the cut.

`implied(population)` is the way to it: worked out once for each population, and only as far as it is asked for.
"""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from sim.answers.likert import Scale
from sim.answers.mechanism import Mechanism, Setting, Step
from sim.batch import Floats, Moments
from sim.distributions.itemwise import Items
from sim.distributions.law import AnswerLaw, Law, mixed_law, normal_law, normal_slopes
from sim.implied.polychoric_limit import polychoric_limits
from sim.implied.simulated import Simulation
from sim.population.record import Population
from sim.quantities import Given
from sim.streams import content_key
from sim.structures import conditional, generate
from sim.structures.generate import Recipe
from sim.structures.products import cumulants
from sim.structures.readings import Reading, read
from sim.structures.structure import Structure


def implied(population: Population) -> "Implied":
    """What follows from the population; the same object whenever it is asked for, kept with the population itself."""
    kept = vars(population)
    if "_implied" not in kept:
        kept["_implied"] = Mixture(population) if population.groups.members else Implied(population)
    found: Implied = kept["_implied"]
    return found


def as_answered(population: Population) -> Population:
    """The population with what all answers share counted among its errors; itself where they share nothing."""
    ways = population.responses
    if not (ways.shared or ways.single_informant):
        return population
    structure = population.structure.with_shared_factors(ways)
    return replace(
        population,
        loadings=structure.loadings,
        error_covariances=structure.error_covariances,
        crossloadings=structure.crossloadings,
        responses=replace(ways, acquiescence=0.0, common_method=0.0, single_informant=0.0, informant_halo=0.0),
        reading=Reading(),
        groups=population.groups.changed(lambda member: as_answered(replace(member, responses=ways))),
    )


@dataclass(frozen=True)
class Implied:
    """What follows from a population whose respondents are all of one kind."""

    population: Population

    @property
    def structure(self) -> Structure:
        """Correlations, covariances and effects before the cut."""
        return self.population.structure

    @cached_property
    def as_answered(self) -> "Implied":
        """Of the population with what all answers share counted among its errors."""
        return implied(as_answered(self.population))

    @cached_property
    def thresholds(self) -> Floats:
        """Thresholds (p, T), filled with +inf; T = 0 for continuous answers."""
        return self.population.scale.padded(len(self.population.loadings))

    @cached_property
    def given(self) -> Given:
        """What the quantities that have a formula are made from, as the truth is reported."""
        return read(self.structure.given, self.population.reading)

    @property
    def measured(self) -> Given:
        """What they are made from for the constructs that have items: the first-order ones."""
        return self.structure.lower.given if self.population.model.second_order else self.given

    @cached_property
    def items_drawn(self) -> Items | None:
        """What draws the responses from their covariance matrix alone; None where they are made from constructs."""
        return self.population.distribution.of_items(self.structure.covariance, self.population.model.items)

    @cached_property
    def recipe(self) -> Recipe:
        """What responses are drawn from."""
        return Recipe.of(self.structure, self.population.distribution, self.items_drawn)

    @cached_property
    def moments(self) -> Moments:
        """Moments of the responses before the cut, in their units, n infinite, R = 1."""
        return self.population.moments

    @cached_property
    def setting(self) -> Setting:
        """What the mechanisms of answering act in."""
        return self.population.setting

    @property
    def has_law(self) -> bool:
        """Whether every mechanism of answering has a law; otherwise the answers' law is simulated from what they do."""
        return all(mechanism.has_law() for _, mechanism in self.setting.acting(Step.ANSWERS))

    @cached_property
    def law(self) -> Law:
        """The law of the answers that respondents mean, in categories; simulated where it has no closed form."""
        found = self.as_answered.closed_law
        return self.simulation.law() if found is None else found

    @property
    def closed_law(self) -> Law | None:
        """The law of answers cut from these responses; None where there is no closed form."""
        if self.items_drawn:
            return self.items_drawn.law(self.thresholds, self.structure.with_constructs)
        if not self.population.distribution.normal_sources:
            return None
        if self.population.products.effects:
            return conditional.law(self.structure, self.thresholds)
        return normal_law(self.structure.covariance, self.thresholds, self.structure.with_constructs)

    @cached_property
    def answers(self) -> AnswerLaw:
        """The law of the answers given, in categories."""
        return self._after_acting(self.law) if self.has_law else self.simulated_answers

    @cached_property
    def simulated_answers(self) -> Law:
        """The law of the answers given, from respondents on whose answers every mechanism acts."""
        return self.simulation.law(self.as_answered.setting)

    def _after_acting(self, law: AnswerLaw) -> AnswerLaw:
        """The law of the answers given from that of the answers meant, by the mechanisms' own laws."""
        for _, mechanism in self.setting.acting(Step.ANSWERS):
            after = mechanism.on_law(law, self.setting)
            if after is None:
                raise TypeError(f"{type(mechanism).__name__}.on_law gives no law; leave the method out")
            law = after
        return law

    @property
    def simulated(self) -> int:
        """From how many respondents the moments after the cut are simulated; 0 where they are exact."""
        exact = self.population.scale.is_continuous or np.isinf(self.answers.respondents)
        return 0 if exact else int(self.answers.respondents)

    @cached_property
    def likert_moments(self) -> Moments:
        """Moments of the answers as given, n infinite, R = 1; `moments` where nothing is done to responses."""
        if not self.population.scale.is_continuous:
            return self.answers.moments
        ways = self.population.responses
        if not ways.given:
            return self.moments
        directions = ways.directions(self.population.model.items)
        covariance = self.as_answered.structure.covariance * np.outer(directions, directions)
        moments = Moments(np.zeros((1, len(directions))), covariance[None], np.inf)
        return self.population.units.of_moments(moments, self.population.model.items)

    @cached_property
    def polychoric_moments(self) -> Moments:
        """Moments, n infinite, R = 1, whose covariances are the limits of the answers' polychoric correlations.

        `moments` where nothing departs from normal responses answered as meant.
        """
        departing = [part for part in self.population.mechanisms.values() if not part.of_samples and part.changes_draws]
        if not departing:
            return self.moments
        if self.population.scale.is_continuous:
            return self.likert_moments
        limits = polychoric_limits(self.answers)
        return Moments(np.zeros((1, len(limits))), limits[None], np.inf)

    @cached_property
    def answers_with_constructs(self) -> Floats:
        """Covariances (p, m) of the answers given, in categories, with every construct as the truth is reported."""
        if not self.population.reading.given:
            return self.answers.with_constructs
        ways, known = self.population.responses, self.measured
        loadings = np.sqrt(max(1.0 - ways.shared, 0.0)) * known.loadings[0]
        with_constructs = loadings[:, None] * known.correlations[0][self.population.model.block_of]
        law = replace(self.law, slopes=normal_slopes(self.thresholds, with_constructs))
        return self._after_acting(law).with_constructs

    @cached_property
    def shapes(self) -> tuple[Floats, Floats]:
        """Skewness and excess kurtosis (p,) of the responses, in the direction of the wording.

        A response is a sum of independent sources s_k times weights w_k: sum w_k^3 skew(s_k) and sum w_k^4 kurt(s_k).
        The cumulants that products bring are added.
        """
        directions = self.population.responses.directions(self.population.model.items)
        drawn = self.as_answered
        if drawn.items_drawn:
            return directions * drawn.items_drawn.skewness, drawn.items_drawn.kurtosis
        recipe = drawn.recipe
        linear = replace(recipe, product_paths=np.zeros_like(recipe.product_paths))
        weights = generate.responses(linear, np.eye(recipe.sources))
        skewness, kurtosis = recipe.distribution.shape(recipe.exogenous, len(directions))
        third, fourth = _of_products(drawn.structure)
        return directions * (skewness @ weights**3 + third) + 0.0, kurtosis @ weights**4 + fourth

    @cached_property
    def simulation(self) -> Simulation:
        """What respondents are simulated from, at an address of the population's own.

        n is infinite, so that nothing is standardised within samples; all respond independently, and completely.
        """
        whole = self.as_answered
        anew: dict[str, Mechanism] = {
            section: type(part)()
            for section, part in whole.population.every()
            if part.step >= Step.ANSWERS or part.of_samples
        }
        distribution = replace(whole.population.distribution, standardised="")
        drawn = replace(whole.population, scale=Scale.continuous(), distribution=distribution, **anew)  # type: ignore[arg-type]
        return Simulation(
            implied(drawn).recipe,
            whole.recipe,
            content_key(drawn.content),
            self.thresholds,
            whole.structure.covariance,
            whole.structure.with_constructs,
        )


class Mixture(Implied):
    """What follows from a population that consists of groups: means over respondents of what follows for each group."""

    @cached_property
    def items_drawn(self) -> None:
        """None: the groups are drawn, not the items of all respondents together."""
        return None

    @property
    def closed_law(self) -> Law:
        """The law of answers of all groups together."""
        groups = self.population.groups
        return mixed_law([implied(member).law for member in groups.populations], groups.shares)

    @cached_property
    def simulated_answers(self) -> Law:
        """The law of the answers that all groups give."""
        groups = self.population.groups
        return mixed_law([implied(member).answers for member in groups.populations], groups.shares)

    @cached_property
    def shapes(self) -> tuple[Floats, Floats]:
        """Skewness and excess kurtosis (p,) of the responses: means, as means are 0 and variances 1 in each group."""
        groups = self.as_answered.population.groups
        parts = [implied(member).shapes for member in groups.populations]
        skewness, kurtosis = (np.tensordot(groups.shares, each, 1) for each in zip(*parts, strict=True))
        return skewness, kurtosis


def _of_products(structure: Structure) -> tuple[Floats, Floats]:
    """Third and fourth cumulants of the responses (p,) that products bring."""
    effects = structure.total_effects[:, len(structure.paths) :]
    third, fourth = cumulants(structure.linear_parts, effects, structure.products.places(structure.model))
    of_item = structure.model.block_of
    return structure.loadings**3 * third[of_item], structure.loadings**4 * fourth[of_item]
