"""The figure of what screening rules drop: each item against its true loading."""

from reports.drawing import panels
from reports.drawing.figure import Figure, Panel
from reports.drawing.palette import signs
from reports.printing.words import listed
from reports.results import Results
from reports.study import rows
from reports.study.screening import rules_drop

#: Methods that are told apart in one panel.
_TOGETHER = 4


def figure(results: Results) -> Figure:
    """Drop rate of each item against its true loading; a panel for each size, of many methods one for each."""
    rules = [rule for rule in results.study.rules if rule.threshold is not None]
    limits = sorted({rule.threshold for rule in rules if rule.threshold is not None})
    selecting = {name: results.study.methods[name].label for name in results.deciding if _may_drop(results, name)}
    found = [row for row in rows.of_drops(results, limits) if row["method"] in selecting.values()]
    shown = {name: sign for name, sign in signs(results).items() if name in selecting}
    if len(shown) > _TOGETHER:
        parts = {f"{label}, n = {results.baseline_n}": (results.baseline_n, label) for label in selecting.values()}
        chosen = {title: [r for r in found if (r["n"], r["method"]) == key] for title, key in parts.items()}
    else:
        chosen = {f"n = {n}": [row for row in found if row["n"] == n] for n in results.sizes}
    made = [Panel(title, those, panels.against_loading(shown, limits)) for title, those in chosen.items() if those]
    caption = (
        "Each mark is an item under one method; marks at equal loadings stand beside each other, on their own "
        "side of the dotted line. A line joins the mean rates at each true loading. Bars: 95% Monte Carlo intervals."
    )
    if limits:
        steps = "the dotted step" if len(limits) == 1 else "a dotted step,"
        caption += (
            f" A rule that could see the true loadings would follow {steps} at "
            f"{listed([f'{limit:.2f}' for limit in limits])}: drop everything to its left and nothing to its right."
        )
    words, verb = rules_drop(results)
    title = f"How often the {words} {verb} an item, by its true loading"
    alt = "Share of replications that drop each item against its true loading, a plot for each n or each method."
    return Figure("drop-rates", title, caption, alt, made)


def _may_drop(results: Results, name: str) -> bool:
    """Whether a decision of the method is about items."""
    method = results.study.methods[name]
    return method.rule is not None or any(step.changes == "items" for step in method.steps)
