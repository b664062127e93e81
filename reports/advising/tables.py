"""The tables of advice: every method with its worst figures, the rankings, and every path."""

from collections.abc import Iterable

from benchmarks.advising.advice import Advice, Member
from benchmarks.advising.criteria import Judged
from benchmarks.advising.ranking import Ranking
from reports.advising import words
from reports.printing.numbers import full, number
from reports.printing.targets import arrow
from reports.printing.typeset import Column, Entry, Table, csv_text


def tables(advice: Advice) -> list[Table]:
    """Every table that has a row, in order."""
    made = (methods(advice), ranking(advice), paths(advice), refused(advice))
    return [table.without_empty_columns() for table in made if table.rows]


def methods(advice: Advice) -> Table:
    """Each method with its worst figure of every criterion."""
    rows: list[tuple[Entry, ...]] = [
        (
            member.planned.label,
            words.kept(member),
            _worst([member.usable]),
            _worst(_of(member, "bias"), signed=True),
            _worst(_of(member, "coverage")),
            _worst(_of(member, "type I error")),
        )
        for member in advice.members
    ]
    heads = (
        Column("Method"),
        Column("keeps them"),
        *(Column(head, "count") for head in ("usable", "relative bias", "coverage", "type I error")),
    )
    note = "The figure furthest from what it should be, over paths and populations, ± one Monte Carlo standard error."
    return Table("methods", "Which methods keep the criteria", note, heads, tuple(rows))


def _of(member: Member, criterion: str) -> list[Judged]:
    return [each for row in member.rows for each in row.judged if each.criterion == criterion]


#: What each criterion should be.
_IDEAL = {"bias": 0.0, "coverage": 0.95, "type I error": 0.05, "usable": 1.0}


def _worst(judged: Iterable[Judged], signed: bool = False) -> str | None:
    found = sorted(judged, key=lambda each: abs(each.value - _IDEAL[each.criterion]))
    return _told(found[-1], signed) if found else None


def _told(judged: Judged, signed: bool = False) -> str:
    """`94.1 ± 0.7%`."""
    if not judged.known:
        return number(None)
    error = f" ± {number(100 * judged.mcse, 1)}" if judged.mcse else ""
    return f"{number(100 * judged.value, 1, signed)}{error}%"


def ranking(advice: Advice) -> Table:
    """Methods that keep the criteria, by error, then by power, each against the first."""
    label = {member.planned.name: member.planned.label for member in advice.members}
    rows: list[tuple[Entry, ...]] = []
    if advice.by_error:
        first = advice.by_error.rows[0].value
        for row in advice.by_error.rows:
            error = row.error / (row.value + first) if row.value + first else 0.0
            told = (
                ""
                if row.method == advice.by_error.rows[0].method
                else f"+{number(row.value - first, 4)} ± {number(error, 4)}"
            )
            rows.append(
                (
                    "by error (RMSE)",
                    label[row.method],
                    number(row.value, 4),
                    told or None,
                    _place(advice.by_error, row.method),
                )
            )
    if advice.by_power:
        for row in advice.by_power.rows:
            told = (
                ""
                if row.method == advice.by_power.rows[0].method
                else f"{number(100 * row.difference, 1)} ± {number(100 * row.error, 1)}%"
            )
            rows.append(
                (
                    "by power",
                    label[row.method],
                    f"{number(100 * row.value, 1)}%",
                    told or None,
                    _place(advice.by_power, row.method),
                )
            )
    heads = (
        Column("Ranking"),
        Column("Method"),
        Column("value", "count"),
        Column("against the first", "count"),
        Column("place"),
    )
    return Table("ranking", "Those that keep them, ranked", "", heads, tuple(rows), grouped=True)


def _place(ranked: Ranking, method: str) -> str:
    if ranked.winner == method:
        return "first"
    return "among the first" if method in ranked.ahead else "behind"


def paths(advice: Advice) -> Table:
    """Every method on every path of every population."""
    several = len(advice.worlds) > 1
    rows: list[tuple[Entry, ...]] = []
    for member in advice.members:
        for row in member.rows:
            found = {each.criterion: each for each in row.judged}
            cells = [_told(found[name], name == "bias") if name in found else None for name in list(_IDEAL)[:3]]
            power = f"{number(100 * row.power.share, 1)} ± {number(100 * row.power.mcse, 1)}%" if row.power else None
            rows.append(
                (
                    member.planned.label,
                    arrow(row.target),
                    row.place + 1 if several else None,
                    row.truth,
                    cells[0],
                    cells[1],
                    power,
                    cells[2],
                )
            )
    heads = (
        Column("Method"),
        Column("Path"),
        Column("population", "count"),
        Column("truth", "coefficient"),
        *(Column(head, "count") for head in ("relative bias", "coverage", "power", "type I error")),
    )
    return Table("paths", "Every path", "", heads, tuple(rows), grouped=True)


def refused(advice: Advice) -> Table:
    """Methods of the catalogue that cannot be used, and why."""
    return Table("refused", "Methods that do not fit", "", (Column("why"),), tuple((why,) for why in advice.refused))


def as_csv(advice: Advice) -> str:
    """One line for each method, path and criterion, in full precision."""
    heads = ["method", "population", "levels", "path", "truth", "measure", "value", "mcse", "verdict"]
    rows: list[list[str]] = [heads]
    for member in advice.members:
        every = ["", "", "", ""]
        rows.append([member.planned.name, *every, *_line(member.usable)])
        for row in member.rows:
            levels = ", ".join(f"{name} = {level}" for name, level in advice.worlds[row.place].levels.items())
            about = [member.planned.name, str(row.place + 1), levels, row.target.name, full(row.truth)]
            rows += [[*about, *_line(each)] for each in row.judged]
            if row.power:
                rows.append([*about, "power", full(row.power.share), full(row.power.mcse), ""])
    for name, ranked in (("rmse", advice.by_error), ("mean power", advice.by_power)):
        for each in ranked.rows if ranked else ():
            place = _place(ranked, each.method) if ranked else ""
            rows.append([each.method, "", "", "", "", name, full(each.value), "", place])
    return csv_text(rows)


def _line(judged: Judged) -> list[str]:
    return [judged.criterion, full(judged.value), full(judged.mcse), judged.verdict.value]
