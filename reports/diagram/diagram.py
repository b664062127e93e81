"""A population's path diagram as SVG: factors as ellipses, composites as hexagons, items as boxes, values on arrows."""

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise

from reports.diagram.layout import Knot, Layout, Room, layout
from reports.diagram.shapes import Point, arrow, box, line, pair, reach, text
from reports.diagram.shapes import construct as outline
from reports.diagram.values import Measured, Shown, shown
from reports.drawing.palette import FONT, GREY, INK
from reports.printing.numbers import number
from sim.population.record import Population

#: An ellipse's half height, the height of an item's box, and of a line of a caption.
_RY, _BOX, _TEXT = 25.0, 19.0, 12.0
#: Between a construct and its items; how far dimensions stand in from the edge of the construct they belong to.
_DOWN, _IN = 12.0, 16.0
#: Width of a letter in an ellipse, in an item's box and in a caption.
_LETTER, _SMALL, _CAPTION = 8.2, 6.0, 5.7
_MARGIN = 14.0
#: A path runs level for so long before a layer, so that its head points the right way.
_LEVEL = 6.0
#: Blocks of more items than this are told in one box.
_MANY = 12


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
    inset = _IN if model.second_order else 0.0
    cell = max(
        [132.0 + inset, *(_LETTER * len(c) + 36 + inset for c in model.constructs), _SMALL * (longest + 6) + inset]
    )
    return _Diagram(population, labels, _Form(False, cell, 78.0)).svg()


def narrow(population: Population) -> str:
    """Layers from top to bottom, items counted, for a telephone."""
    cell = max([92.0, *(_LETTER * len(c) + 24 for c in population.model.constructs)])
    return _Diagram(population, {}, _Form(True, cell, 56.0)).svg()


def alt(population: Population) -> str:
    """The diagram in words."""
    drawn = shown(population)
    paths = [f"{i} to {o} {drawn.path(o, i)}" for o, i in drawn.model.paths]
    told = [f"paths {', '.join(paths)}"] if paths else []
    told += [f"effect of {a} times {b} on {o} {number(value, 2)}" for o, a, b, value in population.products.effects]
    told += [f"correlation of {a} and {b} {number(r, 2)}" for a, b, r in drawn.correlations]
    told += [f"{', '.join(each.items)} dimensions of {each.construct}" for each in drawn.parts if each.dimensions]
    return f"Path diagram of {len(drawn.parts)} constructs: {'; '.join(told) or 'no paths'}"


class _Diagram:
    """The parts of one drawing, in the order they are drawn."""

    def __init__(self, population: Population, labels: Mapping[str, str], form: _Form) -> None:
        self.shown: Shown = shown(population)
        self.title, self.form = alt(population), form
        self.captions = {
            c: textwrap.wrap(labels.get(c, ""), int(form.width / _CAPTION), break_long_words=True)[:3]
            for c in self.shown.model.constructs
        }
        self.blocks = self.shown.blocks
        self.layout: Layout = layout(self.shown.model, {c: self._room(c) for c in self.blocks})
        self.arcs = self.shown.correlations
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
        return Room(before + 4, _RY + self._below(self.blocks[construct]))

    def _below(self, block: Measured, inset: float = 0.0) -> float:
        """Height of what stands below a construct: its items, or its dimensions with theirs."""
        if block.dimensions:
            return sum(_DOWN + 2 * _RY + self._below(each, _IN) for each in block.dimensions)
        return _DOWN + _BOX * (2 if self._counted(block) else -(-len(block.items) // self._columns(block, inset)))

    def _columns(self, block: Measured, inset: float) -> int:
        """Item boxes side by side."""
        fits = 2 * _SMALL * (max(map(len, block.items)) + 5) <= self.form.width - inset
        return 2 if fits and len(block.items) > 1 else 1

    def _counted(self, block: Measured) -> bool:
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
        longest = max(len(each.construct) for each in self.shown.parts)
        return min(self.form.width / 2, max(44.0, _LETTER * longest / 2 + 12))

    def svg(self) -> str:
        """The whole drawing."""
        length = self._along(len(self.layout.layers) - 1) + self._depth + _MARGIN
        width, height = self.form.point(length, self.layout.size + 2 * _MARGIN)
        nodes = [part for construct in self.blocks for part in self._construct(construct)]
        lines = [self._path(outcome, predictor) for outcome, predictor in self.shown.model.paths]
        arcs = [self._arc(a, b, r) for a, b, r in self.arcs]
        drawn = [*(line for line, _ in lines), *(arc for arc, _ in arcs), *nodes]
        drawn += [label for _, label in (*lines, *arcs)]
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
            f'viewBox="0 0 {width:.0f} {height:.0f}" role="img" font-family="{FONT}" fill="{INK}">'
            f"<title>{escape(self.title)}</title>"
            f'<defs><marker id="head" viewBox="0 0 8 8" refX="7.5" refY="4" markerWidth="8" markerHeight="8" '
            f'orient="auto-start-reverse" markerUnits="userSpaceOnUse"><path d="M0,0.8L8,4L0,7.2Z" fill="{INK}"/>'
            f'</marker></defs><rect width="100%" height="100%" fill="white"/>{"".join(drawn)}</svg>\n'
        )

    def _construct(self, construct: str) -> list[str]:
        """A construct with its name and R2, caption, and what stands below it."""
        x, y = self._centre(construct)
        block, r2 = self.blocks[construct], self.shown.r2(construct)
        parts = self._node((x, y), self._rx, block, f"R² {r2}" if r2 else "")
        caption = self.captions[construct]
        first = y - _RY - 5 - _TEXT * (len(caption) - 1)
        parts += [text((x, first + _TEXT * k), line, 11, GREY) for k, line in enumerate(caption)]
        if block.dimensions:
            return parts + (self._told_dimensions(block, x, y) if self.form.down else self._dimensions(block, x, y))
        return parts + self._measures(block, x, y + _RY, 0.0)

    def _node(self, at: Point, rx: float, block: Measured, below: str) -> list[str]:
        """An ellipse or hexagon with the construct's name and what is told under it."""
        x, y = at
        parts = [outline(at, rx, _RY, block.composite)]
        parts.append(text((x, y + (-1 if below else 5)), block.construct, 13.5, weight=600))
        return parts + ([text((x, y + 14), below, 11, GREY)] if below else [])

    def _measures(self, block: Measured, x: float, top: float, inset: float) -> list[str]:
        return self._count(block, x, top) if self._counted(block) else self._items(block, x, top, inset)

    def _dimensions(self, block: Measured, x: float, y: float) -> list[str]:
        """Dimensions one below the other, each on a branch of a line from the construct, with their own items."""
        stem, room = x - self.form.width / 2 + 4, self.form.width - _IN
        centre, rx = x + _IN / 2, min(self._rx, room / 2)
        top, last, parts = y + _RY, y, []
        for each, value in zip(block.dimensions, block.told, strict=True):
            last = top + _DOWN + _RY
            branch = f"M{stem:.1f},{last:.1f}H{centre - rx:.1f}"
            parts.append(line(branch) if block.composite else arrow(branch))
            parts += self._node((centre, last), rx, each, value)
            parts += self._measures(each, centre, last + _RY, _IN)
            top = last + _RY + self._below(each, _IN)
        trunk = f"M{stem:.1f},{last:.1f}V{y + _RY + 7:.1f}H{x:.1f}V{y + _RY:.1f}"
        return [arrow(trunk) if block.composite else line(trunk), *parts]

    def _told_dimensions(self, block: Measured, x: float, y: float) -> list[str]:
        """Dimensions in one box: two by their names and values, more by their number and the range of values."""
        if len(block.items) > 2:
            return self._count(block, x, y + _RY, "dimensions")
        width = min(self.form.width, 92.0)
        parts = [box(x - width / 2, y + _RY, width, 2 * _BOX)]
        for k, (name, value) in enumerate(zip(block.items, block.told, strict=True)):
            parts.append(text((x - width / 2 + 6, y + _RY + 16 + 15 * k), name, 11, anchor="start"))
            parts.append(text((x + width / 2 - 6, y + _RY + 16 + 15 * k), value, 10.5, GREY, anchor="end"))
        return parts

    def _items(self, block: Measured, x: float, top: float, inset: float) -> list[str]:
        """A box for each item with its loading or weight, below a short arrow."""
        columns, room = self._columns(block, inset), self.form.width - inset
        width, left = room / columns, x - room / 2
        parts = [self._stalk(block, x, top)]
        for k, (item, value) in enumerate(zip(block.items, block.told, strict=True)):
            a, b = left + width * (k % columns), top + _DOWN + _BOX * (k // columns)
            parts.append(box(a, b, width, _BOX))
            parts.append(text((a + 5, b + 13.5), item, 10.5, anchor="start"))
            parts.append(text((a + width - 5, b + 13.5), value, 10.5, GREY, anchor="end"))
        return parts

    def _stalk(self, block: Measured, x: float, top: float) -> str:
        """The short arrow to the items, or from them to a composite."""
        ends = (top + _DOWN, top) if block.composite else (top, top + _DOWN - 1)
        return arrow(f"M{x:.1f},{ends[0]:.1f}V{ends[1]:.1f}")

    def _count(self, block: Measured, x: float, top: float, what: str = "items") -> list[str]:
        """One box with the number of items and the range of their loadings or weights."""
        gap = 0.0 if self.form.down else _DOWN
        width = min(self.form.width, 92.0)
        low, high = number(min(block.values), 2), number(max(block.values), 2)
        count = f"{len(block.items)} {what}" if len(block.items) > 1 else block.items[0]
        parts = [self._stalk(block, x, top)] if gap else []
        parts.append(box(x - width / 2, top + gap, width, 2 * _BOX))
        parts.append(text((x, top + gap + 16), count, 11))
        parts.append(text((x, top + gap + 31), low if low == high else f"{low} to {high}", 10.5, GREY))
        return parts

    def _path(self, outcome: str, predictor: str) -> tuple[str, str]:
        """A path and its label: level within layers, curved between them."""
        value = self.shown.path(outcome, predictor)
        route = self.layout.route(outcome, predictor)
        first = self.layout.layer_of(predictor)
        ports = (self._port(predictor, route[1], leaving=True), self._port(outcome, route[-2], leaving=False))
        levels = [ports[0], *(self.layout.place[knot] for knot in route[1:-1]), ports[1]]
        at = self._boundary(predictor, ports[0], 1)
        drawn = f"M{pair(self.form.point(at, _MARGIN + ports[0]))}"
        curves: list[tuple[Point, Point, Point, Point]] = []
        for k, (here, there) in enumerate(pairwise(levels)):
            begin, end = self._along(first + k) + self._depth, self._along(first + k + 1) - _LEVEL
            middle = (begin + end) / 2
            points = ((begin, here), (middle, here), (middle, there), (end, there))
            a, b, c, d = (self.form.point(along, _MARGIN + across) for along, across in points)
            curves.append((a, b, c, d))
            drawn += f"L{pair(a)}C{pair(b)} {pair(c)} {pair(d)}"
        drawn += f"L{pair(self.form.point(self._boundary(outcome, ports[1], -1), _MARGIN + ports[1]))}"
        zero = not float(value.replace("\N{MINUS SIGN}", "-"))
        return arrow(drawn, zero), self._label(value, curves)

    def _port(self, construct: str, towards: Knot, leaving: bool) -> float:
        """Where across its ellipse a path meets it: in the order of where the paths go."""
        paths = [p for p in self.shown.model.paths if construct == p[1 if leaving else 0]]
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
        return middle + side * half * reach(off, self.blocks[construct].composite, self.form.down)

    def _label(self, value: str, curves: Sequence[tuple[Point, Point, Point, Point]]) -> str:
        """The value on its path, where it hides no other value."""
        spots = [_bezier(curve, t) for t in (0.5, 0.4, 0.6, 0.3, 0.7, 0.2, 0.8) for curve in reversed(curves)]
        half = 3.6 * len(value)
        free = (spot for spot in spots if not any(_overlap(spot, half, other) for other in self.taken))
        x, y = next(free, spots[0])
        self.taken.append((x - half, y - 8, x + half, y + 8))
        return text((x, y + 4), value, 12, halo=True)

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
        drawn = f"M{pair(start)}C{pair(one)} {pair(two)} {pair(end)}"
        return arrow(drawn, both=True), self._label(number(correlation, 2), [(start, one, two, end)])


def _bezier(curve: tuple[Point, Point, Point, Point], t: float) -> Point:
    weights = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3)
    x, y = (sum(w * point[axis] for w, point in zip(weights, curve, strict=True)) for axis in (0, 1))
    return x, y


def _overlap(spot: Point, half: float, other: tuple[float, float, float, float]) -> bool:
    x, y = spot
    return x - half < other[2] and x + half > other[0] and y - 8 < other[3] and y + 8 > other[1]
