"""The factors of a study: those that its population leaves open, and those that it sets itself, by their keys.

A level of a factor of the population is passed on by its name. A level of any other sets numbers by key: of the
population (`sim.catalogue.changes`), of methods (`methods.NAME.SETTING`, `methods.*.SETTING`), or the `model` that
every method fits.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from benchmarks.study.studyfile import FactorTable
from sim import catalogue
from sim.catalogue import Level
from sim.catalogue.changes import settings_of
from sim.errors import InputError, unknown

#: Words that begin what a factor of a population file sets, where it is no key: `f2 Y~X`, `dropped_loading`.
_WORDS = ("f2", "path", "loading", "correlation", "weight", "item_correlation", "dropped_loading")
#: Keys that set what methods do, and not the population.
OF_METHODS = ("model", "methods")


@dataclass(frozen=True)
class StudyFactor:
    """A factor of a study. settings: what every level sets, by key; None where the population knows the levels."""

    name: str
    levels: tuple[Level, ...]
    meaning: str = ""
    settings: Mapping[Level, Mapping[str, Any]] | None = None


@dataclass
class Factors:
    """The factors of a study, and what is wrong with them, each with its place."""

    known: dict[str, StudyFactor] = field(default_factory=dict)
    mistakes: list[str] = field(default_factory=list)

    @property
    def levels(self) -> dict[str, tuple[Level, ...]]:
        """The levels of every factor."""
        return {name: factor.levels for name, factor in self.known.items()}

    def settings(self, levels: Mapping[str, Level]) -> dict[str, Any]:
        """What a combination of levels sets, by key."""
        found: dict[str, Any] = {}
        for name, level in levels.items():
            found |= (self.known[name].settings or {}).get(level, {})
        return found

    def of_population(self, levels: Mapping[str, Level]) -> dict[str, Level]:
        """The levels of the factors that the population leaves open."""
        return {name: level for name, level in levels.items() if self.known[name].settings is None}


def read(
    where: str, source: str, content: Mapping[str, Any], given: Mapping[str, FactorTable | Sequence[Level]]
) -> Factors:
    """The factors of a study of this population: first those that the population leaves open, then the study's own.

    where: the place of `given` in the file, for what is wrong there.
    """
    declared, found = catalogue.factors(source, content), Factors()
    for name, levels in declared.items():
        chosen = given.get(name, levels[:1])
        if not isinstance(chosen, FactorTable):
            found.known[name] = StudyFactor(name, tuple(chosen))
    for name, told in given.items():
        place = f"{where}.{name}"
        if isinstance(told, FactorTable):
            _add_defined(found, place, name, told, content)
        elif name not in declared and ("." in name or "~" in name or name == "model"):
            found.known[name] = StudyFactor(name, tuple(told), settings={level: {name: level} for level in told})
        else:
            found.mistakes += _unknown(place, source, content, name, told)
        named = list(told.levels) if isinstance(told, FactorTable) else list(told)
        if len(set(named)) < len(named):
            found.mistakes.append(f"{place}: {named} names a level twice; name each once")
    if not found.mistakes:
        found.mistakes += _set_twice(where, found, content)
    return found


def _unknown(place: str, source: str, content: Mapping[str, Any], name: str, levels: Sequence[Level]) -> list[str]:
    """What is wrong with the levels chosen of a factor of the population."""
    wrong: list[str] = []
    known = name in catalogue.factors(source, content)
    for i, level in enumerate(levels, start=1):
        try:
            catalogue.check_levels(source, {name: level}, content)
        except InputError as error:
            told = f"{place}{f'[{i}]' if known else ''}: {error}"
            wrong += [told] if told not in wrong else []
    return wrong


def _add_defined(found: Factors, place: str, name: str, told: FactorTable, content: Mapping[str, Any]) -> None:
    """A factor that the study defines; one of the population's may be given other levels in this way."""
    declared = content.get("factors", {}).get(name)
    sets = told.sets if told.sets is not None else (declared or {}).get("sets")
    if sets is None and (not isinstance(told.levels, dict) and ("." in name or "~" in name or name == "model")):
        sets = name
    keys = [sets] if isinstance(sets, str) else sets
    named = told.levels if isinstance(told.levels, dict) else {level: level for level in told.levels}
    settings: dict[Level, dict[str, Any]] = {}
    for level, value in named.items():
        if keys is None and not isinstance(value, Mapping):
            found.mistakes.append(
                f'{place}.levels: {level} sets {value!r}, but no key is said; give sets = "KEY", or levels as tables, '
                "{ NAME = { KEY = VALUE } }"
            )
            return
        if declared is not None and told.sets is None:
            settings[level] = {f"factors.{name}": _with_one_level(declared["sets"], value)}
        else:
            settings[level] = settings_of(value) if keys is None else _of_keys(name, keys, value)
    meaning = told.meaning or (declared or {}).get("meaning", "")
    found.known[name] = StudyFactor(name, tuple(named), meaning, settings)


def _of_keys(name: str, keys: Sequence[str], value: Any) -> dict[str, Any]:
    """What one value sets under every key; what only a factor of the population can set becomes one, with one level."""
    found: dict[str, Any] = {}
    for key in keys:
        found |= {f"factors.{name}": _with_one_level(key, value)} if key.split(" ")[0] in _WORDS else {key: value}
    return found


def _with_one_level(sets: str, value: Any) -> dict[str, Any]:
    """A factor of a population that has one level."""
    return {"sets": sets, "levels": {"only": value} if isinstance(value, str | Mapping) else [value]}


def _set_twice(where: str, found: Factors, content: Mapping[str, Any]) -> list[str]:
    """Keys that more than one factor sets, those of the population among them."""
    taken: dict[str, str] = {}
    for name, declared in content.get("factors", {}).items():
        own = {key for level in _tables(declared) for key in settings_of(level)}
        taken |= dict.fromkeys({declared.get("sets", ""), *declared.get("sets", "").split(" "), *own} - {""}, name)
    wrong = []
    for name, factor in found.known.items():
        for key in dict.fromkeys(key for settings in (factor.settings or {}).values() for key in settings):
            if taken.setdefault(key, name) != name:
                wrong.append(f"{where}.{name}: {taken[key]} sets {key} too; leave it to one of the two")
    return wrong


def _tables(declared: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    levels = declared["levels"].values() if isinstance(declared["levels"], Mapping) else []
    return [level for level in levels if isinstance(level, Mapping)]


def population_settings(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Of what a cell's levels set, what is of the population."""
    return {key: value for key, value in settings.items() if key.partition(".")[0] not in OF_METHODS}


def method_settings(settings: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Of what a cell's levels set, the settings of a method; what names it goes before what is of all (`methods.*`)."""
    found = {"model": settings["model"]} if "model" in settings else {}
    for of in ("*", name):
        head = f"methods.{of}."
        found |= {key.removeprefix(head): value for key, value in settings.items() if key.startswith(head)}
    return found


def mistakes_of_methods(where: str, found: Factors, methods: Sequence[str], models: Sequence[str]) -> list[str]:
    """What is wrong with what factors set of methods: names that are none."""
    wrong: list[str] = []
    for name, factor in found.known.items():
        for place, settings in enumerate((factor.settings or {}).values(), start=1):
            for key, value in settings.items():
                head, _, rest = key.partition(".")
                method = next(
                    (each for each in sorted(methods, key=len, reverse=True) if rest.startswith(f"{each}.")), ""
                )
                if head == "methods" and not method and not rest.startswith("*."):
                    wrong.append(f"{where}.{name}: {key}: {unknown('method', rest.partition('.')[0], methods)}")
                if key == "model" or (head == "methods" and key.endswith(".model")):
                    allowed = ["population", *models]
                    if value not in allowed:
                        wrong.append(f"{where}.{name}[{place}]: {unknown('model', str(value), allowed)}")
                if key == "n":
                    wrong.append(f"{where}.{name}: n is no factor; list the sizes under data.n")
    return list(dict.fromkeys(wrong))
