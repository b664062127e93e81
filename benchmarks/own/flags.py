"""What a reader of estimates should notice: rules of thumb that are not met, and values that cannot exist."""

from dataclasses import dataclass
from math import isnan

from sim.model import Model
from sim.targets import PATH_KINDS, Kind, Target

#: Rounding that is not worth a flag.
_SLACK = 1e-9


@dataclass(frozen=True)
class Flag:
    """A remark on one value. `impossible` where no such value can exist in a population."""

    text: str
    impossible: bool = False


#: (kinds, lowest, highest) that can exist.
_POSSIBLE: tuple[tuple[tuple[Kind, ...], float, float], ...] = (
    (("loading", "correlation"), -1.0, 1.0),
    (("r2", "rho_c", "omega", "rho_a", "alpha", "ave"), 0.0, 1.0),
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


def flag_of(target: Target, value: float, model: Model) -> Flag | None:
    """The remark on a target's value, or None. A value that cannot exist comes before a rule of thumb.

    Rules on how well items reflect a construct say nothing of composite blocks.
    """
    if isnan(value):
        return None
    for kinds, lowest, highest in _POSSIBLE:
        if target.kind in kinds and not lowest - _SLACK <= value <= highest + _SLACK:
            beyond = highest if value > highest else lowest
            return Flag("negative" if beyond == 0 else f"beyond {beyond:g}", impossible=True)
    composites = {block.construct for block in model.every_block if block.kind == "composite"}
    if target.kind not in PATH_KINDS and composites & set(target.parts):
        return None
    for kinds, rule, above, text in _RULES:
        if target.kind in kinds and (value < rule if above else abs(value) > rule):
            return Flag(text)
    return None
