"""What has no closed form: from a million simulated respondents at a fixed address of the population's own."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from sim.answers.law import Law
from sim.answers.likert import Scale
from sim.answers.missingness import Missingness
from sim.answers.responses import Responses
from sim.batch import Floats
from sim.drawing import generate
from sim.population.record import Population
from sim.streams import Address, content_key
from sim.structures.sampling import Sampling

RESPONDENTS = 1_000_000
#: Respondents held at once, each so many from a generator of their own.
_AT_ONCE = 10_000
#: Cells of 0.001 in which responses are counted for their quantiles.
_FARTHEST, _CELLS = 12.0, 24_000


def simulated_law(population: Population) -> Law:
    """The law of sincere answers in categories, from a million respondents; items of one distribution share theirs.

    Means of answers have a standard error of SD / 1000, covariances about sqrt(v_i v_k + c_ik^2) / 1000. The same
    population has the same law, always.
    """
    thresholds = population.scale.padded(len(population.loadings))
    p, t = thresholds.shape
    items_alone = population.as_answered.items_drawn is not None
    m = p if items_alone else len(population.paths)
    joint, with_scores, of_scores = np.zeros((p * t, p * t)), np.zeros((p * t, m)), np.zeros(m)
    for responses, of_constructs in _simulated(population):
        scores = responses if of_constructs is None else of_constructs
        passed = (responses[:, :, None] > thresholds).reshape(len(responses), p * t)
        # Counts of one chunk are whole numbers that single precision holds exactly.
        counted = passed.astype(np.float32)
        joint += counted.T @ counted
        with_scores += passed.T.astype(np.float64) @ scores
        of_scores += scores.sum(axis=0)
    above = np.diagonal(joint) / RESPONDENTS
    excess = (joint / RESPONDENTS - np.outer(above, above)).reshape(p, t, p, t)
    first, second = np.triu_indices(p, 1)
    slopes = (with_scores / RESPONDENTS - above[:, None] * (of_scores / RESPONDENTS)).reshape(p, t, m)
    if items_alone:  # a construct's regression on a response is taken to be linear
        own = slopes[np.arange(p), :, np.arange(p)]
        slopes = own[:, :, None] * population.as_answered.with_constructs[:, None, :]
    above = above.reshape(p, t)
    for alike in _alike(population):
        above[alike] = above[alike].mean(axis=0)
    return Law(above, excess[first, :, second], slopes, respondents=RESPONDENTS)


def simulated_thresholds(population: Population, above: Floats) -> Floats:
    """Thresholds (p, T) that responses exceed with these probabilities (p, T), +inf for 0, from a million respondents.

    By counts in cells of 0.001, to four decimals: the standard error is about sqrt(P (1 - P)) / (1000 density). Items
    of one distribution are counted together.
    """
    p, edges = len(above), np.linspace(-_FARTHEST, _FARTHEST, _CELLS + 1)
    counts = np.zeros((p, _CELLS))
    for responses, _ in _simulated(population):
        cells = np.clip(((responses + _FARTHEST) * (_CELLS / (2 * _FARTHEST))).astype(np.int64), 0, _CELLS - 1)
        for item in range(p):
            counts[item] += np.bincount(cells[:, item], minlength=_CELLS)
    for alike in _alike(population):
        counts[alike] = counts[alike].mean(axis=0)
    below = np.pad(np.cumsum(counts, axis=1), ((0, 0), (1, 0))) / RESPONDENTS
    found = [np.interp(1 - own, share, edges) for own, share in zip(above, below, strict=True)]
    return np.where(above > 0, np.round(found, 4), np.inf)


def _alike(population: Population) -> list[list[int]]:
    """Items with one distribution and thresholds: one loading on one construct, and errors of the same make."""
    drawn = population.as_answered
    if drawn.items_drawn:
        return []
    recipe, groups = drawn.recipe, defaultdict(list)
    for item, (block, loading) in enumerate(zip(recipe.block_of, recipe.loadings, strict=True)):
        of_errors = np.sort(recipe.error_root[item])
        cuts = population.scale.thresholds[item]
        groups[(int(block), *np.round([loading, *of_errors, *cuts], 10).tolist())].append(item)
    return list(groups.values())


def _simulated(population: Population) -> Iterator[tuple[Floats, Floats | None]]:
    """Sincere responses (n, p) and construct scores (n, m), if there are any, chunk by chunk.

    n is infinite, so that nothing is standardised within samples; all respond independently, and completely.
    """
    whole = population.as_answered
    anew = replace(whole.distribution, standardised="")
    drawn = replace(
        whole,
        scale=Scale.continuous(),
        responses=Responses(),
        distribution=anew,
        missing=Missingness(),
        sampling=Sampling(),
    )
    recipe, address = drawn.recipe, Address(0, content_key(drawn.content))
    for chunk in range(RESPONDENTS // _AT_ONCE):
        yield generate.respondents(recipe, _AT_ONCE, address.generator("moments", chunk))
