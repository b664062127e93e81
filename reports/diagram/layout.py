"""Where a path diagram puts its constructs: in layers by causal order, with room for the paths that skip a layer.

Layers by longest path, bends for long paths, an order within layers that keeps crossings few and places that keep
paths straight: the steps of Sugiyama, Tagawa & Toda (1981).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise

import numpy as np

from sim.model import Model

#: A construct, or the bend of a path (outcome, predictor) in a layer that it passes.
Knot = str | tuple[str, str, int]
#: Room on either side of a bend, and between neighbours in a layer.
_BEND, _GAP = 9.0, 16.0
_SWEEPS = 24
#: How much more a piece between two bends wants to be straight than one between two constructs.
_STRAIGHT = 4.0


@dataclass(frozen=True)
class Room:
    """What a construct takes up in its layer before and after its anchor."""

    before: float
    after: float


@dataclass(frozen=True)
class Layout:
    """layers: the knots of each, in order; place: where in its layer a knot's anchor is; size: the widest layer's room.

    Places are measured from the edge of the drawing.
    """

    layers: tuple[tuple[Knot, ...], ...]
    place: Mapping[Knot, float]
    size: float

    def layer_of(self, construct: str) -> int:
        """The layer of a construct."""
        return next(number for number, layer in enumerate(self.layers) if construct in layer)

    def route(self, outcome: str, predictor: str) -> list[Knot]:
        """The knots of a path from cause to outcome."""
        first, last = self.layer_of(predictor), self.layer_of(outcome)
        return [predictor, *((outcome, predictor, layer) for layer in range(first + 1, last)), outcome]


def layout(model: Model, rooms: Mapping[str, Room]) -> Layout:
    """The layout of a model's constructs, each with its room."""
    layers = _layers(model)
    links = _links(model, layers)
    layers = _ordered(layers, links)
    place = _places(layers, links, rooms)
    starts = [place[knot] - _room(knot, rooms).before for layer in layers for knot in layer]
    ends = [place[knot] + _room(knot, rooms).after for layer in layers for knot in layer]
    first = min(starts)
    moved = {knot: value - first for knot, value in place.items()}
    return Layout(tuple(map(tuple, layers)), moved, max(ends) - first)


def _room(knot: Knot, rooms: Mapping[str, Room]) -> Room:
    return rooms[knot] if isinstance(knot, str) else Room(_BEND, _BEND)


def _layers(model: Model) -> list[list[Knot]]:
    """Constructs by the longest chain of paths that leads to them; bends stand before constructs."""
    depth: dict[str, int] = {}
    for j in model.causal_order:
        causes = [model.constructs[k] for k in np.flatnonzero(model.path_matrix[j])]
        depth[model.constructs[j]] = max((depth[cause] + 1 for cause in causes), default=0)
    layers: list[list[Knot]] = [[] for _ in range(max(depth.values()) + 1)]
    for outcome, predictor in model.paths:
        for layer in range(depth[predictor] + 1, depth[outcome]):
            layers[layer].append((outcome, predictor, layer))
    for construct in model.constructs:
        layers[depth[construct]].append(construct)
    return layers


def _links(model: Model, layers: Sequence[Sequence[Knot]]) -> list[list[tuple[Knot, Knot]]]:
    """The pieces of paths between each layer and the next."""
    raw = Layout(tuple(map(tuple, layers)), {}, 0.0)
    links: list[list[tuple[Knot, Knot]]] = [[] for _ in layers[1:]]
    for outcome, predictor in model.paths:
        for gap, piece in enumerate(pairwise(raw.route(outcome, predictor)), start=raw.layer_of(predictor)):
            links[gap].append(piece)
    return links


def _ordered(layers: list[list[Knot]], links: list[list[tuple[Knot, Knot]]]) -> list[list[Knot]]:
    """The order of fewest crossings that sweeps by the neighbours' mean place find."""
    best = [list(layer) for layer in layers]
    current = [list(layer) for layer in layers]
    for sweep in range(_SWEEPS):
        forward = sweep % 2 == 0
        for number in range(1, len(layers)) if forward else range(len(layers) - 2, -1, -1):
            fixed = current[number - 1 if forward else number + 1]
            pieces = links[number - 1 if forward else number]
            current[number] = _by_mean_place(current[number], fixed, pieces, forward)
        if _crossings(current, links) < _crossings(best, links):
            best = [list(layer) for layer in current]
    return best


def _by_mean_place(
    layer: list[Knot], fixed: Sequence[Knot], pieces: Sequence[tuple[Knot, Knot]], forward: bool
) -> list[Knot]:
    def mean(knot: Knot) -> float:
        neighbours = [fixed.index(a if forward else b) for a, b in pieces if knot == (b if forward else a)]
        return float(np.mean(neighbours)) if neighbours else float(layer.index(knot))

    return sorted(layer, key=mean)


def _crossings(layers: Sequence[Sequence[Knot]], links: Sequence[Sequence[tuple[Knot, Knot]]]) -> int:
    """Pairs of pieces that cross."""
    return sum(
        (upper.index(a) - upper.index(c)) * (lower.index(b) - lower.index(d)) < 0
        for (upper, lower), pieces in zip(pairwise(layers), links, strict=True)
        for (a, b), (c, d) in combinations(pieces, 2)
    )


def _places(
    layers: Sequence[Sequence[Knot]], links: Sequence[Sequence[tuple[Knot, Knot]]], rooms: Mapping[str, Room]
) -> dict[Knot, float]:
    """Places near the mean of the neighbours' that keep the order and the rooms."""
    place: dict[Knot, float] = {}
    for layer in layers:
        offsets = _offsets(layer, rooms)
        place.update({knot: offset - offsets[-1] / 2 for knot, offset in zip(layer, offsets, strict=True)})
    pieces = [piece for between in links for piece in between]
    for _ in range(_SWEEPS):
        for layer in layers:
            wishes = [_wish(knot, pieces, place) for knot in layer]
            weights = np.array([weight for _, weight in wishes])
            wanted = np.array([value for value, _ in wishes]) - _offsets(layer, rooms)
            settled = _rising(wanted, weights) + _offsets(layer, rooms)
            place.update(zip(layer, settled.tolist(), strict=True))
    return place


def _offsets(layer: Sequence[Knot], rooms: Mapping[str, Room]) -> np.ndarray:
    """The closest places of a layer's knots, the first at 0."""
    steps = [_room(a, rooms).after + _GAP + _room(b, rooms).before for a, b in pairwise(layer)]
    return np.cumsum([0.0, *steps])


def _wish(knot: Knot, pieces: Sequence[tuple[Knot, Knot]], place: Mapping[Knot, float]) -> tuple[float, float]:
    """The weighted mean place of a knot's neighbours, and how much it counts."""
    near = [a if b == knot else b for a, b in pieces if knot in (a, b)]
    if not near:
        return place[knot], 1.0
    weights = [1.0 if isinstance(knot, str) and isinstance(other, str) else _STRAIGHT for other in near]
    return float(np.average([place[other] for other in near], weights=weights)), sum(weights)


def _rising(wanted: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """The nearest values to `wanted`, weighted, that never fall (pooled adjacent violators)."""
    pools: list[tuple[float, float, int]] = []
    for value, weight in zip(wanted, weights, strict=True):
        pool = (float(value), float(weight), 1)
        while pools and pools[-1][0] > pool[0]:
            mean, heavy, count = pools.pop()
            both = heavy + pool[1]
            pool = ((mean * heavy + pool[0] * pool[1]) / both, both, count + pool[2])
        pools.append(pool)
    return np.concatenate([np.full(count, mean) for mean, _, count in pools])
