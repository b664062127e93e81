"""Samples of a screening rule: what it drops, and how it moves the estimates of the same data."""

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from benchmarks.evaluation.sampled import Estimates
from benchmarks.measures.basis.itemgroups import groups
from benchmarks.measures.basis.samples import USABLE, Drops, ItemsDropped, Shift
from benchmarks.schema import RETAINED, SHORT
from estimators.base import Status
from estimators.solution import loading_targets
from sim.batch import Bools, Floats
from sim.targets import Target


def items(given: Estimates) -> Iterator[Sequence[ItemsDropped]]:
    """Every item of the fitted model, and the groups of them by true loading, where there are such items."""
    if not given.method.rule:
        return
    targets, dropped, loadings = _dropped(given)
    total = len(given.own)
    single = [
        ItemsDropped(target.name, USABLE, loading, total, dropped=dropped[:, i : i + 1], single=True)
        for i, (target, loading) in enumerate(zip(targets, loadings, strict=True))
    ]
    edge = given.study.file.performance.true_loading
    grouped = [
        ItemsDropped(group.label, USABLE, np.nan, total, group=group.key, dropped=dropped[:, members], single=False)
        for group in groups(edge)
        if (members := group.members(loadings, edge)).any()
    ]
    yield [*single, *grouped]


def drops(given: Estimates) -> Iterator[Sequence[Drops]]:
    """Everything that the rule drops from each data set."""
    if given.method.rule:
        _, dropped, _ = _dropped(given)
        model = given.study.fitted(given.method)
        short = _with_numbers(given)[[SHORT.named(block.construct) for block in model.blocks]].to_numpy()
        yield [
            Drops(
                *("", USABLE, np.nan, len(given.own)),
                number=dropped.sum(axis=1),
                short=np.any(short, axis=1),
                many=given.study.file.performance.many_dropped,
            )
        ]


def shifts(given: Estimates) -> Iterator[Sequence[Shift]]:
    """Every estimand with the rule minus without it, in replications in which both are usable."""
    plain = given.study.unscreened(given.method)
    if plain is None:
        return
    other = Estimates(given.study, given.cell, plain, given.whole)
    both = given.usable & other.usable
    found = []
    for target in given.study.estimands:
        with_rule, without = (each.own[f"value:{target.name}"].to_numpy() for each in (given, other))
        difference = (with_rule - without)[both]
        known = difference[~np.isnan(difference)]
        found.append(Shift(target.name, USABLE, np.nan, len(given.own), difference=known))
    yield found


def _with_numbers(given: Estimates) -> pd.DataFrame:
    return given.own[given.own["status"] <= Status.INADMISSIBLE]


def _dropped(given: Estimates) -> tuple[tuple[Target, ...], Bools, Floats]:
    """Loadings of the fitted model's items, whether each was dropped (R, p), and the true loadings (p,).

    The true loading is NaN where the item measures another construct in the population.
    """
    targets = loading_targets(given.study.fitted(given.method))
    dropped: Bools = ~_with_numbers(given)[[RETAINED.named(target.parts[1]) for target in targets]].to_numpy()
    there = set(loading_targets(given.study.model))
    known = given.cell.truth([target for target in targets if target in there])
    loadings = np.full(len(targets), np.nan)
    loadings[[target in there for target in targets]] = known
    return targets, dropped, loadings
