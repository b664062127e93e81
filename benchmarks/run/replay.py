"""Replay: one replication of a study drawn and estimated again, alone."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.cells import harmless_frame
from benchmarks.estimates import estimates_of_one
from benchmarks.files import write_whole
from benchmarks.run.estimating import fit_all
from benchmarks.study.cells.cell import Cell
from benchmarks.study.study import Study
from sim.batch import Batch
from sim.errors import InputError
from sim.streams import BLOCK
from sim.worlds.answers import AnswerWorld


def replication_batch(study: Study, cell: Cell, replication: int) -> Batch:
    """The data set of one replication, a batch of R = 1. Raises InputError where the study has no such replication."""
    if not 0 <= replication < study.replications:
        raise InputError(
            f"replication {replication} is not in {study.name}; give a number from 0 to {study.replications - 1}"
        )
    block, place = divmod(replication, BLOCK)
    drawn = cell.draw_block(study.address(cell), block, place + 1)
    return drawn.rows(slice(place, None))


def answers_of_one(batch: Batch, columns: Sequence[str]) -> pd.DataFrame:
    """The answers of a batch's only data set, under the names of items or themes; missing ones are blank."""
    assert batch.answers is not None
    answers = pd.DataFrame(batch.answers[0], columns=list(columns))
    if batch.missing is None:
        return answers
    whole = np.issubdtype(batch.answers.dtype, np.integer)
    return (answers.astype("Int64") if whole else answers).mask(batch.missing[0])


def _with_groups(answers: pd.DataFrame, batch: Batch, cell: Cell) -> pd.DataFrame:
    """The answers with the group of each respondent in a last column, where the population consists of groups."""
    if batch.members is None or not isinstance(cell.world, AnswerWorld):
        return answers
    names = np.array([group.name for group in cell.world.population.groups.members])
    return answers.assign(**{"group" if "group" not in answers else "group of respondents": names[batch.members[0]]})


def replay(study: Study, cell: Cell, replication: int, folder: Path) -> tuple[Path, Path, pd.DataFrame]:
    """Write the data set and every method's estimates as CSV; gives both paths and the estimates."""
    batch = replication_batch(study, cell, replication)
    fits = fit_all(study.at(cell), batch)
    table = pd.concat([estimates_of_one(name, fit) for name, fit in fits.items()], ignore_index=True)
    stem = f"{study.name}-cell-{cell.number}-replication-{replication}"
    data, estimates = folder / f"{stem}-data.csv", folder / f"{stem}-estimates.csv"
    write_whole(
        {
            data: harmless_frame(_with_groups(answers_of_one(batch, cell.columns), batch, cell))
            .to_csv(index=False)
            .encode(),
            estimates: harmless_frame(table).to_csv(index=False).encode(),
        }
    )
    return data, estimates, table
