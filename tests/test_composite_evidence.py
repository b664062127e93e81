"""Composite methods against the stored values of other programs."""

import json

import numpy as np
import pytest

from estimators.base import Status
from estimators.methods import build
from sim.batch import Batch, Moments
from sim.model import Model
from tests.cases import REFERENCE, survey

EVIDENCE = sorted((REFERENCE / "evidence").glob("*.json"))
COMPOSITES = ("pls", "plsc", "gsca", "gscam", "sumscores", "disattenuated", "components")
#: What composite methods fill in themselves, and the reliabilities; other derived quantities have tests of their own.
OWN = ("path", "r2", "correlation", "loading", "weight", "alpha", "rho_c", "rho_a", "ave")


def evidence():
    """(file, case) of every stored fit of a composite method."""
    contents = {file.stem: json.loads(file.read_text(encoding="utf-8")) for file in EVIDENCE}
    return [
        pytest.param(content, case, id=f"{stem}-{case}")
        for stem, content in contents.items()
        if content["method"]["estimator"] in COMPOSITES
        for case in content["cases"]
    ]


@pytest.mark.parametrize(("content", "name"), evidence())
def test_agrees_with_the_other_program(content, name):
    case, method = content["cases"][name], dict(content["method"])
    model = Model.parse(case["model"])
    if "covariance" in case:
        covariance = np.array(case["covariance"])
        batch = Batch.of_moments(Moments(np.zeros((1, len(covariance))), covariance[None], case["n"]))
    else:
        batch = Batch.of(survey(name)[list(model.items)].to_numpy())
    targets = [target for target in map(model.target, case["value"]) if target.kind in OWN]
    fit = build(method["estimator"], method, 0.95).estimator.fit(batch, model, targets)
    assert fit.status[0] == Status[case.get("status", "OK")]
    expected = [case["value"][target.name] for target in targets]
    np.testing.assert_allclose(fit.value[0], expected, rtol=0, atol=content["tolerance"]["value"])
