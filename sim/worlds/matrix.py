"""The world of a covariance matrix: answers whose covariances are given, and a model that need not hold for them."""

from dataclasses import dataclass

from sim.model import Model
from sim.targets import Target
from sim.worlds.answers import AnswerWorld
from sim.worlds.bymoments import KnownMoments, WorldByMoments, judged_by


@dataclass(frozen=True)
class MatrixWorld(WorldByMoments, AnswerWorld):
    """Answers of a population with given covariances, a `World`.

    population: one with a construct for each item, from which answers are drawn; known: what is true of its moments
    under the model that methods are told.
    """

    known: KnownMoments

    @property
    def holds(self) -> bool:  # type: ignore[override]
        """Whether methods are told a model, and it holds exactly for the matrix."""
        return self.model != self.population.model and self.known.holds

    @property
    def relations(self) -> None:
        """None: there is no model behind the data that could be found again."""

    @property
    def model(self) -> Model:
        """The structure that methods are told."""
        return self.known.model

    @property
    def words(self) -> str:
        """What departs, that covariances are given, and what methods are judged by where no model holds for them."""
        told = ["covariances of the items as given", *filter(None, [self.population.words, judged_by(self.holds)])]
        return "; ".join(told)

    def lacking(self, target: Target) -> float:
        """As of any population where the model holds exactly, otherwise NaN."""
        return super().lacking(target) if self.holds else float("nan")

    def truth_with(self, model: Model, target: Target) -> float:
        """The true value of a target under another model of the same items."""
        return float(KnownMoments(model, self.known.correlations, self.known.sds).truth([target])[0])
