"""What the tests of the two-step methods share: the evidence files, read as data sets."""

import json
from typing import Any

import numpy as np

from sim.batch import Batch, Moments
from sim.model import Model
from tests.cases import REFERENCE, survey


def evidence(name: str) -> dict[str, Any]:
    """Values of another program for one method and setting."""
    content: dict[str, Any] = json.loads((REFERENCE / "evidence" / f"{name}.json").read_text(encoding="utf-8"))
    return content


def data_of(stem: str, case: dict[str, Any], model: Model) -> Batch:
    """The data set of a case: a stored survey, or covariances."""
    if "covariance" in case:
        covariance = np.array(case["covariance"])
        return Batch.of_moments(Moments(np.zeros((1, len(covariance))), covariance[None], case["n"]))
    return Batch.of(survey(stem)[list(model.items)].to_numpy(np.float64))
