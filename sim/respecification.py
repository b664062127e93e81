"""What a model has more or less than another: the relations that were freed or dropped."""

from sim.model import Model

#: What stands before a relation that was dropped.
DROPPED = "-"


def relations(model: Model) -> tuple[str, ...]:
    """Paths `Y~X`, error covariances `x1~~x2` and cross-loadings `X=~y1` of a model.

    The items of a covariance stand in the order of the model; a cross-loading is one on a construct whose block does
    not have the item.
    """
    place = {item: i for i, item in enumerate(model.items)}
    pairs = (sorted(pair, key=place.__getitem__) for pair in model.error_covariances)
    crossings = [(block.construct, item) for block in model.crossed for item in block.items]
    return (
        *("~".join(path) for path in model.paths),
        *("~~".join(pair) for pair in pairs),
        *("=~".join(pair) for pair in crossings if model.owner(pair[1]) != pair[0]),
    )


def differences(before: Model, after: Model) -> str:
    """What `after` has that `before` has not, and has not (after a `-`), in alphabetic order, joined by ", "."""
    return written(set(relations(after)) - set(relations(before)), set(relations(before)) - set(relations(after)))


def written(freed: set[str], dropped: set[str]) -> str:
    """Relations that were freed and dropped, as `differences` tells them."""
    return ", ".join([*sorted(freed), *sorted(DROPPED + each for each in dropped)])
