"""Law: a property that every method should have, the surveys it is held against, and what frees a method of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import strategies as st

from estimators.laws.strategies import INFERENCE, clear_surveys, surveys, wild_surveys
from estimators.laws.subject import Claims, Subject
from estimators.laws.worlds import Survey
from sim.model import Model

Surveys = st.SearchStrategy[Survey]


@dataclass(frozen=True)
class World:
    """What surveys may be about: models that the method accepts, and answers it takes.

    structures: any; clear_structures: well determined ones; shapes: a list of those with something particular, refused
    ones among them; ordinal: answers in categories only; calibrated_at: respondents at which inference is claimed to
    hold; refuses: why the method refuses a model; inference: the model on which inference is looked at.
    """

    structures: st.SearchStrategy[Model]
    clear_structures: st.SearchStrategy[Model]
    shapes: tuple[Model, ...]
    ordinal: bool
    calibrated_at: int
    refuses: Callable[[Model], str | None]
    inference: Model = INFERENCE

    def any(self, **options: Any) -> Surveys:
        """Surveys as a study sees them."""
        return surveys(self.structures, (2, 5, 7) if self.ordinal else (0, 2, 5, 7), **options)

    def settled(self, sizes: tuple[int, int], replications: tuple[int, int]) -> Surveys:
        """Surveys that leave an iterative method no choice, of these numbers of respondents and data sets."""
        tops = (5, 7) if self.ordinal else (0, 5, 7)
        return surveys(self.clear_structures, tops, sizes, replications, weakest=0.8)

    @property
    def clear(self) -> Surveys:
        """Surveys that leave an iterative method no choice."""
        return clear_surveys(self.clear_structures, (5, 7) if self.ordinal else (0, 5, 7))

    @property
    def wild(self) -> Surveys:
        """Surveys that no population gave."""
        return wild_surveys(self.structures, (2, 3, 5) if self.ordinal else (0, 2, 3, 5))


@dataclass(frozen=True)
class Law:
    """A property that every method should have: its name, one sentence, the surveys it is held against.

    `surveys` gives one strategy, or several, each of which is drawn from at least once. `hold(method, survey, rng)`
    raises `Breach` where the law does not hold and `NotTested` where a survey cannot tell. `waived` says why claims
    free a method of it, and `waiver` is the claim that would. `most` bounds the surveys of a costly law, `least`
    those of one that needs many, where their number is not asked for. Unless
    `of_failures`, a law that met no usable data set was held on nothing. `fewest` respondents are left when a survey is
    made small.
    """

    name: str
    statement: str
    surveys: Callable[[World], Surveys | Sequence[Surveys]]
    hold: Callable[[Subject, Survey, np.random.Generator], None]
    waived: Callable[[Claims], str | None] = lambda claims: None
    waiver: str = ""
    most: int | None = None
    least: int = 1
    of_failures: bool = False
    fewest: int = 4


def unless(claim: str, reason: str, claimed: bool = True) -> Callable[[Claims], str | None]:
    """The reason where a claim is made (or, with `claimed` False, where it is not)."""
    return lambda claims: reason if getattr(claims, claim) == claimed else None


def first_of(*reasons: Callable[[Claims], str | None]) -> Callable[[Claims], str | None]:
    """The first reason that claims give."""
    return lambda claims: next((told for reason in reasons if (told := reason(claims))), None)
