"""Samples of stored estimates: a method's replications, each estimand, the limits, claims of saturation."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmarks.evaluation.elsewhere import Elsewhere
from benchmarks.evaluation.ownlimits import OwnLimits, own_limits
from benchmarks.measures.basis.samples import (
    ALL,
    DROPPED,
    POPULATION,
    USABLE,
    Claim,
    Estimated,
    Limit,
    Misspecified,
    Pooled,
    Replications,
    Split,
)
from benchmarks.schema import ON_PARTS, PARTS, RETAINED, TRUTH, further_end, on_part
from benchmarks.study import fitting
from benchmarks.study.cells.cell import Cell, has
from benchmarks.study.form import performance
from benchmarks.study.study import Study
from estimators.base import Status
from estimators.methods import Method
from estimators.richness.catalogue import CLAIMS
from sim.batch import Batch, Bools, Floats
from sim.targets import (
    GROUP_DISTANCES,
    INVARIANCE_KINDS,
    LOSS_KINDS,
    MICOM_KINDS,
    MODEL_KINDS,
    PREDICTION_KINDS,
    Target,
)
from sim.themes.population import OF_THE_DATA

#: Kinds of targets for which zero is a hypothesis somebody tests.
TESTED = (
    *("path", "product", "slope", "difference", "group_difference"),
    *("indirect", "loading", "weight", "correlation"),
)


@dataclass(frozen=True)
class Estimates:
    """What is stored of one method in one cell. whole: what is stored there, by method. elsewhere: other cells."""

    study: Study
    cell: Cell
    method: Method
    whole: Mapping[str, pd.DataFrame]
    elsewhere: Elsewhere | None = None

    @cached_property
    def own(self) -> pd.DataFrame:
        """The method's rows, one a replication."""
        return self.whole[self.method.name]

    @cached_property
    def columns(self) -> dict[str, NDArray[Any]]:
        """The columns of these rows (R,), by name: frames take long to give one."""
        return {str(name): column.to_numpy() for name, column in self.own.items()}

    @cached_property
    def usable(self) -> Bools:
        """Replications (R,) that ended well."""
        ended: Bools = self.columns["status"] == Status.OK
        return ended

    @cached_property
    def dropped(self) -> Bools:
        """Whether each item of the model that the method fits was left out of each replication's estimates (R, p)."""
        items = self.study.fitted(self.method).items
        gone: Bools = ~self.own[[RETAINED.named(item) for item in items]].to_numpy(dtype=bool)
        return gone

    @cached_property
    def drops_items(self) -> bool:
        """Whether it is a method that may drop items: one that decides, or that did not retain some item somewhere."""
        return self.method.decides or bool(self.dropped[self.usable].any())

    @cached_property
    def denominators(self) -> tuple[tuple[str, Bools], ...]:
        """What rates and means are taken over, and which replications (R,) these are."""
        usable, every = self.usable, np.ones(len(self.own), dtype=bool)
        after = ((DROPPED, usable & self.dropped.any(axis=1)),) if self.drops_items else ()
        return ((USABLE, usable), (ALL, every), *after)

    @cached_property
    def own_limits(self) -> OwnLimits | None:
        """The method's limits for the estimands, on all items and on the retained ones; None where there are none."""
        return own_limits(self.study, self.cell, self.method, self.own, self.study.estimands)

    @cached_property
    def limits(self) -> list[Limit]:
        """What the method gives on the world's own moments, of every estimand that it has; none where there are none.

        Moments without a closed form are simulated, from so many respondents.
        """
        study, method = self.study, self.method
        ends = self.cell.world.limits(method.entry.ordinal, method.missing == "mean")
        if not ends:
            return []
        before, after = (
            fitting.fit(study, method, Batch.of_moments(end.moments), values_only=True).value[0] for end in ends
        )
        known = {target.name for target in study.estimated(method)}
        return [
            Limit(target.name, POPULATION, self._stated(target), 0, float(a), float(b), ends[-1].respondents)
            for target, a, b in zip(study.estimands, before, after, strict=True)
            if target.name in known
        ]

    def _stated(self, target: Target) -> float:
        """The population's true value of a target, on the method's scale."""
        return float(self.cell.truth([target], self.method.scale)[0])

    def truth(self, target: Target) -> float:
        """What the method is judged by: the true value; its own limit where the model holds for no moments.

        So too of prediction, which is each method's own.
        """
        stated = self._stated(target)
        known = self.cell.world.holds and target.kind not in PREDICTION_KINDS
        if known or not np.isnan(stated):
            return stated
        return next((limit.after for limit in self.limits if limit.target == target.name), np.nan)


def replications(given: Estimates) -> Iterator[Sequence[Replications]]:
    """The method's replications; resamples are counted where there are some."""
    own, method = given.own, given.method
    status = own["status"].to_numpy()
    lost = beyond = None
    if method.resampled:
        ended = own[status <= Status.INADMISSIBLE]
        drawn = method.resamples or (ended["respondents"].to_numpy() if method.counts_respondents else given.cell.n)
        lost, beyond = drawn - ended["resamples"].to_numpy(), ended["inadmissible_resamples"].to_numpy()
    yield [
        Replications(
            *("", ALL, np.nan, len(own)),
            converged=status <= Status.INADMISSIBLE,
            inadmissible=status == Status.INADMISSIBLE,
            usable=given.usable,
            respondents=own["respondents"].to_numpy() if method.counts_respondents else None,
            lost=lost,
            inadmissible_resamples=beyond,
        )
    ]


def estimated(given: Estimates) -> Iterator[Sequence[Estimated | Pooled]]:
    """Every estimand, over usable replications and over all of them; then those that are taken together.

    Of a method that drops items also over the usable replications in which it dropped any.
    Where each data set has a truth of its own, it is taken off first: errors are then judged against 0.
    """
    for target in given.study.estimands:
        for over, chosen in given.denominators:
            yield [of_target(given, target, over, chosen)]
    for name, targets in performance.pools(given.study.file.performance, given.study.estimands).items():
        for over, chosen in given.denominators:
            parts = tuple(of_target(given, target, over, chosen) for target in targets)
            yield [Pooled(name, over, np.nan, len(given.own), parts=parts)]


def of_target(given: Estimates, target: Target, over: str, chosen: Bools) -> Estimated:
    """The stored estimates of one target in the `chosen` replications."""
    asked = given.study.file.performance
    truth = against = given.truth(target)
    parts = {part: given.columns[f"{part}:{target.name}"][chosen] for part in PARTS}
    further = {level: _ends(given, target, level, chosen) for level in given.study.levels_stored}
    resampled = {part: _on_part(given, target, part, chosen) for part in given.study.parts_stored}
    raw, firms, tested = parts["value"], None, target.kind in TESTED
    if target.kind in OF_THE_DATA or (given.cell.world.varies and TRUTH.named(target.name) in given.columns):
        of_data, against = given.columns[TRUTH.named(target.name)][chosen], 0.0
        parts |= {part: parts[part] - of_data for part in ("value", "lower", "upper")}
        further = {level: (lower - of_data, upper - of_data) for level, (lower, upper) in further.items()}
        resampled = {part: (low - of_data, high - of_data, p) for part, (low, high, p) in resampled.items()}
    null_p = None
    if given.elsewhere is not None and tested and truth and "size_adjusted_power" in asked.measures:
        null_p = given.elsewhere.null_p_values(given.method, target)
    if given.cell.finite and has(given.cell.model, target):
        firms = given.columns[TRUTH.named(target.name)][chosen]
    return Estimated(
        *(target.name, over, truth, len(given.own)),
        value=parts["value"],
        se=parts["se"],
        lower=parts["lower"],
        upper=parts["upper"],
        p_value=parts["p_value"],
        against=against,
        firms=firms,
        alpha=1 - asked.level if tested else None,
        raw=raw,
        level=asked.level,
        null=performance.null_of(asked, target, tested),
        of_fit=target.kind in (*MODEL_KINDS, *LOSS_KINDS, *MICOM_KINDS, *GROUP_DISTANCES, *INVARIANCE_KINDS),
        cutoff=performance.cutoff_of(asked, target),
        trim=asked.trim,
        further=further,
        printed=performance.printed_of(asked, target),
        limit=None if given.own_limits is None else given.own_limits.of(target)[2][chosen],
        null_p=null_p,
        parts=resampled if given.method.resamples else {},
    )


def _ends(given: Estimates, target: Target, level: float, chosen: Bools) -> tuple[Floats, Floats]:
    """Stored ends of intervals (R,), (R,) at a further level; NaN where the method's follow from the others."""
    lower, upper = (given.columns[further_end(end, level, target.name)][chosen] for end in ("lower", "upper"))
    return lower, upper


def _on_part(given: Estimates, target: Target, part: tuple[int, int], chosen: Bools) -> tuple[Floats, Floats, Floats]:
    """Stored ends of intervals and p-values (R,) on a part of the resamples."""
    lower, upper, p = (given.columns[on_part(name, part, target.name)][chosen] for name in ON_PARTS)
    return lower, upper, p


def limits(given: Estimates) -> Iterator[Sequence[Limit]]:
    """What the method gives on the world's own moments, before and after the cut: no sampling, so no error.

    Moments without a closed form are simulated, from so many respondents. Where data have no moments there are none.
    """
    if given.limits:
        yield given.limits


def splits(given: Estimates) -> Iterator[Sequence[Split]]:
    """The error of every estimand in steps, over the replications that have all of them and a truth."""
    own = given.own_limits
    if own is None:
        return
    for target in given.study.estimated(given.method):
        truth = float(given.cell.truth([target], given.method.scale)[0])
        before, after, kept = own.of(target)
        if np.isnan(before - truth) or np.isnan(after):
            continue
        estimates = given.columns[f"value:{target.name}"]
        for over, chosen in given.denominators:
            known = chosen & ~np.isnan(estimates) & ~np.isnan(kept)
            yield [
                Split(
                    *(target.name, over, truth, len(given.own)),
                    method=before - truth,
                    scale=after - before,
                    rule=kept[known] - after,
                    chance=estimates[known] - kept[known],
                    respondents=own.respondents,
                )
            ]


def misspecified(given: Estimates) -> Iterator[Sequence[Misspecified]]:
    """Estimates and limits of every estimand that the method has, where it fits another model than the population's.

    None where no model holds for the population's moments: limits are then what methods are judged by.
    """
    if given.study.fitted(given.method) == given.study.model or not given.cell.world.holds:
        return
    for each in given.limits:
        values = given.columns[f"value:{each.target}"]
        for over, chosen in (
            (POPULATION, np.zeros(len(values), dtype=bool)),
            (USABLE, given.usable),
            (ALL, np.ones(len(values), dtype=bool)),
        ):
            total = 0 if over == POPULATION else len(values)
            estimates = values[chosen & ~np.isnan(values)]
            yield [Misspecified(each.target, over, each.truth, total, estimates, each.after, each.respondents)]


def claims(given: Estimates) -> Iterator[Sequence[Claim]]:
    """The claim to have found all themes, of a method that makes it: when it is made, and over all replications."""
    richness = given.cell.world.themes
    asked = any(target.name == "themes" for target in given.study.estimands)
    if richness is not None and given.method.base in CLAIMS and asked:
        yield claims_of(given.own, float(richness))


def claims_of(own: pd.DataFrame, richness: float) -> list[Claim]:
    """The claims in a method's stored estimates of `richness` themes: where one is made, and over all replications."""
    made = own["status"].to_numpy() == Status.OK
    known = np.where(made, own["value:themes"].to_numpy() / richness, 0.0)
    after = own["iterations"].to_numpy().astype(float)
    return [
        Claim("themes", USABLE, richness, len(own), known=known[made], after=after[made]),
        Claim("themes", ALL, richness, len(own), known=known, after=after),
    ]
