"""Samples of a method that drops items: what goes, how many, and how that moves the estimates of the same data."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from benchmarks.evaluation.sampled import Estimates
from benchmarks.measures.basis.itemgroups import Scale, groups
from benchmarks.measures.basis.samples import DROPPED, USABLE, Drops, ItemsDropped, Shift
from benchmarks.schema import SHORT
from benchmarks.study import fitting
from estimators.base import Status
from estimators.methods import build
from estimators.solution import loading_targets
from sim.batch import Batch, Bools, Floats
from sim.targets import Target


def items(given: Estimates) -> Iterator[Sequence[ItemsDropped]]:
    """Every item of the fitted model, and the groups of them by their loadings, where there are such items."""
    if not given.drops_items:
        return
    targets = loading_targets(given.study.fitted(given.method))
    loadings = _loadings(given, targets)
    total, edge = len(given.own), given.study.file.performance.true_loading
    for over, dropped in over_dropped(given):
        single = [
            ItemsDropped(target.name, over, loading, total, dropped=dropped[:, i : i + 1], single=True)
            for i, (target, loading) in enumerate(zip(targets, loadings["before"], strict=True))
        ]
        grouped = [
            ItemsDropped(group.label, over, np.nan, total, group=group.key, dropped=dropped[:, members], single=False)
            for group in groups(edge)
            if (members := group.members(loadings[group.scale], edge)).any()
        ]
        yield [*single, *grouped]


def drops(given: Estimates) -> Iterator[Sequence[Drops]]:
    """Everything that is dropped from each data set."""
    if not given.drops_items:
        return
    blocks = given.study.fitted(given.method).blocks
    short: Bools = np.any(given.own[[SHORT.named(block.construct) for block in blocks]].to_numpy(dtype=bool), axis=1)
    for over, chosen in chosen_rows(given):
        yield [
            Drops(
                *("", over, np.nan, len(given.own)),
                number=given.dropped[chosen].sum(axis=1),
                short=short[chosen],
                many=given.study.file.performance.many_dropped,
            )
        ]


def shifts(given: Estimates) -> Iterator[Sequence[Shift]]:
    """Every estimand with the rule minus without it, in replications in which both are usable."""
    plain = given.study.unscreened(given.method)
    if plain is None:
        return
    other = Estimates(given.study, given.cell, plain, given.whole)
    for over, chosen in chosen_rows(given):
        both = given.usable & other.usable & chosen
        found = []
        for target in given.study.estimands:
            with_rule, without = (each.own[f"value:{target.name}"].to_numpy() for each in (given, other))
            difference = (with_rule - without)[both]
            selected = _by_selection(given, other, target, both)
            known = difference[~np.isnan(difference)]
            shift = Shift(target.name, over, np.nan, len(given.own), difference=known, by_selection=selected)
            found.append(shift)
        yield found


def chosen_rows(given: Estimates) -> list[tuple[str, Bools]]:
    """Which replications (R,) count for what is dropped: those with numbers, and the usable ones that lost any item."""
    numbers = given.columns["status"] <= Status.INADMISSIBLE
    return [(USABLE, numbers), *((over, chosen) for over, chosen in given.denominators if over == DROPPED)]


def over_dropped(given: Estimates) -> Iterator[tuple[str, Bools]]:
    """Each denominator, and the items dropped in its replications (R, p)."""
    for over, chosen in chosen_rows(given):
        yield over, given.dropped[chosen]


def _by_selection(given: Estimates, other: Estimates, target: Target, both: Bools) -> Floats | None:
    """Distances from the own limit, with the rule minus without it, in the replications that have them (k,)."""
    if given.own_limits is None or other.own_limits is None:
        return None
    away = [
        each.own[f"value:{target.name}"].to_numpy() - limits.of(target)[2]
        for each, limits in ((given, given.own_limits), (other, other.own_limits))
    ]
    selected = (away[0] - away[1])[both]
    known: Floats = selected[~np.isnan(selected)]
    return known


def _loadings(given: Estimates, targets: tuple[Target, ...]) -> Mapping[Scale, Floats]:
    """Loadings of the fitted model's items (p,) on every scale that groups are judged by.

    NaN where the item measures another construct in the population, or where nothing is known on the scale.
    """
    there = set(loading_targets(given.study.model))
    place = np.array([target in there for target in targets])
    known = [target for target in targets if target in there]
    before = np.full(len(targets), np.nan)
    before[place] = given.cell.truth(known)
    left = given.cell.world.after_cut(known)
    after = np.array([left.get(target.name, np.nan) for target in targets])
    return {"before": before, "after": after, "pls": _as_pls(given, targets)}


def _as_pls(given: Estimates, targets: tuple[Target, ...]) -> Floats:
    """The loadings (p,) that PLS finds for infinitely many answers to all items of the population's model."""
    found = np.full(len(targets), np.nan)
    model, ends = given.study.model, given.cell.world.limits(False, False)
    pls = build("pls as it is", {"estimator": "pls"}, given.study.file.performance.level, model=model)
    if not ends or pls.estimator.refusal(model) is not None:
        return found
    found[:] = fitting.limits_of(given.study, pls, Batch.of_moments(ends[-1].moments), targets)[0]
    return found
