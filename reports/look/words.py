"""How every item of a survey was answered, in words and small pictures that a terminal can show."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.own.looking import Look
from reports.printing.numbers import number

_BARS = " ▁▂▃▄▅▆▇█"
#: Answers that have a bar of their own; others are put together in as many steps.
_MOST = 12


@dataclass(frozen=True)
class ItemRow:
    """One item: respondents who answered, missing answers, mean, SD, and the share of each answer or step.

    construct: of the item, empty without a model; answers: what the shares are of; a share is of those who answered.
    """

    construct: str
    item: str
    n: int
    missing: int
    mean: float
    sd: float
    answers: tuple[str, ...]
    shares: tuple[float, ...]

    @property
    def bars(self) -> str:
        """The shares as one sign each, the largest the highest."""
        top = max(self.shares, default=0.0) or 1.0
        return "".join(_BARS[max(1, round(8 * share / top)) if share else 0] for share in self.shares)

    @property
    def words(self) -> str:
        """`1: 12%, 2: 30%, ...`."""
        return ", ".join(f"{name}: {share:.0%}" for name, share in zip(self.answers, self.shares, strict=True))


def item_rows(look: Look) -> list[ItemRow]:
    """A row for every item, in the order of the model or of the file."""
    seen = look.answered
    spans = {j: seen.usual(places) for _, places in seen.blocks for j in places}
    constructs = {j: construct for construct, places in seen.blocks for j in places}
    rows = []
    for j, (item, (values, counts)) in enumerate(zip(seen.items, seen.tallies, strict=True)):
        n = int(counts.sum())
        mean = float(values @ counts / n) if n else np.nan
        sd = float(np.sqrt(counts @ (values - mean) ** 2 / (n - 1))) if n > 1 else np.nan
        answers, shares = _shares(values, counts, spans[j])
        rows.append(ItemRow(constructs[j], item, n, seen.n - n, mean, sd, answers, shares))
    return rows


def _shares(
    values: np.ndarray, counts: np.ndarray, span: tuple[float, float]
) -> tuple[tuple[str, ...], tuple[float, ...]]:
    """The answers and the share of each: all whole numbers of the scale, or steps where there are many."""
    total = counts.sum()
    if not total:
        return (), ()
    whole = bool((values == np.round(values)).all())
    low, high = span
    if whole and high - low < _MOST:
        inside = [float(value) for value in np.arange(low, high + 1)]
        names = sorted({*inside, *values.tolist()})
        if len(names) <= _MOST + 4:
            shares = {float(v): float(c / total) for v, c in zip(values, counts, strict=True)}
            return tuple(f"{name:g}" for name in names), tuple(shares.get(name, 0.0) for name in names)
    if len(values) <= _MOST:
        return tuple(f"{value:g}" for value in values), tuple((counts / total).tolist())
    edges = np.linspace(values[0], values[-1], _MOST + 1)
    steps = np.histogram(values, edges, weights=counts)[0] / total
    return tuple(f"{a:.3g} to {b:.3g}" for a, b in itertools.pairwise(edges)), tuple(steps.tolist())


def summary(look: Look) -> str:
    """`72 respondents, 19 items, 3 constructs`."""
    seen = look.answered
    told = f"{seen.n:,} respondents, {len(seen.items)} items"
    missing = sum(row.missing for row in item_rows(look))
    model = f", {len(seen.model.constructs)} constructs" if seen.model else ""
    return f"{told}{model}; {missing:,} missing answers" if missing else f"{told}{model}; no missing answers"


def cells(row: ItemRow, with_construct: bool) -> Sequence[str]:
    """The cells of a row as text."""
    first = [row.construct] if with_construct else []
    return [
        *first,
        row.item,
        f"{row.n:,}",
        f"{row.missing:,}" if row.missing else "",
        number(row.mean, 2),
        number(row.sd, 2),
    ]
