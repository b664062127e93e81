"""LawBroken: what is told of a law that a method breaks, and the smallest survey on which it does."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from estimators.laws.law import Law
from estimators.laws.subject import Breach, NotTested, Subject, random_states_kept
from estimators.laws.worlds import Survey
from sim.model import Block, Model

#: Smaller surveys that are tried at the most.
TRIALS = 60


class LawBroken(AssertionError):
    """A law that a method breaks, with the smallest survey found on which it does.

    law, survey; seed: of the check, with which the same surveys are drawn; again: a line that shows it again.
    """

    def __init__(self, law: Law, method: str, survey: Survey, seed: int, breach: Breach, again: str) -> None:
        shown = survey.shown
        super().__init__(
            f"{method} breaks the law {law.name}: {law.statement}\n  {breach}\n  held against: {survey!r}\n"
            f"  again: {again}" + ("\n" + shown if shown else "")
        )
        self.law, self.survey, self.seed, self.again, self.breach = law, survey, seed, again, breach

    def __reduce__(self) -> tuple[Any, ...]:
        return _retold, (str(self), self.law.name, self.law.statement, self.survey, self.seed, self.again, self.breach)


def _retold(
    message: str, name: str, statement: str, survey: Survey, seed: int, again: str, breach: Breach
) -> LawBroken:
    """A LawBroken in another process: its law keeps name and statement."""
    told = LawBroken.__new__(LawBroken)
    AssertionError.__init__(told, message)
    told.law = Law(name, statement, lambda world: (), lambda method, survey, rng: None)
    told.survey, told.seed, told.again, told.breach = survey, seed, again, breach
    return told


def smallest(law: Law, subject: Subject, survey: Survey, chosen: int, breach: Breach) -> tuple[Survey, Breach]:
    """A survey of fewer data sets, respondents, constructs and items that breaks the law in the same way.

    `chosen` is the seed of what the law does at random. What was drawn from a population keeps it only while the
    model is the same.
    """
    trials = iter(range(TRIALS))

    def still(smaller: Survey) -> Breach | None:
        if next(trials, None) is None:
            return None
        with random_states_kept():
            try:
                law.hold(subject.anew(chosen), smaller.apart, np.random.default_rng(chosen))
            except Breach as found:
                return found if _alike(found, breach) else None
            except (NotTested, Exception):
                return None
        return None

    for smaller_ones in (_data_sets, _respondents, _constructs, _items, _respondents):
        survey, breach = _reduced(survey, breach, smaller_ones, still, law.fewest)
    return survey, breach


def _alike(one: Breach, other: Breach) -> bool:
    """Whether two breaches are of one kind: they expect the same, numbers and names apart."""
    return one.expected[:24] == other.expected[:24]


def _reduced(
    survey: Survey,
    breach: Breach,
    smaller_ones: Callable[[Survey, int], Iterator[Survey]],
    still: Callable[[Survey], Breach | None],
    fewest: int,
) -> tuple[Survey, Breach]:
    """Take the first smaller survey that still breaks the law, again and again."""
    while True:
        for smaller in smaller_ones(survey, fewest):
            found = still(smaller)
            if found is not None:
                survey, breach = smaller, found
                break
        else:
            return survey, breach


def _data_sets(survey: Survey, fewest: int) -> Iterator[Survey]:
    total = len(survey.answers)
    for keep in dict.fromkeys((1, 2, total // 2, total - 1)):
        if 0 < keep < total:
            yield survey.with_answers(survey.answers[:keep])


def _respondents(survey: Survey, fewest: int) -> Iterator[Survey]:
    n = survey.answers.shape[1]
    for keep in dict.fromkeys((fewest, n // 4, n // 2, 3 * n // 4, n - 1)):
        if fewest <= keep < n:
            yield survey.with_answers(survey.answers[:, :keep])


def _constructs(survey: Survey, fewest: int) -> Iterator[Survey]:
    """Without a construct to which no path is needed; one path and its two constructs are left."""
    model = survey.model
    for block in reversed(model.blocks):
        left = tuple(one for one in model.blocks if one != block)
        paths = tuple(path for path in model.paths if block.construct not in path)
        linked = {name for path in paths for name in path}
        if paths and all(one.construct in linked for one in left):
            yield _of(survey, left, paths)


def _items(survey: Survey, fewest: int) -> Iterator[Survey]:
    """Without the last item of a block of more than three."""
    for j, block in enumerate(survey.model.blocks):
        if len(block.items) > 3:
            shorter = Block(block.construct, block.items[:-1], block.kind)
            blocks = (*survey.model.blocks[:j], shorter, *survey.model.blocks[j + 1 :])
            yield _of(survey, blocks, survey.model.paths)


def _of(survey: Survey, blocks: tuple[Block, ...], paths: tuple[tuple[str, str], ...]) -> Survey:
    """The survey of a smaller model, as if nothing else had been asked; no population is known of it."""
    names = {name for block in blocks for name in (block.construct, *block.items)}
    products = tuple(p for p in survey.model.products if {(p[0], p[1]), (p[0], p[2])} <= set(paths))
    covariances = tuple(pair for pair in survey.model.covariances if set(pair) <= names)
    model = Model(blocks, paths, covariances, products=products)
    place: NDArray[np.int64] = np.array([survey.model.items.index(item) for item in model.items])
    return Survey(model, survey.answers[:, :, place], survey.top, None)
