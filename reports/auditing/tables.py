"""The tables of an audit: every answer with its range, what is left open, what was checked."""

from collections.abc import Iterator

from benchmarks.auditing.audit import Audit, Told
from benchmarks.auditing.ranges import Range
from reports.auditing import words
from reports.printing.numbers import full
from reports.printing.typeset import Column, Entry, Table, csv_text
from sim.tables.bounds.consistency import Severity

_RANGES = (
    Column("median", "count"),
    Column("80% range", "count"),
    Column("95% range", "count"),
    Column("error of the ends", "count"),
)
#: The group of what the same survey would have printed on all items.
WITHOUT = "Without dropping"
#: The kinds of answers, group by group: the words of each, and how its numbers are printed.
GROUPS: tuple[tuple[str, tuple[tuple[str, str, str], ...]], ...] = (
    ("True size", (("truth", "true {}", "number"),)),
    ("Tests", (
        ("power", "power for {}, where it is not 0", "share"),
        ("type I error", "type I error for {}, were it 0", "share"),
        ("same set as printed", "a repeat finds the printed set of significant paths", "share"),
        ("two repeats agree", "two repeats find the same set", "share"),
        ("larger in a sample", "a repeat shows {}", "share"),
    )),
    ("Size of estimates", (
        ("bias", "bias of {}", "signed"),
        ("coverage", "coverage of the 95% interval of {}", "share"),
        ("type S", "wrong sign of a significant {} (type S)", "share"),
        ("type M", "exaggeration of a significant {} (type M)", "times"),
    )),
    ("Respondents", (("n for 80%", "n for 80% power for {}", "n"),)),
    ("Dropped items", (
        ("these items", "just the printed items are dropped", "share"),
        ("as many of each", "as many of each construct", "share"),
        ("as many in all", "as many in all", "share"),
        ("items dropped", "items dropped in a repeat, on average", "number"),
        ("a good item dropped", "an item that truly reaches the threshold is dropped", "share"),
        ("a weak item kept", "an item that truly does not is kept", "share"),
        ("good items among the dropped", "of the printed dropped items truly reach it", "number"),
    )),
    (WITHOUT, (("all items", "{} of all items", "number"),)),
)  # fmt: skip

#: Every kind of answer, its words, and how its numbers are printed.
KINDS = tuple(kind for _, kinds in GROUPS for kind in kinds)


def tables(audit: Audit) -> list[Table]:
    """Every table that has a row, in order."""
    made = (answers(audit), shares(audit), left_open(audit), checks(audit))
    return [table for table in made if table.rows]


def answers(audit: Audit) -> Table:
    """Every answer: its median, and its range over both priors."""
    rows: list[tuple[Entry, ...]] = []
    for group, name, _, told, how in _told(audit):
        ends, inner, middle = told.spanned(), told.spanned(inner=True), told.middle
        assert ends is not None
        assert inner is not None
        worst = [each.errors[k] for each in told.under if each for k in (0, 4) if each.errors[k] < float("inf")] or [
            0.0
        ]
        rows.append((
            group, name, words.shown(middle.median, how, middle.errors[2]), words.between(inner, how),
            words.between(ends, how), words.shown(max(worst), "number" if how == "signed" else how),
        ))  # fmt: skip
    note = (
        "Median under the reference prior, ± one Monte Carlo standard error; ranges from the lowest end under either "
        "prior to the highest, and the largest standard error of an end of the 95% ranges."
    )
    return Table(
        "answers", "Every answer", note, (Column("about"), Column("answer"), *_RANGES), tuple(rows), grouped=True
    )


def _told(audit: Audit) -> Iterator[tuple[str, str, str, Told, str]]:
    """Group, words, what it is about, the answer, and how its numbers are printed."""
    keys = list(dict.fromkeys(key for each in audit.under for key in each.ranges))
    for group, kinds in GROUPS:
        if group == WITHOUT and not audit.table.dropped:
            continue  # nothing was dropped: the paper prints them itself
        for kind, name, how in kinds:
            for key in keys:
                told = audit.told(key.kind, key.about) if key.kind == kind else None
                if told:
                    yield group, name.format(words.about(key.about)), key.about, told, how


def shares(audit: Audit) -> Table:
    """What is a share of populations, or of surveys like the paper's, under each prior."""
    rows: list[tuple[Entry, ...]] = []
    labels = {"larger in truth": "Populations in which", "path is positive": "Populations in which",
              "path is 0": "Populations in which", "otherwise": "Surveys like this one in which"}  # fmt: skip
    for kind, group in labels.items():
        for key in audit.under[0].shares:
            found = audit.share(kind, key.about) if key.kind == kind else ()
            if found:
                told = [words.shown(each.value, "share", each.error) for each in found]
                rows.append((group, words.of_share(audit, kind, key.about), *told))
    heads = (Column("of"), Column("share"), *(Column(f"{each.prior.name} prior", "count") for each in audit.under))
    note = (
        "Of the weight of the populations that fit, ± one Monte Carlo standard error. Surveys like this one: simulated "
        "ones that dropped and printed what the paper did."
    )
    return Table(
        "shares",
        "Shares",
        note,
        heads,
        tuple(sorted(rows, key=lambda row: row[0] != "Populations in which")),
        grouped=True,
    )


def left_open(audit: Audit) -> Table:
    """What the table leaves open of the populations, and which answers hang on it."""
    under = audit.under[0]
    rows: list[tuple[Entry, ...]] = []
    for each in under.open:
        on = [
            f"{words.of_key(hangs.key)} ({100 * part:.0f}%)"
            for hangs in under.hangs
            for name, part in hangs.on[:1]
            if name == each.name
        ]
        rows.append((
            words.functional(each.name), f"{words.plain(each.before[0])} ± {words.plain(each.before[1])}",
            f"{words.plain(each.low)} to {words.plain(each.high)}", f"{100 * min(each.left, 1):.0f}%",
            ", ".join(on) or None,
        ))  # fmt: skip
    heads = (Column("of the population"), Column("prior, mean ± SD", "count"), Column("95% range that fits", "count"),
             Column("of the prior's SD left", "count"), Column("answers that hang on it most"))  # fmt: skip
    note = "In brackets the part of the answer's spread that goes with it (squared rank correlation). Reference prior."
    return Table("open", "What the paper does not determine", note, heads, tuple(rows)).without_empty_columns()


def checks(audit: Audit) -> Table:
    """Every check, those that failed first."""
    found = sorted(audit.findings, key=lambda each: -each.severity)
    rows = tuple((f.severity.word, f.about, f.check, f.given, f.possible) for f in found)
    heads = tuple(Column(head) for head in ("verdict", "about", "check", "printed", "possible"))
    return Table("checks", "Do the printed numbers hold together?", "", heads, rows)


def as_csv(audit: Audit) -> str:
    """One line for each answer and prior, in full precision, then shares and checks."""
    ends = [f"{kind}{level}" for kind in ("", "mcse_") for level in ("2.5", "10", "50", "90", "97.5")]
    rows: list[list[str]] = [["kind", "about", "prior", *ends, "populations", "verdict"]]
    for under in audit.under:
        for key, found in under.ranges.items():
            rows.append([key.kind, key.about, under.prior.name, *_numbers(found), str(found.count), ""])
        for key, share in under.shares.items():
            blank = [""] * 2
            rows.append(
                [
                    key.kind,
                    key.about,
                    under.prior.name,
                    *blank,
                    full(share.value),
                    *blank,
                    *blank,
                    full(share.error),
                    *blank,
                    "",
                    "",
                ]
            )
    for finding in audit.findings:
        rows.append([finding.check, finding.about, "", *[""] * 10, "", finding.severity.word])
    return csv_text(rows)


def _numbers(found: Range) -> list[str]:
    return [
        *(full(x) if x == x and abs(x) != float("inf") else "" for x in found.points),
        *(full(x) for x in found.errors),
    ]


def contradictions(audit: Audit) -> list[str]:
    """The checks that failed, each in a sentence."""
    return [
        f"{finding.about}: {finding.check}. Printed: {finding.given}; possible: {finding.possible}. {finding.reason}"
        for finding in audit.findings
        if finding.severity > Severity.FINE
    ]
