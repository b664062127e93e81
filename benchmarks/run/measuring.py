"""The measures of every cell, from stored blocks: cell by cell, by several processes where there are many cells."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
from joblib import Parallel, delayed

from benchmarks.evaluation.describe import Failing
from benchmarks.evaluation.evaluate import evaluate
from benchmarks.stored import store
from benchmarks.study.study import Study

#: Cells from which processes are worth their start, which takes each about as long as measuring a few cells.
_MANY = 24
#: Shares of the cells that each process gets, one after another: a process that is late holds up little.
_SHARES = 4


def measured_cells(study: Study, folder: Path, workers: int) -> tuple[list[pd.DataFrame], Failing]:
    """The table of measures of every cell, in order, and which methods failed where.

    A cell's estimates are read when its turn comes and forgotten after it, so that each process holds one cell's at
    most. The tables do not depend on the number of workers. Raises InputError for blocks that are damaged.
    """
    if workers == 1 or len(study.cells) < _MANY:
        return _measured(study, folder, range(len(study.cells)))
    shares = _shares(len(study.cells), workers * _SHARES)
    found = Parallel(n_jobs=workers)(delayed(_measured)(study, folder, share) for share in shares)
    failing = Failing()
    for _, part in found:
        failing.join(part)
    return [table for tables, _ in found for table in tables], failing


def _measured(study: Study, folder: Path, cells: Sequence[int]) -> tuple[list[pd.DataFrame], Failing]:
    """The tables of some cells, by their places in the study."""
    failing = Failing()
    chosen = [study.cells[place] for place in cells]
    return [evaluate(study, cell, store.ByMethod(folder, study, cell, failing)) for cell in chosen], failing


def _shares(cells: int, parts: int) -> list[range]:
    """Cells 0 to `cells` - 1 in at most `parts` runs of about one length."""
    size = -(-cells // parts)
    return [range(first, min(first + size, cells)) for first in range(0, cells, size)]
