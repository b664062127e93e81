"""The design of a study: which combinations of levels and sizes are its cells."""

import importlib
import importlib.util
from collections.abc import Mapping, Sequence
from itertools import product
from typing import NamedTuple

from benchmarks.study.studyfile import Data
from sim.catalogue import Level
from sim.errors import InputError, nearest, unknown

#: The name of the sizes, beside those of the factors.
SIZES = "n"
#: The most cells that a study may have.
MOST = 20_000


class Combination(NamedTuple):
    """The levels of every factor, and a size."""

    levels: dict[str, Level]
    n: int


def combinations(
    data: Data, levels: Mapping[str, Sequence[Level]], whole: Mapping[str, Sequence[Level]]
) -> list[Combination]:
    """The combinations that the file asks for, sizes varying fastest, then the last factor.

    levels: of every factor, those that are run; whole: those that the study has when it is run whole, by which paired
    levels find each other. Raises InputError where none are left, and for a fraction that there is not.
    """
    sizes = {**levels, SIZES: data.n}
    units = _units(data.pair, sizes, {**whole, SIZES: whole.get(SIZES, data.n)})
    count = 1
    for unit in units:
        count *= len(unit)
    if count > MOST:
        raise InputError(f"data.factors: {count:,} cells (levels of every factor times sizes); at most {MOST:,}")
    chosen = _fraction(units, data.fraction) if data.fraction else product(*units)
    found = []
    for parts in chosen:
        cell: dict[str, Level] = {}
        for part in parts:
            cell |= part
        if not any(_is_of(cell, each) for each in data.exclude) and (
            not data.only or any(_is_of(cell, each) for each in data.only)
        ):
            found.append(cell)
    if not found:
        raise InputError("data: pair, exclude and only leave no combination of levels; leave one of them out")
    return [Combination({name: cell[name] for name in levels}, int(cell[SIZES])) for cell in found]


def mistakes_of(data: Data, whole: Mapping[str, Sequence[Level]]) -> list[str]:
    """What is wrong with pair, exclude and only: names and levels that there are not, lengths that differ."""
    wrong: list[str] = []
    known = {**whole, SIZES: data.n}
    taken: dict[str, int] = {}
    for i, names in enumerate(data.pair, start=1):
        at = f"data.pair[{i}]"
        strange = [name for name in names if name not in known]
        wrong += [f"{at}: {unknown('factor', name, list(known))}" for name in strange]
        for name in names:
            if taken.setdefault(name, i) != i:
                wrong.append(f"{at}: {name} is paired under data.pair[{taken[name]}] already; put all of them into one")
        lengths = {name: len(known[name]) for name in names if name not in strange}
        if len(set(lengths.values())) > 1:
            told = ", ".join(f"{name} has {length}" for name, length in lengths.items())
            wrong.append(f"{at}: paired factors need equally many levels; {told}")
    for key, listed in (("exclude", data.exclude), ("only", data.only)):
        for i, each in enumerate(listed, start=1):
            for name, level in each.items():
                wrong += [f"data.{key}[{i}].{told}" for told in _strange(name, level, known)]
    return wrong


def _strange(name: str, level: Level | list[Level], known: Mapping[str, Sequence[Level]]) -> list[str]:
    if name not in known:
        return [f"{name}: {unknown('factor', name, list(known))}"]
    levels = level if isinstance(level, list) else [level]
    named = [str(each) for each in known[name]]
    return [
        f"{name}: {each} is no level that is run{nearest(str(each), named)}; they are {', '.join(named)}"
        for each in levels
        if each not in known[name]
    ]


def _is_of(cell: Mapping[str, Level], asked: Mapping[str, Level | list[Level]]) -> bool:
    """Whether a combination has all the levels asked for."""
    return all(cell[name] in (level if isinstance(level, list) else [level]) for name, level in asked.items())


def _units(
    pairs: Sequence[Sequence[str]], levels: Mapping[str, Sequence[Level]], whole: Mapping[str, Sequence[Level]]
) -> list[list[dict[str, Level]]]:
    """What varies by itself: every factor alone, and paired ones as one, at the place of the first."""
    units: list[list[dict[str, Level]]] = []
    done: set[str] = set()
    for name in levels:
        if name in done:
            continue
        together = next((pair for pair in pairs if name in pair), [name])
        done |= set(together)
        options = zip(*(whole[each] for each in together), strict=True)
        named = (dict(zip(together, option, strict=True)) for option in options)
        if len(together) == 1:
            named = ({name: level} for level in levels[name])
        units.append([each for each in named if all(each[key] in levels[key] for key in together)])
    return units


def _fraction(units: Sequence[Sequence[dict[str, Level]]], parts: int) -> list[list[dict[str, Level]]]:
    """One of `parts` of all combinations, balanced: a generalised subset design (Surowiec et al. 2017).

    I. Surowiec, L. Vikström, G. Hector, E. Johansson, C. Vikström, J. Trygg: Generalized subset designs in analytical
    chemistry. Analytical Chemistry 89 (2017), 6491-6497.
    """
    if importlib.util.find_spec("pyDOE3") is None:
        raise InputError("data.fraction needs the package pyDOE3; install it with `pip install loadstone[fractions]`")

    varying = [place for place, unit in enumerate(units) if len(unit) > 1]
    counts = [len(units[place]) for place in varying]
    try:
        rows = importlib.import_module("pyDOE3").gsd(counts, parts)
    except ValueError:
        raise InputError(
            f"data.fraction: there is no fraction of one in {parts} for factors with {counts} levels; give less"
        ) from None
    found = []
    for row in sorted(map(tuple, rows)):
        place_of = dict(zip(varying, row, strict=True))
        found.append([unit[int(place_of.get(place, 0))] for place, unit in enumerate(units)])
    return found
