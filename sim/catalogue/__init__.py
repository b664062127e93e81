"""The catalogue of known populations: one TOML file each, with its source and the factors it leaves open."""

from collections.abc import Mapping
from typing import Any

from sim.catalogue import moments
from sim.catalogue.built import built
from sim.catalogue.entries import entry, entry_of, every_name, names, path_of, theme_names
from sim.catalogue.levels import Level, check_levels, factors, numbers_at, sections_at, settings_by_key, settled
from sim.catalogue.solved import calibration
from sim.population.record import Population
from sim.themes.population import ThemePopulation, population_of
from sim.worlds.answers import AnswerWorld
from sim.worlds.interviews import InterviewWorld
from sim.worlds.varying import VaryingWorld
from sim.worlds.world import World

__all__ = [
    "Level",
    "calibration",
    "check_levels",
    "entry",
    "entry_of",
    "every_name",
    "factors",
    "names",
    "path_of",
    "population",
    "settings_by_key",
    "theme_names",
    "theme_population",
    "world",
]


def population(
    name: str, levels: Mapping[str, Level] | None = None, content: Mapping[str, Any] | None = None
) -> Population:
    """The population at the given factor levels (default: each factor's first), drawn parameters at their medians.

    content: what stands in place of the entry of this name, where something was changed in it.
    """
    return built(name, levels, content).population


def world(name: str, levels: Mapping[str, Level] | None = None, content: Mapping[str, Any] | None = None) -> World:
    """The world that studies draw from: answers to items, or the themes of interviews."""
    content = entry(name) if content is None else content
    if any(section in content for section in moments.BY_MOMENTS):
        content, levels = settled(content, check_levels(name, levels or {}, content))
        return moments.world_of(name, content, sections_at(content, numbers_at(content, levels)))
    if "themes" not in content:
        found = built(name, levels, content)
        if found.of is None or not found.drawn:
            return AnswerWorld(found.population)
        return VaryingWorld(found.population, found.drawn, found.of)
    return InterviewWorld(theme_population(name, levels, content))


def theme_population(
    name: str, levels: Mapping[str, Level] | None = None, content: Mapping[str, Any] | None = None
) -> ThemePopulation:
    """The population of themes at the given factor levels (default: each factor's first)."""
    content = entry(name) if content is None else content
    content, levels = settled(content, check_levels(name, levels or {}, content))
    return population_of(name, content, numbers_at(content, levels))
