"""World: all that a study needs of a population, whatever its data are."""

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

from sim.answers.missingness import Missingness
from sim.batch import Batch, Floats, Moments
from sim.model import Model
from sim.streams import BLOCK, Address
from sim.targets import Target
from sim.themes.population import Interviews


class Limit(NamedTuple):
    """The moments that a method would see in endless data, and from how many respondents they are simulated, or 0."""

    name: str
    moments: Moments
    respondents: int


class World(Protocol):
    """A population with the data that are drawn from it."""

    @property
    def population(self) -> Any:
        """What the world is made from."""

    @property
    def name(self) -> str:
        """The population's name."""

    @property
    def source(self) -> str:
        """Where the population is from."""

    @property
    def words(self) -> str:
        """What departs from the plainest world, in words; empty where nothing does."""

    @property
    def content(self) -> dict[str, Any]:
        """What draws depend on, as plain data."""

    @property
    def model(self) -> Model:
        """The structure that methods are told."""

    @property
    def relations(self) -> frozenset[str] | None:
        """Paths `Y~X` and error covariances `x1~~x2` that are not zero; None where the world knows of none."""

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns of a data set."""

    @property
    def sections(self) -> frozenset[str]:
        """Names of the mechanisms that depart."""

    @property
    def size(self) -> int | None:
        """How many firms there are, where every data set is drawn from a finite population of its own; else None."""

    @property
    def varies(self) -> bool:
        """Whether every data set has parameters of its own, so that errors are against its own truth."""

    @property
    def holds(self) -> bool:
        """Whether a target without a true value has none at all; else a method is judged by its own limit."""

    @property
    def categories(self) -> tuple[int, ...]:
        """How many categories each answer has; none where answers are continuous, or data are no answers."""

    @property
    def missing(self) -> Missingness:
        """Which answers are missing."""

    @property
    def themes(self) -> int | None:
        """How many themes interviews can tell; None where the data are no interviews."""

    @property
    def table(self) -> Interviews | None:
        """Interviews that were really held, where the population was made from some."""

    def truth(self, targets: Sequence[Target], n: int, solution: str = "standardised") -> Floats:
        """True values (q,) for data sets of n; of what depends on the data drawn, its expectation; NaN for none.

        solution: one of `sim.population.rawtruth.SCALES`.
        """

    def lacking(self, target: Target) -> float:
        """The true value of a target that the model lacks: NaN, but for what follows from a path being 0."""

    def no_truth(self, target: Target) -> str | None:
        """Why there is no true value of a target, in words; None where there is one."""

    def with_own_truth(self, targets: Sequence[Target]) -> list[Target]:
        """The targets of which every data set has a true value of its own."""

    def truth_of_data(self, batch: Batch, targets: Sequence[Target]) -> dict[str, Floats]:
        """The data sets' own true values (R,) by target name, for the first data sets of a block."""

    def draw_block(self, n: int, address: Address, block: int, size: int = BLOCK) -> Batch:
        """The first `size` replications of a block, with the ids they have in the whole study."""

    def limits(self, ordinal: bool, filled: bool) -> list[Limit]:
        """Moments before and after the cut that a method would see in endless data; none where data have no moments.

        ordinal: of a method on polychoric correlations. filled: of one that makes missing answers their item's mean.
        """

    def construct_correlations(self) -> Floats | None:
        """Correlations (p, m) of the answers with the constructs; None where data have no moments.

        They are those of the answers as they are given, in categories where there are some.
        """

    def after_cut(self, targets: Sequence[Target]) -> dict[str, float]:
        """What the cut leaves of targets about items, by name; nothing where there is no cut."""


class OfPopulation:
    """What a world says as its population does, whatever the data are."""

    population: Any

    @property
    def name(self) -> str:
        """The population's name."""
        return str(self.population.name)

    @property
    def source(self) -> str:
        """Where the population is from."""
        return str(self.population.source)

    @property
    def content(self) -> dict[str, Any]:
        """What draws depend on, as plain data."""
        content: dict[str, Any] = self.population.content
        return content

    @property
    def model(self) -> Model:
        """The structure that methods are told."""
        model: Model = self.population.model
        return model
