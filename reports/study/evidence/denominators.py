"""Rates over both denominators, and what counts as a finding in each, said and computed.

- usable: replications with a usable result; what they would say to those who got one.
- all, as it is reported: all replications. An inadmissible fit has a p-value and an interval, and a researcher who does
  not notice reports them: they count as they stand. A replication without numbers is no finding and covers nothing.
- all, usable results only: all replications; only a usable result can be a finding or cover the truth.
"""

import math

from benchmarks.measures.basis.formulas import wilson
from benchmarks.measures.basis.samples import ALL, USABLE
from reports.printing.columns import METHOD, baseline_note, count
from reports.printing.typeset import Column, Entry, Table
from reports.results import Estimate, Results
from reports.study.sentences import path_with_truth

_HINTS = {
    "usable": "over the replications with a usable result",
    "all, as reported": "over all replications; inadmissible fits count with the numbers that they give",
    "all, usable only": "over all replications; only a usable result can be a finding or cover the truth",
}


def usable_only(rate: Estimate | None, used: int, total: int) -> Estimate | None:
    """A rate over the usable replications taken over all: whatever else happened does not count."""
    import numpy as np

    if rate is None or not math.isfinite(rate.value) or not total:
        return None
    share = rate.value * used / total
    lower, upper = wilson(np.array([share]), np.array([total]))
    error = math.sqrt(share * (1 - share) / total)
    return Estimate(share, error, total, total, rate.truth, float(lower[0]), float(upper[0]))


def table(results: Results) -> Table:
    """Significance and coverage of every path of the baseline cell in three ways; none where every result is usable."""
    cell = results.baseline_cell
    rows: list[tuple[Entry, ...]] = []
    for path in results.paths:
        head = path_with_truth(results, path)
        for name, method in results.study.methods.items():
            rejections = "type_1_error" if results.truth(cell, path) == 0 else "power"
            usable = [results.over(cell, name, path, measure, USABLE) for measure in (rejections, "coverage")]
            every = [results.over(cell, name, path, measure, ALL) for measure in (rejections, "coverage")]
            only = [usable_only(rate, rate.n_used, rate.n_total) if rate else None for rate in usable]
            if any(usable):
                shown = [each for triple in zip(usable, every, only, strict=True) for each in triple]
                rows.append((head, method.label, *shown, count(usable[0] or usable[1])))
    heads = [
        Column(f"{what}: {how}", "share", hint=f"{what} {hint}")
        for what in ("significant", "coverage")
        for how, hint in _HINTS.items()
    ]
    columns = (Column("Path"), METHOD, *heads, Column("usable"))
    note = (
        "Usable: over the replications with a usable result. All, as reported: over all replications, an inadmissible "
        "fit with the numbers that it gives, a replication without numbers as no finding. All, usable only: over all "
        f"replications, where only a usable result can be a finding or cover the truth. {baseline_note(results)}"
    )
    if all(row[-1] == count_of_all(results) for row in rows):
        rows = []
    title = f"What counts as a finding, at n = {results.baseline_n}"
    return Table("denominators", title, note.strip(), columns, tuple(rows), grouped=True)


def count_of_all(results: Results) -> str:
    """`2,000 of 2,000`."""
    return f"{results.study.replications:,} of {results.study.replications:,}"
