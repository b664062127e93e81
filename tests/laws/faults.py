"""Planted faults: estimators that are right but for one thing, each under the law that must catch it."""

import os
import random
import time
import warnings
from dataclasses import dataclass, field, replace

import numpy as np

from estimators.base import Status
from estimators.composites.consistent import ConsistentPLS
from estimators.composites.pls import PLS
from estimators.composites.sumscores import SumScores
from estimators.wrappers.bootstrap import Bootstrap
from sim.batch import Batch, Moments


@dataclass(frozen=True)
class Faulty:
    """A right method; a subclass changes what goes in (`batch`) or what comes out (`result`)."""

    inner: object = field(default_factory=SumScores)

    def refusal(self, model):
        return self.inner.refusal(model)

    def without_inference(self):
        return replace(self, inner=self.inner.without_inference())

    def fit(self, batch, model, targets=None):
        seen = self.seen(batch, model)
        return self.result(self.inner.fit(seen, model, targets), batch, model)

    def seen(self, batch, model):
        return batch

    def result(self, fit, batch, model):
        return fit


def with_answers(batch, answers):
    """The batch with other answers, everything else as it was."""
    return replace(Batch.of(answers, batch.replications, batch.address), retained=batch.retained)


def shifted(fit, by):
    """Estimates with a number (R,) added to every value."""
    return fit.replaced(value=fit.value + np.asarray(by)[:, None])


class NeighboursData(Faulty):
    """Fits the data set before."""

    def seen(self, batch, model):
        return with_answers(batch, np.roll(batch.raw, 1, axis=0)) if batch.has_answers else batch


class PooledSpread(Faulty):
    """Standardises every item by its spread in the whole batch, and then adds up."""

    def seen(self, batch, model):
        if not batch.has_answers:
            return batch
        spread = batch.raw.std(axis=(0, 1))
        return with_answers(batch, batch.raw / np.where(spread > 0, spread, 1.0))


class SizeOfTheBatch(Faulty):
    """A last digit depends on how many data sets are fitted together."""

    def result(self, fit, batch, model):
        return shifted(fit, np.full(len(batch), 1e-12 * len(batch)))


class PlaceInTheBatch(Faulty):
    """A last digit depends on the place of the data set."""

    def result(self, fit, batch, model):
        return shifted(fit, 1e-12 * np.arange(len(batch)))


class RaisesOnConstantItems(Faulty):
    """Ends the whole study for one data set."""

    def fit(self, batch, model, targets=None):
        if (np.diagonal(batch.moments.covariances, axis1=1, axis2=2) == 0).any():
            raise ZeroDivisionError("division by a standard deviation of 0")
        return self.inner.fit(batch, model, targets)


class OneFailsAllFail(Faulty):
    """Gives every data set the status of the worst."""

    def result(self, fit, batch, model):
        status = np.full_like(fit.status, fit.status.max(initial=0))
        return fit.without(np.True_, status=status) if status.max() > Status.INADMISSIBLE else fit


class FailureIsOK(Faulty):
    """Calls failed fits good and fills their numbers in."""

    def result(self, fit, batch, model):
        return fit.replaced(status=np.zeros_like(fit.status), value=np.nan_to_num(fit.value))


class ChangesAnswers(Faulty):
    """Centres the answers where they lie."""

    def seen(self, batch, model):
        if batch.answers is not None:
            batch.answers[:] -= batch.answers.min(axis=1, keepdims=True)
        return batch


class ChangesMoments(Faulty):
    """Turns the shared covariances into correlations where they lie."""

    def result(self, fit, batch, model):
        batch.moments.covariances[:] = batch.moments.correlations
        return fit


class Remembers(Faulty):
    """Every fit starts where the last one ended."""

    fits = 0

    def result(self, fit, batch, model):
        Remembers.fits += 1
        return shifted(fit, np.full(len(batch), 1e-9 * Remembers.fits))


class TargetsInItsOwnOrder(Faulty):
    """Gives the first targets of the model whatever is asked for."""

    def fit(self, batch, model, targets=None):
        wanted = model.targets if targets is None else tuple(targets)
        fit = self.inner.fit(batch, model, model.targets[: len(wanted)])
        return fit.replaced(targets=wanted)


class OtherValuesAlone(Faulty):
    """Stops earlier where no standard errors are asked for."""

    def without_inference(self):
        return NeverMind(self.inner.without_inference())


class NeverMind(Faulty):
    """A little off."""

    def result(self, fit, batch, model):
        return shifted(fit, np.full(len(batch), 1e-7))


class WeighsByPlace(Faulty):
    """Weighs items by their place in the questionnaire."""

    def seen(self, batch, model):
        return with_moments(batch, 1.0 / np.arange(1, len(model.items) + 1))


def with_moments(batch, factors):
    """The batch with every item multiplied by its factor (p,)."""
    given = batch.moments
    scaled = Moments(given.means * factors, given.covariances * np.outer(factors, factors), given.n)
    return replace(batch, moments_given=scaled)


class FirstHalf(Faulty):
    """Estimates from the first half of the respondents."""

    def seen(self, batch, model):
        return with_answers(batch, batch.raw[:, : batch.raw.shape[1] // 2]) if batch.has_answers else batch


class OverflowingSums(Faulty):
    """Squares answers in the type they come in."""

    def seen(self, batch, model):
        return with_answers(batch, batch.raw * batch.raw * batch.raw) if batch.has_answers else batch


class PositivePaths(Faulty):
    """Drops the sign of every estimate."""

    def result(self, fit, batch, model):
        return fit.replaced(value=np.abs(fit.value))


class IgnoresRetained(Faulty):
    """Takes items that are no longer in the study."""

    def seen(self, batch, model):
        return batch.keep(np.ones_like(batch.retained))


class SaysAllItems(Faulty):
    """Leaves items out and does not say so."""

    def result(self, fit, batch, model):
        return fit.replaced(retained=np.ones_like(fit.retained))


class RaisesOnFewRespondents(Faulty):
    """Inverts the items' correlations without a look at n."""

    def fit(self, batch, model, targets=None):
        if batch.n <= len(model.items):
            raise np.linalg.LinAlgError("Singular matrix")
        return self.inner.fit(batch, model, targets)


class NaNWithOK(Faulty):
    """Calls a fit good that gives no numbers, where respondents are few."""

    def result(self, fit, batch, model):
        return fit.replaced(value=np.full_like(fit.value, np.nan)) if batch.n <= len(model.items) else fit


class NumbersWithFailure(Faulty):
    """Calls some fits failed and leaves their numbers there."""

    def result(self, fit, batch, model):
        status = np.where(fit.value[:, 0] < 0, Status.NOT_CONVERGED, fit.status)
        return fit.replaced(status=status.astype(np.int8))


class NegativeErrors(Faulty):
    """Standard errors with the sign of the estimate."""

    def result(self, fit, batch, model):
        return fit.replaced(se=fit.se * np.sign(fit.value))


class NeedsAnswers(Faulty):
    """Asks for raw answers where there are none."""

    def seen(self, batch, model):
        return with_answers(batch, batch.raw)


class ErrorsOfPopulations(Faulty):
    """Gives standard errors for infinitely many respondents."""

    def result(self, fit, batch, model):
        return fit.replaced(se=np.where(np.isnan(fit.value), np.nan, 0.0))


class RoundsOff(Faulty):
    """Gives three decimals."""

    def result(self, fit, batch, model):
        return fit.replaced(value=np.round(fit.value, 3))


class NoEstimates(Faulty):
    """Returns bare numbers."""

    def result(self, fit, batch, model):
        return fit.value


class Transposed(Faulty):
    """Reports the items of one data set only."""

    def result(self, fit, batch, model):
        return fit.replaced(retained=fit.retained[:1, 1:])


class CannotBeSent(Faulty):
    """Holds what no other process can have."""

    def __reduce__(self):
        raise TypeError("cannot pickle '_thread.lock' object")


@dataclass(frozen=True)
class NeverSaysSo(Faulty):
    """Stops at its limit of iterations and calls that converged."""

    max_iterations: int = 300

    def result(self, fit, batch, model):
        return shifted(fit, np.full(len(batch), 1.0 / self.max_iterations**3))


class DividesByRootB(Faulty):
    """The standard error of the resamples' mean for that of the estimate."""

    def result(self, fit, batch, model):
        b = getattr(self.inner, "resamples", np.inf)
        return fit.replaced(se=fit.se / np.sqrt(b))


class NeedsAnswersOfSamples(Faulty):
    """Asks for the answers of pairwise covariances."""

    def seen(self, batch, model):
        return batch if batch.has_answers or not np.isfinite(batch.n) else with_answers(batch, batch.raw)


#: (law, a faulty method, the claims made for it).
FAULTS = [
    ("batch-equals-loop", NeighboursData(), {}),
    ("batch-equals-loop", PooledSpread(), {}),
    ("batch-equals-loop", PlaceInTheBatch(), {}),
    ("batch-equals-loop", NoEstimates(), {}),
    ("batch-equals-loop", Transposed(), {}),
    ("chunks-and-order", SizeOfTheBatch(), {}),
    ("chunks-and-order", PlaceInTheBatch(), {}),
    ("chunks-and-order", PooledSpread(), {}),
    ("broken-alone", RaisesOnConstantItems(), {}),
    ("broken-alone", OneFailsAllFail(), {}),
    ("broken-alone", FailureIsOK(), {}),
    ("repeatable", ChangesAnswers(), {}),
    ("repeatable", ChangesMoments(), {}),
    ("repeatable", Remembers(), {}),
    ("targets-asked", TargetsInItsOwnOrder(), {}),
    ("inference-apart", OtherValuesAlone(), {}),
    ("item-order", WeighsByPlace(), {"raw_units": True}),
    ("construct-order", WeighsByPlace(), {"raw_units": True}),
    ("respondent-order", FirstHalf(), {}),
    ("answer-type", OverflowingSums(), {}),
    ("rescaling", SumScores(), {"raw_units": False}),
    ("rescaling", OverflowingSums(), {"raw_units": True}),
    ("rescaling", PLS(), {"ordinal": True}),
    ("reversed-construct", PositivePaths(), {}),
    ("reversed-item", SumScores(), {"raw_units": False}),
    ("reversed-item", PositivePaths(PLS()), {}),
    ("leaving-out", IgnoresRetained(), {}),
    ("leaving-out", SaysAllItems(), {}),
    ("honest-status", RaisesOnFewRespondents(), {}),
    ("honest-status", NaNWithOK(), {}),
    ("honest-status", NumbersWithFailure(), {}),
    ("honest-status", FailureIsOK(), {}),
    ("honest-status", NegativeErrors(), {}),
    ("moments-alone", NeedsAnswers(), {}),
    ("moments-alone", ErrorsOfPopulations(), {}),
    ("truth", SumScores(), {"consistent": True}),
    ("truth", PLS(), {"consistent": True}),
    ("truth", RoundsOff(ConsistentPLS()), {"consistent": True}),
    ("needs-categories", PLS(), {"ordinal": True}),
    ("threads-and-copies", CannotBeSent(), {}),
    ("iteration-limit", NeverSaysSo(), {}),
    ("resamples-kept", DividesByRootB(Bootstrap(SumScores(), 40)), {}),
    ("gaps-handled", NeedsAnswersOfSamples(), {}),
]


def environment(fit, batch, model):
    os.environ["LOADSTONE_FAULT"] = str(random.getrandbits(40))
    return fit


def filters(fit, batch, model):
    warnings.simplefilter(
        "ignore", category=(UserWarning, FutureWarning, DeprecationWarning)[len(warnings.filters) % 3]
    )
    warnings.filterwarnings("ignore", message=str(time.perf_counter()))
    return fit


def pooled(fit, batch, model):
    values = fit.value - np.nanmean(fit.value, axis=0) if len(fit.value) else fit.value
    return fit.replaced(value=np.where(fit.fatal[:, None], np.nan, fit.value + 1e-9 * np.nan_to_num(values)))


def writes_retained(batch, model):
    batch.retained[:, -1] = False
    return batch


def centred_in_place(batch, model):
    if batch.answers is not None and batch.answers.dtype.kind == "f":
        np.subtract(batch.answers, batch.answers.mean(axis=1, keepdims=True), out=batch.answers)
    return batch


def moments_in_place(fit, batch, model):
    batch.moments.covariances[...] *= 1.0 + 1e-3
    return fit


def same_stream(batch, model):
    return replace(batch, replications=np.zeros_like(batch.replications))


def same_address(batch, model):
    from sim.batch import NOWHERE

    return replace(batch, address=NOWHERE)
