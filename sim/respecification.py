"""What a model has more or less than another: the paths and error covariances that were freed or dropped."""

from sim.model import Model

#: What stands before a relation that was dropped.
DROPPED = "-"


def relations(model: Model) -> tuple[str, ...]:
    """Paths `Y~X` and error covariances `x1~~x2` of a model, the items of a covariance in the order of the model."""
    place = {item: i for i, item in enumerate(model.items)}
    pairs = (sorted(pair, key=place.__getitem__) for pair in model.error_covariances)
    return (*("~".join(path) for path in model.paths), *("~~".join(pair) for pair in pairs))


def differences(before: Model, after: Model) -> str:
    """What `after` has that `before` has not, and has not (after a `-`), in alphabetic order, joined by ", "."""
    return written(set(relations(after)) - set(relations(before)), set(relations(before)) - set(relations(after)))


def written(freed: set[str], dropped: set[str]) -> str:
    """Relations that were freed and dropped, as `differences` tells them."""
    return ", ".join([*sorted(freed), *sorted(DROPPED + each for each in dropped)])
