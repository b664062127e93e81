"""Tables of finite populations: the same estimates against the truth and against the firms that there are."""

from reports.printing.columns import METHOD, REPLICATIONS, N, baseline_note, count, measure_columns
from reports.printing.typeset import Column, Entry, Table
from reports.results import Estimate, Results
from reports.study.sentences import path_with_truth

#: Each measure against the truth, then the same against the firms.
_SHOWN = (
    "bias", "finite_bias", "empirical_se", "finite_empirical_se", "mean_model_se", "coverage", "finite_coverage",
)  # fmt: skip
_NOTE = (
    "Bias, empirical SE and coverage are about the truth, the value in the endless population that all firms come "
    "from; finite bias, finite SE and finite coverage are about the value among the firms of each replication. The "
    "standard errors of a method with a finite-population correction (fpc) are meant for the second. "
)


def both_truths(results: Results) -> Table:
    """The methods for every path of the baseline cell, against both truths."""
    cell = results.baseline_cell
    rows: list[tuple[Entry, ...]] = []
    for path in results.paths:
        head = path_with_truth(results, path)
        for name, method in results.study.methods.items():
            if values := _values(results, cell, name, path):
                rows.append((head, method.label, *values, count(values[0])))
    columns = (Column("Path"), METHOD, *measure_columns(results, _SHOWN), REPLICATIONS)
    title = f"Both truths at n = {results.baseline_n}: the endless population, and the firms there are"
    return Table("finite", title, _NOTE + baseline_note(results), columns, tuple(rows), grouped=True)


def both_truths_in_every_cell(results: Results) -> Table:
    """The methods for every path of every cell, against both truths, with the factors that the study varies."""
    factors = [name for name in results.study.factors if len({levels[name] for levels in results.populations}) > 1]
    rows: list[tuple[Entry, ...]] = []
    for levels, n, cell in results.all_cells:
        for path in results.paths:
            for name, method in results.study.methods.items():
                if values := _values(results, cell, name, path):
                    rows.append((*(levels[f] for f in factors), n, path, method.label, *values, count(values[0])))
    heads = (*(Column(factor.replace("_", " ")) for factor in factors), N, Column("Path"), METHOD)
    columns = (*heads, *measure_columns(results, _SHOWN), REPLICATIONS)
    return Table("finite-every-cell", "Both truths in every cell", _NOTE.strip(), columns, tuple(rows))


def _values(results: Results, cell: int, method: str, path: str) -> list[Estimate | None]:
    """The measures shown, in their order; none where the population is not finite."""
    if not results.estimate(cell, method, path, "finite_bias"):
        return []
    return [results.estimate(cell, method, path, measure) for measure in _SHOWN]
