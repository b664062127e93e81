"""Whether a table's own numbers can hold together: every check that its numbers allow, and what would be possible."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from math import inf, sqrt

import numpy as np

from sim.batch import Floats
from sim.tables.bounds import blockbounds as bounds
from sim.tables.bounds import granularity
from sim.tables.bounds import structurebounds as structure
from sim.tables.bounds.blockbounds import Interval
from sim.tables.reading.printed import Printed, listed
from sim.tables.reading.table import Pair, Reported, Table

#: A PLS composite that correlates less with the plain sum of its items has very unequal weights.
ALIKE = 0.95
#: How far raw alpha may be from that of one factor with equal SDs, and HTMT from what alphas and correlations say.
FAR = 0.05
#: How far alpha may exceed rho_c where the factor model does not fit the answers exactly.
NEAR = 0.01


class Severity(IntEnum):
    """How a check ended."""

    FINE = 0
    STRAINED = 1
    IMPOSSIBLE = 2

    @property
    def word(self) -> str:
        """`fine`, `strained`, `impossible`."""
        return self.name.lower()


@dataclass(frozen=True)
class Finding:
    """One check. about: the construct, pair or item. given: the printed numbers. possible: what the others allow."""

    about: str
    check: str
    given: str
    possible: str
    severity: Severity
    reason: str


def check(table: Table) -> tuple[Finding, ...]:
    """Every check of the table, in its order: constructs, items, then the structure."""
    found: list[Finding] = []
    for block in table.reported.values():
        found += [*_of_block(table, block), *_of_answers(table, block)]
    return (*found, *_of_structure(table))


def verdict(findings: tuple[Finding, ...]) -> Severity:
    """The worst of all checks."""
    return max((finding.severity for finding in findings), default=Severity.FINE)


def _between(range_: Interval, decimals: int = 3) -> str:
    """`0.812 to 0.844`: rounded outwards, so that a number at its end is never told to be outside."""
    unit = 10.0**-decimals
    low, high = np.floor(range_.lower / unit + 1e-6) * unit, np.ceil(range_.upper / unit - 1e-6) * unit
    if range_.lower == -inf:
        return f"up to {high:.{decimals}f}"
    return f"{low + 0.0:.{decimals}f} to {high + 0.0:.{decimals}f}"


def _of_block(table: Table, block: Reported) -> Iterator[Finding]:
    """AVE against loadings, rho_c against AVE, alpha against both."""
    k, name = block.k, block.construct
    if k < 2:
        return
    known = bounds.ends(block, table.rule)
    limits = bounds.squares_between(k, known)
    of_loadings = bounds.sums(_only(block, "loadings"), known).squares.within(limits) if block.loadings else limits
    said = block.given("lowest_loading", "highest_loading") + (f", kept from {table.rule}" if table.rule else "")
    if block.loadings:
        said = f"loadings {listed(block.loadings.values())}"
    if block.ave is not None and (block.loadings or block.lowest_loading or block.highest_loading or table.rule):
        possible = Interval(of_loadings.lower / k, of_loadings.upper / k)
        severity = _severity(Interval.of(block.ave).meets(possible))
        given = f"AVE {block.ave}; {said.removeprefix(', ')}"
        yield Finding(name, "AVE and loadings", given, f"AVE {_between(possible)}", severity,
                      "AVE is the mean of the squared loadings.")  # fmt: skip
        if severity:
            return
    if block.rho_c is not None and (block.ave is not None or block.loadings):
        possible = bounds.rho_c_given_ave(block, known)
        severity = _severity(Interval.of(block.rho_c).meets(possible))
        given = block.given("rho_c", "ave") or said
        yield Finding(name, "rho_c and AVE", f"{given}, {k} items", f"rho_c {_between(possible)}", severity,
                      "The sum of loadings of a given mean square is largest where they are equal, and smallest where "
                      "they differ most; loadings below zero are left out.")  # fmt: skip
        if severity:
            return
    if block.alpha is not None and (block.ave is not None or block.rho_c is not None or block.loadings):
        yield _alpha(table, block, known)


def _alpha(table: Table, block: Reported, known: bounds.Ends) -> Finding:
    """Alpha against what rho_c and AVE allow."""
    k, found = block.k, bounds.sums(block, known)
    given = f"{block.given('alpha', 'rho_c', 'ave')}, {k} items"
    alpha = Interval.of(block.alpha)  # type: ignore[arg-type]
    if table.method == "pls":
        possible = bounds.alpha_in_pls(found, k)
        usual = bounds.alpha_of(min(found.squared_sums.upper / ALIKE**2, float(k) ** 2), k)
        with_sum = bounds.correlation_with_sum(block, found)
        if not alpha.meets(possible):
            severity = Severity.IMPOSSIBLE
            reason = (
                "The composite and the plain sum of its items would correlate above 1 (alpha of standardised items)."
            )
        elif with_sum.upper < ALIKE:
            severity = Severity.STRAINED
            reason = f"The composite would correlate {with_sum.upper:.2f} at most with the plain sum of its items."
        else:
            severity = Severity.FINE
            told = _between(Interval(with_sum.lower, min(1.0, with_sum.upper)))
            reason = f"The composite correlates {told} with the plain sum of its items."
        possible = Interval(possible.lower, min(possible.upper, usual))
    else:
        equal = bounds.alpha_of_one_factor(found, k)
        most = equal.upper if block.rho_c is None else min(equal.upper, block.rho_c.upper)
        possible = Interval(equal.lower - FAR, most + NEAR)
        severity = Severity.FINE if alpha.meets(possible) else Severity.STRAINED
        reason = (
            "With one factor and unrelated errors alpha does not exceed rho_c, and is near it where items have much "
            f"the same SD ({FAR:g} is allowed for other SDs, {NEAR:g} for a model that does not fit exactly)."
        )
    return Finding(block.construct, "alpha, rho_c and AVE", given, f"alpha {_between(possible)}", severity, reason)


def _only(block: Reported, name: str) -> Reported:
    """The block with nothing printed but one thing."""
    return Reported(block.construct, block.items, block.kept, **{name: getattr(block, name)})


def _severity(possible: bool, otherwise: Severity = Severity.IMPOSSIBLE) -> Severity:
    return Severity.FINE if possible else otherwise


def _of_answers(table: Table, block: Reported) -> Iterator[Finding]:
    """Means and SDs of items and of the construct's score against the scale and n."""
    if table.points is None:
        return
    for item in block.kept:
        mean, sd = block.item_means.get(item), block.item_sds.get(item)
        if mean is not None:
            yield from _mean_and_sd(table, item, mean, sd, 1)
    if block.mean is not None:
        yield from _mean_and_sd(table, f"mean of {block.construct}", block.mean, block.sd, block.k)


def _mean_and_sd(table: Table, about: str, mean: Printed, sd: Printed | None, items: int) -> Iterator[Finding]:
    low, high, n = table.lowest_answer, table.highest_answer, table.n
    inside = Interval.of(mean).meets(Interval(low, high))
    if not inside:
        yield Finding(about, "mean within the scale", f"mean {mean}", f"mean {low} to {high}", Severity.IMPOSSIBLE,
                      f"Answers are {low} to {high}.")  # fmt: skip
        return
    if n is not None:
        count = n * items
        under, over = granularity.nearest_means(mean, count)
        answers = f"{n} answers" if items == 1 else f"{n} respondents to {items} items"
        yield Finding(about, "GRIM", f"mean {mean}, {answers}", f"mean {under:.{mean.decimals + 2}f} or "
                      f"{over:.{mean.decimals + 2}f}", _severity(bool(granularity.sums_of(mean, count))),
                      f"The sum of {count} whole numbers is whole, if nobody left one out.")  # fmt: skip
    if sd is None:
        return
    possible = granularity.deviation_range(mean, low, high, n, whole=items == 1)
    fits = Interval.of(sd).meets(possible)
    yield Finding(about, "SD beside the mean", f"SD {sd}, mean {mean}", f"SD {_between(possible)}", _severity(fits),
                  "The SD is largest with all answers at the ends of the scale, smallest with all next to the mean."
                  )  # fmt: skip
    if fits and n is not None and items == 1 and granularity.sums_of(mean, n):
        reason = "The sum of squares of whole numbers is whole, and as even or odd as their sum."
        severity = _severity(granularity.deviation_is_possible(mean, sd, n))
        if severity == Severity.IMPOSSIBLE and granularity.deviation_is_possible(mean, sd, n, n):
            severity = Severity.STRAINED
            reason += f" With the divisor {n - 1} that most programs take no answers have this SD; with {n} some have."
        yield Finding(about, "GRIMMER", f"SD {sd}, mean {mean}, {n} answers", "SD of whole numbers", severity, reason)


def _of_structure(table: Table) -> Iterator[Finding]:
    """Correlations, R2, paths, HTMT and reliabilities against each other."""
    yield from _definite(table)
    otherwise = Severity.STRAINED if table.method == "cb-sem" else Severity.IMPOSSIBLE
    for construct in table.model.endogenous:
        yield from _of_outcome(table, construct, otherwise)
    for pair in itertools.combinations(table.model.constructs, 2):
        yield from _of_pair(table, pair)


def correlation_matrix(table: Table, constructs: tuple[str, ...]) -> tuple[Floats, Floats] | None:
    """Printed correlations among constructs and half their rounding (m, m); None where one is not printed."""
    m = len(constructs)
    values, halves = np.eye(m), np.zeros((m, m))
    for (i, a), (j, b) in itertools.combinations(enumerate(constructs), 2):
        number = correlation_of(table, a, b)
        if number is None:
            return None
        values[i, j] = values[j, i] = number.value
        halves[i, j] = halves[j, i] = number.half
    return values, halves


def correlation_of(table: Table, a: str, b: str) -> Printed | None:
    """The printed correlation of two constructs, in either order."""
    return table.correlations.get((a, b)) or table.correlations.get((b, a))


def _definite(table: Table) -> Iterator[Finding]:
    """All correlations where they are printed, else every three that are."""
    constructs = table.model.constructs
    sets = [constructs] if correlation_matrix(table, constructs) else list(itertools.combinations(constructs, 3))
    for chosen in sets:
        found = correlation_matrix(table, chosen)
        if found is None or len(chosen) < 3:
            continue
        smallest = float(np.linalg.eigvalsh(found[0])[0])
        severity = _severity(structure.definite_within_rounding(*found))
        if severity or chosen == constructs:
            given = f"smallest eigenvalue {smallest:.3f}"
            yield Finding(", ".join(chosen), "correlations are positive definite", given, "0 or more", severity,
                          "No data have correlations with a negative eigenvalue.")  # fmt: skip


def _of_outcome(table: Table, outcome: str, otherwise: Severity) -> Iterator[Finding]:
    predictors = tuple(predictor for o, predictor in table.model.paths if o == outcome)
    paths = [table.paths.get((outcome, predictor)) for predictor in predictors]
    with_outcome = [correlation_of(table, outcome, predictor) for predictor in predictors]
    r2, among = table.reported[outcome].r2, correlation_matrix(table, predictors)
    if among is not None and all(with_outcome):
        ranges = structure.regression_ranges(*among, with_outcome)  # type: ignore[arg-type]
        if ranges is not None:
            yield from _of_regression(outcome, predictors, r2, paths, ranges, otherwise)
    if r2 is None or not all(paths):
        return
    given = ", ".join(f"{p} {b}" for p, b in zip(predictors, paths, strict=True))
    if all(with_outcome):
        possible = structure.product_range(list(zip(paths, with_outcome, strict=True)))  # type: ignore[arg-type]
        reason = "R2 is the sum of each path times the correlation with the outcome."
        given += "; correlations " + listed(r for r in with_outcome if r)
    else:
        pairs = itertools.combinations(range(len(predictors)), 2)
        found = {(i, j): r for i, j in pairs if (r := correlation_of(table, predictors[i], predictors[j]))}
        possible = structure.r2_of_paths([b for b in paths if b], found)
        reason = "R2 is b'Rb of the paths b, whatever correlations of the predictors are not printed."
    possible = possible.within(Interval(-inf, 1.0))
    yield Finding(outcome, "R2 and paths", f"R2 {r2}; paths {given}", f"R2 {_between(possible)}",
                  _severity(Interval.of(r2).meets(possible), otherwise), reason)  # fmt: skip


def _of_regression(
    outcome: str, predictors: tuple[str, ...], r2: Printed | None, paths: list[Printed | None],
    ranges: tuple[Interval, list[Interval]], otherwise: Severity,
) -> Iterator[Finding]:  # fmt: skip
    """R2 and paths against the regression on printed correlations."""
    if r2 is not None:
        yield Finding(outcome, "R2 and correlations", f"R2 {r2}", f"R2 {_between(ranges[0])}",
                      _severity(Interval.of(r2).meets(ranges[0]), otherwise),
                      "R2 follows from the constructs' correlations.")  # fmt: skip
    for predictor, path, possible in zip(predictors, paths, ranges[1], strict=True):
        if path is not None:
            told = f"path {_between(possible)}"
            yield Finding(f"{predictor} → {outcome}", "path and correlations", f"path {path}", told,
                          _severity(Interval.of(path).meets(possible), otherwise),
                          "Paths follow from the constructs' correlations.")  # fmt: skip


def _of_pair(table: Table, pair: Pair) -> Iterator[Finding]:
    """A correlation against both reliabilities, and HTMT against all three."""
    r, htmt = correlation_of(table, *pair), table.htmt.get(pair)
    blocks = [table.reported[construct] for construct in pair]
    if r is None or any(block.alpha is None or block.alpha.value <= 0 or block.k < 2 for block in blocks):
        return
    alphas = [block.alpha for block in blocks if block.alpha]
    about, said = ", ".join(pair), f"alphas {listed(alphas)}"
    root = Interval(sqrt(max(alphas[0].lower * alphas[1].lower, 0.0)), sqrt(alphas[0].upper * alphas[1].upper))
    if table.method != "cb-sem":
        fits = min(abs(r.lower), abs(r.upper)) <= root.upper + 1e-9
        yield Finding(about, "correlation and reliabilities", f"correlation {r}; {said}", f"up to {root.upper:.3f}",
                      _severity(fits, Severity.STRAINED),
                      "Scores of perfectly related constructs correlate at the root of the product of their "
                      "reliabilities; alpha is a little lower where loadings differ.")  # fmt: skip
    if htmt is None:
        return
    # An HTMT is the size of a ratio, whatever the correlation's sign; where a sign is printed, it is left aside.
    printed, size = Interval.of(htmt).sizes, Interval.of(r).sizes
    sums = _sums_correlation(table, r, blocks).sizes
    possible = Interval(
        min(sums.lower / x for x in (root.lower, root.upper)), max(sums.upper / x for x in (root.lower, root.upper))
    )
    near = Interval(size.lower / root.upper - FAR, size.upper / root.lower + FAR)
    certain = table.method == "pls"
    if certain and not printed.meets(possible):
        severity = Severity.IMPOSSIBLE
    elif table.method == "cb-sem":
        near = Interval(size.lower - 2 * FAR, size.upper + 2 * FAR)
        severity = _severity(printed.meets(near), Severity.STRAINED)
    else:
        severity = _severity(printed.meets(near), Severity.STRAINED)
    shown = possible if severity == Severity.IMPOSSIBLE else near
    given = f"HTMT {htmt}; correlation {r}; {said}"
    yield Finding(about, "HTMT and correlation", given, f"HTMT {_between(shown)}", severity,
                  "HTMT is the size of the sums' correlation over the root of the product of their standardised alphas."
                  if table.method != "cb-sem" else "Both estimate the correlation of the factors.")  # fmt: skip


def _sums_correlation(table: Table, r: Printed, blocks: list[Reported]) -> Interval:
    """What the plain sums of two blocks may correlate at, given how their composites do."""
    if table.method != "pls":
        return Interval.of(r)
    with_sums = [
        bounds.correlation_with_sum(block, bounds.sums(block, bounds.ends(block, table.rule))).lower for block in blocks
    ]
    return structure.correlation_of_sums(Interval.of(r), with_sums[0], with_sums[1])
