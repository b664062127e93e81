"""The tables that every study of surveys has: the methods compared, usable replications, every measure."""

from benchmarks.measures.basis.samples import (
    ALL,
    DROPPED,
    POPULATION,
    USABLE,
    Estimated,
    Limit,
    Misspecified,
    Replications,
    Shift,
    Split,
)
from reports.printing.columns import (
    METHOD,
    REPLICATIONS,
    SIGNIFICANT,
    SIZE,
    N,
    baseline_note,
    count,
    factor_columns,
    in_file_name,
    measure_columns,
)
from reports.printing.typeset import Column, Entry, Table
from reports.results import Results
from reports.study.sentences import path_with_truth
from reports.study.size import significant_with_size
from reports.vocabulary import measures_of

#: Measures of the population's own moments, whatever the denominator of the others.
LIMITS = tuple(measure.name for measure in measures_of(Limit, Misspecified) if measure.over == (POPULATION,))
#: The measures that the full tables show, in the order of the list.
_OF_REPLICATIONS = tuple(measure.name for measure in measures_of(Replications))
_OF_ESTIMANDS = tuple(measure.name for measure in measures_of(Estimated, Limit, Split, Misspecified, Shift))
#: The denominators in the titles of the full tables.
_OVER = {USABLE: "usable replications", ALL: "all replications", DROPPED: "usable replications with items dropped"}
#: Measures of a path that get a table over all populations and sizes, with the words of its title.
_PIVOTED = {
    "bias": "Bias of {} in every cell",
    "empirical_se": "Empirical SE of {} in every cell",
    "coverage": "Coverage of {} in every cell",
    "significant": "How often {} is called significant, in every cell",
}


def comparison(results: Results) -> Table:
    """The methods side by side for every path of the baseline cell."""
    cell = results.baseline_cell
    rows: list[tuple[Entry, ...]] = []
    for path in results.paths:
        head = path_with_truth(results, path)
        for name, method in results.study.methods.items():
            bias, coverage = (results.estimate(cell, name, path, measure) for measure in ("bias", "coverage"))
            found, size = significant_with_size(results, cell, name, path)
            rows.append((head, method.label, bias, found, size, coverage, count(bias or coverage or found)))
    bias_head, coverage_head = measure_columns(results, ("bias", "coverage"))
    columns = (Column("Path"), METHOD, bias_head, SIGNIFICANT, SIZE, coverage_head, REPLICATIONS)
    known = any(row[4] is not None for row in rows)
    of_size = (
        "; were it zero: the type I error of the same path, all else being equal. A power is grey where that is off."
        if known
        else "."
    )
    note = (
        f"Significant: the power where the path exists, the type I error where it is zero{of_size} Replications: "
        f"usable ones, of all that were run. {baseline_note(results)}"
    )
    title = f"The methods compared at n = {results.baseline_n}"
    return Table("comparison", title, note.strip(), columns, tuple(rows), grouped=True)


def replications(results: Results) -> Table:
    """Convergence, admissibility and failed resamples of the baseline population."""
    rows: list[tuple[Entry, ...]] = []
    for n, cell in results.baseline_cells:
        for name, method in results.study.methods.items():
            rates = [results.estimate(cell, name, "", measure, ALL) for measure in _OF_REPLICATIONS]
            if stored := [rate for rate in rates if rate]:
                rows.append((n, method.label, *rates, stored[0].n_total))
    columns = (N, METHOD, *measure_columns(results, _OF_REPLICATIONS), Column("replications", "count"))
    return Table("replications", "Usable replications", baseline_note(results), columns, tuple(rows))


def of_estimands(results: Results) -> tuple[str, ...]:
    """The measures of an estimand that the full tables show: those of the list, then those that the study asks for."""
    further = (each.name for each in results.study.further_measures if not each.own)
    return (*_OF_ESTIMANDS, *further)


def performance(results: Results, over: str) -> Table:
    """Every measure of every estimand of the baseline population, over one denominator."""
    rows: list[tuple[Entry, ...]] = []
    measures = of_estimands(results)
    for n, cell in results.baseline_cells:
        for target in (*results.study.estimands, *results.study.pools):
            for name, method in results.study.methods.items():
                values = [
                    results.over(cell, name, target, measure, POPULATION if measure in LIMITS else over)
                    for measure in measures
                ]
                if stored := [value for value in values if value and value.n_total]:
                    rows.append(
                        (n, target, method.label, results.judged_by(cell, name, target), *values, count(stored[0]))
                    )
    heads = (N, Column("Estimand"), METHOD, Column("truth", "coefficient"))
    columns = (*heads, *measure_columns(results, measures), REPLICATIONS)
    return Table(
        f"performance-{over}", f"Every measure, over {_OVER[over]}", baseline_note(results), columns, tuple(rows)
    )


def in_every_cell(results: Results) -> list[Table]:
    """One table for each path and measure: populations and sizes down, methods across."""
    return [pivot(results, path, measure, title) for path in results.paths for measure, title in _PIVOTED.items()]


def pivot(results: Results, path: str, measure: str, title: str) -> Table:
    """One measure of one estimand: populations and sizes down, methods across. `{}` in the title is the estimand."""
    column = SIGNIFICANT if measure == "significant" else measure_columns(results, [measure])[0]
    rows: list[tuple[Entry, ...]] = []
    for levels, n, cell in results.all_cells:
        values = [
            results.rejections(cell, method, path)
            if measure == "significant"
            else results.estimate(cell, method, path, measure)
            for method in results.study.methods
        ]
        if any(values):
            rows.append((*levels.values(), n, results.truth(cell, path), *values))
    methods = (Column(method.label, column.unit, column.signed) for method in results.study.methods.values())
    columns = (*factor_columns(results), N, Column("truth", "coefficient"), *methods)
    return Table(f"{measure}-{in_file_name(path)}", title.format(path), f"{column.hint}.", columns, tuple(rows))
