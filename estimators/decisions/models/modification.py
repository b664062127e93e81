"""Error covariances freed by their modification indices until the model fits."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from estimators.base import Estimator, Status
from estimators.decisions.models.indices import error_candidates, error_modifications
from estimators.decisions.models.respecified import Change, Said, outcomes_of, refused, respecified
from estimators.decisions.rule import Analysis, Changes, Outcome, Rule, check_number
from estimators.factors.covariance import MaximumLikelihood, normal_test
from estimators.factors.fitindices import cfi, rmsea
from estimators.settings import check_count
from sim.model import Model


@dataclass(frozen=True)
class ModificationIndices(Rule):
    """The error covariance within a block with the largest modification index is freed; then a new fit, and so on.

    It ends when CFI is `cfi` or more, RMSEA `rmsea` or less (each where it is given), no index is `least` or more, or
    after `most` covariances. Indices, CFI and RMSEA are those of maximum likelihood, whatever the method of the table,
    which then fits the changed model. A covariance with which either cannot be estimated is not freed. MacCallum,
    Roznowski & Necowitz (1992, Psychological Bulletin 111, 490-504) describe the search and what chance does in it.
    """

    least: float = 3.84
    cfi: float | None = None
    rmsea: float | None = None
    most: int = 10

    name: ClassVar[str] = "modification-indices"
    changes: ClassVar[Changes] = "model"
    fits: ClassVar[bool] = False

    def __post_init__(self) -> None:
        check_number("least", self.least, 0, np.inf)
        for key in ("cfi", "rmsea"):
            if getattr(self, key) is not None:
                check_number(key, getattr(self, key), 0, 1)
        check_count("most", self.most, "a whole number of", 1)

    @property
    def label(self) -> str:
        """What a method with this rule is called in reports, after the method's own label."""
        return f"modification indices {self._until}"

    @property
    def _until(self) -> str:
        wanted = [f"CFI {self.cfi:g}"] if self.cfi is not None else []
        wanted += [f"RMSEA {self.rmsea:g}"] if self.rmsea is not None else []
        return f"until {' or '.join(wanted)}" if wanted else f"over {self.least:g}"

    @property
    def sentence(self) -> str:
        """What the rule does, in one sentence."""
        return (
            "Error covariances within a block are freed, that with the largest modification index first and with a new "
            f"fit after each, {self._until}."
        )

    def refusal(self, model: Model, deciding: Estimator) -> str | None:
        """Maximum likelihood must be able to fit the model, and there must be something to free."""
        if model.second_order:
            return "modification indices are of models without second-order constructs; leave the step out"
        told = _LIKELIHOOD.refusal(model)
        if told:
            return f"modification indices are of maximum likelihood: {told}"
        if not error_candidates(model):
            return "no block has three items whose errors could covary; leave the step out"
        return None

    def apply(self, analysis: Analysis) -> Sequence[Outcome]:
        """The data sets with the models they come to, those alike together."""

        def look(now: Analysis, places: NDArray[np.intp]) -> Said:
            return self._look(now)

        return outcomes_of(analysis, respecified(analysis, look, with_covariances, self.most))

    def _look(self, now: Analysis) -> Said:
        batch, model = now.batch, now.model
        found = _LIKELIHOOD.minimum(batch, model)
        fatal = found.status > Status.INADMISSIBLE
        if not np.isfinite(batch.n):
            return [None] * len(batch), np.full(len(batch), Status.OK, dtype=np.int8)
        test = normal_test(found, batch, model, float(batch.n))
        with np.errstate(invalid="ignore"):
            fits = found.df <= 0
            fits |= np.zeros_like(fits) if self.cfi is None else cfi(test) >= self.cfi
            fits |= np.zeros_like(fits) if self.rmsea is None else rmsea(test) <= self.rmsea
        pairs = error_candidates(model)
        index = np.full((len(batch), len(pairs)), np.nan)
        waiting = np.flatnonzero(~fatal & ~fits)
        if len(waiting) and pairs:
            index = error_modifications(found, batch, model, pairs)
        choices: list[Change | None] = [None] * len(batch)
        for r in waiting:
            choices[r] = self._largest(index[r], pairs, now)
        return choices, np.where(fatal, found.status, Status.OK).astype(np.int8)

    def _largest(self, index: np.ndarray, pairs: Sequence[tuple[int, int]], now: Analysis) -> Change | None:
        """The pair of items with the largest index that is large enough and can be freed."""
        known = np.nan_to_num(index, nan=-1.0)
        for place in np.argsort(-known, kind="stable"):
            if known[place] < self.least:
                return None
            change = (now.model.items[pairs[place][0]], now.model.items[pairs[place][1]])
            if not refused(with_covariances(now.model, [change]), _LIKELIHOOD, now.method):
                return change
        return None


_LIKELIHOOD = MaximumLikelihood(standard_errors=False)


def with_covariances(model: Model, pairs: Sequence[Change]) -> Model:
    """The model with error covariances of these pairs of items beside its own."""
    return replace(model, covariances=(*model.covariances, *sorted(pairs))) if pairs else model
