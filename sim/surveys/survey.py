"""A survey of one's own, in a file, a data frame or an array, read into a batch of one data set."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sim.batch import Batch
from sim.errors import InputError, counted, unknown
from sim.missing import BY_LIKELIHOOD, FEWEST, HANDLINGS, PAIRS
from sim.model import Model
from sim.streams import Address, content_key
from sim.surveys.answers import Answers, Asked, answers_of
from sim.surveys.cells.encoding import encoding_of
from sim.surveys.cells.table import Table
from sim.surveys.handling import handled
from sim.surveys.reading.files import file_table
from sim.surveys.reading.frames import array_table, frame_table

#: What a survey may come as.
Source = Path | pd.DataFrame | np.ndarray[Any, Any]


@dataclass(frozen=True)
class Survey:
    """A survey ready for every method: the batch (R = 1), where it came from, what became of missing answers (`note`).

    read: respondents in the source; n: respondents the estimates rest on; answers: as they were read, with what was
    done to read them.
    """

    name: str
    batch: Batch
    read: int
    n: int
    note: str
    answers: Answers | None = None


def read_model(source: Path) -> Model:
    """The model in a text file. Raises InputError where it is no file or no model."""
    try:
        return Model.parse(source.read_text(encoding=_codec(source)))
    except FileNotFoundError:
        raise InputError(f"model file {source} does not exist; give a text file in lavaan syntax") from None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"model file {source} cannot be read ({error}); give a text file in lavaan syntax") from None


def _codec(source: Path) -> str:
    """How a model's text is encoded. Raises InputError where it is no text."""
    try:
        return encoding_of(source).codec
    except InputError:
        raise InputError(f"model file {source} holds no text; give a text file in lavaan syntax") from None


def table_of(data: Source, wanted: frozenset[str], sheet: str = "", names: Sequence[str] | None = None) -> Table:
    """The survey as a table. `names` are those of an array's columns. Raises InputError for what holds no survey."""
    if isinstance(data, Path):
        return file_table(data, wanted, sheet)
    if isinstance(data, pd.DataFrame):
        return frame_table(data)
    if isinstance(data, np.ndarray):
        return array_table(data, names)
    raise InputError(
        f"the survey is given as {type(data).__name__}; give the path of a file, a data frame, or an array with names"
    )


def check_handling(handling: str) -> None:
    """Raise InputError for a handling of missing answers that is not known."""
    if handling not in (*HANDLINGS, *BY_LIKELIHOOD, PAIRS):
        raise InputError(unknown("handling of missing answers", handling, (*HANDLINGS, *BY_LIKELIHOOD)))


def read_survey(
    data: Source,
    model: Model,
    seed: int,
    handling: str = "refuse",
    codes: Sequence[str] = (),
    asked: Asked | None = None,
    names: Sequence[str] | None = None,
    advised: Sequence[str] = ("listwise", "mean", "regression", "pairwise"),
) -> Survey:
    """The answers to the model's items; other columns are left alone. `seed` addresses the bootstrap.

    Empty cells, `NA`, `NaN`, `.` and the `codes` are missing answers; `handling` says what becomes of them. asked: how
    else to read; advised: handlings that messages name. Raises InputError for a source that cannot be read, absent
    columns, text, missing answers under `refuse`, too few respondents, items that never vary, and pairwise covariances
    that cannot all hold together.
    """
    check_handling(handling)
    how = asked or Asked(codes=tuple(codes))
    table = table_of(data, frozenset(model.items), how.sheet, names)
    answers = answers_of(table, model.items, how, [block.items for block in model.blocks])
    if len(answers.values) < FEWEST:
        raise InputError(
            f"{table.source} has {counted(len(answers.values), 'respondent')}; at least {FEWEST} are needed"
        )
    address = Address(seed, content_key({"items": list(model.items), "n": len(answers.values)}))
    batch, note = handled(table, answers.values.astype(np.float64), model, handling, address, advised)
    name = data.name if isinstance(data, Path) else table.source.removeprefix("the ")
    return Survey(name, batch, len(answers.values), int(batch.n), note, answers)
