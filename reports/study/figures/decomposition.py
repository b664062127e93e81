"""The ladder of the bias: what the method, the answer scale, the rule and the small sample each add."""

from reports.drawing import panels
from reports.drawing.figure import Figure, Panel
from reports.drawing.palette import signs
from reports.results import Results
from reports.study import rows
from reports.study.sentences import target_in_words


def figure(results: Results) -> Figure:
    """The truth, the three limits without sampling and the mean estimate, for every path."""
    made = [
        Panel(target_in_words(results, path), found, panels.steps(signs(results)), one_size=True)
        for path in results.paths
        if (found := rows.of_steps(results, path))
    ]
    caption = (
        "From the truth (vertical line) to the mean estimate, in steps that add up exactly. Open circle: what the "
        "method gives for infinitely many uncut answers to all items; its distance from the truth is the method's own "
        "bias. Short bar: the same after the cut into categories; from circle to bar is the bias of the answer scale. "
    )
    if results.deciding:
        caption += (
            "Open diamond: the mean of what it gives for infinitely many answers to the items that each study "
            "retained; from bar to diamond is the bias of the rule. "
        )
    caption += (
        "Filled mark: the mean estimate at the chosen n, on a broad line that is its 95% Monte Carlo interval; what is "
        "left is the bias of the small sample."
    )
    alt = "For each method the truth, the limits without sampling and the mean estimate, one plot for each path."
    return Figure("decomposition", "Where the bias comes from", caption, alt, made)
