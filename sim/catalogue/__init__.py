"""The catalogue of known populations: one TOML file each, with its source and the factors it leaves open."""

import dataclasses
import json
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

from sim.answers.likert import Scale
from sim.answers.scales import scale_of, shares_of
from sim.answers.units import Units, in_units
from sim.catalogue import moments, populationfile
from sim.catalogue.changes import changed, settings_of
from sim.errors import InputError, unknown
from sim.model import Model
from sim.parameters import shorthands
from sim.parameters.drawn import DrawnValues, centred
from sim.parameters.raw import standardised
from sim.parameters.values import overridden
from sim.population.record import Population, pooled
from sim.solving.aftercut import with_loadings_after_cut
from sim.solving.calibrate import Calibration, OpenChoices, PublishedTable, calibrate
from sim.solving.perturbed import with_model_error
from sim.solving.revalued import revalued
from sim.solving.scenarios import values_of
from sim.solving.shares import keeping_shares
from sim.structures.crossloadings import parted
from sim.structures.groups import Group, check_shares
from sim.tables import tablepopulation
from sim.themes.population import ThemePopulation, population_of
from sim.worlds.answers import AnswerWorld
from sim.worlds.interviews import InterviewWorld
from sim.worlds.varying import VaryingWorld
from sim.worlds.world import World

Level = str | float
#: Of populations with fixed parameters.
NOTHING_DRAWN = DrawnValues()
#: A standard deviation this near 1 is 1.
_ROUNDING = 1e-12


def names() -> tuple[str, ...]:
    """Names of the populations, sorted."""
    return tuple(
        sorted(path.name.removesuffix(".toml") for path in files(__name__).iterdir() if path.name.endswith(".toml"))
    )


def theme_names() -> tuple[str, ...]:
    """Names of the populations of themes that interviews tell, sorted."""
    folder = files(__name__) / "themes"
    return tuple(sorted(path.name.removesuffix(".toml") for path in folder.iterdir() if path.name.endswith(".toml")))


def every_name() -> tuple[str, ...]:
    """Names of the populations, then of those of themes."""
    return (*names(), *theme_names())


def entry(name: str) -> dict[str, Any]:
    """The TOML content of a catalogue entry, or of a file in the same form where the name ends in `.toml`.

    A population with a `base` has the base's content, with its own added. Raises InputError for an unknown name, and
    for a file that is no population.
    """
    return _on_base(name, _content(name), Path(name).parent)


def entry_of(content: Mapping[str, Any], name: str, source: str | None = None, folder: Path = Path()) -> dict[str, Any]:
    """What a population of this content is, as `entry` gives it: for one that stands in no file of its own.

    name: of the population, for messages. source: where it is from, where the content says nothing of that. folder:
    where a `base` that is a file, and files of numbers, are looked for. Raises InputError as `entry` does.
    """
    return _on_base(name, populationfile.checked(content, f"population {name}", name, source or name), folder)


def _on_base(name: str, content: dict[str, Any], folder: Path) -> dict[str, Any]:
    """The content, with the files that it names read, added to that of its base where it has one."""
    if "base" not in content:
        return moments.with_files(content, folder)
    base = content["base"]
    try:
        whole = moments.with_files(_content(str(folder / base) if base.endswith(".toml") else base), folder)
    except InputError as error:
        raise InputError(f"population {name}: base: {error}") from None
    if "base" in whole:
        raise InputError(f"population {name}: its base {base} builds on {whole['base']}; name that as the base")
    try:
        return populationfile.built_on(whole, content)
    except InputError as error:
        raise InputError(f"population {name}: {error}") from None


def _content(name: str) -> dict[str, Any]:
    """What the entry or file itself says."""
    if name.endswith(".toml"):
        return populationfile.read(Path(name))
    if name not in every_name():
        raise InputError(unknown("population", name, every_name()) + "; or give the path of a .toml file")
    return tomllib.loads(path_of(name).read_text(encoding="utf-8"))


def path_of(name: str) -> Path:
    """The file of a catalogue entry: of a population, or of one of themes."""
    folder = Path(str(files(__name__)))
    return (folder / "themes" if name in theme_names() else folder) / f"{name}.toml"


def factors(name: str, content: Mapping[str, Any] | None = None) -> dict[str, tuple[Level, ...]]:
    """The factors a population leaves open, each with its levels; the first level is the default."""
    content = entry(name) if content is None else content
    return {factor: tuple(table["levels"]) for factor, table in content.get("factors", {}).items()}


def population(
    name: str, levels: Mapping[str, Level] | None = None, content: Mapping[str, Any] | None = None
) -> Population:
    """The population at the given factor levels (default: each factor's first), drawn parameters at their medians.

    content: what stands in place of the entry of this name, where something was changed in it.
    """
    return _built(name, levels, content).population


class _Built(NamedTuple):
    """A population, what is drawn of its parameters, and the population of such drawn values."""

    population: Population
    drawn: DrawnValues = NOTHING_DRAWN
    of: Callable[[Mapping[str, float]], Population] | None = None


def _built(name: str, levels: Mapping[str, Level] | None, content: Mapping[str, Any] | None) -> _Built:
    content = entry(name) if content is None else content
    if "themes" in content:
        raise InputError(f"population {name} is one of themes that interviews tell; here one with constructs is needed")
    if found := [section for section in moments.BY_MOMENTS if section in content]:
        raise InputError(f"population {name} is known by its [{found[0]}], which has no constructs to show")
    content, levels = _settled(content, check_levels(name, levels or {}, content))
    numbers = _numbers(content, levels)
    told = _sections(content, numbers)
    parts: dict[str, Any] = told.mechanisms()
    grouping = told.grouping
    shares = {group: table["share"] for group, table in content.get("groups", {}).items()}
    grouping.check_names(list(shares))

    def finished(sincere: Population, **own: Any) -> Population:
        whole = with_model_error(replace(sincere, **parts | own))
        return keeping_shares(whole, told.scale.of_answers(whole.model.items))

    _check_solved(name, content, told)
    if "published" in content:
        if shares:
            raise InputError("groups: a population solved from [published] has none; leave them out")
        return _Built(finished(_with_own_values(calibration(name, levels, content).population, content)))
    if "table" in content:
        if shares:
            raise InputError("groups: a population solved from [table] has none; leave them out")
        sets = tablepopulation.sets_of(_of_parameters(content), numbers)
        return _Built(finished(_with_own_values(tablepopulation.solved(content, sets, name), content)))
    model = Model.plain(content["model"])
    unmodelled = content.get("unmodelled", ())
    centre, drawn = centred(model, content["values"], unmodelled)
    _check_drawn(name, drawn, content)
    own_values, beside = parted(model, centre, unmodelled)
    values = values_of(model, own_values, _of_parameters(content), numbers) | beside
    scale, told_of_answers = scale_of(told.scale, model.items), told.scale.of_answers(model.items)
    if told.after_cut:
        _check_after_cut(name, told, scale)

    def of(own: Mapping[str, float]) -> Population:
        def made(given: Mapping[str, float]) -> Population:
            plain, units = _in_deviations(model, given, unmodelled, content.get("solution", ""), parts["units"])
            cut = in_units(scale, units, model.items, [i for i in model.items if i not in told_of_answers])
            return finished(Population.of(model, plain, cut, name, content["source"], unmodelled), units=units)

        given = overridden(values, shorthands.written_out(model, own, unmodelled))
        return made(with_loadings_after_cut(model, given, told.after_cut, made) if told.after_cut else given)

    if not shares:
        whole = of({})
        return _Built(replace(whole, source=whole.source + drawn.at_medians) if drawn else whole, drawn, of)
    check_shares(shares)
    members = [Group(group, share, _told(group, of, content)) for group, share in shares.items()]
    chosen = [member.population for member in members if member.name == grouping.only]
    return _Built(chosen[0] if chosen else pooled(members, grouping.sizes))


def _check_drawn(name: str, drawn: DrawnValues, content: Mapping[str, Any]) -> None:
    """Raises InputError for what would be solved anew for every data set, beside parameters that are drawn."""
    if not drawn:
        return
    solving = [key for key in ("after_cut", "groups", "model_error") if content.get(key)]
    solving += [f for f, table in content.get("factors", {}).items() if table.get("sets", "").split(" ")[0] == "f2"]
    if solving:
        raise InputError(f"population {name}: drawn parameters do not go with {solving[0]}; leave one of the two out")


def world(name: str, levels: Mapping[str, Level] | None = None, content: Mapping[str, Any] | None = None) -> World:
    """The world that studies draw from: answers to items, or the themes of interviews."""
    content = entry(name) if content is None else content
    if any(section in content for section in moments.BY_MOMENTS):
        content, levels = _settled(content, check_levels(name, levels or {}, content))
        return moments.world_of(name, content, _sections(content, _numbers(content, levels)))
    if "themes" not in content:
        built = _built(name, levels, content)
        if built.of is None or not built.drawn:
            return AnswerWorld(built.population)
        return VaryingWorld(built.population, built.drawn, built.of)
    return InterviewWorld(theme_population(name, levels, content))


def theme_population(
    name: str, levels: Mapping[str, Level] | None = None, content: Mapping[str, Any] | None = None
) -> ThemePopulation:
    """The population of themes at the given factor levels (default: each factor's first)."""
    content = entry(name) if content is None else content
    content, levels = _settled(content, check_levels(name, levels or {}, content))
    return population_of(name, content, _numbers(content, levels))


def _settled(content: Mapping[str, Any], levels: Mapping[str, Level]) -> tuple[dict[str, Any], dict[str, Level]]:
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


def _check_solved(name: str, content: Mapping[str, Any], told: populationfile.Sections) -> None:
    """Raises InputError for sections, a factor's or beside a base, that a population solved from a table has not."""
    if told.after_cut and ("published" in content or "table" in content):
        raise InputError(
            f"population {name}: [after_cut] goes with [values]: a published table says what answers are to have itself"
        )
    if "published" in content and told.scale.items:
        raise InputError(f"population {name}: scale.items: one solved from [published] has one scale for all items")
    if "table" in content and (told.scale.ways or told.scale.items):
        raise InputError(
            f"population {name}: scale: one solved from [table] has its categories there (`scale_points`); leave it out"
        )


def _check_after_cut(name: str, told: populationfile.Sections, scale: Scale) -> None:
    """Raises InputError where loadings cannot be solved for what the answers are to have."""
    if told.mechanism("model_error").given:
        raise InputError(
            f"population {name}: [after_cut] does not go with [model_error], which depends on the loadings that it "
            "solves for; leave one of the two out"
        )
    for section, mechanism in told.mechanisms().items():
        if mechanism.given and not (scale.is_continuous or mechanism.has_law()):
            raise InputError(
                f"population {name}: [after_cut] needs exact values after the cut, and those under [{section}] with "
                f"{mechanism.words} are simulated; leave one of the two out"
            )


def _told(group: str, of: Callable[[Mapping[str, float]], Population], content: Mapping[str, Any]) -> Population:
    """The population of a group; what is wrong with it is told with its name."""
    try:
        return of(content["groups"][group].get("values", {}))
    except InputError as error:
        raise InputError(f"group {group}: {error}") from None


def _in_deviations(
    model: Model, values: Mapping[str, float], unmodelled: Sequence[str], solution: str, units: Units
) -> tuple[Mapping[str, float], Units]:
    """The values on the standardised scale, and the units of the responses; `units`: those that the file gives."""
    if solution != "raw":
        return values, units
    if units.given:
        raise InputError('[units] and solution = "raw" both say what units items have; leave one of the two out')
    found = standardised(model, values, unmodelled)
    means = {item: mean for item, mean in found.means.items() if mean}
    sds = {item: sd for item, sd in found.sds.items() if abs(sd - 1) > _ROUNDING}
    return found.values, Units(means or 0.0, sds or 1.0)


def _with_own_values(solved: Population, content: Mapping[str, Any]) -> Population:
    """A population that was solved, with the [values] that stand beside its base in their place."""
    values, drawn = centred(solved.model, content.get("values", {}), content.get("unmodelled", ()))
    if drawn:
        raise InputError(
            f"values: drawn parameters do not go with a base that was solved; give numbers ({drawn.words})"
        )
    return revalued(solved, values, content.get("unmodelled", ())) if values else solved


def calibration(
    name: str, levels: Mapping[str, Level] | None = None, content: Mapping[str, Any] | None = None
) -> Calibration:
    """The calibration behind a population that was solved from a published table, everyone answering as meant."""
    content = entry(name) if content is None else content
    content, chosen = _settled(content, check_levels(name, levels or {}, content))
    scale = _sections(content, _numbers(content, chosen)).scale
    cuts = scale_of(scale, ["every item"]).thresholds
    shares = scale.shares or ([float(share) for share in shares_of(cuts[0])] if cuts else None)
    choices = dataclasses.asdict(_choices(content, chosen))
    return _calibrated(json.dumps([name, content["source"], content["model"], content["published"], choices, shares]))


@lru_cache(maxsize=128)
def _calibrated(told: str) -> Calibration:
    """The calibration of what is told as JSON: worlds that differ in other things share it."""
    name, source, model, published, choices, shares = json.loads(told)
    table = PublishedTable(published["blocks"], published["r2"], tuple(published.get("dropped", ())))
    return calibrate(Model.plain(model), table, OpenChoices(**choices), shares, name, source)


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


def _sections(content: Mapping[str, Any], numbers: Mapping[str, Any]) -> populationfile.Sections:
    """What the file's sections say, factors at these numbers."""
    sets = {factor: table["sets"] for factor, table in content.get("factors", {}).items()}
    return populationfile.sections(content, sets, numbers)


def _of_parameters(content: Mapping[str, Any]) -> dict[str, Any]:
    """The factors that set parameters of the population, not a mechanism's."""
    factors = content.get("factors", {})
    return {name: table for name, table in factors.items() if not populationfile.section_key(table["sets"])}


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
                    "SECTION.KEY"
                )
    return OpenChoices(loading, correlations, effects)
