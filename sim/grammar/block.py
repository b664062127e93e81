"""Block: a construct and its items."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Block:
    """A construct and the items that measure it (`=~`, reflective) or form it (`<~`, composite)."""

    construct: str
    items: tuple[str, ...]
    kind: Literal["reflective", "composite"] = "reflective"
