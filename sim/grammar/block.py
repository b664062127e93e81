"""Block: a construct and its items."""

from dataclasses import dataclass
from typing import Literal, get_args

#: What items do to their construct: measure it (`=~`), or form it (`<~`).
BlockKind = Literal["reflective", "composite"]
BLOCK_KINDS: tuple[BlockKind, ...] = get_args(BlockKind)


@dataclass(frozen=True)
class Block:
    """A construct and the items that measure it (`=~`, reflective) or form it (`<~`, composite)."""

    construct: str
    items: tuple[str, ...]
    kind: BlockKind = "reflective"
