"""What steps that want a path significant cost: how often a path that is not there is found, by the steps taken."""

from reports.drawing import panels
from reports.drawing.figure import Figure, Panel, Row
from reports.drawing.palette import signs
from reports.printing.numbers import is_known, with_error
from reports.results import Results
from reports.study import rows
from reports.study.sentences import path_in_words

#: How far methods with as many steps stand from each other, in steps.
_APART = 0.13


def figure(results: Results) -> Figure:
    """A plot for each n and each path that is zero somewhere and that steps want significant; none without such."""
    made = [
        Panel(f"{path_in_words(results, path)}, n = {n}", at_n, panels.against_steps(shown, results.study.alpha, most))
        for path in _wanted(results)
        if (most := max((row["steps"] for row in _rows(results, path)), default=0))
        for n in results.sizes
        if (at_n := [row for row in _rows(results, path) if row["n"] == n])
        and (shown := {name: sign for name, sign in signs(results).items() if sign.label in _labels(at_n)})
    ]
    caption = (
        "How often a path that is truly zero is called significant, by the number of steps that the analyst may take "
        "to make it so. The line leads from no step to the method with most, through those that take its first steps. "
        f"Bars: 95% Monte Carlo intervals. Dotted: the {results.study.alpha:.0%} that the test promises."
    )
    alt = "Rate of false positives against the number of steps taken, a mark for each method."
    return Figure("false-positives", "False positives, by the number of steps taken", caption, alt, made)


def sentence(results: Results) -> str:
    """The rate without steps, with the single step that does most, and with most steps, in the baseline cell."""
    cell, told = results.baseline_cell, []
    for path in _wanted(results):
        found = {row["name"]: row for row in _rows(results, path) if row["cell"] == cell}
        single = [name for name, row in found.items() if row["steps"] == 1]
        plain = next((name for name, row in found.items() if not row["steps"]), None)
        most = max(found, key=lambda name: found[name]["steps"], default=None)
        if plain is None or most is None or not single:
            continue
        worst = max(single, key=lambda name: found[name]["value"])
        rates = {name: with_error(results.rejections(cell, name, path), "share") for name in (plain, worst, most)}
        step = results.study.methods[worst].steps[0].label
        several = found[most]["steps"]
        together = f", and with {several} steps one after another in {rates[most]}" if several > 1 else ""
        told.append(
            f"{path_in_words(results, path)} is truly zero. Without any step it is called significant in "
            f"{rates[plain]} of studies; of single steps most often with “{step}”, in {rates[worst]}{together}."
        )
    return " ".join(told)


def _wanted(results: Results) -> list[str]:
    """The paths that steps want significant."""
    steps = [step for method in results.study.methods.values() for step in method.steps]
    wanted = {step.path for step in steps}
    return [path for path in results.study.estimands if path in wanted]


def _taken(results: Results, path: str) -> dict[str, tuple[str, ...]]:
    """By method, the labels of its steps, where all of them want this path significant; none of one without steps."""
    found = {}
    for name, method in results.study.methods.items():
        steps = [step for step in method.steps if step.changes != "nothing"]
        if all(step.path == path for step in steps) and (steps or not method.rule):
            found[name] = tuple(step.label for step in steps)
    return found


def _rows(results: Results, path: str) -> list[Row]:
    """The type I error of every method, with the number of its steps; chain: whether the most steps begin with them."""
    taken, made = _taken(results, path), []
    longest = max(taken, key=lambda name: len(taken[name]), default="")
    begun = {taken[longest][:length] for length in range(len(taken[longest]) + 1)} if taken else set()
    estimators = results.study.methods[longest].estimator if taken else ""
    for population, n, cell in results.numbered_cells:
        places = _places(taken)
        for name, steps in taken.items() if results.truth(cell, path) == 0 else ():
            found = results.rejections(cell, name, path)
            if is_known(found) and found is not None:
                chain = steps in begun and results.study.methods[name].estimator == estimators
                own = {"name": name, "cell": cell, "steps": len(steps), "at": places[name], "chain": chain}
                made.append(rows.row(results, population, n, name, found, "share") | own)
    return made


def _places(taken: dict[str, tuple[str, ...]]) -> dict[str, float]:
    """Where each method stands on the axis: about its number of steps, those with as many beside each other."""
    found: dict[str, float] = {}
    for length in {len(steps) for steps in taken.values()}:
        alike = [name for name, steps in taken.items() if len(steps) == length]
        middle = (len(alike) - 1) / 2
        found |= {name: round(length + _APART * (place - middle), 3) for place, name in enumerate(alike)}
    return found


def _labels(found: list[Row]) -> set[str]:
    return {row["method"] for row in found}
