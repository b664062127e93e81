"""The figures of a study of interviews."""

from benchmarks.measures.claims import RIGHT
from reports.interviews.sentences import in_words
from reports.printing import panels
from reports.printing.palette import signs
from reports.results import Results
from reports.study import rows
from reports.study.figures import Figure, Panel
from reports.vocabulary import MEASURES

_X = "interviews (n)"
_BARS = "Bars: 95% Monte Carlo intervals, often shorter than the mark."


def figures(results: Results) -> list[Figure]:
    """Every figure that this study has numbers for, in the order of the page."""
    return [figure for build in (known, right, bias, coverage) if (figure := build(results)).panels]


def known(results: Results) -> Figure:
    """Share of the themes known when the claim is made, and how often it is made."""
    made = [
        _share(results, "Themes known at the claim", "themes", "known_at_claim", "known"),
        _share(results, "Studies that make the claim", "", "usable_rate", "claims"),
    ]
    caption = (
        "Left: mean share of all themes that is known when saturation is claimed, after all n interviews or when a "
        f"rule stops. Right: share of the studies in which the rule is met within n interviews. {_BARS}"
    )
    alt = "Share of themes known and share of studies that claim saturation, against the number of interviews."
    return Figure("known", "How much is known", caption, alt, [panel for panel in made if panel.rows])


def right(results: Results) -> Figure:
    """How often the claim is right, for four meanings of right."""
    made = [_share(results, f"{MEASURES[name].header} of the themes", "themes", name, "right") for name in RIGHT]
    caption = f"Share of the claims at which at least so many of all themes are known. {_BARS}"
    alt = "Share of claims of saturation that are right, against the number of interviews."
    return Figure("right", "How often a claim of saturation is right", caption, alt, [p for p in made if p.rows])


def _share(results: Results, title: str, target: str, measure: str, axis: str) -> Panel:
    found = rows.of_measures(results, target, (measure,), "share")
    if measure == "usable_rate":
        claiming = {row["method"] for row in rows.of_measures(results, "themes", ("known_at_claim",), "share")}
        found = [row for row in found if row["method"] in claiming]
    return Panel(title, found, panels.by_size(signs(results), axis, (0.0, 1.0), share=True, x_title=_X))


def bias(results: Results) -> Figure:
    """Bias of every estimand, by method and n."""
    made = []
    for target in results.study.estimands:
        if found := rows.of_measures(results, target, ("bias",), "coefficient"):
            spec = panels.by_size(signs(results), "bias", rows.span(found), dotted=0.0, x_title=_X)
            made.append(Panel(f"{in_words(target)} ({target})", found, spec))
    caption = f"Mean estimate minus the truth, each in its own unit; the dotted line is no bias. {_BARS}"
    alt = "Bias of each method against the number of interviews, one plot for each estimand."
    return Figure("bias", "Bias", caption, alt, made)


def coverage(results: Results) -> Figure:
    """Coverage of the intervals with the nominal line."""
    level = results.study.level
    found = {target: rows.of_measures(results, target, ("coverage",), "share") for target in results.study.estimands}
    lowest, _ = rows.span([row for each in found.values() for row in each] + [{"low": level, "high": 1.0}])
    made = [
        Panel(
            f"{in_words(target)} ({target})",
            each,
            panels.by_size(signs(results), "coverage", (max(lowest, 0.0), 1.0), share=True, dotted=level, x_title=_X),
        )
        for target, each in found.items()
        if each
    ]
    caption = (
        f"Share of replications whose interval contains the truth; the dotted line is the {level:.0%} that the "
        f"interval promises. {_BARS}"
    )
    alt = "Interval coverage of each method against the number of interviews, one plot for each estimand."
    return Figure("coverage", "Coverage of the intervals", caption, alt, made)
