"""The figures of what claims of saturation are worth."""

from benchmarks.measures.claims import RIGHT
from reports.drawing import panels
from reports.drawing.figure import Figure, Panel
from reports.drawing.palette import signs
from reports.interviews.sentences import named
from reports.results import Results
from reports.study import rows
from reports.study.figures.measure_figures import Look

_X = "interviews (n)"
#: How the measures' own figures look in a study of interviews.
LOOK = Look(lambda _, target: named(target), _X, True, False, lambda _: ", each in its own unit")
_BARS = "Bars: 95% Monte Carlo intervals, often shorter than the mark."


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
    made = [_share(results, f"{results.words[name].header} of the themes", "themes", name, "right") for name in RIGHT]
    caption = f"Share of the claims at which at least so many of all themes are known. {_BARS}"
    alt = "Share of claims of saturation that are right, against the number of interviews."
    return Figure("right", "How often a claim of saturation is right", caption, alt, [p for p in made if p.rows])


def _share(results: Results, title: str, target: str, measure: str, axis: str) -> Panel:
    found = rows.of_measures(results, target, (measure,), "share")
    if measure == "usable_rate":
        claiming = {row["method"] for row in rows.of_measures(results, "themes", ("known_at_claim",), "share")}
        found = [row for row in found if row["method"] in claiming]
    return Panel(title, found, panels.by_size(signs(results), axis, (0.0, 1.0), share=True, x_title=_X))
