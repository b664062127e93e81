"""Columns that several tables share."""

from collections.abc import Iterable

from benchmarks.files import path_part
from reports.printing.numbers import NOTHING, counted
from reports.printing.typeset import Column
from reports.record import Levels
from reports.results import Estimate, Results
from sim.targets import read_target

N = Column("n", "count")
METHOD = Column("Method")
REPLICATIONS = Column("replications", hint="replications used, of all that were run")
SIGNIFICANT = Column("significant", "share", hint="power where the path exists, type I error where it is zero")
#: Beside the one before, of a path that exists.
SIZE = Column("were it zero", "share", hint="type I error: share that call the same path significant where it is zero")


def measure_columns(results: Results, measures: Iterable[str]) -> tuple[Column, ...]:
    """The columns of measures, by their names."""
    words = (results.words[name] for name in measures)
    return tuple(Column(each.header, each.unit, each.signed, each.meaning) for each in words)


def factor_columns(results: Results) -> tuple[Column, ...]:
    """One column for each factor, in the order of a population's levels."""
    return tuple(Column(factor.replace("_", " ")) for factor in results.populations[0])


def count(estimate: Estimate | None) -> str:
    """`1,987 of 2,000`, or a dash where nothing is stored."""
    return counted(estimate) if estimate else NOTHING


def baseline_note(results: Results) -> str:
    """The sentence that says which population a table shows, in the words of the factors' meanings."""
    told = in_meanings(results, results.populations[0])
    return f"Baseline population: {told}." if told else ""


def in_meanings(results: Results, levels: Levels) -> str:
    """Levels in the words of their factors' meanings: `correlation of the two CRM constructs: 0.5; ...`."""
    factors = results.study.factors
    return "; ".join(f"{factors[name].meaning or name.replace('_', ' ')}: {level}" for name, level in levels.items())


def in_file_name(name: str) -> str:
    """A target as part of a file name: `PERF-ACRM`; one name for each, whatever it is made of."""
    short = name.replace("->", "-").replace("~", "-").replace("(", "-").replace(")", "")
    return short if read_target(name) and len(short) <= 60 else path_part(name)
