"""True values of targets, from a population's structure and what its truth is reported for."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from sim.batch import Floats
from sim.quantities import Given, value_of
from sim.structures import composites
from sim.structures.readings import Reading, read
from sim.structures.structure import Structure
from sim.targets import MODEL_KINDS, PREDICTION_KINDS, Target


def true_values(structure: Structure, reading: Reading, targets: Sequence[Target], sds: Floats | None = None) -> Floats:
    """True standardised values (q,), before the cut; NaN where there is none.

    sds (p,): standard deviations of the responses where they are not 1, which alpha and omega of unweighted sums feel.
    """
    levels = {id(level): read(level.given, reading) for level in map(structure.level_of, targets)}
    if sds is not None:
        levels = {key: replace(given, items=given.items * np.outer(sds, sds)) for key, given in levels.items()}
    values = []
    for target in targets:
        beside = _beside(structure, target)
        values.append(_value(levels[id(structure.level_of(target))], target) if beside is None else beside)
    return np.array(values)


def _beside(structure: Structure, target: Target) -> float | None:
    """The true value of what several loadings of an item decide, None for all other targets."""
    crossing = structure.crossloadings
    if crossing.given and target.kind == "variance" and target.parts[0] in structure.model.items:
        item = structure.model.items.index(target.parts[0])
        return float(structure.own_errors[item, item])
    return crossing.true_value(target, structure.model)


def no_value(structure: Structure, reading: Reading, target: Target) -> str | None:
    """Why there is no true value of the target, in words; None where there is one."""
    if _beside(structure, target) is not None:
        return None
    known = read(structure.level_of(target).given, reading)
    if not np.isnan(_value(known, target)):
        return None
    if composites.is_undefined(target, known.model):
        named = [b.construct for b in known.model.blocks if b.kind == "composite" and b.construct in target.parts]
        return f"{target.name}: {', '.join(named)} is composite, made of its items without error, so it has none"
    if target.kind == "weight":
        return f"{target.name}: {target.parts[0]} is a common factor, which is no weighted sum of its items"
    if target.kind in PREDICTION_KINDS:
        return f"{target.name}: every method predicts in its own way, so that each is judged by its own limit"
    if target.kind in MODEL_KINDS:
        return f"{target.name}: it says how a model fits a sample, and a population is no sample"
    return f"{target.name}: the population's numbers leave it undefined, as collinear predictors do"


def _value(known: Given, target: Target) -> float:
    """One true value; NaN where there is none."""
    if composites.is_undefined(target, known.model):
        return np.nan
    if target.kind == "weight":
        return float(composites.weights(known)[known.model.items.index(target.parts[1])])
    return float(value_of(target, known)[0])
