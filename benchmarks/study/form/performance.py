"""The [performance] section of a study file: how estimates are judged, and what is measured beside the usual."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StrictBool, StrictStr

from benchmarks.measures import families
from benchmarks.measures.basis.measure import Measure
from benchmarks.measures.basis.samples import CutOff, Estimated, Null
from benchmarks.measures.catalogue import BY_NAME, MEASURES, find
from benchmarks.study.form import precision
from benchmarks.study.form.precision import Targets, plain
from benchmarks.study.form.publishedfile import spelled
from sim.errors import nearest, unknown
from sim.form import Number, Section
from sim.targets import Target, read_target

#: Indices that a cut-off may be stated for, and whether values below it are the bad ones.
BAD_BELOW: Mapping[str, bool] = {
    "cfi": True, "tli": True, "rmsea": False, "srmr": False, "srmr_saturated": False,
    "htmt": False, "htmt_abs": False, "htmt2": False,
    "q2_predict": True, "cvpat_ia": False, "cvpat_lm": False, "cvpat": False,
    "invariance_cfi": True, "invariance_rmsea": False,
}  # fmt: skip
#: Measures that a study may ask for by name: those of an estimand.
ASKED = tuple(measure.name for measure in MEASURES if measure.of is Estimated and measure.asked)
#: Replications of a cell.
MOST_REPLICATIONS = 10_000_000
_REFERENCE = re.compile(r"[\w.]+\s*:\s*\w+")


def _measure(name: str) -> str:
    found = find(name)
    if found is None or found.of is not Estimated:
        told = f"{', '.join(ASKED)}, quantile@SHARE, error_quantile@SHARE{nearest(name, ASKED)}"
        raise ValueError(f"must be one of {told}")
    return name


def _reference(name: str) -> str:
    if not _REFERENCE.fullmatch(name):
        raise ValueError("must be `module:function`")
    return name


Share = Annotated[float, Field(strict=True, gt=0, lt=1)]
Confidence = Annotated[float, Field(strict=True, gt=0.5, lt=1)]
Name = Annotated[StrictStr, Field(pattern=r"^[A-Za-z]\w*$")]


class NullFile(Section):
    """A value to test against, and on which side of it the target lies if the test rejects."""

    value: Number
    side: Literal["both", "less", "greater"] = "both"


class OwnFile(Section):
    """A measure of one's own: a function of a tidy frame of one cell, and its words."""

    function: Annotated[StrictStr, AfterValidator(_reference)]
    header: StrictStr = ""
    meaning: StrictStr = ""


class Performance(Section):
    """P: how the estimates are judged."""

    level: Confidence = 0.95
    many_dropped: Annotated[int, Field(strict=True, ge=1, le=1_000)] = 5
    true_loading: Annotated[float, Field(strict=True, gt=0, lt=1)] = 0.70
    item_sets: dict[StrictStr, Annotated[list[StrictStr], Field(min_length=1)]] = Field(default_factory=dict)
    levels: list[Confidence] = Field(default_factory=list)
    measures: list[Annotated[StrictStr, AfterValidator(_measure)]] = Field(default_factory=list)
    quantiles: list[Share] = Field(default_factory=list)
    trim: Annotated[float, Field(strict=True, gt=0, lt=0.5)] = 0.1
    printed: dict[StrictStr, Number] = Field(default_factory=dict)
    cutoffs: dict[StrictStr, Number] = Field(default_factory=dict)
    null: dict[StrictStr, Number | NullFile] = Field(default_factory=dict)
    pool: dict[Name, StrictStr | Annotated[list[StrictStr], Field(min_length=1)]] = Field(default_factory=dict)
    reference: StrictStr | None = None
    extrapolate: StrictBool = False
    targets: Targets = Field(default_factory=dict)
    most_replications: Annotated[int, Field(strict=True, ge=512, le=MOST_REPLICATIONS)] = 100_000
    own: dict[Name, Annotated[StrictStr, AfterValidator(_reference)] | OwnFile] = Field(default_factory=dict)


@dataclass(frozen=True)
class OwnMeasure:
    """A measure of one's own: its name, where its code is, and its words."""

    name: str
    reference: str
    header: str
    meaning: str


def further_levels(performance: Performance) -> tuple[float, ...]:
    """The levels beside the study's own, each once."""
    return tuple(dict.fromkeys(level for level in performance.levels if level != performance.level))


def further_measures(performance: Performance, printed: Sequence[str] = ()) -> list[Measure]:
    """The measures of families that the section asks for, and those that are `printed` in published tables."""
    made = families.members(families.OF_SHARES, dict.fromkeys(performance.quantiles))
    made += families.members(families.OF_LEVELS, further_levels(performance))
    named = [name for name in (*performance.measures, *performance.targets, *printed) if name not in BY_NAME]
    made += [measure for name in named if (measure := find(name)) is not None]
    return list({measure.name: measure for measure in made}.values())


def asked(performance: Performance, printed: Sequence[str] = ()) -> set[str]:
    """Names of the measures that the section asks for, by name or by quantiles, and of those that are `printed`.

    A printed mean is bias and truth together, so it asks for nothing.
    """
    members = {measure.name for measure in families.members(families.OF_SHARES, performance.quantiles)}
    return {*performance.measures, *performance.targets, *members, *(name for name in printed if name != "mean")}


def null_of(performance: Performance, target: Target, zero: bool) -> Null | None:
    """The hypothesis about a target: as stated, or else that it is 0 where `zero` is something that is tested."""
    for name, given in performance.null.items():
        if spelled(name) == target.name:
            whole = given if isinstance(given, NullFile) else NullFile(value=given)
            return Null(whole.value, whole.side, stated=True)
    return Null() if zero else None


def cutoff_of(performance: Performance, target: Target) -> CutOff | None:
    """The cut-off for a target, by its name or by its kind."""
    by_name = {spelled(name): value for name, value in performance.cutoffs.items()}
    value = by_name.get(target.name, by_name.get(target.kind))
    return None if value is None or target.kind not in BAD_BELOW else CutOff(value, BAD_BELOW[target.kind])


def printed_of(performance: Performance, target: Target) -> float | None:
    """The value of a target that the study's source prints, None where none is given."""
    return {spelled(name): value for name, value in performance.printed.items()}.get(target.name)


def pools(performance: Performance, estimands: Sequence[Target]) -> dict[str, tuple[Target, ...]]:
    """The targets that are taken together, by the pool's name."""
    found = {}
    for name, given in performance.pool.items():
        patterns = [given] if isinstance(given, str) else given
        chosen = [t for t in estimands if any(fnmatchcase(t.name, plain(pattern)) for pattern in patterns)]
        found[name] = tuple(chosen)
    return found


def own_measures(performance: Performance) -> list[OwnMeasure]:
    """The measures of one's own, in their order."""
    return [
        OwnMeasure(name, given, name.replace("_", " "), f"own measure, {given}")
        if isinstance(given, str)
        else OwnMeasure(
            name,
            given.function,
            given.header or name.replace("_", " "),
            given.meaning or f"own measure, {given.function}",
        )
        for name, given in performance.own.items()
    ]


def sentences(performance: Performance, estimands: Sequence[Target]) -> list[str]:
    """What the section says beside the usual, for readers of a report."""
    said = []
    for name in performance.null:
        null = null_of(performance, _target(name, estimands), False)
        words = {"both": "is", "less": "is no smaller than", "greater": "is no larger than"}
        said += [f"The hypothesis that is tested is that {name} {words[null.side]} {null.value:g}."] if null else []
    for name, value in performance.cutoffs.items():
        target = read_target(name)
        kind = target.kind if target else name
        said.append(f"{name} counts as bad {'below' if BAD_BELOW[kind] else 'above'} {value:g}.")
    said += [
        f"`{name}` is {', '.join(target.name for target in targets)} taken together: the mean over them in each "
        "replication, then over replications."
        for name, targets in pools(performance, estimands).items()
    ]
    if further := further_levels(performance):
        said.append(f"Intervals and tests stand at {', '.join(f'{100 * level:g}%' for level in further)} too.")
    return said


def mistakes_of(performance: Performance, estimands: Sequence[Target]) -> Iterator[str]:
    """Every mistake of meaning in the section, with its place."""
    names = [target.name for target in estimands]
    for name in performance.null:
        if spelled(name) not in names:
            yield f"performance.null.{name}: {unknown('estimand', name, names)}"
    for name in performance.printed:
        if spelled(name) not in names:
            yield f"performance.printed.{name}: {unknown('estimand', name, names)}"
    known = [*BAD_BELOW, *(t.name for t in estimands if t.kind in BAD_BELOW)]
    for name in performance.cutoffs:
        kinds = {target.kind for target in estimands}
        if spelled(name) not in known:
            yield f"performance.cutoffs.{name}: {unknown('index', name, known)}"
        elif spelled(name) not in names and name not in kinds:
            yield f"performance.cutoffs.{name}: no estimand is a {name}; add it to estimands.targets, or leave this out"
    for name, targets in pools(performance, estimands).items():
        if not targets:
            given = performance.pool[name]
            yield f"performance.pool.{name}: {given!r} is the name of no estimand; these are {', '.join(names)}"
    yield from _names(performance, names)
    yield from precision.mistakes_of(performance.targets, estimands, performance.reference)
    for key, numbers in (("levels", performance.levels), ("quantiles", performance.quantiles)):
        if len(set(numbers)) < len(numbers):
            yield f"performance.{key}: {numbers} names a number twice; name each once"


def mistakes_of_sets(performance: Performance, items: Collection[str]) -> Iterator[str]:
    """Every item of a named set that no population has, and every one that a set names twice."""
    for name, own in performance.item_sets.items():
        for item in dict.fromkeys(own):
            if item not in items:
                yield f"performance.item_sets.{name}: {unknown('item', item, items)}"
            if own.count(item) > 1:
                yield f"performance.item_sets.{name}: {item} is named twice; name each item once"


def _names(performance: Performance, names: Sequence[str]) -> Iterator[str]:
    """Pools and own measures whose names mean something else already."""
    for name in performance.pool:
        if name in names or name == "fit":
            yield f"performance.pool.{name}: an estimand has this name; choose another"
    for name in performance.own:
        if name in BY_NAME:
            yield f"performance.own.{name}: a measure has this name; choose another"


def _target(name: str, estimands: Sequence[Target]) -> Target:
    return next(target for target in estimands if target.name == spelled(name))
