"""The figure of both denominators: rates over usable replications beside rates over all of them."""

from reports.drawing import panels
from reports.drawing.figure import Figure, Panel
from reports.drawing.palette import signs
from reports.results import Results
from reports.study import rows
from reports.study.sentences import target_in_words


def figure(results: Results) -> Figure:
    """Usable replications, then every path's rate of significance; no plots where every replication is usable."""
    usable = rows.of_measures(results, "", ("usable_rate",), "share")
    if all(row["value"] == 1 for row in usable):
        return Figure("denominators", "", "", "", [])
    lowest, _ = rows.span([*usable, {"low": 0.95, "high": 1.0}])
    rates = panels.by_size(signs(results), "usable", (max(lowest, 0.0), 1.0), share=True)
    made = [Panel("Usable replications", usable, rates)]
    made += [
        Panel(target_in_words(results, path), found, panels.two_denominators(signs(results)), one_size=True)
        for path in results.paths
        if (found := rows.of_denominators(results, path))
    ]
    caption = (
        "First the share of replications that give a usable result. Then, for each path, how often it is called "
        "significant at the chosen n: the small filled mark over the usable replications, the open mark over all of "
        "them, where an inadmissible fit counts with the p-value that it gives and a replication without numbers is no "
        "finding. The table “What counts as a finding” has the third way of counting too: over all of them, usable "
        "results only."
    )
    alt = "Share of usable replications by method and n, and rates of significance over both denominators."
    return Figure("denominators", "All replications against usable ones", caption, alt, made)
