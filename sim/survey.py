"""A survey of one's own: a CSV file or a data frame with a column for each item, read into a batch of one data set."""

import csv
import warnings
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from sim import missing
from sim.batch import Batch, Bools, Floats, whole_answers
from sim.errors import InputError, counted, unknown
from sim.missing import FEWEST, HANDLINGS, IMPOSSIBLE
from sim.model import Model
from sim.streams import Address, content_key

#: What stands for a missing answer in a cell, beside codes the user declares.
MISSING = ("", ".", "NA", "na", "NaN", "nan")


@dataclass(frozen=True)
class Survey:
    """A survey ready for every method: the batch (R = 1), where it came from, what became of missing answers (`note`).

    read: respondents in the source; n: respondents the estimates rest on.
    """

    name: str
    batch: Batch
    read: int
    n: int
    note: str


@dataclass(frozen=True)
class _Source:
    """Where answers come from, for messages: its name and how a row of it is called."""

    name: str
    place: Callable[[int], str]


def read_model(source: Path) -> Model:
    """The model in a text file. Raises InputError where it is no file or no model."""
    try:
        return Model.parse(source.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(f"model file {source} does not exist; give a text file in lavaan syntax") from None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"model file {source} cannot be read ({error}); give a text file in lavaan syntax") from None


def read_survey(
    data: Path | pd.DataFrame, model: Model, seed: int, handling: str = "refuse", codes: Sequence[str] = ()
) -> Survey:
    """The answers to the model's items; other columns are left alone. `seed` addresses the bootstrap.

    Empty cells, `NA`, `NaN`, `.` and the `codes` are missing answers; `handling` says what becomes of them. Raises
    InputError for a file that cannot be read, absent columns, text, missing answers under `refuse`, too few
    respondents, items that never vary, and pairwise covariances that cannot all hold together.
    """
    if handling not in HANDLINGS:
        raise InputError(unknown("handling of missing answers", handling, HANDLINGS))
    if isinstance(data, Path):
        table, source = _read_table(data), _Source(f"data file {data}", lambda row: f"line {row + 2}")
    else:
        table, source = data, _Source("the data frame", lambda row: f"row {row + 1}")
    answers = _answers(source, table, model, codes)
    address = Address(seed, content_key({"items": list(model.items), "n": len(answers)}))
    batch, note = _handled(source, answers, model, handling, address)
    name = data.name if isinstance(data, Path) else "data frame"
    return Survey(name, batch, len(answers), int(batch.n), note)


def _read_table(path: Path) -> pd.DataFrame:
    """Every cell as text, so that each can be named as it was written. Commas, semicolons or tabs part the columns."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            header = file.readline()
            separator = max(",;\t", key=header.count)
            names = next(csv.reader([header], delimiter=separator), [])
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise InputError(f"data file {path}: column '{twice[0]}' stands there twice; rename one of them")
        with warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)  # a line with more cells than there are columns
            return pd.read_csv(
                path, sep=separator, dtype=str, keep_default_na=False, encoding="utf-8-sig", index_col=False
            )
    except InputError:
        raise
    except pd.errors.ParserWarning:
        raise InputError(f"data file {path}: lines have more cells than its first line names columns") from None
    except (OSError, UnicodeDecodeError, ValueError) as error:
        reason = str(error).strip().splitlines()[0]
        raise InputError(
            f"data file {path} cannot be read ({reason}); give a CSV with a column for each item"
        ) from None


def _answers(source: _Source, table: pd.DataFrame, model: Model, codes: Sequence[str]) -> Floats:
    """The answers to the model's items (n, p), NaN where missing."""
    names = [str(column).strip() for column in table.columns]
    for item in model.items:
        if item not in names:
            raise InputError(f"{source.name}: {unknown('column', item, names)}")
        if names.count(item) > 1:
            raise InputError(f"{source.name}: column '{item}' stands there twice; rename one of them")
    if len(table) < FEWEST:
        raise InputError(f"{source.name} has {counted(len(table), 'respondent')}; at least {FEWEST} are needed")
    columns = [_numbers(source, item, table.iloc[:, names.index(item)], codes) for item in model.items]
    return np.stack(columns, axis=1)


def _numbers(source: _Source, item: str, column: "pd.Series[float]", codes: Sequence[str]) -> Floats:
    """One item's answers (n,), NaN where missing. Raises InputError naming the first cell that is no number."""
    cells = column.astype(object).map(lambda cell: cell.strip() if isinstance(cell, str) else cell)
    absent = (cells.isna() | cells.isin([*MISSING, *codes])).to_numpy()
    strange = pd.api.types.is_bool_dtype(column) or pd.api.types.is_datetime64_any_dtype(column)
    numbers = pd.to_numeric(cells.mask(absent), errors="coerce").to_numpy(dtype=np.float64)
    text = ~absent & (np.isnan(numbers) | strange)
    if text.any():
        first = int(np.argmax(text))
        more = f" and in {text.sum() - 1} more cells" if text.sum() > 1 else ""
        raise InputError(
            f"{source.name}: item {item} holds text in {source.place(first)} ({cells.iloc[first]!r}){more}; answers "
            "must be numbers, and a missing answer an empty cell, NA, a dot or a declared code"
        )
    infinite = np.isinf(numbers)
    if infinite.any():
        raise InputError(
            f"{source.name}: item {item} holds an infinite number in {source.place(int(np.argmax(infinite)))}; "
            "answers must be finite"
        )
    return np.where(np.isin(numbers, _numeric(codes)), np.nan, numbers)


def _numeric(codes: Iterable[str]) -> list[float]:
    """The codes that are numbers, so that `99` also stands for 99.0."""
    found = (pd.to_numeric(code, errors="coerce") for code in codes)
    return [float(number) for number in found if not np.isnan(number)]


def _handled(source: _Source, answers: Floats, model: Model, handling: str, address: Address) -> tuple[Batch, str]:
    """The batch after the handling of missing answers, and what was done in words."""
    for item, column in zip(model.items, answers.T, strict=True):
        if np.isnan(column).all():
            raise InputError(f"{source.name}: nobody answered {item}; remove that item from the model")
    holes = np.isnan(answers)
    if not holes.any():
        return _batch(source, answers, model, address), "no missing answers"
    if handling == "refuse":
        raise InputError(_refusal(source, holes, model))
    if handling == "listwise":
        return _listwise(source, answers, model, address)
    asked = missing.answering(answers)
    if asked.sum() < FEWEST:
        raise InputError(
            f"{source.name}: {counted(int(asked.sum()), 'respondent')} answered anything; at least {FEWEST} must"
        )
    silent = f"; {counted(int((~asked).sum()), 'respondent')} without any answer left out" if not asked.all() else ""
    cells = counted(int(holes[asked].sum()), "missing answer")
    if handling == "pairwise":
        return _pairwise(source, answers[asked], model, cells + silent)
    if handling == "mean":
        note = f"mean: {cells} replaced by the item's mean, which makes standard errors too small{silent}"
        return _batch(source, missing.with_item_means(answers[asked]), model, address), note
    whole, fewest = int(missing.complete(answers).sum()), len(model.items) + 2
    if whole < fewest:
        raise InputError(
            f"{source.name}: regression rests on the respondents who answered everything, and {whole} did; at least "
            f"{fewest} must for {len(model.items)} items, so choose mean or pairwise"
        )
    note = (
        f"regression: {cells} predicted from the respondent's other answers, which makes correlations too high and "
        f"standard errors too small{silent}"
    )
    return _batch(source, missing.with_predictions(answers[asked]), model, address), note


def _listwise(source: _Source, answers: Floats, model: Model, address: Address) -> tuple[Batch, str]:
    """The respondents who answered everything."""
    whole = missing.complete(answers)
    n, left = len(answers), int(whole.sum())
    if left < FEWEST:
        raise InputError(f"{source.name}: listwise leaves {left} of {n} respondents; choose mean or pairwise")
    note = f"listwise: {n - left} of {n} respondents left out for missing answers"
    return _batch(source, answers[whole], model, address), note


def _pairwise(source: _Source, answers: Floats, model: Model, what: str) -> tuple[Batch, str]:
    """A batch of moments from available pairs of answers."""
    counts = missing.pairwise_counts(answers)
    _refuse_constant(source, answers, model)
    if counts.min() < FEWEST:
        a, b = np.unravel_index(int(counts.argmin()), counts.shape)
        raise InputError(
            f"{source.name}: {int(counts.min())} respondents answered both {model.items[a]} and {model.items[b]}; "
            f"pairwise needs at least {FEWEST}, so choose mean or remove an item"
        )
    moments = missing.pairwise_moments(answers)
    lowest = missing.smallest_eigenvalue(moments)
    if not lowest > IMPOSSIBLE:
        raise InputError(
            f"{source.name}: the pairwise correlations cannot all hold together (their smallest eigenvalue is "
            f"{lowest:.3f}); choose listwise or mean"
        )
    note = (
        f"pairwise: {what}; each covariance from the {int(counts.min())} to {int(counts.max())} respondents who "
        f"answered both items, n taken as {int(moments.n)}, and nothing to resample, so no bootstrap"
    )
    return Batch.of_moments(moments, model.items), note


def _batch(source: _Source, answers: Floats, model: Model, address: Address) -> Batch:
    """Complete answers as a batch; small whole numbers are kept as such, which makes sums exact."""
    _refuse_constant(source, answers, model)
    return Batch.of(whole_answers(answers), address=address, items=model.items)


def _refuse_constant(source: _Source, answers: Floats, model: Model) -> None:
    for item, column in zip(model.items, answers.T, strict=True):
        if np.nanmin(column) == np.nanmax(column):
            raise InputError(f"{source.name}: every respondent answers {item} alike; remove that item from the model")


def _refusal(source: _Source, holes: Bools, model: Model) -> str:
    """How many answers are missing, in which columns, and what to do."""
    counts = {item: int(count) for item, count in zip(model.items, holes.sum(axis=0), strict=True) if count}
    worst = sorted(counts, key=lambda item: -counts[item])
    where = ", ".join(f"{item} {counts[item]}" for item in worst[:6]) + (", ..." if len(worst) > 6 else "")
    whole = int((~holes.any(axis=1)).sum())
    return (
        f"{source.name}: {counted(int(holes.sum()), 'missing answer')} in {counted(len(worst), 'column')} "
        f"({where}; first in "
        f"{source.place(int(np.argmax(holes.any(axis=1))))}); complete them, or choose --missing listwise "
        f"(leaves {whole} of {len(holes)} respondents), mean, regression or pairwise"
    )
