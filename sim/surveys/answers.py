"""The answers to a model's items: numbers, or labels read by a scale, with every decision told."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from sim.batch import Bools, Floats
from sim.errors import InputError, nearest, unknown
from sim.surveys import reversing
from sim.surveys.cells.numbers import Decimal, decimal_signs, in_thousands, is_missing, values_of
from sim.surveys.cells.table import MOST_NAMES, Column, Table, listed, told_lines
from sim.surveys.labels import BY_NUMBER, LabelScale, given_scales, nearest_label, nearly, recognised

#: Answers from which they are kept in half the bytes.
_MANY = 2_000_000
#: Numbers beyond this are no answers, and their squares overflow.
_LARGEST = 1e15


@dataclass(frozen=True)
class Asked:
    """How a user wants a survey read, beside what the file says itself.

    codes: what stands for a missing answer; labels: as `--labels` has them; confirmed: whether scales that are
    recognised may be used; reverse: items answered the other way round; ends: lowest and highest answer there is;
    decimal: the decimal sign; sheet: of a workbook.
    """

    codes: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    confirmed: bool = False
    reverse: tuple[str, ...] = ()
    ends: tuple[float, float] | None = None
    decimal: Decimal | None = None
    sheet: str = ""


@dataclass(frozen=True)
class Answers:
    """Answers (n, p) to the items, NaN where missing, and the table they come from.

    commas: whether decimal commas were read; told: what was done to read them, in words; scales: by item, where labels
    were read; ends: lowest and highest answer there is, where that was said.
    """

    table: Table
    items: tuple[str, ...]
    values: Floats
    commas: bool = False
    told: tuple[str, ...] = ()
    scales: dict[str, LabelScale] = field(default_factory=dict)
    ends: tuple[float, float] | None = None

    @property
    def words(self) -> str:
        """What was done to read the survey, in one line."""
        reading = self.table.reading
        form = [*reading.form[:1], *(["decimal comma"] if self.commas else []), *reading.form[1:]]
        others = [name for name in self.table.names if name not in self.items]
        aside = [f"column{'s' * (len(others) > 1)} {listed(map(_short, others))} left aside"] if others else []
        also = [", ".join(reading.aside) + " left aside"] if reading.aside else []
        lines = told_lines(reading, self.table.where, len(self.values))
        return "; ".join(part for part in (lines, ", ".join(form), *aside, *also, *self.told) if part)


def _short(name: str) -> str:
    """A column's name as it stands in a list: long ones cut, and those with commas in quotation marks."""
    short = name if len(name) <= 32 else f"{name[:31]}…"
    return f'"{short}"' if "," in short else short


def answers_of(table: Table, items: Sequence[str], asked: Asked, blocks: Sequence[Sequence[str]] = ()) -> Answers:
    """The answers to `items`; reversed items take their ends from their block where none are given.

    Raises InputError for columns that are absent or stand there twice, for text among numbers, for labels that no scale
    reads, and for decimal signs that are mixed.
    """
    _refuse_absent(table, items)
    columns = [_column(table, item) for item in items]
    for item in asked.reverse:
        if item not in items:
            raise InputError(f"--reverse: {unknown('item', item, items)}")
    commas = _check_decimals(table, columns, asked)
    scales = _scales(table, columns, asked)
    values = _filled(table, columns, [_numbers(table, column, asked, scales.get(column.name)) for column in columns])
    told = [_by_scale(scale, names) for scale, names in _by_scales(scales)]
    told += [f"no answer is {code} (--missing-code, once for each code)" for code in _idle(columns, asked)]
    lost = {column.name: _declared(column) for column in columns if column.missing}
    if lost:
        told.append(f"missing codes of the file: {listed(sorted(set(lost.values())), 4)} ({listed(lost, 4)})")
    if asked.reverse:
        values, words = reversing.reversed_answers(values, items, asked.reverse, asked.ends, blocks, scales)
        told.append(words)
    return Answers(table, tuple(items), values, commas, tuple(told), scales, asked.ends)


def _filled(table: Table, columns: Sequence[Column], numbers: Sequence[Floats]) -> Floats:
    """Answers (n, p) from the number of each distinct cell; very many in half the bytes where nothing is lost."""
    shape = (len(table.places), len(columns))
    exact = all(np.array_equal(each, each.astype(np.float32), equal_nan=True) for each in numbers)
    values = np.empty(shape, dtype=np.float32 if exact and shape[0] * shape[1] > _MANY else np.float64)
    for j, (column, each) in enumerate(zip(columns, numbers, strict=True)):
        values[:, j] = each[column.codes]
    return values


def _refuse_absent(table: Table, items: Sequence[str]) -> None:
    """Raises InputError naming every item that no column is called after."""
    absent = [item for item in items if item not in table.names]
    if not absent:
        return
    if len(absent) == 1:
        told = f"column '{absent[0]}' is not known{nearest(absent[0], table.names)}; the model names it"
    else:
        told = f"columns {listed(absent, MOST_NAMES)} are not known{_in_capitals(absent, table.names)}"
        told += "; the model names them"
    columns = listed(table.names, MOST_NAMES)
    raise InputError(f"{table.source}: {told}, and the columns are {columns}{_as_written(table.names)}")


def _in_capitals(absent: Sequence[str], names: Sequence[str]) -> str:
    """Names that differ from the absent ones in capitals alone, as files of SPSS have them."""
    folded = {name.casefold(): name for name in names}
    same = [folded[item.casefold()] for item in absent if item.casefold() in folded]
    return f"; did you mean {listed(same, 4)}? capitals count" if same else ""


def _column(table: Table, item: str) -> Column:
    """The column of an item."""
    found = [column for column in table.columns if column.name == item]
    if len(found) > 1:
        where = " and ".join(str(column.place) for column in found)
        raise InputError(
            f"{table.source}: column '{item}' stands there twice (columns {where}), and the model names it; rename one "
            "of them"
        )
    return found[0]


def _as_written(names: Sequence[str]) -> str:
    """How names that are no plain words are written in a model."""
    strange = [name for name in names if not name.replace(".", "_").isidentifier()]
    return f"; in a model such a name stands in quotes or backticks: `{strange[0]}`" if strange else ""


def is_lost(column: Column, asked: Asked) -> Bools:
    """Which of the distinct cells stand for a missing answer (k,)."""
    lost = np.array([is_missing(cell, asked.codes) for cell in column.cells], dtype=bool)
    numbers = values_of(column.cells, asked.decimal or ("," if decimal_signs(column.cells)[0] else "."))
    codes = values_of([code.replace(",", ".") for code in asked.codes], ".")
    lost |= np.isin(numbers, codes[~np.isnan(codes)])
    for low, high in column.missing:
        lost |= (numbers >= low) & (numbers <= high)
    return lost


def _idle(columns: Sequence[Column], asked: Asked) -> list[str]:
    """Declared codes that no answer has."""

    def stands(column: Column, code: str, number: float) -> bool:
        return code in column.cells or bool((values_of(column.cells, _decimal(column, asked)) == number).any())

    numbers = values_of([code.replace(",", ".") for code in asked.codes], ".")
    pairs = dict(zip(asked.codes, numbers.tolist(), strict=True))
    return [code for code, number in pairs.items() if not any(stands(column, code, number) for column in columns)]


def _check_decimals(table: Table, columns: Sequence[Column], asked: Asked) -> bool:
    """Whether decimal commas are there. Raises InputError where signs are mixed, or may part thousands."""
    every: list[str] = []
    for column in columns:
        commas, points = decimal_signs(column.cells)
        every += commas
        if commas and points:
            raise InputError(
                f"{table.source}: answers to {column.name} are written with a decimal comma "
                f"({_where(table, column, commas[0])}) and with a decimal point ({_where(table, column, points[0])}); "
                "write all of them one way"
            )
    if every and not asked.decimal and in_thousands(every) and "separator ;" not in table.reading.form:
        raise InputError(
            f"{table.source}: the comma in {every[0]} may part decimals or thousands; say --decimal , or --decimal ."
        )
    return bool(every)


def _where(table: Table, column: Column, cell: object) -> str:
    """`line 17: 3,5`."""
    row = int(np.argmax(column.codes == column.cells.index(cell)))
    return f"{table.place(row)}: {cell}"


def _texts(column: Column, asked: Asked) -> list[int]:
    """Places of the distinct cells that are neither numbers nor missing."""
    numbers = values_of(column.cells, _decimal(column, asked))
    used = np.zeros(len(column.cells), dtype=bool)
    used[np.unique(column.codes)] = True
    return np.flatnonzero(np.isnan(numbers) & ~is_lost(column, asked) & used).tolist()


def _decimal(column: Column, asked: Asked) -> Decimal:
    return asked.decimal or ("," if decimal_signs(column.cells)[0] else ".")


def _scales(table: Table, columns: Sequence[Column], asked: Asked) -> dict[str, LabelScale]:
    """The scale of every column that holds labels, by its name.

    Raises InputError, once for all columns, where labels need a scale, or a recognised one is not confirmed.
    """
    labelled = {column.name: (column, labels) for column in columns if (labels := _labels(column, asked))}
    given = given_scales(asked.labels)
    found: dict[str, LabelScale] = {}
    everything = list(dict.fromkeys(label for _, labels in labelled.values() for label in labels))
    common = recognised(everything) if labelled else None
    for name, (column, labels) in labelled.items():
        if column.ordered:
            cells = [cell for cell in column.cells if cell != ""]
            found[name] = LabelScale(
                {cell: float(k) for k, cell in enumerate(cells, 1)}, "by the order of its categories"
            )
        elif given:
            found[name] = _given(table, column, labels, given)
        elif scale := common or recognised(labels):
            found[name] = scale
        else:
            raise InputError(_unread(table, name, labels, everything, [other for other in labelled if other != name]))
    open_scales = {name: scale for name, scale in found.items() if not labelled[name][0].ordered and not given}
    if open_scales and not asked.confirmed:
        raise InputError(f"{table.source}: {proposal(open_scales)}")
    return found


def proposal(scales: dict[str, LabelScale]) -> str:
    """What recognised scales would make of labels, and how to say that it is right."""
    told = "; ".join(_by_scale(scale, names) for scale, names in _by_scales(scales))
    return (
        f"answers are labels: {told}. Where that is right, say --confirm-labels; where not, give the "
        "labels with --labels, "
        "lowest first"
    )


def _by_scales(scales: dict[str, LabelScale]) -> list[tuple[LabelScale, list[str]]]:
    """Each scale with its items."""
    grouped: dict[str, tuple[LabelScale, list[str]]] = {}
    for name, scale in scales.items():
        grouped.setdefault(scale.words, (scale, []))[1].append(name)
    return list(grouped.values())


def _by_scale(scale: LabelScale, names: Sequence[str]) -> str:
    return f"{listed(names, 4)} read {scale.origin}: {scale.words}"


def _labels(column: Column, asked: Asked) -> list[str]:
    """The labels of a column that holds labels: two or more that return, for half of the answers or more."""
    texts = _texts(column, asked)
    if not texts:
        return []
    lost = is_lost(column, asked)
    counts = np.bincount(column.codes, minlength=len(column.cells))
    strange = [column.cells[k] for k in texts if not isinstance(column.cells[k], str)]
    if strange or counts[texts].sum() < 0.5 * counts[~lost].sum():
        labels = [str(column.cells[k]) for k in texts]
        numbered = not strange and (scale := recognised(labels)) is not None and scale.origin == BY_NUMBER
        return labels if not strange and (asked.labels or numbered) else []
    if not asked.labels and not column.ordered and not (2 <= len(texts) <= min(20, counts[texts].sum() / 2)):
        return []
    return [column.cells[k] for k in np.flatnonzero(~lost & (counts > 0))]


def _given(table: Table, column: Column, labels: Sequence[str], scales: Sequence[LabelScale]) -> LabelScale:
    """The given scale that has every label of the column."""
    fitting = [scale for scale in scales if scale.reads(labels)]
    if not fitting:
        missed = next((label for label in labels if not any(scale.reads([label]) for scale in scales)), labels[0])
        raise InputError(
            f"{table.source}: item {column.name} holds {_shown(missed)} "
            f"({_where(table, column, missed).partition(':')[0]}), "
            f"which is no label of --labels{nearest_label(missed, scales)}; add it, or declare it with --missing-code"
        )
    if len({tuple(scale.number(label) for label in labels) for scale in fitting}) > 1:
        raise InputError(
            f"{table.source}: two scales of --labels read the answers to {column.name} differently; give labels that "
            "stand in one of them alone, or numbers: 'Label = 3'"
        )
    return fitting[0]


def _unread(table: Table, name: str, labels: Sequence[str], all_labels: Sequence[str], others: Sequence[str]) -> str:
    if close := nearly(all_labels):
        scale, strange = close
        which = " and ".join(_shown(label) for label in strange)
        return (
            f"{table.source}: the answers are labels, and {which} {'is' if len(strange) == 1 else 'are'} none of the "
            f"{scale.origin.removeprefix('by the ')} ({scale.words}); where no answer is meant, say "
            f'--missing-code "{strange[0]}"; else mend the file, or give all labels with --labels, lowest first'
        )
    more = f" (and of {len(others)} more items)" if others else ""
    first = ",".join(" ".join(label.split()) for label in labels[:3])
    return (
        f"{table.source}: the answers to {name}{more} are labels ({listed(labels, 8)}); give them in "
        "their order, lowest "
        f'first: --labels "{first},...", or a file with one label a line'
    )


def _numbers(table: Table, column: Column, asked: Asked, scale: LabelScale | None) -> Floats:
    """The number of each of an item's cells (k,), NaN where missing. Raises InputError naming the first text."""
    lost = is_lost(column, asked)
    numbers = values_of(column.cells, _decimal(column, asked))
    if scale is not None:
        read = [scale.number(cell) if isinstance(cell, str) else None for cell in column.cells]
        numbers = np.array([n if r is None else r for n, r in zip(numbers, read, strict=True)], dtype=np.float64)
    _check_text(table, column, np.isnan(numbers) & ~lost)
    infinite = (np.abs(np.nan_to_num(numbers, nan=0.0)) > _LARGEST) & ~lost
    if infinite.any():
        rows = np.flatnonzero(infinite[column.codes])
        if rows.size:
            what = "an infinite number" if np.isinf(numbers[infinite]).all() else f"a number beyond {_LARGEST:g}"
            raise InputError(
                f"{table.source}: item {column.name} holds {what} in {table.place(int(rows[0]))}; answers "
                "must be finite"
            )
    return np.asarray(np.where(lost, np.nan, numbers))


def _check_text(table: Table, column: Column, text: Bools) -> None:
    rows = np.flatnonzero(text[column.codes])
    if rows.size:
        cell = column.cells[int(column.codes[rows[0]])]
        more = f" and in {rows.size - 1} more cells" if rows.size > 1 else ""
        raise InputError(
            f"{table.source}: item {column.name} holds text in {table.place(int(rows[0]))} "
            f"({_shown(cell)}){more}; answers "
            "must be numbers, or labels of one scale (--labels), and a missing answer an empty cell, NA, a "
            "dot or a declared code"
        )


def _shown(cell: object) -> str:
    text = repr(cell)
    return text if len(text) <= 60 else text[:57] + "..." + text[0]


def _declared(column: Column) -> str:
    return ", ".join(f"{low:g}" if low == high else f"{low:g} to {high:g}" for low, high in column.missing)
