"""Error covariances and cross-loadings freed by their modification indices until the model fits."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from estimators.base import Estimator, Status
from estimators.constrained.fitting import Found
from estimators.decisions.models.freed import (
    FREE,
    Free,
    error_candidates,
    loading_candidates,
    named_loadings,
    named_pairs,
    with_changes,
)
from estimators.decisions.models.general_indices import general_modifications
from estimators.decisions.models.indices import error_modifications, loading_modifications
from estimators.decisions.models.respecified import Change, Said, outcomes_of, refused, respecified
from estimators.decisions.rule import Analysis, Changes, Outcome, Rule, check_choice, check_number
from estimators.factors.covariance import MaximumLikelihood, normal_test
from estimators.factors.fitindices import cfi, rmsea
from estimators.factors.general import general_test
from estimators.factors.minimum import Minimum
from estimators.factors.structure import is_general
from estimators.settings import check_count
from sim.batch import Batch, Floats
from sim.model import Model


@dataclass(frozen=True)
class ModificationIndices(Rule):
    """What has the largest modification index is freed; then a new fit, and so on.

    By `free` these are error covariances within a block, loadings of items on further constructs (cross-loadings,
    positive or negative), or both. It ends when CFI is `cfi` or more, RMSEA `rmsea` or less (each where it is given),
    no index is `least` or more, or after `most` changes. Indices, CFI and RMSEA are those of maximum likelihood,
    whatever the method of the table, which then fits the changed model. What either cannot estimate is not freed.
    MacCallum, Roznowski & Necowitz (1992, Psychological Bulletin 111, 490-504) describe the search and what chance does
    in it.
    """

    least: float = 3.84
    cfi: float | None = None
    rmsea: float | None = None
    most: int = 10
    free: Free = "covariances"

    name: ClassVar[str] = "modification-indices"
    changes: ClassVar[Changes] = "model"
    fits: ClassVar[bool] = False

    def __post_init__(self) -> None:
        check_number("least", self.least, 0, np.inf)
        for key in ("cfi", "rmsea"):
            if getattr(self, key) is not None:
                check_number(key, getattr(self, key), 0, 1)
        check_count("most", self.most, "a whole number of", 1)
        check_choice("free", self.free, FREE)

    @property
    def label(self) -> str:
        """What a method with this rule is called in reports, after the method's own label."""
        return f"modification indices{_LABELS[self.free]} {self._until}"

    @property
    def _until(self) -> str:
        wanted = [f"CFI {self.cfi:g}"] if self.cfi is not None else []
        wanted += [f"RMSEA {self.rmsea:g}"] if self.rmsea is not None else []
        return f"until {' or '.join(wanted)}" if wanted else f"over {self.least:g}"

    @property
    def sentence(self) -> str:
        """What the rule does, in one sentence."""
        return (
            f"{_SENTENCES[self.free]} are freed, that with the largest modification index first and with a new "
            f"fit after each, {self._until}."
        )

    def refusal(self, model: Model, deciding: Estimator) -> str | None:
        """Maximum likelihood must be able to fit the model, and there must be something to free."""
        if model.second_order:
            return "modification indices are of models without second-order constructs; leave the step out"
        told = _LIKELIHOOD.refusal(model)
        if told:
            return f"modification indices are of maximum likelihood: {told}"
        if not self._candidates(model):
            return f"{_NOTHING[self.free]}; leave the step out"
        return None

    def reached(self, model: Model) -> Model:
        """The model with the first cross-loading that could be freed, where these are."""
        places = [] if self.free == "covariances" else named_loadings(model, loading_candidates(model))
        larger = (with_changes(model, [change]) for change in places)
        return next((each for each in larger if not refused(each, _LIKELIHOOD)), model)

    def apply(self, analysis: Analysis) -> Sequence[Outcome]:
        """The data sets with the models they come to, those alike together."""

        def look(now: Analysis, places: NDArray[np.intp]) -> Said:
            return self._look(now)

        return outcomes_of(analysis, respecified(analysis, look, with_changes, self.most))

    def _candidates(self, model: Model) -> list[Change]:
        """What may be freed: covariances, then loadings."""
        covariances = [] if self.free == "cross-loadings" else named_pairs(model, error_candidates(model))
        return covariances + ([] if self.free == "covariances" else named_loadings(model, loading_candidates(model)))

    def _look(self, now: Analysis) -> Said:
        batch, model = now.batch, now.model
        found = _LIKELIHOOD.searched(batch, model) if is_general(model) else _LIKELIHOOD.minimum(batch, model)
        fatal = found.status > Status.INADMISSIBLE
        if not np.isfinite(batch.n):
            return [None] * len(batch), np.full(len(batch), Status.OK, dtype=np.int8)
        if isinstance(found, Found):
            test = general_test(found, -found.log_determinant, batch, model, float(batch.n))
        else:
            test = normal_test(found, batch, model, float(batch.n))
        with np.errstate(invalid="ignore"):
            fits = found.df <= 0
            fits |= np.zeros_like(fits) if self.cfi is None else cfi(test) >= self.cfi
            fits |= np.zeros_like(fits) if self.rmsea is None else rmsea(test) <= self.rmsea
        changes = self._candidates(model)
        waiting = np.flatnonzero(~fatal & ~fits)
        choices: list[Change | None] = [None] * len(batch)
        if len(waiting) and changes:
            index = self._indices(found, batch, model, changes, waiting.tolist())
            possible = _Possible(now)
            for r in waiting:
                choices[r] = self._largest(index[r], changes, possible)
        return choices, np.where(fatal, found.status, Status.OK).astype(np.int8)

    def _indices(
        self, found: Minimum | Found, batch: Batch, model: Model, changes: Sequence[Change], rows: Sequence[int]
    ) -> Floats:
        """Modification indices (R, e) of the candidates, known at least in the data sets `rows`."""
        if isinstance(found, Found):
            return general_modifications(found, batch, model, changes, rows)
        parts = []
        if self.free != "cross-loadings":
            parts.append(error_modifications(found, batch, model, error_candidates(model)))
        if self.free != "covariances":
            parts.append(loading_modifications(found, batch, model, loading_candidates(model), rows))
        return np.concatenate(parts, axis=1)

    def _largest(self, index: Floats, changes: Sequence[Change], possible: "_Possible") -> Change | None:
        """The change with the largest index that is large enough and can be made."""
        known = np.nan_to_num(index, nan=-1.0)
        for place in np.argsort(-known, kind="stable"):
            if known[place] < self.least:
                return None
            change = changes[int(place)]
            if possible(change):
                return change
        return None


class _Possible:
    """Whether maximum likelihood and the method can estimate the model with a change, looked up once for each."""

    def __init__(self, now: Analysis) -> None:
        self.now = now
        self.known: dict[Change, bool] = {}

    def __call__(self, change: Change) -> bool:
        if change not in self.known:
            larger = with_changes(self.now.model, [change])
            self.known[change] = not refused(larger, _LIKELIHOOD, self.now.method)
        return self.known[change]


_LIKELIHOOD = MaximumLikelihood(standard_errors=False)
_LABELS = {"covariances": "", "cross-loadings": " of cross-loadings", "both": " of covariances and cross-loadings"}
_SENTENCES = {
    "covariances": "Error covariances within a block",
    "cross-loadings": "Cross-loadings",
    "both": "Error covariances within a block and cross-loadings",
}
_NOTHING = {
    "covariances": "no block has three items whose errors could covary",
    "cross-loadings": "no item of a block of several could load on another such block",
    "both": "no block has three items whose errors could covary, and no item could load on another block",
}
