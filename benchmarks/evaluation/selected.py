"""Samples of selected items: the retained sets, how many items go, which go together, and the scores that remain."""

from collections.abc import Iterator, Sequence
from functools import cached_property

import numpy as np

from benchmarks.evaluation.ownlimits import OwnLimits, own_limits
from benchmarks.evaluation.sampled import Estimates
from benchmarks.evaluation.screened import chosen_rows, over_dropped
from benchmarks.measures.basis.selections import DropCount, DroppedSet, NamedSet, RetainedItems, Score
from estimators.solution import weight_targets
from sim.batch import Floats
from sim.model import Model

#: Sets of dropped items that are told, the most frequent ones.
_MOST = 5


def counts(given: Estimates) -> Iterator[Sequence[DropCount]]:
    """Every number of items that any replication lost, and those between."""
    if not given.drops_items:
        return
    for over, dropped in over_dropped(given):
        number = dropped.sum(axis=1)
        yield [
            DropCount(_items(count), over, np.nan, len(given.own), number=number, count=count)
            for count in range(int(number.max(initial=-1)) + 1)
        ]


def retained(given: Estimates) -> Iterator[Sequence[RetainedItems]]:
    """The retained sets of all replications."""
    if given.drops_items:
        for over, dropped in over_dropped(given):
            yield [RetainedItems("", over, np.nan, len(given.own), retained=~dropped)]


def frequent(given: Estimates) -> Iterator[Sequence[DroppedSet]]:
    """The sets of items that are dropped most often, of equal ones the first in the order of items."""
    if not given.drops_items:
        return
    names = given.study.fitted(given.method).items
    for over, dropped in over_dropped(given):
        sets, place, found = np.unique(dropped, axis=0, return_inverse=True, return_counts=True)
        order = np.argsort(-found, kind="stable")[:_MOST]
        yield [
            DroppedSet(
                ", ".join(name for name, gone in zip(names, sets[which], strict=True) if gone) or "none",
                *(over, np.nan, len(given.own)),
                happened=place.reshape(-1) == which,
            )
            for which in order
        ]


def named(given: Estimates) -> Iterator[Sequence[NamedSet]]:
    """The sets that the study names, as far as the fitted model has all their items."""
    if not given.drops_items:
        return
    items = given.study.fitted(given.method).items
    sets = {name: set(own) for name, own in given.study.file.performance.item_sets.items() if set(own) <= set(items)}
    for over, dropped in over_dropped(given):
        total = dropped.sum(axis=1)
        found = []
        for name, own in sets.items():
            inside = dropped[:, [item in own for item in items]]
            others = total - inside.sum(axis=1)
            found.append(NamedSet(name, over, np.nan, len(given.own), dropped=inside, others=others))
        yield found


def scores(given: Estimates) -> Iterator[Sequence[Score]]:
    """The score of every construct whose items may go, of a method that has weights."""
    found = _Validities(given)
    if not given.drops_items or not found.known:
        return
    constructs = [block.construct for block in given.study.fitted(given.method).blocks]
    for over, chosen in chosen_rows(given):
        yield [
            Score(
                *(construct, over, np.nan, len(given.own)),
                validity=found.by_replication[chosen, j],
                on_all=float(found.on_all[j]),
                respondents=found.respondents,
            )
            for j, construct in enumerate(constructs)
            if not np.isnan(found.on_all[j])
        ]


def validity(weights: Floats, correlations: Floats, with_constructs: Floats, model: Model) -> Floats:
    """Correlations (R, m) of scores of standardised answers with their constructs.

    weights (R, p), NaN for items left out; correlations of the answers (p, p) and of the answers with their own
    constructs (p,). For the weights w of a block: w' r / sqrt(w' R w); NaN for a block without weights.
    """
    given = np.nan_to_num(weights)
    found = np.full((len(weights), len(model.blocks)), np.nan)
    for j, (lower, upper) in enumerate(zip(model.bounds, model.bounds[1:], strict=False)):
        w, among = given[:, lower:upper], correlations[lower:upper, lower:upper]
        variance = np.einsum("ri,ij,rj->r", w, among, w)
        some = variance > 0
        found[some, j] = (w @ with_constructs[lower:upper])[some] / np.sqrt(variance[some])
    return found


class _Validities:
    """Validity of a method's scores, worked out when first asked for."""

    def __init__(self, given: Estimates) -> None:
        self.given = given
        self.model = given.study.fitted(given.method)

    @cached_property
    def known(self) -> bool:
        """Whether the population tells it: its own model is fitted, and the method has weights."""
        own = self.model == self.given.study.model and not self.model.second_order
        return own and self._limits is not None and self._answers is not None and bool(np.isfinite(self.on_all).any())

    @cached_property
    def on_all(self) -> Floats:
        """For infinitely many answers to all items (m,)."""
        assert self._limits is not None
        return np.asarray(self._of(self._limits.after[None])[0])

    @cached_property
    def by_replication(self) -> Floats:
        """With the weights found, where all are estimands; otherwise the limits on the retained items (R, m)."""
        assert self._limits is not None
        names = [target.name for target in weight_targets(self.model)]
        if {target.name for target in self.given.study.estimands} >= set(names):
            return self._of(self.given.own[[f"value:{name}" for name in names]].to_numpy())
        return self._of(self._limits.kept)

    @property
    def respondents(self) -> int:
        """How many respondents the population's moments were simulated from, or 0."""
        assert self._limits is not None
        return self._limits.respondents

    @cached_property
    def _limits(self) -> OwnLimits | None:
        """The limits of all weights."""
        given = self.given
        return own_limits(given.study, given.cell, given.method, given.own, weight_targets(self.model))

    @cached_property
    def _answers(self) -> tuple[Floats, Floats] | None:
        """Correlations of the answers (p, p), and with their own constructs (p,)."""
        world = self.given.cell.world
        ends, related = world.limits(False, False), world.construct_correlations()
        if not ends or related is None:
            return None
        return ends[-1].moments.correlations[0], related[np.arange(len(related)), self.model.block_of]

    def _of(self, weights: Floats) -> Floats:
        assert self._answers is not None
        return validity(weights, *self._answers, self.model)


def _items(count: int) -> str:
    return f"{count} item{'s' * (count != 1)}"
