"""What a report needs to know of a study, as JSON beside its results."""

import json
import platform
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np

from benchmarks.measures.evaluate import unscreened
from benchmarks.portraits.interviews import estimate_table
from benchmarks.study.cell import Cell
from benchmarks.study.publishedfile import PublishedFile, figures
from benchmarks.study.study import Study, program_version
from estimators.decisions.screening import loading_targets
from estimators.methods import Method
from estimators.richness.catalogue import CLAIMS
from sim import catalogue
from sim.batch import Floats
from sim.targets import RELIABILITIES, THEME_KINDS, Target
from sim.themes.population import Interviews

#: What a method does about missing answers, behind its description.
HANDLED_IN_WORDS = {
    "listwise": "; respondents with any missing answer are left out",
    "mean": "; missing answers become their item's mean",
    "regression": "; missing answers are predicted from the respondent's other answers",
    "pairwise": "; covariances from the respondents who answered both items",
}
PACKAGES = ("numpy", "scipy", "numba", "pandas", "pyarrow", "statsmodels", "joblib")


def as_json(study: Study) -> bytes:
    """The description, indented."""
    return json.dumps(description(study), indent=1, ensure_ascii=False).encode()


def description(study: Study) -> dict[str, Any]:
    """The study as plain data: aims, population, cells, methods, versions and how to run it again."""
    file = study.file
    world = study.cells[0].world
    source = world.name
    content = catalogue.entry(source) if source in (*catalogue.names(), *catalogue.theme_names()) else {}
    screens = [method.screening for method in study.methods if method.screening]
    flag = " --quick" if study.quick else ""
    return {
        "name": study.name,
        "title": file.aims.title,
        "question": file.aims.question,
        "aims": file.aims.points,
        "population": source,
        "source": world.source,
        "notes": [*content.get("notes", []), *_departing(world.words)],
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
        "interviews": None if world.themes is None else _interviews(study, world.table),
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
        "description": method.entry.description + HANDLED_IN_WORDS.get(method.missing or "", ""),
    }


def _populations(study: Study) -> list[dict[str, Any]]:
    """True parameters of every population of the study, standardised, and what the cut leaves of those about items."""
    of_items = [t for t in study.model.targets if t.kind in ("loading", *RELIABILITIES)]
    targets = [*(t for t in study.model.targets if t.kind in ("path", "r2", "correlation")), *of_items]
    targets += [t for t in study.estimands if t.kind in THEME_KINDS]
    return [
        {
            "levels": dict(cell.levels),
            "truth": _by_name(targets, cell.truth(targets)),
            "after_cut": {name: _or_none(value) for name, value in cell.world.after_cut(of_items).items()},
        }
        for cell in _distinct(study)
    ]


def _by_name(targets: Sequence[Target], values: Floats) -> dict[str, float | None]:
    """Values (q,) by their targets' names, None where there is none."""
    return {target.name: _or_none(value) for target, value in zip(targets, values, strict=True)}


def _or_none(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _interviews(study: Study, table: Interviews | None) -> dict[str, Any]:
    """The table of interviews behind the populations, where there is one, and what the methods say of it."""
    if table is None:
        return {}
    ordered = [method for method in study.methods if method.base not in CLAIMS]
    estimates = estimate_table(table, ordered, study.estimands)
    told = estimates.astype(object).where(estimates.notna(), None)
    return {
        "held": len(table.respondents),
        "found": len(table.themes),
        "mentions": [int(count) for count in table.mentions],
        "estimates": told.to_dict("records"),
    }


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
        solved = catalogue.calibration(cell.world.name, cell.levels)
        found.append({
            "levels": dict(cell.levels),
            "rows": [vars(row) for row in solved.rows],
            "loadings": _by_name(loadings, solved.population.truth(loadings)),
            "paths": _by_name(paths, solved.population.truth(paths)),
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
