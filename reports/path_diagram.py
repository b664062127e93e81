"""A population's path diagram as SVG: constructs as ellipses, items as boxes, standardised values on the arrows."""

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from itertools import combinations, pairwise
from math import sqrt

from reports.numbers import number
from reports.palette import FONT, GREY, INK
from reports.path_layout import Knot, Layout, Room, layout
from sim.model import Block
from sim.population import Population

_LINE, _SOFT = "#9aa1a7", "#f6f5f1"
#: An ellipse's half height, the height of an item's box, and of a line of a caption.
_RY, _BOX, _TEXT = 25.0, 19.0, 12.0
#: Width of a letter in an ellipse, in an item's box and in a caption.
_LETTER, _SMALL, _CAPTION = 8.2, 6.0, 5.7
_MARGIN = 14.0
#: A path runs level for so long before a layer, so that its head points the right way.
_LEVEL = 6.0
#: Blocks of more items than this are told in one box.
_MANY = 12
Point = tuple[float, float]


@dataclass(frozen=True)
class _Form:
    """How the diagram runs: across the page with every item, or down a telephone with items counted."""

    down: bool
    width: float
    gap: float

    def point(self, along: float, across: float) -> Point:
        """Page coordinates of a place along the layers and across them."""
        return (across, along) if self.down else (along, across)


def wide(population: Population, labels: Mapping[str, str]) -> str:
    """Layers from left to right, every item with its loading; `labels` say what the constructs stand for."""
    model = population.model
    longest = max(len(item) for item in model.items)
    cell = max([132.0, *(_LETTER * len(c) + 36 for c in model.constructs), _SMALL * (longest + 6)])
    return _Diagram(population, labels, _Form(False, cell, 78.0)).svg()


def narrow(population: Population) -> str:
    """Layers from top to bottom, items counted, for a telephone."""
    cell = max([92.0, *(_LETTER * len(c) + 24 for c in population.model.constructs)])
    return _Diagram(population, {}, _Form(True, cell, 56.0)).svg()


def alt(population: Population) -> str:
    """The diagram in words."""
    paths = [f"{i} to {o} {_value(population, o, i)}" for o, i in population.model.paths]
    told = [f"paths {', '.join(paths)}"] if paths else []
    told += [f"effect of {a} times {b} on {o} {number(value, 2)}" for o, a, b, value in population.products.effects]
    told += [f"correlation of {a} and {b} {number(r, 2)}" for a, b, r in _correlations(population)]
    return f"Path diagram of {len(population.model.constructs)} constructs: {'; '.join(told) or 'no paths'}"


def _value(population: Population, outcome: str, predictor: str) -> str:
    constructs = population.model.constructs
    return number(float(population.paths[constructs.index(outcome), constructs.index(predictor)]), 2)


def _correlations(population: Population) -> list[tuple[str, str, float]]:
    """Pairs of exogenous constructs whose correlation is not 0."""
    model = population.model
    exogenous = [c for c in model.constructs if c not in model.endogenous]
    found = [
        (a, b, float(population.construct_correlations[model.constructs.index(a), model.constructs.index(b)]))
        for a, b in combinations(exogenous, 2)
    ]
    return [each for each in found if each[2]]


class _Diagram:
    """The parts of one drawing, in the order they are drawn."""

    def __init__(self, population: Population, labels: Mapping[str, str], form: _Form) -> None:
        self.population, self.form = population, form
        self.captions = {
            c: textwrap.wrap(labels.get(c, ""), int(form.width / _CAPTION), break_long_words=True)[:3]
            for c in population.model.constructs
        }
        self.blocks = {block.construct: block for block in population.model.blocks}
        self.layout: Layout = layout(population.model, {c: self._room(c) for c in self.blocks})
        self.arcs = _correlations(population)
        self.start = _MARGIN + max([0.75 * self._bulge(a, b) + 14 for a, b, _ in self.arcs], default=0.0)
        self.taken: list[tuple[float, float, float, float]] = []

    @property
    def _depth(self) -> float:
        """Room of a cell along the layers."""
        return 2 * _RY + _BOX * 2 if self.form.down else self.form.width

    def _room(self, construct: str) -> Room:
        if self.form.down:
            return Room(self.form.width / 2, self.form.width / 2)
        before = _RY + _TEXT * len(self.captions[construct])
        return Room(before + 4, _RY + 12 + _BOX * self._lines(self.blocks[construct]))

    def _columns(self, block: Block) -> int:
        """Item boxes side by side."""
        fits = 2 * _SMALL * (max(map(len, block.items)) + 5) <= self.form.width
        return 2 if fits and len(block.items) > 1 else 1

    def _lines(self, block: Block) -> int:
        """Lines of item boxes; two for items that are counted."""
        return 2 if self._counted(block) else -(-len(block.items) // self._columns(block))

    def _counted(self, block: Block) -> bool:
        return self.form.down or len(block.items) > _MANY

    def _apart(self, a: str, b: str) -> int:
        """How many places of the first layer lie from one construct to the other."""
        first = self.layout.layers[0]
        return abs(first.index(a) - first.index(b))

    def _bulge(self, a: str, b: str) -> float:
        """How far a curve between two constructs of the first layer reaches out: beyond those that it spans."""
        return 12.0 + 30.0 * self._apart(a, b)

    def _along(self, layer: int) -> float:
        """Where a layer's cells begin."""
        return self.start + layer * (self._depth + self.form.gap)

    def _centre(self, construct: str) -> Point:
        """The middle of a construct's ellipse."""
        along = self._along(self.layout.layer_of(construct)) + (_RY if self.form.down else self.form.width / 2)
        return self.form.point(along, _MARGIN + self.layout.place[construct])

    @property
    def _rx(self) -> float:
        longest = max(len(c) for c in self.blocks)
        return min(self.form.width / 2, max(44.0, _LETTER * longest / 2 + 12))

    def svg(self) -> str:
        """The whole drawing."""
        length = self._along(len(self.layout.layers) - 1) + self._depth + _MARGIN
        width, height = self.form.point(length, self.layout.size + 2 * _MARGIN)
        nodes = [part for construct in self.blocks for part in self._construct(construct)]
        lines = [self._path(outcome, predictor) for outcome, predictor in self.population.model.paths]
        arcs = [self._arc(a, b, r) for a, b, r in self.arcs]
        drawn = [*(line for line, _ in lines), *(arc for arc, _ in arcs), *nodes]
        drawn += [label for _, label in (*lines, *arcs)]
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
            f'viewBox="0 0 {width:.0f} {height:.0f}" role="img" font-family="{FONT}" fill="{INK}">'
            f"<title>{escape(alt(self.population))}</title>"
            f'<defs><marker id="head" viewBox="0 0 8 8" refX="7.5" refY="4" markerWidth="8" markerHeight="8" '
            f'orient="auto-start-reverse" markerUnits="userSpaceOnUse"><path d="M0,0.8L8,4L0,7.2Z" fill="{INK}"/>'
            f'</marker></defs><rect width="100%" height="100%" fill="white"/>{"".join(drawn)}</svg>\n'
        )

    def _construct(self, construct: str) -> list[str]:
        """Ellipse, name and R2, caption, items."""
        x, y = self._centre(construct)
        block, model = self.blocks[construct], self.population.model
        parts = [
            f'<ellipse cx="{x:.1f}" cy="{y:.1f}" rx="{self._rx:.1f}" ry="{_RY}" fill="white" stroke="{INK}" '
            'stroke-width="1.4"/>'
        ]
        outcome = construct in model.endogenous
        parts.append(_text((x, y + (-1 if outcome else 5)), construct, 13.5, weight=600))
        if outcome:
            r2 = float(self.population.r2[model.constructs.index(construct)])
            parts.append(_text((x, y + 14), f"R² {number(r2, 2)}", 11, GREY))
        caption = self.captions[construct]
        first = y - _RY - 5 - _TEXT * (len(caption) - 1)
        parts += [_text((x, first + _TEXT * k), line, 11, GREY) for k, line in enumerate(caption)]
        return parts + (self._count(block, x, y + _RY) if self._counted(block) else self._items(block, x, y + _RY))

    def _items(self, block: Block, x: float, top: float) -> list[str]:
        """A box for each item with its loading, below a short arrow."""
        columns = self._columns(block)
        width, left = self.form.width / columns, x - self.form.width / 2
        parts = [_arrow(f"M{x:.1f},{top:.1f}V{top + 11:.1f}")]
        for k, item in enumerate(block.items):
            a, b = left + width * (k % columns), top + 12 + _BOX * (k // columns)
            loading = number(float(self.population.loadings[self.population.model.items.index(item)]), 2)
            parts.append(_box(a, b, width, _BOX))
            parts.append(_text((a + 5, b + 13.5), item, 10.5, anchor="start"))
            parts.append(_text((a + width - 5, b + 13.5), loading, 10.5, GREY, anchor="end"))
        return parts

    def _count(self, block: Block, x: float, top: float) -> list[str]:
        """One box with the number of items and the range of their loadings."""
        gap = 0.0 if self.form.down else 12.0
        width = min(self.form.width, 92.0)
        start = self.population.model.items.index(block.items[0])
        loadings = self.population.loadings[start : start + len(block.items)]
        low, high = number(float(loadings.min()), 2), number(float(loadings.max()), 2)
        count = f"{len(block.items)} items" if len(block.items) > 1 else block.items[0]
        parts = [_arrow(f"M{x:.1f},{top:.1f}V{top + 11:.1f}")] if gap else []
        parts.append(_box(x - width / 2, top + gap, width, 2 * _BOX))
        parts.append(_text((x, top + gap + 16), count, 11))
        parts.append(_text((x, top + gap + 31), low if low == high else f"{low} to {high}", 10.5, GREY))
        return parts

    def _path(self, outcome: str, predictor: str) -> tuple[str, str]:
        """A path and its label: level within layers, curved between them."""
        value = _value(self.population, outcome, predictor)
        route = self.layout.route(outcome, predictor)
        first = self.layout.layer_of(predictor)
        ports = (self._port(predictor, route[1], leaving=True), self._port(outcome, route[-2], leaving=False))
        levels = [ports[0], *(self.layout.place[knot] for knot in route[1:-1]), ports[1]]
        at = self._boundary(predictor, ports[0], 1)
        drawn = f"M{_pair(self.form.point(at, _MARGIN + ports[0]))}"
        curves: list[tuple[Point, Point, Point, Point]] = []
        for k, (here, there) in enumerate(pairwise(levels)):
            begin, end = self._along(first + k) + self._depth, self._along(first + k + 1) - _LEVEL
            middle = (begin + end) / 2
            points = ((begin, here), (middle, here), (middle, there), (end, there))
            a, b, c, d = (self.form.point(along, _MARGIN + across) for along, across in points)
            curves.append((a, b, c, d))
            drawn += f"L{_pair(a)}C{_pair(b)} {_pair(c)} {_pair(d)}"
        drawn += f"L{_pair(self.form.point(self._boundary(outcome, ports[1], -1), _MARGIN + ports[1]))}"
        zero = not float(value.replace("\N{MINUS SIGN}", "-"))
        return _arrow(drawn, zero), self._label(value, curves)

    def _port(self, construct: str, towards: Knot, leaving: bool) -> float:
        """Where across its ellipse a path meets it: in the order of where the paths go."""
        paths = [p for p in self.population.model.paths if construct == p[1 if leaving else 0]]
        knots = [self.layout.route(*path)[1 if leaving else -2] for path in paths]
        knots.sort(key=self.layout.place.__getitem__)
        reach = (0.55 * self._rx) if self.form.down else 0.6 * _RY
        step = min(14.0, 2 * reach / max(1, len(knots) - 1))
        return self.layout.place[construct] + step * (knots.index(towards) - (len(knots) - 1) / 2)

    def _boundary(self, construct: str, port: float, side: int) -> float:
        """Where along the layers a path at `port` meets the ellipse (or, going down, leaves the items' box)."""
        begin = self._along(self.layout.layer_of(construct))
        if self.form.down and side > 0:
            return begin + self._depth
        half, other = (_RY, self._rx) if self.form.down else (self._rx, _RY)
        middle = begin + (_RY if self.form.down else self.form.width / 2)
        off = (port - self.layout.place[construct]) / other
        return middle + side * half * sqrt(max(0.0, 1 - off**2))

    def _label(self, value: str, curves: Sequence[tuple[Point, Point, Point, Point]]) -> str:
        """The value on its path, where it hides no other value."""
        spots = [_bezier(curve, t) for t in (0.5, 0.4, 0.6, 0.3, 0.7, 0.2, 0.8) for curve in reversed(curves)]
        half = 3.6 * len(value)
        free = (spot for spot in spots if not any(_overlap(spot, half, other) for other in self.taken))
        x, y = next(free, spots[0])
        self.taken.append((x - half, y - 8, x + half, y + 8))
        return _text((x, y + 4), value, 12, halo=True)

    def _arc(self, a: str, b: str, correlation: float) -> tuple[str, str]:
        """A curved double arrow outside the first layer, and its label."""
        ends = []
        for construct, other in ((a, b), (b, a)):
            side = 1.0 if self.layout.place[other] > self.layout.place[construct] else -1.0
            place = self.layout.place[construct] + side * max(3.0, 17.0 - 5.0 * self._apart(a, b))
            ends.append((self._boundary(construct, place, -1), _MARGIN + place))
        (x, from_), (_, to) = ends
        outside = self._along(0) - self._bulge(a, b)
        points = [self.form.point(*each) for each in ((x, from_), (outside, from_), (outside, to), (x, to))]
        start, one, two, end = points
        drawn = f"M{_pair(start)}C{_pair(one)} {_pair(two)} {_pair(end)}"
        return _arrow(drawn, both=True), self._label(number(correlation, 2), [(start, one, two, end)])


def _bezier(curve: tuple[Point, Point, Point, Point], t: float) -> Point:
    weights = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3)
    x, y = (sum(w * point[axis] for w, point in zip(weights, curve, strict=True)) for axis in (0, 1))
    return x, y


def _overlap(spot: Point, half: float, other: tuple[float, float, float, float]) -> bool:
    x, y = spot
    return x - half < other[2] and x + half > other[0] and y - 8 < other[3] and y + 8 > other[1]


def _pair(point: Point) -> str:
    return f"{point[0]:.1f},{point[1]:.1f}"


def _arrow(drawn: str, zero: bool = False, both: bool = False) -> str:
    """A line with a head (or two); a path of zero is dashed."""
    dashed = ' stroke-dasharray="4 3"' if zero else ""
    start = ' marker-start="url(#head)"' if both else ""
    return f'<path d="{drawn}" fill="none" stroke="{INK}" stroke-width="1.2"{dashed}{start} marker-end="url(#head)"/>'


def _box(x: float, y: float, width: float, height: float) -> str:
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" fill="{_SOFT}" stroke="{_LINE}" '
        'stroke-width="0.8"/>'
    )


def _text(
    at: Point,
    text: str,
    size: float,
    colour: str = INK,
    anchor: str = "middle",
    weight: int = 400,
    halo: bool = False,
) -> str:
    behind = ' stroke="white" stroke-width="4" paint-order="stroke" stroke-linejoin="round"' if halo else ""
    return (
        f'<text x="{at[0]:.1f}" y="{at[1]:.1f}" font-size="{size:g}" fill="{colour}" text-anchor="{anchor}" '
        f'font-weight="{weight}"{behind}>{escape(text)}</text>'
    )
