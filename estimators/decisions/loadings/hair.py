"""The rule of Hair and colleagues: weak items go, middling ones only where the construct then reaches a threshold."""

from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from estimators.base import Estimator, Status
from estimators.decisions.items import Decision, ItemRule, worst
from estimators.decisions.rule import check_number
from estimators.decisions.threshold import decimals
from estimators.settings import check_count
from estimators.solution import loading_targets
from sim.batch import Batch, Bools, Floats
from sim.errors import InputError
from sim.model import Model
from sim.targets import Target


@dataclass(frozen=True)
class Hair(ItemRule):
    """Loadings under `weak` go; those from `weak` to `strong` only where that lifts the construct over a threshold.

    Hair, Hult, Ringle & Sarstedt (2017, A Primer on PLS-SEM, exhibit 4.4). One item at a time, the lowest loading of
    the whole model first, with a new fit after each. A middling item is taken out for trial where its construct's
    composite reliability is under `reliability` or its AVE under `ave`; it stays out if one that was under its
    threshold then reaches it, and comes back otherwise, to be tried again only after another item has gone. A trial on
    which the fit fails brings the item back. Loadings count with their signs; reflective blocks only.
    """

    weak: float = 0.40
    strong: float = 0.70
    reliability: float = 0.70
    ave: float = 0.50
    minimum_items: int = 2

    name: ClassVar[str] = "hair"
    proceeds: ClassVar[str] = "the worst one first, with a new fit after each"

    def __post_init__(self) -> None:
        for key in ("weak", "strong", "reliability", "ave"):
            check_number(key, getattr(self, key), 0, 1)
        if not self.weak <= self.strong:
            raise InputError(f"weak is {self.weak:g} and strong {self.strong:g}; give a strong that is not smaller")
        check_count("minimum_items", self.minimum_items, "a whole number of", 1)

    @property
    def label(self) -> str:
        """What a method with this rule is called in reports, after the method's own label."""
        return f"{decimals(self.weak)} to {decimals(self.strong)} rule"

    @property
    def condemns(self) -> str:
        """The items that the rule drops, in words that complete "drops ..."."""
        return (
            f"items whose standardised loading is under {decimals(self.weak)}, and those under "
            f"{decimals(self.strong)} without which composite reliability reaches {decimals(self.reliability)} or AVE "
            f"{decimals(self.ave)}"
        )

    def decide(self, batch: Batch, model: Model, method: Estimator) -> Decision:
        """The items kept; see `ItemRule.decide`."""
        r, m = len(batch), len(model.blocks)
        seen = _seen(batch, model, method)
        retained, status = batch.retained.copy(), seen.status.copy()
        tried, short = np.zeros_like(retained), np.zeros((r, m), dtype=bool)
        open_ones = np.flatnonzero(status <= Status.INADMISSIBLE)
        while len(open_ones):
            now = seen.at(open_ones)
            going, sure, stuck = self._next(now, retained[open_ones], tried[open_ones], model)
            short[open_ones] = stuck
            more = going >= 0
            open_ones, going, sure = open_ones[more], going[more], sure[more]
            if not len(open_ones):
                break
            without = retained[open_ones]
            without[np.arange(len(going)), going] = False
            new = _seen(batch.rows(open_ones).keep(without), model, method)
            usable = new.status <= Status.INADMISSIBLE
            accepted = np.where(usable, sure | self._reaches(now, new, more, model.block_of[going]), sure)
            tried[open_ones, going] = True
            gone = open_ones[accepted]
            retained[gone, going[accepted]] = False
            tried[gone] = False
            seen.take(gone, new.at(accepted))
            status[gone] = new.status[accepted]
            open_ones = open_ones[usable | ~accepted]
        return Decision(retained, short, status)

    def _next(self, now: "_Seen", retained: Bools, tried: Bools, model: Model) -> tuple[NDArray[np.intp], Bools, Bools]:
        """The item that goes next (k,), -1 for none; whether it goes for sure or on trial (k,); blocks short (k, m)."""
        reflective = model.reflective[: len(model.blocks)][model.block_of]
        loadings = np.nan_to_num(now.loadings, nan=-np.inf)
        weakest, short = worst(loadings, (loadings < self.weak) & reflective, retained, model, self.minimum_items)
        lacking = (now.reliability < self.reliability) | (now.ave < self.ave)
        middling = (loadings < self.strong) & (loadings >= self.weak) & reflective & lacking[:, model.block_of] & ~tried
        trial, _ = worst(loadings, middling, retained, model, self.minimum_items)
        sure = weakest >= 0
        return np.where(sure, weakest, trial), sure, short

    def _reaches(self, now: "_Seen", new: "_Seen", chosen: Bools, block: NDArray[np.int64]) -> Bools:
        """Whether the construct (k,) of an item taken out reaches a threshold that it was under."""
        k = np.arange(len(block))
        reached = np.zeros(len(block), dtype=bool)
        for before, after, least in (
            (now.reliability, new.reliability, self.reliability),
            (now.ave, new.ave, self.ave),
        ):
            reached |= (before[chosen][k, block] < least) & (after[k, block] >= least)
        return reached


class _Seen(NamedTuple):
    """What a fit shows: loadings (R, p), composite reliability and AVE of the blocks (R, m), status (R,)."""

    loadings: Floats
    reliability: Floats
    ave: Floats
    status: NDArray[np.int8]

    def at(self, chosen: NDArray[np.intp] | Bools) -> "_Seen":
        """What is seen of some data sets."""
        return _Seen(self.loadings[chosen], self.reliability[chosen], self.ave[chosen], self.status[chosen])

    def take(self, places: NDArray[np.intp], new: "_Seen") -> None:
        """Put what is seen now in place of what was seen before."""
        self.loadings[places], self.reliability[places] = new.loadings, new.reliability
        self.ave[places], self.status[places] = new.ave, new.status


def _seen(batch: Batch, model: Model, method: Estimator) -> _Seen:
    loadings = loading_targets(model)
    p, m = len(loadings), len(model.blocks)
    of_blocks = [Target(kind, (block.construct,)) for kind in ("rho_c", "ave") for block in model.blocks]
    fit = method.fit(batch, model, (*loadings, *of_blocks))
    return _Seen(
        fit.value[:, :p].copy(), fit.value[:, p : p + m].copy(), fit.value[:, p + m :].copy(), fit.status.copy()
    )
