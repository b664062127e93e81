"""The paper's own procedure, to be run again: its method, its rule, its tests; and what it prints of a data set."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from estimators.base import Estimates
from estimators.catalogue import find
from estimators.methods import Method, build
from sim.batch import Batch, Bools, Floats
from sim.errors import InputError
from sim.tables.reading.paper import Paper
from sim.tables.reading.table import Pair, Table
from sim.targets import Target

#: The method of the project that stands for the paper's.
METHODS = {"pls": "pls", "cb-sem": "ml", "sum-scores": "sumscores"}
#: Level of the intervals whose coverage is told.
INTERVAL = 0.95


@dataclass(frozen=True)
class Procedure:
    """What the paper of a table did; `resamples` stand for those of its bootstrap, where its method has one."""

    table: Table
    resamples: int = 200

    @classmethod
    def of(cls, table: Table, resamples: int = 200) -> "Procedure":
        """The procedure. Raises InputError where the table file does not say enough of it."""
        if table.n is None:
            raise InputError("n: is missing; an audit needs the number of respondents")
        smallest = len(table.model.items) + 2 if table.method == "cb-sem" else 10
        if not smallest <= table.n <= 5000:
            raise InputError(f"n: {table.n} given; an audit of this table can be made for {smallest} to 5000")
        if not table.model.paths:
            raise InputError("model: it has no path between constructs, and an audit is about paths")
        if table.dropped and (table.rule is None or table.method == "sum-scores"):
            raise InputError(
                f"{len(table.dropped)} items were dropped, and no rule says why; give loading_rule, the loading that "
                "items had to reach (of pls or cb-sem), or leave the dropped items out of the model"
            )
        made = cls(table, resamples)
        refusal = made.method.estimator.refusal(table.model)
        if refusal:
            raise InputError(f"model: {refusal}")
        return made

    @property
    def paper(self) -> Paper:
        """What the table's paper section says, or the defaults."""
        return self.table.paper or Paper()

    @property
    def screens(self) -> bool:
        """Whether items are dropped by a rule."""
        return self.table.rule is not None and self.table.method != "sum-scores"

    def settings(self, estimator: str, resamples: int = 0, rule: bool = True) -> dict[str, Any]:
        """A method as a study file has it; with resamples where it takes its inference from them alone."""
        made: dict[str, Any] = {"estimator": estimator}
        if resamples and find(estimator, None, "method").resampled:
            made["resamples"] = resamples
        if rule and self.screens:
            assert self.table.rule is not None
            made["screening"] = {
                "rule": self.paper.rule,
                "threshold": self.table.rule.value,
                "minimum_items": self.paper.minimum_items,
                **({"absolute": True} if self.paper.absolute else {}),
            }
        return made

    def _built(self, name: str, settings: dict[str, Any]) -> Method:
        return build(name, settings, INTERVAL, model=self.table.model)

    @property
    def base(self) -> str:
        """The catalogue name of the paper's method."""
        return METHODS[self.table.method]

    @cached_property
    def method(self) -> Method:
        """The procedure with its tests."""
        return self._built("paper", self.settings(self.base, self.resamples))

    @cached_property
    def values_only(self) -> Method:
        """The procedure without tests."""
        return self._built("paper", self.settings(self.base))

    @cached_property
    def without_rule(self) -> Method:
        """The method on all items, without tests."""
        return self._built("all-items", self.settings(self.base, rule=False))

    def others(self) -> dict[str, Method]:
        """Other methods that could have been used on the same answers, on all items."""
        names = [name for name in ("pls", "plsc", "sumscores", "ml") if self.screens or name != self.base]
        built = {name: self._built(name, self.settings(name, self.resamples, rule=False)) for name in names}
        return {name: each for name, each in built.items() if each.estimator.refusal(self.table.model) is None}

    @cached_property
    def paths(self) -> tuple[Target, ...]:
        """The paths, in the order of the model."""
        return tuple(Target("path", path) for path in self.table.model.paths)

    def called(self, fit: Estimates) -> Bools:
        """Whether each path is called significant (R, q): by the p-value, one-sided upwards where the paper's is."""
        with np.errstate(invalid="ignore"):
            found = fit.p_value < self.paper.level * (2 / self.paper.tails)
            return np.asarray(found & ((self.paper.tails == 2) | (fit.value > 0)))

    def quick_targets(self) -> tuple[Target, ...]:
        """What `quick_t` needs: paths, the R2 of their outcomes, and their collinearity."""
        paths = self.table.model.paths
        return (
            *self.paths,
            *(Target("r2", (outcome,)) for outcome, _ in paths),
            *(Target("vif", path) for path in paths),
        )

    def quick_t(self, values: Floats, n: float) -> Floats:
        """t of least squares among the scores (R, q), from the values of `quick_targets`."""
        q = len(self.paths)
        path, r2, vif = values[:, :q], values[:, q : 2 * q], values[:, 2 * q : 3 * q]
        predictors = np.array(
            [sum(o == outcome for o, _ in self.table.model.paths) for outcome, _ in self.table.model.paths]
        )
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(path * np.sqrt((n - predictors - 1) / ((1 - r2) * vif)))

    def quick_called(self, t: Floats, n: float) -> Bools:
        """Whether a least-squares t (R, q) is significant: for searches, where a bootstrap would take too long."""
        critical = -float(stdtrit(max(n - 2, 1), self.paper.level / self.paper.tails))
        with np.errstate(invalid="ignore"):
            return np.asarray((t if self.paper.tails == 1 else np.abs(t)) > critical)

    def dropped_counts(self, retained: Bools) -> NDArray[np.int64]:
        """How many items of each block are gone (R, m)."""
        gone = (~retained).astype(np.int64)
        return np.asarray(np.add.reduceat(gone, self.table.model.bounds[:-1], axis=1))


def printed_targets(table: Table) -> list[tuple[Target, float, float]]:
    """What the table prints that every data set has too: the target, the number, and half of its rounding."""
    found: list[tuple[Target, float, float]] = []
    for construct, block in table.reported.items():
        for kind in ("ave", "alpha", "rho_c"):
            number = getattr(block, kind)
            if number is not None and block.k > 1 and (table.method != "sum-scores" or kind == "alpha"):
                found.append((Target(kind, (construct,)), number.value, number.half))
        if block.r2 is not None:
            found.append((Target("r2", (construct,)), block.r2.value, block.r2.half))
    pairs: Sequence[tuple[Any, Any]] = (
        ("correlation", table.correlations),
        ("htmt", table.htmt),
        ("path", table.paths),
    )
    for kind, numbers in pairs:
        pair: Pair
        for pair, number in numbers.items():
            found.append((Target(kind, pair), number.value, number.half))
    return found


def fitted(method: Method, batch: Batch, table: Table, targets: tuple[Target, ...]) -> Estimates:
    """Estimates of data sets whose columns stand in the order of the model's items."""
    return method.fit(batch, table.model, targets)
