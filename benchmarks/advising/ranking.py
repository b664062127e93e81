"""Which methods are ahead, by paired differences on the same data sets: who is not clearly behind is not beaten."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
from scipy.special import ndtri

from benchmarks.advising.tally import Tally
from sim.batch import Floats


@dataclass(frozen=True)
class Paired:
    """A method against the first of a ranking: mean difference over data sets and paths, with its standard error.

    Of squared errors (smaller is better) or of shares called significant. `behind`: beyond what chance explains.
    """

    method: str
    value: float
    difference: float
    error: float
    behind: bool


@dataclass(frozen=True)
class Ranking:
    """Methods, the best first, each against the first."""

    rows: tuple[Paired, ...]

    @property
    def ahead(self) -> tuple[str, ...]:
        """The first, and all that are not clearly behind it."""
        return tuple(row.method for row in self.rows if not row.behind)

    @property
    def winner(self) -> str | None:
        """The first, where all others are clearly behind; None where it is one of several, or alone."""
        return self.ahead[0] if len(self.ahead) == 1 and len(self.rows) > 1 else None


def by_error(tallies: dict[str, Sequence[Tally]]) -> Ranking:
    """The ranking by root mean squared error over all paths and populations."""
    return _ranked({name: [tally.error**2 for tally in each] for name, each in tallies.items()}, rising=True)


def by_power(tallies: dict[str, Sequence[Tally]]) -> Ranking:
    """The ranking by mean power over the paths that are not 0; a failed fit finds nothing."""
    found = {
        name: [tally.found[:, (tally.truth != 0).any(axis=0)].astype(float) for tally in each]
        for name, each in tallies.items()
    }
    return _ranked(found, rising=False)


def _ranked(scores: dict[str, list[Floats]], rising: bool) -> Ranking:
    """scores: by method, for each population (R, q). Populations count alike, and paths too."""
    means = {name: float(np.mean([np.nanmean(each) for each in parts])) for name, parts in scores.items()}
    order = sorted(means, key=lambda name: means[name] if rising else -means[name])
    first, comparisons = order[0], max(len(order) - 1, 1)
    clear = -float(ndtri(0.025 / comparisons))  # Bonferroni: 95 % for all comparisons with the first together
    rows = []
    for name in order:
        difference, error = _difference(scores[name], scores[first])
        worse = difference if rising else -difference
        value = sqrt(means[name]) if rising else means[name]
        rows.append(Paired(name, value, difference, error, bool(name != first and worse > clear * error and error > 0)))
    return Ranking(tuple(rows))


def _difference(own: Sequence[Floats], other: Sequence[Floats]) -> tuple[float, float]:
    """Mean difference over data sets that both have numbers for, and its standard error; populations count alike."""
    means, variances = [], []
    for a, b in zip(own, other, strict=True):
        each = (a - b).mean(axis=1)
        each = each[~np.isnan(each)]
        if len(each) < 2:
            return float("nan"), float("nan")
        means.append(each.mean())
        variances.append(each.var(ddof=1) / len(each))
    return float(np.mean(means)), sqrt(float(np.sum(variances))) / len(means)
