"""What is compared of a method: quantities with a number a replication, whose mean (or its root) is a measure."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from benchmarks.schema import PARTS, RETAINED, SHORT, TRUTH
from estimators.base import Status
from sim.batch import Bools, Floats


@dataclass(frozen=True)
class Quantity:
    """Something that every replication has a number of: (R,), NaN where it has none.

    measure: the measure of the list that is its mean, or, of squares, the root of its mean. rate: whether it is 0 or 1.
    """

    target: str
    measure: str
    values: Floats
    rate: bool = False
    squares: bool = False

    @property
    def known(self) -> Bools:
        """Replications (R,) that have a number."""
        there: Bools = ~np.isnan(self.values)
        return there

    @property
    def value(self) -> float:
        """The measure over the replications that have a number; of squares with divisor n - 1 for a spread."""
        given = self.values[self.known]
        if not given.size:
            return float("nan")
        if not self.squares:
            return float(given.mean())
        lost = 1 if self.measure == "empirical_se" and given.size > 1 else 0
        return float(np.sqrt(given.sum() / (given.size - lost)))


def of_method(
    estimates: pd.DataFrame, truths: dict[str, float | None], alpha: float, groups: bool
) -> Iterator[Quantity]:
    """Every quantity of one method in one cell.

    estimates: its stored rows, one a replication. truths: by target, NaN or None where there is no true value. alpha:
    level of the tests. groups: whether it screens, so that what it drops is compared.
    """
    status = estimates["status"].to_numpy()
    yield Quantity("", "convergence_rate", (status <= Status.INADMISSIBLE).astype(float), rate=True)
    yield Quantity("", "usable_rate", (status == Status.OK).astype(float), rate=True)
    usable = status == Status.OK
    if groups:
        yield from _dropped(estimates, status <= Status.INADMISSIBLE)
    for target in (name.removeprefix("value:") for name in estimates.columns if name.startswith("value:")):
        yield from _of_target(estimates, target, usable, truths.get(target), alpha)


def _dropped(estimates: pd.DataFrame, given: Bools) -> Iterator[Quantity]:
    items = [name for name in estimates.columns if name.startswith(f"{RETAINED.name}:")]
    dropped = ~estimates[items].to_numpy(dtype=bool)
    yield Quantity("", "items_dropped", np.where(given, dropped.sum(axis=1), np.nan))
    for place, name in enumerate(items):
        item = name.partition(":")[2]
        yield Quantity(item, "drop_rate", np.where(given, dropped[:, place], np.nan), rate=True)
    short = [name for name in estimates.columns if name.startswith(f"{SHORT.name}:")]
    if short:
        happened = estimates[short].to_numpy(dtype=bool).any(axis=1)
        yield Quantity("", "block_short", np.where(given, happened, np.nan), rate=True)


def _of_target(
    estimates: pd.DataFrame, target: str, usable: Bools, truth: float | None, alpha: float
) -> Iterator[Quantity]:
    parts = {part: np.where(usable, estimates[f"{part}:{target}"].to_numpy(dtype=float), np.nan) for part in PARTS}
    own = TRUTH.named(target)
    against = estimates[own].to_numpy(dtype=float) if own in estimates else np.full(len(usable), _number(truth))
    judged = not np.isnan(against).all()
    value = parts["value"]
    if np.isnan(value).all():
        return
    error = value - against if judged else value
    yield Quantity(target, "bias" if judged else "mean", error)
    yield Quantity(target, "empirical_se", (error - np.nanmean(error)) ** 2, squares=True)
    yield Quantity(target, "mean_model_se", parts["se"] ** 2, squares=True)
    if judged:
        covers = (parts["lower"] <= against) & (against <= parts["upper"])
        yield Quantity(target, "coverage", np.where(np.isnan(parts["lower"]), np.nan, covers), rate=True)
    found = np.where(np.isnan(parts["p_value"]), np.nan, parts["p_value"] < alpha)
    yield Quantity(target, "significant", found, rate=True)


def _number(truth: float | None) -> float:
    return float("nan") if truth is None else float(truth)
