"""The measures that a study has: the whole list, members of families, and what the study asks for beside the usual."""

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.measures.basis.measure import Measure
from benchmarks.measures.catalogue import MEASURES
from benchmarks.study.form import performance
from benchmarks.study.study import Study


@dataclass(frozen=True)
class Wanted:
    """Measures in the order of their rows, and the names of those that a study asks for."""

    measures: Sequence[Measure] = MEASURES
    asked: frozenset[str] = frozenset()

    @classmethod
    def of(cls, study: Study) -> "Wanted":
        """The measures of a study: figures that it sets beside published ones are asked for too."""
        section, published = study.file.performance, study.file.published
        printed = [table.measure for table in published.tables] if published else []
        further = performance.further_measures(section, printed)
        return cls((*MEASURES, *further), frozenset(performance.asked(section, printed)))
