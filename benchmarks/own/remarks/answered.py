"""Answers kept small, however many respondents there are: what all remarks on data are made from."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from sim.batch import Bools, Floats
from sim.model import Model
from sim.surveys.answers import Answers
from sim.surveys.reversing import CATEGORIES, usual_range

#: Respondents that are worked on at once.
_ROWS = 50_000
#: Answers to an item that show its shares.
_SHOWN = 5_000


@dataclass(frozen=True)
class Answered:
    """The answers (n, p) to items, NaN where missing, with what remarks share.

    model: of the items, or None; answers: as read, with the places of respondents.
    """

    answers: Answers
    model: Model | None

    @classmethod
    def of(cls, answers: Answers, model: Model | None) -> "Answered":
        """The answers with the model they belong to."""
        return cls(answers, model)

    @property
    def values(self) -> NDArray[np.floating]:
        """The answers (n, p)."""
        return self.answers.values

    @property
    def items(self) -> tuple[str, ...]:
        """Names of the items (p,)."""
        return self.answers.items

    @property
    def n(self) -> int:
        """Respondents."""
        return len(self.values)

    @cached_property
    def tallies(self) -> tuple[tuple[Floats, NDArray[np.int64]], ...]:
        """The different answers to every item, and how many respondents gave each."""
        found = []
        for j in range(len(self.items)):
            given = self.values[:, j]
            values, counts = np.unique(given[~np.isnan(given)], return_counts=True)
            found.append((values.astype(np.float64), counts))
        return tuple(found)

    @cached_property
    def blocks(self) -> tuple[tuple[str, tuple[int, ...]], ...]:
        """Constructs and the places of their items; all items as one block, without a name, where there is no model."""
        if self.model is None:
            return (("", tuple(range(len(self.items)))),)
        places = {item: j for j, item in enumerate(self.items)}
        measured = {block.construct: self.model.indicators[block.construct] for block in self.model.blocks}
        return tuple((construct, tuple(places[item] for item in items)) for construct, items in measured.items())

    def usual(self, places: tuple[int, ...]) -> tuple[float, float]:
        """The ends of the scale, or the range that answers to these items lie in together, without those far away."""
        if self.answers.ends is not None:
            return self.answers.ends
        return usual_range(np.concatenate([self._thinned(j) for j in places]))

    def own_range(self, j: int) -> tuple[float, float]:
        """The range that the answers to one item lie in, those far away left out."""
        return usual_range(self._thinned(j))

    def far(self, j: int, span: tuple[float, float]) -> list[float]:
        """The different answers to item j outside a range."""
        values = self.tallies[j][0]
        return [float(value) for value in values[(values < span[0]) | (values > span[1])]]

    def fractions(self, j: int, least: float = 0.2) -> Floats:
        """The different answers to item j that are no whole numbers, where they are more than this share of all."""
        values, counts = self.tallies[j]
        parted = values != np.round(values)
        return values[parted] if counts[parted].sum() > least * counts.sum() else values[:0]

    @cached_property
    def on_other_scales(self) -> frozenset[int]:
        """Items of which a quarter of the answers or more lie outside the range that is usual in their block."""
        found = set()
        for _, places in self.blocks:
            low, high = self.usual(places)
            for j in places:
                values, counts = self.tallies[j]
                if counts.size and counts[(values < low) | (values > high)].sum() > 0.25 * counts.sum():
                    found.add(j)
        return frozenset(found)

    def _thinned(self, j: int) -> Floats:
        """The answers to item j, of very many as many as show the same shares."""
        values, counts = self.tallies[j]
        return np.repeat(values, np.maximum(1, counts * _SHOWN // max(_SHOWN, int(counts.sum()))))

    @cached_property
    def is_ordinal(self) -> bool:
        """Whether every item was answered in few categories, coded as whole numbers."""
        return all(len(v) <= CATEGORIES and np.array_equal(v, np.round(v)) for v, _ in self.tallies)

    @cached_property
    def complete(self) -> Bools:
        """Respondents who answered every item (n,)."""
        return np.concatenate([~np.isnan(part).any(axis=1) for part in self.parts()] or [np.zeros(0, dtype=bool)])

    def parts(self) -> Iterator[Floats]:
        """The answers, some respondents at a time."""
        for start in range(0, self.n, _ROWS):
            yield self.values[start : start + _ROWS].astype(np.float64)

    @cached_property
    def correlations(self) -> Floats:
        """Correlations of items among respondents who answered all of them (p, p); NaN for items that never vary."""
        p = len(self.items)
        total, products, n = np.zeros(p), np.zeros((p, p)), 0
        centre: Floats | None = None
        for part in self.parts():
            whole = part[~np.isnan(part).any(axis=1)]
            if not len(whole):
                continue
            centre = whole.mean(axis=0) if centre is None else centre
            away = whole - centre
            total, products, n = total + away.sum(axis=0), products + away.T @ away, n + len(whole)
        if n < 2:
            return np.full((p, p), np.nan)
        covariances = products / n - np.outer(total, total) / n**2
        deviations = np.sqrt(np.where(np.diagonal(covariances) > 1e-12, np.diagonal(covariances), np.nan))
        return np.asarray(covariances / np.outer(deviations, deviations))

    def places(self, rows: NDArray[np.integer], most: int = 5) -> str:
        """`lines 4, 17 and 3 more`: where respondents stand."""
        table = self.answers.table
        told = ", ".join(str(table.places[row]) for row in rows[:most])
        more = f" and {len(rows) - most} more" if len(rows) > most else ""
        return f"{table.where}{'s' * (len(rows) > 1)} {told}{more}"
