"""Samples of stored estimates: a method's replications, each estimand, the limits, claims of saturation."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from benchmarks.evaluation.elsewhere import Elsewhere
from benchmarks.measures.basis.samples import (
    ALL,
    POPULATION,
    USABLE,
    Claim,
    Estimated,
    Limit,
    Misspecified,
    Pooled,
    Replications,
)
from benchmarks.schema import ON_PARTS, PARTS, TRUTH, further_end, on_part
from benchmarks.study import fitting
from benchmarks.study.cells.cell import Cell, has
from benchmarks.study.form import performance
from benchmarks.study.study import Study
from estimators.base import Status
from estimators.methods import Method
from estimators.richness.catalogue import CLAIMS
from sim.batch import Batch, Bools, Floats
from sim.targets import MODEL_KINDS, Target
from sim.themes.population import OF_THE_DATA

#: Kinds of targets for which zero is a hypothesis somebody tests.
TESTED = ("path", "indirect", "loading", "weight", "correlation")


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
    def usable(self) -> Bools:
        """Replications (R,) that ended well."""
        ended: Bools = self.own["status"].to_numpy() == Status.OK
        return ended


def replications(given: Estimates) -> Iterator[Sequence[Replications]]:
    """The method's replications; resamples are counted where there are some."""
    own, method = given.own, given.method
    status = own["status"].to_numpy()
    lost = beyond = None
    if method.resampled:
        ended = own[status <= Status.INADMISSIBLE]
        drawn = method.resamples or (ended["respondents"].to_numpy() if method.missing else given.cell.n)
        lost, beyond = drawn - ended["resamples"].to_numpy(), ended["inadmissible_resamples"].to_numpy()
    yield [
        Replications(
            *("", ALL, np.nan, len(own)),
            converged=status <= Status.INADMISSIBLE,
            inadmissible=status == Status.INADMISSIBLE,
            usable=given.usable,
            respondents=own["respondents"].to_numpy() if method.missing else None,
            lost=lost,
            inadmissible_resamples=beyond,
        )
    ]


def estimated(given: Estimates) -> Iterator[Sequence[Estimated | Pooled]]:
    """Every estimand, over usable replications and over all of them; then those that are taken together.

    Where each data set has a truth of its own, it is taken off first: errors are then judged against 0.
    """
    usable, every = given.usable, np.ones(len(given.own), dtype=bool)
    for target in given.study.estimands:
        for over, chosen in ((USABLE, usable), (ALL, every)):
            yield [of_target(given, target, over, chosen)]
    for name, targets in performance.pools(given.study.file.performance, given.study.estimands).items():
        for over, chosen in ((USABLE, usable), (ALL, every)):
            parts = tuple(of_target(given, target, over, chosen) for target in targets)
            yield [Pooled(name, over, np.nan, len(given.own), parts=parts)]


def of_target(given: Estimates, target: Target, over: str, chosen: Bools) -> Estimated:
    """The stored estimates of one target in the `chosen` replications."""
    asked = given.study.file.performance
    truth = against = float(given.cell.truth([target], given.method.solution)[0])
    parts = {part: given.own[f"{part}:{target.name}"].to_numpy()[chosen] for part in PARTS}
    further = {level: _ends(given, target, level, chosen) for level in given.study.levels_stored}
    resampled = {part: _on_part(given, target, part, chosen) for part in given.study.parts_stored}
    raw, firms, tested = parts["value"], None, target.kind in TESTED
    if target.kind in OF_THE_DATA or (given.cell.world.varies and TRUTH.named(target.name) in given.own):
        of_data, against = given.own[TRUTH.named(target.name)].to_numpy()[chosen], 0.0
        parts |= {part: parts[part] - of_data for part in ("value", "lower", "upper")}
        further = {level: (lower - of_data, upper - of_data) for level, (lower, upper) in further.items()}
        resampled = {part: (low - of_data, high - of_data, p) for part, (low, high, p) in resampled.items()}
    null_p = None
    if given.elsewhere is not None and tested and truth and "size_adjusted_power" in asked.measures:
        null_p = given.elsewhere.null_p_values(given.method, target)
    if given.cell.finite and has(given.cell.model, target):
        firms = given.own[TRUTH.named(target.name)].to_numpy()[chosen]
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
        of_fit=target.kind in MODEL_KINDS,
        cutoff=performance.cutoff_of(asked, target),
        trim=asked.trim,
        further=further,
        null_p=null_p,
        parts=resampled if given.method.resamples else {},
    )


def _ends(given: Estimates, target: Target, level: float, chosen: Bools) -> tuple[Floats, Floats]:
    """Stored ends of intervals (R,), (R,) at a further level; NaN where the method's follow from the others."""
    lower, upper = (given.own[further_end(end, level, target.name)].to_numpy()[chosen] for end in ("lower", "upper"))
    return lower, upper


def _on_part(given: Estimates, target: Target, part: tuple[int, int], chosen: Bools) -> tuple[Floats, Floats, Floats]:
    """Stored ends of intervals and p-values (R,) on a part of the resamples."""
    lower, upper, p = (given.own[on_part(name, part, target.name)].to_numpy()[chosen] for name in ON_PARTS)
    return lower, upper, p


def limits(given: Estimates) -> Iterator[Sequence[Limit]]:
    """What the method gives on the world's own moments, before and after the cut: no sampling, so no error.

    Moments without a closed form are simulated, from so many respondents. Where data have no moments there are none.
    """
    study, method = given.study, given.method
    ends = given.cell.world.limits(method.entry.ordinal, method.missing == "mean")
    if not ends:
        return
    before, after = (
        fitting.fit(study, method, Batch.of_moments(end.moments), values_only=True).value[0] for end in ends
    )
    truths = [float(given.cell.truth([target], given.method.solution)[0]) for target in study.estimands]
    known, respondents = {target.name for target in study.estimated(method)}, ends[-1].respondents
    yield [
        Limit(target.name, POPULATION, truth, 0, before=float(a), after=float(b), respondents=respondents)
        for target, truth, a, b in zip(study.estimands, truths, before, after, strict=True)
        if target.name in known
    ]


def misspecified(given: Estimates) -> Iterator[Sequence[Misspecified]]:
    """Estimates and limits of every estimand that the method has, where it fits another model than the population's."""
    if given.study.fitted(given.method) == given.study.model:
        return
    for each in (limit for found in limits(given) for limit in found):
        values = given.own[f"value:{each.target}"].to_numpy()
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
