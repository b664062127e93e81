"""Correct estimators of other kinds than the catalogue's, as their authors would write them, with what they claim."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
from scipy import special, stats

from estimators.base import PARTS, Estimates, Status
from sim.quantities import QUANTITIES, Given, parameter


@dataclass(frozen=True)
class Stranger:
    """One data set at a time, in plain NumPy: scores of each block, and least squares on their correlations.

    A subclass changes `scores` (n, m), `correlation` or `regression`.
    """

    level: float = 0.95
    errors: bool = True

    def refusal(self, model):
        return None

    def without_inference(self):
        return replace(self, errors=False)

    def fit(self, batch, model, targets=None):
        wanted = tuple(model.targets if targets is None else targets)
        shape = (len(batch), len(wanted))
        numbers = {name: np.full(shape, np.nan) for name in PARTS}
        status = np.zeros(len(batch), dtype=np.int8)
        for r in range(len(batch)):
            if not batch.has_answers:
                status[r] = Status.TOO_FEW_ANSWERS
                continue
            answers, kept = np.asarray(batch.raw[r], dtype=float), batch.retained[r]
            status[r] = self.trouble(answers, kept, model)
            if status[r] == Status.OK:
                found = self.one(answers, kept, model, wanted, batch, r)
                if found is None:
                    status[r] = Status.SINGULAR
                    continue
                for name, row in found.items():
                    numbers[name][r] = row
        short = np.zeros((len(batch), len(model.blocks)), dtype=bool)
        return Estimates(wanted, status=status, retained=batch.retained.copy(), short=short, **numbers)

    def trouble(self, answers, kept, model):
        if (np.ptp(answers[:, kept], axis=0) == 0).any():
            return Status.CONSTANT_ITEM
        if any(not kept[model.block_of == j].any() for j in range(len(model.blocks))):
            return Status.UNIDENTIFIED
        if len(answers) < max(model.path_matrix.sum(axis=1)) + 3:
            return Status.TOO_FEW_ANSWERS
        return Status.OK

    def one(self, answers, kept, model, wanted, batch, r):
        correlations, loadings = self.correlations(answers, kept, model)
        if not np.isfinite(correlations).all() or np.linalg.eigvalsh(correlations)[0] < 1e-9:
            return None
        m, n = len(model.blocks), len(answers)
        paths, r2, errors = np.zeros((m, m)), np.zeros(m), np.full((m, m), np.nan)
        for j in np.flatnonzero(model.path_matrix.any(axis=1)):
            k = np.flatnonzero(model.path_matrix[j])
            among, towards = correlations[np.ix_(k, k)], correlations[k, j]
            b = self.regression(among, towards)
            paths[j, k] = b
            r2[j] = 2 * b @ towards - b @ among @ b
            left = n - len(k) - 1
            errors[j, k] = np.sqrt(max(1 - r2[j], 0) / left * np.diag(np.linalg.inv(among)))
        items = np.nan_to_num(np.cov(answers.T, ddof=0).reshape(len(model.items), -1))
        given = Given(
            model, n, paths[None], np.where(kept, loadings, np.nan)[None], correlations[None], r2[None], items[None],
            kept[None],
        )  # fmt: skip
        value = np.array([float(_values(target, given)[0]) for target in wanted])
        return self.inference(value, errors, model, wanted, n) if self.errors else {"value": value}

    def inference(self, value, errors, model, wanted, n):
        found = {"value": value, **{name: np.full(len(wanted), np.nan) for name in PARTS[1:]}}
        for q, target in enumerate(wanted):
            if target.kind == "path":
                j, k = (model.constructs.index(part) for part in target.parts)
                df, se = n - model.path_matrix[j].sum() - 1, errors[j, k]
                half = special.stdtrit(df, 0.5 + self.level / 2) * se
                found["se"][q] = se
                found["lower"][q], found["upper"][q] = value[q] - half, value[q] + half
                found["p_value"][q] = 2 * special.stdtr(df, -abs(value[q] / se)) if se > 0 else np.nan
        return found

    def correlations(self, answers, kept, model):
        """Correlations of the scores (m, m), and of each item with its block's score (p,)."""
        scores = self.scores(answers, kept, model)
        both = self.correlation(np.column_stack([scores, answers]))
        m = scores.shape[1]
        return both[:m, :m], both[m:, :m][np.arange(len(kept)), model.block_of]

    def scores(self, answers, kept, model):
        standard = standardised(answers)
        return np.column_stack([
            standard[:, kept & (model.block_of == j)].mean(axis=1) for j in range(len(model.blocks))
        ])  # fmt: skip

    def correlation(self, columns):
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.corrcoef(columns.T)

    def regression(self, among, towards):
        return np.linalg.solve(among, towards)


def _values(target, given):
    """A target's values (R,) from the parameters of R data sets, NaN for kinds that are not given."""
    value = parameter(target, given.model, given.paths, given.correlations, given.r2, given.loadings)
    if value is None and target.kind in QUANTITIES:
        value = QUANTITIES[target.kind](given)
        for part in target.parts:
            value = value[:, given.model.constructs.index(part)]
    return np.full(len(given.paths), np.nan) if value is None else value


def standardised(answers):
    """Columns of mean 0 and variance 1; constant ones of 0."""
    spread = answers.std(axis=0)
    return (answers - answers.mean(axis=0)) / np.where(spread > 0, spread, 1.0)


class MeanScores(Stranger):
    """Means of standardised items."""


class RawMeans(Stranger):
    """Means of the items as they are."""

    def scores(self, answers, kept, model):
        return np.column_stack(
            [answers[:, kept & (model.block_of == j)].mean(axis=1) for j in range(len(model.blocks))]
        )


class FirstComponents(Stranger):
    """First principal components."""

    def scores(self, answers, kept, model):
        standard, columns = standardised(answers), []
        for j in range(len(model.blocks)):
            block = standard[:, kept & (model.block_of == j)]
            first = np.linalg.eigh(block.T @ block)[1][:, -1]
            columns.append(block @ (first if first.sum() >= 0 else -first))
        return np.column_stack(columns)


class FirstItems(Stranger):
    """The first item of each block alone."""

    def scores(self, answers, kept, model):
        return np.column_stack([
            answers[:, np.flatnonzero(kept & (model.block_of == j))[0]] for j in range(len(model.blocks))
        ])  # fmt: skip


class Ranks(Stranger):
    """Spearman's correlations of mean scores."""

    def correlation(self, columns):
        return super().correlation(stats.rankdata(np.round(columns, 9), axis=0))


class Ridge(Stranger):
    """Ridge regression with a small penalty."""

    def regression(self, among, towards):
        return np.linalg.solve(among + 0.02 * np.eye(len(among)), towards)


class Normal(Stranger):
    """Inference by the normal distribution, divisor n."""

    def inference(self, value, errors, model, wanted, n):
        found = {"value": value, **{name: np.full(len(wanted), np.nan) for name in PARTS[1:]}}
        for q, target in enumerate(wanted):
            if target.kind == "path":
                j, k = (model.constructs.index(part) for part in target.parts)
                se = errors[j, k] * np.sqrt((n - model.path_matrix[j].sum() - 1) / n)
                half = special.ndtri(0.5 + self.level / 2) * se
                found["se"][q], found["lower"][q], found["upper"][q] = se, value[q] - half, value[q] + half
                found["p_value"][q] = 2 * special.ndtr(-abs(value[q] / se)) if se > 0 else np.nan
        return found


@dataclass(frozen=True)
class Resampling(Stranger):
    """Mean scores with a bootstrap of its own: percentile intervals, p-values from the normal distribution."""

    resamples: int = 60

    def one(self, answers, kept, model, wanted, batch, r):
        plain = replace(self, errors=False)
        found = Stranger.one(plain, answers, kept, model, wanted, batch, r)
        if found is None or not self.errors:
            return found
        rng = batch.address.generator("bootstrap", int(batch.replications[r]))
        rows = rng.integers(0, len(answers), size=(self.resamples, len(answers)))
        values = self.resampled(answers[rows], kept, model, wanted)
        if len(values) < 20:
            return found
        se = np.std(values, axis=0, ddof=1)
        lower, upper = np.quantile(values, [(1 - self.level) / 2, (1 + self.level) / 2], axis=0)
        with np.errstate(divide="ignore", invalid="ignore"):
            p = 2 * special.ndtr(-np.abs(found["value"] / se))
        return {"value": found["value"], "se": se, "lower": lower, "upper": upper, "p_value": p}

    def resampled(self, answers, kept, model, wanted):
        """The values (those that could be had, Q) in resamples (B, n, p), all at once: one after the other is slow."""
        answers = answers[(np.ptp(answers[:, :, kept], axis=1) > 0).all(axis=1)]
        n, m = answers.shape[1], len(model.blocks)
        spread = answers.std(axis=1, keepdims=True)
        standard = (answers - answers.mean(axis=1, keepdims=True)) / np.where(spread > 0, spread, 1.0)
        means = np.stack([standard[:, :, kept & (model.block_of == j)].mean(axis=2) for j in range(m)], axis=2)
        deviations = means.std(axis=1, keepdims=True)
        scores = means / np.where(deviations > 0, deviations, 1.0)
        correlations = scores.swapaxes(1, 2) @ scores / n
        sound = np.linalg.eigvalsh(correlations)[:, 0] >= 1e-9
        correlations, standard, scores = correlations[sound], standard[sound], scores[sound]
        loadings = (standard.swapaxes(1, 2) @ scores / n)[:, np.arange(len(kept)), model.block_of]
        paths, r2 = np.zeros(correlations.shape), np.zeros(correlations.shape[:2])
        for j in np.flatnonzero(model.path_matrix.any(axis=1)):
            k = np.flatnonzero(model.path_matrix[j])
            towards = correlations[:, k, j]
            paths[:, j, k] = np.linalg.solve(correlations[:, k[:, None], k], towards[:, :, None])[:, :, 0]
            r2[:, j] = (paths[:, j, k] * towards).sum(axis=1)
        items = standard.swapaxes(1, 2) @ standard / n * np.einsum("bi,bj->bij", spread[sound, 0], spread[sound, 0])
        retained = np.broadcast_to(kept, loadings.shape)
        given = Given(model, n, paths, np.where(kept, loadings, np.nan), correlations, r2, items, retained)
        return np.array([_values(target, given) for target in wanted]).T.reshape(len(paths), len(wanted))


class Attenuated(Stranger):
    """Correlations of mean scores divided by the roots of their alphas, which may go beyond 1 and then says so."""

    def refusal(self, model):
        return None if model.reflective.all() else "alpha is no reliability of composites; leave them out"

    def one(self, answers, kept, model, wanted, batch, r):
        standard = standardised(answers)
        alphas = np.ones(len(model.blocks))
        for j in range(len(model.blocks)):
            own = standard[:, kept & (model.block_of == j)]
            k = own.shape[1]
            if k > 1:
                total = own.sum(axis=1).var()
                alphas[j] = k / (k - 1) * (1 - own.var(axis=0).sum() / total) if total > 1e-12 else 0.0
        return None if alphas.min() <= 0.2 else super().one(answers, kept, model, wanted, batch, r)

    def correlations(self, answers, kept, model):
        correlations, loadings = super().correlations(answers, kept, model)
        standard = standardised(answers)
        roots = np.ones(len(model.blocks))
        for j in range(len(model.blocks)):
            own = standard[:, kept & (model.block_of == j)]
            k = own.shape[1]
            if k > 1:
                roots[j] = np.sqrt(k / (k - 1) * (1 - own.var(axis=0).sum() / own.sum(axis=1).var()))
        corrected = correlations / np.outer(roots, roots)
        np.fill_diagonal(corrected, 1.0)
        return corrected, np.clip(loadings, -1.0, 1.0)


@dataclass(frozen=True)
class Wrapped:
    """A method of the catalogue in a class of one's own."""

    inner: object = field(default_factory=Stranger)
    made: Callable | None = None

    def refusal(self, model):
        return self.inner.refusal(model)

    def without_inference(self):
        return replace(self, inner=self.inner.without_inference())

    def fit(self, batch, model, targets=None):
        return self.inner.fit(batch, model, targets)


#: Correct methods and the claims that their authors would make for them.
STRANGERS = {
    "means of standardised items": (MeanScores(), {"raw_units": True}),
    "means of raw items": (RawMeans(), {"raw_units": True}),
    "first components": (FirstComponents(), {}),
    "first items": (FirstItems(), {"by_first_item": True}),
    "ranks": (Ranks(), {"raw_units": True}),
    "ridge": (Ridge(), {"raw_units": True, "approximate": True}),
    "normal inference": (Normal(), {"raw_units": True}),
    "a bootstrap of its own": (Resampling(), {"raw_units": True, "resampled": True}),
    "disattenuated by alpha": (Attenuated(), {"raw_units": True, "approximate": True}),
    "values alone": (MeanScores(errors=False), {"raw_units": True}),
    "wrapped": (Wrapped(FirstComponents()), {}),
}
