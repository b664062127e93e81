"""What becomes of missing answers before a method sees them: refused, left out, filled in, taken pair by pair, kept."""

from collections.abc import Sequence

import numpy as np

from sim import missing
from sim.batch import Batch, Bools, Floats, whole_answers
from sim.errors import InputError, counted
from sim.missing import BY_LIKELIHOOD, FEWEST, IMPOSSIBLE, PAIRS
from sim.model import Model
from sim.streams import Address
from sim.surveys.cells.table import Table


def handled(
    source: Table, answers: Floats, model: Model, handling: str, address: Address, advised: Sequence[str]
) -> tuple[Batch, str]:
    """The batch after the handling of missing answers, and what was done in words.

    advised: the handlings that the methods asked for can do with, for messages. Raises InputError where answers are
    missing under `refuse`, and where too few are left.
    """
    for item, column in zip(model.items, answers.T, strict=True):
        if np.isnan(column).all():
            raise InputError(f"{source.source}: nobody answered {item}; remove that item from the model")
    holes = np.isnan(answers)
    if not holes.any():
        return _batch(source, answers, model, address), "no missing answers"
    if handling == "refuse":
        raise InputError(_refusal(source, holes, model, advised))
    if handling == "listwise":
        return _listwise(source, answers, model, address, advised)
    asked = missing.answering(answers)
    if asked.sum() < FEWEST:
        raise InputError(
            f"{source.source}: {counted(int(asked.sum()), 'respondent')} answered anything; at least {FEWEST} must"
        )
    silent = f"; {counted(int((~asked).sum()), 'respondent')} without any answer left out" if not asked.all() else ""
    cells = counted(int(holes[asked].sum()), "missing answer")
    if handling in BY_LIKELIHOOD:
        batch = _as_they_are(source, answers[asked], model, address, handling)
        return batch, f"{handling}: {cells} left as they are{silent}"
    if handling == PAIRS:
        note = (
            f"pairwise: {cells} left as they are; each correlation from the respondents who answered both items{silent}"
        )
        return _as_they_are(source, answers[asked], model, address, "pairwise"), note
    if handling == "pairwise":
        return _pairwise(source, answers[asked], model, cells + silent, advised)
    if handling == "mean":
        note = f"mean: {cells} replaced by the item's mean, which makes standard errors too small{silent}"
        return _batch(source, missing.with_item_means(answers[asked]), model, address), note
    whole, fewest = int(missing.complete(answers).sum()), len(model.items) + 2
    if whole < fewest:
        raise InputError(
            f"{source.source}: regression rests on the respondents who answered everything, and {whole} did; at least "
            f"{fewest} must for {len(model.items)} items, so {_advice(advised, 'regression')}"
        )
    note = (
        f"regression: {cells} predicted from the respondent's other answers, which makes correlations too high and "
        f"standard errors too small{silent}"
    )
    return _batch(source, missing.with_predictions(answers[asked]), model, address), note


def _advice(advised: Sequence[str], tried: str) -> str:
    """Which handling to choose instead of the one that was tried."""
    others = [each for each in ("listwise", "mean", "pairwise") if each in advised and each != tried]
    return (
        f"choose {' or '.join(others[-2:] if tried != 'pairwise' else others[:2])}"
        if others
        else "complete the answers"
    )


def _listwise(
    source: Table, answers: Floats, model: Model, address: Address, advised: Sequence[str]
) -> tuple[Batch, str]:
    """The respondents who answered everything."""
    whole = missing.complete(answers)
    n, left = len(answers), int(whole.sum())
    if left < FEWEST:
        raise InputError(f"{source.source}: listwise leaves {left} of {n} respondents; {_advice(advised, 'listwise')}")
    note = f"listwise: {n - left} of {n} respondents left out for missing answers"
    return _batch(source, answers[whole], model, address), note


def _pairwise(source: Table, answers: Floats, model: Model, what: str, advised: Sequence[str]) -> tuple[Batch, str]:
    """A batch of moments from available pairs of answers."""
    counts = missing.pairwise_counts(answers)
    _refuse_constant(source, answers, model)
    if counts.min() < FEWEST:
        a, b = np.unravel_index(int(counts.argmin()), counts.shape)
        raise InputError(
            f"{source.source}: {int(counts.min())} respondents answered both {model.items[a]} and {model.items[b]}; "
            f"pairwise needs at least {FEWEST}, so choose mean, or remove an item"
        )
    moments = missing.pairwise_moments(answers)
    lowest = missing.smallest_eigenvalue(moments)
    if not lowest > IMPOSSIBLE:
        raise InputError(
            f"{source.source}: the pairwise correlations cannot all hold together (their smallest eigenvalue is "
            f"{lowest:.3f}); {_advice(advised, 'pairwise')}"
        )
    note = (
        f"pairwise: {what}; each covariance from the {int(counts.min())} to {int(counts.max())} respondents who "
        f"answered both items, n taken as {int(moments.n)}, and nothing to resample, so no bootstrap"
    )
    return Batch.of_moments(moments, model.items), note


def _as_they_are(source: Table, answers: Floats, model: Model, address: Address, handling: str) -> Batch:
    """A batch with missing answers, for methods that take them so."""
    _refuse_constant(source, answers, model)
    counts = missing.pairwise_counts(answers)
    if not counts.all():
        a, b = np.argwhere(counts == 0)[0]
        raise InputError(
            f"{source.source}: no respondent answered both {model.items[a]} and {model.items[b]}, so that {handling} "
            "has no covariance of them; remove one of them from the model"
        )
    gone = np.isnan(answers)
    whole = whole_answers(np.where(gone, 0.0, answers))
    return Batch.of(whole, address=address, missing=gone[None], items=model.items)


def _batch(source: Table, answers: Floats, model: Model, address: Address) -> Batch:
    """Complete answers as a batch; small whole numbers are kept as such, which makes sums exact."""
    _refuse_constant(source, answers, model)
    return Batch.of(whole_answers(answers), address=address, items=model.items)


def _refuse_constant(source: Table, answers: Floats, model: Model) -> None:
    for item, column in zip(model.items, answers.T, strict=True):
        if np.nanmin(column) == np.nanmax(column):
            raise InputError(f"{source.source}: every respondent answers {item} alike; remove that item from the model")


def _refusal(source: Table, holes: Bools, model: Model, advised: Sequence[str]) -> str:
    """How many answers are missing, in which columns, and what to do."""
    counts = {item: int(count) for item, count in zip(model.items, holes.sum(axis=0), strict=True) if count}
    worst = sorted(counts, key=lambda item: -counts[item])
    where = ", ".join(f"{item} {counts[item]}" for item in worst[:6]) + (", ..." if len(worst) > 6 else "")
    whole = int((~holes.any(axis=1)).sum())
    return (
        f"{source.source}: {counted(int(holes.sum()), 'missing answer')} in {counted(len(worst), 'column')} "
        f"({where}; first in "
        f"{source.place(int(np.argmax(holes.any(axis=1))))}); complete them, or choose --missing listwise "
        f"(leaves {whole} of {len(holes)} respondents){_others(advised)}"
    )


def _others(advised: Sequence[str]) -> str:
    """`, mean, regression or pairwise`; why there is nothing but listwise where methods need the answers as given."""
    others = [each for each in advised if each != "listwise"]
    if not others:
        return ", the only handling for methods that need answers in categories"
    return ", " + (f"{', '.join(others[:-1])} or {others[-1]}" if len(others) > 1 else others[0])
