"""Many populations of one model at once, as arrays: a data set, or several, from each of them.

For searches that look at tens of thousands of populations: a `Population` object is made of those that are kept alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from sim.answers.likert import Scale
from sim.batch import Bools, Floats
from sim.drawing.draw import carried_state
from sim.kernels.draw import draw_responses
from sim.kernels.normal import ACCEPTANCE, DENSITY, WIDTH
from sim.model import Model
from sim.population.record import Population

#: A residual variance or an eigenvalue under this is none.
_LEAST = 1e-6


@dataclass(frozen=True)
class ManyPopulations:
    """N populations of common factors of one first-order model, with p items and m constructs, before the cut.

    loadings (N, p); paths (N, m, m) as [outcome, predictor]; correlations (N, m, m) of exogenous constructs, anything
    elsewhere; thresholds (N, T, p), padded with +inf; T = 0 for answers without a cut. Every construct and every
    response has variance 1, errors are unrelated. `exists` tells which of them are populations at all.
    """

    model: Model
    loadings: Floats
    paths: Floats
    correlations: Floats
    thresholds: Floats

    def __len__(self) -> int:
        return len(self.loadings)

    def rows(self, some: NDArray[np.integer] | Bools | slice) -> "ManyPopulations":
        """Some of them."""
        arrays = {each.name: getattr(self, each.name)[some] for each in fields(self) if each.name != "model"}
        return replace(self, **arrays)

    @cached_property
    def construct_correlations(self) -> Floats:
        """Correlations of the constructs (N, m, m), from the paths in causal order."""
        return self._solved[0]

    @cached_property
    def r2(self) -> Floats:
        """Explained variance of every construct (N, m), 0 for exogenous ones."""
        return self._solved[1]

    @cached_property
    def exists(self) -> Bools:
        """Whether each is a population (N,): loadings within 1, residual variances and correlations positive."""
        smallest = np.linalg.eigvalsh(self.construct_correlations)[:, 0]
        fine = (np.abs(self.loadings) < 1).all(axis=1) & (self.r2 < 1 - _LEAST).all(axis=1)
        return np.asarray(fine & (smallest > _LEAST))

    @cached_property
    def _solved(self) -> tuple[Floats, Floats]:
        m, order = len(self.model.constructs), self.model.causal_order
        found, r2 = np.zeros((len(self), m, m)), np.zeros((len(self), m))
        found[:, np.arange(m), np.arange(m)] = 1.0
        for place, j in enumerate(order):
            before = list(order[:place])
            if self.model.path_matrix[j].any():
                b = self.paths[:, j, before]
                with_before = np.einsum("nk,nkl->nl", b, found[:, before][:, :, before])
                r2[:, j] = np.einsum("nk,nk->n", with_before, b)
            else:
                outside = [k for k in before if not self.model.path_matrix[k].any()]
                with_before = np.zeros((len(self), place))
                for k in outside:
                    with_before[:, before.index(k)] = self.correlations[:, j, k]
                with_before = self._through_paths(with_before, before)
            for i, k in enumerate(before):
                found[:, j, k] = found[:, k, j] = with_before[:, i]
        return found, r2

    def _through_paths(self, known: Floats, before: list[int]) -> Floats:
        """Correlations of an exogenous construct with the endogenous ones before it, which follow from their paths."""
        found = known.copy()
        for i, k in enumerate(before):
            if self.model.path_matrix[k].any():
                found[:, i] = np.einsum("nl,nl->n", self.paths[:, k, before[:i]], found[:, :i])
        return found

    @cached_property
    def _roots(self) -> Floats:
        """Cholesky roots (N, m, m), in causal order, of what exogenous constructs and disturbances are."""
        order, m = list(self.model.causal_order), len(self.model.constructs)
        outside = ~self.model.path_matrix.any(axis=1)
        psi = np.where(np.outer(outside, outside), self.correlations, 0.0)
        psi[:, np.arange(m), np.arange(m)] = 1.0 - self.r2
        return np.linalg.cholesky(psi[:, order][:, :, order])

    def draw(self, n: int, replications: int, generator: np.random.Generator) -> NDArray[np.generic]:
        """Answers (N, replications, n, p), int8 from 1 or floats where there is no cut: one population after another.

        All must exist. The generator is one of SFC64, as those of addresses are.
        """
        model, p = self.model, len(self.model.items)
        kind = np.int8 if self.thresholds.shape[1] else np.float64
        answers = np.empty((len(self), replications, n, p), dtype=kind)
        order = np.array(model.causal_order, dtype=np.int64)
        errors = np.zeros((len(self), p, p))
        errors[:, np.arange(p), np.arange(p)] = np.sqrt(1 - self.loadings**2)
        normals, roots = np.empty((len(order) + p, n)), self._roots
        bits = generator.bit_generator
        assert isinstance(bits, np.random.SFC64)
        with carried_state(bits) as state:
            for one in range(len(self)):
                draw_responses(
                    state, ACCEPTANCE, WIDTH, DENSITY, normals, answers[one], order, self.paths[one], roots[one],
                    self.loadings[one], errors[one], model.block_of, self.thresholds[one],
                )  # fmt: skip
        return answers

    def values(self, one: int) -> Mapping[str, float]:
        """The parameters of one of them, by name."""
        model = self.model
        found = {
            f"{block.construct}=~{item}": float(self.loadings[one, model.items.index(item)])
            for block in model.blocks
            for item in block.items
        }
        place = {construct: j for j, construct in enumerate(model.constructs)}
        for outcome, predictor in model.paths:
            found[f"{outcome}~{predictor}"] = float(self.paths[one, place[outcome], place[predictor]])
        for i, a in enumerate(model.exogenous):
            for b in model.exogenous[i + 1 :]:
                found[f"{a}~~{b}"] = float(self.correlations[one, place[a], place[b]])
        return found

    def population(self, one: int, name: str) -> Population:
        """One of them as a population."""
        cuts = tuple(tuple(float(x) for x in column[np.isfinite(column)]) for column in self.thresholds[one].T)
        scale = Scale(cuts) if self.thresholds.shape[1] else Scale.continuous()
        return Population.of(self.model, self.values(one), scale, name)

    @classmethod
    def joined(cls, parts: list["ManyPopulations"]) -> "ManyPopulations":
        """Several sets, one after another."""
        names = [each.name for each in fields(cls) if each.name != "model"]
        return cls(parts[0].model, *(np.concatenate([getattr(part, name) for part in parts]) for name in names))
