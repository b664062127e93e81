"""What is said of a population in words: what it is, how its answers come about, and what the columns mean."""

from benchmarks.portraits.portrait import Portrait
from reports.diagram.values import error_covariances, shown
from reports.printing.numbers import number
from sim.implied.implied import implied


def lead(portrait: Portrait) -> str:
    """Constructs, paths, items and categories in one line."""
    model, thresholds = portrait.population.model, portrait.population.scale.thresholds
    counts = sorted({len(cuts) + 1 for cuts in thresholds})
    answers = f"answered in {' to '.join(map(str, counts))} categories" if counts else "answered without a cut"
    departs = f"; {portrait.population.words}" if portrait.population.words else ""
    whole = "".join(f" ({', '.join(b.items)} dimensions of {b.construct})" for b in model.second_order)
    counted = f"{len(model.constructs)} constructs{whole}, {len(model.paths)} paths, {len(model.items)} items {answers}"
    return counted + departs + levels(portrait)


def levels(portrait: Portrait) -> str:
    """`; effect = small, loading = 0.8`, or nothing."""
    told = ", ".join(f"{factor} = {level}" for factor, level in portrait.levels.items())
    return f"; {told}" if told else ""


def columns(portrait: Portrait) -> str:
    """What the columns of the tables mean."""
    methods = ", ".join(limit.label for limit in portrait.limits)
    if portrait.population.scale.is_continuous:
        return f"Truth: standardised. {methods}: what each method gives for infinitely many respondents."
    return (
        "Truth: standardised, before the answers are cut into categories. After cut: loadings, alpha, rho_c and AVE of "
        "the answers themselves, rho_c that of their unweighted sum; the cut leaves the constructs, their paths and "
        "correlations as they were. "
        f"{methods}: what each method gives for infinitely many such answers.{_simulated(portrait)}"
    )


def _simulated(portrait: Portrait) -> str:
    """A sentence on the respondents that values after the cut are simulated from; empty where they are exact."""
    respondents = implied(portrait.population).simulated
    return f" Values after the cut are simulated from {respondents:,} respondents." if respondents else ""


def caption(portrait: Portrait) -> str:
    """What the diagram's lines mean, and what it leaves to the tables."""
    told = (
        "Standardised values before the cut. A dashed path is 0; exogenous constructs without a curve between them are "
    )
    drawn = shown(portrait.population)
    acting = [
        f"{a} \N{MULTIPLICATION SIGN} {b} on {outcome} {number(value, 2)}"
        for outcome, a, b, value in portrait.population.products.effects
    ]
    more = [
        ("A hexagon is a composite: the values of its items are weights.", any(part.composite for part in drawn.parts)),
        (
            "Below a second-order construct stand its dimensions, with their loadings on it"
            + (", or weights for a hexagon." if any(part.composite for part in drawn.parts) else "."),
            any(part.dimensions for part in drawn.parts),
        ),
        ("Error covariances are in the tables.", error_covariances(portrait.population).any()),
        ("Values are those of all groups together.", bool(portrait.population.groups.members)),
        (f"Beside the paths act products of constructs: {', '.join(acting)}.", bool(acting)),
    ]
    return " ".join([f"{told}uncorrelated.", *(words for words, holds in more if holds)])


def endings(portrait: Portrait) -> list[str]:
    """Methods without a limit, or with one that cannot be, and why."""
    return [f"{limit.label}: {limit.ending}" for limit in portrait.limits if limit.ending]
