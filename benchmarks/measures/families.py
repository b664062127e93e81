"""Families of measures: one measure for each level of intervals or share that a study names, `coverage@0.9`."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from benchmarks.measures import inference, rejection
from benchmarks.measures.basis import robust
from benchmarks.measures.basis.formulas import Measured
from benchmarks.measures.basis.measure import Measure
from benchmarks.measures.basis.samples import Estimated, Pooled

#: What stands between a measure's name and its number.
AT = "@"


@dataclass(frozen=True)
class Family:
    """A measure for every number from 0 to 1. name: before the `@`. kind: what the number is. at: the measure."""

    name: str
    kind: str
    at: Callable[[float], Measure]


def at_level(measure: Measure) -> Family:
    """A measure of intervals or tests, at other levels than the study's own."""
    pooled = measure.pooled

    def at(level: float) -> Measure:
        def at_its_level(function: Callable[[Pooled], Measured | None]) -> Callable[[Pooled], Measured | None]:
            def measured_together(sample: Pooled) -> Measured | None:
                there = [part.at(level) for part in sample.parts]
                return function(replace(sample, parts=tuple(part for part in there if part is not None)))

            return measured_together

        def measured(sample: Estimated) -> Measured | None:
            there = sample.at(level)
            return None if there is None else measure.function(there)

        return replace(
            measure,
            name=f"{measure.name}{AT}{level:g}",
            header=f"{measure.header} at {100 * level:g}%",
            meaning=f"{measure.meaning}; interval at {100 * level:g}%, test at {100 * (1 - level):g}%",
            function=measured,
            needs=f"{measure.needs}; at a further level, intervals of estimate -+ quantile SE, or resamples",
            family=measure.name,
            pooled=None if pooled is None else at_its_level(pooled),
            figure=None,
            glossary="",
        )

    return Family(measure.name, "level", at)


def _quantile(share: float) -> Measure:
    def measured(sample: Estimated) -> Measured | None:
        return robust.quantile(sample.told, share) if sample.told.size else None

    return Measure(
        f"quantile{AT}{share:g}", f"{100 * share:g}% quantile", "coefficient",
        f"value that {100 * share:g}% of the estimates lie under", of=Estimated, function=measured, asked=True,
        jackknife=lambda sample: robust.quantile_jackknife(sample.told, share),
    )  # fmt: skip


def _error_quantile(share: float) -> Measure:
    def measured(sample: Estimated) -> Measured | None:
        return robust.quantile(sample.errors, share) if sample.has_truth else None

    return Measure(
        f"error_quantile{AT}{share:g}", f"{100 * share:g}% quantile of the error", "coefficient",
        f"value that {100 * share:g}% of the distances estimate minus truth lie under", of=Estimated,
        function=measured, asked=True, signed=True, needs="a true value",
        jackknife=lambda sample: robust.quantile_jackknife(sample.errors, share),
    )  # fmt: skip


#: The families that `quantiles` of a study asks for.
OF_SHARES = (Family("quantile", "share", _quantile), Family("error_quantile", "share", _error_quantile))
#: The families that `levels` of a study asks for.
OF_LEVELS = tuple(
    at_level(measure)
    for measure in (
        inference.COVERAGE,
        inference.POWER,
        inference.TYPE_1_ERROR,
        rejection.REJECTION_RATE,
        rejection.INTERVAL_REJECTION_RATE,
        rejection.INTERVAL_ABOVE,
        rejection.INTERVAL_BELOW,
        rejection.INTERVAL_WIDTH,
    )
)
FAMILIES = {family.name: family for family in (*OF_SHARES, *OF_LEVELS)}


def named(name: str) -> Measure | None:
    """The member of a family that a name such as `coverage@0.9` means; None where it means none."""
    family, found, text = name.partition(AT)
    try:
        number = float(text)
    except ValueError:
        return None
    if not found or family not in FAMILIES or not 0 < number < 1:
        return None
    return FAMILIES[family].at(number)


def members(families: Iterable[Family], numbers: Iterable[float]) -> list[Measure]:
    """The measures of each family at each number, family by family."""
    chosen = list(numbers)
    return [family.at(number) for family in families for number in chosen]
