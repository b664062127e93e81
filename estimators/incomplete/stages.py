"""Methods of two-stage maximum likelihood on incomplete answers (`missing = "two-stage"`)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from estimators.base import Estimates, Status
from estimators.constrained.fitting import Search
from estimators.factors.covariance import LikelihoodMethod, MaximumLikelihood
from estimators.factors.fitindices import MEASURES, fit_measures, with_model_tests
from estimators.factors.general import (
    general_estimates,
    general_test,
    means_refusal,
    residual_correlations,
    with_general_inference,
)
from estimators.factors.robust import HuberWhite, scaled
from estimators.incomplete.likelihood import needs, of_incomplete_answers, one_by_one
from estimators.incomplete.twostage import TwoStageFit, two_stage
from estimators.inference.distances import srmr
from sim.batch import Batch, Floats
from sim.model import Model
from sim.targets import Kind, Target


@dataclass(frozen=True)
class InStages(LikelihoodMethod):
    """A method of maximum likelihood in two stages (Yuan & Bentler 2000; Savalei & Bentler 2009).

    Free moments of the answers that there are come first (EM), then the model on these as if they were of complete
    answers; standard errors and the test know what is missing. chisq is the scaled statistic, and cfi, tli and rmsea
    follow from it; srmr and reliabilities are of the free moments. There is no likelihood of the model, so no aic and
    bic, and no corrections for small n. n is the number of respondents who answered anything. On complete answers it
    is the method that it is a form of. Statuses are ML's, and TOO_FEW_ANSWERS where nobody answered some item, or some
    two items.
    """

    def __post_init__(self) -> None:
        needs(self, _NEEDED, "two-stage")

    def refusal(self, model: Model) -> str | None:
        """As the method that it is a form of; and written intercepts, for all means are free here."""
        return super().refusal(model) or means_refusal(model, "missing = 'two-stage', whose means are free,")

    def estimate(self, batch: Batch, model: Model, targets: tuple[Target, ...]) -> Estimates:
        """Values of the targets with inference; see `Estimator.fit`. A batch without missing answers is ML's."""
        if batch.missing is None:
            return super().estimate(batch, model, targets)
        search = Search("likelihood", self.bounds, self.tolerance, self.max_iterations)

        def of_one(one: Batch) -> Estimates | Status:
            fit = two_stage(one, model, 0, isinstance(self, HuberWhite), search)
            return fit if isinstance(fit, Status) else self._told(fit, model, targets)

        return one_by_one(batch, model, targets, of_one)

    def _told(self, fit: TwoStageFit, model: Model, targets: tuple[Target, ...]) -> Estimates:
        """The estimates of one data set."""
        found = replace(fit.found, log_determinant=np.array([np.nan]))
        test = general_test(found, -fit.found.log_determinant, fit.moments, model, fit.n)
        if {target.kind for target in targets} & (set(MEASURES) - {"df"}):
            expected = np.array([fit.scaling * fit.df if fit.scaling > 0.0 else np.nan])
            test = scaled(test, expected, fit.of_baseline * test.baseline_df)
        measures = fit_measures(test, targets) | _of_moments(fit, targets)
        estimates = general_estimates(found, measures, fit.moments, model, targets, self.solution, self.sign)
        if self.standard_errors:
            estimates = with_general_inference(estimates, found, lambda _: fit.spread, model, self.solution, self.level)
            estimates = with_model_tests(estimates, test)
        return of_incomplete_answers(estimates, ("aic", "bic"))


@dataclass(frozen=True)
class TwoStages(InStages, MaximumLikelihood):
    """ML in two stages, of answers that are normal: lavaan's `missing = "two.stage"`."""


@dataclass(frozen=True)
class RobustTwoStages(InStages, HuberWhite):
    """MLR in two stages: sampling covariances of the moments by the sandwich, lavaan's "robust.two.stage"."""


#: Settings of ML that go with two stages in one way only, and why.
_NEEDED = (
    ("information", "expected", "whose standard errors follow from those of the first stage"),
    ("likelihood", "normal", "whose first stage is the likelihood of the answers themselves"),
    ("test", "standardised", "which tests standardised paths; solution = 'raw' has unstandardised ones"),
    ("scaling", "first", "whose raw solution has first items for its scale"),
)


def _of_moments(fit: TwoStageFit, targets: Sequence[Target]) -> dict[Kind, Floats]:
    """srmr (1,) where targets ask for it."""
    if not any(target.kind == "srmr" for target in targets):
        return {}
    return {"srmr": srmr(residual_correlations(fit.found, fit.moments), fit.moments.retained)}
