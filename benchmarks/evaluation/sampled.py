"""Samples of stored estimates: a method's replications, each estimand, the limits, claims of saturation."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from benchmarks.measures.samples import ALL, POPULATION, USABLE, Claim, Estimated, Limit, Replications
from benchmarks.schema import PARTS, TRUTH
from benchmarks.study import fitting
from benchmarks.study.cell import Cell
from benchmarks.study.study import Study
from estimators.base import Status
from estimators.methods import Method
from estimators.richness.catalogue import CLAIMS
from sim.answers.missingness import filled_with_means
from sim.batch import Batch, Bools
from sim.themes.population import OF_THE_DATA

#: Kinds of targets for which zero is a hypothesis somebody tests.
TESTED = ("path", "indirect", "loading", "weight", "correlation")


@dataclass(frozen=True)
class Estimates:
    """What is stored of one method in one cell. `whole`: the stored estimates of all methods there."""

    study: Study
    cell: Cell
    method: Method
    whole: pd.DataFrame

    @cached_property
    def own(self) -> pd.DataFrame:
        """The method's rows, one a replication."""
        return self.whole[self.whole["method"] == self.method.name]

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


def estimated(given: Estimates) -> Iterator[Sequence[Estimated]]:
    """Every estimand, over usable replications and over all of them.

    Where each data set has a truth of its own, it is taken off first: errors are then judged against 0.
    """
    for target in given.study.estimands:
        truth = against = float(given.cell.truth([target])[0])
        parts = {part: given.own[f"{part}:{target.name}"].to_numpy() for part in PARTS}
        if target.kind in OF_THE_DATA:
            of_data, against = given.own[TRUTH.named(target.name)].to_numpy(), 0.0
            parts |= {part: parts[part] - of_data for part in ("value", "lower", "upper")}
        firms = given.own[TRUTH.named(target.name)].to_numpy() if given.cell.finite else None
        alpha = 1 - given.study.file.performance.level if target.kind in TESTED else None
        for over, chosen in ((USABLE, given.usable), (ALL, np.ones(len(given.own), dtype=bool))):
            yield [
                Estimated(
                    *(target.name, over, truth, len(given.own)),
                    value=parts["value"][chosen],
                    se=parts["se"][chosen],
                    lower=parts["lower"][chosen],
                    upper=parts["upper"][chosen],
                    p_value=parts["p_value"][chosen],
                    against=against,
                    firms=None if firms is None else firms[chosen],
                    alpha=alpha,
                )
            ]


def limits(given: Estimates) -> Iterator[Sequence[Limit]]:
    """What the method gives on the population's own moments, before and after the cut: no sampling, so no error.

    A method on polychoric correlations finds those of the answers: where all answer as they mean it, the moments
    before the cut. Moments without a closed form are simulated, from so many respondents. Answers are complete, or
    missing completely at random and their items' means filled in. Of themes there are none.
    """
    population, study, method = given.cell.survey, given.study, given.method
    if population is None:
        return
    cut = population.polychoric_moments if method.entry.ordinal else population.likert_moments
    if method.missing == "mean" and population.missing.completely_at_random:
        cut = filled_with_means(cut, population.missing.answered_together(study.model.items))
    before, after = (
        fitting.fit(study, method, Batch.of_moments(moments), values_only=True).value[0]
        for moments in (population.moments, cut)
    )
    truths = [float(population.truth([target])[0]) for target in study.estimands]
    known = {target.name for target in study.estimated(method)}
    yield [
        Limit(
            target.name, POPULATION, truth, 0, before=float(one), after=float(other), respondents=population.simulated
        )
        for target, truth, one, other in zip(study.estimands, truths, before, after, strict=True)
        if target.name in known
    ]


def claims(given: Estimates) -> Iterator[Sequence[Claim]]:
    """The claim to have found all themes, of a method that makes it: when it is made, and over all replications."""
    themes = next((target for target in given.study.estimands if target.name == "themes"), None)
    if given.cell.survey is not None or given.method.base not in CLAIMS or themes is None:
        return
    yield claims_of(given.own, float(given.cell.truth([themes])[0]))


def claims_of(own: pd.DataFrame, richness: float) -> list[Claim]:
    """The claims in a method's stored estimates of `richness` themes: where one is made, and over all replications."""
    made = own["status"].to_numpy() == Status.OK
    known = np.where(made, own["value:themes"].to_numpy() / richness, 0.0)
    after = own["iterations"].to_numpy().astype(float)
    return [
        Claim("themes", USABLE, richness, len(own), known=known[made], after=after[made]),
        Claim("themes", ALL, richness, len(own), known=known, after=after),
    ]
