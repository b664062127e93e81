"""What several comparisons share: permutations of two groups, and what a method says of each, found once."""

from itertools import combinations
from typing import Any

import numpy as np

from benchmarks.own.groups.given import Given
from estimators.base import Estimates, has_product
from estimators.composites.fitted import FittedComposites
from estimators.groups.permuted import Permuted, generator_of
from estimators.solution import weight_targets
from estimators.wrappers.wrapper import plain
from sim.targets import Kind, Target

#: What the groups' paths are: those of constructs, and of their products.
PATHS: tuple[Kind, ...] = ("path", "product")


def pairs(given: Given) -> list[tuple[int, int]]:
    """Every two groups, by their numbers."""
    return list(combinations(range(len(given.survey.labels)), 2))


def pair_name(given: Given, pair: tuple[int, int]) -> str:
    """`F - H`: the difference is that of the first less the second."""
    return f"{given.survey.labels[pair[0]]} - {given.survey.labels[pair[1]]}"


def needs_answers(given: Given) -> str | None:
    """Why respondents cannot be permuted: there are moments only, or answers with gaps; None where they can."""
    batch = given.survey.pooled.batch
    if batch.has_answers and batch.missing is None:
        return None
    return "respondents are exchanged between groups, which needs complete answers; choose --missing listwise or mean"


def of_composites(given: Given) -> str | None:
    """Why a method has no composites of the answers that are the same in every group; None where it has."""
    if not isinstance(composites(given), FittedComposites) or given.method.entry.ordinal:
        return "it is about composites of the answers, which pls, plsc, gsca and gscam make"
    if given.model.second_order:
        return f"{given.model.second_order[0].construct} is a second-order construct, estimated in two stages"
    if given.model.products:
        return has_product(given.model)
    if given.method.selects:
        return "every group must keep the same items; leave out screening and steps"
    return None


def composites(given: Given) -> Any:
    """The method without anything around it."""
    return plain(given.method.estimator)


def permuted(given: Given, groups: tuple[int, ...]) -> Permuted:
    """Respondents of some of the groups, as they are and exchanged between them `resamples` times, found once."""
    batch = given.survey.pooled.batch

    def make() -> Permuted:
        chosen = np.isin(given.survey.members, groups)
        members = np.searchsorted(groups, given.survey.members[chosen])
        generator = generator_of(batch.address, groups[0] * 1000 + groups[-1])
        return Permuted.of(batch.raw[0][chosen], members, given.resamples, generator, batch.retained[0], batch.items)

    return batch.once(("permuted groups", groups, given.resamples), make)


def pair_fits(given: Given, pair: tuple[int, int]) -> tuple[tuple[Target, ...], list[Estimates]]:
    """Weights and paths of both groups, of the data and of every permutation (R = 1 + P), found once."""
    paths = tuple(target for target in given.targets if target.kind in PATHS)
    targets = (*(() if given.model.second_order else weight_targets(given.model)), *paths)
    method = given.method.estimator.without_inference()
    key = ("pair fits", pair, given.resamples, repr(method), given.model.syntax)
    found = given.survey.pooled.batch.once(key, lambda: permuted(given, pair).fits(method, given.model, targets))
    return targets, found
