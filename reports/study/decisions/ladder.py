"""The table of both estimands: the ladder of the bias, and coverage of the truth and of a method's own limit."""

from reports.printing.columns import METHOD, REPLICATIONS, SIGNIFICANT, SIZE, baseline_note, count, measure_columns
from reports.printing.typeset import Column, Entry, Table
from reports.results import Results
from reports.study.rows import STEPS
from reports.study.sentences import path_with_truth
from reports.study.size import significant_with_size

#: The columns after the path and the method.
_MEASURES = ("bias", *STEPS, "coverage", "coverage_of_limit")
#: Stands beside the power where it is measured.
_ADJUSTED = "size_adjusted_power"


def ladder(results: Results) -> Table:
    """Every path and method of the baseline cell: the steps of its bias, both coverages, power with its size."""
    cell, rows = results.baseline_cell, []
    adjusted = [_ADJUSTED] if results.has(_ADJUSTED) else []
    for path in results.paths if results.has("step_method") else []:
        for name, method in results.study.methods.items():
            found = [results.estimate(cell, name, path, measure) for measure in _MEASURES]
            tests = significant_with_size(results, cell, name, path)
            beside = [results.estimate(cell, name, path, measure) for measure in adjusted]
            row: tuple[Entry, ...] = (path_with_truth(results, path), method.label, *found, *tests, *beside)
            rows.append((*row, count(found[0])))
    columns = (Column("Path"), METHOD, *measure_columns(results, _MEASURES), SIGNIFICANT, SIZE)
    note = (
        "The four steps add up to the bias. A method's own limit is what it gives for infinitely many answers to the "
        "items retained: its interval may cover that and miss the truth. Type I error: of the same path where it is "
        "zero, all else being equal. A power is grey where that is off, and no evidence for the method."
    )
    whole = (*columns, *measure_columns(results, adjusted), REPLICATIONS)
    title = f"What carries each path from the truth, at n = {results.baseline_n}"
    return Table("ladder", title, f"{note} {baseline_note(results)}".strip(), whole, tuple(rows), grouped=True)
