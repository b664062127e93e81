"""Targets: one estimand each, under the name lavaan or the field gives it."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, get_args

from sim.errors import unknown

#: What stands between two constructs, a construct and an item, a name and itself (a variance), or a name and 1.
JointKind = Literal["path", "loading", "weight", "correlation", "indirect", "variance", "intercept"]
#: `Y~A:B`: what a product of two constructs does; `slope(Y~A|B=1)`: the effect of A where B is 1 SD above its mean.
ProductKind = Literal["product", "slope"]
#: `name(F)`: explained variance, reliabilities and average variance extracted, Fornell & Larcker's margin.
ConstructKind = Literal["r2", "adj_r2", "alpha", "omega", "rho_c", "rho_a", "ave", "fornell_larcker"]
#: `name(Y~X)`: effect size and collinearity of one path.
PathKind = Literal["f2", "vif"]
#: `name(A->Y)`: the effect along all chains of paths, and along all but the direct path.
EffectKind = Literal["total", "total_indirect"]
#: `name(A,B)`: heterotrait-monotrait ratios, 0 or more: of signed correlations, of absolute ones, of geometric means.
PairKind = Literal["htmt", "htmt_abs", "htmt2"]
#: `name`: fit of the whole model. chisq is the method's own test statistic, the next three correct ML's for small n;
#: distances of the sample's correlations from a composite model's as estimated, and from those of free constructs.
# fmt: off
ModelKind = Literal[
    "chisq", "df", "cfi", "tli", "rmsea", "srmr", "aic", "bic", "chisq_bartlett", "chisq_swain", "chisq_yuan",
    "d_uls", "d_g", "srmr_saturated", "d_uls_saturated", "d_g_saturated",
]
# fmt: on
#: `difference(Y~A,Y~B)`: one path less another to the same outcome.
DifferenceKind = Literal["difference"]
#: `name(y1)`: prediction of an item for respondents left out, by the method and by the linear-model benchmark.
ItemKind = Literal["q2_predict", "rmse_predict", "mae_predict", "q2_lm", "rmse_lm", "mae_lm"]
#: `name` or `name(Y)`: mean loss of prediction less that of item averages, the linear model, or another model.
LossKind = Literal["cvpat_ia", "cvpat_lm", "cvpat"]
#: `group_difference(Y~X)`: of a path between two groups of respondents, the first less the second. `name(F)`: agreement
#: of composites by both groups' weights, differences of means and log variances; `name`: distance of their models.
GroupDifferenceKind = Literal["group_difference"]
MicomKind = Literal["micom_c", "micom_mean", "micom_variance"]
GroupDistanceKind = Literal["groups_d_g", "groups_d_l"]
#: `name(STEP)`: of groups fitted together, the chi-square of a step against the one before it (of the first step, that
#: of the model), and the changes of CFI and RMSEA.
InvarianceKind = Literal["invariance", "invariance_cfi", "invariance_rmsea"]
#: `name`: a quantity that a model defines itself, `ind := a*b`, or a parameter under its label.
OwnKind = Literal["defined"]
#: `name` or `name(NUMBER)`: of interviews that tell themes. See `sim.themes.population`, which reads them.
ThemeKind = Literal["themes", "known", "coverage", "new", "interviews"]
GroupKind = GroupDifferenceKind | MicomKind | GroupDistanceKind | InvarianceKind
Kind = (
    JointKind
    | ProductKind
    | ConstructKind
    | PathKind
    | EffectKind
    | PairKind
    | ModelKind
    | ItemKind
    | LossKind
    | DifferenceKind
    | GroupKind
    | OwnKind
    | ThemeKind
)

JOINT: dict[JointKind, str] = {
    "path": "~",
    "loading": "=~",
    "weight": "<~",
    "correlation": "~~",
    "indirect": "->",
    "variance": "~~",
    "intercept": "~",
}
CONSTRUCT_KINDS: tuple[ConstructKind, ...] = get_args(ConstructKind)
PATH_KINDS: tuple[PathKind, ...] = get_args(PathKind)
EFFECT_KINDS: tuple[EffectKind, ...] = get_args(EffectKind)
PAIR_KINDS: tuple[PairKind, ...] = get_args(PairKind)
MODEL_KINDS: tuple[ModelKind, ...] = get_args(ModelKind)
ITEM_KINDS: tuple[ItemKind, ...] = get_args(ItemKind)
LOSS_KINDS: tuple[LossKind, ...] = get_args(LossKind)
#: What is known of a method that predicts and of no population: each is judged by its own limit.
PREDICTION_KINDS: tuple[ItemKind | LossKind, ...] = (*ITEM_KINDS, *LOSS_KINDS)
MICOM_KINDS: tuple[MicomKind, ...] = get_args(MicomKind)
GROUP_DISTANCES: tuple[GroupDistanceKind, ...] = get_args(GroupDistanceKind)
INVARIANCE_KINDS: tuple[InvarianceKind, ...] = get_args(InvarianceKind)
#: The steps of invariance: what is equal in all groups is nothing; loadings; and intercepts; and error variances.
INVARIANCE_STEPS = ("configural", "metric", "scalar", "strict")
#: What is about groups of respondents: methods with a `group_test`, or with `invariance`, give it.
GROUP_KINDS: tuple[GroupKind, ...] = ("group_difference", *MICOM_KINDS, *GROUP_DISTANCES, *INVARIANCE_KINDS)
THEME_KINDS: tuple[ThemeKind, ...] = get_args(ThemeKind)
EVERY_KIND: tuple[Kind, ...] = (
    *get_args(JointKind), *get_args(ProductKind), *CONSTRUCT_KINDS, *PATH_KINDS, *EFFECT_KINDS, *PAIR_KINDS,
    *MODEL_KINDS, *ITEM_KINDS, *LOSS_KINDS, *GROUP_KINDS, "difference", "defined", *THEME_KINDS,
)  # fmt: skip
#: The reliabilities and AVE that every method reports unless told otherwise.
RELIABILITIES: tuple[ConstructKind, ...] = ("alpha", "rho_c", "ave")
#: What joins the names inside the brackets of a kind.
_INSIDE: tuple[tuple[tuple[Kind, ...], str], ...] = (
    ((*PATH_KINDS, "group_difference"), "~"),
    (EFFECT_KINDS, "->"),
    (PAIR_KINDS, ","),
)
#: How the targets with brackets and those of the whole model are written.
SPELLINGS = ", ".join(
    (
        "product `Y~A:B`, slope(Y~A|B=1)",
        "r2(Y), adj_r2(Y)",
        *(f"{kind}(F)" for kind in CONSTRUCT_KINDS if not kind.endswith("r2")),
        *(
            f"{kind}({place})"
            for kinds, place in ((PATH_KINDS, "Y~X"), (EFFECT_KINDS, "A->Y"), (PAIR_KINDS, "A,B"))
            for kind in kinds
        ),
        "difference(Y~X,Y~Z)",
        *(f"{kind}(x)" for kind in ITEM_KINDS),
        *(f"{kind} or {kind}(Y)" for kind in LOSS_KINDS),
        *MODEL_KINDS,
        "group_difference(Y~X)",
        *(f"{kind}(F)" for kind in MICOM_KINDS),
        *GROUP_DISTANCES,
        *(f"{kind}(STEP)" for kind in INVARIANCE_KINDS),
    )
)


_PRODUCT = re.compile(r"([\w.]+)~([\w.]+):([\w.]+)")
_SLOPE = re.compile(r"slope\(([\w.]+)~([\w.]+)\|([\w.]+)=([-+]?(?:\d+\.?\d*|\.\d+))\)")


@dataclass(frozen=True)
class Target:
    """One estimand, on the standardised scale unless a raw solution is asked for.

    `parts` are the names in it, in the order they are written: `PERF~ACRM` path, `ACRM=~CC1` loading, `ACRM<~CC1`
    weight, `ACRM~~OCRM` construct correlation (raw: covariance), `CC1~~CC1` error variance of an item, `ACRM~~ACRM`
    variance of an exogenous construct and residual variance of an endogenous one, `CC1~1` intercept of an item, and
    mean of an exogenous construct or intercept of an endogenous one,
    `ACRM->SCC->PERF` indirect effect along one chain, `r2(PERF)`, `f2(PERF~ACRM)`, `total(ACRM->PERF)`,
    `htmt(ACRM,OCRM)`, `chisq`, `q2_predict(VA1)`, `cvpat_lm(PERF)`: the kinds above. `PERF~ACRM:OCRM`, the effect of
    the product of two constructs, names them in alphabetical order; the parts of `slope(PERF~ACRM|OCRM=-1)` end with
    the moderator's value as text. `f2(PERF~ACRM:OCRM)` has the product as one part, `ACRM:OCRM`.
    """

    kind: Kind
    parts: tuple[str, ...]

    @property
    def name(self) -> str:
        """The name that truth, estimates, measures and reports share."""
        return _name_of(self)

    @property
    def paths(self) -> tuple["Target", ...]:
        """The two paths of a difference, the first less the second."""
        outcome, *predictors = self.parts
        return tuple(Target("path", (outcome, predictor)) for predictor in predictors)


@lru_cache(maxsize=2**14)
def _name_of(target: Target) -> str:
    if target.kind == "product":
        return "{}~{}:{}".format(*target.parts)
    if target.kind == "slope":
        return "slope({}~{}|{}={})".format(*target.parts)
    if target.kind in JOINT:
        return JOINT[target.kind].join(target.parts)
    if target.kind == "defined":
        return target.parts[0]
    if target.kind == "difference":
        return f"difference({','.join(path.name for path in target.paths)})"
    inside = next((joint for kinds, joint in _INSIDE if target.kind in kinds), "")
    return f"{target.kind}({inside.join(target.parts)})" if target.parts else target.kind


@lru_cache(maxsize=2**14)
def read_target(name: str) -> Target | None:
    """The target that `name` spells, or None where it spells none. Whether the names exist is the model's matter."""
    text = name.replace(" ", "")
    if match := _PRODUCT.fullmatch(text):
        outcome, *factors = match.groups()
        return Target("product", (outcome, *sorted(factors)))
    if match := _SLOPE.fullmatch(text):
        *names, at = match.groups()
        return Target("slope", (*names, f"{float(at):g}"))
    if text in (*MODEL_KINDS, *LOSS_KINDS, *GROUP_DISTANCES):
        return Target(text, ())
    if match := re.fullmatch(r"(\w+)\((.+)\)", text):
        return _bracketed(*match.groups())
    if "->" in text:
        parts = tuple(text.split("->"))
        return Target("indirect", parts) if len(parts) > 2 and all(parts) else None
    for kind in ("loading", "weight", "correlation", "path"):
        left, found, right = text.partition(JOINT[kind])
        if found:
            if not _is_name(left) or not _is_name(right):
                return None
            if kind == "path" and right == "1":
                return Target("intercept", (left, right))
            return Target("variance" if kind == "correlation" and left == right else kind, (left, right))
    return None


def no_step(target: Target) -> str | None:
    """Why there is no such step of invariance, or none before it to compare it with; None where there is."""
    name, first = target.parts[0], INVARIANCE_STEPS[0]
    if name not in INVARIANCE_STEPS:
        return unknown("step", name, INVARIANCE_STEPS)
    if name == first and target.kind != "invariance":
        return f"{first} is the first step, and changes nothing; ask for invariance({first}), or for a later step"
    return None


def _bracketed(kind: str, inside: str) -> Target | None:
    """The target `kind(inside)`, or None."""
    if kind in (*CONSTRUCT_KINDS, *ITEM_KINDS, *LOSS_KINDS, *MICOM_KINDS, *INVARIANCE_KINDS):
        return Target(kind, (inside,)) if _is_name(inside) else None
    if kind in PATH_KINDS and (match := _PRODUCT.fullmatch(inside)):
        outcome, *factors = match.groups()
        return Target(kind, (outcome, ":".join(sorted(factors))))
    if kind == "difference":
        pair = re.fullmatch(r"([\w.]+)~([\w.]+),([\w.]+)~([\w.]+)", inside)
        return Target("difference", (pair[1], pair[2], pair[4])) if pair and pair[1] == pair[3] else None
    for kinds, joint in _INSIDE:
        left, found, right = inside.partition(joint)
        if kind in kinds and found and _is_name(left) and _is_name(right):
            return Target(kind, (left, right))
    return None


def _is_name(text: str) -> bool:
    return bool(re.fullmatch(r"[\w.]+", text))
