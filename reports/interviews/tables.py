"""The tables of a study of interviews."""

from benchmarks.measures.samples import Claim
from reports.interviews.sentences import claimants, named
from reports.printing.columns import METHOD, REPLICATIONS, N, baseline_note, count, factor_columns, measure_columns
from reports.printing.typeset import Column, Entry, Table
from reports.results import Results
from reports.study.tables import pivot
from reports.vocabulary import measures_of

_ACCURACY = ("bias", "empirical_se", "coverage")
_CLAIM = tuple(measure.name for measure in measures_of(Claim))
_PIVOTED = {"bias": "Bias of {} in every cell", "coverage": "Interval coverage of {} in every cell"}


def comparison(results: Results) -> Table:
    """The methods side by side for every estimand of the baseline cell."""
    cell = results.baseline_cell
    rows: list[tuple[Entry, ...]] = []
    for target in results.study.estimands:
        for name, method in results.study.methods.items():
            values = [results.estimate(cell, name, target, measure) for measure in _ACCURACY]
            if values[0]:
                rows.append((named(target), method.label, *values, count(values[0])))
    columns = (Column("Estimand"), METHOD, *measure_columns(results, _ACCURACY), REPLICATIONS)
    note = (
        "Where every data set has a truth of its own (known, coverage, new), errors are taken against that, and the "
        f"empirical SE is that of the errors. {baseline_note(results)}"
    )
    title = f"The methods compared after {results.baseline_n} interviews"
    return Table("comparison", title, note.strip(), columns, tuple(rows), grouped=True)


def claims(results: Results) -> Table:
    """What claims of saturation are worth in the baseline population, by the number of interviews."""
    rows = _claim_rows(results, [((n,), cell) for n, cell in results.baseline_cells])
    title = "What a claim of saturation is worth"
    return Table(
        "claims", title, f"{_CLAIM_NOTE} {baseline_note(results)}".strip(), (N, *_claim_columns(results)), tuple(rows)
    )


def claims_in_every_cell(results: Results) -> Table:
    """What claims of saturation are worth, in every population and by the number of interviews."""
    cells: list[tuple[tuple[Entry, ...], int]] = [
        ((*levels.values(), n), cell) for levels, n, cell in results.all_cells
    ]
    columns = (*factor_columns(results), N, *_claim_columns(results))
    title = "What a claim of saturation is worth, in every cell"
    return Table("claims-all", title, _CLAIM_NOTE, columns, tuple(_claim_rows(results, cells)))


_CLAIM_NOTE = (
    "Claims: share of studies that make the claim within n interviews; the other columns are over these. Right: at "
    "least so many of all themes were found by then."
)


def _claim_columns(results: Results) -> tuple[Column, ...]:
    claims = Column("claims", "share", hint="share of the replications in which the claim is made")
    return (METHOD, claims, *measure_columns(results, _CLAIM), REPLICATIONS)


def _claim_rows(results: Results, cells: list[tuple[tuple[Entry, ...], int]]) -> list[tuple[Entry, ...]]:
    rows: list[tuple[Entry, ...]] = []
    for head, cell in cells:
        for name in claimants(results):
            values = [results.estimate(cell, name, "themes", measure) for measure in _CLAIM]
            made = results.estimate(cell, name, "", "usable_rate")
            if values[0]:
                rows.append((*head, results.study.methods[name].label, made, *values, count(values[0])))
    return rows


def interviews(results: Results) -> Table:
    """What the methods say of the interviews that were held, beside their bias and coverage in the simulation."""
    held, cell = results.study.interviews, results.baseline_cell
    rows: list[tuple[Entry, ...]] = []
    order = results.study.estimands.index
    for each in sorted(held.estimates, key=lambda each: order(each.target)) if held else []:
        simulated = [results.estimate(cell, each.method, each.target, measure) for measure in ("bias", "coverage")]
        label = results.study.methods[each.method].label
        rows.append((named(each.target), label, each.value, each.se, each.lower, each.upper, *simulated))
    numbers = (Column(name, "coefficient") for name in ("estimate", "SE", "lower", "upper"))
    simulated_columns = (Column("bias, simulated", "coefficient", True), Column("coverage, simulated", "share"))
    columns = (Column("Estimand"), METHOD, *numbers, *simulated_columns)
    note = (
        f"Left: the table of the {held.held if held else 0} interviews that were held. Right: the same method in the "
        f"simulation at n = {results.baseline_n}. {baseline_note(results)}"
    )
    return Table("interviews", "The interviews that were held", note.strip(), columns, tuple(rows), grouped=True)


def truth(results: Results) -> Table:
    """True values in every cell; of what depends on the data, the expectation."""
    names = results.study.estimands
    rows: list[tuple[Entry, ...]] = [
        (*levels.values(), n, *(results.truth(cell, name) for name in names)) for levels, n, cell in results.all_cells
    ]
    columns = (*factor_columns(results), N, *(Column(name, "coefficient") for name in names))
    note = "Exact, from the prevalences. Of known, coverage and new, the expectation over studies of n interviews."
    return Table("truth", "True values", note, columns, tuple(rows))


def in_every_cell(results: Results) -> list[Table]:
    """One table for each estimand and measure: populations and sizes down, methods across."""
    named_so = ((name, measure, title) for name in results.study.estimands for measure, title in _PIVOTED.items())
    return [pivot(results, name, measure, title) for name, measure, title in named_so]
