"""Surveys to hold laws against, as Hypothesis strategies: models, populations, answers, statuses.

All of them shrink: towards fewer constructs, items, respondents and data sets. See docs/strategies.md.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from hypothesis import assume
from hypothesis import strategies as st
from numpy.typing import NDArray

from estimators.base import Status
from estimators.laws.worlds import HERE, Survey, drawn_survey, made_population, ordinary_survey, population_exists
from sim.model import Block, Model
from sim.population.record import Population

__all__ = [
    "CLEAR_STRUCTURES", "HERE", "INFERENCE", "PRODUCTS", "SEEDS", "SHAPES", "STRUCTURES", "TOPS", "TROUBLES", "Survey",
    "clear_surveys", "models", "ordinary_survey", "populations", "statuses", "surveys", "wild_surveys",
]  # fmt: skip

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


#: Models with products, for methods that fit them: an interaction, a square in a chain, both with a shared construct.
PRODUCTS = tuple(
    Model.parse(text)
    for text in (
        "A =~ a1 + a2 + a3 + a4\nB =~ b1 + b2 + b3 + b4\nY =~ y1 + y2 + y3 + y4\nY ~ A + B + A:B",
        "Y =~ y1 + y2 + y3 + y4\nA =~ a1 + a2 + a3 + a4\nM =~ m1 + m2 + m3 + m4\nM ~ A\nY ~ M + A + A:A",
        "B =~ b1 + b2 + b3 + b4 + b5\nA =~ a1 + a2 + a3 + a4\nC =~ c1 + c2 + c3 + c4\nY =~ y1 + y2 + y3 + y4\n"
        "C ~ A\nY ~ C + A + B + A:B",
    )
)

#: The model on which inference is looked at: the paths of one outcome have unequal standard errors, and effects go on.
INFERENCE = Model.parse(
    "A =~ a1 + a2 + a3\nB =~ b1 + b2 + b3\nC =~ c1 + c2 + c3\nY =~ y1 + y2 + y3 + y4\nZ =~ z1 + z2 + z3\n"
    "Y ~ A + B + C\nZ ~ Y"
)


def _block(name: str, items: int, operator: str = "=~") -> str:
    return f"{name} {operator} " + " + ".join(f"{name.lower()}{i + 1}" for i in range(items))


#: Shapes of models that a method estimates or refuses before any draw, by what is particular about them.
SHAPES: dict[str, Model] = {
    name: Model.parse("\n".join(lines))
    for name, lines in {
        "a single item": [_block("A", 3), _block("B", 1), _block("Y", 3), "Y ~ A + B"],
        "single items only": [_block("A", 1), _block("B", 1), _block("Y", 1), "Y ~ A + B"],
        "blocks of two items": [_block("A", 2), _block("B", 2), _block("Y", 2), "Y ~ A + B"],
        "one construct": [_block("A", 4)],
        "four constructs, two outcomes": [*(_block(c, 3) for c in "ABYZ"), "Y ~ A + B", "Z ~ A + B"],
        "seven constructs": [
            *(_block(c, 3) for c in "ABCDXYZ"), "X ~ A + B", "Y ~ B + C + D", "Z ~ X + Y",
        ],
        "an outcome written first": [_block("Y", 3), _block("A", 4), _block("B", 3), _block("C", 3), "Y ~ C + A + B"],
        "a chain": [*(_block(c, 3) for c in "DCBA"), "B ~ A", "C ~ B", "D ~ C"],
        "several ways between two constructs": [
            *(_block(c, 3) for c in "AMNY"), "M ~ A", "N ~ A + M", "Y ~ A + M + N",
        ],
        "composites": [_block("A", 3, "<~"), _block("B", 3, "<~"), _block("Y", 3, "<~"), "Y ~ A + B"],
        "a composite among factors": [_block("A", 3, "<~"), _block("B", 3), _block("Y", 3), "Y ~ A + B"],
        "errors that covary": [_block("A", 4), _block("Y", 4), "Y ~ A", "a1 ~~ a2", "a3 ~~ y3"],
        "a construct on no path": [_block("A", 3), _block("B", 3), _block("Y", 3), "Y ~ A"],
        "blocks of unequal size": [_block("A", 2), _block("B", 6), _block("Y", 3), "Y ~ A + B"],
    }.items()
}  # fmt: skip


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
    top, seed = drawn(st.sampled_from(tops)), drawn(SEEDS)
    assume(population_exists(model, top, seed, weakest))
    return made_population(model, top, seed, weakest)


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
    seed = drawn(SEEDS)
    assume(population_exists(model, top, seed, weakest))
    return drawn_survey(model, top, n, r, seed, weakest)


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


def statuses(replications: int, *, fatal: bool = True) -> st.SearchStrategy[NDArray[np.int8]]:
    """Statuses (R,) as a method may give them, mostly OK; fatal ones too unless that is not wanted."""
    kinds = [status for status in Status if fatal or not status.fatal]
    one = st.just(Status.OK) | st.sampled_from(kinds)
    return st.lists(one, min_size=replications, max_size=replications).map(lambda codes: np.array(codes, dtype=np.int8))


#: What may be wrong with a wild data set.
TROUBLES = (
    "noise",
    "constant",
    "copy",
    "mirror",
    "all alike",
    "two patterns",
    "empty block",
    "unrelated",
    "nearly one",
)


@st.composite
def wild_surveys(
    drawn: st.DrawFn, structures: st.SearchStrategy[Model] | None = None, tops: Sequence[int] = (0, 2, 3, 5)
) -> Survey:
    """Answers that no population gave: few respondents (often fewer than items), noise, constant items, copies."""
    model = drawn(models() if structures is None else structures)
    n, r, top = drawn(st.integers(4, 30) | st.just(20)), drawn(st.integers(1, 6)), drawn(st.sampled_from(tops))
    rng = np.random.default_rng(drawn(SEEDS))
    shape = (r, n, len(model.items))
    survey = Survey(model, rng.integers(1, top + 1, size=shape).astype(np.int8) if top else rng.normal(size=shape), top)
    for one, mirrored in zip(survey.answers, survey.turned, strict=True):
        _spoil(one, mirrored, model, drawn(st.sampled_from(TROUBLES)), rng)
    return survey


def _spoil(answers: NDArray[Any], mirrored: NDArray[Any], model: Model, trouble: str, rng: np.random.Generator) -> None:
    """Bring one trouble into one data set (n, p), in place."""
    i, k = rng.permutation(answers.shape[1])[:2] if answers.shape[1] > 1 else (0, 0)
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
    elif trouble == "unrelated":
        first = slice(model.bounds[block], model.bounds[block + 1])
        answers[:, first] = answers[rng.permutation(len(answers)), first]
    elif trouble == "nearly one":
        answers[:] = np.where(rng.random(answers.shape) < 0.9, answers[:, :1], answers)
