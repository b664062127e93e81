"""Parameters drawn anew for every data set: uniform, normal within limits, or of one item at random."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy.special import ndtr, ndtri

from sim.batch import Floats
from sim.errors import InputError, unknown
from sim.model import Model
from sim.parameters.shorthands import written_out

_FORMS = "`{ uniform = [LOW, HIGH] }` or `{ normal = [MEAN, SD], between = [LOW, HIGH] }`"
#: What stands for one item of a block, chosen at random.
ANY_ITEM = "=~?"


@dataclass(frozen=True)
class Draw:
    """The distribution of one parameter: uniform from low to high, or normal within them where an SD is given."""

    low: float
    high: float
    mean: float = 0.0
    sd: float = 0.0

    def at(self, u: float) -> float:
        """The u quantile, u from 0 to 1."""
        if not self.sd:
            return self.low + (self.high - self.low) * u
        below, above = ndtr((self.low - self.mean) / self.sd), ndtr((self.high - self.mean) / self.sd)
        return float(np.clip(self.mean + self.sd * ndtri(below + (above - below) * u), self.low, self.high))

    @property
    def content(self) -> list[float]:
        """The numbers."""
        return [self.low, self.high, self.mean, self.sd]


@dataclass(frozen=True)
class DrawnValues:
    """What is drawn: parameters by name, and by construct what one of its items, chosen at random, has as loading.

    items: the items of those constructs.
    """

    parameters: Mapping[str, Draw] = field(default_factory=dict)
    of_one_item: Mapping[str, Draw] = field(default_factory=dict)
    items: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.parameters or self.of_one_item)

    @property
    def content(self) -> dict[str, Any]:
        """What is drawn, as plain data."""
        told = {name: draw.content for name, draw in self.parameters.items()}
        return told | {f"{construct}{ANY_ITEM}": draw.content for construct, draw in self.of_one_item.items()}

    @property
    def words(self) -> str:
        """What is drawn, in words for a report."""
        told = [f"{name} {_in_words(draw)}" for name, draw in self.parameters.items()]
        told += [f"one item of {construct} {_in_words(draw)}" for construct, draw in self.of_one_item.items()]
        return f"drawn anew in every replication: {', '.join(told)}"

    @property
    def at_medians(self) -> str:
        """What is told with the source of the population in which drawn parameters stand at their medians."""
        return f"; {self.words}; here the numbers at the medians, and no item is chosen"

    def uniforms(self, rng: np.random.Generator, count: int) -> Floats:
        """Numbers from 0 to 1 for so many data sets (count, k); the first do not depend on how many there are."""
        return rng.random((count, len(self.parameters) + 2 * len(self.of_one_item)))

    def values(self, uniforms: Floats) -> dict[str, float]:
        """The parameters of one data set, of its numbers from 0 to 1 (k,)."""
        k = len(self.parameters)
        found = {name: draw.at(u) for (name, draw), u in zip(self.parameters.items(), uniforms[:k], strict=True)}
        for (construct, draw), (which, u) in zip(self.of_one_item.items(), uniforms[k:].reshape(-1, 2), strict=True):
            items = self.items[construct]
            found[f"{construct}=~{items[int(which * len(items))]}"] = draw.at(u)
        return found


def _in_words(draw: Draw) -> str:
    ends = f"{draw.low:g} to {draw.high:g}"
    if draw.low == draw.high:
        return f"{draw.low:g}"
    return f"normal ({draw.mean:g}, {draw.sd:g}) within {ends}" if draw.sd else f"uniform {ends}"


def centred(
    model: Model, values: Mapping[str, Any], unmodelled: Sequence[str] = ()
) -> tuple[dict[str, float], DrawnValues]:
    """Every value in full, those that are drawn at their median, and what is drawn.

    Raises InputError for distributions that cannot be, and for `F=~?` of other than a reflective block.
    """
    whole = written_out(
        model, {n: v for n, v in values.items() if not n.replace(" ", "").endswith(ANY_ITEM)}, unmodelled
    )
    blocks = {block.construct: block.items for block in model.blocks if block.kind == "reflective"}
    of_one: dict[str, Draw] = {}
    for name, value in values.items():
        construct, joint, _ = name.replace(" ", "").partition(ANY_ITEM)
        if joint:
            if construct not in blocks:
                raise InputError(f"{name}: {unknown('construct', construct, blocks)}")
            of_one[construct] = _draw(name, value) if isinstance(value, Mapping) else Draw(value, value)
    parameters = {name: _draw(name, value) for name, value in whole.items() if isinstance(value, Mapping)}
    numbers = {name: parameters[name].at(0.5) if name in parameters else value for name, value in whole.items()}
    return numbers, DrawnValues(parameters, of_one, {construct: blocks[construct] for construct in of_one})


def _draw(name: str, table: Mapping[str, Any]) -> Draw:
    """What a table says."""
    if set(table) not in ({"uniform"}, {"normal", "between"}):
        raise InputError(f"{name}: {', '.join(table) or 'nothing'} given; write {_FORMS}")
    for key, pair in table.items():
        if not isinstance(pair, list) or len(pair) != 2 or not all(_is_number(number) for number in pair):
            raise InputError(f"{name}.{key}: {pair!r} given; write {_FORMS}")
    low, high = table.get("uniform") or table["between"]
    if not low < high:
        raise InputError(f"{name}: from {low:g} to {high:g} given; the second number is to be the larger one")
    mean, sd = table.get("normal", (0.0, 0.0))
    if "normal" in table and not sd > 0:
        raise InputError(f"{name}.normal: SD {sd:g} given; it is above 0")
    if sd and not ndtr((high - mean) / sd) - ndtr((low - mean) / sd) > 1e-6:
        raise InputError(f"{name}: normal ({mean:g}, {sd:g}) is hardly ever between {low:g} and {high:g}; widen these")
    return Draw(float(low), float(high), float(mean), float(sd))


def _is_number(value: Any) -> bool:
    return not isinstance(value, bool) and isinstance(value, int | float) and bool(np.isfinite(value))
