"""What is said of one's own survey in words: the data, how every method ended, and what to look at."""

from math import isnan

from benchmarks.own.fits import Fits
from benchmarks.own.fitted import Fitted, Row
from estimators.base import Status
from estimators.products.wrapper import Products
from reports.printing.numbers import number
from reports.printing.targets import NAMES, arrow
from sim.errors import counted

_PLURAL = {"loading": "loadings", "correlation": "correlations"}


def data_in_words(fits: Fits) -> str:
    """Respondents, items, constructs and what became of missing answers."""
    survey, model = fits.survey, fits.model
    respondents = survey.n if survey.batch.has_answers else survey.read
    items, constructs = counted(len(model.items), "item"), counted(len(model.constructs), "construct")
    return f"{respondents} respondents, {items}, {constructs}; {survey.note}"


def read_in_words(fits: Fits) -> str:
    """What was done to read the survey; empty where it was not read."""
    return fits.survey.answers.words if fits.survey.answers else ""


def ending(fitted: Fitted) -> str:
    """How a method ended, where its inference comes from, and the items a screening left out, with its rule."""
    told = [fitted.status.meaning.partition(" (")[0]]
    if fitted.model.products and (around := fitted.method.wrapper(Products)):
        told += around.words
    if fitted.method.resamples is not None:
        told.append(f"{fitted.method.resamples} bootstrap resamples")
    elif all(isnan(row.se) for row in fitted.rows):
        told.append("no standard errors")
    if fitted.dropped and fitted.method.steps:
        told.append(f"items dropped by its steps: {', '.join(fitted.dropped)}")
    elif fitted.dropped:
        signs = fitted.method.rule.of_signs if fitted.method.rule else "its own rule"
        told.append(f"items dropped by its screening: {', '.join(fitted.dropped)} ({signs})")
    return "; ".join(told)


def remarks(fits: Fits, named: int) -> list[tuple[str, list[str]]]:
    """What to look at: data, then each method as a whole, then rules of thumb with their worst values (`named`).

    What several methods are told of is told once, under the names of all of them.
    """
    own = {fitted.label: [*fitted.remarks, *_on_values(fitted, named)] for fitted in fits.fitted}
    told: dict[tuple[str, ...], list[str]] = {("the data",): list(fits.remarks)}
    for remark in dict.fromkeys(remark for each in own.values() for remark in each):
        of = tuple(label for label, each in own.items() if remark in each)
        told.setdefault(("all methods",) if 1 < len(own) == len(of) else of, []).append(remark)
    return [(", ".join(labels), each) for labels, each in told.items() if each]


def _on_values(fitted: Fitted, named: int) -> list[str]:
    """One remark for each kind and flag. What cannot exist is named by the method's own remark where it has one."""
    groups: dict[tuple[str, str], list[Row]] = {}
    for row in fitted.rows:
        if row.flag and not (row.flag.impossible and fitted.status != Status.OK):
            kind = _PLURAL.get(row.target.kind, NAMES[row.target.kind])
            groups.setdefault((kind, row.flag.text), []).append(row)
    return [f"{kind} {text}: {_values(rows, named)}" for (kind, text), rows in groups.items()]


def _values(rows: list[Row], named: int) -> str:
    """The worst first: the largest of what is too large, the smallest of what is too small."""
    too_large = any(word in row.flag.text for row in rows[:1] if row.flag for word in ("above", "beyond 1"))
    worst = sorted(rows, key=lambda row: row.value, reverse=too_large)
    told = ", ".join(f"{_subject(row)} {number(row.value)}" for row in worst[:named])
    return told + (f" and {len(rows) - named} more" if len(rows) > named else "")


def _subject(row: Row) -> str:
    """What the value is of: the item of a loading, the construct of a reliability, the pair of a correlation."""
    target = row.target
    if target.kind == "loading":
        return target.parts[1]
    return arrow(target) if target.kind == "vif" else " and ".join(target.parts)
