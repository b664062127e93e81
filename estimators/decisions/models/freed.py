"""What a search for a better model may free, error covariances and cross-loadings, and the model that then results."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations
from typing import Literal

from estimators.decisions.models.respecified import Change
from estimators.factors.structure import error_pairs
from sim.grammar.block import Block
from sim.model import Model

#: What may be freed.
Free = Literal["covariances", "cross-loadings", "both"]
FREE: tuple[Free, ...] = ("covariances", "cross-loadings", "both")


def error_candidates(model: Model) -> list[tuple[int, int]]:
    """Pairs of items of one block (of three or more) whose errors do not covary yet."""
    written = {frozenset(map(int, pair)) for pair in error_pairs(model)}
    blocks = [range(int(lower), int(upper)) for lower, upper in zip(model.bounds, model.bounds[1:], strict=False)]
    pairs = [pair for block in blocks if len(block) > 2 for pair in combinations(block, 2)]
    return [pair for pair in pairs if frozenset(pair) not in written]


def loading_candidates(model: Model) -> list[tuple[int, int]]:
    """(construct, item) of the loadings that the model does not have yet.

    An item alone with its construct is that construct, so neither of the two gets a further loading.
    """
    items = model.indicators
    shared = [j for j, construct in enumerate(model.constructs) if len(items[construct]) > 1]
    return [
        (j, i)
        for j in shared
        for i, item in enumerate(model.items)
        if item not in items[model.constructs[j]] and len(items[model.owner(item)]) > 1
    ]


def named_pairs(model: Model, pairs: Sequence[tuple[int, int]]) -> list[Change]:
    """Pairs of items by their names."""
    return [(model.items[i], model.items[k]) for i, k in pairs]


def named_loadings(model: Model, places: Sequence[tuple[int, int]]) -> list[Change]:
    """(construct, item) by their names."""
    return [(model.constructs[j], model.items[i]) for j, i in places]


def with_changes(model: Model, changes: Sequence[Change]) -> Model:
    """The model with error covariances, of (item, item), and cross-loadings, of (construct, item), beside its own."""
    crossings = [change for change in changes if change[0] in model.constructs]
    return with_loadings(with_covariances(model, [each for each in changes if each not in crossings]), crossings)


def with_covariances(model: Model, pairs: Sequence[Change]) -> Model:
    """The model with error covariances of these pairs of items beside its own."""
    return replace(model, covariances=(*model.covariances, *sorted(pairs))) if pairs else model


def with_loadings(model: Model, loadings: Sequence[Change]) -> Model:
    """The model with these loadings (construct, item) beside its own; the blocks stay as they are."""
    if not loadings:
        return model
    taken = {construct for construct, _ in loadings} | {block.construct for block in model.crossed}
    crossed = tuple(
        Block(construct, (*model.indicators[construct], *sorted(item for c, item in loadings if c == construct)))
        for construct in model.constructs
        if construct in taken
    )
    return replace(model, crossed=crossed)
