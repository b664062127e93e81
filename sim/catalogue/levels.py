"""The factors that a population leaves open: their levels, and what a population's content is at some of them."""

from collections.abc import Mapping
from typing import Any

from sim.catalogue import populationfile
from sim.catalogue.changes import changed, settings_of
from sim.catalogue.entries import entry
from sim.errors import InputError, unknown
from sim.solving.calibrate import OpenChoices

Level = str | float


def factors(name: str, content: Mapping[str, Any] | None = None) -> dict[str, tuple[Level, ...]]:
    """The factors a population leaves open, each with its levels; the first level is the default."""
    content = entry(name) if content is None else content
    return {factor: tuple(table["levels"]) for factor, table in content.get("factors", {}).items()}


def check_levels(name: str, levels: Mapping[str, Level], content: Mapping[str, Any] | None = None) -> dict[str, Level]:
    """The levels with defaults filled in. Raises InputError for an unknown factor or level."""
    known = factors(name, content)
    for factor, level in levels.items():
        if factor not in known:
            raise InputError(
                unknown(f"factor of {name}", factor, known) if known else f"population {name} has no factors"
            )
        if level not in known[factor]:
            raise InputError(unknown(f"level of {factor}", str(level), map(str, known[factor])))
    return {factor: levels.get(factor, options[0]) for factor, options in known.items()}


def settled(content: Mapping[str, Any], levels: Mapping[str, Level]) -> tuple[dict[str, Any], dict[str, Level]]:
    """The content with what factors set by key in its place, and the levels of the factors that are left."""
    by_key = _by_key(content)
    if not by_key:
        return dict(content), dict(levels)
    left = {name: table for name, table in content["factors"].items() if name not in by_key}
    rest = {name: level for name, level in levels.items() if name not in by_key}
    return changed({**content, "factors": left}, settings_by_key(content, levels)), rest


def settings_by_key(content: Mapping[str, Any], levels: Mapping[str, Level]) -> dict[str, Any]:
    """What the population's own factors that set things by their keys set at these levels (default: the first)."""
    found: dict[str, Any] = {}
    for name, table in _by_key(content).items():
        level = levels.get(name, next(iter(table["levels"])))
        value = table["levels"][level] if isinstance(table["levels"], Mapping) else level
        found |= {table["sets"]: value} if table.get("sets") else settings_of(value)
    return found


def _by_key(content: Mapping[str, Any]) -> dict[str, Any]:
    factors = content.get("factors", {})
    return {name: table for name, table in factors.items() if populationfile.is_by_key(table)}


def sections_at(content: Mapping[str, Any], numbers: Mapping[str, Any]) -> populationfile.Sections:
    """What the file's sections say, factors at these numbers."""
    sets = {factor: table["sets"] for factor, table in content.get("factors", {}).items()}
    return populationfile.sections(content, sets, numbers)


def of_parameters(content: Mapping[str, Any]) -> dict[str, Any]:
    """The factors that set parameters of the population, not a mechanism's."""
    factors = content.get("factors", {})
    return {name: table for name, table in factors.items() if not populationfile.section_key(table["sets"])}


def numbers_at(content: Mapping[str, Any], levels: Mapping[str, Level]) -> dict[str, Any]:
    """What each level stands for: itself, or the number (or `block`) that it names."""
    options = {factor: content["factors"][factor]["levels"] for factor in levels}
    return {f: options[f][level] if isinstance(options[f], Mapping) else level for f, level in levels.items()}


def choices_at(content: Mapping[str, Any], levels: Mapping[str, Level]) -> OpenChoices:
    """What the levels say of the dropped items' loading, correlations and effect sizes."""
    loading: float | None = None
    correlations: dict[str, float] = {}
    effects: dict[str, float] = {}
    numbers = numbers_at(content, levels)
    for factor, table in of_parameters(content).items():
        value = numbers[factor]
        match table["sets"].split(" "):
            case ["dropped_loading"]:
                loading = None if value == "block" else float(value)
            case ["correlation", target]:
                correlations[target] = float(value)
            case ["f2", target]:
                effects[target] = float(value)
            case _:
                raise InputError(
                    f"factor {factor} sets '{table['sets']}'; allowed: dropped_loading, correlation A~~B, f2 Y~X, "
                    "SECTION.KEY"
                )
    return OpenChoices(loading, correlations, effects)
