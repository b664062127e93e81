"""Laws of coherent inference: interval, standard error, p-value and level of an estimate tell one story."""

from dataclasses import dataclass
from itertools import combinations, pairwise

import numpy as np
from scipy.special import ndtr, ndtri, stdtr, stdtrit

from estimators.base import Estimates
from estimators.laws.properties.bounds import correlations_of
from estimators.laws.subject import NotTested, Subject, agree, demand, demand_each
from estimators.laws.worlds import Survey
from sim.batch import Bools, Floats
from sim.model import Model

#: Levels at which an interval is looked at, where the method's level can be set.
LEVELS = (0.5, 0.8, 0.95, 0.99)
#: Degrees of freedom from which t is told from the normal distribution by nothing.
_MANY = 1e7


@dataclass(frozen=True)
class Inference:
    """The inference of usable data sets: estimates, and where there is a standard error, an interval and a p-value.

    level: of the interval. ratio (R, q): estimate over standard error, without sign. critical (R, q): half the
    interval's length over the standard error.
    """

    fit: Estimates
    level: float
    has_se: Bools
    has_interval: Bools
    has_p: Bools

    @classmethod
    def of(cls, method: Subject, survey: Survey) -> "Inference":
        """The inference on a survey; NotTested where there is none."""
        fit = method.of(survey)
        fit = fit.rows(np.flatnonzero(~fit.fatal))
        has = [np.isfinite(getattr(fit, name)) for name in ("se", "lower", "upper", "p_value")]
        if not any(one.any() for one in has):
            raise NotTested("the method gives no inference")
        level = method.setting("level")
        return cls(fit, 0.95 if level is None else float(level), has[0], has[1] & has[2], has[3])

    @property
    def ratio(self) -> Floats:
        """Estimate over standard error, without its sign (R, q)."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(np.abs(self.fit.value) / self.fit.se)

    @property
    def critical(self) -> Floats:
        """Half the interval's length over the standard error (R, q)."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray((self.fit.upper - self.fit.lower) / 2 / self.fit.se)

    @property
    def symmetric(self) -> bool:
        """Whether every interval reaches as far on either side of its estimate."""
        fit, has = self.fit, self.has_interval
        middle = (fit.lower + fit.upper) / 2
        return bool(has.any() and np.allclose(middle[has], fit.value[has], rtol=1e-9, atol=1e-9))

    @property
    def normal_quantile(self) -> float:
        """The normal distribution's two-sided critical value at the level."""
        return float(ndtri(0.5 + self.level / 2))


def coherent(method: Subject, survey: Survey, rng: np.random.Generator) -> None:
    """Hold standard error, interval and p-value of each estimate against each other."""
    given = Inference.of(method, survey)
    fit = given.fit
    some = given.has_se.any(axis=0)
    well = np.isfinite(fit.value) & some
    demand_each(~well | given.has_se, "a standard error in every usable data set, where any has one", fit, fit.se)
    demand_each(~given.has_se | (fit.se > 0), "standard errors above 0", fit, fit.se)
    inside = (fit.lower <= fit.value) & (fit.value <= fit.upper)
    if given.has_interval.any():
        share = float(inside[given.has_interval].mean())
        demand(share >= 0.9, "intervals around their estimates", f"{share:.0%} of them hold their estimate")
    if not method.claims.selects:
        _all_or_none(given)
    _own_errors(given)
    _as_far(given, drawn=method.claims.resampled or bool((fit.resamples >= 0).any()))
    if given.symmetric:
        _critical_values(given)
    _p_values(given, method.claims.resampled)
    if not method.claims.own_interval:
        _tests(given)


def _all_or_none(given: Inference) -> None:
    """A method that gives standard errors of paths gives those of every path."""
    with_errors = {
        target.name: bool(given.has_se[:, q].any())
        for q, target in enumerate(given.fit.targets)
        if target.kind == "path"
    }
    without = [name for name, has in with_errors.items() if not has]
    demand(
        not without or len(without) == len(with_errors), "standard errors of every path, where any has one",
        f"none of {', '.join(without)}",
    )  # fmt: skip


def _own_errors(given: Inference) -> None:
    """Paths to different outcomes have errors of their own: each belongs to another equation."""
    fit = given.fit
    paths = [q for q, target in enumerate(fit.targets) if target.kind == "path" and given.has_se[:, q].all()]
    for q, k in combinations(paths if len(fit.status) > 2 else [], 2):
        one, other = fit.targets[q], fit.targets[k]
        demand(
            one.parts[0] == other.parts[0] or not np.array_equal(fit.se[:, q], fit.se[:, k]),
            "paths to different outcomes to have standard errors of their own",
            f"those of {one.name} and {other.name} are the same in every data set",
        )  # fmt: skip


def _as_far(given: Inference, drawn: bool) -> None:
    """An interval that reaches so many standard errors down, always as many, reaches as many up.

    One of a correlation that does not (and rests on no resamples) is longer towards 0, as Fisher's is.
    """
    fit = given.fit
    both = given.has_interval & given.has_se
    with np.errstate(divide="ignore", invalid="ignore"):
        below, above = (fit.value - fit.lower) / fit.se, (fit.upper - fit.value) / fit.se
    for q, target in enumerate(fit.targets):
        down, up = below[both[:, q], q], above[both[:, q], q]
        if len(down) < 3:
            continue
        always = max(np.ptp(down) / abs(down[0]), np.ptp(up) / abs(up[0])) < 1e-6
        demand(
            not always or abs(up[0] - down[0]) < 1e-3 * abs(down[0]),
            "an interval that reaches as many standard errors up as down",
            f"{down[0]:.4g} down and {up[0]:.4g} up for {target.name} in every data set",
        )  # fmt: skip
        outward = np.where(fit.value[both[:, q], q] > 0, up - down, down - up)
        demand(
            drawn or target.kind != "correlation" or not (outward > 1e-4).all(),
            "the interval of a correlation to be symmetric or longer towards 0",
            f"it is longer away from 0 for {target.name} in each of {len(down)} data sets",
        )  # fmt: skip


def _critical_values(given: Inference) -> None:
    """Of a symmetric interval: estimate -+ c SE, with the normal's c or that of some t."""
    both = given.has_interval & given.has_se
    low = given.normal_quantile * (1 - 1e-6)
    high = float(stdtrit(3, 0.5 + given.level / 2))
    right = ~both | ((given.critical >= low) & (given.critical <= high))
    demand_each(
        right, f"an interval of {given.level:.0%}: the estimate -+ {low:.3f} standard errors, or a little more for t",
        given.fit, given.critical, "standard errors:",
    )  # fmt: skip


def degrees(critical: float, level: float) -> float:
    """Degrees of freedom of the t whose two-sided critical value at `level` this is; infinite for the normal's."""
    low, high = 0.05, _MANY
    if critical <= stdtrit(_MANY, 0.5 + level / 2) * (1 + 1e-9):
        return np.inf
    for _ in range(80):
        middle = np.sqrt(low * high)
        if stdtrit(middle, 0.5 + level / 2) > critical:
            low = middle
        else:
            high = middle
    return float(low)


def _two_sided(ratio: Floats, df: Floats | float) -> Floats:
    """Two-sided p-values of estimate over standard error; df may be infinite."""
    finite = np.where(np.isfinite(df), df, 1.0)
    return np.asarray(np.where(np.isfinite(df), 2 * stdtr(finite, -ratio), 2 * ndtr(-ratio)))


def _p_values(given: Inference, resampled: bool) -> None:
    """p-values are two-sided tails of estimate over standard error, or nearly; those of resamples may be round."""
    both = given.has_p & given.has_se
    if not both.any():
        return
    ratio, p = given.ratio[both], given.fit.p_value[both]
    seen = -ndtri(np.maximum(p, 1e-300) / 2)
    near = np.abs(seen - ratio) <= 0.3 + 0.35 * ratio
    share = float(near[ratio < 5].mean()) if (ratio < 5).any() else 1.0
    example = int(np.argmax(np.abs(seen - ratio) * (ratio < 5)))
    demand(
        share >= 0.9, "two-sided p-values of the estimates over their standard errors",
        f"p = {p[example]:.4g} for an estimate of {ratio[example]:.3f} standard errors",
    )  # fmt: skip
    if (given.fit.resamples < 0).all() and not resampled:
        some = p[(p > 1e-3) & (p < 0.999)]
        for decimals in (2, 3, 4):
            rounded = len(some) > 4 and bool((some == np.round(some, decimals)).all())
            demand(not rounded, "p-values in double precision", f"p-values rounded to {decimals} decimals")
    if not given.symmetric:
        return
    df = _degrees_of(given)
    expected = _two_sided(given.ratio, df)
    with np.errstate(divide="ignore", invalid="ignore"):
        times = (given.fit.p_value / expected)[both & (given.fit.p_value < 0.999) & (expected > 1e-12)]
    demand(
        len(times) < 4 or np.ptp(times) > 1e-6 * times[0] or abs(times[0] - 1) < 1e-3,
        "p-values of the estimates over their standard errors, as the interval is", f"{times[:1]} times these",
    )  # fmt: skip
    exact = np.isclose(given.fit.p_value, expected, rtol=1e-5, atol=1e-12) | ~both
    normal = np.isclose(given.fit.p_value, _two_sided(given.ratio, np.inf), rtol=1e-5, atol=1e-12) | ~both
    plain = bool(normal.all())
    demand(
        exact.all() or not plain, "interval and p-value from one distribution",
        f"p-values of the normal distribution and intervals of t with {np.nanmin(df):.4g} degrees of freedom",
    )  # fmt: skip
    if exact.all() or plain:
        return
    other = _single_degrees(given.ratio[both], given.fit.p_value[both])
    demand(
        other is None, "interval and p-value from one distribution",
        f"p-values of t with {other or 0:.4g} degrees of freedom and intervals with {np.nanmin(df):.4g}",
    )  # fmt: skip


def _degrees_of(given: Inference) -> Floats:
    """Degrees of freedom behind each interval (R, q), NaN where there is none; one column has them in common."""
    df = np.full(given.fit.value.shape, np.nan)
    for q in range(len(given.fit.targets)):
        critical = given.critical[:, q]
        known = critical[np.isfinite(critical)]
        if len(known) and np.ptp(known) < 1e-7 * known[0]:
            df[:, q] = degrees(float(known[0]), given.level)
        elif len(known):
            df[:, q] = [degrees(float(c), given.level) if np.isfinite(c) else np.nan for c in critical]
    return df


def _single_degrees(ratio: Floats, p: Floats) -> float | None:
    """The degrees of freedom that explain every p-value exactly, or None."""
    order = int(np.argmin(np.abs(ratio - 2.0)))
    low, high = 0.5, _MANY
    for _ in range(80):
        middle = np.sqrt(low * high)
        low, high = (middle, high) if 2 * stdtr(middle, -ratio[order]) > p[order] else (low, middle)
    clear = ratio < 8
    exact = np.allclose(2 * stdtr(low, -ratio[clear]), p[clear], rtol=1e-5, atol=1e-10)
    return float(low) if exact and 0.6 < low < 0.9 * _MANY else None


def _tests(given: Inference) -> None:
    """p is under 1 - level exactly when the interval leaves out 0, up to cases near the border.

    Held of what may have either sign: an explained variance is never 0 in a sample, whatever its test says.
    """
    signed = np.array([target.kind in ("path", "correlation", "indirect", "total") for target in given.fit.targets])
    both = given.has_p & given.has_interval & signed
    if not both.any():
        return
    alpha, fit = 1 - given.level, given.fit
    leaves_out = (fit.lower > 0) | (fit.upper < 0)
    apart = both & (leaves_out != (fit.p_value < alpha))
    far = apart & ((fit.p_value < alpha / 4) | (fit.p_value > 4 * alpha))
    most = 0.1 if given.symmetric else 0.2
    what = f"p under {alpha:.2g} where the interval leaves out 0, and only there"
    if given.symmetric or far.sum() > 0.1 * both.sum():
        demand_each(~far, what, fit, fit.p_value, "p =")
    share = float(apart.sum() / both.sum())
    demand(share <= most, what, f"they part in {share:.0%} of the estimates")


def level_kept(method: Subject, survey: Survey, rng: np.random.Generator) -> None:
    """Set other levels: intervals of each have their length, and nothing else changes."""
    fits = []
    for level in LEVELS:
        other = method.with_setting("level", level)
        if other is None:
            raise NotTested("the method has no setting called level")
        fits.append(Inference.of(other, survey))
    names = (f"at level {LEVELS[0]}", "at another level")
    both = fits[0].has_interval & fits[0].has_se
    if not both.any():
        raise NotTested("the method gives no interval with a standard error")
    counts = fits[0].fit.resamples
    resampled = method.claims.resampled or (counts > 0).any()
    loose = 2.0 if resampled and counts.min(initial=0) < 150 else 1.0  # quantiles of few resamples are short
    for given in fits:
        agree(fits[0].fit, given.fit, "other levels to change intervals alone", names, ("value", "se", "p_value"))
        mean = float(np.mean(given.critical[both]))
        right = given.normal_quantile
        demand(
            right * (1 - 0.12 * loose) <= mean <= right * (1 + 0.15 * loose) + 0.1,
            f"intervals of {given.level:.0%} that reach about {right:.2f} standard errors to either side",
            f"{mean:.3f} on average",
        )  # fmt: skip
    for low, high in pairwise(fits):
        longer = (high.fit.upper - high.fit.lower) - (low.fit.upper - low.fit.lower) > 0
        demand_each(
            ~both | longer, f"a longer interval at {high.level} than at {low.level}", high.fit,
            high.fit.upper - high.fit.lower, "length",
        )  # fmt: skip


def degrees_of_freedom(method: Subject, survey: Survey, rng: np.random.Generator) -> None:
    """Hold the t behind an interval against the respondents, and least-squares errors against that t."""
    given, n, model = Inference.of(method, survey), survey.answers.shape[1], survey.model
    if len(given.fit.status) < 3:
        raise NotTested("too few data sets to see what is common to them")
    if not given.symmetric or (given.fit.resamples >= 0).any() or method.claims.resampled:
        raise NotTested("its intervals are not those of a t or normal distribution")
    df = _degrees_of(given)
    for q, target in enumerate(given.fit.targets):
        known = df[np.isfinite(df[:, q]), q]
        if len(known):
            demand(
                known.max() <= n - 1 + 1e-3 or known.min() > 10 * n,
                f"at most {n - 1} degrees of freedom with {n} respondents", f"{known.max():.4f} for {target.name}",
            )  # fmt: skip
    _least_squares(given, df, model, n)


def _least_squares(given: Inference, df: Floats, model: Model, n: int) -> None:
    """Where an error is sqrt((1 - R2) [R_xx^-1]_jj / d), d is the degrees of freedom, or there is no t."""
    fit = given.fit
    for q, target in enumerate(fit.targets):
        if target.kind != "path" or not given.has_se[:, q].all():
            continue
        y = target.parts[0]
        predictors = [x for outcome, x in model.paths if outcome == y]
        divisors = []
        for r in range(len(fit.status)):
            correlations = correlations_of(fit, r, model)
            places = [model.constructs.index(x) for x in predictors]
            among = correlations[np.ix_(places, places)]
            if not np.isfinite(among).all() or np.linalg.eigvalsh(among)[0] < 1e-6:
                return
            own = np.diag(np.linalg.inv(among))[predictors.index(target.parts[1])]
            divisors.append((1 - fit.value[r, fit.column(f"r2({y})")]) * own / fit.se[r, q] ** 2)
        divisor, right = float(np.mean(divisors)), n - len(predictors) - 1
        if np.ptp(divisors) > 1e-6 * divisor:
            continue
        finite = np.isfinite(df[:, q]).all()
        what = f"{divisor:.4f} under the standard error of {target.name}"
        if finite:
            demand(
                abs(divisor - right) < 1e-3 and np.abs(df[:, q] - right).max() < 1e-2,
                f"n - k - 1 = {right} degrees of freedom for least squares on {len(predictors)} predictors",
                f"{what}, and t with {df[0, q]:.4f}",
            )  # fmt: skip
        else:
            demand(right - 1e-3 <= divisor <= n + 1e-3, f"a divisor between n - k - 1 = {right} and n = {n}", what)
