"""Whether what a paper says of its tests and its survey holds together: p-values, stars, t, claims, counts.

These are checks of print and text, not of data: one that fails leaves populations, and `consistency.check` is about
those. A t-value is estimate / SE; its p-value is that of t with as many degrees of freedom as any program would take,
from n less the predictors to the bootstrap's resamples less one.
"""

from collections.abc import Iterator
from math import inf, sqrt

from scipy.special import stdtr

from sim.tables.bounds.blockbounds import Interval
from sim.tables.bounds.consistency import Finding, Severity
from sim.tables.reading.paper import Paper, Path
from sim.tables.reading.paperfile import PrintedP
from sim.tables.reading.printed import Printed
from sim.tables.reading.table import Reported, Table

#: Bootstrap and least-squares standard errors of a path differ by less than this factor in any usual survey.
FACTOR = 2.5
_SLACK = 5e-4


def check_paper(table: Table) -> tuple[Finding, ...]:
    """Every check that the paper's section allows, in its order: counts, dropped items, then path by path."""
    paper = table.paper or Paper()
    found = [*_counts(table, paper)]
    for block in table.reported.values():
        found += _kept_by_rule(table, paper, block)
    for path in table.model.paths:
        found += [*_of_tests(table, paper, path), *_of_size(table, paper, path), *_of_claim(paper, path)]
    return (*found, *_larger(table, paper))


def _counts(table: Table, paper: Paper) -> Iterator[Finding]:
    listed = len(table.model.items)
    if paper.items_announced is not None:
        yield Finding("items", "items announced and listed", f"{paper.items_announced} announced",
                      f"{listed} listed", _severity(paper.items_announced == listed),
                      "The text counts other items than the tables list.")  # fmt: skip
    if paper.approached is None or table.n is None:
        return
    yield Finding("respondents", "respondents and those approached", f"n = {table.n}, {paper.approached} approached",
                  f"n up to {paper.approached}", _severity(table.n <= paper.approached),
                  "Nobody answers who was not asked.")  # fmt: skip
    if paper.response_rate is not None:
        share = table.n / paper.approached
        fits = paper.response_rate.holds(share) or paper.response_rate.holds(100 * share)
        yield Finding("respondents", "response rate", f"{paper.response_rate}; n = {table.n} of {paper.approached}",
                      f"{share:.4f}", _severity(fits), "The rate is those who answered over those approached."
                      )  # fmt: skip


def _kept_by_rule(table: Table, paper: Paper, block: Reported) -> Iterator[Finding]:
    """Printed loadings of kept items against the rule that kept them."""
    printed = list(block.loadings.values()) or ([block.lowest_loading] if block.lowest_loading else [])
    if table.rule is None or not printed:
        return
    lowest = min(printed, key=lambda number: abs(number.value) if paper.absolute else number.value)
    value = Interval.of(lowest).sizes.upper if paper.absolute else lowest.upper
    severity = _severity(value >= table.rule.lower - 1e-9)
    if severity and (block.k <= paper.minimum_items or paper.rule == "all-at-once"):
        severity = Severity.STRAINED  # a new fit, or the fewest items there may be, can leave one below
    yield Finding(block.construct, "kept items and the rule", f"lowest kept loading {lowest}", f"from {table.rule}",
                  severity, "The rule keeps items from its threshold on; a new fit may bring one a little under it."
                  )  # fmt: skip


def _of_tests(table: Table, paper: Paper, path: Path) -> Iterator[Finding]:
    """t, p and stars of one path against each other."""
    about, p, stars, t = _arrow(path), paper.p.get(path), paper.of_stars(path), paper.t.get(path)
    if p is not None and stars is not None:
        yield Finding(about, "stars and p-value", f"{stars}, p {p}", _said(stars), _severity(_meet(p, stars)),
                      "Stars stand for levels of the p-value.")  # fmt: skip
    for told, what in ((p, "p-value and t"), (stars if p is None else None, "stars and t")):
        if told is None or t is None:
            continue
        possible = {tails: _p_of_t(table, paper, path, t, tails) for tails in (1, 2)}
        if _meet(told, possible[paper.tails]):
            severity, reason = Severity.FINE, f"The p-value of t, {_sided(paper.tails)}."
        elif _meet(told, possible[3 - paper.tails]):
            severity = Severity.STRAINED
            reason = (
                f"It is the p-value of a {_sided(3 - paper.tails)} test, and the tests are said {_sided(paper.tails)}."
            )
        else:
            severity, reason = (
                Severity.IMPOSSIBLE,
                "No usual number of degrees of freedom gives this p-value of this t.",
            )
        yield Finding(about, what, f"{told}; t {t}", _said(possible[paper.tails]), severity, reason)


def _of_size(table: Table, paper: Paper, path: Path) -> Iterator[Finding]:
    """t against the path: their signs, and the standard error that they imply."""
    t, b, r2 = paper.t.get(path), table.paths.get(path), table.reported[path[0]].r2
    if t is None or b is None:
        return
    about = _arrow(path)
    signs = t.lower * b.upper >= 0 or t.upper * b.lower >= 0 or t.value >= 0  # |t| is often printed
    yield Finding(about, "t and path", f"t {t}, path {b}", "of one sign", _severity(signs),
                  "t is the path over its standard error.")  # fmt: skip
    q = sum(outcome == path[0] for outcome, _ in table.model.paths)
    if not signs or table.n is None or table.n <= q + 1 or r2 is None or abs(t.value) < 1e-9 or b.value == 0:
        return
    least = sqrt(max(1 - r2.upper, 0.0) / (table.n - q - 1)) / FACTOR
    most = abs(b.upper if b.value > 0 else b.lower) / least if least > 0 else inf
    yield Finding(about, "t, path, R2 and n", f"t {t}, path {b}, R2 {r2}, n = {table.n}", f"|t| up to {most:.2f}",
                  _severity(abs(t.value) - t.half <= most, Severity.STRAINED),
                  f"A path's standard error is at least root((1 - R2) / (n - {q + 1})) by least squares, and a "
                  f"bootstrap's is not {FACTOR:g} times smaller.")  # fmt: skip


def _of_claim(paper: Paper, path: Path) -> Iterator[Finding]:
    claim = paper.claims.get(path)
    for told in (paper.p.get(path), paper.of_stars(path)):
        found = told.found(paper.level) if told is not None else None
        if claim is not None and found is not None:
            yield Finding(_arrow(path), "claim and test", f"{claim}; {told}", f"level {paper.level:g}",
                          _severity(found == (claim == "supported")),
                          "A hypothesis is supported where its p-value is under the level, and not otherwise."
                          )  # fmt: skip
            return


def _larger(table: Table, paper: Paper) -> Iterator[Finding]:
    for first, second in paper.larger:
        a, b = table.paths.get(first), table.paths.get(second)
        if a is not None and b is not None:
            yield Finding(f"{_arrow(first)}, {_arrow(second)}", "which path is larger", f"paths {a} and {b}",
                          "the first the larger", _severity(a.upper >= b.lower),
                          "The text says which path is the larger one.")  # fmt: skip


def _p_of_t(table: Table, paper: Paper, path: Path, t: Printed, tails: int) -> PrintedP:
    """The p-values that a printed t may have."""
    q = sum(outcome == path[0] for outcome, _ in table.model.paths)
    fewest = max(table.n - q - 1, 1) if table.n is not None else 20
    most = max(paper.resamples - 1 if paper.resamples else 10_000, fewest)
    sizes = Interval.of(t).sizes
    low, high = tails * float(stdtr(most, -sizes.upper)), tails * float(stdtr(fewest, -sizes.lower))
    return PrintedP(low, min(high, 1.0), "")


def _meet(a: PrintedP, b: PrintedP) -> bool:
    return max(a.lower, b.lower) <= min(a.upper, b.upper) + _SLACK


def _said(p: PrintedP) -> str:
    return f"p {p.lower:.4f} to {p.upper:.4f}"


def _sided(tails: int) -> str:
    return "two-sided" if tails == 2 else "one-sided"


def _arrow(path: Path) -> str:
    return f"{path[1]} → {path[0]}"


def _severity(holds: bool, otherwise: Severity = Severity.IMPOSSIBLE) -> Severity:
    return Severity.FINE if holds else otherwise
