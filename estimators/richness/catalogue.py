"""The methods for interviews: every one by name, and one made from its settings."""

import dataclasses
from collections.abc import Mapping
from typing import Any

from estimators.entry import Entry
from estimators.methods import Method
from estimators.richness.accumulation import Accumulation
from estimators.richness.coverage import ChaoJost, Turing
from estimators.richness.richness import Chao2, IncidenceCoverage, Jackknife, Observed
from estimators.richness.rule import StoppingRule
from estimators.settings import check_setting
from sim.errors import InputError, nearest, unknown

#: The one list of methods for interviews. A new one is a new class in this room and a new line here.
RICHNESS: dict[str, Entry] = {
    "observed": Entry(
        Observed, "Themes found", "what was found is taken for all there is, as a claim of saturation does"
    ),
    "chao2": Entry(
        Chao2,
        "Chao2",
        "Chao's lower bound of richness from themes of one and of two interviews, log-normal intervals",
        {"form": ("classic", "corrected")},
    ),
    "jackknife": Entry(Jackknife, "Jackknife", "jackknife of first or second order over interviews, normal intervals"),
    "ice": Entry(IncidenceCoverage, "ICE", "richness from the coverage and the variation of rare themes"),
    "turing": Entry(Turing, "Good-Turing", "coverage from themes of one interview, delta-method intervals"),
    "chao-jost": Entry(
        ChaoJost, "Chao-Jost", "coverage from themes of one and of two interviews, delta-method intervals"
    ),
    "accumulation": Entry(
        Accumulation,
        "Accumulation curve",
        "rarefaction to fewer interviews and extrapolation to more, unconditional standard errors",
    ),
    "rule": Entry(StoppingRule, "Stopping rule", "stops when the last interviews, some in a row, brought no new theme"),
}
#: Methods that claim, when they stop, to have found all themes.
CLAIMS = ("observed", "rule")


def build_for_interviews(name: str, settings: Mapping[str, Any], level: float) -> Method:
    """A method for interviews from its settings. Raises InputError naming the setting and what is allowed."""
    given = dict(settings)
    base = given.pop("estimator", name)
    if base not in RICHNESS:
        raise InputError(unknown("method for interviews", str(base), RICHNESS))
    entry = RICHNESS[base]
    defaults = {f.name: f.default for f in dataclasses.fields(entry.estimator) if f.name != "level"}
    for key, value in given.items():
        if key not in defaults:
            allowed = f"allowed: {', '.join(defaults)}" if defaults else "it has none"
            raise InputError(f"setting '{key}' is not known for {base}{nearest(key, defaults)} ({allowed})")
        check_setting(key, value, entry, defaults[key])
    told = ", ".join(f"{key} {value}" for key, value in given.items())
    labelled = dataclasses.replace(entry, label=f"{entry.label} ({told})" if told else entry.label, wald=False)
    return Method(name, entry.estimator(level=level, **given), {"estimator": base, **settings}, labelled)
