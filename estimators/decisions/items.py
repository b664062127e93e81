"""Rules that drop items: what they decide, how many items they leave, and dropping one item at a time."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from estimators.base import Estimates, Estimator, Status
from estimators.decisions.rule import Analysis, Outcome, Rule, no_standard_errors, one_outcome
from estimators.kernels.dropping import worst_batch
from estimators.shared.parts import part
from sim.batch import Batch, Bools, Floats
from sim.model import Model

#: Numbers as words, for rules that keep a few items.
_NUMBERS = ("no items", "one item", "two items", "three items", "four items", "five items", "six items")


@dataclass(frozen=True)
class Decision:
    """What a rule decided on R data sets.

    retained (R, p): the items kept. short (R, m): blocks of which the rule alone would have kept too few, so that their
    best items were spared. status (R,): that of a fit that failed while the rule was at work, which ends the
    replication; `Status.OK` or `Status.INADMISSIBLE` otherwise.
    """

    retained: Bools
    short: Bools
    status: NDArray[np.int8]


class ItemRule(Rule):
    """A rule that drops items, but leaves every block `minimum_items`.

    Blocks that never had `minimum_items` keep what they had. A subclass gives `decide`, and says in `label`, `condemns`
    and `proceeds` what it does.
    """

    minimum_items: int
    #: How the items are dropped, in words.
    proceeds: ClassVar[str]

    @property
    def condemns(self) -> str:
        """The items that the rule drops, in words that complete "drops ..."."""
        raise NotImplementedError

    @property
    def too_few(self) -> str:
        """What would be too few items in a block, in words: `fewer than two items`."""
        least = self.minimum_items
        return f"fewer than {_NUMBERS[least] if least < len(_NUMBERS) else f'{least} items'}"

    @property
    def sentence(self) -> str:
        """The whole rule in one sentence."""
        return (
            f"The {self.label} drops {self.condemns}, {self.proceeds}; where a block would keep {self.too_few}, "
            "its best ones stay."
        )

    def decide(self, batch: Batch, model: Model, method: Estimator) -> Decision:
        """The items kept in each data set of the batch, from fits of `method`, whose solution is standardised.

        Items that `batch.retained` leaves out stay out. A replication that the method fails on keeps its items.
        """
        raise NotImplementedError

    def refusal(self, model: Model, deciding: Estimator) -> str | None:
        """A method without the standard errors that the rule decides by."""
        return no_standard_errors(self, deciding)

    def apply(self, analysis: Analysis) -> Sequence[Outcome]:
        """All the data sets together, with the items that are kept."""
        method = analysis.deciding if self.needs_inference else analysis.deciding.without_inference()
        before = analysis.batch.retained
        decided = self.decide(analysis.batch, analysis.model, method)
        after = replace(analysis, batch=analysis.batch.keep(decided.retained))
        dropped = (before & ~decided.retained).sum(axis=1).astype(np.int32)
        return [one_outcome(after, decided.short, decided.status, dropped)]


class Verdict(NamedTuple):
    """What is said of k data sets when one item is to go from each.

    going (k,): the item that goes next, -1 for none. short (k, m): blocks with an item that would go but must stay.
    status (k,): that of the fit; a fatal one ends the replication with the items that it has.
    """

    going: NDArray[np.intp]
    short: Bools
    status: NDArray[np.int8]


class Condemned(NamedTuple):
    """What is said of the items of k data sets: the lowest of `values` (k, p) that are `condemned` (k, p) goes next.

    status (k,): that of the fit.
    """

    values: Floats
    condemned: Bools
    status: NDArray[np.int8]


def one_by_one(batch: Batch, model: Model, judge: Callable[[Batch], Verdict]) -> Decision:
    """Items dropped one at a time until `judge` names none: it sees the data sets that are not finished, with the items
    that are left.
    """
    retained = batch.retained.copy()
    short = np.zeros((len(batch), len(model.blocks)), dtype=bool)
    status = np.zeros(len(batch), dtype=np.int8)
    open_ones, current, whole, first = np.arange(len(batch)), batch, batch.by_reference(), True
    while len(open_ones):
        said = judge(current)
        usable = said.status <= Status.INADMISSIBLE
        status[open_ones] = said.status
        short[open_ones] = said.short & usable[:, None]
        more = usable & (said.going >= 0)
        open_ones = open_ones[more]
        retained[open_ones, said.going[more]] = False
        if len(open_ones):
            if first or not more.all():
                current = part(whole, open_ones)
            current, first = current.keep(retained[open_ones]), False
    return Decision(retained, short, status)


def worst_first(batch: Batch, model: Model, least: int, judge: Callable[[Batch], Condemned]) -> Decision:
    """The worst of the items that `judge` condemns dropped, one at a time, until only blocks of `least` have some."""

    def verdict(current: Batch) -> Verdict:
        values, condemned, status = judge(current)
        return Verdict(*worst(values, condemned, current.retained, model, least), status)

    return one_by_one(batch, model, verdict)


def all_fine(batch: Batch) -> NDArray[np.int8]:
    """The status of data sets on which nothing was fitted (R,)."""
    return np.full(len(batch), Status.OK, dtype=np.int8)


def worst(
    values: Floats, condemned: Bools, retained: Bools, model: Model, least: int
) -> tuple[NDArray[np.intp], Bools]:
    """The item that goes next in each data set (R,), -1 for none; blocks with a condemned item that must stay (R, m).

    It is the one with the lowest of `values` (R, p) among those `condemned` (R, p), in blocks with more than `least`
    items left; NaN is the lowest, and of two equal values the first item goes.
    """
    going = np.empty(len(values), dtype=np.intp)
    short = np.empty((len(values), len(model.blocks)), dtype=bool)
    worst_batch(values, condemned, retained, model.bounds, least, going, short)
    return going, short


def spared(passes: Bools, values: Floats, retained: Bools, model: Model, least: int) -> tuple[Bools, Bools]:
    """Items kept (R, p) where those that pass a rule (R, p) are too few, and the blocks where this is so (R, m).

    In such a block the retained items with the highest values (R, p) stay, up to `least` or as many as there are; of
    two equal values the first item's stays, and NaN is the lowest.
    """
    kept = passes.copy()
    short = np.zeros((len(values), len(model.blocks)), dtype=bool)
    for j, (lower, upper) in enumerate(zip(model.bounds, model.bounds[1:], strict=False)):
        block = slice(lower, upper)
        needed = np.minimum(least, retained[:, block].sum(axis=1))
        short[:, j] = kept[:, block].sum(axis=1) < needed
        known = np.where(retained[:, block], np.nan_to_num(values[:, block], nan=-np.inf), -np.inf)
        order = np.argsort(-known, axis=1, kind="stable")
        rank = np.argsort(order, axis=1)
        kept[:, block] |= short[:, j, None] & (rank < needed[:, None])
    return kept, short


def all_together(fit: Estimates, passes: Bools, values: Floats, batch: Batch, model: Model, least: int) -> Decision:
    """Every retained item that does not pass (R, p) is dropped after one fit, but for those that `spared` keeps."""
    retained, short = spared(passes & batch.retained, values, batch.retained, model, least)
    retained[fit.fatal], short[fit.fatal] = batch.retained[fit.fatal], False
    return Decision(retained, short, fit.status)
