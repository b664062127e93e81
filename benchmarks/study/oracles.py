"""The truth that a study tells its oracles: which items are true, and the true model, as settings before any draw.

No method sees the world (tests/house/test_imports.py). A control that acts on the truth gets it here, where the
population is known, in words that a study file might have.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from benchmarks.study.cells.cell import Cell
from estimators.decisions.controls.oracle import Oracle
from sim.model import Model
from sim.targets import Target

#: Loadings and weights that are smaller are none.
_NOTHING = 1e-12


def asked_in(settings: Mapping[str, Any]) -> bool:
    """Whether a method's settings have an oracle that is to be told the truth."""
    steps = settings.get("steps")
    return isinstance(steps, list) and any(_is_untold(step) for step in steps)


def told(settings: Mapping[str, Any], cell: Cell | None, fitted: Model | None) -> dict[str, Any]:
    """The settings with the truth of the cell's population in every oracle that was told nothing.

    fitted: the model that the method fits where that is not the population's own; the true one then takes its place.
    """
    if cell is None or not asked_in(settings):
        return dict(settings)
    truth: dict[str, Any] = {"items": true_items(cell)}
    if fitted is not None and fitted != cell.model:
        truth["model"] = cell.model.syntax
    return {**settings, "steps": [{**step, **truth} if _is_untold(step) else step for step in settings["steps"]]}


def true_items(cell: Cell) -> list[str]:
    """The items that load on their construct in the cell's population, or have a weight in their composite."""
    kinds = {"reflective": "loading", "composite": "weight"}
    targets = [
        Target(kinds[block.kind], (block.construct, item))  # type: ignore[arg-type]
        for block in cell.model.blocks
        for item in block.items
    ]
    values = np.abs(cell.truth(targets))
    return [target.parts[1] for target, value in zip(targets, values, strict=True) if value > _NOTHING]


def _is_untold(step: Any) -> bool:
    return isinstance(step, Mapping) and step.get("rule") == Oracle.name and "items" not in step
