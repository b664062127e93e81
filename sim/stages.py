"""The two levels of a model with second-order constructs, each a model of first-order constructs."""

from sim.model import Model
from sim.targets import Target


def stage_one(model: Model) -> Model:
    """The model without its second-order constructs: each path of one goes to or from each of its dimensions."""
    dimensions = {block.construct: block.items for block in model.second_order}
    paths = [
        (outcome, predictor)
        for whole_outcome, whole_predictor in model.paths
        for outcome in dimensions.get(whole_outcome, (whole_outcome,))
        for predictor in dimensions.get(whole_predictor, (whole_predictor,))
    ]
    return Model(model.blocks, tuple(paths), model.error_covariances)


def stage_two(model: Model) -> Model:
    """The model with the dimensions of second-order constructs as their items."""
    first = tuple(block for block in model.blocks if block.construct not in model.dimensions)
    blocks = (*first, *model.second_order)
    levels = [{block.construct for block in blocks}, {item for block in blocks for item in block.items}]
    covariances = tuple(pair for pair in model.covariances if any(set(pair) <= level for level in levels))
    return Model(blocks, model.paths, covariances)


def composite_dimensions(model: Model) -> frozenset[str]:
    """Dimensions that form a composite of second order, `H <~ A + B`, and are not explained by it."""
    return frozenset(name for block in model.second_order if block.kind == "composite" for name in block.items)


def is_of_stage_one(target: Target, model: Model) -> bool:
    """Whether a target is about a dimension or its items, and so of the first stage; everything else is of the second.

    The variance of a dimension is what its second-order construct leaves of it, where that is reflective: as that of an
    item, it is of the second.
    """
    if target.kind == "variance":
        name = target.parts[0]
        of_items = name in model.items and name not in model.constructs
        return model.owner(name) in model.dimensions if of_items else name in composite_dimensions(model)
    constructs = target.parts[:1] if target.kind in ("loading", "weight") else target.parts
    return bool(model.dimensions & set(constructs))
