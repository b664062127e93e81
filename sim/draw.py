"""Drawing: population, n and an address give a Batch. One generator for each block of 256 replications."""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from numpy.typing import NDArray

from sim.batch import Batch, Floats
from sim.errors import InputError
from sim.kernels.draw import answer, draw_responses
from sim.kernels.normal import ACCEPTANCE, DENSITY, WIDTH
from sim.population import Population
from sim.responses import respond
from sim.streams import BLOCK, Address
from sim.themes import ThemePopulation


def draw(
    population: Population, n: int, replications: int, rng: np.random.Generator, ways: np.random.Generator | None = None
) -> NDArray[np.generic]:
    """Answers (R, n, p): int8 categories from 1, or float64 responses where the scale is continuous.

    The first replications do not depend on how many are drawn. `ways` decides who answers how (default: a child of
    `rng`), so that this changes no sincere answer.
    """
    drawn = population.as_answered
    answers = _sincere(drawn, n, replications, rng)
    if drawn.responses.given:
        respond(answers, drawn.responses, drawn.model.items, drawn.scale, ways or rng.spawn(1)[0])
    return answers


def _sincere(population: Population, n: int, replications: int, rng: np.random.Generator) -> NDArray[np.generic]:
    """Answers (R, n, p) as respondents mean them."""
    if n < 1 or replications < 0:
        raise InputError(f"n = {n} and {replications} replications; give at least 1 respondent and 0 replications")
    p, m = len(population.loadings), len(population.paths)
    dtype = np.float64 if population.scale.is_continuous else np.int8
    answers, normals = np.empty((replications, n, p), dtype=dtype), np.empty((n, m + p))
    parameters = (
        np.array(population.model.causal_order, dtype=np.int64),
        population.paths,
        _disturbance_root(population),
        population.loadings,
        _root(population.error_matrix),
        population.model.block_of,
        np.ascontiguousarray(population.scale.padded(p).T),
    )
    if isinstance(rng.bit_generator, np.random.SFC64):
        with carried_state(rng.bit_generator) as state:
            draw_responses(state, ACCEPTANCE, WIDTH, DENSITY, normals, answers, *parameters)
    else:
        for one in answers:
            rng.standard_normal(out=normals)
            answer(normals, *parameters, one)
    return answers


@contextmanager
def carried_state(generator: np.random.SFC64) -> Iterator[NDArray[np.uint64]]:
    """The four words of the generator's state, put back with what was drawn from them."""
    whole = generator.state
    words = whole["state"]["state"].copy()
    yield words
    whole["state"]["state"] = words
    generator.state = whole


def draw_block(
    population: Population | ThemePopulation, n: int, address: Address, block: int, size: int = BLOCK
) -> Batch:
    """The first `size` replications of a block, with the ids they have in the whole study."""
    data = address.generator("data", block)
    if isinstance(population, ThemePopulation):
        return Batch.of(population.draw(n, size, data), block * BLOCK + np.arange(size), address)
    ways = address.generator("responses", block) if population.responses.given else None
    answers = draw(population, n, size, data, ways)
    return Batch.of(answers, block * BLOCK + np.arange(size), address)


def _disturbance_root(population: Population) -> Floats:
    """Lower triangular root of the constructs' disturbance covariances, in causal order (m, m)."""
    order = np.array(population.model.causal_order)
    through = np.eye(len(order)) - population.paths
    disturbances = through @ population.construct_correlations @ through.T
    return _root(disturbances[np.ix_(order, order)])


def _root(matrix: Floats) -> Floats:
    """Cholesky root of a positive semi-definite matrix; a variable without variance gets a zero row."""
    varies = np.diag(matrix) > 1e-12
    root = np.zeros_like(matrix)
    part = np.ix_(varies, varies)
    # A perfectly dependent set is lifted by 1e-14, far below what any draw could show.
    root[part] = np.linalg.cholesky(matrix[part] + 1e-14 * np.eye(int(varies.sum())))
    return root
