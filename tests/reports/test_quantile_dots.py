"""Quantile dots stand on each other, upwards from a line under them."""

import re

from reports.drawing import raw, vega
from reports.drawing.palette import signs_of


def test_dots_stand_on_a_line_and_on_each_other() -> None:
    rows = [
        {"what": "dot", "method": method, "value": 0.5, "stack": k, "told": "", "replication": k, "n": 40, "truth": 0.4}
        for method in "AB"
        for k in range(4)
    ]
    spec = {**raw.dots(signs_of(["A", "B"]), "estimate", (0.0, 1.0), 4)(), "datasets": {"rows": rows}}
    drawn = vega.svg(spec)
    dots = re.findall(r"method: ([AB]); stack: (\d);[^>]*translate\([\d.]+,([\d.]+)\)", drawn)
    heights = {(method, int(stack)): float(y) for method, stack, y in dots}
    for method in "AB":  # y grows downwards
        assert heights[method, 0] > heights[method, 1] > heights[method, 2] > heights[method, 3]
    lines = sorted(
        float(y) for y in re.findall(r'translate\(0,([\d.]+)\)" x2="[1-9][\d.]*"[^>]*stroke="#d5d2ca"', drawn)
    )
    assert len(lines) == 2
    assert all(line > heights[method, 0] for line, method in zip(lines, "AB", strict=True))
