"""Selection: which firms of a finite population answer, and to which clusters the respondents of a study belong."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import expit, gammaln, xlog1py, xlogy

from sim.batch import Floats
from sim.structures.sampling import Sampling

Places = NDArray[np.intp]


@dataclass(frozen=True)
class Selection:
    """How n respondents come out of a design. A finite population's firms stand cluster after cluster.

    Every firm answers by itself with its cluster's odds w, given that n do: conditional Poisson sampling (Hajek 1964,
    Annals of Mathematical Statistics 35, 1491). The numbers k of each cluster then have probabilities proportional to
    prod C(N, k) w^k, Fisher's multivariate noncentral hypergeometric distribution, and all subsets of a cluster's k
    firms are equally likely. Equal odds: simple random sampling without replacement.
    """

    design: Sampling
    n: int

    @cached_property
    def firms(self) -> Places:
        """The cluster of each firm of a finite population (N,)."""
        return np.repeat(np.arange(len(self.design.sizes)), self.design.sizes)

    def answering(self, rng: np.random.Generator) -> Places:
        """The places of the firms that answer, out of a finite population (n,)."""
        chance, order = rng.random(len(self.design.sizes)), rng.random(len(self.firms))
        left, first, chosen = self.n, 0, []
        for c, size in enumerate(self.design.sizes):
            k = self._count(c, left, chance[c])
            chosen.append(first + order[first : first + size].argsort()[:k])
            left, first = left - k, first + int(size)
        return np.concatenate(chosen)

    def clusters(self, rng: np.random.Generator) -> Places:
        """The cluster of each respondent out of an infinite population (n,), by the clusters' shares of answers."""
        answers = self.design.sizes * self.design.odds / (1.0 + self.design.odds)
        return np.searchsorted(np.cumsum(answers)[:-1] / answers.sum(), rng.random(self.n), side="right")

    @cached_property
    def _alone(self) -> list[Floats]:
        """For each cluster the binomial probabilities of 0, 1, ... answers, at odds that give n in the mean.

        A common factor of the odds leaves the distribution given n as it is; this one keeps n from the tails.
        """
        sizes, odds = self.design.sizes, np.log(self.design.odds)
        if self.n == sizes.sum():
            probabilities = np.ones(len(sizes))
        else:
            own = np.log(self.n / (sizes.sum() - self.n))
            low, high = own - odds.max(), own - odds.min()
            factor = low if high - low < 1e-12 else brentq(lambda x: sizes @ expit(x + odds) - self.n, low, high)
            probabilities = expit(factor + odds)
        return [binomial(int(size), float(p)) for size, p in zip(sizes, probabilities, strict=True)]

    @cached_property
    def _after(self) -> list[Floats]:
        """For each cluster the probabilities of 0, 1, ... answers from all clusters after it."""
        after = [np.ones(1)]
        for alone in self._alone[:0:-1]:
            after.insert(0, np.convolve(alone, after[0]))
        return after

    def _count(self, c: int, left: int, chance: float) -> int:
        """How many of the `left` answers of cluster c and all after it are of c, the quantile at `chance` in [0, 1)."""
        alone, after = self._alone[c], self._after[c]
        fewest, most = max(0, left - len(after) + 1), min(len(alone) - 1, left)
        weights = alone[fewest : most + 1] * after[left - most : left - fewest + 1][::-1]
        at_most = weights.cumsum()
        return fewest + int(at_most.searchsorted(chance * at_most[-1], side="right"))


def binomial(size: int, p: float) -> Floats:
    """Probabilities of 0, ..., size successes (size + 1,)."""
    k = np.arange(size + 1)
    ways = gammaln(size + 1) - gammaln(k + 1) - gammaln(size - k + 1)
    return np.asarray(np.exp(ways + xlogy(k, p) + xlog1py(size - k, -p)))
