"""Likelihood ratios of fitted models: tests of a restricted model within a larger one, and profile intervals."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.special import chdtrc, chdtri

from estimators.constrained.descent import Region, descend, into
from estimators.constrained.fitting import MOST_STEPS, Found, Spread
from sim.batch import Floats
from sim.errors import InputError, nearest

#: How often an end of an interval is looked for further out, twice as far each time.
_FURTHER = 12
#: Names of parameters that a message holds.
_NAMED = 12


@dataclass(frozen=True)
class RatioTest:
    """A test of R restricted models: statistic, degrees of freedom, p-value (R,); NaN where there is none."""

    statistic: Floats
    df: Floats
    p_value: Floats


def ratio_test(
    larger: Found, smaller: Found, respondents: float, scaling: tuple[Floats, Floats] | None = None
) -> RatioTest:
    """The likelihood ratio test of the restrictions that take `larger` to `smaller`, both of the same data.

    scaling (R,) of each: what their own robust statistics are divided by. The difference is then divided by
    (d0 c0 - d1 c1) / (d0 - d1) (Satorra & Bentler 2001, Psychometrika 66, 507-514), NaN where that is not positive.
    Raises InputError where the second model has no more degrees of freedom than the first, and for discrepancies that
    are no likelihood.
    """
    if {larger.search.kind, smaller.search.kind} != {"likelihood"}:
        raise InputError("a likelihood ratio needs two fits of maximum likelihood; choose ml, mlm or mlr")
    df = smaller.df - larger.df
    if (df <= 0).any():
        raise InputError(
            f"the restricted model has {np.nanmin(df):+.0f} degrees of freedom against the larger one; give the "
            "larger model first, and the one with more restrictions second"
        )
    return difference(respondents * (smaller.discrepancy - larger.discrepancy), larger.df, smaller.df, scaling)


def difference(
    statistic: Floats, larger: Floats, smaller: Floats, scaling: tuple[Floats, Floats] | None = None
) -> RatioTest:
    """The test of a difference (R,) of two chi-squares, from the df of both models; scaling as in `ratio_test`."""
    df = smaller - larger
    if scaling is not None:
        # A model with df 0 has no factor, and needs none.
        factor = (smaller * scaling[1] - np.where(larger > 0, larger * scaling[0], 0.0)) / df
        statistic = statistic / np.where(factor > 0.0, factor, np.nan)
    return RatioTest(statistic, df, np.asarray(chdtrc(df, np.maximum(statistic, 0.0))))


@dataclass(frozen=True)
class Profile:
    """The likelihood of data set `place` as a function of one parameter, all others at their best.

    label: the parameter's, or its name as in a model (`Y~X`, `x1~~x1`).
    """

    found: Found
    place: int
    label: str
    respondents: float

    @property
    def at(self) -> int:
        """The place of the parameter. Raises InputError where the label, or name, is no free parameter's."""
        table = self.found.layouts[self.place].table
        if self.label in table.labelled:
            return table.labelled[self.label]
        wanted = self.label.replace(" ", "")
        for at, row in enumerate(table.free):
            if wanted in (row.name, f"{row.right}{row.operator}{row.left}" if row.operator == "~~" else row.name):
                return at
        names = sorted((row.name for row in table.free), key=lambda name: "=~" in name or "~~" in name)
        told = ", ".join(names[:_NAMED]) + (" and more" if len(names) > _NAMED else "")
        raise InputError(
            f"'{self.label}' is no label of a free parameter (labels: {', '.join(table.labelled) or 'none'}), and no "
            f"name of one{nearest(wanted, names)}; the names are {told}"
        )

    def statistic(self, value: float) -> float:
        """The likelihood ratio statistic of the hypothesis that the parameter has this value; infinite if it cannot."""
        end, region = self.found.ends[self.place], self.found.regions[self.place]
        assert end is not None
        assert region is not None
        held = np.zeros(len(end.theta))
        held[self.at] = 1.0
        lower, upper = region.lower.copy(), region.upper.copy()
        lower[self.at], upper[self.at] = -np.inf, np.inf
        within = Region(np.vstack([region.ties, held]), np.append(region.values, value), lower, upper)
        begun = into(end.theta, within, np.maximum(np.abs(end.theta), 1e-3))
        objective = self.found.discrepancy_of(self.place)
        with np.errstate(all="ignore"):
            profiled = descend(objective, begun, within, self.found.search.tolerance, MOST_STEPS)
        return 2.0 * self.respondents * (profiled.value - end.value) if profiled.settled else np.inf

    def interval(self, level: float, spread: Spread) -> tuple[float, float]:
        """The values that the likelihood ratio test does not reject at 1 - level; NaN for an end that is nowhere.

        The search begins at the ends of the Wald interval, from the covariances of the parameters.
        """
        end = self.found.ends[self.place]
        assert end is not None
        critical = float(chdtri(1, 1.0 - level))
        middle = float(end.theta[self.at])
        half = float(np.sqrt(spread(self.place)[self.at, self.at] * critical))
        return self._end(middle, -half, critical), self._end(middle, half, critical)

    def _end(self, middle: float, half: float, critical: float) -> float:
        """Where the statistic reaches the critical value on one side."""
        within, step = middle, half
        for _ in range(_FURTHER):
            statistic = self.statistic(within + step)
            if not np.isfinite(statistic):
                step *= 0.5
            elif statistic < critical:
                within += step
            else:
                return float(
                    brentq(
                        lambda value: self.statistic(value) - critical, within, within + step, xtol=1e-11, rtol=1e-12
                    )
                )
        return np.nan
