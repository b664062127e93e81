"""Indices of a whole model's fit from its test statistic, and chi-squares corrected for small n."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from scipy.special import chdtrc, chndtr, chndtrinc

from estimators.base import Estimates
from estimators.factors.structure import structural_parameters
from estimators.kernels.factor_model import COVARIANCE
from estimators.shared.zeros import zeros_of
from sim.batch import Batch, Floats, pairs_of
from sim.model import Model
from sim.targets import Kind, ModelKind, Target

#: The level of RMSEA's interval, the one that the field prints, whatever the level of the others.
RMSEA_LEVEL = 0.90
#: The RMSEA up to which fit is called close (Browne & Cudeck 1993).
CLOSE = 0.05


@dataclass(frozen=True)
class ModelTest:
    """A test of R models against unrestricted covariances, and the same test of independent items.

    minimum, baseline (R,): test statistics of the model and of independence over `respondents`, which is what the
    statistics are that many times: n or n - 1, infinite for a population. df, items (R,): degrees of freedom and
    retained items; n respondents; `constructs` of the model; `scaling` (R,) or 1: what the model's statistic was
    divided by because the answers are not normal; `zeros` (R,) or 0: covariances that are 0 by construction and count
    in neither df (`estimators.shared.zeros`). NaN where nothing is known.
    """

    minimum: Floats
    df: Floats
    baseline: Floats
    items: Floats
    respondents: float
    n: float
    constructs: int
    scaling: Floats | float = 1.0
    zeros: Floats | float = 0.0

    @cached_property
    def baseline_df(self) -> Floats:
        """Correlations of the items, which independence takes to be 0 (R,)."""
        return self.items * (self.items - 1) / 2 - self.zeros

    @cached_property
    def excess(self) -> Floats:
        """Noncentrality per respondent of the model (R,), negative where the fit is better than chance makes it."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(self.minimum - self.df / self.respondents)

    @cached_property
    def testable(self) -> Floats:
        """df (R,), NaN where there is nothing to test."""
        return np.where(self.df > 0, self.df, np.nan)

    def times(self, factor: Floats | float) -> Floats:
        """`factor` times the minimum (R,), NaN for a population."""
        return np.asarray(self.minimum * factor if np.isfinite(self.n) else np.full_like(self.minimum, np.nan))

    def corrected(self, factor: Floats | float) -> Floats:
        """As `times`, for small n: what is known of that is of samples in which every covariance varies."""
        return np.where(np.asarray(self.zeros) > 0, np.nan, self.times(factor))

    def p_value(self, statistic: Floats) -> Floats:
        """The upper tail of chi-square with df degrees of freedom (R,)."""
        return np.asarray(chdtrc(self.testable, np.maximum(statistic, 0.0)))


def without_zeros(test: ModelTest, batch: Batch, model: Model) -> ModelTest:
    """The test with the degrees of freedom of those covariances that vary from sample to sample."""
    zeros = zeros_of(batch)
    if zeros is None:
        return test
    counted: Floats = (pairs_of(batch.retained) & np.tril(zeros, -1)).sum(axis=(1, 2)).astype(np.float64)
    items = [[model.items.index(item) for item in model.indicators[construct]] for construct in model.constructs]
    spent = sum(
        kind == COVARIANCE and bool(zeros[np.ix_(items[a], items[b])].all())
        for kind, a, b in structural_parameters(model).tolist()
    )
    return replace(test, df=test.df - counted + spent, zeros=counted)


def chisq(test: ModelTest) -> Floats:
    """The test statistic itself."""
    return test.times(test.respondents)


def chisq_bartlett(test: ModelTest) -> Floats:
    """(n - 1 - (2p + 4m + 5) / 6) F: Bartlett's (1950) correction, p items and m constructs (Nevitt & Hancock 2004)."""
    return test.corrected(test.n - 1 - (2 * test.items + 4 * test.constructs + 5) / 6)


def chisq_swain(test: ModelTest) -> Floats:
    """(n - 1 - [p(2p^2 + 3p - 1) - q(2q^2 + 3q - 1)] / (12 df)) F with q(q + 1) / 2 the number of parameters.

    Swain (1975) as given by Herzog, Boomsma & Reinecke (2007, Structural Equation Modeling 14, 361-390).
    """
    p = test.items
    q = (np.sqrt(1 + 4 * p * (p + 1) - 8 * test.df) - 1) / 2
    cubic = p * (2 * p**2 + 3 * p - 1) - q * (2 * q**2 + 3 * q - 1)
    return test.corrected(test.n - 1 - cubic / (12 * test.testable))


def chisq_yuan(test: ModelTest) -> Floats:
    """(n - 2.381 - 0.361 p - 0.003 k) F, p items and k parameters: E(chisq) fitted over many simulated conditions.

    Yuan, Tian & Yanagihara (2015, Psychometrika 80, 379-405), made for n >= max(50, 2p).
    """
    parameters = test.items * (test.items + 1) / 2 - test.df
    return test.corrected(test.n - (2.381 + 0.361 * test.items + 0.003 * parameters))


def cfi(test: ModelTest) -> Floats:
    """1 less the model's share of the noncentrality of independence, kept within 0 and 1 (Bentler 1990)."""
    model = np.maximum(test.excess, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        independence = np.maximum(test.baseline - test.baseline_df / test.respondents, model)
        return np.where(model == 0.0, 1.0, 1.0 - model / independence)


def tli(test: ModelTest) -> Floats:
    """Fall of the statistic over its df from independence to the model, over the fall to 1 (Tucker & Lewis 1973)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        independence = test.baseline / test.baseline_df
        return np.asarray(
            (independence - test.minimum / test.testable) / (independence - np.divide(1.0, test.respondents))
        )


def rmsea(test: ModelTest) -> Floats:
    """Root of the noncentrality per respondent and degree of freedom, at least 0 (Steiger & Lind 1980)."""
    return np.sqrt(np.maximum(test.excess, 0.0) / test.testable)


def rmsea_interval(test: ModelTest) -> tuple[Floats, Floats]:
    """The values of RMSEA under which chisq lies at the upper and lower 5 % point (R,), 0 where none does.

    From the noncentral chi-square distribution (Browne & Cudeck 1993); NaN for a population. A scaled statistic stands
    there unscaled, with its mean under the model, c df, as degrees of freedom (lavaan's way).
    """
    statistic, df = _unscaled(test)
    ends = []
    for share in (0.5 + RMSEA_LEVEL / 2, 0.5 - RMSEA_LEVEL / 2):
        attained = chndtr(statistic, df, 0.0) > share
        noncentrality = np.where(attained, chndtrinc(statistic, df, share), 0.0)
        ends.append(
            np.where(np.isnan(statistic) | np.isnan(df), np.nan, np.sqrt(noncentrality / df / test.respondents))
        )
    return ends[0], ends[1]


def close_fit(test: ModelTest) -> Floats:
    """p-value of RMSEA <= 0.05 (R,) (Browne & Cudeck 1993), a scaled statistic as in `rmsea_interval`."""
    statistic, df = _unscaled(test)
    return np.asarray(1.0 - chndtr(statistic, df, CLOSE**2 * test.respondents * df))


def _unscaled(test: ModelTest) -> tuple[Floats, Floats]:
    """The statistic before scaling and its mean under the model (R,)."""
    return np.maximum(chisq(test), 0.0) * test.scaling, test.testable * test.scaling


#: What follows from the test statistics alone.
MEASURES: Mapping[ModelKind, Callable[[ModelTest], Floats]] = {
    "chisq": chisq,
    "df": lambda test: test.df,
    "cfi": cfi,
    "tli": tli,
    "rmsea": rmsea,
    "chisq_bartlett": chisq_bartlett,
    "chisq_swain": chisq_swain,
    "chisq_yuan": chisq_yuan,
}


def fit_measures(test: ModelTest, targets: Iterable[Target]) -> dict[Kind, Floats]:
    """The measures of `MEASURES` that the targets name."""
    asked = {target.kind for target in targets}
    return {kind: measure(test) for kind, measure in MEASURES.items() if kind in asked}


def with_model_tests(estimates: Estimates, test: ModelTest) -> Estimates:
    """The estimates with p-values of the chi-squares, and of RMSEA the test of close fit and the 90 % interval."""
    lower, upper, p_value = (getattr(estimates, name).copy() for name in ("lower", "upper", "p_value"))
    for column, target in enumerate(estimates.targets):
        if target.kind.startswith("chisq"):
            p_value[:, column] = test.p_value(estimates.value[:, column])
        if target.kind == "rmsea":
            p_value[:, column] = close_fit(test)
            lower[:, column], upper[:, column] = rmsea_interval(test)
    fatal = estimates.fatal[:, None]
    lower, upper, p_value = (np.where(fatal, np.nan, array) for array in (lower, upper, p_value))
    return estimates.replaced(lower=lower, upper=upper, p_value=p_value)
