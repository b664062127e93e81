"""Tables of the known truth: estimands, loadings, and how the population was calibrated."""

import math

from reports.columns import factor_columns
from reports.drop_tables import is_loading
from reports.results import Calibration, Levels, Results
from reports.sentences import levels_in_words
from reports.typeset import Column, Entry, Table

#: Loadings are tabled side by side for at most so many different populations.
_VARIANTS = 4


def estimands(results: Results) -> Table:
    """The true value of every estimand that is no loading, in every population."""
    names = [name for name in results.study.estimands if not is_loading(name)]
    known = [name for name in names if any(math.isfinite(results.truth(cell, name)) for _, cell in results.first_cells)]
    rows: list[tuple[Entry, ...]] = [
        (*levels.values(), *(results.truth(cell, name) for name in known)) for levels, cell in results.first_cells
    ]
    columns = (*factor_columns(results), *(Column(name, "coefficient") for name in known))
    title = "True values" + (" in every population" if len(rows) > 1 else "")
    note = "Standardised scale, before the answers are cut into categories."
    return Table("truth", title, note, columns, tuple(rows) if known else ())


def loadings(results: Results) -> Table:
    """True loadings: one column for each population that differs where few do, else the baseline."""
    by_population = [_loadings(results, levels) for levels in results.populations]
    heads = _variants(results, by_population)
    rows: list[tuple[Entry, ...]] = [
        (name, *(by_population[index].get(name, math.nan) for index in heads)) for name in by_population[0]
    ]
    columns = (Column("Loading"), *(Column(head, "coefficient") for head in heads.values()))
    note = "Construct =~ item: the item's correlation with its construct, before the cut into categories."
    return Table("loadings", "True loadings", note, columns, tuple(rows))


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
        "Population: the value under PLS after the cut into categories, without sampling. Solved: the population was "
        "solved to give this number. Compared: it follows from the others."
    )
    return Table("calibration", "Published and calibrated values", note, columns, tuple(rows))


def baseline_calibration(results: Results) -> Calibration | None:
    """The calibration of the baseline population, None where the study calibrates nothing."""
    solved = results.study.calibration or []
    return next((each for each in solved if each.levels == results.populations[0]), solved[0] if solved else None)


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
