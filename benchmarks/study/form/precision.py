"""`targets` of a study file: the largest Monte Carlo errors that are wanted, in place of a number of replications."""

from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Annotated, Any

from pydantic import AfterValidator, Field, StrictStr

from benchmarks.measures.basis.samples import Estimated, Paired, Replications
from benchmarks.measures.catalogue import MEASURES, find
from sim.errors import nearest
from sim.targets import Target

#: Measures that targets may be set for: those whose replications are the cell's own.
_KINDS = (Estimated, Paired, Replications)
#: Rests on the replications of another cell too.
_NOT = "size_adjusted_power"


def _measure(name: str) -> str:
    found = find(name)
    if found is None or found.of not in _KINDS or name == _NOT:
        known = [measure.name for measure in MEASURES if measure.of in _KINDS and measure.name != _NOT]
        raise ValueError(f"must be a measure of a method or an estimand, such as {', '.join(known[:12])}"
                         f"{nearest(name, known)}")  # fmt: skip
    return name


Error = Annotated[float, Field(strict=True, gt=0, lt=1e6)]
#: By measure, the largest error of every estimand, or by the names of estimands (`*` and `?` stand for any text).
Targets = dict[Annotated[StrictStr, AfterValidator(_measure)], Error | dict[StrictStr, Error]]


def wanted(targets: Targets, measure: str, estimand: str) -> float | None:
    """The largest error that is wanted of a measure of an estimand; None where none is. The first pattern counts."""
    given = targets.get(measure)
    if given is None or isinstance(given, float):
        return given
    return next((error for name, error in given.items() if fnmatchcase(estimand, plain(name))), None)


def mistakes_of(targets: Targets, estimands: Sequence[Target], reference: str | None) -> Iterator[str]:
    """Every mistake of meaning, with its place."""
    names = [target.name for target in estimands]
    for measure, given in targets.items():
        kind = find(measure)
        if kind is not None and kind.of is Paired and reference is None:
            yield f"performance.targets.{measure}: needs a method to compare with; give performance.reference"
        if isinstance(given, float):
            continue
        if kind is not None and kind.of is Replications:
            yield f"performance.targets.{measure}: is of a whole method; give one number, not one by estimand"
            continue
        for name in given:
            if not any(fnmatchcase(known, plain(name)) for known in names):
                yield f"performance.targets.{measure}.{name}: is the name of no estimand; these are {', '.join(names)}"


def mistakes_of_numbers(content: Mapping[str, Any]) -> list[str]:
    """Whether a study file says how many replications, one way and not both."""
    data, performance = (content.get(name) for name in ("data", "performance"))
    if not isinstance(data, Mapping):
        return []
    asks = isinstance(performance, Mapping) and bool(performance.get("targets"))
    most = isinstance(performance, Mapping) and "most_replications" in performance
    if asks and "replications" in data:
        return ["data.replications: performance.targets are given too, which decide it; leave one of the two out"]
    if not asks and "replications" not in data:
        return ["data.replications: is missing; it is needed, or performance.targets in its place"]
    if most and not asks:
        return ["performance.most_replications: belongs to performance.targets; give those, or leave it out"]
    return []


def plain(pattern: str) -> str:
    """A pattern of estimands in which only `*` and `?` mean something, without spaces."""
    return pattern.replace(" ", "").replace("[", "[[]")
