"""Structural after measurement on incomplete answers: FIML block by block, then the structure (`missing = "fiml"`)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from estimators.base import Estimates, Status
from estimators.constrained.descent import Region, descend
from estimators.constrained.fitting import MOST_STEPS, Search
from estimators.constrained.incomplete import (
    Incomplete,
    answered,
    fiml,
    item_moments,
    patterns_of,
    unrestricted,
)
from estimators.constrained.table import Row
from estimators.factors.general import general_estimates, with_general_inference
from estimators.incomplete.likelihood import needs, one_by_one
from estimators.incomplete.twostage import free_moments, unusable
from estimators.twostep.general import BothSteps, Places, Steps, TwoStep, two_steps
from estimators.twostep.sam import LocalSAM
from sim.batch import Batch, Bools, Floats
from sim.model import Model
from sim.targets import Target


@dataclass(frozen=True)
class IncompleteSAM(LocalSAM):
    """SAM of answers of which some are missing at random.

    Every block is measured by FIML of its own items; the mapping takes the free covariances of the EM algorithm to
    those of the constructs ("local"), or the likelihood of all answers is maximised with the measurement held
    ("global"). Standard errors are two-step ones with the observed information of all answers, means of the items among
    the first step's parameters. On complete answers it is SAM. Statuses are those of SAM and of FIML.
    """

    def __post_init__(self) -> None:
        needs(self, _NEEDED, "fiml")

    def estimate(self, batch: Batch, model: Model, targets: tuple[Target, ...]) -> Estimates:
        """Values of the targets with inference; see `Estimator.fit`."""
        if batch.missing is None:
            return super().estimate(batch, model, targets)
        asked = Steps(self.measurement, self.errors, self.bounds, self.structure, self.max_iterations)

        def of_one(one: Batch) -> Estimates | Status:
            told = both_steps(replace(one.aligned(model.items), items=model.items), model, asked)
            if isinstance(told, Status):
                return told
            both, moments = told
            estimates = general_estimates(both.found, {}, moments, model, targets, self.solution, "loadings")
            if not self.standard_errors:
                return estimates
            return with_general_inference(estimates, both.found, both.spread, model, self.solution, self.level)

        return one_by_one(batch, model, targets, of_one)


#: Settings that go with missing answers in one way only, and why.
_NEEDED = (
    ("measurement", "ml", "which measures by the likelihood of the answers that there are"),
    ("scaling", "first", "whose raw solution has first items for its scale"),
)


def both_steps(batch: Batch, model: Model, steps: Steps) -> tuple[TwoStep, Batch] | Status:
    """Both steps on one data set with missing answers, and its free moments as a batch; or why there are none."""
    answers, missing = answered(batch, 0)
    if told := unusable(answers, missing):
        return told
    kept = np.flatnonzero(batch.retained[0])
    patterns = patterns_of(answers, missing)
    free = unrestricted(patterns, tuple(model.items[i] for i in kept), *item_moments(answers, missing))
    if isinstance(free, Status):
        return free
    moments = free_moments(free[0], free[1], len(answers), batch, model)

    class OnThese(_WithGaps):
        gaps = batch

    return two_steps(moments, model, steps, OnThese), moments


class _WithGaps(BothSteps):
    """Both steps on the answers of `gaps` (R = 1), whose free moments are `batch`."""

    gaps: Batch

    def prepare(self) -> None:
        """Means, and all that is of means beside the parameters."""
        self.kept = np.flatnonzero(self.gaps.retained[0])
        self.means = self.batch.moments.means[0, self.kept].copy()
        self.of_means = np.zeros((len(self.kept),) * 2)
        self.across = np.zeros((len(self.theta), len(self.kept)))
        self.measured_means = np.zeros(len(self.kept), dtype=bool)

    def measured(self, own: Model) -> tuple[Sequence[Row], Floats, Floats, Status] | Status:
        """The measurement by FIML of its own items."""
        part = self.gaps.only(own.items)
        found = fiml(part, own, 0, Search("likelihood", self.steps.bounds, 1e-9, self.steps.limit))
        if isinstance(found, Status):
            return found
        self.at = [int(np.flatnonzero(self.kept == self.model.items.index(item))[0]) for item in found.table.items]
        self.means[self.at] = found.means
        return found.table.free, found.theta, found.spread, found.status

    def placed(self, own: Model, spread: Floats, k: int, here: Places, there: Places) -> None:
        """The covariances of the means, and of them with the parameters."""
        at = np.array(self.at)
        self.of_means[np.ix_(at, at)] = spread[k:, k:]
        self.across[np.ix_(there, at)] = spread[np.ix_(here, np.arange(k, k + len(at)))]
        self.measured_means[at] = True

    def information(self) -> tuple[Floats, Floats, Bools]:
        """The observed information of all answers, means behind the parameters."""
        spread = np.block([[self.spread, self.across], [self.across.T, self.of_means]])
        later = np.concatenate([self.structural, ~self.measured_means])
        return self._objective().hessian(np.append(self.theta, self.means)), spread, later

    def searched(self, within: Region) -> Status:
        """The structure by the likelihood of all answers."""
        k, p = len(self.theta), len(self.means)
        held = np.eye(p)[self.measured_means]
        ties = np.block([[within.ties, np.zeros((len(within.ties), p))], [np.zeros((len(held), k)), held]])
        open_ended = np.full(p, np.inf)
        wide = Region(
            ties, np.append(within.values, self.means[self.measured_means]),
            np.append(within.lower, -open_ended), np.append(within.upper, open_ended),
        )  # fmt: skip
        end = descend(
            self._objective(), np.append(self.theta, self.means), wide, 1e-9, min(self.steps.limit, MOST_STEPS)
        )
        if not end.settled:
            return Status.NOT_CONVERGED
        self.theta, self.means = end.theta[:k], end.theta[k:]
        return Status.OK

    def _objective(self) -> Incomplete:
        return Incomplete(patterns_of(*answered(self.gaps, 0)), self.layout)
