"""Part of the self-test: a figure can be drawn."""

from benchmarks.doctor.checks import Check, Wrong
from reports.drawing import vega

_POINTS = {
    "data": {"values": [{"x": 1, "y": 2}, {"x": 2, "y": 3}]},
    "mark": "point",
    "encoding": {"x": {"field": "x", "type": "quantitative"}, "y": {"field": "y", "type": "quantitative"}},
}


def _a_figure_is_drawn() -> None:
    """Two points become a drawing, without a network."""
    if not vega.svg(_POINTS).startswith("<svg"):
        raise Wrong("what is drawn is no SVG")


FIGURES = Check(
    "figures can be drawn",
    _a_figure_is_drawn,
    "install vl-convert-python and altair again in the versions of constraints.txt; results are stored without them",
)
