"""Whether labels, restrictions and bounds can hold together: what contradicts itself is told before any fit."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from sim.errors import InputError
from sim.grammar.terms import Modifier, Restriction, Term, Terms


def check_consistent(terms: Terms, every: Mapping[str, Sequence[str]]) -> None:
    """Raises InputError where no numbers could meet what is said of the labels, with what stands in the way.

    every: the items of each construct; the loading of the first is 1 unless it is freed.
    """
    fixed = _fixed(terms, every)
    if not terms.restrictions:
        return
    labels = [*terms.labels]
    low, high = _ends(terms, labels)
    rows = [_row(restriction, labels) for restriction in terms.restrictions]
    held = {labels.index(label): value for label, value in fixed.items()}
    for count in range(1, len(rows) + 1):
        if not _can_hold(rows[:count], terms.restrictions[:count], held, low, high):
            last = terms.restrictions[count - 1]
            raise InputError(
                f"line {last.line}: `{last.left.text} {last.sign} {last.right.text}` contradicts what else is said of "
                f"{_named(last)}; leave one of them out"
            )


def _said(terms: Terms) -> Iterator[tuple[Term, Modifier]]:
    """Every modifier with its term: those of the groups one by one."""
    for term in terms.terms:
        for modifier in term.modifier.each or (term.modifier,):
            yield term, modifier


def _fixed(terms: Terms, every: Mapping[str, Sequence[str]]) -> dict[str, float]:
    """The values of labels of fixed parameters. Raises InputError for a label of two values."""
    found: dict[str, tuple[float, Term]] = {}
    for term, modifier in _said(terms):
        value = modifier.fixed
        if value is None and term.operator == "=~" and every[term.left][0] == term.right and not modifier.free:
            value = 1.0
        if value is None or not modifier.label:
            continue
        before, where = found.setdefault(modifier.label, (value, term))
        if before != value:
            raise InputError(
                f"line {term.line}: label `{modifier.label}` stands before a parameter of {value:g}, {term.shown}, and "
                f"one of {before:g}, {where.shown}; one label is one number"
            )
    return {label: value for label, (value, _) in found.items()}


def _ends(terms: Terms, labels: Sequence[str]) -> tuple[list[float], list[float]]:
    """The bounds of each label."""
    low, high = [-np.inf] * len(labels), [np.inf] * len(labels)
    for _, modifier in _said(terms):
        if modifier.label:
            at = labels.index(modifier.label)
            low[at] = max(low[at], -np.inf if modifier.lower is None else modifier.lower)
            high[at] = min(high[at], np.inf if modifier.upper is None else modifier.upper)
    return low, high


def _row(restriction: Restriction, labels: Sequence[str]) -> tuple[list[float], float]:
    """Slopes (l,) and what they sum to."""
    slopes, constant = restriction.linear
    return [slopes.get(label, 0.0) for label in labels], -constant


def _can_hold(
    rows: Sequence[tuple[list[float], float]],
    restrictions: Sequence[Restriction],
    held: Mapping[int, float],
    low: Sequence[float],
    high: Sequence[float],
) -> bool:
    """Whether some numbers of the labels meet the restrictions and the bounds."""
    from scipy.optimize import linprog

    signs = {"==": 0.0, "<": 1.0, ">": -1.0}
    equal = [row for row, each in zip(rows, restrictions, strict=True) if each.sign == "=="]
    bound = [
        ([signs[each.sign] * slope for slope in row[0]], signs[each.sign] * row[1])
        for row, each in zip(rows, restrictions, strict=True)
        if each.sign != "=="
    ]
    ends = [(held.get(k, a), held.get(k, b)) for k, (a, b) in enumerate(zip(low, high, strict=True))]
    count = len(ends)
    if not count:
        return all(abs(value) == 0.0 for _, value in equal) and all(value >= 0.0 for _, value in bound)
    found = linprog(
        np.zeros(count),
        np.array([row for row, _ in bound]).reshape(-1, count),
        np.array([value for _, value in bound]),
        np.array([row for row, _ in equal]).reshape(-1, count),
        np.array([value for _, value in equal]),
        ends,
    )
    return bool(found.status != 2)


def _named(restriction: Restriction) -> str:
    names = dict.fromkeys((*restriction.left.names, *restriction.right.names))
    return ", ".join(f"`{name}`" for name in names) or "numbers alone"
