"""What every method is: `fit(batch, model) -> Estimates`, with a status for each replication."""

from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from enum import IntEnum
from functools import cached_property
from typing import ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from sim.batch import Batch, Bools, Floats
from sim.errors import InputError
from sim.model import Model
from sim.targets import Target


class Status(IntEnum):
    """How a replication ended. OK and INADMISSIBLE carry numbers, every other one carries NaN."""

    OK = 0
    INADMISSIBLE = 1
    NOT_CONVERGED = 2
    SINGULAR = 3
    CONSTANT_ITEM = 4
    UNIDENTIFIED = 5
    NEGATIVE_RELIABILITY = 6
    NOT_ORDINAL = 7
    TOO_FEW_ANSWERS = 8
    CONTRADICTORY = 9
    RAISED = 10
    OVERTIME = 11

    @property
    def fatal(self) -> bool:
        """True where no number can be given."""
        return self > Status.INADMISSIBLE

    @property
    def meaning(self) -> str:
        """The status in words."""
        return _MEANINGS[self]


#: As a plain number, which is compared faster.
WORST_USABLE = int(Status.INADMISSIBLE)

_MEANINGS = {
    Status.OK: "estimated",
    Status.INADMISSIBLE: "estimated, but outside what can exist (negative variance, or correlation beyond 1)",
    Status.NOT_CONVERGED: "the iterations did not settle within their limit",
    Status.SINGULAR: "a matrix that must be inverted is singular",
    Status.CONSTANT_ITEM: "an item was answered alike by every respondent",
    Status.NEGATIVE_RELIABILITY: "the correction for unreliability has no solution: a reliability is negative",
    Status.NOT_ORDINAL: "the method needs answers in few categories, coded as whole numbers",
    Status.TOO_FEW_ANSWERS: "missing answers leave too few respondents to estimate anything",
    Status.CONTRADICTORY: "covariances from different respondents cannot all hold together (pairwise)",
    Status.RAISED: "the method raised an error, or gave numbers that are none; the first traceback is kept",
    Status.OVERTIME: "the method took longer than the time limit of the run",
    Status.UNIDENTIFIED: "the data do not determine the estimates (a block unrelated to its neighbours, n too small)",
}


#: The numbers of `Estimates`: the fields with a column for each target.
PARTS = ("value", "se", "lower", "upper", "p_value")


@dataclass(frozen=True)
class Estimates:
    """What a method says of R replications about q targets, on the standardised scale.

    value, se, lower, upper, p_value (R, q): NaN where the method gives none. status (R,) of Status; iterations (R,).
    retained (R, p): the items the estimates rest on. short (R, m): blocks of which a screening rule alone would have
    left too few items. resamples (R,): usable resamples; inadmissible_resamples (R,): inadmissible ones among all that
    were looked at; both -1 where there are none to count. respondents (R,): those left after the handling of missing
    answers, -1 where nothing was to be handled. changes (R,): what decisions changed in the model, as
    `sim.respecification` writes it; empty where they changed nothing.
    """

    targets: tuple[Target, ...]
    value: Floats
    status: NDArray[np.int8]
    retained: Bools
    short: Bools
    se: Floats = field(default_factory=lambda: np.empty(0))
    lower: Floats = field(default_factory=lambda: np.empty(0))
    upper: Floats = field(default_factory=lambda: np.empty(0))
    p_value: Floats = field(default_factory=lambda: np.empty(0))
    iterations: NDArray[np.int32] = field(default_factory=lambda: np.empty(0, dtype=np.int32))
    resamples: NDArray[np.int32] = field(default_factory=lambda: np.empty(0, dtype=np.int32))
    inadmissible_resamples: NDArray[np.int32] = field(default_factory=lambda: np.empty(0, dtype=np.int32))
    respondents: NDArray[np.int32] = field(default_factory=lambda: np.empty(0, dtype=np.int32))
    changes: NDArray[np.str_] = field(default_factory=lambda: np.empty(0, dtype=np.str_))

    def __post_init__(self) -> None:
        shape = (len(self.status), len(self.targets))
        fatal = self.fatal
        check = bool(fatal.any())
        lacking = [name for name in PARTS[1:] if getattr(self, name).size == 0]
        for name, blank in zip(lacking, np.full((len(lacking), *shape), np.nan), strict=True):
            object.__setattr__(self, name, blank)
        for name in PARTS:
            array = getattr(self, name)
            if array.shape != shape:
                raise ValueError(f"{name} has shape {array.shape}; {shape} is needed (replications, targets)")
            elif check and not np.isnan(array[fatal]).all():
                raise ValueError(f"{name} holds numbers in replications with a fatal status; they must be NaN")
        counts = {"iterations": 0, "resamples": -1, "inadmissible_resamples": -1, "respondents": -1}
        for name, missing in counts.items():
            if getattr(self, name).size == 0:
                object.__setattr__(self, name, np.full(len(self.status), missing, dtype=np.int32))
            elif getattr(self, name).shape != self.status.shape:
                raise ValueError(f"{name} has shape {getattr(self, name).shape}; {self.status.shape} is needed")
        if self.changes.size == 0:
            object.__setattr__(self, "changes", np.full(len(self.status), ""))
        elif self.changes.shape != self.status.shape:
            raise ValueError(f"changes has shape {self.changes.shape}; {self.status.shape} is needed")

    @property
    def fatal(self) -> Bools:
        """Replications without numbers (R,)."""
        return self.status > WORST_USABLE

    def column(self, name: str) -> int:
        """Column of the target called `name`."""
        return self._columns[name]

    @cached_property
    def _columns(self) -> dict[str, int]:
        return {target.name: q for q, target in enumerate(self.targets)}

    def rows(self, chosen: NDArray[np.integer] | slice) -> "Estimates":
        """Some replications, by their places."""
        return self.replaced(**{name: getattr(self, name)[chosen] for name in _BY_REPLICATION})

    @classmethod
    def joined(cls, parts: Sequence["Estimates"]) -> "Estimates":
        """The estimates of several batches, one after another."""
        whole = {name: np.concatenate([getattr(part, name) for part in parts]) for name in _BY_REPLICATION}
        return parts[0].replaced(**whole)

    def without(self, gone: Bools, **changes: object) -> "Estimates":
        """A copy without numbers where `gone`, which is broadcast to (R, q), and with some fields changed."""
        return self.replaced(**{part: np.where(gone, np.nan, getattr(self, part)) for part in PARTS}, **changes)

    def spread(self, columns: Sequence[int], q: int) -> dict[str, Floats]:
        """The numbers as the `columns` of arrays (R, q), NaN in the others, by the names of the fields."""
        wide = {part: np.full((len(self.status), q), np.nan) for part in PARTS}
        for part, array in wide.items():
            array[:, columns] = getattr(self, part)[:, : len(columns)]
        return wide

    def replaced(self, **changes: object) -> "Estimates":
        """A copy with some fields changed."""
        return replace(self, **changes)  # type: ignore[arg-type]


#: The fields of `Estimates` that have a row for each replication.
_BY_REPLICATION = tuple(part.name for part in fields(Estimates) if part.name != "targets")


class Estimator(Protocol):
    """A method with its settings. Frozen; equal settings always give the same estimates for a data set."""

    def refusal(self, model: Model) -> str | None:
        """Why this method cannot estimate the model at all, or None. Asked before any draw."""
        ...

    def fit(self, batch: Batch, model: Model, targets: Sequence[Target] | None = None) -> Estimates:
        """Estimates of `targets` (default: `model.targets`) for every replication of the batch.

        Only the items of `batch.retained` take part. Raises nothing for data it cannot use: it sets the status.
        """
        ...

    def without_inference(self) -> "Estimator":
        """A method that gives these values only, where standard errors cost time."""
        ...


#: The methods of the catalogue that fit products of constructs, by their names, and their classes' names.
FIT_PRODUCTS = {
    "pls": "PLS", "plsc": "ConsistentPLS", "gsca": "GSCA", "components": "Components", "sumscores": "SumScores",
    "regression_scores": "RegressionScores", "bartlett_scores": "BartlettScores", "disattenuated": "Disattenuated",
    "croon": "Croon", "ml": "MaximumLikelihood", "mlm": "SatorraBentler", "mlr": "HuberWhite",
    "gls": "GeneralizedLeastSquares", "uls": "UnweightedLeastSquares", "miiv": "ModelImpliedInstruments",
}  # fmt: skip


def has_product(model: Model, rest: str = "; leave it out") -> str:
    """The refusal of a model with products: how all of them begin, and the `rest` from its comma or semicolon on."""
    return f"the model has the product {Target('product', model.products[0]).name}{rest}"


def product_beside_second_order(model: Model) -> str:
    """The refusal of a model with products and constructs of second order."""
    whole = model.second_order[0].construct
    return has_product(model, f" and the second-order construct {whole}; leave one of the two out")


def product_refusal(model: Model, method: str, of: object = None) -> str | None:
    """The refusal of a `method` that fits no product of constructs, or None.

    of: the estimator; one that would fit them under `estimators.products.wrapper.Products` says so.
    """
    if not model.products:
        return None
    for known, kind in FIT_PRODUCTS.items():
        if type(of).__name__ == kind:
            return has_product(
                model,
                f", and this {kind} was made without the model, so that it multiplies no constructs; make it for the "
                f"model, `estimators.methods.build('{known}', {{}}, 0.95, model=model)` or put "
                "`estimators.products.wrapper.Products` around it",
            )
    return has_product(
        model,
        f", which {method} does not fit; leave it out, or choose one of the methods that do: {', '.join(FIT_PRODUCTS)}",
    )


def beyond_names(model: Model, method: str, of: object = None) -> str | None:
    """The refusal of a `method` that estimates every loading and path freely, each item for one construct, or None.

    of: the estimator, as in `product_refusal`.
    """
    if told := product_refusal(model, method, of):
        return told
    if model.beyond is None:
        return None
    others = "ml or mlr" if model.with_means else "ml, mlm, mlr, gls or uls"
    return (
        f"the model has {model.beyond} and {method} estimates every loading, path and covariance freely, each item for "
        f"one construct; leave it out, or choose {others}"
    )


def _with_differences(whole: Estimates, wanted: tuple[Target, ...]) -> Estimates:
    """Estimates of the wanted targets from those of all but differences of paths, which have values only."""
    places = {target: q for q, target in enumerate(whole.targets)}
    columns = {part: np.full((len(whole.status), len(wanted)), np.nan) for part in PARTS}
    for q, target in enumerate(wanted):
        if target.kind == "difference":
            first, second = (whole.value[:, places[path]] for path in target.paths)
            columns["value"][:, q] = first - second
        else:
            for part, column in columns.items():
                column[:, q] = getattr(whole, part)[:, places[target]]
    return whole.replaced(targets=wanted, **columns)


class AlignedEstimator:
    """The door that the project's estimators share: answers come in under any order of names, and go on in the model's.

    A subclass gives `estimate`, and `refusal` and `without_inference` where what stands here does not hold for it.
    """

    #: Whether it fits models with fixed, equal or bounded parameters, or items of several constructs.
    fits_terms: ClassVar[bool] = False
    #: Whether it fits products of constructs, or leaves them to a method inside that does.
    fits_products: ClassVar[bool] = False
    #: Whether it is a layer around a method, which gives what follows from its other targets itself.
    passes_on: ClassVar[bool] = False

    def refusal(self, model: Model) -> str | None:
        """Any model of the project can be estimated that says no more than which names belong together."""
        return beyond_names(model, "this method", self)

    def without_inference(self) -> Estimator:
        """The method itself: it gives values only."""
        return self

    def fit(self, batch: Batch, model: Model, targets: Sequence[Target] | None = None) -> Estimates:
        """Estimates of `targets` (default: `model.targets`); see `Estimator.fit`.

        `Estimates.retained` stands in the order of the model's items. Raises InputError where the batch is about other
        items than the model.
        """
        if not self.fits_products and (told := product_refusal(model, type(self).__name__, self)):
            raise InputError(told)
        without = replace(model, products=()) if model.products else model
        if not self.fits_terms and (told := beyond_names(without, type(self).__name__)):
            raise InputError(told)
        wanted = model.targets if targets is None else tuple(targets)
        aligned = batch.aligned(model.items)
        if self.passes_on or not any(target.kind == "difference" for target in wanted):
            return self.estimate(aligned, model, wanted)
        others = tuple(target for target in wanted if target.kind != "difference")
        paths = dict.fromkeys(path for target in wanted if target.kind == "difference" for path in target.paths)
        whole = self.estimate(aligned, model, (*others, *(path for path in paths if path not in others)))
        return _with_differences(whole, wanted)

    def estimate(self, batch: Batch, model: Model, targets: tuple[Target, ...]) -> Estimates:
        """Estimates of `targets` from a batch whose columns stand in the order of the model's items."""
        raise NotImplementedError
