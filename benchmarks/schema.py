"""The columns of stored results: names, types, units and meanings, in one place.

Reading, writing, checks and docs/results.md follow from the lists below. A column that there is one of for each target,
item or construct is named with a colon: `value:PERF~ACRM`.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import pyarrow as pa

#: What a column's numbers are. "any": what the target or the measure says.
Unit = Literal["text", "number", "count", "share", "any", "yes or no"]
Type = Literal["string", "int8", "int32", "int64", "float64", "bool"]
_ARROW: Mapping[Type, pa.DataType] = {
    "string": pa.string(),
    "int8": pa.int8(),
    "int32": pa.int32(),
    "int64": pa.int64(),
    "float64": pa.float64(),
    "bool": pa.bool_(),
}


@dataclass(frozen=True)
class Column:
    """A stored column, or one for each target, item or construct (`of`): `value` is then stored as `value:TARGET`."""

    name: str
    type: Type
    unit: Unit
    meaning: str
    of: Literal["", "target", "item", "construct"] = ""

    @property
    def arrow(self) -> pa.DataType:
        """The column's type in a Parquet file."""
        return _ARROW[self.type]

    def named(self, part: str) -> str:
        """The column of one target, item or construct."""
        return f"{self.name}:{part}"


#: What a method says of one target in one replication.
ESTIMATES = (
    Column("value", "float64", "any", "the estimate; NaN where the method gives none", "target"),
    Column("se", "float64", "any", "the standard error that the method reports", "target"),
    Column("lower", "float64", "any", "lower end of the interval", "target"),
    Column("upper", "float64", "any", "upper end of the interval", "target"),
    Column("p_value", "float64", "share", "p-value of the hypothesis that the target is zero", "target"),
)
#: Stored where a study names further levels and resamples are needed for the intervals there.
FURTHER = (
    Column(
        "lower@LEVEL", "float64", "any", "lower end of the interval at a further level, of resampled methods", "target"
    ),
    Column("upper@LEVEL", "float64", "any", "upper end of that interval", "target"),
    Column(
        "lower@KofM", "float64", "any", "lower end on the K-th of M parts of the resamples, to extrapolate", "target"
    ),
    Column("upper@KofM", "float64", "any", "upper end of that interval", "target"),
    Column("p_value@KofM", "float64", "share", "p-value on that part", "target"),
)
#: Which of the first are stored of parts of the resamples.
ON_PARTS = ("lower", "upper", "p_value")
#: The names of these columns.
PARTS = tuple(column.name for column in ESTIMATES)
#: What is stored of each method and replication, whatever the targets.
REPLICATION = (
    Column("method", "string", "text", "the method's name in the study file"),
    Column("replication", "int64", "count", "number of the replication, from 0"),
    Column("status", "int8", "number", "how it ended: a `Status` of estimators/base.py; 0 usable, 1 inadmissible"),
    Column("iterations", "int32", "count", "iterations the method took"),
    Column("resamples", "int32", "count", "usable resamples; -1 where there are none to count"),
    Column("inadmissible_resamples", "int32", "count", "inadmissible ones among all resamples; -1 as above"),
)
#: Stored where a method of the study handles missing answers.
RESPONDENTS = Column("respondents", "int32", "count", "respondents left after the handling; -1 where none was needed")
#: Stored where a method of the study may change the model.
CHANGES = Column(
    "changes",
    "string",
    "text",
    "what decisions changed in the model: x1~~x2 or X=~y1 freed, -Y~X dropped; empty for nothing",
)
RETAINED = Column("retained", "bool", "yes or no", "whether the estimates rest on the item", "item")
SHORT = Column("short", "bool", "yes or no", "whether a rule alone would have kept too few items", "construct")
#: Stored for targets of which every data set has a true value of its own.
TRUTH = Column("truth", "float64", "any", "the data set's own true value", "target")
#: Every column of a block, in order.
BLOCK = (*REPLICATION, RESPONDENTS, CHANGES, *ESTIMATES, *FURTHER, RETAINED, SHORT, TRUTH)

#: Where a row of the measures stands; a column for each factor of the study comes after these.
PLACE = (
    Column("cell", "int64", "number", "number of the cell, from 1"),
    Column("n", "int64", "count", "respondents in each data set"),
)
#: What a row of the measures says.
MEASURED = (
    Column("method", "string", "text", "the method's name in the study file"),
    Column("target", "string", "text", "the target, or a group of items in words; empty for a whole method"),
    Column("measure", "string", "text", "the measure, see the list of measures"),
    Column(
        "over",
        "string",
        "text",
        "what it is taken over: usable, all, those that dropped items, or the population",
    ),
    Column("truth", "float64", "any", "true value of the target; NaN where there is none"),
    Column("value", "float64", "any", "the measure's value"),
    Column("mcse", "float64", "any", "its Monte Carlo standard error"),
    Column("n_used", "int64", "count", "replications it rests on"),
    Column("n_total", "int64", "count", "replications that were run; 0 where no replication was needed"),
    Column("lower", "float64", "share", "of a rate, or a difference of two: lower end of its 95% interval; else NaN"),
    Column("upper", "float64", "share", "of a rate, or a difference of two: upper end of that interval; else NaN"),
    Column("jackknife", "float64", "any", "its standard error by the jackknife, where it is no plain mean; else NaN"),
    Column("group", "string", "text", "key of the group of items that the target is; empty for any other target"),
)
#: The columns of measures.parquet but for the factors.
MEASURES = (*PLACE, *MEASURED)

#: The columns of published.parquet; a column for each factor comes after the cell's number.
PUBLISHED = (
    Column("cell", "int64", "number", "number of the cell, from 1"),
    Column("n", "int64", "count", "respondents; 0 for an exact figure"),
    Column("method", "string", "text", "the method's name in the study file"),
    Column("target", "string", "text", "the target; `fit` for a figure of the whole method"),
    Column("measure", "string", "text", "what was published"),
    Column("over", "string", "text", "usable or all replications"),
    Column("source", "string", "text", "where it was published"),
    Column("published", "float64", "any", "the printed figure"),
    Column("decimals", "int64", "count", "digits it is rounded to"),
    Column("published_replications", "int64", "count", "replications it rests on"),
    Column("own", "float64", "any", "the study's own figure; NaN where it has none"),
    Column("mcse", "float64", "any", "Monte Carlo standard error of the own figure"),
    Column("own_replications", "int64", "count", "replications the own figure rests on"),
    Column("difference", "float64", "any", "own figure minus published one"),
    Column("z", "float64", "number", "the difference beyond rounding, in its standard errors; NaN for exact figures"),
    Column("exactly", "float64", "any", "how far an exact figure may differ; NaN for any other"),
    Column("tolerance", "float64", "number", "how far z may lie from 0; NaN for exact figures"),
    Column("beyond", "bool", "yes or no", "whether the difference is larger than that"),
    Column("error", "float64", "any", "standard error of the difference; NaN for exact figures"),
    Column("why_not", "string", "text", "why it could not be compared; empty where it was"),
    Column("loose", "bool", "yes or no", "whether so much is tolerated that almost any figure would pass"),
)

#: The columns of replications.parquet: single replications that tell something.
TOLD = (
    Column("cell", "int64", "number", "number of the cell, from 1"),
    Column("n", "int64", "count", "respondents in each data set"),
    Column("method", "string", "text", "the method's name in the study file"),
    Column("target", "string", "text", "the target; empty for a whole method"),
    Column("why", "string", "text", "what it shows: status, worst, typical, missed, dot, interval or a measure's name"),
    Column("replication", "int64", "count", "number of the replication, from 0"),
    Column("status", "int8", "number", "how it ended: a `Status` of estimators/base.py"),
    Column("value", "float64", "any", "the estimate, less the data set's own true value where it has one"),
    Column("se", "float64", "any", "the standard error that the method reports"),
    Column("lower", "float64", "any", "lower end of the interval"),
    Column("upper", "float64", "any", "upper end of the interval"),
    Column("count", "int64", "count", "replications that it stands for"),
    Column("share", "float64", "share", "of a measure that hangs on it: its share of the variance behind the error"),
    Column("median", "float64", "any", "of such a measure: the median in its place"),
    Column("winsorised", "float64", "any", "of such a measure: its value with 2.5% at each end drawn in"),
)


#: Under this key of a Parquet file's metadata stand the meanings of its columns, as JSON.
MEANINGS = b"columns"


def meanings(columns: Iterable[Column]) -> bytes:
    """By column its type, unit and meaning, as JSON; of one for each target, item or construct under `value:TARGET`."""
    told = {
        column.named(column.of.upper()) if column.of else column.name: {
            "type": column.type, "unit": column.unit, "meaning": column.meaning,
        }
        for column in columns
    }  # fmt: skip
    return json.dumps(told, ensure_ascii=False).encode()


def described(table: pa.Table, columns: Iterable[Column]) -> pa.Table:
    """The table with the meanings of its columns in its metadata, beside what stands there."""
    return table.replace_schema_metadata({**(table.schema.metadata or {}), MEANINGS: meanings(columns)})


def names(columns: Iterable[Column]) -> tuple[str, ...]:
    """Names of columns, in order."""
    return tuple(column.name for column in columns)


def missing(columns: Iterable[Column], stored: Iterable[str]) -> list[str]:
    """Names of the columns that are not stored."""
    there = set(stored)
    return [column.name for column in columns if column.name not in there]


def further_end(end: str, level: float, target: str) -> str:
    """The column of one end of a target's interval at a further level: `lower@0.9:Y~X`."""
    return f"{end}@{level:g}:{target}"


def on_part(column: str, part: tuple[int, int], target: str) -> str:
    """The column of a target's inference on a part of the resamples: `lower@1of4:Y~X`."""
    return f"{column}@{part[0]}of{part[1]}:{target}"


def block_schema(
    targets: Sequence[str],
    items: Sequence[str],
    constructs: Sequence[str],
    own_truth: Sequence[str],
    handled: bool,
    levels: Sequence[float] = (),
    parts: Sequence[tuple[int, int]] = (),
    respecified: bool = False,
) -> pa.Schema:
    """Columns and types of a stored block.

    own_truth: the targets of which every data set has a true value of its own. handled: whether a method of the study
    handles missing answers. levels: further ones at which intervals are stored. parts: of the resamples.
    respecified: whether a method may change the model.
    """
    fields: dict[str, Any] = {column.name: column.arrow for column in REPLICATION}
    if handled:
        fields[RESPONDENTS.name] = RESPONDENTS.arrow
    if respecified:
        fields[CHANGES.name] = CHANGES.arrow
    fields |= {column.named(target): column.arrow for target in targets for column in ESTIMATES}
    fields |= {
        further_end(end, level, target): pa.float64()
        for level in levels
        for target in targets
        for end in ("lower", "upper")
    }
    fields |= {on_part(name, part, t): pa.float64() for part in parts for t in targets for name in ON_PARTS}
    for column, named in ((RETAINED, items), (SHORT, constructs), (TRUTH, own_truth)):
        fields |= {column.named(part): column.arrow for part in named}
    return pa.schema(fields)
