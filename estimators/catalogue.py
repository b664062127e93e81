"""The catalogue of methods: every estimator by name."""

import dataclasses
from pathlib import Path
from typing import Any, get_args

from estimators import outside
from estimators.composites.components import Components
from estimators.composites.consistent import ConsistentPLS
from estimators.composites.gsca import GSCA
from estimators.composites.gscam import GSCAm
from estimators.composites.ordinal import OrdinalConsistentPLS, OrdinalPLS
from estimators.composites.pls import MODES, PLS, SCHEMES
from estimators.composites.sumscores import ERRORS, ITEMS, SumScores
from estimators.constrained.bounds import Bounds
from estimators.entry import Entry
from estimators.factors.covariance import MaximumLikelihood
from estimators.factors.leastsquares import GeneralizedLeastSquares, UnweightedLeastSquares
from estimators.factors.miiv import ModelImpliedInstruments
from estimators.factors.robust import HuberWhite, SatorraBentler
from estimators.factors.wlsmv import DiagonallyWeighted, UnweightedOrdinal
from estimators.fullweight.continuous import DistributionFree
from estimators.fullweight.ordinal import WeightedOrdinal
from estimators.inference.signs import Sign
from estimators.raw.units import Scale, Scaling
from estimators.twostep.disattenuated import RELIABILITIES, Disattenuated
from estimators.twostep.factorscores import BartlettScores, Croon, RegressionScores
from estimators.twostep.general import Errors, Measure, Structure
from estimators.twostep.sam import LocalSAM
from sim.errors import InputError, unknown

#: Choices that several methods have: of PLS, of each block's mode, of factors' signs, of tests, of factor scores.
_OF_PLS = {"scheme": tuple(SCHEMES), "modes": MODES}
_MODE = {"modes": ("A", "B")}
_SIGN = {"sign": get_args(Sign)}
_RAW = {"solution": get_args(Scale), "scaling": get_args(Scaling)}
_BOUNDS = {"bounds": get_args(Bounds)}
_PATH_TEST = {"test": ("standardised", "unstandardised"), **_SIGN, **_RAW, **_BOUNDS}
_FIT_TEST = {"test": ("shifted", "mean", "plain"), **_SIGN}
_OF_SCORES = {"correction": ("none", "reliability", "csem"), "metric": ("scores", "factors")}

#: The one list of estimators. A new one is a new file in this room and a new line here.
ESTIMATORS: dict[str, Entry] = {
    "sumscores": Entry(
        SumScores,
        "Sum scores",
        "ordinary least squares on each construct's summed items, t-based inference",
        {"items": ITEMS, "errors": ERRORS, "solution": get_args(Scale)},
        raw_units=True,
        tolerance=1e-9,
    ),
    "pls": Entry(
        PLS,
        "PLS",
        "partial least squares path modelling, mode A for =~ and B for <~ blocks; inference by bootstrap",
        _OF_PLS,
        _MODE,
        resampled=True,
    ),
    "plsc": Entry(
        ConsistentPLS,
        "PLSc",
        "consistent PLS: PLS corrected for unreliability by rho_A; inference by bootstrap",
        _OF_PLS,
        _MODE,
        resampled=True,
        consistent=True,
    ),
    "gsca": Entry(
        GSCA,
        "GSCA",
        "generalized structured component analysis: components that best predict items and each other; bootstrap",
        resampled=True,
    ),
    "gscam": Entry(
        GSCAm,
        "GSCAm",
        "GSCA with a uniqueness term for every item, which corrects for measurement error; inference by bootstrap",
        resampled=True,
        consistent=True,
    ),
    "disattenuated": Entry(
        Disattenuated,
        "Disattenuated sums",
        "least squares on correlations of sum scores divided by the roots of their reliabilities; bootstrap",
        {"reliability": RELIABILITIES, "items": ITEMS},
        resampled=True,
        raw_units=True,
    ),
    "components": Entry(
        Components,
        "Principal components",
        "least squares on the first principal component of each construct's items; inference by bootstrap",
        resampled=True,
    ),
    "ordpls": Entry(
        OrdinalPLS,
        "OrdPLS",
        "PLS on polychoric correlations, for answers in categories; inference by bootstrap",
        _OF_PLS,
        _MODE,
        resampled=True,
        ordinal=True,
    ),
    "ordplsc": Entry(
        OrdinalConsistentPLS,
        "OrdPLSc",
        "consistent PLS on polychoric correlations, for answers in categories; inference by bootstrap",
        _OF_PLS,
        _MODE,
        resampled=True,
        consistent=True,
        ordinal=True,
    ),
    "ml": Entry(
        MaximumLikelihood,
        "ML SEM",
        "covariance structure analysis by maximum likelihood, standardised, delta-method inference",
        {
            **_PATH_TEST,
            "likelihood": ("normal", "wishart"),
            "information": ("expected", "observed"),
        },
        consistent=True,
        whole=True,
    ),
    "mlm": Entry(
        SatorraBentler,
        "ML SEM (Satorra-Bentler)",
        "maximum likelihood with sandwich standard errors and the mean-scaled chi-square, for answers not normal",
        _PATH_TEST,
        consistent=True,
        answers=True,
        whole=True,
    ),
    "mlr": Entry(
        HuberWhite,
        "ML SEM (Yuan-Bentler)",
        "maximum likelihood with Huber-White standard errors and Yuan and Bentler's scaled chi-square",
        _PATH_TEST,
        consistent=True,
        answers=True,
        whole=True,
    ),
    "gls": Entry(
        GeneralizedLeastSquares,
        "GLS SEM",
        "covariance structure analysis by generalized least squares, standardised, delta-method inference",
        {**_SIGN, **_RAW, **_BOUNDS},
        consistent=True,
        whole=True,
    ),
    "uls": Entry(
        UnweightedLeastSquares,
        "ULS SEM",
        "covariance structure analysis by unweighted least squares, standardised, delta-method inference",
        {"errors": ("normal", "unit"), "moments": ("covariance", "correlation"), **_SIGN, **_RAW, **_BOUNDS},
        consistent=True,
        whole=True,
        raw_units=True,
    ),
    "wlsmv": Entry(
        DiagonallyWeighted,
        "WLSMV",
        "diagonally weighted least squares on polychoric correlations, robust standard errors and test",
        _FIT_TEST,
        consistent=True,
        ordinal=True,
        whole=True,
    ),
    "ulsmv": Entry(
        UnweightedOrdinal,
        "ULSMV",
        "unweighted least squares on polychoric correlations, robust standard errors and test",
        _FIT_TEST,
        consistent=True,
        ordinal=True,
        whole=True,
    ),
    "wls": Entry(
        WeightedOrdinal,
        "WLS",
        "least squares on polychoric correlations weighted by the inverse of their whole covariance matrix",
        _SIGN,
        consistent=True,
        ordinal=True,
        large=True,
        whole=True,
    ),
    "adf": Entry(
        DistributionFree,
        "ADF",
        "least squares on covariances weighted by the inverse of their covariance matrix, distribution-free",
        {**_SIGN, "solution": get_args(Scale), **_BOUNDS},
        consistent=True,
        answers=True,
        large=True,
        whole=True,
    ),
    "regression_scores": Entry(
        RegressionScores,
        "Regression scores",
        "ordinary least squares on regression factor scores of each block's one-factor ML, t-based inference",
        _OF_SCORES,
    ),
    "bartlett_scores": Entry(
        BartlettScores,
        "Bartlett scores",
        "ordinary least squares on Bartlett factor scores of each block's one-factor ML, t-based inference",
        _OF_SCORES,
    ),
    "croon": Entry(
        Croon,
        "Croon",
        "factor score regression with Croon's correction for measurement error; inference by bootstrap",
        resampled=True,
        consistent=True,
    ),
    "sam": Entry(
        LocalSAM,
        "Local SAM",
        "structural after measurement: ML block by block, then ML of the structure, two-step inference",
        {
            **_RAW,
            "measurement": get_args(Measure),
            "errors": get_args(Errors),
            "structure": get_args(Structure),
            **_BOUNDS,
        },
        consistent=True,
        whole=True,
    ),
    "miiv": Entry(
        ModelImpliedInstruments,
        "MIIV-2SLS",
        "two-stage least squares with the instruments the model implies, delta-method inference",
        {"scaling": ("strongest", "first"), "solution": get_args(Scale)},
        consistent=True,
        own_r2=True,
    ),
}


def find(name: object, folder: Path | None = None, what: str = "estimator") -> Entry:
    """The entry of a name: one of the catalogue, an entry point, or `package.module:Class` (also in `folder`).

    Raises InputError where there is none or it is no estimator.
    """
    if isinstance(name, str) and name in ESTIMATORS:
        return ESTIMATORS[name]
    found = outside.find(name, folder) if isinstance(name, str) else None
    if found is None:
        message = unknown(what, str(name), [*ESTIMATORS, *outside.installed()])
        raise InputError(f"{message}; one of your own is written `package.module:Class`")
    if isinstance(found.content, Entry):
        entry = dataclasses.replace(found.content, origin=found.origin)
    elif isinstance(found.content, type):
        summary = _summary(found.content)
        entry = Entry(found.content, found.content.__name__, summary, origin=found.origin)
    else:
        raise InputError(f"{what} '{name}' is a {type(found.content).__name__}; name a class of estimators or an Entry")
    missing = missing_methods(entry.estimator)
    if missing:
        raise InputError(f"{what} '{name}' is no estimator: it {missing}")
    return entry


def _summary(kind: type) -> str:
    """The first line of a class's docstring, without its full stop; its name where it has none."""
    return (kind.__doc__ or kind.__name__).strip().splitlines()[0].rstrip(".")


def missing_methods(estimator: object) -> str | None:
    """What an object lacks of the protocol `estimators.base.Estimator` and where to read on, or None."""
    missing = [name for name in ("refusal", "fit", "without_inference") if not callable(getattr(estimator, name, None))]
    if missing:
        return f"has no {', '.join(missing)}; add what `estimators.base.Estimator` asks for (docs/own-estimators.md)"
    return None


def entry_of(estimator: object) -> Entry:
    """What stands for an estimator that is an object. Raises InputError where it lacks what is asked of estimators."""
    if isinstance(estimator, type):
        raise InputError(f"{estimator.__name__} is a class; give an object of it: {estimator.__name__}()")
    kind = type(estimator)
    if missing := missing_methods(estimator):
        raise InputError(f"{kind.__name__} is no estimator: it {missing}")
    return Entry(kind, kind.__name__, _summary(kind), origin=outside.origin_of(estimator))


def reference(estimator: object) -> tuple[str, dict[str, Any]] | None:
    """The name and settings by which a study file asks for the same method, or None where none can.

    A method of the catalogue has its name there; another is `package.module:Class`, where that can be imported. Its
    settings are the fields that differ from their defaults; they are texts, numbers, true or false, or tables of these.
    """
    kind = type(estimator)
    name = next((name for name, entry in ESTIMATORS.items() if entry.estimator is kind), "")
    if not name and not outside.importable(kind):
        return None
    settings = outside.settings_of(estimator)
    return None if settings is None else (name or f"{kind.__module__}:{kind.__name__}", settings)
