"""What a report needs to know of a study, as JSON beside its results."""

import json
import platform
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np

from benchmarks.evaluate import unscreened
from benchmarks.publishedfile import PublishedFile, figures
from benchmarks.study import Cell, Study, program_version
from estimators.methods import Method
from estimators.screening import loading_targets
from sim import catalogue
from sim.batch import Floats
from sim.marginals import after_cut
from sim.population import Population
from sim.targets import RELIABILITIES, Target

PACKAGES = ("numpy", "scipy", "numba", "pandas", "pyarrow", "statsmodels", "joblib")


def as_json(study: Study) -> bytes:
    """The description, indented."""
    return json.dumps(description(study), indent=1, ensure_ascii=False).encode()


def description(study: Study) -> dict[str, Any]:
    """The study as plain data: aims, population, cells, methods, versions and how to run it again."""
    file = study.file
    population = study.cells[0].population
    source = population.name
    content = catalogue.entry(source) if source in catalogue.names() else {}
    screens = [method.screening for method in study.methods if method.screening]
    flag = " --quick" if study.quick else ""
    return {
        "name": study.name,
        "title": file.aims.title,
        "question": file.aims.question,
        "aims": file.aims.points,
        "population": source,
        "source": population.source,
        "notes": [*content.get("notes", []), *_departing(population.words)],
        "model": study.model.syntax,
        "constructs": content.get("constructs", {}),
        "seed": file.data.seed,
        "replications": study.replications,
        "level": file.performance.level,
        "many_dropped": file.performance.many_dropped,
        "items": len(study.model.items),
        "loading_rule": screens[0].threshold if screens else None,
        "estimands": [target.name for target in study.estimands],
        "factors": _factors(study, content),
        "sizes": file.data.n,
        "cells": [{"cell": c.number, "n": c.n, "levels": dict(c.levels), "label": c.label} for c in study.cells],
        "methods": {method.name: _method(study, method) for method in study.methods},
        "populations": _populations(study),
        "calibration": _calibration(study, content),
        "published": _published(study.file.published),
        "versions": _versions() | {m.base: m.entry.origin for m in study.methods if m.entry.origin},
        "command": f"loadstone run {file.name}{flag}",
        "replay": f"loadstone replay {file.name}{flag} --cell 1 --replication 0",
    }


def _departing(words: str) -> list[str]:
    """How the baseline departs from normal responses answered as meant, in one sentence; none where it does not."""
    return [f"The baseline's world: {words}."] if words else []


def _factors(study: Study, content: dict[str, Any]) -> dict[str, Any]:
    """Factors that the study varies or holds, with the levels it uses."""
    return {
        factor: {
            "meaning": content.get("factors", {}).get(factor, {}).get("meaning", factor),
            "levels": list(dict.fromkeys(cell.levels[factor] for cell in study.cells)),
        }
        for factor in study.cells[0].levels
    }


def _method(study: Study, method: Method) -> dict[str, Any]:
    plain = unscreened(study, method)
    alike = [other for other in study.methods if other.label == method.label]
    return {
        "label": method.label if len(alike) == 1 else f"{method.label} ({method.name})",
        "estimator": method.base,
        "screened": method.screening is not None,
        "unscreened": plain.name if plain else None,
        "resamples": method.resamples,
        "description": method.entry.description,
    }


def _populations(study: Study) -> list[dict[str, Any]]:
    """True parameters of every population of the study, standardised, and what the cut leaves of those about items."""
    of_items = [*loading_targets(study.model), *(t for t in study.model.targets if t.kind in RELIABILITIES)]
    targets = [*(t for t in study.model.targets if t.kind in ("path", "r2", "correlation")), *of_items]
    return [
        {
            "levels": dict(cell.levels),
            "truth": _truth(cell.population, targets),
            "after_cut": _by_name(of_items, after_cut(cell.population, tuple(of_items))),
        }
        for cell in _distinct(study)
    ]


def _truth(population: Population, targets: Sequence[Target]) -> dict[str, float | None]:
    """True values by the targets' names."""
    return _by_name(targets, population.truth(targets))


def _by_name(targets: Sequence[Target], values: Floats) -> dict[str, float | None]:
    """Values (q,) by their targets' names, None where there is none."""
    return {t.name: None if np.isnan(value) else float(value) for t, value in zip(targets, values, strict=True)}


def _distinct(study: Study) -> list[Cell]:
    """One cell for each population."""
    return [cell for cell in study.cells if cell.n == study.cells[0].n]


def _calibration(study: Study, content: dict[str, Any]) -> list[dict[str, Any]] | None:
    """Published against achieved values of every population that was solved from a table."""
    if "published" not in content:
        return None
    paths = [t for t in study.model.targets if t.kind == "path"]
    loadings = loading_targets(study.model)
    found = []
    for cell in _distinct(study):
        solved = catalogue.calibration(cell.population.name, cell.levels)
        found.append({
            "levels": dict(cell.levels),
            "rows": [vars(row) for row in solved.rows],
            "loadings": _truth(solved.population, loadings),
            "paths": _truth(solved.population, paths),
        })  # fmt: skip
    return found


def _published(section: PublishedFile | None) -> dict[str, Any] | None:
    """Where published figures are from and how many there are; they stand in published.parquet."""
    if section is None:
        return None
    return {"source": section.source, "notes": section.notes, "figures": len(list(figures(section)))}


def _versions() -> dict[str, str]:
    found = {"loadstone": program_version(), "python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    return found
