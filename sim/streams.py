"""Random streams by address: the same address gives the same numbers, whoever asks, in whatever order.

An address is a study's seed and a key, the sha256 of what the stream is for (a cell's canonical content).
NumPy's SeedSequence (O'Neill's entropy mixing) turns address, purpose and index into an independent generator.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.errors import InputError

#: Replications in a block: the unit of work, storage, resumption and replay.
BLOCK = 256

#: The words that keep streams of one address apart. Never renumber: stored results depend on them. Any other word, such
#: as the section of a mechanism, has a number of its own without standing here.
PURPOSES = {
    **{"data": 1, "bootstrap": 2, "responses": 3, "moments": 4},
    **{"sampling": 5, "missing": 6, "model error": 7, "groups": 8},
}


def content_key(content: Mapping[str, Any]) -> str:
    """sha256 (hex) of a mapping's canonical JSON: keys sorted, shortest exact floats."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def ten_digits(array: NDArray[np.float64]) -> list[Any]:
    """Nested lists of numbers to ten significant digits, so that a last bit from a solver changes no stream."""
    rounded = np.vectorize(lambda x: float(f"{x:.10g}") + 0.0, otypes=[float])(array) if array.size else array
    return list(rounded.tolist())


@dataclass(frozen=True)
class Address:
    """Where a cell's streams are: the study's seed and the sha256 (hex) of the cell's content.

    Raises InputError for a seed that is no whole number of 0 or more.
    """

    seed: int
    key: str

    def __post_init__(self) -> None:
        if isinstance(self.seed, bool) or not isinstance(self.seed, int | np.integer) or self.seed < 0:
            raise InputError(f"seed is {self.seed!r}; give a whole number of 0 or more")

    def generator(self, purpose: str, index: int) -> np.random.Generator:
        """The generator of a purpose: index is the block, of "bootstrap" the replication, of "moments" the chunk.

        SFC64 is the fastest of NumPy's bit generators.
        """
        words = [int(self.key[i : i + 8], 16) for i in range(0, 64, 8)]
        sequence = np.random.SeedSequence([self.seed, *words, _number(purpose), index])
        return np.random.Generator(np.random.SFC64(sequence))


def _number(purpose: str) -> int:
    """The number of a purpose: of a word that is not listed, 32 bits of its sha256, with the highest one set."""
    return PURPOSES.get(purpose) or int(hashlib.sha256(purpose.encode()).hexdigest()[:8], 16) | 1 << 31
