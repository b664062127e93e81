"""The estimates of one data set on the terminal."""

import math

import pandas as pd
from rich.console import Console
from rich.table import Table


def show_estimates(estimates: pd.DataFrame, console: Console) -> None:
    """A line for each method and target; a number that does not exist (NaN) is blank."""
    shown = Table("method", "target", "value", "se", "lower", "upper", "p", "status", box=None)
    for row in estimates.to_dict("records"):
        shown.add_row(*(cell if isinstance(cell, str) else _number(cell) for cell in row.values()))
    console.print(shown)


def _number(value: float) -> str:
    return "" if math.isnan(value) else f"{value:.4f}"
