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
    "intercept": "intercept",
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
    "group_difference": "difference between groups",
    "micom_c": "c of MICOM",
    "micom_mean": "difference of means",
    "micom_variance": "difference of log variances",
    "groups_d_g": "d_G of groups",
    "groups_d_l": "d_L of groups",
    "invariance": "invariance, chi-square",
    "invariance_cfi": "invariance, change of CFI",
    "invariance_rmsea": "invariance, change of RMSEA",
    "d_uls": "d_ULS",
    "d_g": "d_G",
    "srmr_saturated": "SRMR, saturated",
    "d_uls_saturated": "d_ULS, saturated",
    "d_g_saturated": "d_G, saturated",
}


def arrow(target: Target) -> str:
    """A path or an effect from cause to outcome: `A → S → P`, `A × B → P`; a difference: `A → P less S → P`."""
    if target.kind == "product":
        return "{1} × {2} → {0}".format(*target.parts)
    if target.kind == "slope":
        return f"{target.parts[1]} → {target.parts[0]}, {target.parts[2]} at {place(target.parts[3])}"
    if target.kind == "difference":
        return " less ".join(arrow(path) for path in target.paths)
    backward = target.kind in ("path", "group_difference", *PATH_KINDS)
    return " → ".join(reversed(target.parts) if backward else target.parts)


def place(deviations: str) -> str:
    """Where a moderator stands: `mean`, `+1 SD`, `−1 SD`."""
    return "mean" if float(deviations) == 0 else f"{float(deviations):+g} SD".replace("-", "\N{MINUS SIGN}")
