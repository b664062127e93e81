"""Recast: a method that takes every block as reflective, or as composite, however the model has it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, Self

from estimators.base import Estimates, Estimator
from sim.batch import Batch
from sim.model import Block, Model
from sim.targets import Target

Kind = Literal["reflective", "composite"]
#: What `blocks` may be.
KINDS: tuple[Kind, ...] = ("reflective", "composite")


@dataclass(frozen=True)
class Recast:
    """`inner` on the model whose blocks are all of one kind: what it makes of a construct that is of the other one.

    Composites under a method for common factors, and common factors under one for composites, are the comparison of
    Sarstedt, Hair, Ringle, Thiele & Gudergan (2016).
    """

    inner: Estimator
    kind: Kind

    def refusal(self, model: Model) -> str | None:
        """What `inner` refuses of the model it gets."""
        return self.inner.refusal(recast(model, self.kind))

    def without_inference(self) -> Self:
        """The same blocks and values alone."""
        return replace(self, inner=self.inner.without_inference())

    def fit(self, batch: Batch, model: Model, targets: Sequence[Target] | None = None) -> Estimates:
        """Estimates under the other model, whose targets have the same names; see `Estimator.fit`."""
        return self.inner.fit(batch, recast(model, self.kind), targets)


def recast(model: Model, kind: Kind) -> Model:
    """The model with all blocks of this kind."""

    def blocks(given: tuple[Block, ...]) -> tuple[Block, ...]:
        return tuple(replace(block, kind=kind) for block in given)

    return replace(model, blocks=blocks(model.blocks), second_order=blocks(model.second_order))
