"""What a comparison of two results folders says, in sentences and as a table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from benchmarks.contrast.compare import smallest_found
from reports.contrast.matching import Pairs
from reports.printing.numbers import number
from reports.printing.typeset import Column, Entry, Table
from reports.printing.words import listed
from reports.results import Results
from reports.vocabulary import Unit
from sim.errors import counted

#: Names of cells, methods and so on that are listed; of more, their number is told.
_NAMED = 5
_SIGNIFICANT = "significant"


@dataclass(frozen=True)
class Contrast:
    """Two studies with the cells that stand beside each other, what was compared, and the level for all together."""

    first: Results
    second: Results
    pairs: Pairs
    rows: pd.DataFrame
    level: float


def lead(contrast: Contrast) -> str:
    """How many comparisons there are, and how many differ beyond chance."""
    rows = contrast.rows
    tests, beyond = int(rows["p_value"].notna().sum()), int(rows["beyond"].sum())
    if not tests:
        return f"Nothing differs: {_numbers(len(rows))} compared, and all are the same."
    alike = len(rows) - tests
    same = f" {alike:,} more are the same, or rest on too few replications." if alike else ""
    chance = f"were both studies alike, the probability of any such finding would be {contrast.level:.0%} at most"
    if not beyond:
        return f"Nothing differs beyond chance: {_numbers(tests)} compared ({chance}).{same}"
    return f"{beyond:,} of {_numbers(tests)} differ{'s' * (beyond == 1)} beyond chance ({chance}).{same}"


def _numbers(count: int) -> str:
    return "1 number" if count == 1 else f"{count:,} numbers"


def sentences(contrast: Contrast) -> list[str]:
    """How it was compared, what only one of the studies has, and how small a difference would have been seen."""
    told = [_how(contrast), *_facts(contrast), _reach(contrast)]
    return [sentence for sentence in told if sentence]


def _how(contrast: Contrast) -> str:
    rows = contrast.rows
    paired, changed = rows["paired"].any(), rows["changed"]
    if not paired:
        return (
            f"{counted(len(contrast.pairs), 'pair')} of cells compared. The replications are not the same (another "
            "seed or population): rates are compared by Fisher's exact test, everything else by the smaller of Welch's "
            "t and the pooled z. P-values are adjusted after Holm."
        )
    moved = int((changed > 0).sum())
    told = f"in {moved:,} of {_numbers(len(rows))} at least one replication gives another value"
    rest = "" if rows["paired"].all() else " Some cells have other replications and are compared unpaired."
    return (
        f"{counted(len(contrast.pairs), 'pair')} of cells compared, replication by replication: both studies drew the "
        f"same data sets, so that any difference is the work of method, version or machine; {told}. Whether it moves "
        f"the measure is tested by McNemar's exact test (rates) and the paired t test. P-values are adjusted after "
        f"Holm.{rest}"
    )


def _facts(contrast: Contrast) -> list[str]:
    """What is not the same in the two studies before any number is compared."""
    a, b = contrast.first.study, contrast.second.study
    told = []
    for what, one, other in (("seed", a.seed, b.seed), ("replications a cell", a.replications, b.replications)):
        if one != other:
            told.append(f"{what}: {one:,} and {other:,}" if what != "seed" else f"{what}: {one} and {other}")
    versions = [
        f"{name} {a.versions.get(name, 'none')} and {b.versions.get(name, 'none')}"
        for name in {**a.versions, **b.versions}
        if a.versions.get(name) != b.versions.get(name)
    ]
    told += versions
    if a.level != b.level:
        told.append(f"level of the intervals: {a.level:g} and {b.level:g}")
    first = [f"The studies differ in {'; '.join(told)}."] if told else []
    only = [
        _only("cells", [str(c.cell) for c in a.cells], [str(p) for p, _ in contrast.pairs], "the first"),
        _only("cells", [str(c.cell) for c in b.cells], [str(p) for _, p in contrast.pairs], "the second"),
        *(
            _only(what, list(one), list(other), which)
            for what, one, other, which in (
                ("methods", a.methods, b.methods, "the first"),
                ("methods", b.methods, a.methods, "the second"),
                ("estimands", a.estimands, b.estimands, "the first"),
                ("estimands", b.estimands, a.estimands, "the second"),
            )
        ),
        _other_truths(contrast),
    ]
    return first + [sentence for sentence in only if sentence]


def _only(what: str, own: Sequence[str], shared: Sequence[str], which: str) -> str:
    """What only one of the studies has, in words."""
    alone = [name for name in own if name not in shared]
    if not alone:
        return ""
    named = listed(alone[:_NAMED]) + (f" and {len(alone) - _NAMED} more" if len(alone) > _NAMED else "")
    return f"Only in {which} study: {what if len(alone) > 1 else what[:-1]} {named}."


def _other_truths(contrast: Contrast) -> str:
    """Estimands whose true values are not the same: bias and coverage are each about its own truth."""
    names = [
        name
        for name in contrast.first.study.estimands
        if any(abs(contrast.first.truth(a, name) - contrast.second.truth(b, name)) > 1e-9 for a, b in contrast.pairs)
    ]
    if not names:
        return ""
    shown = listed(names[:_NAMED]) + (f" and {len(names) - _NAMED} more" if len(names) > _NAMED else "")
    return f"True values differ between the populations ({shown}); bias and coverage are each about its own truth."


def _reach(contrast: Contrast) -> str:
    """How large a difference would most likely have been seen."""
    found = smallest_found(contrast.rows, contrast.level)
    shown = []
    for measure, size in found.items():
        unit = _unit(contrast, measure)
        if size > 0 and measure in ("bias", "empirical_se", "coverage", _SIGNIFICANT, "drop_rate"):
            amount = f"{number(100 * size, 1)} points" if unit == "share" else number(size)
            shown.append(f"{_header(contrast, measure)} {amount}")
    if not shown:
        return ""
    return f"A difference of this size would be found four times in five in a typical cell: {', '.join(shown)}."


def table(contrast: Contrast, every: bool = False) -> Table:
    """The numbers that differ beyond chance, the surest first; with `every`, all of them in the order of the study."""
    rows = contrast.rows if every else contrast.rows[contrast.rows["beyond"]].sort_values("adjusted", kind="stable")
    made: list[tuple[Entry, ...]] = []
    for row in rows.to_dict("records"):
        unit = _unit(contrast, row["measure"])
        made.append((
            _cell(contrast, row["cell_a"]),
            contrast.first.study.methods[row["method"]].label,
            row["target"] or None,
            _header(contrast, row["measure"]),
            _shown(row["value_a"], unit),
            _shown(row["value_b"], unit),
            _difference(row, unit),
            _probability(row["adjusted"]),
            f"{row['n_used_a']:,}" if row["paired"] else f"{row['n_used_a']:,}; {row['n_used_b']:,}",
        ))  # fmt: skip
    columns = (
        Column("Cell"), Column("Method"), Column("Estimand"), Column("Measure"),
        Column("first", "coefficient"), Column("second", "coefficient"),
        Column("difference", "coefficient", hint="second less first ± its Monte Carlo standard error"),
        Column("p, adjusted", "coefficient", hint="after Holm, for all comparisons together"),
        Column("replications", "coefficient", hint="behind the test: pairs, or those of each study"),
    )  # fmt: skip
    title = "Every comparison" if every else "What differs beyond chance"
    return Table("compare", title, "", columns, tuple(made), grouped=True).without_empty_columns()


def _cell(contrast: Contrast, number_: int) -> str:
    found = next(cell for cell in contrast.first.study.cells if cell.cell == number_)
    return found.label or f"n = {found.n}"


def _header(contrast: Contrast, measure: str) -> str:
    return measure if measure == _SIGNIFICANT else contrast.first.words[measure].header


def _unit(contrast: Contrast, measure: str) -> Unit:
    return "share" if measure == _SIGNIFICANT else contrast.first.words[measure].unit


def _shown(value: float, unit: Unit) -> str:
    return f"{number(100 * value, 1)}%" if unit == "share" else number(value)


def _difference(row: Mapping[Any, Any], unit: Unit) -> str:
    scale, decimals = (100, 1) if unit == "share" else (1, 3)
    text = number(scale * row["difference"], decimals, signed=True)
    return f"{text} ± {number(scale * row['error'], decimals)}" if row["error"] > 0 else text


def _probability(value: float) -> str:
    return "" if pd.isna(value) else "<0.0001" if value < 1e-4 else number(value, 4)
