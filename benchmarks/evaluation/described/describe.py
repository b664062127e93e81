"""What a report needs to know of a study, as JSON beside its results."""

import json
import platform
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np

from benchmarks.estimates import estimates_of_interviews
from benchmarks.evaluation.described import decided, executed
from benchmarks.evaluation.wanted import Wanted
from benchmarks.measures.basis.itemgroups import groups
from benchmarks.measures.catalogue import MEASURES
from benchmarks.study import ownmeasures
from benchmarks.study.cells.cell import Cell, Recipe
from benchmarks.study.form import performance
from benchmarks.study.form.publishedfile import PublishedFile, figures
from benchmarks.study.program import program_code, program_version
from benchmarks.study.study import Study
from estimators.methods import Method
from estimators.richness.catalogue import CLAIMS
from estimators.solution import loading_targets
from sim.batch import Floats
from sim.targets import RELIABILITIES, THEME_KINDS, Target
from sim.themes.population import Interviews

#: What a method does about missing answers, behind its description.
HANDLED_IN_WORDS = {
    "listwise": "; respondents with any missing answer are left out",
    "mean": "; missing answers become their item's mean",
    "regression": "; missing answers are predicted from the respondent's other answers",
    "pairwise": "; covariances from the respondents who answered both items",
    "two-stage": "; the model is fitted to the moments that are likeliest given the answers there are",
    "fiml": "; every respondent counts with the answers there are, by their likelihood",
}
PACKAGES = ("numpy", "scipy", "numba", "pandas", "pyarrow", "statsmodels")


class Failing:
    """Which methods failed, how often, and the first traceback of each, gathered from the stored blocks."""

    def __init__(self) -> None:
        self.methods: dict[str, dict[str, Any]] = {}

    def add(self, cell: int, block: int, faults: Mapping[str, str]) -> None:
        """Count what went wrong in a block."""
        for name, fault in faults.items():
            first = {"blocks": 0, "cell": cell, "block": block, "traceback": fault}
            self.methods.setdefault(name, first)["blocks"] += 1

    def join(self, later: "Failing") -> None:
        """Take over what was gathered from later cells."""
        for name, found in later.methods.items():
            self.methods.setdefault(name, found | {"blocks": 0})["blocks"] += found["blocks"]


def as_json(study: Study, failing: Failing | None = None, stopped: Sequence[dict[str, Any]] = ()) -> bytes:
    """The description, indented; with what went wrong with methods, where anything did, and why cells stopped."""
    told = description(study)
    if stopped:
        told["stopping"] = {"most": study.replications, "cells": list(stopped)}
    if failing is not None and failing.methods:
        told["failing"] = failing.methods
    return json.dumps(told, indent=1, ensure_ascii=False).encode("utf-8", "backslashreplace")


def description(study: Study) -> dict[str, Any]:
    """The study as plain data: aims, population, cells, methods, versions and how to run it again."""
    file = study.file
    world = study.cells[0].world
    source = world.name
    content = _told_of(study.cells[0])
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
        "answers": executed.answers(study),
        "deviations": executed.deviations(study),
        "constructs": content.get("constructs", {}),
        "seed": file.data.seed,
        "replications": max(study.replications_of(cell) for cell in study.cells),
        "level": file.performance.level,
        "many_dropped": file.performance.many_dropped,
        "trim": file.performance.trim,
        "reference": file.performance.reference,
        "further_measures": _further_measures(study),
        "asked": sorted(Wanted.of(study).asked),
        "pools": {
            name: [target.name for target in targets]
            for name, targets in performance.pools(file.performance, study.estimands).items()
        },
        "judged": performance.sentences(file.performance, study.estimands),
        "items": len(study.model.items),
        "item_sets": file.performance.item_sets,
        "printed": file.performance.printed,
        "groups": _groups(study),
        "estimands": [target.name for target in study.estimands],
        "factors": _factors(study, content),
        "sizes": file.data.n,
        "cells": [{"cell": c.number, "n": c.n, "levels": dict(c.levels), "label": c.label} for c in study.cells],
        "methods": {method.name: _method(study, method) for method in study.methods},
        "populations": _populations(study),
        "calibration": _calibration(study, content),
        "published": _published(study.file.published),
        "interviews": None if world.themes is None else _interviews(study, world.table),
        "definition": study.definition,
        "words": study.words,
        "versions": _versions() | {m.base: m.entry.origin for m in study.methods if m.entry.origin} | _own_code(study),
        "command": f"loadstone run {file.name}{flag}",
        "replay": f"loadstone replay {file.name}{flag} --cell 1 --replication 0",
    }


def _told_of(cell: Cell) -> Mapping[str, Any]:
    """What the file of a cell's population holds."""
    return cell.source.content if isinstance(cell.source, Recipe) else {}


def _further_measures(study: Study) -> list[dict[str, Any]]:
    """Words of the measures that are not in the list: members of families, and those of the study's own code."""
    section, known = study.file.performance, set(MEASURES)
    families = [measure for measure in Wanted.of(study).measures if measure not in known]
    told = [
        {"name": m.name, "header": m.header, "unit": m.unit, "meaning": m.meaning, "signed": m.signed, "needs": m.needs}
        for m in families
    ]
    own = performance.own_measures(section)
    return told + [
        {"name": m.name, "header": m.header, "unit": "coefficient", "meaning": m.meaning, "own": True} for m in own
    ]


def _departing(words: str) -> list[str]:
    """How the baseline departs from normal responses answered as meant, in one sentence; none where it does not."""
    return [f"The baseline's world: {words}."] if words else []


def _factors(study: Study, content: Mapping[str, Any]) -> dict[str, Any]:
    """Factors that the study varies or holds, with the levels it uses."""
    return {
        factor: {
            "meaning": study.meanings.get(factor) or content.get("factors", {}).get(factor, {}).get("meaning", factor),
            "levels": list(dict.fromkeys(cell.levels[factor] for cell in study.cells)),
        }
        for factor in study.cells[0].levels
    }


def _groups(study: Study) -> list[dict[str, str]]:
    """The groups of items that drop rates are taken of; none where no method screens."""
    if not any(method.decides for method in study.methods):
        return []
    return [vars(group) for group in groups(study.file.performance.true_loading)]


def _method(study: Study, method: Method) -> dict[str, Any]:
    plain = study.unscreened(method)
    alike = [other for other in study.methods if other.label == method.label]
    model, known = study.fitted(method), _estimated_somewhere(study, method.name)
    return {
        "label": method.label if len(alike) == 1 else f"{method.label} ({method.name})",
        "estimator": method.base,
        "rule": decided.rule(method, study),
        "steps": decided.steps(method),
        "decides": method.decides,
        "unscreened": plain.name if plain else None,
        "resamples": method.resamples,
        "settings": {key: str(value) for key, value in method.settings.items() if key != "estimator"},
        "description": method.entry.description + HANDLED_IN_WORDS.get(method.missing or "", "") + _steps(method),
        "scale": method.scale,
        "model": None if model == study.model else model.syntax,
        "not_estimated": [target.name for target in study.estimands if target not in known],
    }


def _steps(method: Method) -> str:
    """What is decided before the estimates, in words that follow the method's own."""
    return "".join(f"; before that, {_lowered(step.rule.sentence.rstrip('.'))}" for step in method.steps)


def _lowered(sentence: str) -> str:
    """The sentence as it goes on after a comma: its article small, names as they are."""
    return sentence[:1].lower() + sentence[1:] if sentence.startswith(("The ", "A ", "An ")) else sentence


def _estimated_somewhere(study: Study, name: str) -> set[Target]:
    """The estimands that a method estimates in any cell."""
    found: set[Target] = set()
    told: set[tuple[str, str]] = set()
    for cell in study.cells:
        own = study.at(cell)
        method = next(each for each in own.methods if each.name == name)
        if (key := (own.model.syntax, own.fitted(method).syntax)) not in told:
            told.add(key)
            found |= set(own.estimated(method))
    return found


def _populations(study: Study) -> list[dict[str, Any]]:
    """True parameters of every population of the study, standardised, and what the cut leaves of those about items.

    Of the estimands also the true values on the scales of methods with raw solutions, and why some have none.
    """
    return [_of_population(cell, study) for cell in _distinct(study)]


def _of_population(cell: Cell, study: Study) -> dict[str, Any]:
    themes = [t for t in study.estimands if t.kind in THEME_KINDS]
    scales = dict.fromkeys(each.scale for each in study.at(cell).methods if each.scale != "standardised")
    of_items = [t for t in cell.model.targets if t.kind in ("loading", *RELIABILITIES)]
    targets = [*(t for t in cell.model.targets if t.kind in ("path", "r2", "correlation")), *of_items, *themes]
    return {
        "levels": dict(cell.levels),
        "truth": _by_name(targets, cell.truth(targets)),
        "unstandardised": {each: _by_name(study.estimands, cell.truth(study.estimands, each)) for each in scales},
        "no_truth": {t.name: why for t in study.estimands if (why := cell.no_truth(t)) is not None},
        "after_cut": {name: _or_none(value) for name, value in cell.world.after_cut(of_items).items()},
    }


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
    estimates = estimates_of_interviews(table, ordered, study.estimands)
    told = estimates.astype(object).where(estimates.notna(), None)
    return {
        "held": len(table.respondents),
        "found": len(table.themes),
        "mentions": [int(count) for count in table.mentions],
        "estimates": told.to_dict("records"),
    }


def _distinct(study: Study) -> list[Cell]:
    """One cell for each population."""
    return list({tuple(cell.levels.values()): cell for cell in reversed(study.cells)}.values())[::-1]


def _calibration(study: Study, content: Mapping[str, Any]) -> list[dict[str, Any]] | None:
    """Published against achieved values of every population that was solved from a table."""
    if "published" not in content:
        return None
    paths = [t for t in study.model.targets if t.kind == "path"]
    loadings = loading_targets(study.model)
    found = []
    for cell in _distinct(study):
        solved = cell.calibration
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


def _own_code(study: Study) -> dict[str, str]:
    """Which code the study's own measures are, by their references."""
    return {each.measure.reference: each.origin for each in ownmeasures.load(study.file.performance)}


def _versions() -> dict[str, str]:
    found = {"loadstone": program_version(), "source": program_code(), "python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    return found
