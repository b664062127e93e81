"""A population's content with another number of items of a construct, or of constructs like one.

Both work on what the file says, name by name: whatever it says of an item or construct, it says of those made after it.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any

from sim.errors import InputError
from sim.grammar.syntax import Statement, parse

_MEASURES = ("=~", "<~")
#: The most items of a construct, and the most constructs like one, that a level may ask for.
MOST = 200
#: Parts of a name that stands for two: `F=~x1`, `x1~~y1`, `F~G`, `F~G:H`, `alpha(F)`.
_PARTS = re.compile(r"[A-Za-z_.][A-Za-z0-9_.]*")
_FUNCTION = re.compile(r"[A-Za-z_][A-Za-z0-9_.]*(?=\()")

#: What one name becomes: itself, others beside it, or nothing.
Renaming = Mapping[str, str]


def with_items(content: dict[str, Any], key: str, construct: str, count: Any) -> None:
    """Give a construct the first `count` of its items, or as many more of them, in place.

    An item beyond those of the file has all that the file says of an earlier one, the first ones in turn, but for the
    covariances of its error, which are 0. Its name goes on counting.
    """
    _check(key, count)
    statements = parse(content["model"])
    items = items_of(statements, construct)
    added = _names_after(items, count - len(items), _names(statements))
    copies = [{items[i % len(items)]: name} for i, name in enumerate(added)]
    lost = set(items[count:])
    content["model"] = _written(_with_more(_without(statements, lost), construct, copies, pairs=False))
    _forget(content, lost)
    _repeat(content, copies, lambda name: "~~" not in name)


def with_copies(content: dict[str, Any], key: str, construct: str, count: Any, among: Any) -> None:
    """Put `count - 1` constructs like one beside it, in place, named F2, F3, ... with items x1_2, x1_3, ...

    Whatever is said of the construct and of its items is said of each. among: the correlation of each two of them,
    where it is given; `F~~F` among the file's values says the same.
    """
    _check(key, count)
    statements = parse(content["model"])
    items = items_of(statements, construct)
    copies = [{construct: f"{construct}{c}"} | {item: f"{item}_{c}" for item in items} for c in range(2, count + 1)]
    taken = _names(statements) & {name for each in copies for name in each.values()}
    if taken:
        raise InputError(f"{key}: constructs like {construct} would be named {sorted(taken)[0]}, which is taken")
    itself = next((name for name in content["values"] if name.replace(" ", "") == f"{construct}~~{construct}"), None)
    written = content["values"].pop(itself, None) if itself else None
    content["model"] = _written(_with_more(statements, construct, copies, pairs=True))
    _repeat(content, copies, lambda name: True)
    between = among if among is not None else written
    if between is not None:
        alike = [construct, *(each[construct] for each in copies)]
        content["values"] |= {f"{a}~~{b}": between for a, b in combinations(alike, 2)}


def items_of(statements: Sequence[Statement], construct: str) -> list[str]:
    """The items whose first construct it is, in their order."""
    owner: dict[str, str] = {}
    for each in statements:
        if each.operator in _MEASURES:
            owner.setdefault(each.right, each.left)
    return [item for item, of in owner.items() if of == construct]


def model_with(model: str, whole: str, construct: str, counts: Mapping[str, int]) -> str:
    """A fitted model whose construct has the population's items, at the items and copies that `counts` asks for.

    `whole`: the population's own model, before. A construct that the model lacks, or that has other items there, stays.
    """
    own, given = parse(whole), parse(model)
    items = items_of(own, construct)
    if items_of(given, construct) != items:
        return model
    content: dict[str, Any] = {"model": model, "values": {}}
    if "items" in counts:
        with_items(content, f"items.{construct}", construct, counts["items"])
    if "copies" in counts:
        with_copies(content, f"copies.{construct}", construct, counts["copies"], None)
    return str(content["model"])


def _check(key: str, count: Any) -> None:
    if isinstance(count, bool) or not isinstance(count, int) or not 1 <= count <= MOST:
        raise InputError(f"{key}: {count!r} given; give a whole number from 1 to {MOST}")


def _names(statements: Sequence[Statement]) -> set[str]:
    return {name for each in statements for name in (each.left, each.right)}


def _names_after(items: Sequence[str], wanted: int, taken: set[str]) -> list[str]:
    """So many names that go on counting from those of the items: x1, x2, x3, then x4, x5."""
    found = re.fullmatch(r"(.*?)(\d+)", items[-1])
    stem, number = (found[1], int(found[2])) if found else (f"{items[-1]}_", 1)
    names: list[str] = []
    while len(names) < wanted:
        number += 1
        if f"{stem}{number}" not in taken:
            names.append(f"{stem}{number}")
    return names


def _without(statements: Sequence[Statement], lost: set[str]) -> list[Statement]:
    return [each for each in statements if not lost & {each.left, each.right}]


def _with_more(
    statements: Sequence[Statement], construct: str, copies: Sequence[Renaming], pairs: bool
) -> list[Statement]:
    """The statements, and what they become under every renaming: measures behind those of the construct, others each
    behind its own. pairs: whether `~~` are repeated too.
    """
    measures = [place for place, each in enumerate(statements) if each.operator in _MEASURES and each.left == construct]
    found: list[Statement] = []
    for place, each in enumerate(statements):
        found.append(each)
        of_others = each.operator in _MEASURES and each.left != construct
        if of_others or (each.operator not in _MEASURES and (pairs or each.operator != "~~")):
            found += [new for names in copies if (new := _renamed(each, names)) != each]
        if place == measures[-1]:
            own = [statements[place] for place in measures]
            found += [new for names in copies for one in own if (new := _renamed(one, names)) != one]
    return found


def _renamed(each: Statement, names: Renaming) -> Statement:
    left, right, times = (names.get(name, name) for name in (each.left, each.right, each.times))
    return Statement(left, each.operator, right, each.line, times=times)


def _written(statements: Sequence[Statement]) -> str:
    return "\n".join(
        f"{each.left} {each.operator} {each.right}{f':{each.times}' if each.times else ''}" for each in statements
    )


def _by_name(content: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The tables whose keys name items, constructs, or what joins them."""
    groups = [group["values"] for group in content.get("groups", {}).values() if "values" in group]
    within = [(content, "values"), (content, "after_cut")]
    within += [(content.get("scale", {}), "items"), (content.get("missing", {}), "items")]
    within += [(content.get("distribution", {}), key) for key in ("skewness", "kurtosis")]
    yield from groups
    yield from (found for table, key in within if isinstance(found := table.get(key), dict))


def _lists(content: dict[str, Any]) -> Iterator[list[str]]:
    """The lists that name items."""
    yield from (found for found in [content.get("responses", {}).get("reversed")] if isinstance(found, list))
    forms = content.get("missing", {}).get("forms", [])
    yield from (form for form in forms if isinstance(form, list))


def _forget(content: dict[str, Any], lost: set[str]) -> None:
    for table in _by_name(content):
        for name in [name for name in table if lost & set(_PARTS.findall(name))]:
            del table[name]
    for names in _lists(content):
        names[:] = [name for name in names if name not in lost]


def _repeat(content: dict[str, Any], copies: Sequence[Renaming], repeated: Callable[[str], bool]) -> None:
    for table in _by_name(content):
        for name, value in [*table.items()]:
            for names in copies if repeated(name) else ():
                if (new := _name_of(name, names)) != name:
                    table[new] = value
    for listed in _lists(content):
        listed += [names[name] for names in copies for name in list(listed) if name in names]


def _name_of(name: str, names: Renaming) -> str:
    """`F2=~x1_2` for `F=~x1`; the name of a function, `alpha` in `alpha(F)`, is no item's."""
    functions = {found.start() for found in _FUNCTION.finditer(name)}
    return _PARTS.sub(lambda m: m[0] if m.start() in functions else names.get(m[0], m[0]), name)
