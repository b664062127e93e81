"""The form of a population file: what it may hold, checked before any of it is used."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeVar

import numpy as np
from pydantic import BeforeValidator, Field, StrictStr, ValidationError, create_model, model_validator

from sim.answers.mechanism import Mechanism
from sim.answers.scales import NUMBERS, ScaleTable
from sim.errors import InputError, unknown
from sim.form import Number, Section, check_kind, mistakes, read_toml
from sim.model import Model
from sim.parameters.drawn import ANY_ITEM
from sim.parameters.matrix import MatrixTable
from sim.parameters.shorthands import written_out
from sim.parameters.values import overridden
from sim.population.sections import Mechanisms
from sim.structures.groups import Grouping
from sim.tables.reading.tablefile import TableForm
from sim.themes.themefile import ThemeFile


def _number_or_table(value: Any) -> Any:
    if isinstance(value, Mapping):
        return value
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("must be a number, or a table of what it is drawn from")
    if not np.isfinite(value):
        raise ValueError("must be a finite number")
    return float(value)


#: A parameter's value, or what it is drawn from (`sim.parameters.drawn`).
NumberOrDraw = Annotated[Any, BeforeValidator(_number_or_table)]
#: The one level of a parameter that is no number, and what it is a level of.
_OF_ITS_BLOCK = ("block", "dropped_loading")


class Published(Section):
    """What a study printed."""

    n: int | None = None
    dropped: list[StrictStr] = Field(default_factory=list)
    r2: Annotated[dict[StrictStr, Number], Field(min_length=1)]
    blocks: Annotated[dict[StrictStr, dict[StrictStr, Number]], Field(min_length=1)]


class Sections(Section):
    """What a file says beside the model and its numbers, mechanisms aside.

    after_cut: what the answers are to have, by target; loadings are solved for it.
    """

    scale: ScaleTable = ScaleTable()
    after_cut: dict[StrictStr, Number] = Field(default_factory=dict)
    grouping: Grouping = Grouping()

    def mechanism(self, section: str) -> Mechanism:
        """What a mechanism's section says."""
        found: Mechanism = getattr(self, section)
        return found

    def mechanisms(self) -> dict[str, Mechanism]:
        """What every mechanism's section says."""
        return {section: self.mechanism(section) for section in MECHANISMS}


#: Mechanisms that have a section of their own, by its name.
MECHANISMS = {name: kind for name, kind in Mechanisms.sections().items() if kind.has_section}


S = TypeVar("S", bound=Sections)


class AnswersTable(Section):
    """A file of real answers: the handling of missing ones, what stands for them, and what labels mean.

    codes: text that stands for a missing answer. missing: "refuse", or "listwise" to leave respondents out.
    """

    file: StrictStr
    sheet: StrictStr = ""
    codes: list[StrictStr] = Field(default_factory=list)
    labels: list[StrictStr] = Field(default_factory=list)
    missing: Literal["refuse", "listwise"] = "refuse"
    rows: list[list[Number]] | None = None
    told: StrictStr = ""


class GroupTable(Section):
    """A group of respondents: its share, and the parameters that are its own."""

    share: Number
    values: dict[StrictStr, Number] = Field(default_factory=dict)


class Factor(Section):
    """What a population leaves open. `levels`: numbers, or names of numbers; the first is the default.

    A factor that sets `section.key` may have texts as levels, or names of texts. Where levels are tables by name, each
    sets what stands in it by its key (`sim.catalogue.changes`), and `sets` is left out.
    """

    sets: StrictStr = ""
    meaning: StrictStr = ""
    levels: Any

    @model_validator(mode="after")
    def _numbers(self) -> Self:
        values = list(self.levels.values()) if isinstance(self.levels, dict) else self.levels
        if not isinstance(values, list) or not values:
            raise ValueError("levels must be a list of numbers, or a table of names and numbers, and hold one or more")
        if not self.sets and not is_by_key(self.model_dump()):
            raise ValueError(
                "sets is missing; say what the levels set, or make each a table: { NAME = { KEY = VALUE } }"
            )
        for value in values if self.sets else ():
            named = isinstance(value, str) and (section_key(self.sets) or (value, self.sets) == _OF_ITS_BLOCK)
            if not named and (isinstance(value, bool) or not isinstance(value, float | int)):
                raise ValueError(f"level {value!r} is no number; write levels = {{ NAME = NUMBER }} to name one")
        return self


class _Whole(Sections):
    """What every population file may say beside its sections."""

    title: StrictStr = ""
    source: StrictStr = ""
    model: StrictStr = ""
    notes: list[StrictStr] = Field(default_factory=list)
    constructs: dict[StrictStr, StrictStr] = Field(default_factory=dict)
    unmodelled: list[StrictStr] = Field(default_factory=list)
    factors: dict[StrictStr, Factor] = Field(default_factory=dict)
    groups: dict[StrictStr, GroupTable] = Field(default_factory=dict)


class _PopulationFile(_Whole):
    """A whole population file: its parameters are given (the rest by factors), or solved from what was published."""

    solution: Literal["standardised", "raw"] = "standardised"
    values: dict[StrictStr, NumberOrDraw] | None = None
    published: Published | None = None
    table: TableForm | None = None
    covariance: MatrixTable | None = None
    answers: AnswersTable | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if not self.model and self.covariance is None:
            raise ValueError("model: is missing; it is needed")
        ways = [self.values, self.published, self.table, self.covariance, self.answers]
        if ways.count(None) != len(ways) - 1:
            raise ValueError("give either [values] or [published] or [table], or [covariance] or [answers]")
        if self.table and (self.scale.ways or self.scale.items):
            raise ValueError("scale: a population solved from [table] has its categories there, as `scale_points`")
        if self.published and self.scale.items:
            raise ValueError("scale.items: a population solved from [published] has one scale for all items")
        if self.unmodelled and self.values is None:
            raise ValueError("unmodelled: constructs beside the model go with [values]; leave them out")
        if self.solution == "raw" and self.values is None:
            raise ValueError('solution = "raw" says what [values] are; a published table has standardised ones')
        if self.solution == "raw" and self.after_cut:
            raise ValueError('[after_cut] solves for standardised loadings; leave it out, or solution = "raw"')
        if self.solution == "raw" and any(factor.sets.split()[:1] == ["f2"] for factor in self.factors.values()):
            raise ValueError('factors: f2 is of standardised paths; leave it out, or solution = "raw"')
        if self.after_cut and self.values is None:
            raise ValueError("[after_cut] goes with [values]: a published table says what answers are to have itself")
        return self


class _Variant(_Whole):
    """A population file that builds on another population: what it adds to it."""

    base: StrictStr
    values: dict[StrictStr, NumberOrDraw] = Field(default_factory=dict)


def _with_mechanisms(form: type[S]) -> type[S]:
    """The form with a section for every mechanism."""
    added: dict[str, Any] = {section: (kind, kind()) for section, kind in MECHANISMS.items()}
    return create_model(form.__name__.strip("_"), __base__=form, **added)


SECTIONS = _with_mechanisms(Sections)
PopulationFile, Variant = _with_mechanisms(_PopulationFile), _with_mechanisms(_Variant)


def read(path: Path) -> dict[str, Any]:
    """The content of a user's population file. Raises one InputError that lists every mistake of form."""
    content = read_toml(path, "population file", "; give a file, or a name that `loadstone list` shows")
    check_kind(content, "population", path)
    return checked(content, f"population file {path}", path.stem, path.name)


def checked(content: Mapping[str, Any], what: str, title: str, source: str) -> dict[str, Any]:
    """The content of a population, with a title and a source where it gives none.

    Raises one InputError that lists every mistake of form; `what` is the content, for messages.
    """
    form = Variant if "base" in content else ThemeFile if "themes" in content else PopulationFile
    try:
        form.model_validate(content)
    except ValidationError as error:
        told = mistakes(error, form)
        raise InputError(f"{what}: " + "; ".join(told)) from None
    return {"title": title, **content} if form is Variant else {"title": title, "source": source, **content}


def built_on(base: dict[str, Any], variant: dict[str, Any]) -> dict[str, Any]:
    """The content of the population that `variant` makes of its `base`.

    Notes, sections, groups and factors are added; a scale, a model, a source and values take the place of the base's.
    """
    _check_on_top(base, variant)
    whole = base | {"title": variant["title"]}
    if "scale" in variant:
        whole["scale"] = {}
    whole["notes"] = [*base.get("notes", []), *variant.get("notes", [])]
    for section in (*SECTIONS.model_fields, "factors", "groups", "constructs"):
        if both := whole.get(section, {}) | variant.get(section, {}):
            whole[section] = both
    whole |= {key: variant[key] for key in ("source", "model") if key in variant}
    if named := [*base.get("unmodelled", []), *variant.get("unmodelled", [])]:
        whole["unmodelled"] = named
    if "values" in variant:
        model = Model.plain(whole["model"])
        of_one = {
            key: value
            for part in (base.get("values", {}), variant["values"])
            for key, value in part.items()
            if key.replace(" ", "").endswith(ANY_ITEM)
        }
        before, on_top = (
            written_out(model, {key: value for key, value in part.items() if key not in of_one}, named)
            for part in (base.get("values", {}), variant["values"])
        )
        whole["values"] = overridden(before, on_top) | of_one
    return whole


def _check_on_top(base: Mapping[str, Any], variant: Mapping[str, Any]) -> None:
    """Raises InputError for what a base that was solved, or is of interviews, cannot have on top."""
    for key in ("model", "values", "unmodelled"):
        if key in variant and "themes" in base:
            raise InputError(f"{key}: the base is one of themes, which has none; leave it out")
        if key in variant and key != "values" and "values" not in base:
            raise InputError(f"{key}: the base is solved from a published table; give it with [values] of your own")
    for name, factor in variant.get("factors", {}).items():
        if "values" not in base and not (section_key(factor.get("sets", "")) or is_by_key(factor)):
            allowed = ", ".join(f"`{section}.NAME`" for section in SECTIONS.model_fields)
            raise InputError(
                f"factors.{name}: beside a base that was solved, a factor sets one of {allowed}, not '{factor['sets']}'"
            )


def is_by_key(factor: Mapping[str, Any]) -> bool:
    """Whether a factor sets things by their keys: levels that are tables, `F=~x1`, `items.F`, `copies.F`."""
    sets, levels = factor.get("sets", ""), factor["levels"]
    if not sets:
        return isinstance(levels, dict) and all(isinstance(level, dict) for level in levels.values())
    return " " not in sets and not section_key(sets) and ("~" in sets or sets.startswith(("items.", "copies.")))


def section_key(sets: str) -> tuple[str, tuple[str, ...]] | None:
    """The section with the key, or key and name in a table, that a factor sets (`responses.careless`), or None."""
    section, dot, rest = sets.partition(".")
    if section not in SECTIONS.model_fields or not dot:
        return None
    return section, (rest,) if section == "after_cut" else tuple(rest.split("."))


def sections(content: Mapping[str, Any], factors: Mapping[str, str], chosen: Mapping[str, Any]) -> Sections:
    """The sections: what the file says, and what the `factors` set (factor to sets) at their levels.

    Raises InputError for a factor that sets no key of its section, and for one that sets what another does.
    """
    tables = {section: dict(content.get(section, {})) for section in SECTIONS.model_fields}
    taken: dict[str, str] = {}
    for factor, sets in factors.items():
        if not (found := section_key(sets)):
            continue
        section, (key, *name) = found
        settable = _settable(section, key, tables[section] if name else None)
        if key not in settable or len(name) > 1:
            raise InputError(f"factor {factor} sets {section}.: {unknown('key', '.'.join((key, *name)), settable)}")
        if taken.setdefault(sets, factor) != factor:
            raise InputError(f"factors {taken[sets]} and {factor} both set {sets}; leave it to one of the two")
        if name:
            tables[section][key] = {**tables[section].get(key, {}), name[0]: chosen[factor]}
        else:
            tables[section][key] = chosen[factor]
    try:
        return SECTIONS.model_validate(tables)
    except ValidationError as error:
        raise InputError("; ".join(mistakes(error, SECTIONS))) from None


def _settable(section: str, key: str, given: Mapping[str, Any] | None) -> list[str]:
    """The keys of a section that a factor may set: numbers and texts; with what is `given`, tables."""
    if section == "after_cut":
        return [key]
    if section == "scale":
        return list(NUMBERS) if given is None else []
    known = (MECHANISMS | {"grouping": Grouping})[section].defaults()
    if given is None:
        return [name for name, value in known.items() if isinstance(value, str | int | float)]
    return [name for name, value in known.items() if isinstance(given.get(name, value), Mapping)]
