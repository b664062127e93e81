"""The type I error beside a power: what a test finds where there is nothing tells what its power is worth."""

import math
from dataclasses import replace

from reports.results import Estimate, Results


def significant_with_size(
    results: Results, cell: int, method: str, path: str
) -> tuple[Estimate | None, Estimate | None]:
    """How often a path is called significant, and how often where it is zero, all else being equal.

    A power is doubtful where the second is off; of a path that is zero the two are one, and the second is None.
    """
    found = results.rejections(cell, method, path)
    if found is None or results.truth(cell, path) == 0:
        return found, None
    size = results.size(cell, method, path)
    return (replace(found, doubtful=True) if size_is_off(size, results.study.alpha) else found), size


def size_is_off(size: Estimate | None, alpha: float) -> bool:
    """Whether a type I error lies outside half to one and a half times its level (Bradley 1978), chance allowed for."""
    if size is None or not math.isfinite(size.lower):
        return False
    return size.lower > 1.5 * alpha or size.upper < 0.5 * alpha
