"""A survey of one's own: a CSV file with a column for each item, read into a batch of one data set."""

from pathlib import Path

import numpy as np
import pandas as pd

from sim.batch import Batch
from sim.errors import InputError, unknown
from sim.model import Model
from sim.streams import Address, content_key


def read_model(path: Path) -> Model:
    """The model in a text file. Raises InputError where it is no file or no model."""
    try:
        return Model.parse(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"model file {path} cannot be read ({error}); give a text file in lavaan syntax") from None


def read_survey(path: Path, model: Model, seed: int) -> Batch:
    """The answers to the model's items, R = 1; other columns are left alone. `seed` addresses the bootstrap.

    Raises InputError for a file that cannot be read, absent columns, missing answers, text, and items that never vary.
    """
    try:
        table = pd.read_csv(path)
    except (OSError, UnicodeDecodeError, ValueError) as error:
        reason = str(error).strip().splitlines()[0]
        raise InputError(
            f"data file {path} cannot be read ({reason}); give a CSV with a column for each item"
        ) from None
    for item in model.items:
        if item not in table.columns:
            raise InputError(f"data file {path}: {unknown('column', item, map(str, table.columns))}")
    answers = table[list(model.items)]
    for item in model.items:
        _check(path, item, answers[item])
    numbers = answers.to_numpy(dtype=np.float64)
    small = np.abs(numbers).max() <= 100 and (numbers == np.round(numbers)).all()
    address = Address(seed, content_key({"model": model.syntax, "n": len(numbers)}))
    return Batch.of(numbers.astype(np.int8) if small else numbers, address=address)


def _check(path: Path, item: str, column: "pd.Series[float]") -> None:
    """Refuse an item's answers where they cannot be used."""
    missing = np.flatnonzero(column.isna())
    if missing.size:
        rows = ", ".join(str(row + 2) for row in missing[:5]) + (", ..." if missing.size > 5 else "")
        raise InputError(
            f"data file {path}: item {item} has {missing.size} missing answers (lines {rows}); "
            "complete or remove those respondents: missing answers are not handled yet"
        )
    if not pd.api.types.is_numeric_dtype(column) or pd.api.types.is_bool_dtype(column):
        raise InputError(f"data file {path}: item {item} holds text ({column.iloc[0]!r}); answers must be numbers")
    if not np.isfinite(column).all():
        raise InputError(f"data file {path}: item {item} holds infinite numbers; answers must be finite")
    if column.nunique() < 2:
        raise InputError(f"data file {path}: every respondent answers {item} alike; remove that item from the model")
