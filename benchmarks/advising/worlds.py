"""The populations that advice rests on: one, or the set that a table leaves open, each with its paths set to 0 too."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.planning.nulls import Origin
from benchmarks.planning.setting import is_study
from benchmarks.portraits.portrait import levels_of
from sim import catalogue
from sim.catalogue import Level
from sim.errors import InputError
from sim.surveys.survey import read_model
from sim.targets import Target
from sim.worlds.world import World

#: The most populations of a set: the default, every level by itself, then combinations in order.
MOST_WORLDS = 9
#: What is assumed of a model that comes without numbers.
ASSUMED = {"loading": 0.7, "correlation": 0.3, "path": 0.3}
#: Shares of the five answers to items of such a model: they lean to agreement.
_SHARES = [0.07, 0.17, 0.30, 0.30, 0.16]


@dataclass(frozen=True)
class Candidate:
    """A population of the set at its levels, and the same with one path 0, by that path's name."""

    levels: Mapping[str, Level]
    world: World
    nulls: Mapping[str, World]


def candidates(given: str, words: Sequence[str], paths: str, everything: bool) -> tuple[list[Candidate], str]:
    """The populations, and what was assumed, in words.

    given: a population, or a text file with a model alone, which gets loadings of 0.7, paths and correlations of 0.3.
    everything: all combinations of what is left open, up to nine; so it is for populations solved from a table file.
    Raises InputError for what is no population of answers.
    """
    name, content, told = _content(given)
    if "themes" in content:
        raise InputError(f"population {given} is one of themes that interviews tell; give one with constructs")
    first = levels_of(name, words) if not told else {}
    open_ = everything or "table" in content
    chosen = _combinations(name, content, first) if open_ else [first]
    found = [_candidate(name, content, levels, paths) for levels in chosen]
    return found, told


def _content(given: str) -> tuple[str, Mapping[str, Any], str]:
    if not given.endswith(".toml") and Path(given).is_file():
        return given, _assumed(given), f"loadings {ASSUMED['loading']:g}, paths and correlations {ASSUMED['path']:g}"
    if given not in (*catalogue.names(), *catalogue.theme_names()) and given.endswith(".toml") and is_study(given):
        raise InputError(f"{given} is a study; give its population, or run it: loadstone run {given}")
    return given, catalogue.entry(given), ""


def _assumed(given: str) -> dict[str, Any]:
    """The content of a population for a model without numbers."""
    model = read_model(Path(given))
    forming = [block.construct for block in model.every_block if block.kind == "composite"]
    if forming or model.second_order:
        raise InputError(
            f"{given}: a model without numbers may have =~ blocks of items only; write a population file for it"
        )
    values: dict[str, float] = {f"{block.construct}=~*": ASSUMED["loading"] for block in model.blocks}
    values |= {f"{b.construct}=~{b.items[0]}": 1.0 for b in model.blocks if len(b.items) == 1}
    values |= {f"{a}~~{b}": ASSUMED["correlation"] for a, b in itertools.combinations(model.exogenous, 2)}
    values |= {f"{outcome}~{predictor}": ASSUMED["path"] for outcome, predictor in model.paths}
    return {
        "title": Path(given).stem,
        "source": f"assumed for the model in {given}",
        "model": model.syntax,
        "values": values,
        "scale": {"shares": _SHARES},
    }


def _combinations(name: str, content: Mapping[str, Any], first: Mapping[str, Level]) -> list[dict[str, Level]]:
    """Combinations of levels: the default, every level by itself, then all in order, up to `MOST_WORLDS`."""
    known = catalogue.factors(name, content)
    left = {factor: levels for factor, levels in known.items() if factor not in first}
    default = {factor: levels[0] for factor, levels in left.items()}
    alone = [{**default, factor: level} for factor, levels in left.items() for level in levels]
    every = (dict(zip(left, each, strict=True)) for each in itertools.product(*left.values()))
    found: dict[tuple[Level, ...], dict[str, Level]] = {}
    for each in itertools.chain([default], alone, every):
        found.setdefault(tuple(each.values()), {**first, **each})
        if len(found) == MOST_WORLDS:
            break
    return list(found.values())


def _candidate(name: str, content: Mapping[str, Any], levels: Mapping[str, Level], paths: str) -> Candidate:
    origin = Origin(name, content, levels)
    world = origin.world()
    nulls = {
        target.name: origin.without(target)
        for target in targets_of(world, paths)
        if float(world.truth([target], 1000)[0]) != 0
    }
    return Candidate(catalogue.check_levels(name, levels, content), world, nulls)


def targets_of(world: World, named: str) -> tuple[Target, ...]:
    """The paths of the model, or those that are named. Raises InputError for another kind, and where there are none."""
    model = world.model
    found = tuple(model.target(name.strip()) for name in named.split(",") if name.strip())
    other = [target.name for target in found if target.kind != "path"]
    if other:
        raise InputError(f"--path names {', '.join(other)}; advice is about paths of the model, such as Y~X")
    found = found or tuple(target for target in model.targets if target.kind == "path")
    if not found:
        raise InputError(f"{world.name} has no path between constructs; advice is about paths")
    return found
