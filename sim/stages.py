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
    return Model((*first, *model.second_order), model.paths)


def is_of_stage_one(target: Target, model: Model) -> bool:
    """Whether a target is about a dimension, and so of the first stage; everything else is of the second."""
    constructs = target.parts[:1] if target.kind in ("loading", "weight") else target.parts
    return bool(model.dimensions & set(constructs))
