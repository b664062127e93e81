"""What methods share of the resamples of one data set: those that start from the same items of it need them once."""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from estimators.base import Estimator
from sim.batch import Batch
from sim.model import Model
from sim.targets import Target

Found = TypeVar("Found")


@dataclass(frozen=True)
class Alike(Generic[Found]):
    """What was found on single data sets of a batch, by their places and by the items that are left of each.

    Different rules often leave the same items; a method that comes to them after another then takes what that one
    found. Nothing is kept of methods from outside, which answer for every fit.
    """

    batch: Batch
    known: dict[tuple[int, bytes], Found]

    @classmethod
    def of(
        cls, batch: Batch, what: Hashable, method: Estimator, model: Model, targets: Iterable[Target]
    ) -> "Alike[Found] | None":
        """What is known of these data with equal settings, model and targets; None where nothing may be kept."""
        layer: object = method
        while layer is not None:
            if not type(layer).__module__.startswith("estimators."):
                return None
            layer = getattr(layer, "inner", None)
        key = ("alike", what, repr(method), model, tuple(targets))
        found: dict[tuple[int, bytes], Found] = batch.once(key, dict)
        return cls(batch, found)

    def get(self, r: int) -> Found | None:
        """What was found on the data set at place r with the items that it has now, or None."""
        return self.known.get(self._key(r))

    def keep(self, r: int, found: Found) -> None:
        """Keep what was found on the data set at place r."""
        self.known[self._key(r)] = found

    def _key(self, r: int) -> tuple[int, bytes]:
        return r, self.batch.retained[r].tobytes()
