"""Remarks on how items go together: copies, items against their construct, alike constructs, n, polychorics."""

from collections.abc import Iterator
from itertools import combinations

import numpy as np

from benchmarks.own.remarks.answered import Answered
from estimators.polychoric import polychorics
from sim.batch import Batch, Floats
from sim.errors import counted
from sim.model import Model
from sim.surveys.cells.table import listed

#: Correlations from which items are copies, and nearly so; component loadings that say that an item runs the other way.
_COPY, _NEARLY, _AGAINST = 1 - 1e-9, 0.98, 0.20
#: Respondents for each free parameter that Bentler & Chou (1987) ask for.
_PER_PARAMETER = 5
#: Respondents and items up to which polychoric correlations are looked at.
_RESPONDENTS, _ITEMS = 5_000, 60


def copies(seen: Answered) -> Iterator[str]:
    """Items that are copies of each other, turned round or not, and items that nearly are."""
    for a, b in combinations(range(len(seen.items)), 2):
        r = float(seen.correlations[a, b])
        if abs(r) >= _COPY:
            how = "copies of each other" if r > 0 else "copies of each other, one turned round"
            yield f"{seen.items[a]} and {seen.items[b]} are {how}: no method can tell them apart"
        elif abs(r) >= _NEARLY:
            yield f"{seen.items[a]} and {seen.items[b]} are nearly copies (correlation {r:.3f})"


def against_construct(seen: Answered) -> Iterator[str]:
    """Items that run against the others of their reflective block: worded the other way and not reversed?"""
    if seen.model is None:
        return
    reflective = [block.kind == "reflective" for block in seen.model.blocks]
    for (construct, places), wanted in zip(seen.blocks, reflective, strict=True):
        within = seen.correlations[np.ix_(places, places)]
        if not wanted or len(places) < 2 or np.isnan(within).any():
            continue
        if len(places) == 2:
            if within[0, 1] < -_AGAINST:
                a, b = (seen.items[j] for j in places)
                yield (
                    f"the two items of {construct} run against each other (correlation {within[0, 1]:.2f}); if one is "
                    f"worded the other way, say --reverse {a}, or --reverse {b}"
                )
            continue
        usual = seen.usual(places)
        against = [
            seen.items[j]
            for j, loading in zip(places, _first_component(within), strict=True)
            if loading < -_AGAINST and not seen.far(j, usual)
        ]
        if against:
            word = "runs" if len(against) == 1 else "run"
            yield (
                f"{listed(against)} {word} against the other items of {construct}: worded the other way? if so, say "
                f"--reverse {','.join(against)}"
            )


def _first_component(correlations: Floats) -> Floats:
    """Correlations of items with their first principal component, most of them positive."""
    values, vectors = np.linalg.eigh(correlations)
    loadings = vectors[:, -1] * np.sqrt(max(values[-1], 0.0))
    most = 2 * int((loadings > 0).sum()) - len(loadings)
    return np.asarray(loadings if most > 0 or (most == 0 and loadings.sum() > 0) else -loadings)


def alike_constructs(seen: Answered) -> Iterator[str]:
    """Constructs whose summed items correlate by 1: no method can tell their effects apart."""
    if seen.model is None or np.isnan(seen.correlations).any():
        return
    weights = np.zeros((len(seen.blocks), len(seen.items)))
    for row, (_, places) in zip(weights, seen.blocks, strict=True):
        row[list(places)] = 1.0
    sums = weights @ seen.correlations @ weights.T
    if (np.diagonal(sums) < 1e-9).any():
        return
    roots = np.sqrt(np.diagonal(sums))
    for a, b in combinations(range(len(weights)), 2):
        if abs(sums[a, b] / roots[a] / roots[b]) > 1 - 1e-9:
            yield f"the sums of {seen.blocks[a][0]} and {seen.blocks[b][0]} correlate by 1: they cannot be told apart"


def size(seen: Answered) -> Iterator[str]:
    """Respondents against items and against the free parameters of a factor model."""
    n, p = int(seen.complete.sum()), len(seen.items)
    if n <= p:
        told = f"{counted(n, 'complete respondent')} for {counted(p, 'item')}"
        yield f"{told}: n is not above the number of items, so matrices are singular"
    elif seen.model is not None and n < _PER_PARAMETER * (free := parameters(seen.model)):
        who = "respondent" if seen.complete.all() else "complete respondent"
        yield (
            f"{counted(n, who)} for {free} free parameters of a factor model, {n / free:.1f} each "
            "(Bentler & Chou "
            f"1987 ask for {_PER_PARAMETER})"
        )


def parameters(model: Model) -> int:
    """Free parameters of a factor model: loadings, error variances, paths, correlations of exogenous constructs."""
    k = len(model.exogenous)
    return 2 * len(model.items) + len(model.paths) + k * (k - 1) // 2 + len(model.covariances)


def polychorics_impossible(seen: Answered) -> Iterator[str]:
    """Polychoric correlations that are not positive definite."""
    whole = seen.complete
    p = len(seen.items)
    if not seen.is_ordinal or not 3 <= p <= _ITEMS or not p < whole.sum() <= _RESPONDENTS:
        return
    answers = np.asarray(seen.values[whole], dtype=np.float64)
    if (answers == answers[0]).all(axis=0).any() or np.abs(answers).max() > 100:
        return
    if told := smallest_in_words(Batch.of(answers.astype(np.int8))):
        yield told


def smallest_in_words(batch: Batch) -> str:
    """That the polychoric correlations of one data set are not positive definite, in words; empty where they are."""
    found = polychorics(batch)
    if np.isnan(found.correlations[0]).any():
        return ""
    lowest = float(np.linalg.eigvalsh(found.correlations[0])[0])
    if lowest > 1e-8:
        return ""
    return (
        f"the polychoric correlations are not positive definite (smallest eigenvalue {lowest:.3f}): no answers of "
        "normal responses have them, and what rests on them is not to be trusted"
    )
