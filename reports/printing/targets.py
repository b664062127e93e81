"""What targets are called: the kinds of quantities in a head, and paths and effects as arrows."""

from estimators.factors.fitindices import RMSEA_LEVEL
from sim.targets import PATH_KINDS, Kind, Target

#: What a kind is called in a head.
NAMES: dict[Kind, str] = {
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
    "difference": "difference between groups",
    "micom_c": "c of MICOM",
    "micom_mean": "difference of means",
    "micom_variance": "difference of log variances",
    "groups_d_g": "d_G of groups",
    "groups_d_l": "d_L of groups",
    "d_uls": "d_ULS",
    "d_g": "d_G",
    "srmr_saturated": "SRMR, saturated",
    "d_uls_saturated": "d_ULS, saturated",
    "d_g_saturated": "d_G, saturated",
}


def arrow(target: Target) -> str:
    """A path or an effect from cause to outcome: `A → S → P`."""
    return " → ".join(reversed(target.parts) if target.kind in ("path", "difference", *PATH_KINDS) else target.parts)
