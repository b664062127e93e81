"""Published figures beside the study's own: the table, the figure and the sentences of that section of a report."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from benchmarks.study.form.publishedfile import EXACT, FIT
from reports.drawing import panels
from reports.drawing.figure import Figure, Panel, Row
from reports.drawing.palette import signs
from reports.printing.columns import METHOD
from reports.printing.numbers import number
from reports.printing.typeset import Column, Entry, Table
from reports.printing.words import capital, levels_in_words, listed
from reports.results import Results
from sim.tables.reading.printed import half_unit

#: Words of the measures that are not stored under a name of their own.
_DERIVED = {"mean": "mean estimate", "mean_se": "mean SE", "failure_rate": "failure to converge"}
#: Marks farther out than this many standard errors stand at the edge of the figure.
_EDGE = 8.0
#: Up to so many figures beyond the tolerance are named one by one; of more, those farthest off.
_NAMED = 8


@dataclass(frozen=True)
class Told:
    """The section in words: what came out, by what measure, and what the study file remarks."""

    lead: str
    sentences: list[str]
    notes: list[str]


def table(results: Results) -> Table:
    """Every published figure of the cells that were run, beside the own one."""
    rows: list[tuple[Entry, ...]] = []
    for row in _records(results):
        digits, exact = row["decimals"], row["measure"] in EXACT
        rows.append((
            _group(results, row),
            _target(row),
            results.study.methods[row["method"]].label,
            number(row["published"], digits),
            number(row["own"], digits + 1),
            "" if exact else number(row["mcse"], digits + 1),
            number(row["difference"], digits + 1, signed=True),
            "" if exact else number(row["z"], 1, signed=True),
            "" if exact else f"{row['published_replications']:,}; {row['own_replications']:,}",
            _verdict(row),
        ))  # fmt: skip
    columns = (
        Column("Measure"),
        Column("Estimand"),
        METHOD,
        Column("published", "coefficient"),
        Column("own", "coefficient"),
        Column("MCSE", "coefficient", hint="Monte Carlo standard error of the own figure"),
        Column("difference", "coefficient", hint="own figure minus published one"),
        Column("z", "coefficient", hint="difference beyond rounding, in standard errors of the difference"),
        Column("replications", "coefficient", hint="of the published figure; of the own one"),
        Column("tolerance"),
    )
    note = "Shares stand as numbers from 0 to 1. The CSV holds every number in full."
    return Table("published", "Published and own figures", note, columns, tuple(rows), grouped=True)


def figure(results: Results) -> Figure:
    """z of every simulated figure with the band of the tolerance, one plot for each measure."""
    sampled = [row for row in _records(results) if math.isfinite(row["z"]) or math.isinf(row["z"])]
    width = sampled[0]["tolerance"] if sampled else 0.0
    reach = min(max([width + 0.5, *(1.05 * abs(row["z"]) for row in sampled)]), _EDGE)
    made = []
    for measure in dict.fromkeys(row["measure"] for row in sampled):
        found = [_plotted(results, row, reach) for row in sampled if row["measure"] == measure]
        order = list(dict.fromkeys(row["comparison"] for row in found))
        made.append(
            Panel(capital(_words(results, measure)), found, panels.deviations(signs(results), order, width, reach))
        )
    caption = (
        "Each mark is the difference of an own figure from the published one, in standard errors of that difference "
        f"(z); what rounding of the printed figure explains is taken off. The band is the tolerance, ±{width:.2f}."
    )
    if any(abs(row["z"]) > reach for row in sampled):
        caption += f" Marks at the edge lie beyond ±{reach:g}."
    alt = "z of the difference between own and published figure, one plot for each measure, one row for each figure."
    return Figure("published", "How far own figures lie from the published ones", caption, alt, made)


def told(results: Results) -> Told | None:
    """The section in words; None where the study sets nothing beside a publication."""
    facts = results.study.published
    if facts is None or results.published is None or results.published.empty:
        return None
    frame = results.published
    exact = frame[frame["measure"].isin(EXACT) & frame["own"].notna()]
    sampled = frame[frame["z"].notna()]
    return Told(
        _lead(sampled, exact, frame), _sentences(results, sampled, exact), [f"Source: {facts.source}.", *facts.notes]
    )


def _lead(sampled: pd.DataFrame, exact: pd.DataFrame, frame: pd.DataFrame) -> str:
    lacking = int((frame["why_not"] != "").sum())
    told = [_count(each, what, lacking > 0) for each, what in ((sampled, "simulated"), (exact, "exact")) if len(each)]
    if not told:
        return f"None of the {len(frame)} published figures could be compared."
    if lacking:
        told.append(f"{lacking} figure{'s are' if lacking > 1 else ' is'} not compared")
    return capital("; ".join(told)) + "."


def _count(frame: pd.DataFrame, what: str, some_lack: bool) -> str:
    """`61 of 63 simulated figures come out again, 2 lie beyond the tolerance`; of those compared, where some lack."""
    beyond = int(frame["beyond"].sum())
    compared = " that could be compared" if some_lack else ""
    if len(frame) == 1:
        return f"the {what} figure{compared} {'lies beyond the tolerance' if beyond else 'comes out again'}"
    if not beyond:
        return f"all {len(frame)} {what} figures{compared} come out again"
    lie = "lies" if beyond == 1 else "lie"
    of = f"{len(frame) - beyond} of {len(frame)} {what} figures{compared}"
    return f"{of} come out again, {beyond} {lie} beyond the tolerance"


def _verdict(row: Row) -> str:
    if row["why_not"]:
        return f"not compared: {row['why_not']}"
    return ("beyond" if row["beyond"] else "within") + (", loose" if row["loose"] else "")


def _sentences(results: Results, sampled: pd.DataFrame, exact: pd.DataFrame) -> list[str]:
    frame = results.published
    assert frame is not None
    assert results.study.published is not None
    said = []
    if len(sampled):
        width = float(sampled["tolerance"].iloc[0])
        said.append(
            f"A figure comes out again where it lies within {width:.2f} standard errors of the difference, both "
            "studies' replications counted (and the published figure's own error, where the file gives it), plus half "
            "a unit of the last printed digit. For one comparison that would be 2.60; "
            f"{width:.2f} keeps the same small probability, 0.9%, that chance alone carries any of the "
            f"{len(sampled)} beyond."
        )
        large = int((sampled["z"].abs() > 1.96).sum())
        said.append(
            f"{large} of the z lie beyond ±1.96, where chance would put {0.05 * len(sampled):.1f}; figures of the same "
            "data sets move together."
        )
    if len(exact):
        wide = exact["exactly"].max() > max(1e-6, half_unit(exact["decimals"].min()))
        allowed = f"{exact['exactly'].max():g}, as the study file says" if wide else "0.000001 or by rounding"
        said.append(f"Exact figures, those of the population without sampling, may differ by {allowed}.")
    beyond = frame[frame["beyond"]]
    if len(beyond):
        said.append(_beyond(results, beyond))
    said += _not_compared(results, frame[frame["why_not"] != ""])
    said += _loose(results, frame[frame["loose"]])
    if left_out := results.study.published.figures - len(frame):
        said.append(f"{left_out} published figure{'s' * (left_out > 1)} of cells that this run leaves out.")
    return said


def _not_compared(results: Results, lacking: pd.DataFrame) -> list[str]:
    """Which figures could not be compared, by the reason."""
    return [
        f"Not compared, because {why}: {_named(results, rows)}." for why, rows in lacking.groupby("why_not", sort=False)
    ]


def _loose(results: Results, loose: pd.DataFrame) -> list[str]:
    """A warning of comparisons that almost any figure would pass."""
    if loose.empty:
        return []
    return [
        "Warning: so much is tolerated that almost any figure would pass, since the estimates have long tails or the "
        f"replications are few; that these come out again says little: {_named(results, loose)}."
    ]


def _named(results: Results, frame: pd.DataFrame) -> str:
    """The figures of some rows by measure, place, estimand and method; of many the first ones."""
    rows = [_typed(row) for row in frame.head(_NAMED).to_dict("records")]
    named = [f"{_group(results, row)}, {_of(results, row)}" for row in rows]
    more = f", and {len(frame) - _NAMED} more" if len(frame) > _NAMED else ""
    return "; ".join(named) + more


def _beyond(results: Results, beyond: pd.DataFrame) -> str:
    far = beyond.assign(size=beyond["z"].abs().fillna(math.inf)).sort_values("size", ascending=False, kind="stable")
    rows = [_typed(row) for row in far.head(_NAMED).to_dict("records")]
    named = [
        f"{_group(results, row)}, {_of(results, row)} ({number(row['published'], row['decimals'])} published, "
        f"{number(row['own'], row['decimals'] + 1)} here)"
        for row in rows
    ]
    more = f", and {len(far) - _NAMED} more" if len(far) > _NAMED else ""
    return f"Beyond the tolerance: {listed(named) if not more else '; '.join(named) + more}."


def _of(results: Results, row: Row) -> str:
    label = results.study.methods[row["method"]].label
    return f"{row['target']} by {label}" if row["target"] != FIT else label


def _records(results: Results) -> list[Row]:
    frame = results.published
    return [] if frame is None else [_typed(row) for row in frame.to_dict("records")]


def _typed(row: Mapping[Any, Any]) -> Row:
    return {**row, "decimals": int(row["decimals"])}


def _words(results: Results, measure: str) -> str:
    return _DERIVED.get(measure) or results.words[measure].header


def _target(row: Row) -> str:
    return "" if row["target"] == FIT else str(row["target"])


def _group(results: Results, row: Row) -> str:
    """`Power at n = 90`; with the levels where a study has several populations."""
    at = f" at n = {row['n']}" if row["n"] else ""
    levels = {factor: str(row[factor]) for factor in results.populations[0]} if len(results.populations) > 1 else {}
    return capital(_words(results, row["measure"])) + at + (f", {levels_in_words(levels)}" if levels else "")


def _plotted(results: Results, row: Row, reach: float) -> Row:
    """A mark: its place, cut at the edge, and what it stands for."""
    several = len(results.sizes) > 1
    parts = [_target(row), f"n = {row['n']}" if several or row["target"] == FIT else ""]
    levels = {factor: str(row[factor]) for factor in results.populations[0]}
    return {
        "population": results.populations.index(levels),
        "n": row["n"],
        "method": results.study.methods[row["method"]].label,
        "comparison": ", ".join(part for part in parts if part),
        "z": round(max(min(row["z"], reach), -reach), 4),
        "far": number(row["z"], 1, signed=True),
        "printed": number(row["published"], row["decimals"]),
        "told": f"{number(row['own'], row['decimals'] + 1)} ± {number(row['mcse'], row['decimals'] + 1)}",
    }
