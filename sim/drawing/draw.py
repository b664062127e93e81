"""Drawing: population, n and an address give a Batch. One generator for each block of 256 replications."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from sim.answers.mechanism import Step
from sim.answers.missingness import holes
from sim.batch import Batch, Floats
from sim.drawing.firms import finite_values, sampled
from sim.errors import InputError
from sim.implied.implied import implied
from sim.implied.marginals import answer_distribution
from sim.kernels.draw import answer, draw_responses
from sim.kernels.normal import ACCEPTANCE, DENSITY, WIDTH
from sim.population.record import Population
from sim.streams import BLOCK, Address
from sim.structures import generate
from sim.structures.groups import Groups
from sim.targets import Target

#: Gives the generator of a purpose (`sim.streams.PURPOSES`, or a mechanism's section), the same each time.
Streams = Callable[[str], np.random.Generator]


def draw(
    population: Population, n: int, replications: int, rng: np.random.Generator, ways: np.random.Generator | None = None
) -> NDArray[np.generic]:
    """Answers (R, n, p): int8 categories from 1, or float64 responses where the scale is continuous.

    A missing answer is 0 among categories, NaN among continuous ones.

    The first replications do not depend on how many are drawn. `ways` decides who answers how (default: a child of
    `rng`), so that this changes no sincere answer.
    """
    given = {"data": rng, "responses": ways}
    return _answers(population, n, replications, lambda purpose: given.get(purpose) or rng.spawn(1)[0])


def draw_block(population: Population, n: int, address: Address, block: int, size: int = BLOCK) -> Batch:
    """The first `size` replications of a block, with the ids they have in the whole study."""
    answers = _answers(population, n, size, lambda purpose: address.generator(purpose, block))
    missing = holes(answers) if population.missing.given else None
    batch = Batch.of(answers, block * BLOCK + np.arange(size), address, missing, population.model.items)
    groups = implied(population).as_answered.population.groups
    if not groups.members:
        return batch
    return replace(batch, members=_members(groups, n, size, address.generator("groups", block)))


def draw_one(population: Population, n: int, address: Address, replication: int) -> NDArray[np.generic]:
    """Answers (n, p) of one data set from streams of its own, for worlds in which each has a population of its own.

    A missing answer is 0 among categories, NaN among continuous ones.
    """
    answers = _answers(population, n, 1, lambda purpose: address.generator(f"{purpose} of one", replication))
    return np.asarray(answers[0])


def finite_truth(
    population: Population, targets: Sequence[Target], address: Address, block: int, size: int = BLOCK
) -> Floats:
    """The targets' values (size, q) in the finite populations behind the data sets of a block; n does not matter."""
    return finite_values(population, targets, size, address.generator("data", block))


def _answers(population: Population, n: int, replications: int, streams: Streams) -> NDArray[np.generic]:
    """Answers (R, n, p) as they are given: responses are cut, answered in the respondents' ways, or not answered."""
    if n < 1 or replications < 0:
        raise InputError(f"n = {n} and {replications} replications; give at least 1 respondent and 0 replications")
    if n < 2 and population.distribution.standardised:
        raise InputError(f"n = {n}: sources cannot be standardised within a sample of one; give at least 2 respondents")
    drawn = implied(population).as_answered.population
    if drawn.groups.members:
        answers = _grouped(drawn.groups, n, replications, streams)
    elif population.sampling.given:
        answers = sampled(population, n, replications, streams("data"), streams("sampling"))
    else:
        answers = _as_meant(drawn, n, replications, streams("data"))
    setting = replace(drawn.setting, distribution=lambda item: answer_distribution(population, item))
    for section, mechanism in (*setting.acting(Step.ANSWERS), *setting.acting(Step.PRESENCE)):
        mechanism.act(answers, setting, streams(section))
    return answers


def _grouped(groups: Groups[Population], n: int, replications: int, streams: Streams) -> NDArray[np.generic]:
    """Answers as meant (R, n, p) of respondents of several groups.

    Every group is drawn from the same sources, and each respondent gives the answers of their own.
    """
    data = streams("data")
    members = _members(groups, n, replications, streams("groups"))
    begin = data.bit_generator.state
    drawn = []
    for group in groups.members:
        data.bit_generator.state = begin
        drawn.append(_as_meant(group.population, n, replications, data))
    answers = drawn[0]
    for number, own in enumerate(drawn[1:], start=1):
        answers[members == number] = own[members == number]
    return answers


def _members(groups: Groups[Population], n: int, replications: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """The group of each respondent (R, n)."""
    return np.array([groups.membership(n, rng) for _ in range(replications)], dtype=np.int64).reshape(-1, n)


def _as_meant(population: Population, n: int, replications: int, rng: np.random.Generator) -> NDArray[np.generic]:
    """Answers (R, n, p) as respondents mean them."""
    recipe, scale, p = implied(population).recipe, population.scale, len(population.loadings)
    answers = np.empty((replications, n, p), dtype=np.float64 if scale.is_continuous else np.int8)
    thresholds, steps = scale.padded(p), {part.step for part in population.mechanisms.values()}
    if recipe.items or Step.RESPONSES in steps:
        items = recipe.items
        cuts = items.latent_thresholds(thresholds) if items and not scale.is_continuous else None
        for one in answers:
            if items and cuts is not None:
                one[:] = generate.cut(items.latent(n, rng), cuts)
            else:
                one[:] = generate.cut(generate.respondents(recipe, n, rng)[0], thresholds)
        return answers
    parameters = (
        recipe.order,
        recipe.paths,
        recipe.disturbance_root,
        recipe.loadings,
        recipe.error_root,
        recipe.block_of,
        np.ascontiguousarray(thresholds.T),
    )
    if Step.SOURCES not in steps and isinstance(rng.bit_generator, np.random.SFC64):
        with carried_state(rng.bit_generator) as state:
            draw_responses(state, ACCEPTANCE, WIDTH, DENSITY, np.empty((recipe.sources, n)), answers, *parameters)
    else:
        for one in answers:
            answer(np.ascontiguousarray(generate.sources(recipe, n, rng).T), *parameters, one)
    return answers


@contextmanager
def carried_state(generator: np.random.SFC64) -> Iterator[NDArray[np.uint64]]:
    """The four words of the generator's state, put back with what was drawn from them."""
    whole = generator.state
    words = whole["state"]["state"].copy()
    yield words
    whole["state"]["state"] = words
    generator.state = whole
