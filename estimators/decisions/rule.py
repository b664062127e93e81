"""Rule: one decision of a researcher between the data and the table, made in many data sets at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from estimators.base import Estimator, Status
from sim.batch import Batch, Bools, Floats
from sim.errors import InputError
from sim.model import Model
from sim.targets import Target

#: What a rule may change.
Changes = Literal["nothing", "items", "model", "method", "respondents"]


@dataclass(frozen=True)
class Analysis:
    """What a researcher has in hand: R data sets of one size, the model, the method that the table is to come from.

    The columns of `batch` stand in the order of the model's items, and `batch.retained` (R, p) are the items that are
    left. deciding: the method that rules look at, whose solution is standardised; by default the table's own.
    """

    batch: Batch
    model: Model
    method: Estimator
    deciding: Estimator

    def rows(self, places: NDArray[np.intp]) -> "Analysis":
        """Some of the data sets."""
        return self if len(places) == len(self.batch) else replace(self, batch=self.batch.rows(places))

    @property
    def nothing_short(self) -> Bools:
        """No block is short (R, m)."""
        return np.zeros((len(self.batch), len(self.model.blocks)), dtype=bool)


@dataclass(frozen=True)
class Outcome:
    """What a rule made of some of the data sets it was given.

    places (k,): which ones. analysis: the k data sets, model and method as they are now. short (k, m): blocks that the
    rule would have taken more items from than it may. status (k,): that of a fit that failed while the rule was at
    work, which ends the replication; `Status.OK` otherwise. actions (k,): how often the rule changed something.
    told: by target and by part of `Estimates` ("value", "p_value"), numbers (k,) that stand in the table in place of
    the method's; NaN leaves the method's own.
    """

    places: NDArray[np.intp]
    analysis: Analysis
    short: Bools
    status: NDArray[np.int8]
    actions: NDArray[np.int32]
    told: Mapping[tuple[Target, str], Floats] = field(default_factory=dict)

    @property
    def failed(self) -> Bools:
        """Replications that end here, without numbers (k,)."""
        return self.status > Status.INADMISSIBLE


class Rule:
    """One decision of a researcher. A subclass is a frozen dataclass, whose fields are its settings in a study file.

    It sees what a researcher sees: data, model and fits, never the truth. It raises InputError for settings that make
    no sense, nothing for data that it cannot use: these it leaves as they are, or ends them with a fatal status.
    """

    #: The name in study files: `steps = [{ rule = "NAME" }]`.
    name: ClassVar[str]
    #: What it changes.
    changes: ClassVar[Changes] = "items"
    #: Whether it looks at the answers themselves; on moments alone it then does nothing.
    needs_answers: ClassVar[bool] = False
    #: Whether it decides by numbers in the units of the answers, such as variances, so that other units may change it.
    in_units: ClassVar[bool] = False
    #: Whether it decides by standard errors, intervals or p-values.
    needs_inference: ClassVar[bool] = False
    #: Whether it draws random numbers, from streams of its own.
    draws: ClassVar[bool] = False
    #: Whether it means anything in a bootstrap resample of a data set.
    repeatable: ClassVar[bool] = True
    #: Whether it looks at fits at all, so that `by` can name the method whose fits it looks at.
    fits: ClassVar[bool] = True
    #: The settings that are methods, or rules, of their own: written as tables in a study file.
    of_methods: ClassVar[tuple[str, ...]] = ()
    of_rules: ClassVar[tuple[str, ...]] = ()

    @property
    def label(self) -> str:
        """What a method with this rule is called in reports, after the method's own label."""
        return self.name

    @property
    def sentence(self) -> str:
        """What the rule does, in one sentence."""
        raise NotImplementedError

    def refusal(self, model: Model, deciding: Estimator) -> str | None:
        """Why the rule cannot decide anything about this model by this method, or None. Asked before any draw."""
        return None

    def reached(self, model: Model) -> Model:
        """A model that the rule may come to that asks more of methods and later steps; `model` if there is none."""
        return model

    def apply(self, analysis: Analysis) -> Sequence[Outcome]:
        """What becomes of the data sets: outcomes that have each of them once, those alike together."""
        raise NotImplementedError


def one_outcome(
    analysis: Analysis,
    short: Bools | None = None,
    status: NDArray[np.int8] | None = None,
    actions: NDArray[np.int32] | None = None,
    told: Mapping[tuple[Target, str], Floats] | None = None,
) -> Outcome:
    """The outcome of all the data sets of an analysis together; by default nothing was short, failed or done."""
    r = len(analysis.batch)
    return Outcome(
        np.arange(r),
        analysis,
        analysis.nothing_short if short is None else short,
        np.full(r, Status.OK, dtype=np.int8) if status is None else status,
        np.zeros(r, dtype=np.int32) if actions is None else actions,
        told or {},
    )


def no_standard_errors(rule: Rule, deciding: Estimator) -> str | None:
    """The refusal of a method that gives values only by a rule that decides by standard errors, or None."""
    if not rule.needs_inference or deciding.without_inference() != deciding:
        return None
    return (
        f"the rule {rule.name} decides by standard errors or p-values, and this method gives none; give the method "
        "resamples, or name another one to decide by: by = { estimator = 'ml' }"
    )


def check_number(key: str, value: object, low: float, high: float, ends: bool = False) -> None:
    """Raise InputError where a setting is no number between `low` and `high`, which are allowed if `ends` says so."""
    known = isinstance(value, float | int) and not isinstance(value, bool)
    if not known or not (low <= value <= high if ends else low < value < high):  # type: ignore[operator]
        upward = f"a number above {low:g}" if np.isinf(high) else f"a number between {low:g} and {high:g}"
        raise InputError(f"{key} is {value!r}; give {upward}")


def check_choice(key: str, value: object, choices: Sequence[str]) -> None:
    """Raise InputError where a setting is none of the choices."""
    if value not in choices:
        raise InputError(f"{key} is {value!r}; give {' or '.join(choices)}")


def check_switch(key: str, value: object) -> None:
    """Raise InputError where a setting is neither true nor false."""
    if not isinstance(value, bool):
        raise InputError(f"{key} is {value!r}; give true or false")
