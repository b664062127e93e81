"""What is said of a population in words: what it is, how its answers come about, and what the columns mean."""

from benchmarks.portrait import Portrait
from reports.numbers import number


def lead(portrait: Portrait) -> str:
    """Constructs, paths, items and categories in one line."""
    model, thresholds = portrait.population.model, portrait.population.scale.thresholds
    counts = sorted({len(cuts) + 1 for cuts in thresholds})
    answers = f"answered in {' to '.join(map(str, counts))} categories" if counts else "answered without a cut"
    departs = f"; {portrait.population.words}" if portrait.population.words else ""
    counted = f"{len(model.constructs)} constructs, {len(model.paths)} paths, {len(model.items)} items {answers}"
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
    """That values after the cut are no exact ones, where they are not."""
    respondents = portrait.population.simulated
    return f" Values after the cut are simulated from {respondents:,} respondents." if respondents else ""


def caption(portrait: Portrait) -> str:
    """What the diagram's lines mean, and what it leaves to the tables."""
    told = (
        "Standardised values before the cut. A dashed path is 0; exogenous constructs without a curve between them are "
    )
    left = " Error covariances are in the tables." if portrait.population.error_covariances.any() else ""
    left += " Values are those of all groups together." if portrait.population.groups.members else ""
    if effects := portrait.population.products.effects:
        acting = (
            f"{a} \N{MULTIPLICATION SIGN} {b} on {outcome} {number(value, 2)}" for outcome, a, b, value in effects
        )
        left += f" Beside the paths act products of constructs: {', '.join(acting)}."
    return f"{told}uncorrelated.{left}"


def endings(portrait: Portrait) -> list[str]:
    """Methods without a limit, or with one that cannot be, and why."""
    return [f"{limit.label}: {limit.ending}" for limit in portrait.limits if limit.ending]
