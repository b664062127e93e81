"""Which methods take missing answers as they are, and what they become then."""

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from estimators.base import Estimator
from estimators.factors.covariance import LikelihoodMethod, MaximumLikelihood
from estimators.factors.robust import HuberWhite
from estimators.incomplete.likelihood import FullInformation, RobustFullInformation
from estimators.incomplete.sam import IncompleteSAM
from estimators.incomplete.stages import RobustTwoStages, TwoStages
from estimators.twostep.sam import LocalSAM
from sim.missing import FIML, TWO_STAGE

#: The forms of methods by the handling that is none.
_FORMS: dict[str, dict[type[Any], type[LikelihoodMethod] | type[LocalSAM]]] = {
    FIML: {MaximumLikelihood: FullInformation, HuberWhite: RobustFullInformation, LocalSAM: IncompleteSAM},
    TWO_STAGE: {MaximumLikelihood: TwoStages, HuberWhite: RobustTwoStages},
}

#: What the catalogue calls them.
_NAMES: dict[type[Any], str] = {MaximumLikelihood: "ml", HuberWhite: "mlr", LocalSAM: "sam"}


def incomplete_form(
    estimator: Estimator, given: Sequence[str], handling: str = FIML
) -> LikelihoodMethod | LocalSAM | None:
    """The form of an estimator that takes missing answers as they are, or None where it has none.

    given: the settings that were asked for; standard errors of FIML are of the observed information unless they name
    another. Raises InputError for settings that do not go with missing answers.
    """
    form = _FORMS[handling].get(type(estimator))
    if form is None:
        return None
    settings = {field.name: getattr(estimator, field.name) for field in fields(estimator)}  # type: ignore[arg-type]
    if handling == FIML and "information" in settings and "information" not in given:
        settings["information"] = "observed"
    return form(**settings)


def takes_missing(estimator: type[Any], handling: str = FIML) -> bool:
    """Whether estimators of this class have such a form."""
    return estimator in _FORMS.get(handling, {})


def takers(handling: str) -> str:
    """The catalogue's names of the methods that have such a form."""
    return ", ".join(_NAMES[estimator] for estimator in _FORMS[handling])
