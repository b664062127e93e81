"""What a reader of estimates should notice: rules of thumb that are not met, and values that cannot exist."""

from dataclasses import dataclass
from math import inf, isnan
from typing import get_args

from sim.model import Model
from sim.targets import PATH_KINDS, Kind, ModelKind, Target

#: Rounding that is not worth a flag.
_SLACK = 1e-9


@dataclass(frozen=True)
class Flag:
    """A remark on one value. `impossible` where no such value can exist in a population."""

    text: str
    impossible: bool = False


_CHISQUARES: tuple[ModelKind, ...] = tuple(kind for kind in get_args(ModelKind) if kind.startswith("chisq"))
_DISTANCES: tuple[ModelKind, ...] = tuple(kind for kind in get_args(ModelKind) if kind.startswith(("srmr", "d_")))

#: (kinds, lowest, highest) that can exist.
_POSSIBLE: tuple[tuple[tuple[Kind, ...], float, float], ...] = (
    (("loading", "correlation", "htmt", "htmt_abs", "htmt2"), -1.0, 1.0),
    (("r2", "rho_c", "omega", "rho_a", "ave", "cfi"), 0.0, 1.0),
    (("alpha", "adj_r2", "fornell_larcker"), -inf, 1.0),
    (("f2", "rmsea", "df", *_CHISQUARES, *_DISTANCES), 0.0, inf),
    (("vif",), 1.0, inf),
    (("variance",), 0.0, inf),
)
#: (kinds, lowest, what is said of a value below it): possible in a sample, and worth a word.
_POSSIBLE_BELOW: tuple[tuple[tuple[Kind, ...], float, str], ...] = (
    (("alpha",), 0.0, "below 0 (possible: items run against each other)"),
    (("loading",), 0.0, "below 0: against its construct (worded the other way? then --reverse)"),
)
#: (kinds, rule, whether the value must be above it, the remark). Chin 1998 for loadings; Nunnally & Bernstein 1994 for
#: reliabilities; Fornell & Larcker 1981; Henseler, Ringle & Sarstedt 2015 for HTMT; Hair et al. 2019 for VIF.
_RULES: tuple[tuple[tuple[Kind, ...], float, bool, str], ...] = (
    (("loading",), 0.70, True, "under 0.70"),
    (("alpha", "omega", "rho_a", "rho_c"), 0.70, True, "under 0.70"),
    (("ave",), 0.50, True, "under 0.50"),
    (("fornell_larcker",), 0.0, True, "under 0 (a correlation exceeds the root of the AVE)"),
    (("htmt", "htmt_abs", "htmt2"), 0.90, False, "above 0.90"),
    (("htmt", "htmt_abs", "htmt2"), 0.85, False, "above 0.85"),
    (("vif",), 5.0, False, "above 5"),
)


def flag_of(target: Target, value: float, model: Model, raw: bool = False) -> Flag | None:
    """The remark on a target's value, or None. A value that cannot exist comes before a rule of thumb.

    Rules on how well items reflect a construct say nothing of composite blocks, and nothing here says anything of
    loadings and covariances in the units of the answers (`raw`).
    """
    if isnan(value) or (raw and target.kind in ("loading", "correlation")):
        return None
    for kinds, lowest, highest in _POSSIBLE:
        if target.kind in kinds and not lowest - _SLACK <= value <= highest + _SLACK:
            beyond = highest if value > highest else lowest
            word = "negative" if beyond == 0 else "below 1" if value < lowest == 1 else f"beyond {beyond:g}"
            return Flag(word, impossible=True)
    composites = {block.construct for block in model.every_block if block.kind == "composite"}
    if target.kind not in PATH_KINDS and composites & set(target.parts):
        return None
    for kinds, lowest, text in _POSSIBLE_BELOW:
        if target.kind in kinds and value < lowest:
            return Flag(text)
    for kinds, rule, above, text in _RULES:
        if target.kind in kinds and (value < rule if above else abs(value) > rule):
            return Flag(text)
    return None
