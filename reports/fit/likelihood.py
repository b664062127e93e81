"""Tables of what the likelihood says: models tested against each other, and likelihood-based intervals."""

from benchmarks.own.fits import Fits
from reports.fit.analyses import printed
from reports.printing.columns import METHOD
from reports.printing.numbers import number
from reports.printing.typeset import Column, Entry, Table

_RATIOS = ("Model", "χ²", "df", "p", "Δχ²", "Δdf", "p of Δχ²", "note")
_FORMS = ("text", "number", "count", "p", "number", "count", "p", "text")
_INTERVALS = ("Parameter", "estimate", "SE", "Wald", "by likelihood")


def ratios(fits: Fits) -> Table:
    """Every model with its test against the first one."""
    rows: list[tuple[Entry, ...]] = []
    if fits.likelihood is not None:
        for method, *values in fits.likelihood.ratios.itertuples(index=False, name=None):
            rows.append((method, *(printed(form, value) for form, value in zip(_FORMS, values, strict=True))))
    heads = tuple(
        Column(head, "text" if form == "text" else "coefficient") for head, form in zip(_RATIOS, _FORMS, strict=True)
    )
    return _table(fits, "ratios", "Models against each other", heads, rows)


def intervals(fits: Fits) -> Table:
    """Parameters in the units of the answers, with Wald's interval and that of the likelihood."""
    rows: list[tuple[Entry, ...]] = []
    if fits.likelihood is not None:
        for method, name, value, se, *ends in fits.likelihood.intervals.itertuples(index=False, name=None):
            rows.append((method, name, number(value), number(se), _within(*ends[:2]), _within(*ends[2:])))
    heads = tuple(Column(head, "coefficient" if at else "text") for at, head in enumerate(_INTERVALS))
    title = f"{100 * fits.level:g}% intervals by likelihood, in the units of the answers"
    return _table(fits, "profiles", title, heads, rows)


def _within(lower: float, upper: float) -> str:
    """`[0.213, 0.631]`; an end that is nowhere is open."""
    ends = ("open" if value != value else number(value) for value in (lower, upper))
    return f"[{', '.join(ends)}]"


def _table(fits: Fits, name: str, title: str, heads: tuple[Column, ...], rows: list[tuple[Entry, ...]]) -> Table:
    several = len({row[0] for row in rows}) > 1
    made = Table(name, title, "", (METHOD, *heads), tuple(rows), grouped=several)
    return made if several else made.without(METHOD.header)
