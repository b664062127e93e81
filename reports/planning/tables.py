"""The tables of a plan: the answers, and the rules of thumb beside them."""

from benchmarks.planning.curve import Count
from benchmarks.planning.plan import Plan
from reports.planning import words
from reports.printing.numbers import full
from reports.printing.typeset import Column, Entry, Table, csv_text


def tables(plan: Plan) -> list[Table]:
    """The answers, then the rules of thumb where they are about anything that was asked, and their papers."""
    made = (answers(plan), rules(plan), papers(plan))
    return [table.without_empty_columns() for table in made if table.rows]


def answers(plan: Plan) -> Table:
    """One row for each question and method."""
    rows: list[tuple[Entry, ...]] = [
        (
            words.asked(line),
            line.planned.label,
            line.n,
            words.band(line) or None,
            line.search.data_sets if line.search else None,
            _rate(line.type_1),
            words.ending(line, plan) or None,
        )
        for line in plan.lines
    ]
    heads = (
        Column("Question"),
        Column("Method"),
        Column("n", "count"),
        Column("95% band", "count"),
        Column("data sets", "count"),
        Column("type I error", "count"),
        Column("remark"),
    )
    return Table("answers", "Enough respondents", "", heads, tuple(rows), grouped=True)


def rules(plan: Plan) -> Table:
    """What the rules say beside every answer: how far they are off, and what their number really gives."""
    rows: list[tuple[Entry, ...]] = []
    for line in plan.lines:
        answer = "no answer" if line.n is None else f"n = {line.n:,}"
        head = f"{words.asked(line)}, {line.planned.label}: {answer}"
        rows += [
            (head, miss.rule.name, miss.n, words.missed(miss.apart) or None, _rate(miss.at)) for miss in line.misses
        ]
    heads = (
        Column("Answer"),
        Column("Rule of thumb"),
        Column("its n", "count"),
        Column("is", "count"),
        Column("power there", "count"),
    )
    return Table("rules", "Rules of thumb beside it", words.RULES, heads, tuple(rows), grouped=True)


def _rate(count: Count | None) -> str | None:
    """`63 ± 3%`; of a rate of 0 or 1 the 95% interval in place of an error of 0: `100% (98.5 to 100)`."""
    if count is None:
        return None
    if not 0 < count.share < 1:
        low, high = (f"{100 * end:.1f}".removesuffix(".0") for end in count.interval())
        return f"{100 * count.share:.0f}% ({low} to {high})"
    size = f"{100 * count.mcse:.0f}" if count.mcse >= 0.005 else "<1"
    return f"{100 * count.share:.0f} ± {size}%"


def papers(plan: Plan) -> Table:
    """Where each rule is from, and what it was given."""
    rows: dict[tuple[str, str], tuple[Entry, ...]] = {}
    for line in plan.lines:
        for miss in line.misses:
            rows.setdefault(
                (line.question.subject, miss.rule.name),
                (line.question.subject, miss.rule.name, miss.rule.paper, miss.rule.given),
            )
    heads = (Column("About"), Column("Rule of thumb"), Column("paper"), Column("given"))
    return Table("papers", "Where the rules are from", "", heads, tuple(rows.values()), grouped=True)


#: The columns of the CSV file.
CSV = (
    *("question", "about", "wanted", "method", "n", "lower", "upper", "data_sets", "type_1_error", "remark"),
    *("rule", "rule_paper", "rule_n", "rule_off_by", "rate_there", "data_sets_there"),
)


def as_csv(plan: Plan) -> str:
    """One line for each answer, and one for each rule of thumb beside it, in full precision."""
    rows: list[list[str]] = [list(CSV)]
    for line in plan.lines:
        ends = words.lower_and_upper(line)
        answer = [
            line.question.name, line.question.subject, full(line.question.wanted), line.planned.name,
            "" if line.n is None else str(line.n), *(map(str, ends) if ends else ("", "")),
            str(line.search.data_sets) if line.search else "0",
            full(line.type_1.share) if line.type_1 else "", words.ending(line, plan),
        ]  # fmt: skip
        rows.append([*answer, *[""] * 6])
        for miss in line.misses:
            there = (full(miss.at.share), str(miss.at.total)) if miss.at else ("", "")
            apart = "" if miss.apart is None else str(miss.apart)
            rows.append([*answer, miss.rule.name, miss.rule.paper, str(miss.n), apart, *there])
    return csv_text(rows)
