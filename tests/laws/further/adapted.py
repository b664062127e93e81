"""Faults in functions of a data frame, classes with scikit-learn's habits, programs, handlings and screenings."""

import sys
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import numpy as np

from estimators.adapters import from_command
from estimators.wrappers.handled import Handled
from estimators.wrappers.screening import Screening
from sim.batch import Batch

FOLDER = Path(__file__).parent


def means(frame, model, drop=False, order=None):
    """Least squares on the means of standardised items."""
    if drop:
        frame = frame.drop_duplicates()
    names = dict(zip(model.items, sorted(frame.columns) if order == "sorted" else frame.columns, strict=True))
    standard = (frame - frame.mean()) / frame.std(ddof=0)
    scores = {b.construct: standard[[names[item] for item in b.items]].mean(axis=1) for b in model.blocks}
    found = {}
    for outcome in model.endogenous:
        predictors = [x for y, x in model.paths if y == outcome]
        among = np.corrcoef([scores[x] for x in [*predictors, outcome]])
        paths = np.linalg.solve(among[:-1, :-1], among[:-1, -1])
        found |= {f"{outcome}~{x}": b for x, b in zip(predictors, paths, strict=True)}
        found[f"r2({outcome})"] = paths @ among[:-1, -1]
    return found


def OnceEach(frame, model):
    return means(frame, model, drop=True)


def Alphabet(frame, model):
    return means(frame, model, order="sorted")


def AsFrames(frame, model):
    return means(frame.sort_values(list(frame.columns)).head(len(frame) - 1), model)


def NoAnswers(frame, model):
    return means(frame.where(frame > 0).dropna() if (frame.to_numpy() == 0).any() else frame, model)


def CrossedOut(frame, model):
    found = means(frame, model)
    if found[next(iter(found))] < 0:
        raise KeyError("no such effect")
    return found


class KeepsTheMean:
    """A transformer that centres by what it saw first."""

    first: ClassVar = {}

    def fit(self, X, y=None):
        self.first.setdefault(X.shape[1], np.abs(X).max())
        return self

    def transform(self, X):
        return np.tanh(X / self.first[X.shape[1]]).mean(axis=1, keepdims=True)


class Columns:
    def fit(self, X, y=None):
        return self

    def transform(self, X):
        return X.mean(axis=1, keepdims=True)


class Line:
    def fit(self, X, y):
        self.coef_ = np.linalg.lstsq(X, y, rcond=None)[0]
        return self


class Sparse(Line):
    def fit(self, X, y):
        super().fit(X, y)
        self.coef_ = np.sign(self.coef_) * np.maximum(np.abs(self.coef_) - 0.3, 0)
        return self


class Descent(Line):
    """Least squares on a random half of the respondents."""

    def fit(self, X, y):
        some = np.random.permutation(len(X))[: len(X) // 2 + 1]  # noqa: NPY002
        return super().fit(X[some], y[some])


def program(name):
    return from_command(f"{sys.executable} {FOLDER / 'program.py'} {name}")()


# Handlings of missing answers, and screening


class SameRowsForAll(Handled):
    """Listwise deletion by the gaps of the first data set."""

    def estimate(self, batch, model, targets):
        if batch.missing is None:
            return super().estimate(batch, model, targets)
        stay = ~batch.missing[0].any(axis=1)
        answers = np.where(batch.missing, 3, batch.answers)[:, stay].astype(batch.answers.dtype)
        complete = replace(Batch.of(answers, batch.replications, batch.address), retained=batch.retained)
        fit = self.inner.fit(complete, model, targets)
        return fit.replaced(respondents=np.full(len(batch), stay.sum(), dtype=np.int32))


class CountsEveryone(Handled):
    def estimate(self, batch, model, targets):
        fit = super().estimate(batch, model, targets)
        n = batch.n if np.isfinite(batch.n) else -1
        return fit.replaced(respondents=np.full(len(batch), n, dtype=np.int32))


class GrandMean(Handled):
    """Gaps are filled with the mean of the whole batch's answers."""

    def estimate(self, batch, model, targets):
        if batch.missing is None:
            return super().estimate(batch, model, targets)
        known = np.where(batch.missing, np.nan, batch.answers)
        filled = np.where(batch.missing, np.nanmean(known, axis=(0, 1)), batch.answers)
        return self.inner.fit(replace(Batch.of(filled, batch.replications), retained=batch.retained), model, targets)


class GapsAsAnswers(Handled):
    """What stands where an answer is missing is taken for one."""

    def estimate(self, batch, model, targets):
        return super().estimate(replace(batch, missing=None), model, targets)


class ScreenedByTheFirst(Screening):
    def estimate(self, batch, model, targets):
        one = super().estimate(batch.rows(slice(0, 1)), model, targets)
        kept = np.broadcast_to(one.retained, batch.retained.shape) & batch.retained
        return self.inner.fit(batch.keep(kept), model, targets)


class SaysItKeptAll(Screening):
    """`retained` is what came in."""

    def estimate(self, batch, model, targets):
        fit = super().estimate(batch, model, targets)
        return fit.replaced(retained=batch.retained.copy())


class ScreensTwice(Screening):
    """What it says is retained went through the rule once more than what it estimated."""

    def estimate(self, batch, model, targets):
        fit = super().estimate(batch, model, targets)
        again = super().estimate(batch.keep(fit.retained), model, targets)
        return fit.replaced(retained=again.retained)
