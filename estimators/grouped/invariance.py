"""Measurement invariance: a model fitted to groups with more and more held equal, and the test of each step.

Joreskog (1971), Psychometrika 36, 409-426; Meredith (1993), Psychometrika 58, 525-543. Steps and their names as
Vandenberg & Lance (2000), Organizational Research Methods 3, 4-70, have them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from estimators.base import Status
from estimators.constrained.fitting import Search
from estimators.constrained.ratios import difference
from estimators.grouped.equal import Equal
from estimators.grouped.inference import Robust, information_covariance
from estimators.grouped.measures import Measures, measures
from estimators.grouped.search import CLOSELY, GroupFit, Sample, fit_groups
from estimators.grouped.told import Parameter, parameters
from sim.batch import Floats
from sim.errors import InputError, unknown
from sim.model import Model

#: What is equal in all groups at each step.
STEPS: dict[str, tuple[Equal, ...]] = {
    "configural": (),
    "metric": ("loadings",),
    "scalar": ("loadings", "intercepts"),
    "strict": ("loadings", "intercepts", "residuals"),
}
#: The inference of a fit: normal theory, or robust to answers that are not normal.
Method = Literal["ml", "mlr"]


@dataclass(frozen=True)
class Difference:
    """The test of a step against the one before: chi-square difference, df, p-value; changes of CFI and RMSEA.

    Of robust fits the difference is scaled (Satorra & Bentler 2001); NaN where its factor is not positive.
    """

    statistic: float
    df: int
    p_value: float
    cfi: float
    rmsea: float


@dataclass(frozen=True)
class Step:
    """One step: its fit with measures, covariances (k, k) and parameters; the test against the step before."""

    name: str
    fit: GroupFit
    measures: Measures
    covariance: Floats
    against: str = ""
    difference: Difference | None = None

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """Every parameter of every group."""
        return parameters(self.fit, self.covariance)


@dataclass(frozen=True)
class Failed:
    """A step that has no fit, why, and the place of the group that is the cause, where it is one alone."""

    name: str
    status: Status
    group: int | None


def fitted(
    samples: Sequence[Sample],
    model: Model,
    equal: Sequence[str] = (),
    partial: Sequence[str] = (),
    method: Method = "ml",
    search: Search = CLOSELY,
    name: str = "",
) -> Step | Failed:
    """The model in all groups with what is `equal` held so but for `partial`, as in `tables_of`.

    ml: expected information; mlr: the sandwich with observed information, and the scaled test (Yuan & Bentler 2000).
    Raises InputError for names that are none.
    """
    found = fit_groups(samples, model, equal, partial, search)
    if not isinstance(found, GroupFit):
        return Failed(name, *found)
    robust = Robust(found) if method == "mlr" else None
    covariance = information_covariance(found) if robust is None else robust.covariance
    return Step(name, found, measures(found, robust), covariance)


def invariance(
    samples: Sequence[Sample],
    model: Model,
    steps: Sequence[str] = ("configural", "metric", "scalar", "strict"),
    partial: Sequence[str] = (),
    method: Method = "ml",
    search: Search = CLOSELY,
) -> tuple[Step | Failed, ...]:
    """The steps of invariance, each with its test against the last step before it that has a fit.

    partial: parameters that stay free in each group, by their names (`x3~1`). Raises InputError for fewer than two
    groups and for steps that are none.
    """
    if len(samples) < 2:
        raise InputError(f"{len(samples)} group was given; invariance compares two or more")
    for name in steps:
        if name not in STEPS:
            raise InputError(f"step: {unknown('step', name, tuple(STEPS))}")
    if method not in ("ml", "mlr"):
        raise InputError(f"method is '{method}'; groups are fitted by ml or mlr")
    told: list[Step | Failed] = []
    before: Step | None = None
    for name in sorted(set(steps), key=[*STEPS].index):
        step = fitted(samples, model, STEPS[name], partial, method, search, name)
        if isinstance(step, Step):
            if before is not None:
                step = compared(before, step)
            before = step
        told.append(step)
    return tuple(told)


def compared(larger: Step, smaller: Step) -> Step:
    """The smaller, more restricted step with its test against the larger.

    Raises InputError where it has fewer degrees of freedom; without a test where it has as many.
    """
    df = smaller.measures.df - larger.measures.df
    if df < 0:
        raise InputError(f"{smaller.name} has {df:+d} degrees of freedom against {larger.name}; give the larger first")
    ends = [(step.fit.statistic, float(step.measures.df), step.measures.scaling) for step in (larger, smaller)]
    test = None
    if df:
        (one, d_one, c_one), (two, d_two, c_two) = ends
        # A saturated model has no factor, and none is needed: its df is 0.
        factors = np.array([c_one if d_one else 0.0]), np.array([c_two])
        test = difference(np.array([two - one]), np.array([d_one]), np.array([d_two]), factors)
    told = Difference(
        statistic=float(test.statistic[0]) if test else np.nan,
        df=df,
        p_value=float(test.p_value[0]) if test else np.nan,
        cfi=smaller.measures.cfi - larger.measures.cfi,
        rmsea=smaller.measures.rmsea - larger.measures.rmsea,
    )
    return Step(smaller.name, smaller.fit, smaller.measures, smaller.covariance, larger.name, told)
