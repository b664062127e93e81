"""The world of a covariance matrix: answers whose covariances are given, and a model that need not hold for them."""

from collections.abc import Sequence
from dataclasses import dataclass

from sim.batch import Floats
from sim.model import Model
from sim.targets import Target
from sim.worlds.answers import AnswerWorld
from sim.worlds.bymoments import KnownMoments, judged_by


@dataclass(frozen=True)
class MatrixWorld(AnswerWorld):
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

    def truth(self, targets: Sequence[Target], n: int, solution: str = "standardised") -> Floats:
        """True values (q,), the same for every n; NaN where the model does not hold exactly."""
        return self.known.truth(targets, solution)

    def lacking(self, target: Target) -> float:
        """As of any population where the model holds exactly, otherwise NaN."""
        return super().lacking(target) if self.holds else float("nan")

    def truth_with(self, model: Model, target: Target) -> float:
        """The true value of a target under another model of the same items."""
        return float(KnownMoments(model, self.known.correlations, self.known.sds).truth([target])[0])

    def no_truth(self, target: Target) -> str | None:
        """Why there is no true value of a target, in words; None where there is one."""
        return self.known.no_truth(target)

    def construct_correlations(self) -> Floats | None:
        """None: what the items correlate with constructs is not known."""
        return None

    def after_cut(self, targets: Sequence[Target]) -> dict[str, float]:
        """Nothing: what the cut does to constructs is not known of a matrix."""
        return {}
