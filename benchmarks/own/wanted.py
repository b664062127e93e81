"""Every quantity that the field reports of a model."""

from itertools import combinations
from typing import Any

from estimators.prediction.wrapper import item_targets, loss_targets
from sim.model import Model
from sim.targets import CONSTRUCT_KINDS, EFFECT_KINDS, LOSS_KINDS, MODEL_KINDS, PAIR_KINDS, PATH_KINDS, Target


def targets_of(model: Model) -> tuple[Target, ...]:
    """Every quantity that the field reports of this model, in the order of `sim.targets`."""
    pairs = model.pairs
    chains = chains_of(model)
    mediated = tuple(dict.fromkeys((chain[0], chain[-1]) for chain in chains))
    joined = [
        (kind, (c, item)) for kind in ("loading", "weight") for c in model.measured for item in model.indicators[c]
    ]
    wanted: list[tuple[Any, tuple[str, ...]]] = [
        *(("path", path) for path in model.paths),
        *(("product", product) for product in model.products),
        *(("slope", slope) for slope in slopes_of(model)),
        *((kind, path) for kind in PATH_KINDS for path in model.paths),
        *((kind, (outcome, f"{a}:{b}")) for kind in PATH_KINDS for outcome, a, b in model.products),
        *((kind, (c,)) for kind in ("r2", "adj_r2") for c in model.endogenous),
        *(("difference", (y, *pair)) for y in model.endogenous for pair in combinations(predictors_of(model, y), 2)),
        *(("indirect", chain) for chain in chains),
        *((kind, pair) for kind in EFFECT_KINDS for pair in mediated),
        *joined,
        *((kind, (c,)) for kind in CONSTRUCT_KINDS if kind not in ("r2", "adj_r2") for c in model.measured),
        *(("correlation", pair) for pair in pairs),
        *((kind, pair) for kind in PAIR_KINDS for pair in pairs),
        *((kind, ()) for kind in MODEL_KINDS),
        *(("defined", (each.name,)) for each in model.terms.definitions),
    ]
    return tuple(Target(kind, parts) for kind, parts in wanted)


def slopes_of(model: Model) -> tuple[tuple[str, str, str, str], ...]:
    """The simple slopes of every product: of either construct where the other is 1 SD below, at or above its mean."""
    turned = dict.fromkeys((y, *pair) for y, a, b in model.products for pair in ((a, b), (b, a)))
    return tuple((*named, at) for named in turned for at in ("-1", "0", "1"))


def predictors_of(model: Model, outcome: str) -> list[str]:
    """The constructs with a path to an outcome, in the order written."""
    return [predictor for other, predictor in model.paths if other == outcome]


def predicted_of(model: Model) -> tuple[Target, ...]:
    """Every measure of prediction: of items, then of losses over all and by construct."""
    return (*item_targets(model), *(target for kind in LOSS_KINDS for target in loss_targets(kind, model)))


def variances_of(model: Model) -> tuple[Target, ...]:
    """The variances of constructs and items, which raw solutions have."""
    return tuple(Target("variance", (name, name)) for name in (*model.constructs, *model.items))


def chains_of(model: Model) -> tuple[tuple[str, ...], ...]:
    """Every chain of two or more paths, cause first."""
    following = {c: [outcome for outcome, predictor in model.paths if predictor == c] for c in model.constructs}
    chains: list[tuple[str, ...]] = []
    waiting: list[tuple[str, ...]] = [(c,) for c in reversed(model.constructs)]
    while waiting:
        chain = waiting.pop()
        if len(chain) > 2:
            chains.append(chain)
        waiting += [(*chain, outcome) for outcome in reversed(following[chain[-1]])]
    return tuple(chains)
