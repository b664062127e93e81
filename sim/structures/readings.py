"""Readings: whether the truth of one covariance matrix is reported for common factors or for composites.

Items of two blocks that covary through their constructs alone do so in both accounts: l_i phi_ij l_j' is also
c_i rho_ij c_j' with other loadings c and other correlations rho (Dijkstra 2017). So a draw has two truths.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Literal

import numpy as np

from sim.answers.mechanism import Mechanism, Setting, Step
from sim.answers.responses import Responses
from sim.batch import Floats
from sim.errors import InputError, unknown
from sim.grammar.block import BlockKind
from sim.model import Block, Model
from sim.quantities import Given
from sim.structures.composites import SMALLEST, regression_weights

#: How far a covariance may lie from one that a reading can have: rounding of the values given.
_ROUNDING = 1e-8


@dataclass(frozen=True)
class Reading(Mechanism):
    """Whether the truth of every block is reported as the model has it, for composites or for common factors.

    `kind` holds for all blocks, `constructs` for some. Draws do not depend on it, nor does the model that methods fit.
    """

    step: ClassVar[Step] = Step.NONE
    changes_draws: ClassVar[bool] = False
    keeps_normal: ClassVar[bool] = True
    keeps_readings: ClassVar[bool] = True
    within_groups: ClassVar[bool] = False
    needs_categories: ClassVar[bool] = False
    examples: ClassVar[tuple[Mapping[str, Any], ...]] = ({"kind": "composite"}, {"constructs": {"H": "composite"}})

    kind: Literal["as written", "composite", "reflective"] = "as written"
    constructs: Mapping[str, BlockKind] = field(default_factory=dict)

    @property
    def words(self) -> str:
        """How the truth is told; empty as written."""
        told = [f"of all blocks {self.kind}"] if self.kind != "as written" else []
        told += [f"of {construct} {kind}" for construct, kind in self.constructs.items()]
        return f"truth {', '.join(told)}" if told else ""

    def check(self, setting: Setting) -> None:
        """Raises InputError for constructs that the model lacks, and for what another reading's formulas do not cover.

        An informant's own views are of the constructs as the model has them.
        """
        model = setting.model
        for construct in self.constructs:
            if construct not in model.constructs:
                raise InputError(f"reading.constructs: {unknown('construct', construct, model.constructs)}")
        if self.given and model.second_order:
            raise InputError(
                f"reading: {model.second_order[0].construct} is a second-order construct; another reading is known for "
                "first-order constructs only, so leave it out"
            )
        others = [name for name, part in setting.mechanisms.items() if not (part.keeps_readings and part.has_law())]
        others = sorted(others) + ["responses.single_informant"] * bool(setting.of(Responses).single_informant)
        if self.given and others:
            raise InputError(f"[reading] does not go with {', '.join(others)}; leave one of them out")

    def blocks(self, model: Model) -> tuple[Block, ...]:
        """The model's blocks, each of the kind it is read as."""
        if self.kind == "as written" and not self.constructs:
            return model.blocks
        kinds = [
            self.constructs.get(b.construct, b.kind if self.kind == "as written" else self.kind) for b in model.blocks
        ]
        return tuple(replace(block, kind=kind) for block, kind in zip(model.blocks, kinds, strict=True))


def read(given: Given, reading: Reading) -> Given:
    """What a population is made of in another reading, with the same items' covariances; R = 1.

    A construct of a block that is read as another kind is f times the old one's share: loadings are divided by f, its
    correlations multiplied. To a composite, f = sqrt(l'S^-1 l); to a factor, f solves S = l l' / f^2 off the diagonal.
    Paths and R2 are those of regressions on the correlations. Raises InputError, naming the block, where there is no
    such reading.
    """
    blocks = reading.blocks(given.model)
    if blocks == given.model.blocks:
        return given
    _check_between(given)
    scale = np.ones(len(blocks))
    for j, (old, new) in enumerate(zip(given.model.blocks, blocks, strict=True)):
        own = slice(given.model.bounds[j], given.model.bounds[j + 1])
        if old.kind != new.kind:
            factor = _of_composite if new.kind == "composite" else _of_factor
            scale[j] = factor(new, given.items[0, own, own], given.loadings[0, own])
    correlations = given.correlations * scale[:, None] * scale
    correlations[0, np.arange(len(blocks)), np.arange(len(blocks))] = 1.0
    _check_constructs(correlations[0])
    paths, r2 = regressions(given.model, correlations[0])
    return replace(
        given,
        model=replace(given.model, blocks=blocks),
        loadings=given.loadings / scale[given.model.block_of],
        correlations=correlations,
        paths=paths[None],
        r2=r2[None],
    )


def _check_between(given: Given) -> None:
    """Raises InputError where items of two blocks covary by more than their constructs do."""
    model, of_item = given.model, given.model.block_of
    loadings = given.loadings[0]
    through = loadings[:, None] * given.correlations[0][np.ix_(of_item, of_item)] * loadings
    apart = of_item[:, None] != of_item
    beyond = np.where(apart, np.abs(given.items[0] - through), 0.0)
    if beyond.max(initial=0.0) > _ROUNDING:
        i, k = sorted(np.unravel_index(int(np.argmax(beyond)), beyond.shape))
        raise InputError(
            f"reading: the errors of {model.items[i]} and {model.items[k]} covary across blocks, so the same "
            "covariances are not those of the other kind of construct; leave out the error covariance or the reading"
        )


def _of_composite(block: Block, correlations: Floats, loadings: Floats) -> float:
    """Correlation of a factor with the composite that takes its place."""
    if np.linalg.eigvalsh(correlations)[0] < SMALLEST:
        raise InputError(
            f"reading: the items of {block.construct} are linearly dependent, which leaves a composite's weights open; "
            "lower their loadings"
        )
    if not loadings.any():
        raise InputError(f"reading: all loadings of {block.construct} are 0, which leaves no composite of its items")
    _, explained = regression_weights(correlations, loadings)
    return float(np.sqrt(explained))


def _of_factor(block: Block, correlations: Floats, loadings: Floats) -> float:
    """A composite's loadings divided by those of the factor that takes its place."""
    if len(loadings) == 1:
        return 1.0
    off = ~np.eye(len(loadings), dtype=bool)
    product = np.outer(loadings, loadings)[off]
    square = float(correlations[off] @ product / (product @ product)) if product.any() else 0.0
    left = np.abs(correlations[off] - square * product).max()
    highest = square * float((loadings**2).max())
    if left <= _ROUNDING and square > 0 and highest <= 1 + _ROUNDING:
        return float(1.0 / np.sqrt(square))
    why = (
        f"loadings in proportion to the composite's leave correlations of {left:.3g}"
        if left > _ROUNDING
        else f"a loading would be {np.sqrt(highest):.4g}"
        if square > 0
        else "they are uncorrelated"
    )
    raise InputError(
        f"reading: the items of {block.construct} do not correlate as those of one common factor ({why}); "
        "leave it composite"
    )


def _check_constructs(correlations: Floats) -> None:
    lowest = float(np.linalg.eigvalsh(correlations)[0])
    if lowest < -SMALLEST:
        raise InputError(
            f"reading: the common factors would have correlations that are not positive definite (smallest eigenvalue "
            f"{lowest:.4g}); leave the blocks composite"
        )


def regressions(model: Model, correlations: Floats) -> tuple[Floats, Floats]:
    """Paths (m, m) and R2 (m,) of every outcome's regression on its predictors."""
    paths, r2 = np.zeros_like(correlations), np.zeros(len(correlations))
    for j, present in enumerate(model.path_matrix):
        predictors = np.flatnonzero(present)
        among, with_outcome = correlations[np.ix_(predictors, predictors)], correlations[predictors, j]
        paths[j, predictors] = np.linalg.lstsq(among, with_outcome, rcond=None)[0]
        r2[j] = paths[j, predictors] @ with_outcome
    return paths, r2
