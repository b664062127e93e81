"""The words of a report: what each measure is called, its unit, and a phrase that explains it."""

from dataclasses import dataclass
from typing import Literal

#: "share" is printed as a percentage, "coefficient" is on the standardised scale, "count" a mean number.
Unit = Literal["share", "coefficient", "count", "text"]


@dataclass(frozen=True)
class Wording:
    """A measure's name in a table head, its unit, and what it means in a phrase."""

    header: str
    unit: Unit
    meaning: str


MEASURES: dict[str, Wording] = {
    "bias": Wording("bias", "coefficient", "mean estimate minus the truth"),
    "relative_bias": Wording("relative bias", "share", "bias as a share of the truth"),
    "empirical_se": Wording("empirical SE", "coefficient", "standard deviation of the estimates over the replications"),
    "mean_model_se": Wording(
        "mean model SE", "coefficient", "root mean square of the standard errors that the method reports"
    ),
    "mean_se": Wording(
        "plain mean SE", "coefficient", "arithmetic mean of the standard errors that the method reports"
    ),
    "relative_error_model_se": Wording(
        "error of model SE", "share", "how far the reported standard error is from the empirical one"
    ),
    "rmse": Wording("RMSE", "coefficient", "root mean squared distance of the estimate from the truth"),
    "coverage": Wording("coverage", "share", "share of the replications whose interval contains the truth"),
    "power": Wording("power", "share", "share of the replications that find a path which is there"),
    "type_1_error": Wording("type I error", "share", "share of the replications that find a path which is zero"),
    "finite_bias": Wording("finite bias", "coefficient", "mean estimate minus the value among the firms there are"),
    "finite_empirical_se": Wording(
        "finite SE", "coefficient", "standard deviation of the estimates about the value among the firms there are"
    ),
    "finite_rmse": Wording(
        "finite RMSE", "coefficient", "root mean squared distance of the estimate from the value among the firms"
    ),
    "finite_coverage": Wording(
        "finite coverage", "share", "share of the replications whose interval contains the value among the firms"
    ),
    "limit_before_cut": Wording(
        "limit before the cut", "coefficient", "estimate from the population, continuous answers"
    ),
    "limit_after_cut": Wording(
        "limit after the cut", "coefficient", "estimate from the population, answers in categories"
    ),
    "screening_shift": Wording(
        "shift by the rule", "coefficient", "estimate with the rule minus without it, same data"
    ),
    "convergence_rate": Wording("converged", "share", "share of the replications in which the method converged"),
    "inadmissibility_rate": Wording(
        "inadmissible", "share", "share with an impossible solution, such as a negative variance"
    ),
    "usable_rate": Wording("usable", "share", "share of the replications that give an admissible estimate"),
    "respondents_used": Wording(
        "respondents used", "count", "mean number of respondents left after the handling of missing answers"
    ),
    "resamples_lost": Wording("resamples lost", "count", "mean number of unusable resamples in a replication"),
    "resamples_inadmissible": Wording(
        "resamples inadmissible", "count", "mean number of resamples with an impossible solution in a replication"
    ),
    "drop_rate": Wording("dropped", "share", "share of the replications in which the rule drops the item"),
    "items_dropped": Wording("items dropped", "count", "mean number of items that the rule drops"),
    "many_dropped": Wording("many dropped", "share", "share of the replications that lose at least so many items"),
    "known_at_claim": Wording("known", "share", "mean share of all themes that is known when saturation is claimed"),
    "claimed_after": Wording("after", "count", "mean number of interviews after which saturation is claimed"),
    "right_80": Wording("right: 80%", "share", "share of the claims at which 80% of all themes or more are known"),
    "right_90": Wording("right: 90%", "share", "share of the claims at which 90% of all themes or more are known"),
    "right_95": Wording("right: 95%", "share", "share of the claims at which 95% of all themes or more are known"),
    "right_all": Wording("right: all", "share", "share of the claims at which all themes are known"),
    "block_short": Wording("block short", "share", "share in which the rule alone would leave a block under two items"),
}

#: The measures against the firms of a finite population, beside those of the same name without the word.
FINITE_MEASURES = ("finite_bias", "finite_empirical_se", "finite_rmse", "finite_coverage")
#: The measures of an estimand that the full tables show, in this order.
ESTIMAND_MEASURES = (
    "bias",
    "relative_bias",
    "empirical_se",
    "mean_model_se",
    "relative_error_model_se",
    "rmse",
    "coverage",
    "power",
    "type_1_error",
    *FINITE_MEASURES,
    "limit_before_cut",
    "limit_after_cut",
    "screening_shift",
)
#: Estimates from the population's own moments: exact, over no replications.
LIMITS = ("limit_before_cut", "limit_after_cut")
REPLICATION_MEASURES = (
    "usable_rate",
    "convergence_rate",
    "inadmissibility_rate",
    "respondents_used",
    "resamples_lost",
    "resamples_inadmissible",
)

#: Which items a drop rate is taken over, beside single loadings.
TRUE_ITEMS, TRUE_STRONG_ITEMS, NULL_ITEMS = "true items", "true items >= 0.70", "null items"

#: A term that only readers of studies of finite populations need.
FINITE_TERM = "Finite population"
GLOSSARY: dict[str, str] = {
    "Loading": "how strongly an item reflects its construct, from 0 (not at all) to 1.",
    "Path": "the effect of one construct on another in standard deviations: a standardised regression weight.",
    "Bias": "how far a method's estimates lie from the truth on average: mean estimate minus true value.",
    "Power": "how often a study calls a path significant that is there. For a path that is zero, the same count is the "
    "type I error and should be 5% at the usual level.",
    "Coverage": "how often the confidence interval that a study reports contains the truth; a 95% interval should, "
    "95 times in 100.",
    "Empirical SE": "the standard deviation of a method's estimates over the simulated studies: its real uncertainty.",
    "Monte Carlo error": "the number after ±: the standard error of the reported figure itself, since a finite number "
    "of studies was simulated. Twice this distance holds the exact figure 19 times in 20.",
    FINITE_TERM: "the firms that there are, of which a study asks some. Their values are not quite the truth, which is "
    "that of the endless population all firms come from; finite bias, SE and coverage are about the firms. "
    "A finite-population correction (fpc) multiplies standard errors by the root of the share of firms not asked.",
    "Usable": "said of a replication in which the method converged to a possible solution. Failures are counted, never "
    "redrawn.",
}

#: Words of studies of interviews.
THEME_GLOSSARY: dict[str, str] = {
    "Prevalence": "the share of all interviews in which a theme would come up.",
    "Known": "the share of all themes that came up in the interviews held so far.",
    "Coverage": "the share of what interviews tell, now and later, that is of themes already known: common themes "
    "count for more than rare ones. Also said of an interval: how often it contains the truth.",
    "Saturation": "the claim that further interviews bring nothing new. Here it counts as right where at least so many "
    "of all themes are known.",
    **{word: GLOSSARY[word] for word in ("Bias", "Empirical SE", "Monte Carlo error")},
}
