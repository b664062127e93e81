"""The [published] section of a study file: figures that a paper prints, to be set beside the study's own."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StrictStr

from benchmarks.measures.basis.samples import Estimated, Limit, Replications
from benchmarks.measures.catalogue import MEASURES, find
from sim.errors import nearest, unknown
from sim.form import Level, Number, Section
from sim.tables.reading.printed import Printed
from sim.targets import read_target

#: Estimates on the population's own moments: no sampling, no n.
EXACT = tuple(measure.name for measure in MEASURES if measure.of is Limit)
_OF_ESTIMAND = tuple(measure.name for measure in MEASURES if measure.of is Estimated)
#: Figures of a whole method, not of one target.
OF_METHOD = ("failure_rate", *(measure.name for measure in MEASURES if measure.of is Replications and measure.rate))
#: What a table may print: the project's measures, the mean estimate, and the share of replications that fail.
PRINTED = (*dict.fromkeys(("mean", *_OF_ESTIMAND)), *OF_METHOD, *EXACT)
#: The key under which a figure of a whole method stands.
FIT = "fit"


def is_share(name: str) -> bool:
    """Whether figures of a measure are shares of the replications."""
    found = find(name)
    return name in OF_METHOD or (found is not None and found.of is Estimated and found.rate)


def _printed(name: str) -> str:
    found = find(name)
    if name not in PRINTED and (found is None or found.of is not Estimated):
        raise ValueError(f"must be one of {', '.join(PRINTED)}{nearest(name, PRINTED)}")
    return name


Positive = Annotated[float, Field(strict=True, gt=0, allow_inf_nan=False)]
Count = Annotated[int, Field(strict=True, ge=1)]


class PublishedFigures(Section):
    """One printed table: figures of one measure at one n; a row a target, a column a method.

    `within` is how far limits may lie apart where they come from large samples, not from the population's moments.
    `spread` and `mcse` have the rows of `values`: the standard deviation over the published replications of what each
    figure is the mean of, or the Monte Carlo standard error that is printed with it.
    """

    measure: Annotated[StrictStr, AfterValidator(_printed)]
    methods: Annotated[list[StrictStr], Field(min_length=1)]
    decimals: Annotated[int, Field(strict=True, ge=0, le=12)]
    values: Annotated[dict[StrictStr, Annotated[list[Number], Field(min_length=1)]], Field(min_length=1)]
    n: Annotated[int, Field(strict=True, ge=1)] | None = None
    levels: dict[StrictStr, Level] = Field(default_factory=dict)
    over: Literal["usable", "all"] = "usable"
    replications: Count | None = None
    within: Annotated[float, Field(strict=True, gt=0)] | None = None
    source: StrictStr | None = None
    spread: dict[StrictStr, list[Positive]] = Field(default_factory=dict)
    mcse: dict[StrictStr, list[Positive]] = Field(default_factory=dict)


class PublishedFile(Section):
    """The whole section. `replications` are those of the paper; a table may have its own number and its own source."""

    source: StrictStr
    replications: Count
    notes: list[StrictStr] = Field(default_factory=list)
    tables: Annotated[list[PublishedFigures], Field(min_length=1)]


@dataclass(frozen=True)
class PublishedFigure:
    """One printed figure. `target` is empty for a figure of the method.

    mcse: the published figure's own Monte Carlo standard error, None where nothing is known of it.
    """

    method: str
    target: str
    measure: str
    printed: Printed
    replications: int
    over: str
    n: int | None
    levels: Mapping[str, Level]
    within: float | None
    source: str
    mcse: float | None = None

    @property
    def exactly(self) -> float:
        """How far an exact figure may lie from it: 1e-6, or what rounding or its own source makes of that."""
        return max(1e-6, self.printed.half) if self.within is None else self.within


def figures(section: PublishedFile) -> Iterator[PublishedFigure]:
    """Every printed figure of the section, in its order."""
    for table in section.tables:
        for name, values in table.values.items():
            errors = _errors(table, name, table.replications or section.replications)
            for method, value, error in zip(table.methods, values, errors, strict=True):
                yield PublishedFigure(
                    method=method,
                    target="" if table.measure in OF_METHOD else spelled(name),
                    measure=table.measure,
                    printed=Printed(value, table.decimals),
                    replications=table.replications or section.replications,
                    over=table.over,
                    n=table.n,
                    levels=table.levels,
                    within=table.within,
                    source=table.source or section.source,
                    mcse=error,
                )


def _errors(table: PublishedFigures, name: str, replications: int) -> list[float | None]:
    """The Monte Carlo standard errors of a row of figures, as printed or from their spread."""
    if name in table.mcse:
        return list(table.mcse[name])
    if name in table.spread:
        return [spread / replications**0.5 for spread in table.spread[name]]
    return [None] * len(table.methods)


def spelled(name: str) -> str:
    """A target's name as the project writes it: `Y ~ X` is `Y~X`."""
    target = read_target(name)
    return target.name if target else name


def mistakes_of(
    section: PublishedFile,
    sizes: Sequence[int],
    methods: Sequence[str],
    estimands: Sequence[str],
    factors: Mapping[str, Sequence[Level]],
) -> list[str]:
    """Every mistake of meaning, with its place: figures of what the study does not estimate."""
    found: list[str] = []
    for i, table in enumerate(section.tables, start=1):
        at = f"published.tables[{i}]"
        found += [f"{at}.{told}" for told in _place(table, sizes, factors)]
        found += [
            f"{at}.methods[{k}]: {unknown('method', name, methods)}"
            for k, name in enumerate(table.methods, start=1)
            if name not in methods
        ]
        found += [f"{at}.values.{told}" for told in _values(table, estimands)]
    return found


def _place(table: PublishedFigures, sizes: Sequence[int], factors: Mapping[str, Sequence[Level]]) -> Iterator[str]:
    """What is wrong with the cell that a table names."""
    exact = table.measure in EXACT
    if table.within is not None and not exact:
        yield f"within: {table.within:g} given; {table.measure} is compared by its z, so leave it out"
    if exact and table.n is not None:
        yield f"n: {table.n} given; {table.measure} is that of infinitely many respondents, so leave n out"
    if not exact and table.n is None:
        yield f"n: is missing; give one of data.n: {', '.join(map(str, sizes))}"
    if not exact and table.n is not None and table.n not in sizes:
        yield f"n: {table.n} is not in data.n ({', '.join(map(str, sizes))}); add it there or leave the table out"
    for factor, level in table.levels.items():
        if factor not in factors:
            yield f"levels.{factor}: {unknown('factor', factor, list(factors))}"
        elif level not in factors[factor]:
            yield f"levels.{factor}: {unknown('level', str(level), [str(each) for each in factors[factor]])}"


def _values(table: PublishedFigures, estimands: Sequence[str]) -> Iterator[str]:
    """What is wrong with the rows of a table."""
    known = [FIT] if table.measure in OF_METHOD else list(estimands)
    for key, errors in (("spread", table.spread), ("mcse", table.mcse)):
        for name, given in errors.items():
            if name not in table.values:
                yield f"{name}: {key} is given of no row of values; these are {', '.join(table.values)}"
            elif len(given) != len(table.methods):
                yield f"{name}: {len(given)} numbers in {key} for {len(table.methods)} methods; give one for each"
            elif table.measure in EXACT or (key == "spread" and is_share(table.measure)):
                yield f"{name}: {key} is given, and {table.measure} has none; leave it out"
            elif key == "mcse" and name in table.spread:
                yield f"{name}: spread and mcse are both given; leave one out"
    for name, values in table.values.items():
        if spelled(name) not in known:
            yield f"{name}: {unknown('row' if known == [FIT] else 'estimand', name, known)}"
        if len(values) != len(table.methods):
            yield f"{name}: {len(values)} values for {len(table.methods)} methods; give one for each method"
        if is_share(table.measure):
            yield from (
                f"{name}: {value:g} is no share; give a number from 0 to 1" for value in values if not 0 <= value <= 1
            )
