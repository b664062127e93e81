"""Faults in bootstraps of one's own."""

from dataclasses import dataclass, replace

import numpy as np
from scipy import stats

from ..strangers import Resampling, Stranger


@dataclass(frozen=True)
class OwnRows(Resampling):
    """A bootstrap whose rows a subclass draws."""

    def one(self, answers, kept, model, wanted, batch, r):
        plain = replace(self, errors=False)
        found = Stranger.one(plain, answers, kept, model, wanted, batch, r)
        if found is None or not self.errors:
            return found
        values = self.resampled(self.drawn(answers, batch, r), kept, model, wanted)
        return found if len(values) < 20 else self.inferred(found["value"], values)

    def inferred(self, value, values):
        se = np.std(values, axis=0, ddof=1)
        lower, upper = np.quantile(values, [(1 - self.level) / 2, (1 + self.level) / 2], axis=0)
        with np.errstate(divide="ignore", invalid="ignore"):
            p = 2 * stats.norm.sf(np.abs(value / se))
        return {"value": value, "se": se, "lower": lower, "upper": upper, "p_value": p}

    def rng(self, batch, r):
        return batch.address.generator("bootstrap", int(batch.replications[r]))

    def drawn(self, answers, batch, r):
        return answers[self.rng(batch, r).integers(0, len(answers), size=(self.resamples, len(answers)))]


class HalfOfThem(OwnRows):
    def drawn(self, answers, batch, r):
        return answers[self.rng(batch, r).integers(0, len(answers), size=(self.resamples, len(answers) // 2))]


class NeverTheLast(OwnRows):
    def drawn(self, answers, batch, r):
        return answers[self.rng(batch, r).integers(0, len(answers) - 1, size=(self.resamples, len(answers)))]


class FirstFifty(OwnRows):
    def drawn(self, answers, batch, r):
        return answers[self.rng(batch, r).integers(0, min(50, len(answers)), size=(self.resamples, len(answers)))]


class ColumnsApart(OwnRows):
    def drawn(self, answers, batch, r):
        n, p = answers.shape
        rows = self.rng(batch, r).integers(0, n, size=(self.resamples, n, p))
        return answers[rows, np.arange(p)]


class SeedPlusReplication(OwnRows):
    def rng(self, batch, r):
        return np.random.default_rng(batch.address.seed + int(batch.replications[r]))


class SeedPlusResample(OwnRows):
    def drawn(self, answers, batch, r):
        n, first = len(answers), int(batch.replications[r]) + 10000 * batch.address.seed
        rows = [np.random.default_rng(first + b).integers(0, n, n) for b in range(self.resamples)]
        return answers[np.array(rows)]


class TenSeeds(OwnRows):
    def rng(self, batch, r):
        return np.random.default_rng([batch.address.seed, int(batch.replications[r]) % 10])


class CountForgotten(OwnRows):
    def drawn(self, answers, batch, r):
        return answers[self.rng(batch, r).integers(0, len(answers), size=(60, len(answers)))]


class SaysAll(OwnRows):
    """It reports the resamples that were asked for, the unusable ones too."""

    def fit(self, batch, model, targets=None):
        fit = super().fit(batch, model, targets)
        return fit.replaced(resamples=np.where(fit.fatal, 0, self.resamples if self.errors else -1).astype(np.int32))


class Shifted(OwnRows):
    """A percentile interval of 90 % on one side and 97.5 % on the other."""

    def inferred(self, value, values):
        found = super().inferred(value, values)
        return found | {"upper": np.quantile(values, self.level, axis=0)}


class Unsorted(OwnRows):
    def inferred(self, value, values):
        found = super().inferred(value, values)
        b = len(values)
        lower, upper = values[int(b * (1 - self.level) / 2)], values[int(b * (1 + self.level) / 2) - 1]
        return found | {"lower": np.minimum(lower, upper), "upper": np.maximum(lower, upper)}
