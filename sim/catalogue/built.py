"""A population built from its content at some levels: values, mechanisms, groups, and what is drawn of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from sim.answers.likert import Scale
from sim.answers.scales import scale_of
from sim.answers.units import Units, in_units
from sim.catalogue import moments, populationfile
from sim.catalogue.entries import entry
from sim.catalogue.levels import Level, check_levels, numbers_at, of_parameters, sections_at, settled
from sim.catalogue.solved import check_solved, solved_from
from sim.errors import InputError
from sim.model import Model
from sim.parameters import shorthands
from sim.parameters.drawn import DrawnValues, centred
from sim.parameters.raw import standardised
from sim.parameters.values import overridden
from sim.population.record import Population, pooled
from sim.solving.aftercut import with_loadings_after_cut
from sim.solving.perturbed import with_model_error
from sim.solving.scenarios import values_of
from sim.solving.shares import keeping_shares
from sim.structures.crossloadings import parted
from sim.structures.groups import Group, check_shares

_NOTHING_DRAWN = DrawnValues()
#: A standard deviation this near 1 is 1.
_ROUNDING = 1e-12


class Built(NamedTuple):
    """A population, what is drawn of its parameters, and the population of such drawn values."""

    population: Population
    drawn: DrawnValues = _NOTHING_DRAWN
    of: Callable[[Mapping[str, float]], Population] | None = None


def built(name: str, levels: Mapping[str, Level] | None, content: Mapping[str, Any] | None) -> Built:
    """The population at the given levels. Raises InputError for one of themes, and for one known by its moments."""
    content = entry(name) if content is None else content
    if "themes" in content:
        raise InputError(f"population {name} is one of themes that interviews tell; here one with constructs is needed")
    if found := [section for section in moments.BY_MOMENTS if section in content]:
        raise InputError(f"population {name} is known by its [{found[0]}], which has no constructs to show")
    content, levels = settled(content, check_levels(name, levels or {}, content))
    numbers = numbers_at(content, levels)
    told = sections_at(content, numbers)
    parts: dict[str, Any] = told.mechanisms()
    grouping = told.grouping
    shares = {group: table["share"] for group, table in content.get("groups", {}).items()}
    grouping.check_names(list(shares))

    def finished(sincere: Population, **own: Any) -> Population:
        departing = {section: part for section, part in (parts | own).items() if part != getattr(sincere, section)}
        whole = with_model_error(replace(sincere, **departing) if departing else sincere)
        return keeping_shares(whole, told.scale.of_answers(whole.model.items))

    check_solved(name, content, told)
    if (solved := solved_from(name, levels, content, numbers)) is not None:
        return Built(finished(solved))
    model = Model.plain(content["model"])
    unmodelled = content.get("unmodelled", ())
    centre, drawn = centred(model, content["values"], unmodelled)
    _check_drawn(name, drawn, content)
    own_values, beside = parted(model, centre, unmodelled)
    values = values_of(model, own_values, of_parameters(content), numbers) | beside
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
        return Built(replace(whole, source=whole.source + drawn.at_medians) if drawn else whole, drawn, of)
    check_shares(shares)
    members = [Group(group, share, _told(group, of, content)) for group, share in shares.items()]
    chosen = [member.population for member in members if member.name == grouping.only]
    return Built(chosen[0] if chosen else pooled(members, grouping.sizes))


def _check_drawn(name: str, drawn: DrawnValues, content: Mapping[str, Any]) -> None:
    """Raises InputError for what would be solved anew for every data set, beside parameters that are drawn."""
    if not drawn:
        return
    solving = [key for key in ("after_cut", "groups", "model_error") if content.get(key)]
    solving += [f for f, table in content.get("factors", {}).items() if table.get("sets", "").split(" ")[0] == "f2"]
    if solving:
        raise InputError(f"population {name}: drawn parameters do not go with {solving[0]}; leave one of the two out")


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
