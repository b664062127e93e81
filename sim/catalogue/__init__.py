"""The catalogue of known populations: one TOML file each, with its source and the factors it leaves open."""

import itertools
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any

from sim import populationfile, tablepopulation
from sim.calibrate import Calibration, OpenChoices, PublishedTable, calibrate
from sim.errors import InputError, unknown
from sim.likert import Scale
from sim.model import Model
from sim.population import Population
from sim.responses import KINDS, SHARED, Responses
from sim.scenarios import values_of

Level = str | float


def names() -> tuple[str, ...]:
    """Names of the populations, sorted."""
    return tuple(
        sorted(path.name.removesuffix(".toml") for path in files(__name__).iterdir() if path.name.endswith(".toml"))
    )


def entry(name: str) -> dict[str, Any]:
    """The TOML content of a catalogue entry, or of a file in the same form where the name ends in `.toml`.

    A population with a `base` has the base's content, with its own added. Raises InputError for an unknown name, and
    for a file that is no population.
    """
    content = _content(name)
    if "base" not in content:
        return content
    base = content["base"]
    try:
        whole = _content(str(Path(name).parent / base) if base.endswith(".toml") else base)
    except InputError as error:
        raise InputError(f"population {name}: base: {error}") from None
    if "base" in whole:
        raise InputError(f"population {name}: its base {base} builds on {whole['base']}; name that as the base")
    return populationfile.built_on(whole, content)


def _content(name: str) -> dict[str, Any]:
    """What the entry or file itself says."""
    if name.endswith(".toml"):
        return populationfile.read(Path(name))
    if name not in names():
        raise InputError(unknown("population", name, names()) + "; or give the path of a .toml file")
    return tomllib.loads((files(__name__) / f"{name}.toml").read_text(encoding="utf-8"))


def factors(name: str) -> dict[str, tuple[Level, ...]]:
    """The factors a population leaves open, each with its levels; the first level is the default."""
    return {factor: tuple(table["levels"]) for factor, table in entry(name).get("factors", {}).items()}


def population(name: str, levels: Mapping[str, Level] | None = None) -> Population:
    """The population at the given factor levels (default: each factor's first)."""
    content = entry(name)
    numbers = _numbers(content, check_levels(name, levels or {}))
    if "published" in content:
        sincere = calibration(name, levels).population
    elif "table" in content:
        sincere = tablepopulation.solved(content, tablepopulation.sets_of(_of_parameters(content), numbers), name)
    else:
        model = Model.parse(content["model"])
        values = values_of(model, content["values"], _of_parameters(content), numbers)
        sincere = Population.of(model, values, _scale(content, model), name, content["source"])
    return replace(sincere, responses=_responses(content, numbers))


def calibration(name: str, levels: Mapping[str, Level] | None = None) -> Calibration:
    """The calibration behind a population that was solved from a published table, everyone answering as meant."""
    content = entry(name)
    choices = _choices(content, check_levels(name, levels or {}))
    published = content["published"]
    table = PublishedTable(published["blocks"], published["r2"], tuple(published.get("dropped", ())))
    shares = content.get("scale", {}).get("shares")
    return calibrate(Model.parse(content["model"]), table, choices, shares, name, content["source"])


def combinations(name: str, chosen: Mapping[str, list[Level]]) -> list[dict[str, Level]]:
    """Every combination of the chosen levels; a factor that is not named stays at its default."""
    levels = {factor: chosen.get(factor, [options[0]]) for factor, options in factors(name).items()}
    return [dict(zip(levels, values, strict=True)) for values in itertools.product(*levels.values())]


def check_levels(name: str, levels: Mapping[str, Level]) -> dict[str, Level]:
    """The levels with defaults filled in. Raises InputError for an unknown factor or level."""
    known = factors(name)
    for factor, level in levels.items():
        if factor not in known:
            raise InputError(
                unknown(f"factor of {name}", factor, known) if known else f"population {name} has no factors"
            )
        if level not in known[factor]:
            raise InputError(unknown(f"level of {factor}", str(level), map(str, known[factor])))
    return {factor: levels.get(factor, options[0]) for factor, options in known.items()}


def _scale(content: Mapping[str, Any], model: Model) -> Scale:
    scale = content.get("scale", {})
    if "shares" in scale:
        return Scale.from_shares(scale["shares"], len(model.items))
    if "thresholds" in scale:
        return Scale((tuple(scale["thresholds"]),) * len(model.items))
    return Scale.continuous()


def _responses(content: Mapping[str, Any], numbers: Mapping[str, Any]) -> Responses:
    """How respondents answer: what the section says, and what the factors' numbers say of it."""
    given = dict(content.get("responses", {}))
    given["reversed"] = tuple(given.get("reversed", ()))
    taken: dict[str, str] = {}
    for factor, number in numbers.items():
        if factor in _of_parameters(content):
            continue
        name = content["factors"][factor]["sets"].removeprefix(populationfile.RESPONSES)
        if name not in KINDS + SHARED:
            raise InputError(f"factor {factor} sets responses.: {unknown('share', name, KINDS + SHARED)}")
        if taken.setdefault(name, factor) != factor:
            raise InputError(
                f"factors {taken[name]} and {factor} both set responses.{name}; leave it to one of the two"
            )
        given[name] = float(number)
    return Responses(**given)


def _of_parameters(content: Mapping[str, Any]) -> dict[str, Any]:
    """The factors that set parameters of the population, not how respondents answer."""
    factors = content.get("factors", {})
    return {name: table for name, table in factors.items() if not table["sets"].startswith(populationfile.RESPONSES)}


def _numbers(content: Mapping[str, Any], levels: Mapping[str, Level]) -> dict[str, Any]:
    """What each level stands for: itself, or the number (or `block`) that it names."""
    options = {factor: content["factors"][factor]["levels"] for factor in levels}
    return {f: options[f][level] if isinstance(options[f], Mapping) else level for f, level in levels.items()}


def _choices(content: Mapping[str, Any], levels: Mapping[str, Level]) -> OpenChoices:
    """What the levels say of the dropped items' loading, correlations and effect sizes."""
    loading: float | None = None
    correlations: dict[str, float] = {}
    effects: dict[str, float] = {}
    numbers = _numbers(content, levels)
    for factor, table in _of_parameters(content).items():
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
                    "responses.SHARE"
                )
    return OpenChoices(loading, correlations, effects)
