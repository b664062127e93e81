"""Populations that are known by moments: a covariance matrix, or a file of real answers."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from sim.answers.scales import scale_of
from sim.answers.units import Units, in_units
from sim.catalogue.populationfile import AnswersTable, Sections
from sim.errors import InputError
from sim.model import Model
from sim.parameters.matrix import MatrixTable, moments_given, with_matrix
from sim.population.record import Population
from sim.solving.shares import keeping_shares
from sim.surveys.answers import Asked
from sim.surveys.survey import read_survey
from sim.worlds.bymoments import KnownMoments, saturated
from sim.worlds.matrix import MatrixWorld
from sim.worlds.resampled import ResampledWorld

#: The sections of a population file that say where its moments are from.
BY_MOMENTS = ("covariance", "answers")
#: What constructs with parameters are needed for.
_NOT_OF_A_MATRIX = ("model_error", "reading", "sampling", "units")
#: A mean or deviation that rounding took from 0 or 1.
_ROUNDING = 1e-12


def with_files(content: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """The content with what the files that it names hold, so that it is whole by itself.

    Raises InputError where a file cannot be read.
    """
    whole = dict(content)
    if "covariance" in content:
        whole["covariance"] = with_matrix(dict(content["covariance"]), folder)
    if "answers" in content and "rows" not in content["answers"]:
        told = AnswersTable.model_validate(content["answers"])
        survey = read_survey(
            folder / told.file,
            Model.parse(content["model"]),
            0,
            told.missing,
            asked=Asked(codes=tuple(told.codes), labels=tuple(told.labels), sheet=told.sheet),
            advised=("listwise",),
        )
        assert survey.batch.raw is not None
        rows = np.asarray(survey.batch.raw[0], dtype=np.float64).tolist()
        words = f"the rows of {told.file} drawn with replacement, {len(rows)} respondents"
        whole["answers"] = {**content["answers"], "rows": rows, "told": words}
    return whole


def world_of(name: str, content: Mapping[str, Any], told: Sections) -> MatrixWorld | ResampledWorld:
    """The world of such a population, its factors settled. Raises InputError where there is none."""
    if "answers" in content:
        return _resampled(name, content, told)
    return _of_matrix(name, content, told)


def _of_matrix(name: str, content: Mapping[str, Any], told: Sections) -> MatrixWorld:
    _refuse(name, content, told, _NOT_OF_A_MATRIX)
    if told.mechanism("responses").given.get("single_informant"):
        raise InputError(f"population {name}: responses.single_informant is of constructs, which a matrix has not")
    asked = Model.parse(content["model"]) if content.get("model") else None
    table = MatrixTable.model_validate(content["covariance"])
    given = moments_given(table, asked.items if asked else ())
    drawn, values = saturated(given.items, given.correlations)
    means = {item: float(mean) for item, mean in zip(given.items, given.means, strict=True) if mean}
    sds = {item: float(sd) for item, sd in zip(given.items, given.sds, strict=True) if abs(sd - 1) > _ROUNDING}
    units, of_answers = Units(means or 0.0, sds or 1.0), told.scale.of_answers(drawn.items)
    in_own = [item for item in drawn.items if item not in of_answers]
    cut = in_units(scale_of(told.scale, drawn.items), units, drawn.items, in_own)
    population = Population.of(drawn, values, cut, name, content["source"])
    parts: dict[str, Any] = told.mechanisms() | {"units": units}
    whole = replace(population, **parts)
    known = KnownMoments(asked or drawn, given.correlations, given.sds)
    return MatrixWorld(keeping_shares(whole, of_answers), known)


def _resampled(name: str, content: Mapping[str, Any], told: Sections) -> ResampledWorld:
    _refuse(name, content, told, tuple(told.mechanisms()))
    if told.scale != type(told.scale)():
        raise InputError(f"population {name}: scale: real answers have the scale that they were given on; leave it out")
    table = AnswersTable.model_validate(content["answers"])
    model = Model.parse(content["model"])
    return ResampledWorld(name, content["source"], table.told, np.array(table.rows, dtype=np.float64), model)


def _refuse(name: str, content: Mapping[str, Any], told: Sections, sections: Sequence[str]) -> None:
    """Raises InputError for sections that go with parameters of constructs alone."""
    asked = [each for each in sections if told.mechanism(each).given]
    asked += [each for each in ("after_cut", "groups", "unmodelled") if content.get(each)]
    asked += ["solution"] if content.get("solution") == "raw" else []
    if asked:
        of = "covariance" if "covariance" in content else "answers"
        raise InputError(f"population {name}: [{of}] does not go with {asked[0]}; leave one of the two out")
