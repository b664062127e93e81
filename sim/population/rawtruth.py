"""True values in units of the answers: every construct has the unit of its first item, whose loading is 1."""

from collections.abc import Sequence

import numpy as np

from sim.batch import Floats
from sim.model import Model
from sim.structures.structure import Structure
from sim.targets import Target


def raw_factors(structure: Structure, sds: Floats, targets: Sequence[Target]) -> Floats:
    """What standardised values are multiplied by to be unstandardised (q,); 1 for targets without a unit.

    sds (p,): standard deviations of the responses.
    """
    return factors_of(structure.model, structure.loadings * sds, sds, targets)


def factors_of(model: Model, loadings: Floats, sds: Floats, targets: Sequence[Target]) -> Floats:
    """The same (q,) from the loadings (p,) of items on constructs of variance 1, in units of the items.

    A construct's standard deviation, in the unit of its first item, is that item's loading. NaN where a unit is not
    known: of composites, of second-order constructs, of unmodelled ones, and where the first item has loading 0.
    """
    first = model.bounds[:-1]
    of_constructs = np.full(len(model.constructs), np.nan)
    of_constructs[: len(first)] = loadings[first]
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
    return 1.0
