"""Populations that are solved from what a paper's table says of them."""

import dataclasses
import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from sim.answers.scales import scale_of, shares_of
from sim.catalogue import populationfile
from sim.catalogue.entries import entry
from sim.catalogue.levels import Level, check_levels, choices_at, numbers_at, of_parameters, sections_at, settled
from sim.errors import InputError
from sim.model import Model
from sim.parameters.drawn import centred
from sim.population.record import Population
from sim.solving.calibrate import Calibration, OpenChoices, PublishedTable, calibrate
from sim.solving.revalued import revalued
from sim.tables import tablepopulation


def calibration(
    name: str, levels: Mapping[str, Level] | None = None, content: Mapping[str, Any] | None = None
) -> Calibration:
    """The calibration behind a population that was solved from a published table, everyone answering as meant."""
    content = entry(name) if content is None else content
    content, chosen = settled(content, check_levels(name, levels or {}, content))
    scale = sections_at(content, numbers_at(content, chosen)).scale
    cuts = scale_of(scale, ["every item"]).thresholds
    shares = scale.shares or ([float(share) for share in shares_of(cuts[0])] if cuts else None)
    choices = dataclasses.asdict(choices_at(content, chosen))
    return _calibrated(json.dumps([name, content["source"], content["model"], content["published"], choices, shares]))


@lru_cache(maxsize=128)
def _calibrated(told: str) -> Calibration:
    """The calibration of what is told as JSON: worlds that differ in other things share it."""
    name, source, model, published, choices, shares = json.loads(told)
    table = PublishedTable(published["blocks"], published["r2"], tuple(published.get("dropped", ())))
    return calibrate(Model.plain(model), table, OpenChoices(**choices), shares, name, source)


def solved_from(
    name: str, levels: Mapping[str, Level], content: Mapping[str, Any], numbers: Mapping[str, Any]
) -> Population | None:
    """The population of a printed table, everyone answering as meant; None where the content has no such table.

    The [values] that stand beside its base are in their place.
    """
    section = next((each for each in ("published", "table") if each in content), None)
    if section is None:
        return None
    if content.get("groups"):
        raise InputError(f"groups: a population solved from [{section}] has none; leave them out")
    if section == "published":
        return _with_own_values(calibration(name, levels, content).population, content)
    sets = tablepopulation.sets_of(of_parameters(content), numbers)
    return _with_own_values(tablepopulation.solved(content, sets, name), content)


def _with_own_values(solved: Population, content: Mapping[str, Any]) -> Population:
    """A population that was solved, with the [values] that stand beside its base in their place."""
    values, drawn = centred(solved.model, content.get("values", {}), content.get("unmodelled", ()))
    if drawn:
        raise InputError(
            f"values: drawn parameters do not go with a base that was solved; give numbers ({drawn.words})"
        )
    return revalued(solved, values, content.get("unmodelled", ())) if values else solved


def check_solved(name: str, content: Mapping[str, Any], told: populationfile.Sections) -> None:
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
