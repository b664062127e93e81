"""Surveys to hold laws against: models, populations, answers drawn from them, and answers no population would give."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
from hypothesis import assume
from hypothesis import strategies as st
from numpy.typing import NDArray

from sim.answers.likert import Scale
from sim.batch import Batch
from sim.drawing.draw import draw
from sim.errors import InputError
from sim.model import Block, Model
from sim.population.record import Population
from sim.streams import Address

HERE = Address(7, "0123456789abcdef" * 4)
#: Highest categories of the surveys; 0 stands for continuous answers.
TOPS = (0, 2, 5, 7)
SEEDS = st.integers(0, 2**32 - 1)

STRUCTURES = tuple(
    Model.parse(text)
    for text in (
        "A =~ a1 + a2 + a3\nB =~ b1 + b2 + b3\nB ~ A",
        "A =~ a1 + a2 + a3 + a4\nB =~ b1 + b2 + b3\nY =~ y1 + y2 + y3\nY ~ A + B",
        "Y =~ y1 + y2 + y3 + y4\nM =~ m1 + m2\nA =~ a1 + a2 + a3\nM ~ A\nY ~ M + A",
        "A =~ a1 + a2 + a3\nB =~ b1 + b2 + b3\nY =~ y1 + y2 + y3\nZ =~ z1 + z2 + z3\nY ~ A + B\nZ ~ Y",
    )
)

#: Models whose blocks stay determined when screening or a law takes items away.
CLEAR_STRUCTURES = tuple(
    Model.parse(text)
    for text in (
        "A =~ a1 + a2 + a3 + a4 + a5\nB =~ b1 + b2 + b3 + b4 + b5\nB ~ A",
        "Y =~ y1 + y2 + y3 + y4\nA =~ a1 + a2 + a3 + a4 + a5\nB =~ b1 + b2 + b3 + b4\nY ~ A + B",
        "A =~ a1 + a2 + a3 + a4\nM =~ m1 + m2 + m3 + m4\nY =~ y1 + y2 + y3 + y4\nM ~ A\nY ~ M + A",
    )
)


@dataclass(frozen=True)
class Survey:
    """R data sets (R, n, p) under a model, and the population they were drawn from, if from any.

    `top` is the highest category, 0 for continuous answers.
    """

    model: Model
    answers: NDArray[np.generic]
    top: int
    population: Population | None = None

    def __repr__(self) -> str:
        r, n, _ = self.answers.shape
        kind = f"{self.top} categories" if self.top else "continuous answers"
        model = "; ".join(self.model.syntax.splitlines())
        return f"{r} data set{'s' * (r != 1)} of {n} respondents, {kind}, model {model}"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """What Hypothesis prints of it."""
        printer.text(repr(self))

    @property
    def batch(self) -> Batch:
        """A fresh copy of the data sets at an address, with ids that are not their places."""
        return Batch.of(self.answers.copy(), 100 + np.arange(len(self.answers)), HERE)

    @property
    def turned(self) -> NDArray[np.generic]:
        """Every answer turned round: categories counted from the other end, numbers with the other sign."""
        turned = (self.top + 1 if self.top else 0) - self.answers
        return turned.astype(self.answers.dtype)

    def with_answers(self, answers: NDArray[np.generic]) -> "Survey":
        """The same survey with other answers."""
        return replace(self, answers=answers)


@st.composite
def models(drawn: st.DrawFn, fewest_items: int = 2) -> Model:
    """Recursive models of two to four reflective blocks with up to five items, every construct on some path."""
    m = drawn(st.integers(2, 4))
    blocks = tuple(
        Block(name, tuple(f"{name.lower()}{i + 1}" for i in range(drawn(st.integers(fewest_items, 5)))))
        for name in "ABCD"[:m]
    )
    paths: list[tuple[str, str]] = []
    for j in range(1, m):
        predictors = drawn(st.lists(st.integers(0, j - 1), min_size=1, unique=True))
        paths += [(blocks[j].construct, blocks[k].construct) for k in sorted(predictors)]
    return Model(blocks, tuple(paths))


@st.composite
def populations(
    drawn: st.DrawFn,
    structures: st.SearchStrategy[Model] | None = None,
    tops: Sequence[int] = TOPS,
    weakest: float = 0.55,
) -> Population:
    """Common-factor populations with loadings from `weakest` to .9 and moderate paths."""
    model = drawn(models() if structures is None else structures)
    return _population(model, drawn(st.sampled_from(tops)), drawn(SEEDS), weakest)


@st.composite
def surveys(
    drawn: st.DrawFn,
    structures: st.SearchStrategy[Model] | None = None,
    tops: Sequence[int] = TOPS,
    sizes: tuple[int, int] = (40, 120),
    replications: tuple[int, int] = (1, 4),
    weakest: float = 0.55,
) -> Survey:
    """Answers drawn from a population: what a study would see."""
    model = drawn(models() if structures is None else structures)
    top, n, r = drawn(st.sampled_from(tops)), drawn(st.integers(*sizes)), drawn(st.integers(*replications))
    return _survey(model, top, n, r, drawn(SEEDS), weakest)


def clear_surveys(
    structures: st.SearchStrategy[Model] | None = None, tops: Sequence[int] = TOPS
) -> st.SearchStrategy[Survey]:
    """Data that leave an iterative method no choice: good items, many respondents, fine scales.

    Near an improper or unidentified solution a last bit of the input may lead a method to another end. Laws that
    compare up to rounding are held here.
    """
    fine = [top for top in tops if top != 2]
    chosen = st.sampled_from(CLEAR_STRUCTURES) if structures is None else structures
    return surveys(chosen, fine, sizes=(120, 200), replications=(1, 3), weakest=0.8)


#: What may be wrong with a wild data set.
TROUBLES = ("noise", "constant", "copy", "mirror", "all alike", "two patterns", "empty block")


@st.composite
def wild_surveys(
    drawn: st.DrawFn, structures: st.SearchStrategy[Model] | None = None, tops: Sequence[int] = (0, 2, 3, 5)
) -> Survey:
    """Answers that no population gave: few respondents (often fewer than items), noise, constant items, copies."""
    model = drawn(models() if structures is None else structures)
    n, r, top = drawn(st.integers(4, 30) | st.just(20)), drawn(st.integers(1, 4)), drawn(st.sampled_from(tops))
    rng = np.random.default_rng(drawn(SEEDS))
    shape = (r, n, len(model.items))
    survey = Survey(model, rng.integers(1, top + 1, size=shape).astype(np.int8) if top else rng.normal(size=shape), top)
    for one, mirrored in zip(survey.answers, survey.turned, strict=True):
        _spoil(one, mirrored, model, drawn(st.sampled_from(TROUBLES)), rng)
    return survey


def _spoil(answers: NDArray[Any], mirrored: NDArray[Any], model: Model, trouble: str, rng: np.random.Generator) -> None:
    """Bring one trouble into one data set (n, p), in place."""
    i, k = rng.permutation(answers.shape[1])[:2]
    block = rng.integers(len(model.blocks))
    if trouble == "constant":
        answers[:, i] = 1
    elif trouble == "copy":
        answers[:, i] = answers[:, k]
    elif trouble == "mirror":
        answers[:, i] = mirrored[:, k]
    elif trouble == "all alike":
        answers[:] = answers[:, :1]
    elif trouble == "two patterns":
        answers[:] = answers[rng.integers(2, size=len(answers))]
    elif trouble == "empty block":
        answers[:, model.bounds[block] : model.bounds[block + 1]] = 2


@lru_cache(maxsize=512)
def _survey(model: Model, top: int, n: int, r: int, seed: int, weakest: float) -> Survey:
    """Answers by their seed, not writable, because laws and methods that ask for the same ones share them."""
    population = _population(model, top, seed, weakest)
    answers = draw(population, n, r, np.random.default_rng(seed + 1))
    answers.flags.writeable = False
    return Survey(model, answers, top, population)


@lru_cache(maxsize=512)
def _population(model: Model, top: int, seed: int, weakest: float) -> Population:
    rng = np.random.default_rng(seed)
    values = {}
    alone = {block.items[0] for block in model.blocks if len(block.items) == 1}
    for target in model.targets:
        if target.kind == "loading":
            values[target.name] = 1.0 if target.parts[1] in alone else rng.uniform(weakest, 0.9)
        elif target.kind == "path":
            predictors = sum(outcome == target.parts[0] for outcome, _ in model.paths)
            values[target.name] = rng.uniform(0.4, 0.9) / max(2, predictors)
        elif target.kind == "correlation" and not set(target.parts) & set(model.endogenous):
            values[target.name] = rng.uniform(0.1, 0.4)
    scale = None
    if top:
        shares = rng.dirichlet(np.full(top, 20.0))
        scale = Scale.from_shares(tuple(shares / shares.sum()), len(model.items))
    try:
        return Population.of(model, values, scale)
    except InputError:
        assume(False)
        raise


def ordinary_survey(model: Model) -> Survey:
    """One clear data set of 300 respondents on five categories, always the same for a model."""
    return _survey(model, 5, 300, 1, 0, 0.8)
