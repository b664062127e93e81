"""Faults in estimators of one's own, one data set at a time."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from sim.batch import Batch

from ..strangers import Attenuated, FirstComponents, MeanScores, standardised

FOLDER = Path(__file__).parent


# Scores and what is made of them


class LastUnused(MeanScores):
    def scores(self, answers, kept, model):
        kept = kept.copy()
        for j in range(len(model.blocks)):
            own = np.flatnonzero(kept & (model.block_of == j))
            kept[own[1:][-1:]] = False
        return super().scores(answers, kept, model)


class Simple(MeanScores):
    """Simple regressions in place of a multiple one, and nothing but paths."""

    def regression(self, among, towards):
        return towards

    def one(self, *given):
        found = super().one(*given)
        wanted = given[3]
        return found and {
            name: np.where([t.kind == "path" for t in wanted], row, np.nan) for name, row in found.items()
        }


class OthersPredictors(MeanScores):
    """Every outcome is regressed on as many constructs as the first one has predictors: the first ones."""

    def regression(self, among, towards):
        return super().regression(among, towards[::-1])


class DivisorsMixed(MeanScores):
    def correlation(self, columns):
        n = len(columns)
        return super().correlation(columns) * n / (n - 1)

    def one(self, answers, kept, model, *others):
        return super().one(answers, kept, model, *others)


class WholeNumbers(MeanScores):
    """X'X of answers as they are stored."""

    def fit(self, batch, model, targets=None):
        self_batch = batch
        if batch.has_answers and batch.raw.dtype == np.int8:
            x = batch.raw
            sums = np.einsum("rni,rni->ri", x, x, dtype=np.int8).astype(float)
            self_batch = replace(Batch.of(x + 1e-3 * sums[:, None, :] * x, batch.replications), retained=batch.retained)
        return super().fit(self_batch, model, targets)


class Half(MeanScores):
    """Correlations in single precision."""

    def correlation(self, columns):
        return super().correlation(columns).astype(np.float32).astype(float)


class PooledSpread(MeanScores):
    def scores(self, answers, kept, model):
        standard = (answers - answers.mean(axis=0)) / answers[:, kept].std()
        return np.column_stack(
            [standard[:, kept & (model.block_of == j)].mean(axis=1) for j in range(len(model.blocks))]
        )


class SizesOnly(FirstComponents):
    def correlations(self, answers, kept, model):
        correlations, loadings = super().correlations(answers, kept, model)
        return correlations, np.abs(loadings)


class Truncated(MeanScores):
    def fit(self, batch, model, targets=None):
        if batch.has_answers:
            whole = np.trunc(batch.raw.astype(float))
            batch = replace(Batch.of(whole, batch.replications, batch.address), retained=batch.retained)
        return super().fit(batch, model, targets)


class Clipped(Attenuated):
    """Disattenuated correlations brought back to .99."""

    def correlations(self, answers, kept, model):
        correlations, loadings = super().correlations(answers, kept, model)
        bounded = np.clip(correlations, -0.99, 0.99)
        np.fill_diagonal(bounded, 1.0)
        return bounded, loadings


class CompositesToo(Attenuated):
    """It corrects composites for an unreliability that they do not have."""

    def refusal(self, model):
        return None


class NoLoadingsOfPairs(MeanScores):
    def correlations(self, answers, kept, model):
        correlations, loadings = super().correlations(answers, kept, model)
        counts = np.array([kept[model.block_of == j].sum() for j in range(len(model.blocks))])
        return correlations, np.where(counts[model.block_of] == 2, np.nan, loadings)


class NeedsTwo(MeanScores):
    """Cronbach's alpha of every block is worked out on the way."""

    def one(self, answers, kept, model, *others):
        for j in range(len(model.blocks)):
            k = int((kept & (model.block_of == j)).sum())
            1 / (k - 1)
        return super().one(answers, kept, model, *others)


class NeedsAPath(MeanScores):
    def one(self, answers, kept, model, *others):
        max(model.path_matrix.sum(axis=1)[list(map(model.constructs.index, model.endogenous))])
        return super().one(answers, kept, model, *others)


class SmallSurveys(MeanScores):
    """The inverse of the items' covariances is worked out on the way."""

    def one(self, answers, kept, model, *others):
        np.linalg.cholesky(np.cov(answers[:, kept].T))
        return super().one(answers, kept, model, *others)


class IdsArePlaces(MeanScores):
    def fit(self, batch, model, targets=None):
        if batch.has_answers and batch.answers is not None:
            batch.raw[batch.replications]
        return super().fit(batch, model, targets)


class ConstantAnywhere(MeanScores):
    def trouble(self, answers, kept, model):
        return super().trouble(answers, np.ones_like(kept), model) or super().trouble(answers, kept, model)


class DifferenceTurned(MeanScores):
    def fit(self, batch, model, targets=None):
        fit = super().fit(batch, model, targets)
        q = [q for q, t in enumerate(fit.targets) if t.kind == "difference"]
        value = fit.value.copy()
        value[:, q] *= -1
        return fit.replaced(value=value)


@dataclass(frozen=True)
class Powers(FirstComponents):
    """First components by the power method, of so many steps."""

    steps: int = 200

    def scores(self, answers, kept, model):
        standard, columns = standardised(answers), []
        for j in range(len(model.blocks)):
            block = standard[:, kept & (model.block_of == j)]
            w = np.linspace(1, 2, block.shape[1])
            for _ in range(self.steps):
                w = block.T @ (block @ w)
                w /= np.linalg.norm(w) or 1.0
            columns.append(block @ w * (1 if w.sum() >= 0 else -1))
        return np.column_stack(columns)


LAST = {}


@dataclass(frozen=True)
class WarmStart(FirstComponents):
    """First components by a few steps of the power method from where the last one ended."""

    def scores(self, answers, kept, model):
        standard, columns = standardised(answers), []
        for j in range(len(model.blocks)):
            block = standard[:, kept & (model.block_of == j)]
            w = LAST.get((j, block.shape[1]), np.ones(block.shape[1]))
            for _ in range(30):
                w = block.T @ (block @ w)
                w = w / (np.linalg.norm(w) or 1.0)
            LAST[j, block.shape[1]] = w
            columns.append(block @ w * (1 if w.sum() >= 0 else -1))
        return np.column_stack(columns)


BUFFER = np.zeros((2000, 50))


class OneBuffer(MeanScores):
    """Standardised answers in an array of the module."""

    def scores(self, answers, kept, model):
        n, p = answers.shape
        BUFFER[:n, :p] = standardised(answers)
        return np.column_stack(
            [BUFFER[:n, :p][:, kept & (model.block_of == j)].mean(axis=1) for j in range(len(model.blocks))]
        )


class Prefixes(MeanScores):
    """Items belong to the construct whose name their first letter is."""

    def scores(self, answers, kept, model):
        standard = standardised(answers)
        columns = []
        for j, construct in enumerate(model.constructs):
            own = [i for i, item in enumerate(model.items) if item[0].upper() == construct[0].upper() and kept[i]]
            columns.append(standard[:, own or np.flatnonzero(kept & (model.block_of == j))].mean(axis=1))
        return np.column_stack(columns)
