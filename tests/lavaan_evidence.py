"""Differences between this project's estimates and a file of lavaan's values."""

import json
from pathlib import Path

import numpy as np
import pandas as pd

from estimators.base import Status
from estimators.methods import build
from sim.batch import Batch, Moments
from sim.model import Model

EVIDENCE = Path(__file__).parent / "reference" / "evidence"


def batch_of(name, case, model):
    """The data of a case as a batch of R = 1: a stored survey, or a covariance matrix."""
    if "covariance" in case:
        return Batch.of_moments(Moments(np.zeros((1, len(model.items))), np.array([case["covariance"]]), case["n"]))
    return Batch.of(pd.read_csv(EVIDENCE.parent / "data" / f"{name}.csv")[list(model.items)].to_numpy())


def assert_agreement(file):
    """Every value, standard error, p-value and end of an interval of a file within its tolerance."""
    evidence = json.loads((EVIDENCE / f"{file}.json").read_text(encoding="utf-8"))
    method, tolerance = build(file, evidence["method"], 0.95).estimator, evidence["tolerance"]
    for name, case in evidence["cases"].items():
        model = Model.parse(case["model"])
        names = list(case["value"])
        fit = method.fit(batch_of(name, case, model), model, [model.target(target) for target in names])
        assert fit.status[0] == Status.OK
        for at, (target, value) in enumerate(case["value"].items()):
            allowed = tolerance.get(model.target(target).kind, tolerance["value"])
            relative = abs(value) if target.startswith("chisq") else 1.0
            assert abs(fit.value[0, at] - value) <= allowed * relative, (name, target, fit.value[0, at], value)
        for target, se in case["se"].items():
            assert abs(fit.se[0, names.index(target)] / se - 1) <= tolerance["se"], (name, target)
        for part in ("p_value", "lower", "upper"):
            for target, value in case[part].items():
                found = getattr(fit, part)[0, names.index(target)]
                assert abs(found - value) <= tolerance.get(part, 1e-6), (name, target, part, found, value)
