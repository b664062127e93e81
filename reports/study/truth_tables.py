"""Tables of the known truth: estimands, loadings, and how the population was calibrated."""

import math
from collections.abc import Mapping

from reports.printing.columns import factor_columns
from reports.printing.typeset import Column, Entry, Table
from reports.printing.words import levels_in_words
from reports.record import Calibration, Levels, Truth
from reports.results import Results
from reports.study.drop_tables import is_loading
from sim.targets import PREDICTION_KINDS, RELIABILITIES, read_target

#: Loadings are tabled side by side for at most so many different populations.
_VARIANTS = 4


def estimands(results: Results) -> Table:
    """The true value of every estimand that is no loading, in every population; limits of single methods are none."""
    names = [name for name in results.study.estimands if not (is_loading(name) or _of_methods(name))]
    known = [name for name in names if any(math.isfinite(results.truth(cell, name)) for _, cell in results.first_cells)]
    rows: list[tuple[Entry, ...]] = [
        (*levels.values(), *(results.truth(cell, name) for name in known)) for levels, cell in results.first_cells
    ]
    columns = (*factor_columns(results), *(Column(name, "coefficient") for name in known))
    title = "True values" + (" in every population" if len(rows) > 1 else "")
    note = f"{_scale(results)}, before the answers are cut into categories."
    return Table("truth", title, note, columns, tuple(rows) if known else ())


def _of_methods(name: str) -> bool:
    """Whether an estimand is known of methods alone, as prediction is."""
    target = read_target(name)
    return target is not None and target.kind in PREDICTION_KINDS


#: True values by the scale of the methods' estimates, in words.
_ON_SCALES = {
    "standardised": "Standardised scale",
    "raw": "In units of the answers, every construct in the unit of its first item",
    "raw-variances": "In units of the answers, constructs with (residual) variance 1",
}


def _scale(results: Results) -> str:
    """The scale of the true values, in words."""
    scales = {method.scale for method in results.study.methods.values()}
    if len(scales) == 1:
        return _ON_SCALES.get(scales.pop(), _ON_SCALES["raw"])
    return "Standardised scale; methods with raw solutions are judged by true values in units of the answers"


def loadings(results: Results) -> Table:
    """Loadings before and after the cut: for each population that differs where few do, else for the baseline."""
    note = (
        "Construct =~ item: the item's correlation with its construct. Answers in categories: that of the answer as "
        "it is given, exact, without sampling."
    )
    by_population = [_loadings(results, levels) for levels in results.populations]
    return _before_and_after(results, "loadings", "True loadings", "Loading", note, by_population)


def reliabilities(results: Results) -> Table:
    """Alpha, rho_c and AVE of every construct before and after the cut, for the same populations as loadings."""
    note = (
        "Of the unweighted sum of a construct's responses and, in categories, of its answers as they are given: exact, "
        "without sampling. rho_c is the squared correlation of the sum with the construct."
    )
    by_population = [
        {
            name: value
            for name, value in _stored(results, levels).truth.items()
            if value is not None and _is_of_sum(name)
        }
        for levels in results.populations
    ]
    return _before_and_after(results, "reliabilities", "True reliabilities", "Quantity", note, by_population)


def calibration(results: Results) -> Table:
    """The published table beside what the baseline population gives."""
    solved = baseline_calibration(results)
    rows: list[tuple[Entry, ...]] = [
        (
            row.quantity,
            row.published,
            row.achieved,
            row.achieved - row.published,
            "solved" if row.solved else "compared",
        )
        for row in (solved.rows if solved else [])
    ]
    values = (Column("published", "coefficient"), Column("population", "coefficient"))
    columns = (Column("Quantity"), *values, Column("difference", "coefficient", signed=True), Column("use"))
    note = (
        "Population: the value under PLS with answers in categories, without sampling. Solved: the population was "
        "solved to give this number. Compared: it follows from the others."
    )
    return Table("calibration", "Published and calibrated values", note, columns, tuple(rows))


def baseline_calibration(results: Results) -> Calibration | None:
    """The calibration of the baseline population, None where the study calibrates nothing."""
    solved = results.study.calibration or []
    return next((each for each in solved if each.levels == results.populations[0]), solved[0] if solved else None)


def _before_and_after(
    results: Results, name: str, title: str, head: str, note: str, by_population: list[dict[str, float]]
) -> Table:
    """A row for each quantity; for each population that differs its value before the cut and, where known, after it."""
    columns, values = [Column(head)], []
    for index, words in _variants(results, by_population).items():
        columns.append(Column(words, "coefficient"))
        values.append(by_population[index])
        if after := _stored(results, results.populations[index]).after_cut:
            columns.append(Column(f"{words}, answers in categories", "coefficient"))
            values.append(_known(after))
    rows: list[tuple[Entry, ...]] = [
        (quantity, *(column.get(quantity, math.nan) for column in values)) for quantity in by_population[0]
    ]
    return Table(name, title, note, tuple(columns), tuple(rows))


def _stored(results: Results, levels: Levels) -> Truth:
    """What is stored of a population; nothing known of one that an older program stored."""
    return next((population for population in results.study.populations if population.levels == levels), Truth())


def _known(values: Mapping[str, float | None]) -> dict[str, float]:
    return {name: value for name, value in values.items() if value is not None}


def _is_of_sum(name: str) -> bool:
    target = read_target(name)
    return target is not None and target.kind in RELIABILITIES


def _loadings(results: Results, levels: Levels) -> dict[str, float]:
    """True loadings of a population: from its calibration, else as stored with the measures."""
    for solved in results.study.calibration or []:
        if solved.levels == levels and solved.loadings:
            return dict(solved.loadings)
    cells = [cell for found, cell in results.first_cells if found == levels]
    return {name: value for (cell, name), value in results.truths.items() if cell in cells and is_loading(name)}


def _variants(results: Results, by_population: list[dict[str, float]]) -> dict[int, str]:
    """Populations whose loadings differ to three decimals, with the levels that tell them apart as heads."""
    seen: dict[tuple[float, ...], int] = {}
    for index, values in enumerate(by_population):
        seen.setdefault(tuple(round(value, 3) for value in values.values()), index)
    chosen = list(seen.values())
    if len(chosen) == 1:
        return {0: "true value"}
    if len(chosen) > _VARIANTS:
        return {0: "true value (baseline)"}
    kept = [results.populations[index] for index in chosen]
    telling = [factor for factor in kept[0] if len({levels[factor] for levels in kept}) > 1]
    return {index: levels_in_words({f: results.populations[index][f] for f in telling}) for index in chosen}
