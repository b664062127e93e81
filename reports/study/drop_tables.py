"""Tables of what the rules by which methods drop items, by `screening` or in `steps`, drop."""

import math

from benchmarks.files import path_part
from benchmarks.measures.basis.samples import Drops
from reports.printing.columns import (
    METHOD,
    REPLICATIONS,
    N,
    baseline_note,
    count,
    factor_columns,
    measure_columns,
)
from reports.printing.typeset import Column, Entry, Table
from reports.printing.words import capital
from reports.record import ItemGroup
from reports.results import Estimate, Results
from reports.study.screening import MOST_TOLD, groups_told, rules_drop
from reports.vocabulary import measures_of, too_few
from sim.targets import read_target

#: Of more columns than these the smallest n must do.
_MOST_COLUMNS = 12
_COUNTS = tuple(measure.name for measure in measures_of(Drops))


def screening(results: Results) -> Table:
    """What the rule drops in the baseline population, per n and method."""
    rows: list[tuple[Entry, ...]] = []
    for n, cell in results.baseline_cells:
        for name in results.screened:
            values = _values(results, cell, name)
            rows.append((n, results.study.methods[name].label, *values, _count(values)))
    rules = [rule.sentence for rule in results.study.rules if rule.sentence]
    told = rules if len(rules) <= MOST_TOLD else ["What each rule does is said where the methods are described."]
    filled = [group for place, group in enumerate(_groups(results), 2) if any(row[place] is not None for row in rows)]
    told += [f"{capital(_head(group))}: share dropped of {group.meaning}." for group in filled]
    told += [
        f"Too few items left: the rule alone would leave a block with {too_few(results.study)}.",
        "Replications: those in which the rule could decide; the method may still fail afterwards, on what is left.",
        baseline_note(results),
    ]
    columns = (N, METHOD, *_columns(results), REPLICATIONS)
    title = "What the {} {}".format(*rules_drop(results))
    return Table("screening", title, " ".join(filter(None, told)), columns, tuple(rows))


def by_item(results: Results) -> Table:
    """How often the rule drops each item of the baseline population; of many methods and sizes at the smallest n."""
    sources = [(name, n, cell) for name in results.screened for n, cell in results.baseline_cells]
    if len(sources) > _MOST_COLUMNS:
        sources = [source for source in sources if source[1] == results.baseline_n]
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
    title = "How often the {} {} each item".format(*rules_drop(results))
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
        made.append(Table(f"dropped-{path_part(name)}", title, "", columns, tuple(rows)))
    return made


def is_loading(name: str) -> bool:
    """Whether `name` spells a loading."""
    target = read_target(name)
    return target is not None and target.kind == "loading"


def _groups(results: Results) -> list[ItemGroup]:
    """The groups by true loading; what other scales call good has a table of its own."""
    return [group for group in groups_told(results) if group.scale == "before"]


def _columns(results: Results) -> tuple[Column, ...]:
    shares = (
        Column(_head(group), "share", hint=f"share that the rule drops of {group.meaning}")
        for group in _groups(results)
    )
    return (*shares, *measure_columns(results, _COUNTS))


def _head(group: ItemGroup) -> str:
    return group.label.replace(">=", "≥")


def _keys(results: Results) -> list[str]:
    return [group.key for group in _groups(results)]


def _values(results: Results, cell: int, method: str) -> list[Estimate | None]:
    """Shares and counts of one cell; None where the population has no such items."""
    found = [results.estimate(cell, method, kind, "drop_rate") for kind in _keys(results)]
    found += [results.estimate(cell, method, "", measure) for measure in _COUNTS]
    return [each if each is not None and math.isfinite(each.value) else None for each in found]


def _count(values: list[Estimate | None]) -> str:
    return count(next((value for value in values if value), None))
