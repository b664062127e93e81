"""Every estimate held against another program's, and the table of largest differences in docs/evidence.md.

`make evidence` writes the table anew. A file of reference/evidence belongs to one program and one setting of a method:
its birth certificate, the method as a study file would name it, tolerances, and cases with values by target.
"""

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from estimators.base import Estimates
from estimators.catalogue import ESTIMATORS
from estimators.methods import build
from sim.batch import Batch, Moments
from sim.model import Model
from sim.targets import MODEL_KINDS
from tests.cases import REFERENCE, batch_of

FOLDER = REFERENCE / "evidence"
PAGE = Path(__file__).parent.parent / "docs" / "evidence.md"
MARK = "<!-- below this line: written by `make evidence` -->"
#: What a file may state besides values, and the field of Estimates that is held against it.
FIELDS = ("value", "se", "p_value", "lower", "upper")
#: Test statistics are compared by ratio, fit indices by difference.
STATISTICS = tuple(kind for kind in MODEL_KINDS if kind.startswith("chisq"))


@dataclass(frozen=True)
class Finding:
    """The largest difference of one quantity in one case: absolute for values and indices, relative for the rest.

    Values of raw solutions, whose size is that of their units, are relative too (`relative` in the file).
    """

    case: str
    quantity: str
    difference: float
    tolerance: float
    count: int


def names() -> list[str]:
    """The evidence there is, by file stem."""
    return sorted(path.stem for path in FOLDER.glob("*.json"))


@cache
def content(name: str) -> dict[str, Any]:
    """One file of evidence."""
    read: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return read


def batch(case: str, given: dict[str, Any], model: Model) -> Batch:
    """The data of a case: a stored survey, or covariances."""
    if "covariance" not in given:
        return batch_of(given.get("data", case), model)
    covariance = np.array(given["covariance"])[None]
    return Batch.of_moments(Moments(np.zeros((1, len(model.items))), covariance, given["n"]))


@cache
def fitted(name: str, case: str) -> Estimates:
    """Our estimates of the targets that the file has values for."""
    evidence, given = content(name), content(name)["cases"][case]
    model = Model.parse(given["model"])
    method = build(name, evidence["method"], evidence.get("level", 0.95))
    targets = dict.fromkeys(target for field in FIELDS for target in given.get(field, {}))
    return method.estimator.fit(batch(case, given, model), model, [model.target(target) for target in targets])


def findings(name: str, case: str) -> Iterator[Finding]:
    """Every quantity of a case: what is the largest difference, and what is allowed."""
    evidence, fit = content(name), fitted(name, case)
    given = evidence["cases"][case]
    for field in FIELDS:
        differences: dict[str, list[float]] = {}
        for target, reference in given.get(field, {}).items():
            column = fit.column(target)
            difference = abs(float(getattr(fit, field)[0, column]) - reference)
            by_ratio = field == "se" or fit.targets[column].kind in STATISTICS
            if by_ratio or (field == "value" and evidence.get("relative")):
                difference /= abs(reference)
            differences.setdefault(fit.targets[column].kind, []).append(difference)
        for kind, each in differences.items():
            yield Finding(case, _quantity(kind, field), _largest(each), _tolerance(evidence, kind, field), len(each))


def table(name: str) -> list[str]:
    """The lines of one file's part of the page."""
    evidence = content(name)
    birth, entry = evidence["birth"], ESTIMATORS[evidence["method"]["estimator"]]
    settings = ", ".join(
        f"{key} = {value}" for key, value in evidence["method"].items() if key not in ("estimator", *_STOPPING)
    )
    cases = list(evidence["cases"])
    found = {(f.quantity, f.case): f for case in cases for f in findings(name, case)}
    lines = [
        f"### {entry.label}{f' ({settings})' if settings else ''}: {birth['program']} {birth['version']}, {name}",
        "",
        f"`{birth['call']}`" + (f" Not closer because {evidence['cause']}" if "cause" in evidence else ""),
        "",
        f"| quantity | allowed | {' | '.join(cases)} |",
        f"|---|---|{'---|' * len(cases)}",
    ]
    for quantity in dict.fromkeys(quantity for quantity, _ in found):
        row = [found.get((quantity, case)) for case in cases]
        allowed = next(f.tolerance for f in row if f)
        cells = " | ".join(bound(f.difference) if f else "" for f in row)
        lines.append(f"| {quantity} | {allowed:.0e} | {cells} |")
    return [*lines, ""]


def bound(difference: float) -> str:
    """The power of ten that a difference stays under, which another machine's rounding seldom changes."""
    if math.isnan(difference):
        return "not given"
    return "1e-16" if difference < 1e-16 else f"1e{math.ceil(math.log10(difference)):+03d}"


def page() -> str:
    """The page with its table made anew."""
    prose = PAGE.read_text(encoding="utf-8").partition(MARK)[0]
    lines = [line for name in names() for line in table(name)]
    return prose + MARK + "\n\n" + "\n".join(lines)


#: Settings of the optimiser, which the table does not repeat.
_STOPPING = ("tolerance", "max_iterations")


def _quantity(kind: str, field: str) -> str:
    return {"value": kind, "se": f"SE of {kind}", "p_value": f"p of {kind}"}.get(field, f"{field} end of {kind}")


def _largest(differences: list[float]) -> float:
    return math.nan if any(math.isnan(d) for d in differences) else max(differences)


def _tolerance(evidence: dict[str, Any], kind: str, field: str) -> float:
    given = evidence["tolerance"]
    if field == "value":
        return float(given.get(kind, given["value"]))
    return float(given.get(field, given["value"]))


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
