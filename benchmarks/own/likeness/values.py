"""What a population gets from a survey: thresholds of the shares of answers, and the values that a method estimates."""

from collections.abc import Mapping
from itertools import combinations
from pathlib import Path

import numpy as np
from scipy.special import ndtri

from benchmarks.own.method_words import method_and_settings
from estimators.base import Status
from estimators.catalogue import ESTIMATORS, find
from estimators.methods import build
from estimators.polychoric import polychorics
from sim.answers.likert import MOST, Scale
from sim.batch import Floats
from sim.errors import InputError
from sim.model import Model
from sim.population.record import Population
from sim.surveys.survey import Survey
from sim.targets import Target

#: Consistent methods that are tried for a population's values: on categories, then on answers as numbers.
OF_CATEGORIES, _OF_NUMBERS = ("wlsmv", "ulsmv", "ordplsc"), ("ml", "uls", "plsc")
#: Decimals of written values.
_DECIMALS = 4


def values_of(
    survey: Survey, structure: Model, plain: Model, values: str | None, scale: Scale
) -> tuple[str, str, dict[str, float]]:
    """Label and name of the method, and the parameters by target name, of the first method that makes a population."""
    if values is not None and not find(method_and_settings(values)[0], Path.cwd(), "method").consistent:
        consistent = [name for name, entry in ESTIMATORS.items() if entry.consistent]
        raise InputError(f"--values {values}: it is not consistent; give one of {', '.join(consistent)}")
    tried = (values,) if values else (*(OF_CATEGORIES if scale.thresholds else ()), *_OF_NUMBERS)
    reasons = []
    for name in tried:
        try:
            found = _estimates(survey, structure, name)
            numbers = _parameters(found, structure, plain)
            numbers |= _item_covariances(numbers, _correlations(survey, name), found, structure, plain)
            Population.of(plain, numbers, scale)
            return ESTIMATORS[name].label if name in ESTIMATORS else name, name, numbers
        except InputError as error:
            reasons.append(f"{name}: {error}")
    raise InputError("no method gives values that a population can have (" + "; ".join(reasons) + ")")


def _estimates(survey: Survey, structure: Model, name: str) -> dict[str, float]:
    """Estimates of the parameters by target name. Raises InputError where there are none, or impossible ones."""
    words, settings = method_and_settings(name)
    estimator = build(words, settings, 0.95, Path.cwd(), structure).estimator
    if refusal := estimator.refusal(structure):
        raise InputError(refusal)
    targets = (
        *(Target("loading", (b.construct, item)) for b in structure.blocks for item in b.items),
        *(Target("weight", (b.construct, item)) for b in structure.blocks for item in b.items if b.kind == "composite"),
        *(Target("path", path) for path in structure.paths),
        *(Target("correlation", pair) for pair in structure.pairs),
    )
    estimates = estimator.without_inference().fit(survey.batch, structure, targets)
    if estimates.status[0]:
        raise InputError(Status(int(estimates.status[0])).meaning)
    return {target.name: float(value) for target, value in zip(targets, estimates.value[0], strict=True)}


def _parameters(found: Mapping[str, float], structure: Model, plain: Model) -> dict[str, float]:
    """Loadings, paths and correlations of exogenous constructs under the plain names, to four decimals."""
    constructs = dict(zip(structure.constructs, plain.constructs, strict=True))
    numbers: dict[str, float] = {}
    for old, new in zip(structure.blocks, plain.blocks, strict=True):
        joint = "=~" if old.kind == "reflective" else "<~"
        for a, b in zip(old.items, new.items, strict=True):
            numbers[f"{new.construct}{joint}{b}"] = found[f"{old.construct}{joint}{a}"]
    for outcome, predictor in structure.paths:
        numbers[f"{constructs[outcome]}~{constructs[predictor]}"] = found[f"{outcome}~{predictor}"]
    for a, b in structure.pairs:
        if {a, b} <= set(structure.exogenous):
            numbers[f"{constructs[a]}~~{constructs[b]}"] = found[f"{a}~~{b}"]
    if any(np.isnan(value) for value in numbers.values()):
        raise InputError("it gives no value for some loading, path or correlation")
    return {name: round(value, _DECIMALS) for name, value in numbers.items()}


def _correlations(survey: Survey, method: str) -> Floats:
    """What the items correlate (p, p), as a method takes them: polychoric correlations of categories, or of numbers."""
    batch = survey.batch
    found: Floats = polychorics(batch).correlations if method in OF_CATEGORIES else batch.moments.correlations
    one: Floats = found[0]
    return one


def _item_covariances(
    numbers: Mapping[str, float], correlations: Floats, found: Mapping[str, float], structure: Model, plain: Model
) -> dict[str, float]:
    """Correlations within composites, and error covariances, under the plain names, to four decimals.

    An error covariance is what two items correlate beyond what the loadings and the constructs' correlations say.
    """
    places = {item: (i, plain.block_of[i]) for i, item in enumerate(plain.items)}
    between = np.eye(len(structure.constructs))
    for a, b in structure.pairs:
        i, k = structure.constructs.index(a), structure.constructs.index(b)
        between[i, k] = between[k, i] = found[f"{a}~~{b}"]
    values = {}
    for a, b in (pair for pair in plain.covariances if pair[0] in places):
        (i, f), (k, g) = places[a], places[b]
        said = numbers[f"{plain.constructs[f]}=~{a}"] * between[f, g] * numbers[f"{plain.constructs[g]}=~{b}"]
        values[f"{a}~~{b}"] = correlations[i, k] - said
    for block in (block for block in plain.blocks if block.kind == "composite"):
        values |= {f"{a}~~{b}": correlations[places[a][0], places[b][0]] for a, b in combinations(block.items, 2)}
    return {name: round(float(value), _DECIMALS) for name, value in values.items()}


def scale_of(survey: Survey) -> Scale:
    """Thresholds from the shares of answers; continuous where an item has too many different ones."""
    answers: Floats = np.asarray(survey.batch.raw[0], dtype=np.float64)
    cuts = []
    for column in answers.T:
        values, counts = np.unique(column, return_counts=True)
        if len(values) > MOST or (values != np.round(values)).any():
            return Scale.continuous()
        cuts.append(tuple(round(float(cut), 6) for cut in ndtri(np.cumsum(counts)[:-1] / counts.sum())))
    return Scale(tuple(cuts))
