"""Recast: a method that takes every block as reflective, or as composite, however the model has it."""

from dataclasses import dataclass, replace
from typing import ClassVar

from estimators.base import Estimates, Estimator
from estimators.wrappers.wrapper import Asked, Wrapper
from sim.batch import Batch
from sim.errors import InputError
from sim.grammar.block import BLOCK_KINDS, BlockKind
from sim.model import Block, Model
from sim.targets import Target


@dataclass(frozen=True)
class Recast(Wrapper):
    """`inner` on the model whose blocks are all of one kind: what it makes of a construct that is of the other one.

    Composites under a method for common factors, and common factors under one for composites, are the comparison of
    Sarstedt, Hair, Ringle, Thiele & Gudergan (2016).
    """

    kind: BlockKind

    about: ClassVar = "estimates"
    keys: ClassVar = ("blocks",)
    example: ClassVar = ("ml", {"blocks": "reflective"})

    @classmethod
    def around(cls, estimator: Estimator, asked: Asked) -> Estimator:
        """`blocks` makes all blocks reflective or composite."""
        if asked.settings.get("blocks") is None:
            return estimator
        asked.check_choice("blocks", BLOCK_KINDS)
        for test in ("bollen_stine", "fit_test", "group_test", "invariance"):
            if asked.settings.get(test) is not None:
                raise InputError(f"{test} tests the model as it is written; leave out {test} or blocks")
        return cls(estimator, asked.settings["blocks"])

    @property
    def words(self) -> tuple[str, ...]:
        """What reports add to the method's label."""
        return (f"all blocks {self.kind}",)

    def refusal(self, model: Model) -> str | None:
        """What `inner` refuses of the model it gets."""
        return self.inner.refusal(recast(model, self.kind))

    def estimate(self, batch: Batch, model: Model, targets: tuple[Target, ...]) -> Estimates:
        """Estimates under the other model, whose targets have the same names; see `Estimator.fit`."""
        return self.inner.fit(batch, recast(model, self.kind), targets)


def recast(model: Model, kind: BlockKind) -> Model:
    """The model with all blocks of this kind."""

    def blocks(given: tuple[Block, ...]) -> tuple[Block, ...]:
        return tuple(replace(block, kind=kind) for block in given)

    return replace(model, blocks=blocks(model.blocks), second_order=blocks(model.second_order))
