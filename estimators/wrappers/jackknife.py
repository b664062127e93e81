"""Jackknife: standard errors from leaving out one respondent at a time, for any method."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
from scipy.special import stdtr, stdtrit

from estimators.base import Estimates, Estimator, Status
from estimators.inference.wald import beside_model_tests
from estimators.wrappers.wrapper import Asked, Wrapper
from sim.batch import Batch, Floats
from sim.missing import as_they_stand
from sim.model import Model
from sim.moments import delete_one_rows
from sim.targets import Target

#: What `inference` may be: the bootstrap is asked for by `resamples`, and may be named too.
INFERENCE = ("bootstrap", "jackknife")
#: Delete-one data sets fitted at a time.
_AT_ONCE = 512


@dataclass(frozen=True)
class Jackknife(Wrapper):
    """`inner`'s estimates with delete-one standard errors (Efron & Tibshirani 1993, eq. 11.5).

    SE: root of (n - 1) times the mean squared distance of the n delete-one estimates from their mean. Interval and
    p-value: t with n - 1 degrees of freedom about the plain estimate; its bias is not taken off. Targets of the whole
    model keep the inference of `inner`. Data sets on which the method fails are left out, and `Estimates.resamples`
    counts the rest; with fewer than half of n no inference is given. Nothing is drawn.
    """

    level: float = 0.95

    about: ClassVar = "inference"
    keys: ClassVar = ("inference",)
    example: ClassVar = ("sumscores", {"inference": "jackknife"})
    resampled: ClassVar = True
    words: ClassVar = ("jackknife",)
    needs_answers: ClassVar = "inference = 'jackknife'"

    @classmethod
    def around(cls, estimator: Estimator, asked: Asked) -> Estimator:
        """`inference = "jackknife"` asks for it."""
        asked.check_choice("inference", INFERENCE)
        return cls(estimator, asked.level) if asked.settings.get("inference") == "jackknife" else estimator

    def degrees_of_freedom(self, n: float) -> float:
        """One less than the respondents."""
        return n - 1.0

    def estimate(self, batch: Batch, model: Model, targets: tuple[Target, ...]) -> Estimates:
        """Values of `inner` with jackknife inference; see `Estimator.fit`. None on a population's moments."""
        if not batch.has_answers:
            return self.without_inference().fit(batch, model, targets)
        return beside_model_tests(self._resampled, self.inner, batch, model, targets)

    def _resampled(self, batch: Batch, model: Model, targets: Sequence[Target]) -> Estimates:
        """Estimates of the targets with jackknife inference for each."""
        method = self.inner.without_inference()
        point = method.fit(batch, model, targets)
        se = np.full(point.value.shape, np.nan)
        used, beyond = np.zeros(len(batch), dtype=np.int32), np.zeros(len(batch), dtype=np.int32)
        for r in np.flatnonzero(~point.fatal):
            values, inadmissible = delete_one_values(method, batch, int(r), model, targets)
            used[r], beyond[r] = len(values), inadmissible
            if 2 * len(values) >= batch.n and len(values) > 1:
                se[r] = np.sqrt((batch.n - 1) * values.var(axis=0))
        half = stdtrit(batch.n - 1, (1 + self.level) / 2) * se
        with np.errstate(divide="ignore", invalid="ignore"):
            p_value = 2 * stdtr(batch.n - 1, -np.abs(point.value / se))
        lower, upper = point.value - half, point.value + half
        return point.replaced(
            se=se, lower=lower, upper=upper, p_value=p_value, resamples=used, inadmissible_resamples=beyond
        )


def delete_one_values(
    method: Estimator, batch: Batch, r: int, model: Model, targets: Sequence[Target]
) -> tuple[Floats, int]:
    """Estimates (k, q) from data set r without each of its respondents in turn, and how many are inadmissible.

    Those on which the method fails are missing: k is n less their number.
    """
    answers = as_they_stand(batch)[r]
    n = len(answers)
    values, inadmissible = [], 0
    for start in range(0, n, _AT_ONCE):
        stop = min(start + _AT_ONCE, n)
        without = Batch.leaving_one_out(answers, start, stop, batch.retained[r], batch.items)
        if batch.missing is not None:
            without = replace(without, missing=batch.missing[r][delete_one_rows(n, start, stop)])
        fit = method.fit(without, model, targets)
        values.append(fit.value[~fit.fatal])
        inadmissible += int((fit.status == Status.INADMISSIBLE).sum())
    return np.concatenate(values), inadmissible
