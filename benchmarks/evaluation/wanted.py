"""The measures that a study has: the whole list, members of families, and what the study asks for beside the usual."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from benchmarks.measures.basis.measure import Measure
from benchmarks.measures.basis.samples import Pooled, Sample
from benchmarks.measures.catalogue import MEASURES
from benchmarks.study.form import performance
from benchmarks.study.study import Study


@dataclass(frozen=True)
class Wanted:
    """Measures in the order of their rows, and the names of those that a study asks for."""

    measures: Sequence[Measure] = MEASURES
    asked: frozenset[str] = frozenset()

    @cached_property
    def by_kind(self) -> Mapping[type[Sample], Sequence[Measure]]:
        """The measures that may suit samples of a kind."""
        pooled = [measure for measure in self.measures if measure.pooled is not None]
        kinds = dict.fromkeys(measure.of for measure in self.measures)
        return {Pooled: pooled, **{kind: [each for each in self.measures if each.of is kind] for kind in kinds}}

    @classmethod
    def of(cls, study: Study) -> "Wanted":
        """The measures of a study: figures that it sets beside published ones are asked for too."""
        section, published = study.file.performance, study.file.published
        printed = [table.measure for table in published.tables] if published else []
        further = performance.further_measures(section, printed)
        return cls((*MEASURES, *further), frozenset(performance.asked(section, printed)))
