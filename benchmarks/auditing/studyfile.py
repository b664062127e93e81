"""The study behind an audit: every population that was run as a level of one factor, and the paper's own procedure."""

from typing import Any

import numpy as np

from benchmarks.auditing.audit import Audit, Under
from benchmarks.auditing.procedure import INTERVAL
from sim import toml

#: Names of the files.
STUDY, WEIGHTS = "study.toml", "weights.csv"
#: Decimals of written numbers: a change in the last moves no answer.
_DECIMALS = 6


def population_name(under: Under) -> str:
    """The file of the populations under a prior."""
    return f"populations-{under.prior.name}.toml"


def study_name(under: Under) -> str:
    """The study file under a prior."""
    return f"study-{under.prior.name}.toml"


def files(audit: Audit) -> dict[str, str]:
    """Every file of the folder by its name: a study and its populations for each prior, and their weights."""
    made: dict[str, str] = {}
    for under in audit.under:
        made[study_name(under)] = toml.document(study(audit, under))
        made[population_name(under)] = toml.document(populations(audit, under))
    made[WEIGHTS] = weights(audit)
    return made


def levels(under: Under) -> list[str]:
    """Names of the populations: `p001`, heaviest first, so that a quick run has those that count most."""
    return [f"p{place:03d}" for place in range(1, len(under.rows) + 1)]


def _heaviest(under: Under) -> list[int]:
    return [int(k) for k in np.argsort(-under.weights, kind="stable")]


def populations(audit: Audit, under: Under) -> dict[str, Any]:
    """The content of a population file: the factor `population` sets every number."""
    table, many = audit.table, under.fitting.many
    order = _heaviest(under)
    factor: dict[str, Any] = {}
    for name, place in zip(levels(under), order, strict=True):
        row = int(under.rows[place])
        values: dict[str, Any] = {key: round(value, _DECIMALS) for key, value in many.values(row).items()}
        if many.thresholds.shape[1]:
            for i, item in enumerate(table.model.items):
                cuts = many.thresholds[row, :, i]
                values[f"scale.items.{item}.thresholds"] = [round(float(x), _DECIMALS) for x in cuts[np.isfinite(cuts)]]
        factor[name] = values
    first = factor[next(iter(factor))]
    content: dict[str, Any] = {
        "title": f"Populations that fit {table.title or audit.name}: {under.prior.name} prior",
        "source": f"the audit of {table.source or audit.name}, seed {audit.seed}",
        "model": f"{table.model.syntax}\n",
        "values": {key: value for key, value in first.items() if not key.startswith("scale.")},
    }
    if many.thresholds.shape[1]:
        content["scale"] = {
            "items": {item: {"thresholds": first[f"scale.items.{item}.thresholds"]} for item in table.model.items}
        }
    content["factors"] = {"population": {"meaning": "a population that fits the paper", "levels": factor}}
    return content


def study(audit: Audit, under: Under) -> dict[str, Any]:
    """The content of a study file: the paper's procedure in every population, beside the same without its rule."""
    procedure, effort = audit.procedure, audit.effort
    methods: dict[str, Any] = {"paper": procedure.settings(procedure.base, audit.procedure.resamples)}
    if procedure.screens:
        methods["all-items"] = procedure.settings(procedure.base, audit.procedure.resamples, rule=False)
    names = levels(under)
    return {
        "name": f"audit-{under.prior.name}",
        "aims": {
            "title": f"The procedure of {audit.table.title or audit.name} in populations that fit it",
            "question": "How often does the paper's procedure find each path, and what does its rule do?",
            "points": [
                f"{len(names)} populations that fit ({under.prior.name} prior); {WEIGHTS} has what each counts.",
                "Their weighted quantiles are the ranges of the audit.",
            ],
        },
        "data": {
            "population": population_name(under),
            "n": [procedure.table.n],
            "replications": effort.replications,
            "seed": audit.seed,
            "factors": {"population": names},
        },
        "estimands": {"targets": [target.name for target in procedure.paths]},
        "methods": methods,
        "performance": {"level": INTERVAL},
        "quick": {"replications": 256, "factors": {"population": names[:3]}},
    }


def weights(audit: Audit) -> str:
    """The weight of every population, as CSV."""
    lines = ["prior,population,weight"]
    for under in audit.under:
        for name, place in zip(levels(under), _heaviest(under), strict=True):
            lines.append(f"{under.prior.name},{name},{float(under.weights[place])!r}")
    return "\n".join(lines) + "\n"
