"""Data on which rules have something to decide, and what a rule said of them, in a form that can be compared."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from estimators.base import Estimator
from estimators.composites.pls import PLS
from estimators.decisions.rule import Analysis, Outcome, Rule
from estimators.factors.covariance import MaximumLikelihood
from estimators.wrappers.bootstrap import Bootstrap
from sim.batch import Batch
from sim.model import Model
from sim.streams import Address

#: Models with a path G~F: reflective, one with a composite block, and one with a third construct.
MODELS = tuple(
    Model.parse(text)
    for text in (
        "F =~ f1 + f2 + f3 + f4 + f5\nG =~ g1 + g2 + g3 + g4\nG ~ F",
        "F <~ f1 + f2 + f3 + f4\nG =~ g1 + g2 + g3\nG ~ F",
        "E =~ e1 + e2 + e3\nF =~ f1 + f2 + f3 + f4\nG =~ g1 + g2 + g3 + g4\nF ~ E\nG ~ E + F",
    )
)
#: The methods that rules may look at here, the first that a rule can decide by.
METHODS: tuple[Estimator, ...] = (PLS(), MaximumLikelihood(), Bootstrap(PLS(), 30))


@dataclass(frozen=True)
class Case:
    """Data sets about a model, with a method that the rule can decide by."""

    batch: Batch
    model: Model
    method: Estimator

    @property
    def analysis(self) -> Analysis:
        """What the rule is given."""
        return Analysis(self.batch, self.model, self.method, self.method)

    @property
    def drawn(self) -> bool:
        """Whether the method draws random numbers of its own."""
        return isinstance(self.method, Bootstrap)


def cases(rule: Rule, seed: int, number: int, models: Sequence[Model] = MODELS) -> list[Case]:
    """So many cases for each model that the rule and some method accept: good, weak and worthless items, n = 60 to 120.

    Continuous answers, so that no two items are ever equally good. The same seed gives the same cases.
    """
    found = []
    for place, model in enumerate(models):
        method = next((m for m in METHODS if not m.refusal(model) and not rule.refusal(model, m)), None)
        if method is not None:
            found += [
                Case(_drawn(model, np.random.default_rng([seed, place, k])), model, method) for k in range(number)
            ]
    return found


def _drawn(model: Model, rng: np.random.Generator) -> Batch:
    r, n, p = 5, int(rng.integers(60, 121)), len(model.items)
    constructs = rng.normal(size=(r, n, 1)) * 0.6 + rng.normal(size=(r, n, len(model.blocks))) * 0.8
    loadings = rng.choice([0.9, 0.7, 0.5, 0.3, 0.0, -0.4], size=(r, 1, p), p=[0.2, 0.25, 0.2, 0.15, 0.1, 0.1])
    answers = loadings * constructs[:, :, model.block_of] + np.sqrt(1 - loadings**2) * rng.normal(size=(r, n, p))
    answers[:, 0] *= 4.0  # a respondent far from the others
    return Batch.of(answers, np.arange(r) + 3, Address(11, "ab" * 32), items=model.items)


#: What became of a data set: the items left, paths, error covariances, method, respondents, status, the constructs
#: called short, the number of actions, and the numbers told of targets, to nine digits.
Fate = tuple[
    frozenset[str], frozenset[object], frozenset[object], str, float, int, frozenset[str], int, frozenset[object]
]
PARTS = (
    "items", "paths", "error covariances", "method", "respondents", "status", "blocks called short",
    "number of actions", "numbers told",
)  # fmt: skip


def fates(outcomes: Sequence[Outcome], called: dict[str, str] | None = None) -> list[Fate]:
    """What became of every data set, in their order; called: other names of items, by the names they have here."""
    names = called or {}
    found: dict[int, Fate] = {}
    for outcome in outcomes:
        now = outcome.analysis
        told = [names.get(item, item) for item in now.model.items]
        pairs = [frozenset(names.get(item, item) for item in pair) for pair in now.model.covariances]
        for k, place in enumerate(outcome.places):
            found[int(place)] = (
                frozenset(item for item, kept in zip(told, now.batch.retained[k], strict=True) if kept),
                frozenset(now.model.paths),
                frozenset(pairs),
                repr(now.method),
                float(now.batch.n),
                int(outcome.status[k]),
                frozenset(name for name, short in zip(now.model.constructs, outcome.short[k], strict=True) if short),
                int(outcome.actions[k]),
                frozenset((target.name, part, f"{numbers[k]:.8e}") for (target, part), numbers in outcome.told.items()),
            )
    return [found[place] for place in sorted(found)]


def with_answers(batch: Batch, answers: np.ndarray) -> Batch:
    """The data sets with other answers (R, n, p)."""
    other = Batch.of(answers, batch.replications, batch.address, items=batch.items)
    return replace(other, retained=batch.retained)
