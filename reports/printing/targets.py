"""What targets are called: the kinds of quantities in a head, and paths and effects as arrows."""

from estimators.factors.fitindices import RMSEA_LEVEL
from sim.targets import PATH_KINDS, Kind, Target

#: What a kind is called in a head.
NAMES: dict[Kind, str] = {
    "product": "product",
    "slope": "slope",
    "loading": "loading",
    "correlation": "correlation",
    "variance": "variance",
    "r2": "R²",
    "adj_r2": "adjusted R²",
    "alpha": "alpha",
    "omega": "omega",
    "rho_a": "rho_A",
    "rho_c": "rho_c",
    "ave": "AVE",
    "fornell_larcker": "Fornell-Larcker margin",
    "f2": "f²",
    "vif": "VIF",
    "htmt": "HTMT",
    "htmt_abs": "HTMT (absolute)",
    "htmt2": "HTMT2",
    "chisq": "chi-square",
    "df": "df",
    "cfi": "CFI",
    "tli": "TLI",
    "rmsea": f"RMSEA, {100 * RMSEA_LEVEL:g}% interval",
    "srmr": "SRMR",
    "aic": "AIC",
    "bic": "BIC",
    "chisq_bartlett": "chi-square, Bartlett",
    "chisq_swain": "chi-square, Swain",
    "chisq_yuan": "chi-square, Yuan",
}


def arrow(target: Target) -> str:
    """A path or an effect from cause to outcome: `A → S → P`, `A × B → P`; a difference: `A → P less S → P`."""
    if target.kind == "product":
        return "{1} × {2} → {0}".format(*target.parts)
    if target.kind == "slope":
        return f"{target.parts[1]} → {target.parts[0]}, {target.parts[2]} at {place(target.parts[3])}"
    if target.kind == "difference":
        return " less ".join(arrow(path) for path in target.paths)
    return " → ".join(reversed(target.parts) if target.kind in ("path", *PATH_KINDS) else target.parts)


def place(deviations: str) -> str:
    """Where a moderator stands: `mean`, `+1 SD`, `−1 SD`."""
    return "mean" if float(deviations) == 0 else f"{float(deviations):+g} SD".replace("-", "\N{MINUS SIGN}")
