"""Least squares on polychoric correlations of answers of which some are missing (`missing = "pairwise"`)."""

from dataclasses import dataclass, fields
from typing import Any, ClassVar

from estimators.base import Estimator
from estimators.factors.wlsmv import DiagonallyWeighted, OrdinalLeastSquares, UnweightedOrdinal
from estimators.fullweight.ordinal import WeightedOrdinal


@dataclass(frozen=True)
class PairwiseDiagonal(DiagonallyWeighted):
    """WLSMV of answers with gaps."""

    takes_gaps: ClassVar[bool] = True


@dataclass(frozen=True)
class PairwiseUnweighted(UnweightedOrdinal):
    """ULSMV of answers with gaps."""

    takes_gaps: ClassVar[bool] = True


@dataclass(frozen=True)
class PairwiseWeighted(WeightedOrdinal):
    """WLS of answers with gaps."""

    takes_gaps: ClassVar[bool] = True


#: The forms of methods that take each correlation from those who answered both items.
_FORMS: dict[type[Any], type[OrdinalLeastSquares]] = {
    DiagonallyWeighted: PairwiseDiagonal,
    UnweightedOrdinal: PairwiseUnweighted,
    WeightedOrdinal: PairwiseWeighted,
}


def takes_pairs(estimator: type[Any]) -> bool:
    """Whether estimators of this class have such a form."""
    return estimator in _FORMS


def pairwise_form(estimator: Estimator) -> OrdinalLeastSquares | None:
    """The form of an estimator that takes answers with gaps pair by pair, or None where it has none."""
    form = _FORMS.get(type(estimator))
    if form is None:
        return None
    return form(**{field.name: getattr(estimator, field.name) for field in fields(estimator)})  # type: ignore[arg-type]
