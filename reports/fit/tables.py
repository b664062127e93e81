"""The tables of one's own survey: paths first, then what they rest on. Quantities that no method gives do not show."""

from collections.abc import Callable, Iterable, Sequence
from math import ceil

import numpy as np

from benchmarks.own.fits import Fits
from benchmarks.own.fitted import Row
from estimators.composites.implied import OF_FIT
from reports.fit import likelihood
from reports.fit.analyses import analysis_tables
from reports.printing.columns import METHOD
from reports.printing.numbers import number
from reports.printing.targets import NAMES, arrow
from reports.printing.typeset import Column, Entry, Table
from sim.model import Model
from sim.targets import CONSTRUCT_KINDS, MODEL_KINDS, Kind, Target

#: Beside a value that has a flag.
MARK = "*"
MARK_MEANS = f"{MARK} a rule of thumb is not met, or the value cannot exist."
_CELLS = ("estimate", "SE", "interval", "p")


def tables(fits: Fits) -> list[Table]:
    """Every table that has a number in it, in the order of the page; weights where a model has composite blocks.

    Those of the analyses come last.
    """
    built: list[Callable[[Fits], Table]] = [paths, slopes, explained, effects, reliabilities, discriminant, loadings]
    built += [] if fits.model.reflective.all() else [weights]
    built += [variances, intercepts, fit, distances, likelihood.ratios, likelihood.intervals]
    made = [table for build in built if (table := build(fits).without_empty_columns()).rows]
    return [*made, *analysis_tables(fits)]


def p_text(value: float, least: float = 0.0) -> str | None:
    """`0.014`, `<0.001`; None where there is none. least: what the test can tell at all, `<0.020` of 50 resamples."""
    if value < least and least >= 0.001:
        return f"<{number(ceil(1000 * least) / 1000)}"
    return None if np.isnan(value) else "<0.001" if value < 0.0005 else number(value)


def interval_text(row: Row, decimals: int = 3) -> str | None:
    """`[0.213, 0.631]`, or None."""
    if np.isnan(row.lower) or np.isnan(row.upper):
        return None
    return f"[{number(row.lower, decimals)}, {number(row.upper, decimals)}]"


def value_text(row: Row | None) -> str | None:
    """The value with its mark, or None where the method gives none."""
    return None if row is None else number(row.value) + (MARK if row.flag else "")


def paths(fits: Fits) -> Table:
    """Every path by every method, with what belongs to it."""
    rows = []
    for target in path_targets(fits.model):
        for method in fits.methods:
            row = fits.by_name.get((method, target.name))
            if row is not None:
                beside = (value_text(fits.by_name.get((method, f"{kind}({target.name})"))) for kind in ("f2", "vif"))
                rows.append((arrow(row.target), method, *_cells(row), *beside))
    heads = (Column("Path"), METHOD, *_heads(fits), _column("f2"), _column("vif"))
    title = "Paths, standardised" if fits.standardised else "Paths, standardised unless a method says otherwise"
    return _grouped(fits, "paths", title, heads, rows)


def path_targets(model: Model) -> list[Target]:
    """The paths and products of every outcome, the products behind the paths."""
    found = []
    for outcome in dict.fromkeys(outcome for outcome, _ in model.paths):
        found += [Target("path", path) for path in model.paths if path[0] == outcome]
        found += [Target("product", each) for each in model.products if each[0] == outcome]
    return found


def slopes(fits: Fits) -> Table:
    """Simple slopes: the effect of one construct where the other of a product is 1 SD below, at or above its mean."""
    names = dict.fromkeys(row.target for row in fits.rows if row.target.kind == "slope")
    rows = [
        (arrow(target), method, *_cells(row))
        for target in names
        for method in fits.methods
        if (row := fits.by_name.get((method, target.name)))
    ]
    return _grouped(fits, "slopes", "Simple slopes", (Column("Effect"), METHOD, *_heads(fits)), rows)


def explained(fits: Fits) -> Table:
    """Explained variance of every outcome."""
    rows = [
        (construct, method, *_values(fits, method, (f"r2({construct})", f"adj_r2({construct})")))
        for construct in fits.model.endogenous
        for method in fits.methods
    ]
    heads = (Column("Outcome"), METHOD, _column("r2"), _column("adj_r2"))
    return _grouped(fits, "explained", "Explained variance", heads, rows)


def effects(fits: Fits) -> Table:
    """Indirect effects along each chain, all together with and without the direct path, and defined quantities."""
    words = {"indirect": "", "total_indirect": ", all indirect", "total": ", total", "defined": ""}
    targets = dict.fromkeys(row.target for row in fits.rows if row.target.kind in words)
    rows = [
        (arrow(target) + words[target.kind], method, *_cells(row))
        for target in sorted(targets, key=lambda each: (each.parts[0], each.parts[-1]))
        for method in fits.methods
        if (row := fits.by_name.get((method, target.name)))
    ]
    return _grouped(fits, "effects", _effects_title(targets), (Column("Effect"), METHOD, *_heads(fits)), rows)


def _effects_title(targets: Iterable[Target]) -> str:
    own = [target for target in targets if target.kind == "defined"]
    return "Indirect, total and defined effects" if own else "Indirect and total effects"


def reliabilities(fits: Fits) -> Table:
    """Reliabilities, AVE and the Fornell-Larcker margin of every construct."""
    kinds = [kind for kind in CONSTRUCT_KINDS if not kind.endswith("r2")]
    rows = [
        (method, construct, *_values(fits, method, [f"{kind}({construct})" for kind in kinds]))
        for method in fits.methods
        for construct in fits.model.constructs
    ]
    heads = (METHOD, Column("Construct"), *(_column(kind) for kind in kinds))
    return _grouped(fits, "reliabilities", "Reliability and convergent validity", heads, rows)


def discriminant(fits: Fits) -> Table:
    """Construct correlations and heterotrait-monotrait ratios."""
    kinds: tuple[Kind, ...] = ("htmt", "htmt_abs", "htmt2")
    rows = []
    for method in fits.methods:
        for a, b in fits.model.pairs:
            names = [f"{a}~~{b}", *(f"{kind}({a},{b})" for kind in kinds)]
            correlation = fits.by_name.get((method, names[0]))
            within = interval_text(correlation) if correlation else None
            values = _values(fits, method, names)
            rows.append((method, f"{a}, {b}", values[0], within, *values[1:]))
    heads = (
        METHOD,
        Column("Constructs"),
        _column("correlation"),
        Column(_interval_head(fits), "coefficient"),
        *(_column(kind) for kind in kinds),
    )
    return _grouped(fits, "discriminant", "Construct correlations and discriminant validity", heads, rows)


def loadings(fits: Fits) -> Table:
    """Loadings of every item, a column for each method."""
    return _by_item(fits, "loading", "=~", "loadings", "Loadings")


def weights(fits: Fits) -> Table:
    """Weights of the items in their composites, a column for each method that makes some."""
    return _by_item(fits, "weight", "<~", "weights", "Weights")


def variances(fits: Fits) -> Table:
    """Variances of constructs and of items' errors, where a method is asked for a raw solution."""
    return _of_names(fits, "variance", "variances", "Variances")


def intercepts(fits: Fits) -> Table:
    """Intercepts of items and means of constructs, where a model has them."""
    return _of_names(fits, "intercept", "intercepts", "Intercepts and means")


def fit(fits: Fits) -> Table:
    """Fit of the whole model, a column for each method that has more of it than the distances of composites."""
    kinds = [kind for kind in MODEL_KINDS if kind not in OF_FIT]
    methods = [
        m for m in fits.methods if (m, "d_uls") not in fits.by_name or any((m, k) in fits.by_name for k in kinds)
    ]
    return _of_model(fits, "fit", "Fit of the model", methods, [k for k in MODEL_KINDS if k in ("srmr", *kinds)])


def distances(fits: Fits) -> Table:
    """Distances of composite models, a column for each method that makes one."""
    methods = [method for method in fits.methods if (method, "d_uls") in fits.by_name]
    return _of_model(fits, "distances", "Fit of the composite model", methods, OF_FIT)


def _of_names(fits: Fits, kind: Kind, name: str, title: str) -> Table:
    """What the methods say of single constructs and items, method below method."""
    names = dict.fromkeys(row.target.name for row in fits.rows if row.target.kind == kind)
    rows = [
        (row.target.parts[0], method, *_cells(row))
        for each in names
        for method in fits.methods
        if (row := fits.by_name.get((method, each)))
    ]
    return _grouped(fits, name, title, (Column("Of"), METHOD, *_heads(fits)), rows)


def _of_model(fits: Fits, name: str, title: str, methods: Sequence[str], kinds: Sequence[Kind]) -> Table:
    """Quantities of the whole model, a row for each and a column for each method."""
    rows = [(NAMES[kind], *(_fit_text(fits.by_name.get((method, kind))) for method in methods)) for kind in kinds]
    filled = tuple(row for row in rows if any(entry is not None for entry in row[1:]))
    heads = (Column("Index"), *(Column(method, "coefficient") for method in methods))
    return Table(name, title, "", heads, filled)


def _fit_text(row: Row | None) -> str | None:
    """A fit statistic: df as a count, chi-square, AIC and BIC with two decimals."""
    if row is None:
        return None
    kind = row.target.kind
    decimals = 0 if kind == "df" else 2 if kind.startswith("chisq") or kind in ("aic", "bic") else 3
    within = interval_text(row) if kind == "rmsea" else None
    p = p_text(row.p_value, row.least_p)
    return number(row.value, decimals) + (f" {within}" if within else "") + (f", p {p}" if p else "")


def _by_item(fits: Fits, kind: Kind, joint: str, name: str, title: str) -> Table:
    """Items under their constructs: the values of every method, or of one method with errors and intervals."""
    alone = len(fits.methods) == 1
    rows: list[tuple[Entry, ...]] = []
    for block in fits.model.every_block:
        for item in fits.model.indicators[block.construct]:
            found = [fits.by_name.get((method, f"{block.construct}{joint}{item}")) for method in fits.methods]
            if any(found):
                texts = _cells(found[0]) if alone and found[0] else tuple(value_text(row) for row in found)
                rows.append((block.construct, item, *texts))
    heads = _heads(fits) if alone else tuple(Column(method, "coefficient") for method in fits.methods)
    return Table(name, title, _note(rows), (Column("Construct"), Column("Item"), *heads), tuple(rows), grouped=True)


def _grouped(fits: Fits, name: str, title: str, heads: tuple[Column, ...], rows: Sequence[tuple[Entry, ...]]) -> Table:
    """Rows that say something, under what the first column names. One method alone needs neither heads nor a column."""
    filled = [row for row in rows if any(entry is not None for entry in row[2:])]
    if len(fits.methods) > 1:
        return Table(name, title, _note(filled), heads, tuple(filled), grouped=True)
    at = heads.index(METHOD)
    left = tuple(row[:at] + row[at + 1 :] for row in filled)
    return Table(name, title, _note(filled), heads[:at] + heads[at + 1 :], left)


def _note(rows: Iterable[tuple[Entry, ...]]) -> str:
    marked = any(isinstance(entry, str) and entry.endswith(MARK) for row in rows for entry in row)
    return MARK_MEANS if marked else ""


def _column(kind: Kind) -> Column:
    return Column(NAMES[kind], "coefficient")


def _interval_head(fits: Fits) -> str:
    return f"{100 * fits.level:g}% interval"


def _heads(fits: Fits) -> tuple[Column, ...]:
    return tuple(Column(_interval_head(fits) if name == "interval" else name, "coefficient") for name in _CELLS)


def _cells(row: Row) -> tuple[str | None, ...]:
    """Estimate, SE, interval and p."""
    se = None if np.isnan(row.se) else number(row.se)
    return value_text(row), se, interval_text(row), p_text(row.p_value, row.least_p)


def _values(fits: Fits, method: str, names: Iterable[str]) -> tuple[str | None, ...]:
    return tuple(value_text(fits.by_name.get((method, name))) for name in names)
