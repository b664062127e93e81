"""The figure of where the bias comes from: the method, the cut into categories, the small sample."""

from reports.drawing import panels
from reports.drawing.figure import Figure, Panel
from reports.drawing.palette import signs
from reports.results import Results
from reports.study import rows
from reports.study.sentences import target_in_words


def figure(results: Results) -> Figure:
    """The truth, the two limits without sampling and the mean estimate, for every path."""
    made = [
        Panel(target_in_words(results, path), found, panels.steps(signs(results)), one_size=True)
        for path in results.paths
        if (found := rows.of_limits(results, path))
    ]
    caption = (
        "From the truth (vertical line) to the mean estimate in three steps. Open circle: what the method gives for "
        "the whole population with continuous answers; its distance from the truth is the method's own bias. Short "
        "bar: the same after the cut into categories; from circle to bar is the bias of the answer scale. Filled "
        "mark: the mean estimate at the chosen n, on a broad line that is its 95% Monte Carlo interval; from bar to "
        "mark is the bias of the small sample."
    )
    if results.screened:
        caption += " Methods that screen do so at every step."
    alt = "For each method the truth, the two limits without sampling and the mean estimate, one plot for each path."
    return Figure("decomposition", "Where the bias comes from", caption, alt, made)
