"""A survey of one's own in groups of respondents, told apart by a column: one batch a group, and the pooled one."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sim import missing
from sim.errors import InputError, counted, nearest
from sim.grammar.spelling import name_of
from sim.missing import FEWEST, HANDLINGS
from sim.model import Model
from sim.streams import Address, content_key
from sim.surveys.answers import Answers, Asked, answers_of, is_lost
from sim.surveys.cells.table import MOST_NAMES, Column, Table, listed
from sim.surveys.handling import handled
from sim.surveys.survey import Source, Survey, check_handling, table_of

#: Groups beyond which a column is taken for a measurement, such as an age, and not for groups.
MOST = 20


@dataclass(frozen=True)
class Grouped:
    """A survey and its groups, in the order in which they first appear.

    column: what tells them apart; labels (G,); pooled: all respondents that belong to a group; groups (G,): each
    group's own survey, whose missing answers are handled within the group; members (n,): the group of each respondent
    of the pooled batch, counted from 0; left: respondents who are in none.
    """

    column: str
    labels: tuple[str, ...]
    pooled: Survey
    groups: tuple[Survey, ...]
    members: NDArray[np.intp]
    left: int = 0

    @property
    def sizes(self) -> tuple[int, ...]:
        """Respondents of each group that the estimates rest on (G,)."""
        return tuple(group.n for group in self.groups)

    @property
    def words(self) -> str:
        """`groups by sex: F 40, H 40`."""
        told = ", ".join(f"{label} {n}" for label, n in zip(self.labels, self.sizes, strict=True))
        return f"groups by {self.column}: {told}" + (f"; {self.left} in no group left out" if self.left else "")


def read_groups(
    data: Source,
    model: Model,
    column: str,
    seed: int,
    handling: str = "refuse",
    asked: Asked | None = None,
    names: Sequence[str] | None = None,
    advised: Sequence[str] = HANDLINGS[1:],
) -> Grouped:
    """The answers to the model's items, by the groups of a column; all else as `read_survey`.

    Respondents whose group is blank are refused where `handling` is `refuse`, else left out. Scales of labels and the
    ends of reversed items are those of the whole survey, so that every group is read by the same rules. Raises
    InputError too for a column that is absent, an item of the model, or no column of groups: one value, or more than
    `MOST`; for groups of fewer than three respondents, and for what a group alone does not hold (an item that never
    varies there).
    """
    check_handling(handling)
    if not isinstance(column, str):
        raise InputError(f"group is {column!r}; give the name of one column, in quotation marks")
    column = name_of(column)
    if column in model.items:
        raise InputError(
            f"--group {column}: that column is an item of the model; name one that no construct is made of"
        )
    how = asked or Asked()
    table = table_of(data, frozenset((*model.items, column)), how.sheet, names)
    answers = answers_of(table, model.items, how, [block.items for block in model.blocks])
    labels, codes = _codes(table, column, how, handling)
    table = replace(table, columns=tuple(each for each in table.columns if each.name != column))
    belong = codes >= 0
    _check_sizes(table, column, labels, codes)
    seeds = Address(seed, content_key({"items": list(model.items), "n": int(belong.sum())}))
    pooled, members = _survey(table, answers, np.flatnonzero(belong), model, handling, seeds, advised)
    groups = []
    for k, label in enumerate(labels):
        of = replace(table, source=f"{table.source}, {column} {label}")
        here = Address(seed, content_key({"items": list(model.items), "group": label, "of": seeds.key}))
        groups.append(_survey(of, answers, np.flatnonzero(codes == k), model, handling, here, advised)[0])
    return Grouped(column, labels, pooled, tuple(groups), codes[members], int((~belong).sum()))


def _codes(table: Table, column: str, asked: Asked, handling: str) -> tuple[tuple[str, ...], NDArray[np.intp]]:
    """Labels of the groups (G,) and the group of each respondent (n,), -1 for a blank."""
    found = [each for each in table.columns if each.name == column]
    if not found:
        raise InputError(
            f"{table.source}: --group {column}: no column is called so{nearest(column, table.names)}; the columns are "
            f"{listed(table.names, MOST_NAMES)}"
        )
    if len(found) > 1:
        raise InputError(f"{table.source}: --group {column}: that column stands there twice; rename one of them")
    chosen = found[0]
    if chosen.crowded:
        raise InputError(_many(table, column, "very many"))
    lost = is_lost(chosen, asked)
    order = [code for code in dict.fromkeys(chosen.codes.tolist()) if not lost[code]]
    names: dict[str, int] = {}
    place = np.full(len(chosen.cells), -1, dtype=np.intp)
    for code in order:
        place[code] = names.setdefault(_label(chosen, code), len(names))
    codes = place[chosen.codes]
    blank = codes < 0
    if blank.all():
        raise InputError(f"{table.source}: --group {column}: that column is empty; name one with a group in every line")
    if blank.any() and handling == "refuse":
        raise InputError(
            f"{table.source}: --group {column}: {counted(int(blank.sum()), 'respondent')} "
            f"{'has' if blank.sum() == 1 else 'have'} no group (first in {table.place(int(np.argmax(blank)))}); fill "
            "it in, or choose --missing listwise, which leaves them out"
        )
    if len(names) > MOST:
        raise InputError(_many(table, column, str(len(names))))
    if len(names) == 1:
        raise InputError(
            f"{table.source}: --group {column}: every respondent has {next(iter(names))} there; groups need a column "
            "with two values or more"
        )
    return tuple(names), codes


def _many(table: Table, column: str, how_many: str) -> str:
    return (
        f"{table.source}: --group {column}: that column has {how_many} different values, as a measurement has; groups "
        f"need a column of few (at most {MOST}), so put its values into classes first, such as younger and older"
    )


def _label(column: Column, code: int) -> str:
    """What a group is called: the file's own label of its value, or the value as it stands."""
    cell = column.cells[code]
    if isinstance(cell, float | int | np.number) and not isinstance(cell, bool):
        told = column.labels.get(float(cell), f"{cell:g}")
    else:
        told = str(cell)
    return " ".join(told.split())


def _check_sizes(table: Table, column: str, labels: Sequence[str], codes: NDArray[np.intp]) -> None:
    """Raise InputError where a group is too small for any correlation."""
    small = {label: int((codes == k).sum()) for k, label in enumerate(labels) if (codes == k).sum() < FEWEST}
    if small:
        told = listed([f"{label} {n}" for label, n in small.items()])
        raise InputError(
            f"{table.source}: --group {column}: groups are too small ({told}); each needs at least {FEWEST} "
            "respondents, so join some of them, or leave their lines out"
        )


def _survey(
    table: Table,
    answers: Answers,
    rows: NDArray[np.intp],
    model: Model,
    handling: str,
    address: Address,
    advised: Sequence[str],
) -> tuple[Survey, NDArray[np.intp]]:
    """The survey of some of the rows, and those that it rests on."""
    values = answers.values[rows].astype(np.float64)
    own = _some(table, rows)
    batch, note = handled(own, values, model, handling, address, advised)
    kept = rows if not np.isnan(values).any() else rows[_used(values, handling)]
    name = table.source.removeprefix("the ")
    return Survey(name, batch, len(rows), int(batch.n), note, replace(answers, table=own, values=values)), kept


def _used(values: NDArray[np.float64], handling: str) -> NDArray[np.bool_]:
    """Which respondents (n,) a handling of missing answers leaves in."""
    return missing.complete(values) if handling == "listwise" else missing.answering(values)


def _some(table: Table, rows: NDArray[np.intp]) -> Table:
    """The table of some of its rows."""
    columns = [each if each.crowded else replace(each, codes=each.codes[rows]) for each in table.columns]
    return replace(table, columns=tuple(columns), places=table.places[rows])
