"""The pieces of a path diagram as SVG: constructs, boxes, arrows and text."""

from html import escape

from reports.drawing.palette import INK

_LINE, _SOFT = "#9aa1a7", "#f6f5f1"
#: Half the level edge of a hexagon, as a share of its half width.
EDGE = 0.72
Point = tuple[float, float]


def construct(at: Point, rx: float, ry: float, composite: bool) -> str:
    """An ellipse, or for a composite a hexagon of the same size."""
    x, y = at
    line = f'fill="white" stroke="{INK}" stroke-width="1.4"/>'
    if not composite:
        return f'<ellipse cx="{x:.1f}" cy="{y:.1f}" rx="{rx:.1f}" ry="{ry}" {line}'
    corners = ((-1, 0), (-EDGE, -1), (EDGE, -1), (1, 0), (EDGE, 1), (-EDGE, 1))
    return f'<polygon points="{" ".join(pair((x + rx * a, y + ry * b)) for a, b in corners)}" {line}'


def reach(off: float, composite: bool, upright: bool) -> float:
    """How far a construct reaches from its middle, as a share of its half size along, at the share `off` across.

    Along is level, or with `upright` from top to bottom.
    """
    off = min(1.0, abs(off))
    if not composite:
        return float((1 - off**2) ** 0.5)
    if upright:
        return 1.0 if off <= EDGE else (1 - off) / (1 - EDGE)
    return 1 - (1 - EDGE) * off


def arrow(drawn: str, zero: bool = False, both: bool = False) -> str:
    """A line with a head (or two); a path of zero is dashed."""
    dashed = ' stroke-dasharray="4 3"' if zero else ""
    start = ' marker-start="url(#head)"' if both else ""
    return f'<path d="{drawn}" fill="none" stroke="{INK}" stroke-width="1.2"{dashed}{start} marker-end="url(#head)"/>'


def line(drawn: str) -> str:
    """A line without a head."""
    return f'<path d="{drawn}" fill="none" stroke="{INK}" stroke-width="1.2"/>'


def box(x: float, y: float, width: float, height: float) -> str:
    """A box for items."""
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" fill="{_SOFT}" stroke="{_LINE}" '
        'stroke-width="0.8"/>'
    )


def text(
    at: Point,
    words: str,
    size: float,
    colour: str = INK,
    anchor: str = "middle",
    weight: int = 400,
    halo: bool = False,
) -> str:
    """A line of text."""
    behind = ' stroke="white" stroke-width="4" paint-order="stroke" stroke-linejoin="round"' if halo else ""
    return (
        f'<text x="{at[0]:.1f}" y="{at[1]:.1f}" font-size="{size:g}" fill="{colour}" text-anchor="{anchor}" '
        f'font-weight="{weight}"{behind}>{escape(words)}</text>'
    )


def pair(point: Point) -> str:
    """A point as SVG writes it."""
    return f"{point[0]:.1f},{point[1]:.1f}"
