"""Parts of a batch that know what they are a part of: what concerns each data set alone is found on the whole, once."""

import numpy as np
from numpy.typing import NDArray

from sim.batch import Batch

#: The key under which a part of a batch knows it; like all that is found on answers, it goes where they change.
_ORIGIN = "origin"


def part(batch: Batch, some: slice | NDArray[np.integer]) -> Batch:
    """Some of the data sets, as `Batch.rows` gives them, which know the batch that they come from."""
    taken = batch.rows(some)
    taken.found[_ORIGIN] = (batch, np.arange(len(batch))[some])
    return taken


def part_of(batch: Batch) -> tuple[Batch, NDArray[np.integer]] | None:
    """The batch that these data sets are a `part` of, and their places in it; None for a batch that is no part."""
    return batch.found.get(_ORIGIN)


def origin(batch: Batch) -> tuple[Batch, NDArray[np.integer]] | None:
    """What `part_of` gives where the batch retains the same items of these data sets; None otherwise."""
    found = part_of(batch)
    return found if found is not None and np.array_equal(batch.retained, found[0].retained[found[1]]) else None
