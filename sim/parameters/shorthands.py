"""Shorthands among values: `F=~*` is every loading of F, `F~~*` all its correlations, `Y~*` all paths to Y."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeVar

from sim.errors import InputError
from sim.model import Model
from sim.parameters.values import one_name, parameters

V = TypeVar("V")

#: What joins the two names of a parameter, and the kind it is of; longer joints first.
_KINDS = (("=~", "loading"), ("<~", "weight"), ("~~", "correlation"), ("~", "path"))


def written_out(model: Model, values: Mapping[str, V], unmodelled: Sequence[str] = ()) -> dict[str, V]:
    """The values with every shorthand in full. What is named itself keeps its own value, `F=~*` goes before `*=~*`.

    Raises InputError for a shorthand of nothing, and where two that are alike give one parameter different values.
    """
    short = sorted((name for name in values if "*" in name), key=lambda name: name.count("*"))
    found = {name: value for name, value in values.items() if "*" not in name}
    taken = {one_name(name): (0, name) for name in found}
    for key in short:
        names = list(_meant(model, key, unmodelled))
        if not names:
            raise InputError(f"{key}: the model has no such parameter, so it stands for nothing; leave it out")
        for name in names:
            stars, other = taken.setdefault(one_name(name), (key.count("*"), key))
            if other == key:
                found[name] = values[key]
            elif stars == key.count("*") and values[other] != values[key]:
                raise InputError(f"{name} is {values[other]} by {other} and {values[key]} by {key}; give {name} itself")
    return found


def _meant(model: Model, key: str, unmodelled: Sequence[str]) -> Iterator[str]:
    """The parameters that a shorthand stands for."""
    text = key.replace(" ", "")
    joint, kind = next((pair for pair in _KINDS if pair[0] in text), ("", ""))
    left, _, right = text.partition(joint) if joint else (text, "", "")
    known = (*model.constructs, *unmodelled, "*")
    if (
        not joint
        or ":" in text
        or left not in known
        or right not in (known if kind in ("correlation", "path") else "*")
    ):
        raise InputError(
            f"{key}: a shorthand is `F=~*`, `F<~*`, `F~~*`, `Y~*` or `*~X` with the name of a construct "
            f"({', '.join(known[:-1])}), or `*` on both sides; name what is meant"
        )
    if left in unmodelled and kind == "loading":
        yield from (f"{left}=~{i}" for b in model.blocks if b.kind == "reflective" for i in b.items)
        return
    if kind == "correlation" and {left, right} & set(unmodelled):
        pool = [f"{a}~~{b}" for i, a in enumerate(unmodelled) for b in unmodelled[i + 1 :]]
    else:
        pool = parameters(model, kind)
    for name in pool:
        a, b = name.split(joint)
        same = left in (a, "*") and right in (b, "*")
        if same or (kind == "correlation" and left in (b, "*") and right in (a, "*")):
            yield name
