"""What is said of what an audit rests on: what the paper leaves open, where the audit is weak, how it was made."""

from benchmarks.auditing.answers import SOME_EFFECT
from benchmarks.auditing.audit import FEW, Audit
from benchmarks.auditing.hanging import HANGS
from benchmarks.auditing.prior import Prior, Range
from reports.auditing.words import functional, of_key
from reports.printing.numbers import number
from reports.printing.words import capital, listed

#: A table under so small a share of simulated ones is unlike all that these populations make.
_UNLIKE = 0.02
#: So many far numbers are named.
_NAMED = 3
#: What keeps so much of its prior SD is hardly told by the paper.
_LOOSE = 0.8


def undetermined(audit: Audit) -> list[str]:
    """What the paper does not determine, and which answers hang on it."""
    under = audit.under[0]
    told = []
    if loose := [functional(each.name) for each in under.open if each.left > _LOOSE]:
        told.append(f"The paper tells next to nothing of: {listed(loose)}.")
    for name in dict.fromkeys(hangs.on[0][0] for hangs in under.hangs if hangs.on):
        keys = [of_key(hangs.key) for hangs in under.hangs if hangs.on and hangs.on[0][0] == name]
        told.append(f"{capital(functional(name))} matters most for: {listed(keys)}.")
    if nothing := [of_key(hangs.key) for hangs in under.hangs if not hangs.on]:
        told.append(f"No single thing explains {100 * HANGS:g}% or more of: {listed(nothing)}.")
    return told


def cautions(audit: Audit) -> list[str]:
    """Where the audit itself is weak."""
    told = []
    for under in audit.under:
        if under.is_thin:
            told.append(
                f"Under the {under.prior.name} prior only about {under.fitting.effective:.0f} populations carry the "
                f"weight (under {FEW}): the ends of its ranges are rough."
            )
        if under.fitting.unusual < _UNLIKE:
            told.append(
                f"Under the {under.prior.name} prior, {100 * under.fitting.unusual:.1f}% of simulated tables are as "
                "unusual as the printed one: these populations hardly make such a table."
            )
        if far := under.fitting.far:
            named = [f"{each.name} {number(each.middle, 2)} for {number(each.printed, 2)}" for each in far[:_NAMED]]
            more = f", and {len(far) - _NAMED} more numbers" if len(far) > _NAMED else ""
            told.append(
                f"Under the {under.prior.name} prior, even the simulated surveys that come nearest print other numbers "
                f"on average than the paper ({', '.join(named)}{more}): its ranges are extrapolated and may not hold."
            )
    return told


def method(audit: Audit) -> list[str]:
    """How the answers were found."""
    procedure, paper, effort = audit.procedure, audit.procedure.paper, audit.effort
    tried = "; ".join(
        f"{each.prior.name} prior: {each.fitting.looked_at:,} populations tried, {each.fitting.alike:,} drop and say "
        f"what the paper does, {each.fitting.effective:.0f} effective after weighing"
        for each in audit.under
    )
    tests = f"{procedure.resamples} bootstrap resamples" if procedure.method.resampled else "the method's own tests"
    said = f" for the paper's {paper.resamples:,}" if paper.resamples and procedure.method.resampled else ""
    return [
        "Populations are common factors with unrelated errors, drawn from a prior; from each a survey is drawn and "
        "treated as the paper treated its own. Those that drop as many items of each construct are weighed by how near "
        "their printed numbers come, and what distance is left is taken out by local regression. Which items of a "
        "construct are dropped makes no difference where nothing printed tells them apart.",
        f"{capital(tried)}.",
        f"Tests at {100 * paper.level:g}%, {'two' if paper.tails == 2 else 'one'}-sided, from {tests}{said}; the "
        "number needed for 80% power, from n / 2 on, is that of least-squares tests among the scores.",
        f"Type S and M errors are of true paths of at least {SOME_EFFECT:g}. Type I errors and numbers needed are from "
        f"up to {effort.aside} populations a prior.",
        *(prior_words(each.prior) for each in audit.under),
    ]


def prior_words(prior: Prior) -> str:
    """A prior in a few sentences."""

    def to(ends: Range) -> str:
        return f"{number(ends[0], 2)} to {number(ends[1], 2)}"

    return (
        f"{capital(prior.name)} prior, before the cut: mean loading of a construct {to(prior.mean)}, SD of its items "
        f"{to(prior.spread)}, items that do not belong a Beta(1, {prior.weak_share:g}) share with loadings "
        f"{to(prior.weak)}; correlations of exogenous constructs {to(prior.correlation)}; R2 {to(prior.r2)}, split at "
        f"random among its paths, each 0 with probability {prior.null:g} and else negative with {prior.negative:g}; "
        f"where they are not printed, mean answer {to(prior.answer_mean)} of the way from the lowest to the highest, "
        f"SD {to(prior.answer_sd)} of it. Within ranges all is uniform."
    )
