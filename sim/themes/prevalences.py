"""Prevalences: in which share of all interviews each theme of a population would come up, by the shape they have."""

from collections.abc import Callable

import numpy as np
from scipy.optimize import brentq
from scipy.special import betaincinv

from sim.batch import Floats
from sim.errors import InputError, unknown

#: Number, mean and spread of the prevalences -> weights (S,) in falling order, alike at the lower end of the spread.
Weights = Callable[[int, float, float], Floats]


def expected_found(prevalences: Floats, interviews: float) -> float:
    """Themes that so many interviews tell on average: sum 1 - (1 - p)^t, for any t >= 0."""
    return float(-np.expm1(interviews * np.log1p(-np.minimum(prevalences, 1 - 1e-15))).sum())


def equal(number: int, incidences: float) -> Floats:
    """S themes that come up equally often, `incidences` of them in an interview on average."""
    return _scaled(np.ones(number), incidences)


def broken_stick(number: int, incidences: float) -> Floats:
    """MacArthur's (1957) broken stick: the expected lengths of S random pieces, sum_{j>=i} 1 / (S j), longest first."""
    pieces = 1 / np.arange(1, number + 1)
    return _scaled(np.cumsum(pieces[::-1])[::-1] / number, incidences)


def matched(shape: str, number: int, incidences: float, found: float, at: int) -> Floats:
    """Prevalences (S,) of a shape with two parameters, both solved: so many incidences, so many themes `at` interviews.

    beta: the quantiles (i - 1/2) / S of a beta distribution; geometric: p falls by the same factor from theme to theme;
    power: p falls as a power of the rank. An interview tells `incidences` themes on average, and `at` interviews tell
    `found` of them. Raises InputError where no member of the shape does.
    """
    if shape not in SPREADS:
        raise InputError(unknown("shape", shape, SHAPES))
    (low, high), weights = SPREADS[shape]

    def excess(spread: float) -> float:
        return expected_found(_scaled(weights(number, incidences / number, spread), incidences), at) - found

    told = f"{number} themes, {incidences:g} of them an interview"
    most, least = excess(low), excess(high)
    if most < -1e-9 * found:
        raise InputError(
            f"{told}, give at most {most + found:.2f} themes in {at} interviews, if all are alike; "
            f"{found:g} are asked for: give more themes"
        )
    if least > 0:
        raise InputError(
            f"{told}, with prevalences of shape {shape}, give at least {least + found:.2f} themes in {at} interviews; "
            f"{found:g} are asked for: give fewer themes or another shape"
        )
    spread = low if most <= 0 else brentq(excess, low, high, xtol=1e-14, rtol=1e-14)
    return _scaled(weights(number, incidences / number, spread), incidences)


def adjusted(mentions: Floats, interviews: int) -> Floats:
    """The population that a table suggests: seen themes lowered a little, unseen ones added (Chao et al. 2014).

    mentions (D,): the interviews in which each theme came up. p = y/T (1 - w (1 - y/T)^T) for the seen, with w such
    that together they have the estimated coverage; ceil(f0) unseen themes share the rest, f0 = Chao2's estimate.
    """
    once, twice = float(np.sum(mentions == 1)), float(np.sum(mentions == 2))
    total, t = float(mentions.sum()), interviews
    shares = mentions / t
    twice_or_one, pairs = (twice, once**2) if twice else (1.0, once * (once - 1))
    unseen = int(np.ceil((t - 1) / t * pairs / (2 * twice_or_one)))
    if not unseen:
        return -np.sort(-shares)
    singles = once if twice else once - 1
    deficit = once / total * ((t - 1) * singles / ((t - 1) * singles + 2 * twice_or_one))
    lowering = deficit * total / t / float(np.sum(shares * (1 - shares) ** t))
    seen = shares * (1 - lowering * (1 - shares) ** t)
    return -np.sort(-np.concatenate([seen, np.full(unseen, deficit * total / t / unseen)]))


def _scaled(weights: Floats, incidences: float) -> Floats:
    """Prevalences min(c w, 1) that sum to `incidences`."""
    if not 0 < incidences < len(weights):
        raise InputError(
            f"{len(weights)} themes cannot give {incidences:g} an interview; give more than 0 and fewer than "
            f"{len(weights)}"
        )
    logs = np.log(np.maximum(weights, 1e-300))

    def excess(log_scale: float) -> float:
        return float(np.exp(np.minimum(logs + log_scale, 0.0)).sum() - incidences)

    found = brentq(excess, np.log(incidences / len(weights)) - logs.max() - 1, -logs.min() + 1, xtol=1e-14, rtol=1e-14)
    return np.asarray(np.exp(np.minimum(logs + found, 0.0)))


def _beta(number: int, mean: float, spread: float) -> Floats:
    """Quantiles of a beta distribution; the spread is 1 / (a + b + 1), the correlation of two interviews on a theme."""
    size = (1 - spread) / spread
    return np.asarray(betaincinv(mean * size, (1 - mean) * size, 1 - (np.arange(number) + 0.5) / number))


def _geometric(number: int, mean: float, spread: float) -> Floats:
    return np.asarray((1 - spread) ** np.arange(number))


def _power(number: int, mean: float, spread: float) -> Floats:
    return np.asarray(np.arange(1.0, number + 1) ** -spread)


#: Shapes whose spread is solved, with its ends.
SPREADS: dict[str, tuple[tuple[float, float], Weights]] = {
    "beta": ((1e-6, 0.6), _beta),
    "geometric": ((0.0, 0.6), _geometric),
    "power": ((0.0, 4.0), _power),
}
#: Shapes that the mean alone gives.
PLAIN: dict[str, Callable[[int, float], Floats]] = {"equal": equal, "broken-stick": broken_stick}
#: Shapes that a table gives by itself.
OF_TABLE = ("observed", "adjusted")
SHAPES = (*OF_TABLE, *PLAIN, *SPREADS)
