"""True values in units of the answers: constructs have the units of their first items, or (residual) variance 1."""

from collections.abc import Sequence

import numpy as np

from sim.batch import Floats
from sim.model import Model
from sim.structures.structure import Structure
from sim.targets import Target

#: The scales of true values. "raw": the first item of every block loads 1; "raw-variances": exogenous constructs have
#: variance 1 and the others residual variance 1.
SCALES = ("standardised", "raw", "raw-variances")


def raw_factors(structure: Structure, sds: Floats, targets: Sequence[Target], scale: str = "raw") -> Floats:
    """What standardised values are multiplied by to be unstandardised (q,); 1 for targets without a unit.

    sds (p,): standard deviations of the responses.
    """
    return factors_of(structure.model, structure.loadings * sds, sds, structure.r2, targets, scale)


def factors_of(
    model: Model, loadings: Floats, sds: Floats, r2: Floats, targets: Sequence[Target], scale: str
) -> Floats:
    """What standardised values are multiplied by to be unstandardised (q,).

    loadings (p,): of items on constructs of variance 1, in units of the items; r2 (m,).

    A construct's standard deviation is, in the unit of its first item, that item's loading; with residual variance 1 it
    is 1 / sqrt(1 - r2). NaN where a unit is not known: of composites, of second-order constructs, of unmodelled ones,
    and where the first item has loading 0 or r2 is 1.
    """
    first = model.bounds[:-1]
    of_constructs = np.full(len(model.constructs), np.nan)
    of_constructs[: len(first)] = loadings[first]
    if scale == "raw-variances":
        left = 1.0 - r2
        of_constructs[: len(first)] = np.where(left > 0, 1.0 / np.sqrt(np.where(left > 0, left, 1.0)), np.nan)[
            : len(first)
        ]
    of_constructs[: len(first)][~model.reflective] = np.nan
    of_constructs[of_constructs == 0] = np.nan
    if model.second_order:
        of_constructs[:] = np.nan
    return np.array([_factor(target, model, of_constructs, sds) for target in targets])


def _factor(target: Target, model: Model, of_constructs: Floats, sds: Floats) -> float:
    """What one value is multiplied by."""

    def of(construct: str) -> float:
        return float(of_constructs[model.constructs.index(construct)]) if construct in model.constructs else np.nan

    match target.kind:
        case "loading" if target.parts[1] in model.items:
            return float(sds[model.items.index(target.parts[1])]) / of(target.parts[0])
        case "weight" if target.parts[1] in model.items:
            return of(target.parts[0]) / float(sds[model.items.index(target.parts[1])])
        case "variance" if target.parts[0] in model.items:
            return float(sds[model.items.index(target.parts[0])]) ** 2
        case "variance":
            return of(target.parts[0]) ** 2
        case "path":
            return of(target.parts[0]) / of(target.parts[1])
        case "correlation":
            return of(target.parts[0]) * of(target.parts[1])
        case "indirect" | "total" | "total_indirect":
            return of(target.parts[-1]) / of(target.parts[0])
        case "difference":  # its paths are in units of their own
            return np.nan
    return 1.0
