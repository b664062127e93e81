"""Tables of what a study asks for itself: measures of its own code, and the measures that cannot be given, with why."""

from benchmarks.measures.basis.samples import ALL, USABLE
from reports.printing.columns import METHOD, N, baseline_note, count
from reports.printing.typeset import Column, Entry, Table
from reports.results import Results
from reports.study.tables import of_estimands
from reports.vocabulary import needs_of

#: Up to so many estimands are named; of more, their number is told.
_NAMED = 4


def own(results: Results) -> Table:
    """Every number of the measures of one's own, in the baseline population."""
    rows: list[tuple[Entry, ...]] = []
    measures = [each for each in results.study.further_measures if each.own]
    for n, cell in results.baseline_cells:
        for target in ("", *results.study.estimands):
            for name, method in results.study.methods.items():
                values = [results.over(cell, name, target, each.name, ALL) for each in measures]
                if stored := [value for value in values if value]:
                    rows.append((n, target, method.label, *values, count(stored[0])))
    heads = (Column(each.header, each.unit, each.signed, each.meaning) for each in measures)
    columns = (N, Column("Estimand"), METHOD, *heads, Column("replications"))
    note = f"Code of the study's own; errors by jackknife over groups of replications. {baseline_note(results)}"
    return Table("own", "Measures of the study's own", note.strip(), columns, tuple(rows))


def not_given(results: Results) -> Table:
    """Measures that some methods or estimands have and others not, or that were asked for and nobody has: with why."""
    stored = results.measures[(results.measures["over"] == USABLE) & results.measures["value"].notna()]
    known = set(zip(stored["method"], stored["target"], stored["measure"], strict=True))
    there = set(stored["measure"])
    needs = needs_of(results.study)
    shown = [name for name in of_estimands(results) if name in needs and (name in there or name in results.study.asked)]
    rows: list[tuple[Entry, ...]] = []
    for measure in shown:
        for name, method in results.study.methods.items():
            lacking = [t for t in results.study.estimands if (name, t, measure) not in known]
            absent = [target for target in lacking if target in method.not_estimated]
            other = [target for target in lacking if target not in absent]
            for targets, why in ((absent, "its model lacks it"), (other, f"needs {needs[measure]}")):
                if targets:
                    rows.append((results.words[measure].header, method.label, _listed(targets, results), why))
    rows = [*_no_truths(results), *rows]
    columns = (Column("Measure"), METHOD, Column("Estimands"), Column("Why"))
    note = "Cells that are blank in the table of every measure, over usable replications."
    return Table("not-given", "What cannot be given, and why", note, columns, tuple(rows), grouped=True)


def _no_truths(results: Results) -> list[tuple[Entry, ...]]:
    """A row for each reason why estimands have no true value in the baseline population."""
    levels = results.populations[0]
    told = next((each.no_truth for each in results.study.populations if each.levels == levels), {})
    by_reason: dict[str, list[str]] = {}
    for target, why in told.items():
        by_reason.setdefault(why.removeprefix(f"{target}: "), []).append(target)
    return [("true value", "every method", _listed(targets, results), why) for why, targets in by_reason.items()]


def _listed(targets: list[str], results: Results) -> str:
    """The estimands by name, or how many they are."""
    every = len(results.study.estimands)
    if len(targets) == every and every > 1:
        return f"all {every}"
    return (
        ", ".join(targets)
        if len(targets) <= _NAMED
        else f"{', '.join(targets[:_NAMED])} and {len(targets) - _NAMED} more"
    )
