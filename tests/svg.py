"""Path diagrams as SVG: their texts, and which of their parts lie on one another."""

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator

import numpy as np

SVG = "{http://www.w3.org/2000/svg}"


def numbers(text: str) -> list[float]:
    return [float(found) for found in re.findall(r"-?\d+\.?\d*", text)]


def points(drawn: str) -> Iterator[tuple[float, float]]:
    """Points along an SVG path of M, L and C."""
    here = np.zeros(2)
    for letter, rest in re.findall(r"([MLC])([^MLC]*)", drawn):
        given = np.array(numbers(rest)).reshape(-1, 2)
        if letter == "C":
            corners = [here, *given]
            for t in np.linspace(0, 1, 40):
                weights = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3)
                yield tuple(sum(w * c for w, c in zip(weights, corners, strict=True)))
        elif letter == "L":
            for t in np.linspace(0, 1, 40):
                yield tuple((1 - t) * here + t * given[-1])
        here = given[-1]


def texts(svg: str) -> list[str]:
    return [element.text or "" for element in ET.fromstring(svg).iter(f"{SVG}text")]


def collisions(svg: str) -> set[str]:
    """What a path runs over: an ellipse, a box, the edge of the drawing."""
    root = ET.fromstring(svg)
    ellipses = [tuple(float(e.get(k, "")) for k in ("cx", "cy", "rx", "ry")) for e in root.iter(f"{SVG}ellipse")]
    for polygon in root.iter(f"{SVG}polygon"):  # a hexagon has the ellipse of its size inside, but for its corners
        x, y = np.array(numbers(polygon.get("points", ""))).reshape(-1, 2).T
        ellipses.append(((x.min() + x.max()) / 2, y.mean(), 0.86 * np.ptp(x) / 2, 0.86 * np.ptp(y) / 2))
    boxes = [
        tuple(float(e.get(k, "")) for k in ("x", "y", "width", "height")) for e in root.iter(f"{SVG}rect") if e.get("x")
    ]
    width, height = numbers(root.get("viewBox", ""))[2:]
    found = set()
    for element in root.iter(f"{SVG}path"):
        if "C" not in element.get("d", "") or not element.get("marker-end"):
            continue
        for x, y in points(element.get("d", "")):
            if not (0 <= x <= width and 0 <= y <= height):
                found.add("edge")
            if any(((x - cx) / (rx - 0.5)) ** 2 + ((y - cy) / (ry - 0.5)) ** 2 < 0.98 for cx, cy, rx, ry in ellipses):
                found.add("ellipse")
            if any(a + 0.5 < x < a + w - 0.5 and b + 0.5 < y < b + h - 0.5 for a, b, w, h in boxes):
                found.add("box")
    return found
