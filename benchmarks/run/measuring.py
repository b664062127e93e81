"""The measures of every cell, from stored blocks: cell by cell, by several processes where there are many cells."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import pandas as pd
from joblib import Parallel, delayed

from benchmarks.evaluation.described.describe import Failing
from benchmarks.evaluation.described.telling import Telling
from benchmarks.evaluation.evaluate import evaluate
from benchmarks.stored import store
from benchmarks.study.study import Study

#: Cells from which processes are worth their start, which takes each about as long as measuring a few cells.
_MANY = 24
#: Shares of the cells that each process gets, one after another: a process that is late holds up little.
_SHARES = 4
#: Other cells whose estimates are kept, to set those of a cell beside them.
_OTHERS = 2


@dataclass
class Measured:
    """What was found in cells, in their order: tables of measures, of replications that tell something, and faults."""

    measures: list[pd.DataFrame] = field(default_factory=list)
    told: list[pd.DataFrame] = field(default_factory=list)
    failing: Failing = field(default_factory=Failing)

    def join(self, later: "Measured") -> None:
        """Take over what was found in later cells."""
        self.measures += later.measures
        self.told += later.told
        self.failing.join(later.failing)


def measured_cells(study: Study, folder: Path, workers: int) -> Measured:
    """What is measured in every cell, and which methods failed where.

    A cell's estimates are read when its turn comes and forgotten after it, so that each process holds one cell's, and
    those of two cells that it is set beside, at most. The tables do not depend on the number of workers. Raises
    InputError for blocks that are damaged.
    """
    if workers == 1 or len(study.cells) < _MANY:
        return _measured(study, folder, range(len(study.cells)))
    found = Measured()
    shares = _shares(len(study.cells), workers * _SHARES)
    for part in Parallel(n_jobs=workers)(delayed(_measured)(study, folder, share) for share in shares):
        found.join(part)
    return found


def _measured(study: Study, folder: Path, cells: Sequence[int]) -> Measured:
    """What is measured in some cells, by their places in the study."""
    found = Measured()

    @lru_cache(maxsize=_OTHERS)
    def stored(number: int) -> store.ByMethod:
        return store.ByMethod(folder, study, study.cells[number - 1])

    for cell in (study.cells[place] for place in cells):
        estimates = store.ByMethod(folder, study, cell, found.failing)
        told = Telling(study, cell)
        found.measures.append(evaluate(study, cell, estimates, lambda other: stored(other.number), told.hear))
        found.told.append(told.table)
    return found


def _shares(cells: int, parts: int) -> list[range]:
    """Cells 0 to `cells` - 1 in at most `parts` runs of about one length."""
    size = -(-cells // parts)
    return [range(first, min(first + size, cells)) for first in range(0, cells, size)]
