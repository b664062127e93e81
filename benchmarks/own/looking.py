"""A first look at a survey before any estimation: how every item was answered, and what a careful analyst would see."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.own.remarks import on_items, on_matrices, on_respondents
from benchmarks.own.remarks.answered import Answered
from sim.errors import InputError
from sim.model import Model
from sim.surveys.answers import Answers, Asked, answers_of
from sim.surveys.cells.numbers import is_missing, is_number
from sim.surveys.cells.table import Column, Table
from sim.surveys.labels import recognised
from sim.surveys.survey import Source, read_model, table_of

#: The one list of remarks on data, in the order they are told. A new one is a function and a line.
REMARKS: tuple[Callable[[Answered], Iterator[str]], ...] = (
    on_items.far_from_others,
    on_items.rare_ends,
    on_items.other_categories,
    on_items.hardly_varies,
    on_items.nominal,
    on_matrices.copies,
    on_matrices.against_construct,
    on_matrices.alike_constructs,
    on_respondents.straight_lined,
    on_respondents.duplicates,
    on_matrices.size,
)
#: Remarks on what takes a while, made in a look alone.
SLOW_REMARKS: tuple[Callable[[Answered], Iterator[str]], ...] = (on_matrices.polychorics_impossible,)


@dataclass(frozen=True)
class Look:
    """A survey as it was read, with remarks. model: None where none was given."""

    name: str
    answers: Answers
    answered: Answered
    others: tuple[str, ...] = ()

    @cached_property
    def remarks(self) -> tuple[str, ...]:
        """What to look at, reading first."""
        told = [*self.answers.table.reading.remarks, *self.others]
        return (*told, *(each for remark in (*REMARKS, *SLOW_REMARKS) for each in remark(self.answered)))


def remarks_on(answers: Answers, model: Model) -> tuple[str, ...]:
    """Remarks on the answers to a model's items, without those that take a while."""
    answered = Answered.of(answers, model)
    return (*answers.table.reading.remarks, *(each for remark in REMARKS for each in remark(answered)))


def look_at(data: Source, model: Model | Path | None, asked: Asked, names: tuple[str, ...] | None = None) -> Look:
    """Look at the model's items, or without a model at every column that holds answers.

    Raises InputError for what cannot be read, or where no column holds answers.
    """
    structure = read_model(model) if isinstance(model, Path) else model
    wanted = frozenset(structure.items if structure else ())
    table = table_of(data, wanted, asked.sheet, names)
    others: tuple[str, ...] = ()
    if structure:
        items = structure.items
    else:
        items = tuple(column.name for column in table.columns if _holds_answers(column, table))
        items = tuple(name for name in items if table.names.count(name) == 1)
        if not items:
            raise InputError(f"{table.source}: no column holds answers (numbers, or labels that return)")
    answers = answers_of(
        table, items, asked, [block.items for block in structure.blocks if block.items] if structure else ()
    )
    name = data.name if isinstance(data, Path) else table.source.removeprefix("the ")
    return Look(name, answers, Answered.of(answers, structure), others)


def _holds_answers(column: Column, table: Table) -> bool:
    """Whether a column seems to hold answers: numbers that return, or labels of a scale that is recognised."""
    if column.crowded or not column.codes.size:
        return False
    used: NDArray[np.integer] = np.unique(column.codes)
    cells = [column.cells[int(k)] for k in used if not is_missing(column.cells[int(k)])]
    if not cells or any(not isinstance(cell, str) and not is_number(cell) for cell in cells):
        return False
    if column.ordered:
        return True
    few = len(cells) <= max(20, 0.5 * len(table.places))
    if all(is_number(cell) for cell in cells):
        return few
    numbers = sum(is_number(cell) for cell in cells)
    return few and (numbers >= 0.8 * len(cells) or (len(cells) > 1 and recognised([str(c) for c in cells]) is not None))
