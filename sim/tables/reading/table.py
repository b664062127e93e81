"""What a paper's tables report of a survey and its model: every number with its rounding, checked for form."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from sim.errors import InputError, unknown
from sim.form import mistakes
from sim.grammar.syntax import parse
from sim.model import Model
from sim.tables.reading.paper import Paper, paper_of
from sim.tables.reading.printed import Printed
from sim.tables.reading.tablefile import ConstructForm, Method, TableForm, read_form

Pair = tuple[str, str]


@dataclass(frozen=True)
class Reported:
    """What is printed of one construct, None where it is not.

    items: as asked; kept: those left after dropping, in order. loadings, item_means and item_sds are by item: loadings
    of kept items are all there or none. mean and sd are those of the respondents' averages over the kept items.
    `dropped_named` is False where the paper tells only how many were dropped: the last ones then stand for them.
    """

    construct: str
    items: tuple[str, ...]
    kept: tuple[str, ...]
    label: str = ""
    alpha: Printed | None = None
    rho_c: Printed | None = None
    ave: Printed | None = None
    r2: Printed | None = None
    lowest_loading: Printed | None = None
    highest_loading: Printed | None = None
    mean: Printed | None = None
    sd: Printed | None = None
    loadings: Mapping[str, Printed] = field(default_factory=dict)
    item_means: Mapping[str, Printed] = field(default_factory=dict)
    item_sds: Mapping[str, Printed] = field(default_factory=dict)
    dropped_named: bool = True

    @property
    def k(self) -> int:
        """How many items were kept."""
        return len(self.kept)

    @property
    def dropped(self) -> tuple[str, ...]:
        """The items that were not kept."""
        return tuple(item for item in self.items if item not in self.kept)

    def given(self, *names: str) -> str:
        """`alpha 0.837, AVE 0.604`: the printed ones of these."""
        words = {"ave": "AVE", "lowest_loading": "lowest loading", "highest_loading": "highest loading"}
        found = [(words.get(name, name), getattr(self, name)) for name in names]
        return ", ".join(f"{word} {number}" for word, number in found if number is not None)


@dataclass(frozen=True)
class Table:
    """What a paper reports. correlations, htmt and paths are by pairs of constructs: (A, B) in the order of the model,
    (outcome, predictor). points: how many categories, None where answers have no cut or nothing is said. paper: what it
    did and tested, None where the file has no such section.
    """

    method: Method
    model: Model
    reported: Mapping[str, Reported]
    form: TableForm
    title: str = ""
    source: str = ""
    n: int | None = None
    points: int | None = None
    lowest_answer: int = 1
    rule: Printed | None = None
    correlations: Mapping[Pair, Printed] = field(default_factory=dict)
    htmt: Mapping[Pair, Printed] = field(default_factory=dict)
    paths: Mapping[Pair, Printed] = field(default_factory=dict)
    paper: Paper | None = None

    @property
    def dropped(self) -> tuple[str, ...]:
        """All items that were not kept."""
        return tuple(item for block in self.reported.values() for item in block.dropped)

    @property
    def highest_answer(self) -> int:
        """The highest category. Meaningful where `points` is given."""
        return self.lowest_answer + (self.points or 1) - 1


def read(path: Path) -> Table:
    """The table of a file. Raises one InputError that lists every mistake of form with its place."""
    form = read_form(path)
    try:
        return of_form(form)
    except InputError as error:
        raise InputError(f"table file {path}: {error}") from None


def of_content(content: Mapping[str, Any]) -> Table:
    """The table that a file's content makes; its numbers may be text such as "0.60". Raises InputError."""
    try:
        form = TableForm.model_validate(dict(content))
    except ValidationError as error:
        raise InputError("; ".join(mistakes(error, TableForm))) from None
    return of_form(form)


def of_form(form: TableForm) -> Table:
    """The table of a checked form. Raises one InputError that lists every mistake."""
    model = _model(form)
    wrong: list[str] = []
    reported = {block.construct: _reported(form, block.construct, block.items, wrong) for block in model.blocks}
    if form.scale_points is None:
        wrong += [
            f"constructs.{c}: item means and SDs need `scale_points`" for c, r in reported.items() if r.item_means
        ]
    pairs = {
        "correlations": _pairs(form.correlations, "correlations", model, wrong, form.decimals),
        "htmt": _pairs(form.htmt, "htmt", model, wrong, form.decimals),
    }
    paths = _paths(form, model, wrong)
    for construct, block in reported.items():
        if block.r2 is not None and construct not in model.endogenous:
            told = ", ".join(model.endogenous) or "no construct"
            wrong.append(f"constructs.{construct}.r2: no path leads to {construct}; it is defined for {told}")
    paper = paper_of(form.paper, model, wrong) if form.paper else None
    if wrong:
        raise InputError("; ".join(wrong))
    return Table(
        form.method, model, reported, form, form.title, form.source, form.n, form.scale_points, form.lowest_answer,
        form.loading_rule, pairs["correlations"], pairs["htmt"], paths, paper,
    )  # fmt: skip


def _model(form: TableForm) -> Model:
    """The model with blocks for all constructs: those that it leaves out have numbered items."""
    written = parse(form.model) if form.model.strip() else []
    blocks = {s.left for s in written if s.operator in ("=~", "<~")}
    without = [f"constructs.{c}.items: is missing; the model gives no items of {c}" for c, given in
               form.constructs.items() if c not in blocks and given.items is None]  # fmt: skip
    if without:
        raise InputError("; ".join(without))
    lines = [
        f"{construct} =~ " + " + ".join(f"{construct}{i}" for i in range(1, (given.items or 0) + 1))
        for construct, given in form.constructs.items()
        if construct not in blocks
    ]
    try:
        model = Model.plain("\n".join([form.model, *lines]))
    except InputError as error:
        raise InputError(f"model: {error}") from None
    if model.second_order or not model.reflective.all():
        raise InputError("model: blocks of reflective items (`=~`) only; a table of composites has no one-factor form")
    strange = [unknown("construct", c, model.constructs) for c in form.constructs if c not in model.constructs]
    bare = [f"constructs.{c}: is missing; the model has {c}" for c in model.constructs if c not in form.constructs]
    if strange or bare:
        raise InputError("; ".join([*(f"constructs: {told}" for told in strange), *bare]))
    return model


def _reported(form: TableForm, construct: str, items: tuple[str, ...], wrong: list[str]) -> Reported:
    """One construct's numbers, with at least `decimals` decimals; what is wrong is added to the list."""
    given, place = form.constructs[construct], f"constructs.{construct}"
    if given.items is not None and given.items != len(items):
        wrong.append(f"{place}.items: {given.items} given; the model has {len(items)} ({', '.join(items)})")
    kept = _kept(given, items, place, wrong)
    found: dict[str, Any] = {
        name: number.with_at_least(form.decimals)
        for name in ("alpha", "rho_c", "ave", "r2", "lowest_loading", "highest_loading", "mean", "sd")
        if (number := getattr(given, name)) is not None
    }
    for name in ("loadings", "item_means", "item_sds"):
        found[name] = _by_item(getattr(given, name), kept, f"{place}.{name}", form.decimals, wrong)
    if 0 < len(found["loadings"]) < len(kept):
        left = [item for item in kept if item not in found["loadings"]]
        wrong.append(f"{place}.loadings: {', '.join(left)} missing; give those of all kept items or none")
    if len(kept) == 1:
        wrong += [
            f"{place}.{name}: {construct} keeps one item, of which nothing but its mean and SD can be printed"
            for name in ("alpha", "rho_c", "ave", "lowest_loading", "highest_loading") if name in found
        ]  # fmt: skip
    if form.method == "sum-scores":
        wrong += [
            f"{place}.{name}: sum scores have alpha only; say method = \"pls\" or \"cb-sem\" if the paper has it"
            for name in ("rho_c", "ave", "lowest_loading", "highest_loading", "loadings") if found.get(name)
        ]  # fmt: skip
    low, high = found.get("lowest_loading"), found.get("highest_loading")
    if low and high and low.value > high.value:
        wrong.append(f"{place}.lowest_loading: {low} given, above highest_loading {high}")
    return Reported(construct, items, kept, given.label, dropped_named=not isinstance(given.dropped, int), **found)


def _kept(given: ConstructForm, items: tuple[str, ...], place: str, wrong: list[str]) -> tuple[str, ...]:
    if isinstance(given.dropped, int):
        if given.dropped >= len(items):
            wrong.append(f"{place}.dropped: {given.dropped} of {len(items)} items; at least one must stay")
        return items[: max(1, len(items) - given.dropped)]
    wrong += [f"{place}.dropped: {unknown('item', item, items)}" for item in given.dropped if item not in items]
    kept = tuple(item for item in items if item not in given.dropped)
    if not kept:
        wrong.append(f"{place}.dropped: all {len(items)} items; at least one must stay")
    return kept or items


def _by_item(
    given: list[Printed] | dict[str, Printed] | None, kept: tuple[str, ...], place: str, decimals: int, wrong: list[str]
) -> dict[str, Printed]:
    """Numbers of kept items by name."""
    if isinstance(given, list):
        if len(given) != len(kept):
            wrong.append(f"{place}: {len(given)} given; the kept items are {len(kept)} ({', '.join(kept)})")
        given = dict(zip(kept, given, strict=False))
    found = given or {}
    wrong += [f"{place}: {unknown('kept item', item, kept)}" for item in found if item not in kept]
    return {item: found[item].with_at_least(decimals) for item in kept if item in found}


def _pairs(
    given: Mapping[str, Printed], place: str, model: Model, wrong: list[str], decimals: int
) -> dict[Pair, Printed]:
    """Numbers of pairs `A~~B` or `A,B` in the order of the model."""
    found: dict[Pair, Printed] = {}
    for key, number in given.items():
        names = [name.strip() for name in key.replace("~~", ",").split(",")]
        if len(names) != 2 or names[0] == names[1] or any(name not in model.constructs for name in names):
            wrong.append(f"{place}.{key}: name two constructs as `A~~B` ({', '.join(model.constructs)})")
            continue
        first, second = sorted(names, key=model.constructs.index)
        if (first, second) in found:
            wrong.append(f"{place}.{key}: is given twice")
        found[first, second] = number.with_at_least(decimals)
    return found


def _paths(form: TableForm, model: Model, wrong: list[str]) -> dict[Pair, Printed]:
    found: dict[Pair, Printed] = {}
    for key, number in form.paths.items():
        parts = tuple(key.replace(" ", "").split("~"))
        if parts not in model.paths:
            told = ", ".join("~".join(path) for path in model.paths) or "no path"
            wrong.append(f"paths.{key}: the model has {told}")
            continue
        found[parts[0], parts[1]] = number.with_at_least(form.decimals)
    return found
