"""Values: the numbers that a population is given by name, in the places of its arrays."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from sim.batch import Floats
from sim.errors import InputError, unknown
from sim.model import Block, Model
from sim.structures import products
from sim.structures.composites import composed
from sim.structures.crossloadings import Crossloadings, read_crossloading


@dataclass(frozen=True)
class Values:
    """A population's numbers while they are filled in. q items of every block: those of the model, then dimensions.

    loadings, weights (q,): NaN where not given; correlations (m, m) of exogenous constructs; paths (m, m); covariances
    (q, q): of the errors of reflective blocks' items, and correlations within composite blocks; zero diagonal. effects:
    of products, as `sim.structures.products` has them. crossloadings, and correlations of `unmodelled` constructs, as
    `Crossloadings` has them.
    """

    model: Model
    loadings: Floats
    weights: Floats
    paths: Floats
    correlations: Floats
    covariances: Floats
    effects: list[tuple[str, str, str, float]] = field(default_factory=list)
    unmodelled: tuple[str, ...] = ()
    crossloadings: list[tuple[str, str, float]] = field(default_factory=list)
    beside_correlations: list[tuple[str, str, float]] = field(default_factory=list)

    @classmethod
    def blank(cls, model: Model, unmodelled: Sequence[str] = ()) -> "Values":
        """No number yet."""
        m, q = len(model.constructs), sum(len(block.items) for block in model.every_block)
        paths = np.where(model.path_matrix, np.nan, 0.0)
        numbers = (np.full(q, np.nan), np.full(q, np.nan), paths, np.eye(m), np.zeros((q, q)))
        return cls(model, *numbers, unmodelled=tuple(unmodelled))

    @cached_property
    def items(self) -> tuple[str, ...]:
        """The q names."""
        return tuple(item for block in self.model.every_block for item in block.items)

    @property
    def beside(self) -> Crossloadings:
        """What items measure beside their own constructs."""
        return Crossloadings(tuple(self.crossloadings), self.unmodelled, tuple(self.beside_correlations))

    @cached_property
    def blocks(self) -> dict[str, Block]:
        """The block of each of the q names."""
        return {item: block for block in self.model.every_block for item in block.items}


def values_given(model: Model, given: Mapping[str, float], unmodelled: Sequence[str] = ()) -> Values:
    """The numbers of a model by the names of its parameters. Raises InputError for what is wrong or missing.

    A composite block's weights and correlations are turned into the loadings and error covariances that they mean.
    """
    Crossloadings.check_names(unmodelled, model)
    values = Values.blank(model, unmodelled)
    seen: set[str] = set()
    for key, value in given.items():
        if isinstance(value, bool) or not isinstance(value, float | int | np.number) or not np.isfinite(value):
            raise InputError(f"{key} is {value!r}; give a finite number")
        if product := products.read(key, model):
            values.effects.extend([(*product, float(value))] if value else [])
        elif crossing := read_crossloading(key, model, unmodelled):
            values.crossloadings.extend([(*crossing, float(value))] if value else [])
        elif pair := _of_unmodelled(key, values):
            _check_correlation(key, float(value))
            values.beside_correlations.extend([(*pair, float(value))] if value else [])
        else:
            _place(values, key, float(value))
        if (one := one_name(key)) in seen:
            raise InputError(f"{key} is given twice; give it once")
        seen.add(one)
    if missing := _missing(values):
        raise InputError(f"no value is given for {', '.join(missing)}; every loading, weight and path needs one")
    for block in model.every_block:
        if block.kind == "composite":
            own = np.array([values.items.index(item) for item in block.items])
            within = np.ix_(own, own)
            correlations = values.covariances[within] + np.eye(len(own))
            values.loadings[own], values.covariances[within] = composed(block, values.weights[own], correlations)
    return values


def _of_unmodelled(key: str, values: Values) -> tuple[str, str] | None:
    """The two unmodelled constructs whose correlation the key gives; None for every other key."""
    left, joint, right = key.replace(" ", "").partition("~~")
    own = {left, right} & set(values.unmodelled)
    if not joint or not own:
        return None
    if left == right or len(own) < 2:
        raise InputError(
            f"{key}: {sorted(own)[0]} is unmodelled: of variance 1, and unrelated to the model's constructs; give its "
            "loadings, and correlations with other unmodelled constructs"
        )
    return (left, right) if left < right else (right, left)


def parameters(model: Model, kind: str) -> list[str]:
    """Names of a model's parameters of a kind.

    Kinds: path, loading of reflective blocks, weight of composite ones, correlation of exogenous constructs,
    item_correlation within composite blocks.
    """
    blocks = [block for block in model.every_block if block.kind == ("composite" if kind == "weight" else "reflective")]
    if kind == "loading":
        return [f"{block.construct}=~{item}" for block in blocks for item in block.items]
    if kind == "weight":
        return [f"{block.construct}<~{item}" for block in blocks for item in block.items]
    if kind == "item_correlation":
        within = [block.items for block in model.every_block if block.kind == "composite"]
        return [f"{a}~~{b}" for items in within for i, a in enumerate(items) for b in items[i + 1 :]]
    if kind == "correlation":
        free = model.exogenous
        return [f"{a}~~{b}" for i, a in enumerate(free) for b in free[i + 1 :]]
    return [f"{outcome}~{predictor}" for outcome, predictor in model.paths]


def _missing(values: Values) -> list[str]:
    """Names of the loadings, weights and paths that have no number."""
    found = []
    for item, loading, weight in zip(values.items, values.loadings, values.weights, strict=True):
        block = values.blocks[item]
        if np.isnan(loading) and block.kind == "reflective":
            found.append(f"{block.construct}=~{item}")
        if np.isnan(weight) and block.kind == "composite":
            found.append(f"{block.construct}<~{item}")
    places = values.model.constructs.index
    return found + [f"{o}~{i}" for o, i in values.model.paths if np.isnan(values.paths[places(o), places(i)])]


def _place(values: Values, key: str, value: float) -> None:
    """Write one named value into its array."""
    model = values.model
    left, _, right = key.replace(" ", "").partition("~~")
    if right and left in values.items and right in values.items and _of_items(values, key, left, right, value):
        return
    target = model.target(key)
    index = [model.constructs.index(part) for part in target.parts if part in model.constructs]
    if target.kind in ("loading", "weight"):
        _of_block(values, key, target.parts[1], target.kind, value)
    elif target.kind == "path":
        values.paths[index[0], index[1]] = value
    elif target.kind == "correlation":
        _check_exogenous(model, key, target.parts)
        _check_correlation(key, value)
        values.correlations[index[0], index[1]] = values.correlations[index[1], index[0]] = value
    elif target.kind == "variance":
        raise InputError(
            f"{key} is a variance, of {target.parts[0]} with itself: standardised, it is 1 or what other values leave; "
            'leave it out, or give unstandardised values with solution = "raw"'
        )
    else:
        kinds = ["path", "loading", "correlation", "weight"]
        raise InputError(f"{key} is not a parameter; {unknown('kind', target.kind, kinds)}")


def _of_block(values: Values, key: str, item: str, kind: str, value: float) -> None:
    """Write a loading of a reflective block or a weight of a composite one."""
    block = values.blocks[item]
    if kind == "loading" and block.kind == "composite":
        raise InputError(
            f"{key}: {block.construct} is composite (<~), so its loadings follow; give its weight "
            f"{block.construct}<~{item}, and correlations of its items"
        )
    if kind == "weight" and block.kind == "reflective":
        raise InputError(f"{key}: {block.construct} is reflective (=~); give its loading {block.construct}=~{item}")
    (values.loadings if kind == "loading" else values.weights)[values.items.index(item)] = value


def _of_items(values: Values, key: str, left: str, right: str, value: float) -> bool:
    """Write what joins two items (or dimensions): whether it could be."""
    one, other = values.blocks[left], values.blocks[right]
    dimensions = values.model.dimensions & {left, right}
    if left == right:
        told = "the loading fixes an item's error variance (1 - loading^2)"
        raise InputError(f"{key}: {told if not dimensions else 'a dimension has variance 1'}; name two items")
    if one == other and one.kind == "composite":
        _check_correlation(key, value)
    elif dimensions:
        return False
    else:
        for item, block in ((left, one), (right, other)):
            if block.kind == "composite":
                raise InputError(
                    f"{key}: {item} forms composite {block.construct}, and is related to other blocks' items through "
                    "it alone; give paths, or correlations of two items of one composite"
                )
    a, b = values.items.index(left), values.items.index(right)
    values.covariances[a, b] = values.covariances[b, a] = value
    return True


def _check_exogenous(model: Model, key: str, pair: tuple[str, ...]) -> None:
    """Raises InputError for a correlation that the other parameters fix."""
    allowed = ", ".join(model.exogenous)
    for construct in pair:
        whole = next((block.construct for block in model.second_order if construct in block.items), None)
        if whole is not None:
            raise InputError(
                f"{key}: {construct} is a dimension of {whole}, whose loadings and paths fix this correlation; "
                f"give those of {allowed} only"
            )
    if set(pair) - set(model.exogenous):
        raise InputError(f"{key}: the paths fix this correlation; give those of {allowed} only")


def _check_correlation(key: str, value: float) -> None:
    if not -1 <= value <= 1:
        raise InputError(f"{key} is {value:g}; a correlation lies in -1 to 1")


def overridden(values: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """The values with one's own in place of those of the same parameters."""
    named = {one_name(name) for name in own}
    return {name: value for name, value in values.items() if one_name(name) not in named} | dict(own)


def one_name(name: str) -> str:
    """One spelling for `A~~B` and `B ~~ A`, and for `Y~X:Z` and `Y ~ Z:X`."""
    named = name.replace(" ", "")
    outcome, _, factors = named.partition("~")
    return (
        f"{outcome}~{':'.join(sorted(factors.split(':')))}" if ":" in factors else "~~".join(sorted(named.split("~~")))
    )
