"""The worlds that laws are held in: populations whose truth is known, and the answers drawn from them.

Every use that laws make of populations stands here.
"""

import copy
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.answers.likert import Scale
from sim.batch import Batch, Floats, Moments
from sim.drawing.draw import draw
from sim.errors import InputError
from sim.model import Model
from sim.population.record import Population
from sim.streams import Address
from sim.targets import Target

HERE = Address(7, "0123456789abcdef" * 4)
#: Answers that are shown in full: so many at the most.
SHOWN = 400


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
    def apart(self) -> "Survey":
        """The survey with a model of its own: what a method does to it, no other survey sees."""
        return replace(self, model=copy.deepcopy(self.model))

    @property
    def turned(self) -> NDArray[np.generic]:
        """Every answer turned round: categories counted from the other end, numbers with the other sign."""
        turned = (self.top + 1 if self.top else 0) - self.answers
        return turned.astype(self.answers.dtype)

    def with_answers(self, answers: NDArray[np.generic]) -> "Survey":
        """The survey with other answers."""
        return replace(self, answers=answers)

    @property
    def shown(self) -> str:
        """The answers, a line a respondent, where they are few; else nothing."""
        if self.answers.size > SHOWN:
            return ""
        whole = np.issubdtype(self.answers.dtype, np.integer)
        lines = []
        for r, one in enumerate(self.answers):
            lines.append(f"data set {r + 1}: " + " ".join(self.model.items))
            lines += ["  " + " ".join(str(int(x)) if whole else f"{float(x):.4g}" for x in row) for row in one]
        return "\n".join(lines)


@lru_cache(maxsize=512)
def drawn_survey(model: Model, top: int, n: int, r: int, seed: int, weakest: float) -> Survey:
    """Answers by their seed, not writable, because laws and methods that ask for the same ones share them."""
    return replace(survey_of(made_population(model, top, seed, weakest), top, n, r, seed + 1), model=model)


def survey_of(population: Population, top: int, n: int, r: int, seed: int) -> Survey:
    """Answers (R, n, p) drawn from a population, not writable."""
    answers = draw(population, n, r, np.random.default_rng(seed))
    answers.flags.writeable = False
    return Survey(population.model, answers, top, population)


def ordinary_survey(model: Model) -> Survey:
    """One clear data set of 300 respondents on five categories, always the same for a model."""
    return replace(drawn_survey(model, 5, 300, 1, 0, 0.8), model=model)


def moderate_survey(survey: Survey, n: int, seed: int) -> Survey:
    """As many data sets of n respondents to the survey's model, of good items and moderate relations."""
    # Of the best items consistent PLS has loadings beyond 1, by chance, in nearly every sample.
    population = related(survey.model, survey.top, seed, 0.35, loadings=(0.65, 0.75, 0.82))
    return replace(survey_of(population, survey.top, n, len(survey.answers), seed), model=survey.model)


@lru_cache(maxsize=512)
def made_population(model: Model, top: int, seed: int, weakest: float) -> Population:
    """A population with loadings from `weakest` to .9 and moderate, positive paths. Raises InputError, rarely."""
    model = copy.deepcopy(model)  # kept here, out of reach of the method that has the other
    rng = np.random.default_rng(seed)
    values = _values(model, lambda: rng.uniform(weakest, 0.9), lambda: rng.uniform(0.1, 0.4), rng)
    for outcome, predictor in model.paths:
        values[f"{outcome}~{predictor}"] = rng.uniform(0.4, 0.9) / max(2, _predictors(model, outcome))
    values |= {name: rng.uniform(0.15, 0.3) for name in _products(model)}
    return _population(model, values, _scale(top, model, rng))


@lru_cache(maxsize=64)
def measured_well(model: Model, seed: int) -> Population:
    """A population whose items hold hardly any error (loadings .97 to .99), with paths that are told apart.

    Paths of one outcome differ in size and sign, so that a method that mixes them up is far from the truth.
    """
    model = copy.deepcopy(model)  # kept here, out of reach of the method that has the other
    rng = np.random.default_rng(seed)
    values = _values(model, lambda: rng.uniform(0.97, 0.99), lambda: rng.uniform(0.1, 0.3), rng)
    # Items of a composite have no error; that they are hardly alike tells who takes them for those of a factor.
    within = {(a, b) for block in model.blocks if block.kind == "composite" for a in block.items for b in block.items}
    values |= {f"{a}~~{b}": 0.45 for a, b in within if f"{a}~~{b}" in values}
    signed: dict[str, float] = {}
    for outcome in model.endogenous:
        predictors = [predictor for one, predictor in model.paths if one == outcome]
        sizes = np.linspace(0.6, 0.3, len(predictors)) if len(predictors) > 1 else np.array([0.6])
        signs = np.where(np.arange(len(predictors)) % 2 == rng.integers(2), 1.0, -1.0)
        for predictor, size in zip(predictors, rng.permutation(sizes * signs), strict=True):
            signed[f"{outcome}~{predictor}"] = float(size)
    signed |= {name: float(rng.choice([-0.35, 0.35])) for name in _products(model)}
    for share in (1.0, 0.8, 0.6, 0.4):
        try:
            return _population(model, values | {name: share * size for name, size in signed.items()})
        except InputError:
            continue
    return _population(model, values | {name: 0.2 * size for name, size in signed.items()})


#: The loading of the best item of a block where inference is looked at.
BEST = 0.93


@lru_cache(maxsize=64)
def related(
    model: Model, top: int, seed: int, path: float, loadings: tuple[float, float, float] = (0.8, 0.88, BEST)
) -> Population:
    """A population of good items all of whose paths are alike and, as most standard errors suppose, weak.

    The second and third exogenous construct correlate at .7, so that paths of one outcome have unequal errors. One item
    of a block is clearly the best: a method that chooses one of them chooses the same in nearly every sample.
    `loadings`: the lowest and the highest of the others, and that of the best.
    """
    model = copy.deepcopy(model)  # kept here, out of reach of the method that has the other
    rng = np.random.default_rng(seed)
    low, high, best = loadings
    values = _values(model, lambda: rng.uniform(low, high), lambda: 0.0, rng)
    values |= {
        f"{block.construct}=~{block.items[0]}": best
        for block in model.blocks
        if block.kind == "reflective" and len(block.items) > 1
    }
    if len(model.exogenous) > 2:
        values["~~".join(model.exogenous[1:3])] = 0.7
    values |= {f"{outcome}~{predictor}": path for outcome, predictor in model.paths}
    values |= dict.fromkeys(_products(model), min(path, 0.2))
    return _population(model, values, _scale(top, model, rng))


def limit_moments(survey: Survey) -> Moments:
    """A fresh copy of the population's moments before the cut: what a method is given in place of a sample."""
    assert survey.population is not None
    given = survey.population.moments
    return Moments(given.means.copy(), given.covariances.copy(), given.n, given.higher)


def truth_of(survey: Survey, targets: list[Target]) -> Floats:
    """The true values of the targets (q,)."""
    assert survey.population is not None
    acting = {tuple(effect[:3]): effect[3] for effect in survey.population.products.effects}
    values = np.array(survey.population.truth(targets))
    for q, target in enumerate(targets):
        if target.kind == "product":
            values[q] = acting.get(target.parts, 0.0)
    return values


def _values(model: Model, loading: Any, correlation: Any, rng: np.random.Generator) -> dict[str, float]:
    """Loadings, or weights and correlations within a composite, and correlations of exogenous constructs."""
    values: dict[str, float] = {}
    for block in model.blocks:
        if block.kind == "composite":
            values |= {f"{block.construct}<~{item}": rng.uniform(0.9, 1.1) for item in block.items}
            pairs = [(a, b) for i, a in enumerate(block.items) for b in block.items[i + 1 :]]
            values |= {f"{a}~~{b}": loading() ** 2 for a, b in pairs[:1]}
            values |= {f"{a}~~{b}": values[f"{pairs[0][0]}~~{pairs[0][1]}"] for a, b in pairs[1:]}
        elif len(block.items) == 1:
            values[f"{block.construct}=~{block.items[0]}"] = 1.0
        else:
            values |= {f"{block.construct}=~{item}": loading() for item in block.items}
    for i, a in enumerate(model.exogenous):
        values |= {f"{a}~~{b}": correlation() for b in model.exogenous[i + 1 :]}
    for a, b in model.covariances:
        room = np.prod([1.0 - values.get(f"{_owner(model, item)}=~{item}", 0.0) ** 2 for item in (a, b)])
        if a in model.items:
            values[f"{a}~~{b}"] = 0.3 * float(np.sqrt(room))
    return values


def _population(model: Model, values: dict[str, float], scale: Scale | None = None) -> Population:
    """The population of a model; products stand among its values alone."""
    return Population.of(replace(model, products=()), values, scale)


def _products(model: Model) -> list[str]:
    return [Target("product", each).name for each in model.products]


def _owner(model: Model, item: str) -> str:
    return next(block.construct for block in model.blocks if item in block.items)


def _predictors(model: Model, outcome: str) -> int:
    return sum(one == outcome for one, _ in model.paths)


def _scale(top: int, model: Model, rng: np.random.Generator) -> Scale | None:
    if not top:
        return None
    shares = rng.dirichlet(np.full(top, 20.0))
    return Scale.from_shares(tuple(shares / shares.sum()), len(model.items))


def population_exists(model: Model, top: int, seed: int, weakest: float) -> bool:
    """Whether the numbers that a seed gives make a population."""
    try:
        made_population(model, top, seed, weakest)
    except InputError:
        return False
    return True
