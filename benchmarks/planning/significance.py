"""Which paths a method calls significant, with no more resamples than a decision needs.

A bootstrap test holds |estimate / SE| against a quantile, and after a tenth of the resamples the SE is known well
enough for most data sets. Only those that are close go on, to a third and then to all of the resamples. The first
resamples are the same ones, so a data set that goes on to the end is decided as it would have been at once.
"""

import dataclasses
from math import sqrt
from typing import Any

import numpy as np
from scipy.special import stdtrit

from benchmarks.planning.setting import Planned
from estimators.inference.intervals import FEWEST
from estimators.wrappers.bootstrap import Bootstrap
from sim.batch import Batch, Bools
from sim.targets import Target

#: Parts of the resamples after which data sets are decided that can be.
_PARTS = (0.1, 1 / 3)
#: How many standard errors of log SE, 1 / root (2 B) for nearly normal estimates, count as clear.
_CLEAR = 2.3


def significant(planned: Planned, batch: Batch, targets: tuple[Target, ...], alpha: float) -> Bools:
    """Whether each of R data sets has p < alpha for each target (R, q); never where the method fails.

    With a bootstrap it is decided early where that is clear. Against all resamples it differs in about one data set of
    a thousand (`tests/benchmarks/test_planning_questions.py`).
    """
    data, estimator = planned.data(batch), planned.method.estimator
    bootstrap = planned.method.wrapper(Bootstrap)
    if bootstrap is None:
        return _called(data, planned, targets, alpha)
    critical = -float(stdtrit(bootstrap.resamples - 1, alpha / 2))
    found = np.zeros((len(batch), len(targets)), dtype=bool)
    waiting = np.arange(len(batch))
    for part in _PARTS:
        some = int(bootstrap.resamples * part)
        if some < FEWEST or not len(waiting):
            continue
        fit = planned.fit(data.rows(waiting), targets, _with_resamples(estimator, some))
        with np.errstate(divide="ignore", invalid="ignore"):
            apart = np.log(np.abs(fit.value / fit.se) / critical)
        clear = (np.abs(apart) > _CLEAR / sqrt(2 * some)).all(axis=1) | fit.fatal
        found[waiting[clear]] = apart[clear] > 0  # NaN, of a failed fit, is not
        waiting = waiting[~clear]
    if len(waiting):
        found[waiting] = _called(data.rows(waiting), planned, targets, alpha)
    return found


def _called(data: Batch, planned: Planned, targets: tuple[Target, ...], alpha: float) -> Bools:
    return np.asarray(planned.fit(data, targets).p_value < alpha)


def _with_resamples(estimator: Any, resamples: int) -> Any:
    """The estimator with another number of bootstrap resamples in whichever layer they are drawn."""
    if isinstance(estimator, Bootstrap):
        return dataclasses.replace(estimator, resamples=resamples)
    return dataclasses.replace(estimator, inner=_with_resamples(estimator.inner, resamples))
