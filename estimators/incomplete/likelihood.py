"""Full-information maximum likelihood: every respondent counted with what was answered (`missing = "fiml"`)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from estimators.base import Estimates, Status
from estimators.constrained.fitting import Found, Search
from estimators.constrained.incomplete import (
    Incomplete,
    IncompleteFit,
    answered,
    fiml,
    free_table,
    item_moments,
    patterns_of,
    scores,
)
from estimators.constrained.moments import Layout
from estimators.factors.covariance import LikelihoodMethod, MaximumLikelihood
from estimators.factors.fitindices import MEASURES, ModelTest, fit_measures, with_model_tests
from estimators.factors.general import (
    general_estimates,
    general_test,
    means_refusal,
    residual_correlations,
    with_general_inference,
)
from estimators.factors.robust import HuberWhite, scaled
from estimators.incomplete.twostage import free_moments
from estimators.inference.distances import srmr
from sim.batch import Batch, Floats
from sim.errors import InputError
from sim.model import Model
from sim.targets import Kind, Target

#: Corrections of chi-square for small n, which were worked out for complete answers.
_OF_COMPLETE_ANSWERS: tuple[Kind, ...] = ("chisq_bartlett", "chisq_swain", "chisq_yuan")


@dataclass(frozen=True)
class TakesMissing(LikelihoodMethod):
    """A method of maximum likelihood on answers of which some are missing at random (Arbuckle 1996; Rubin 1976).

    On complete answers it is the method that it is a form of. Means are free. chisq is the likelihood ratio against
    free covariances and means. n is the number of respondents who answered anything. srmr, reliabilities and the like
    are of the free covariances. aic and bic count no means, as those of ML. Where answers are missing chisq_bartlett,
    chisq_swain and chisq_yuan are NaN, for they are corrections for complete ones.

    Statuses are ML's, and TOO_FEW_ANSWERS where nobody answered some item, or some two items.
    """

    def __post_init__(self) -> None:
        needs(self, _NEEDED, "fiml")

    def refusal(self, model: Model) -> str | None:
        """As the method that it is a form of; and written intercepts, for all means are free here."""
        return super().refusal(model) or means_refusal(model, "missing = 'fiml', whose means are free,")

    def estimate(self, batch: Batch, model: Model, targets: tuple[Target, ...]) -> Estimates:
        """Values of the targets with inference; see `Estimator.fit`. A batch without missing answers is ML's."""
        if batch.missing is None:
            return super().estimate(batch, model, targets)
        search = Search("likelihood", self.bounds, self.tolerance, self.max_iterations)

        def of_one(one: Batch) -> Estimates | Status:
            fit = fiml(one, model, 0, search)
            return fit if isinstance(fit, Status) else self._told(fit, search, one, model, targets)

        return one_by_one(batch, model, targets, of_one)

    def _told(
        self, fit: IncompleteFit, search: Search, batch: Batch, model: Model, targets: tuple[Target, ...]
    ) -> Estimates:
        """The estimates of one data set, by what the general search gives of complete ones."""
        found = _found(fit, search, batch)
        moments = free_moments(fit.covariances, fit.free_means, fit.n, batch, model)
        test = general_test(found, np.array([2.0 * fit.baseline]), moments, model, fit.n)
        if {target.kind for target in targets} & (set(MEASURES) - {"df"}):
            test = self._test_of(test, fit, batch)
        measures = fit_measures(test, targets) | _of_likelihood(fit, found, test, moments, targets)
        estimates = general_estimates(found, measures, moments, model, targets, self.solution, self.sign)
        if self.standard_errors:
            k, spread = len(fit.theta), self._spread_of(fit, batch)
            estimates = with_general_inference(
                estimates, found, lambda _: spread[:k, :k], model, self.solution, self.level
            )
            estimates = with_model_tests(estimates, test)
        return of_incomplete_answers(estimates)

    def _spread_of(self, fit: IncompleteFit, batch: Batch) -> Floats:
        """The covariances of parameters and means (k + p, k + p)."""
        return fit.spread

    def _test_of(self, test: ModelTest, fit: IncompleteFit, batch: Batch) -> ModelTest:
        """What the method makes of the likelihood ratio test."""
        return test


@dataclass(frozen=True)
class FullInformation(TakesMissing, MaximumLikelihood):
    """ML that takes missing answers as they are.

    Standard errors are those of the observed information, parameters and means together, the only ones that are right
    where answers are missing at random and not completely so (Kenward & Molenberghs 1998).
    """


@dataclass(frozen=True)
class RobustFullInformation(TakesMissing, HuberWhite):
    """MLR that takes missing answers as they are (Yuan & Bentler 2000), lavaan's MLR with `missing = "ml"`.

    Standard errors: sandwich of the observed information and the respondents' scores, parameters and means together.
    c = [tr(A1^-1 B1) - tr(A^-1 B)] / df, with the means among the parameters of both models.
    """

    def _spread_of(self, fit: IncompleteFit, batch: Batch) -> Floats:
        return np.asarray(fit.spread @ _meat(fit.layout, fit.theta, fit.means, batch) @ fit.spread * fit.n**2 / fit.n)

    def _test_of(self, test: ModelTest, fit: IncompleteFit, batch: Batch) -> ModelTest:
        items, lower = fit.table.items, np.tril_indices(len(fit.means))
        means, variances = item_moments(*answered(batch, 0))
        own = fit.n * float(np.trace(fit.spread @ _meat(fit.layout, fit.theta, fit.means, batch)))
        unrestricted = _trace(Layout(free_table(items)), fit.covariances[lower], fit.free_means, batch)
        independent = _trace(Layout(free_table(items, related=False)), variances, means, batch)
        of_model, of_baseline = unrestricted - own, unrestricted - independent
        return scaled(test, _positive(of_model), _positive(of_baseline))


def _positive(mean: float) -> Floats:
    """The mean of a statistic (1,), NaN where it is none."""
    return np.array([mean if mean > 0.0 else np.nan])


def _meat(layout: Layout, theta: Floats, means: Floats, batch: Batch) -> Floats:
    """The mean product of the respondents' scores (k + p, k + p)."""
    own = scores(layout, np.append(theta, means), *answered(batch, 0))
    return np.asarray(own.T @ own / len(own))


def _trace(layout: Layout, theta: Floats, means: Floats, batch: Batch) -> float:
    """tr(A^-1 B) of a model without ties, A the observed information; NaN where that has no inverse."""
    objective = Incomplete(patterns_of(*answered(batch, 0)), layout)
    try:
        return float(
            np.trace(np.linalg.solve(objective.hessian(np.append(theta, means)), _meat(layout, theta, means, batch)))
        )
    except np.linalg.LinAlgError:
        return float("nan")


#: Settings of ML that go with missing answers in one way only, and why.
_NEEDED = (
    ("information", "observed", "whose standard errors are those of the observed information"),
    ("likelihood", "normal", "which is the likelihood of the answers themselves"),
    ("test", "standardised", "which tests standardised paths; solution = 'raw' has unstandardised ones"),
    ("scaling", "first", "whose raw solution has first items for its scale"),
)


def needs(method: object, needed: Sequence[tuple[str, str, str]], handling: str) -> None:
    """Raise InputError where a method has a setting that does not go with a handling of missing answers."""
    for key, wanted, why in needed:
        if (given := getattr(method, key, wanted)) != wanted:
            raise InputError(
                f"{key} = '{given}' does not go with missing = '{handling}', {why}; leave out {key}, or "
                "choose missing = 'listwise'"
            )


def one_by_one(
    batch: Batch, model: Model, targets: tuple[Target, ...], of_one: Callable[[Batch], Estimates | Status]
) -> Estimates:
    """The estimates of every data set by itself, without numbers where `of_one` gives a status in their place."""
    parts = []
    for place in range(len(batch)):
        one = batch.rows(slice(place, place + 1))
        found = of_one(one)
        parts.append(without_numbers(one, model, targets, found) if isinstance(found, Status) else found)
    return Estimates.joined(parts)


def without_numbers(batch: Batch, model: Model, targets: tuple[Target, ...], status: Status) -> Estimates:
    """Estimates of data sets that there is nothing to say of."""
    value = np.full((len(batch), len(targets)), np.nan)
    short = np.zeros((len(batch), len(model.blocks)), dtype=bool)
    return Estimates(targets, value, np.full(len(batch), status, dtype=np.int8), batch.retained, short)


def _found(fit: IncompleteFit, search: Search, batch: Batch) -> Found:
    """The fit as one of the general search; its discrepancy is the likelihood ratio over n."""
    return Found(
        search, (fit.covariances,), (fit.layout,), (fit.region,), (fit.end,), np.array([np.nan]),
        np.array([fit.status], dtype=np.int8), batch.retained,
    )  # fmt: skip


def _of_likelihood(
    fit: IncompleteFit, found: Found, test: ModelTest, moments: Batch, targets: Sequence[Target]
) -> dict[Kind, Floats]:
    """srmr, aic and bic (1,) where targets ask for them."""
    asked: set[Kind] = {target.kind for target in targets}
    parameters = test.items * (test.items + 1) / 2 - test.df
    measures: dict[Kind, Floats] = {}
    if "srmr" in asked:
        measures["srmr"] = srmr(residual_correlations(found, moments), moments.retained)
    if asked & {"aic", "bic"}:
        measures["aic"] = fit.deviance + 2.0 * parameters
        measures["bic"] = fit.deviance + np.log(fit.n) * parameters
    return measures


def of_incomplete_answers(estimates: Estimates, more: Sequence[Kind] = ()) -> Estimates:
    """The estimates without what is of complete answers, and without `more`."""
    gone = np.array([target.kind in (*_OF_COMPLETE_ANSWERS, *more) for target in estimates.targets])
    return estimates.without(gone)
