"""Changes: what the level of a factor sets in a population's content, each number by its key, before it is built.

A key is what the population file itself would write: a parameter (`F=~x1`, `x1~~x2`, `F=~*` for a whole block), a key
of a section (`responses.careless`, `scale.thresholds`, `missing.items.x1`), or any other number that the file has
(`published.r2.PERF`). `items.F` and `copies.F` set how many items F has, and how many constructs there are like it.
"""

import copy
import dataclasses
import re
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Any

from pydantic import BaseModel

from sim.catalogue import reshaped
from sim.catalogue.populationfile import SECTIONS
from sim.errors import InputError, nearest, unknown
from sim.model import Model
from sim.parameters.values import one_name, parameters

#: Keys that say how many there are: of a construct's items, of constructs like one.
SHAPES = ("items", "copies")
#: Parts of a file that a key may lead into, beside its sections; what they hold must be there to be set.
_WITHIN = ("published", "table", "groups", "themes", "covariance")
#: Ways to give a scale: a level that gives one takes the place of another.
_SCALES = ("shares", "thresholds", "categories", "slider")
_SHAPES_OF_SCALES = ("skewness", "mean", "sd")
#: Kinds of parameters by what joins the two names of a key.
_KINDS = (("=~", "loading"), ("<~", "weight"), ("~~", "correlation"), ("~", "path"))


def settings_of(level: Any, prefix: str = "") -> dict[str, Any]:
    """What a level that is a table sets, by key: `distribution = { df = 5 }` sets `distribution.df`."""
    found: dict[str, Any] = {}
    for key, value in level.items():
        whole = f"{prefix}.{key}" if prefix else key
        found |= settings_of(value, whole) if isinstance(value, Mapping) else {whole: value}
    return found


def changed(content: Mapping[str, Any], settings: Mapping[str, Any]) -> dict[str, Any]:
    """The content with every setting in its place. Raises InputError that begins with the key of what cannot be."""
    whole = copy.deepcopy(dict(content))
    waiting = dict(settings)
    for shape in SHAPES:
        of_shape = [key for key in waiting if key.startswith(f"{shape}.")]
        named: dict[str, tuple[str, Any]] = {}
        for key in sorted(of_shape, key=lambda key: "*" not in key):  # one construct's own number beats that of all
            named |= dict.fromkeys(_constructs(whole, key), (key, waiting[key]))
        for construct, (key, count) in named.items():
            if shape == "copies":
                among = next((each for each in waiting if one_name(each) == f"{construct}~~{construct}"), None)
                reshaped.with_copies(whole, key, construct, count, waiting.pop(among) if among else None)
            else:
                reshaped.with_items(whole, key, construct, count)
        for key in of_shape:
            del waiting[key]
    for key, value in sorted(waiting.items(), key=lambda item: "*" not in item[0]):
        _set(whole, key, value)
    return whole


@lru_cache(maxsize=16)
def _model(text: str) -> Model:
    """The model that names are looked up in, for every setting of a study's levels the same."""
    return Model.plain(text)


def _constructs(content: Mapping[str, Any], key: str) -> list[str]:
    """The constructs that `items.F` or `items.*` names."""
    if "model" not in content or "values" not in content:
        raise InputError(f"{key}: only a population with [values] can have other numbers of items and constructs")
    named, known = key.partition(".")[2], [block.construct for block in _model(content["model"]).blocks]
    if named != "*" and named not in known:
        raise InputError(f"{key}: {unknown('construct', named, known)}")
    return known if named == "*" else [named]


def _set(content: dict[str, Any], key: str, value: Any) -> None:
    section, dot, rest = key.partition(".")
    if section == "values" and dot:
        _set_parameter(content, key, rest, value)
    elif section in SECTIONS.model_fields and dot:
        _set_in_section(content, section, rest, value)
    elif section == "factors" and dot:
        content["factors"] = {**content.get("factors", {}), rest: value}
    elif section in _WITHIN and section in content and dot:
        _set_within(content, key, value)
    elif "~" in key:
        _set_parameter(content, key, key, value)
    else:
        raise InputError(f"{key}: {unknown_key(key, content)}")


def unknown_key(key: str, content: Mapping[str, Any], others: Sequence[str] = ()) -> str:
    """Which keys there are, for one that is none; `others` are allowed besides."""
    heads = [*SECTIONS.model_fields, *(part for part in _WITHIN if part in content), *SHAPES]
    allowed = [*others, "a parameter such as `F=~x1`", *(f"{head}.NAME" for head in heads)]
    close = nearest(key.partition(".")[0], [*heads, *others])
    return f"there is no such factor or key{close}; allowed: {', '.join(allowed)}"


def _set_in_section(content: dict[str, Any], section: str, rest: str, value: Any) -> None:
    table = content.setdefault(section, {})
    known = list(_keys_of(section))
    if section != "after_cut" and (key := rest.partition(".")[0]) not in known:
        raise InputError(f"{section}.{rest}: {unknown('key', key, known)}")
    if section == "scale" and rest in _SCALES:
        replaced = {*_SCALES, *(() if rest in ("categories", "slider") else _SHAPES_OF_SCALES)}
        content[section] = table = {key: given for key, given in table.items() if key not in replaced}
    *path, last = [rest] if section == "after_cut" else rest.split(".")
    for step in path:
        table = table.setdefault(step, {})
        if not isinstance(table, dict):
            raise InputError(f"{section}.{rest}: {step} is no table of the file, so nothing in it can be set")
    table[last] = value


def _keys_of(section: str) -> Iterator[str]:
    """The keys of a section."""
    kind = SECTIONS.model_fields[section].annotation
    if dataclasses.is_dataclass(kind):
        yield from (each.name for each in dataclasses.fields(kind))
    elif isinstance(kind, type) and issubclass(kind, BaseModel):
        yield from kind.model_fields


def _set_within(content: dict[str, Any], key: str, value: Any) -> None:
    """Set what stands in the file already, a group's own parameters aside."""
    table, path = content, key.split(".", 3) if key.startswith("groups.") else key.split(".")
    for place, step in enumerate(path[:-1]):
        if path[0] == "groups" and place == 2:
            table = table.setdefault(step, {})
            table.pop(next((each for each in table if one_name(each) == one_name(path[3])), ""), None)
            table[path[3]] = value
            return
        if not isinstance(table.get(step), dict):
            raise InputError(f"{key}: {unknown('key', step, list(table))}")
        table = table[step]
    if path[-1] not in table:
        raise InputError(f"{key}: {unknown('key', path[-1], list(table))}")
    table[path[-1]] = value


def _set_parameter(content: dict[str, Any], key: str, name: str, value: Any) -> None:
    if "values" not in content:
        raise InputError(
            f"{key}: this population has no [values]: its parameters are solved from a published table; vary what is "
            "printed there, or name a population with [values]"
        )
    model = _model(content["model"])
    names = list(_matching(model, name)) if "*" in name else [name]
    if not names:
        raise InputError(f"{key}: the model has no such parameter; {_known(model, name)}")
    known = [*model.constructs, *model.items]
    for part in re.split(r"=~|<~|~~|~|:", name.replace(" ", "")) if "*" not in name else ():
        if part not in known:
            raise InputError(f"{key}: {unknown('construct or item', part, known)}")
    given = {one_name(each) for each in names}
    kept = {each: number for each, number in content["values"].items() if one_name(each) not in given}
    content["values"] = kept | dict.fromkeys(names, value)


def _matching(model: Model, pattern: str) -> Iterator[str]:
    """The parameters of a model that a name with `*` means: of blocks, of exogenous constructs, or paths."""
    joint, kind = _joint(pattern)
    left, right = pattern.replace(" ", "").split(joint, 1)
    for name in parameters(model, kind):
        a, b = name.split(joint, 1)
        swapped = joint == "~~" and fnmatchcase(b, left) and fnmatchcase(a, right)
        if swapped or (fnmatchcase(a, left) and fnmatchcase(b, right)):
            yield name


def _joint(name: str) -> tuple[str, str]:
    return next((joint, kind) for joint, kind in _KINDS if joint in name)


def _known(model: Model, name: str) -> str:
    known = parameters(model, _joint(name)[1])
    return f"it has {', '.join(known)}" if known else f"it has no {_joint(name)[1]}"
