"""The words of a report: what each measure is called in a study, its unit, and what readers may have to look up."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from benchmarks.measures.basis.measure import Figure, Measure
from benchmarks.measures.basis.samples import Estimated, Sample
from benchmarks.measures.catalogue import MEASURES
from reports.record import TOO_FEW, Study

#: "share" is printed as a percentage, "coefficient" is on the standardised scale, "count" a mean number.
Unit = Literal["share", "coefficient", "count", "text"]


@dataclass(frozen=True)
class Wording:
    """A measure's name in a table head, its unit, what it means in a phrase, and whether a plus sign is printed."""

    header: str
    unit: Unit
    meaning: str
    signed: bool = False


def worded(study: Study) -> dict[str, Wording]:
    """Every measure in the words of one study, by its name."""
    places = _places(study)
    listed = {
        each.name: Wording(each.header.format(**places), each.unit, each.meaning.format(**places), each.signed)
        for each in MEASURES
    }
    further = {each.name: Wording(each.header, each.unit, each.meaning, each.signed) for each in study.further_measures}
    return listed | further


def needs_of(study: Study) -> dict[str, str]:
    """What each measure of an estimand needs, in words that follow "needs", by its name."""
    listed = {each.name: each.needs for each in MEASURES if each.of is Estimated}
    return listed | {each.name: each.needs for each in study.further_measures if not each.own}


def scale_in_words(study: Study) -> str:
    """The scale of estimates and true values, as a caption tells it after what it is about."""
    scales = {method.scale for method in study.methods.values()}
    if scales == {"standardised"}:
        return ", on the standardised scale"
    return ", in units of the answers" if "standardised" not in scales else ", each method on the scale of its solution"


def caption(study: Study, figure: Figure, scale: str = "") -> str:
    """The caption of a measure's figure in one study; `scale` tells the unit of its numbers: `, in points`."""
    return figure.caption.format(**_places(study, scale))


def measures_of(*kinds: type[Sample]) -> list[Measure]:
    """The measures taken of these kinds of samples, in the order of the list."""
    return [measure for measure in MEASURES if measure.of in kinds]


def _places(study: Study, scale: str = "") -> Mapping[str, str]:
    """What stands in place of the words in braces."""
    return {
        "alpha": f"{study.alpha:g}",
        "level": f"{study.level:.0%}",
        "many_dropped": str(study.many_dropped),
        "reference": study.reference_label,
        "too_few": too_few(study),
        "trim": f"{study.trim:g}",
        "scale": scale,
    }


def too_few(study: Study) -> str:
    """How few items a rule would call too few: `fewer than two items`; of rules that differ, each by its label."""
    rules = [rule for rule in study.rules if rule.too_few != TOO_FEW]
    words = dict.fromkeys(rule.too_few for rule in rules)
    if len(words) < 2:
        return next(iter(words), TOO_FEW)
    return " or ".join(f"{rule.too_few} ({rule.label})" for rule in rules)


#: Terms of a report whose meaning no measure brings; those after them belong to all kinds of study.
SURVEY_TERMS: dict[str, str] = {
    "Loading": "how strongly an item reflects its construct, from 0 (not at all) to 1.",
    "Path": "the effect of one construct on another in standard deviations: a standardised regression weight.",
}
ERROR_TERMS: dict[str, str] = {
    "Monte Carlo error": "the number after ±: the standard error of the reported figure itself, since a finite number "
    "of studies was simulated. Twice this distance holds the exact figure 19 times in 20.",
    "Interval of a rate": "the two numbers after a rate of 0% or 100%, in place of an error of 0: between them lies "
    "the exact rate 19 times in 20 (Wilson's interval). What happened in none of 200 studies may still happen in 1 of "
    "100.",
}
FINITE_TERMS: dict[str, str] = {
    "Finite population": "the firms that there are, of which a study asks some. Their values are not quite the truth, "
    "which is that of the endless population all firms come from; finite bias, SE and coverage are about the firms. "
    "A finite-population correction (fpc) multiplies standard errors by the root of the share of firms not asked.",
}
#: Words of studies of interviews; a measure's own meaning gives way to these.
THEME_TERMS: dict[str, str] = {
    "Prevalence": "the share of all interviews in which a theme would come up.",
    "Known": "the share of all themes that came up in the interviews held so far.",
    "Coverage": "the share of what interviews tell, now and later, that is of themes already known: common themes "
    "count for more than rare ones. Also said of an interval: how often it contains the truth.",
    "Saturation": "the claim that further interviews bring nothing new. Here it counts as right where at least so many "
    "of all themes are known.",
}


def measure_terms() -> dict[str, str]:
    """The terms that measures bring, by measure: what readers who do not know the word need."""
    return {measure.name: measure.glossary for measure in MEASURES if measure.glossary}
