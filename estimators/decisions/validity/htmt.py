"""The heterotrait-monotrait ratio over its limit: items go until two constructs are told apart."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from estimators.base import Estimator
from estimators.decisions.items import Decision, ItemRule, Verdict, all_fine, one_by_one
from estimators.decisions.rule import check_number
from estimators.decisions.threshold import decimals
from estimators.settings import check_count
from sim.batch import Batch, Floats
from sim.model import Model


@dataclass(frozen=True)
class HeterotraitMonotrait(ItemRule):
    """While the HTMT of two reflective constructs is over `limit`, the item without which it falls most is dropped.

    HTMT: mean absolute correlation between the blocks over the root of the product of the means within them (Henseler,
    Ringle & Sarstedt 2015, who give 0.85 and 0.90). The pair with the largest one comes first; the item is one of
    either block that has more than `minimum_items` left, and one without which HTMT does not fall stays. No model is
    fitted.
    """

    limit: float = 0.85
    minimum_items: int = 2

    name: ClassVar[str] = "htmt"
    proceeds: ClassVar[str] = "the one without which it falls most first, until it is not over the limit"
    fits: ClassVar[bool] = False

    def __post_init__(self) -> None:
        check_number("limit", self.limit, 0, 1, ends=True)
        check_count("minimum_items", self.minimum_items, "a whole number of", 1)

    @property
    def label(self) -> str:
        """What a method with this rule is called in reports, after the method's own label."""
        return f"HTMT {decimals(self.limit)} rule"

    @property
    def condemns(self) -> str:
        """The items that the rule drops, in words that complete "drops ..."."""
        return f"items of constructs whose HTMT is over {decimals(self.limit)}"

    def refusal(self, model: Model, deciding: Estimator) -> str | None:
        """There must be two reflective constructs."""
        return None if model.reflective.sum() > 1 else "HTMT is of two reflective constructs; the model has fewer"

    def decide(self, batch: Batch, model: Model, method: Estimator) -> Decision:
        """The items kept; see `ItemRule.decide`."""

        def judge(current: Batch) -> Verdict:
            return self._judged(current, model)

        return one_by_one(batch, model, judge)

    def _judged(self, batch: Batch, model: Model) -> Verdict:
        """The item of the worst pair that helps most, pair after pair, in each data set."""
        r, m = len(batch), len(model.blocks)
        ratios, sums = pair_ratios(batch, model)
        left = np.add.reduceat(batch.retained.astype(np.int64), model.bounds[:-1], axis=1)
        going, short = np.full(r, -1), np.zeros((r, m), dtype=bool)
        rows, columns = np.triu_indices(m, 1)
        order = np.argsort(-np.nan_to_num(ratios[:, rows, columns], nan=-1.0), axis=1, kind="stable")
        every = np.arange(r)
        for place in range(order.shape[1]):
            a, b = rows[order[:, place]], columns[order[:, place]]
            with np.errstate(invalid="ignore"):
                over = ratios[every, a, b] > self.limit
            without = _without(sums, a, b, model)
            of_pair = (model.block_of == a[:, None]) | (model.block_of == b[:, None])
            free = batch.retained & of_pair & (left > self.minimum_items)[:, model.block_of]
            falls = np.where(free & (without < ratios[every, a, b, None]), without, np.inf)
            best = np.argmin(falls, axis=1)
            helps = over & np.isfinite(falls[every, best])
            stuck = over & ~helps
            short[every[stuck], a[stuck]] = short[every[stuck], b[stuck]] = True
            going = np.where((going < 0) & helps, best, going)
        return Verdict(going, short, all_fine(batch))


#: Of R data sets: sums of absolute correlations of each item with each block (R, p, m), of each block with each other
#: (R, m, m), each item with itself left out, and the numbers of items (R, m).
_Sums = tuple[Floats, Floats, Floats]


def pair_ratios(batch: Batch, model: Model) -> tuple[Floats, _Sums]:
    """HTMT of absolute correlations (R, m, m), NaN where a block has one item or is composite; what it is made of."""
    kept = batch.retained
    both = kept[:, :, None] & kept[:, None, :] & ~np.eye(kept.shape[1], dtype=bool)
    sizes = np.where(both, np.abs(batch.moments.correlations), 0.0)
    of_items = np.add.reduceat(sizes, model.bounds[:-1], axis=2)
    of_blocks = np.add.reduceat(of_items, model.bounds[:-1], axis=1)
    count = np.add.reduceat(kept.astype(np.float64), model.bounds[:-1], axis=1)
    within = _mean(np.diagonal(of_blocks, axis1=1, axis2=2), count * (count - 1.0))
    within = np.where(model.reflective[: len(model.blocks)], within, np.nan)
    between = _mean(of_blocks, count[:, :, None] * count[:, None, :])
    with np.errstate(invalid="ignore", divide="ignore"):
        return between / np.sqrt(within[:, :, None] * within[:, None, :]), (of_items, of_blocks, count)


def _without(sums: _Sums, a: NDArray[np.intp], b: NDArray[np.intp], model: Model) -> Floats:
    """HTMT of the blocks a and b (R,) of each data set without each item (R, p); NaN for items of other blocks."""
    of_items, of_blocks, count = sums
    every, p = np.arange(len(a)), len(model.items)
    found = np.full((len(a), p), np.nan)
    for own, other in ((a, b), (b, a)):
        mine = model.block_of == own[:, None]
        with_own = of_items[every, :, own]
        with_other = of_items[every, :, other]
        k, l = (count[every, j][:, None] for j in (own, other))
        between = _mean(of_blocks[every, own, other][:, None] - with_other, (k - 1.0) * l)
        within = _mean(of_blocks[every, own, own][:, None] - 2.0 * with_own, (k - 1.0) * (k - 2.0))
        beside = _mean(of_blocks[every, other, other][:, None], l * (l - 1.0))
        with np.errstate(invalid="ignore", divide="ignore"):
            found = np.where(mine, between / np.sqrt(within * beside), found)
    return found


def _mean(total: Floats, count: Floats) -> Floats:
    """The mean, NaN of nothing."""
    return np.asarray(total / np.where(count > 0, count, np.nan))
