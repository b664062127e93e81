"""Maximum likelihood with inference that does not take the answers to be normal."""

from collections.abc import Sequence
from dataclasses import astuple, dataclass, replace
from typing import ClassVar

import numpy as np

from estimators.constrained.casewise import Casewise
from estimators.constrained.fitting import Found, Spread
from estimators.factors.covariance import LikelihoodMethod, Verdict, normal_test, second_pass
from estimators.factors.fitindices import MEASURES, ModelTest
from estimators.factors.general import means_refusal
from estimators.factors.minimum import Minimum
from estimators.factors.spread import ParameterCovariance, likelihood_covariance
from estimators.kernels.factor_model import Codes
from sim.batch import Batch, Floats
from sim.model import Model
from sim.targets import Target


@dataclass(frozen=True)
class RobustMethod(LikelihoodMethod):
    """ML's estimates with sandwich standard errors and a scaled test, from the answers themselves.

    chisq, cfi, tli and rmsea with its interval and test are those of the scaled statistic n F / c, with independence
    scaled by a factor of its own (lavaan prints them as `.scaled`); corrections for small n multiply it likewise. srmr,
    aic and bic are ML's. Without answers (moments only) there are no standard errors, and what rests on c is NaN; so it
    is where c is not positive or the information not positive definite.
    """

    observed: ClassVar[bool]

    def _judged(
        self, batch: Batch, model: Model, targets: Sequence[Target], codes: Codes | None
    ) -> tuple[Minimum, Verdict]:
        found = self.minimum(batch, model)
        test = normal_test(found, batch, model, float(batch.n))
        unknown = np.full(len(batch), np.nan)
        if not batch.has_answers:
            se = None if codes is None else np.full((len(batch), len(codes)), np.nan)
            return found, Verdict(replace(test, minimum=unknown, baseline=unknown), se)
        if codes is None and not {target.kind for target in targets} & (set(MEASURES) - {"df"}):
            return found, Verdict(test, None)
        wanted = np.empty((0, 4), dtype=np.int64) if codes is None else codes
        se, traces = second_pass(found, batch, model, float(batch.n), wanted, self.observed, robust=True)
        expected, independence = (np.where(mean > 0, mean, np.nan) for mean in self._means(traces))
        return found, Verdict(scaled(test, expected, independence), None if codes is None else se)

    def _tested(self, test: ModelTest, found: Found, batch: Batch) -> ModelTest:
        if not batch.has_answers:
            unknown = np.full(len(batch), np.nan)
            return replace(test, minimum=unknown, baseline=unknown)
        expected, independence = (np.where(mean > 0, mean, np.nan) for mean in self._means(self._traces(found, batch)))
        return scaled(test, expected, independence)

    def _traces(self, found: Found, batch: Batch) -> Floats:
        """The traces (R, 5) of a fit of the general search."""
        casewise, traces = Casewise(found, batch, self.observed), np.full((len(batch), 5), np.nan)
        for r in found.usable:
            traces[r] = astuple(casewise.traces(r))
        return traces

    def ratio_scaling(self, found: Found, batch: Batch) -> Floats | None:
        """The scaling factor c of a fit of the general search (R,), without answers NaN."""
        if not batch.has_answers:
            return np.full(len(batch), np.nan)
        expected = self._means(self._traces(found, batch))[0]
        return np.asarray(np.where(expected > 0, expected, np.nan) / np.where(found.df > 0, found.df, np.nan))

    def _general_spread(self, found: Found, batch: Batch, respondents: float) -> Spread:
        if batch.has_answers:
            return Casewise(found, batch, self.observed).spread(respondents)
        return lambda r: np.full((len(found.layouts[r].table.free),) * 2, np.nan)

    def _spread(self, found: Minimum, batch: Batch, model: Model, respondents: float) -> ParameterCovariance:
        return likelihood_covariance(found, batch, model, respondents, self.observed, robust=True)

    def _means(self, traces: Floats) -> tuple[Floats, Floats]:
        """What n F of the model and of independence is on average if they hold, c df (R,)."""
        raise NotImplementedError


def scaled(test: ModelTest, expected: Floats, independence: Floats) -> ModelTest:
    """The test with both statistics divided by what they are on average (R,) over their degrees of freedom.

    NaN where covariances are 0 by construction: the respondents' products, which tell that average, vary all the same.
    """
    expected = np.where(np.asarray(test.zeros) > 0, np.nan, expected)
    scaling = expected / test.testable
    return replace(
        test,
        minimum=test.minimum / scaling,
        baseline=test.baseline * test.baseline_df / independence,
        scaling=scaling,
    )


@dataclass(frozen=True)
class SatorraBentler(RobustMethod):
    """ML with Satorra & Bentler's (1994) standard errors and mean-scaled test, lavaan's MLM.

    Standard errors: sandwich of the expected information. c = tr(U Gamma) / df with Gamma the covariance matrix
    (divisor n) of the respondents' squares and products, and U taken at the model's implied covariances.
    """

    observed: ClassVar[bool] = False

    def refusal(self, model: Model) -> str | None:
        """As maximum likelihood; and means, for the test is of covariances."""
        return super().refusal(model) or means_refusal(model, "mlm")

    def _means(self, traces: Floats) -> tuple[Floats, Floats]:
        return traces[:, 1] - traces[:, 0], traces[:, 3]


@dataclass(frozen=True)
class HuberWhite(RobustMethod):
    """ML with Huber-White standard errors and the test of Yuan & Bentler (2000), lavaan's MLR.

    Standard errors: sandwich of the observed information. c = [tr(A1^-1 B1) - tr(A^-1 B)] / df with A, B information
    and product of scores of the model, A1, B1 those of unrestricted covariances (Asparouhov & Muthen 2005).
    """

    observed: ClassVar[bool] = True

    def _means(self, traces: Floats) -> tuple[Floats, Floats]:
        return traces[:, 2] - traces[:, 0], traces[:, 2] - traces[:, 4]
