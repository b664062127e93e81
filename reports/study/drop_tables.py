"""Tables of what a screening rule drops."""

import math

from reports.printing.columns import (
    METHOD,
    REPLICATIONS,
    N,
    baseline_note,
    count,
    factor_columns,
    in_file_name,
    measure_column,
)
from reports.printing.typeset import Column, Entry, Table
from reports.results import Estimate, Results
from reports.study.sentences import rule
from reports.vocabulary import NULL_ITEMS, TRUE_ITEMS, TRUE_STRONG_ITEMS
from sim.targets import read_target

_SHARES = {TRUE_ITEMS: "true items", TRUE_STRONG_ITEMS: "true items ≥ 0.70", NULL_ITEMS: "null items"}
_COUNTS = ("items_dropped", "many_dropped", "block_short")


def screening(results: Results) -> Table:
    """What the rule drops in the baseline population, per n and method."""
    rows: list[tuple[Entry, ...]] = []
    for n, cell in results.baseline_cells:
        for name in results.screened:
            values = _values(results, cell, name)
            rows.append((n, results.study.methods[name].label, *values, _count(values)))
    note = (
        "Shares of items dropped: of those with a non-zero true loading, of those with a true loading of 0.70 or more, "
        "of those that measure nothing. Block short: the rule alone would leave a block under two items. "
    )
    columns = (N, METHOD, *_columns(results), REPLICATIONS)
    title = f"What the {rule(results)} drops"
    return Table("screening", title, (note + baseline_note(results)).strip(), columns, tuple(rows))


def by_item(results: Results) -> Table:
    """How often the rule drops each item of the baseline population."""
    sources = [(name, n, cell) for name in results.screened for n, cell in results.baseline_cells]
    several = len(results.screened) > 1
    heads = [
        (f"{results.study.methods[name].label}, " if several else "") + f"n\N{NO-BREAK SPACE}=\N{NO-BREAK SPACE}{n}"
        for name, n, _ in sources
    ]
    stored = results.measures
    drops = stored[(stored["measure"] == "drop_rate") & (stored["cell"] == results.baseline_cell)]
    rows: list[tuple[Entry, ...]] = [
        (
            item,
            results.truth(results.baseline_cell, item),
            *(results.estimate(cell, name, item, "drop_rate") for name, _, cell in sources),
        )
        for item in dict.fromkeys(drops["target"])
        if is_loading(item)
    ]
    columns = (Column("Loading"), Column("true value", "coefficient"), *(Column(head, "share") for head in heads))
    title = f"How often the {rule(results)} drops each item"
    return Table("items", title, baseline_note(results), columns, tuple(rows))


def in_every_cell(results: Results) -> list[Table]:
    """What the rule drops in every cell, one table for each screening method."""
    made = []
    for name in results.screened:
        rows: list[tuple[Entry, ...]] = []
        for levels, n, cell in results.all_cells:
            values = _values(results, cell, name)
            rows.append((*levels.values(), n, *values, _count(values)))
        columns = (*factor_columns(results), N, *_columns(results), REPLICATIONS)
        title = f"Dropped in every cell: {results.study.methods[name].label}"
        made.append(Table(f"dropped-{in_file_name(name)}", title, "", columns, tuple(rows)))
    return made


def is_loading(name: str) -> bool:
    """Whether `name` spells a loading."""
    target = read_target(name)
    return target is not None and target.kind == "loading"


def _columns(results: Results) -> tuple[Column, ...]:
    many = Column(f"{results.study.many_dropped} or more dropped", "share")
    shares = (Column(head, "share", hint=f"share of {head} that the rule drops") for head in _SHARES.values())
    return (*shares, measure_column("items_dropped"), many, measure_column("block_short"))


def _values(results: Results, cell: int, method: str) -> list[Estimate | None]:
    """Shares and counts of one cell; None where the population has no such items."""
    found = [results.estimate(cell, method, kind, "drop_rate") for kind in _SHARES]
    found += [results.estimate(cell, method, "", measure) for measure in _COUNTS]
    return [each if each is not None and math.isfinite(each.value) else None for each in found]


def _count(values: list[Estimate | None]) -> str:
    return count(next((value for value in values if value), None))
