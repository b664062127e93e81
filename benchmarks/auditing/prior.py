"""What is thought possible of the populations behind a paper before its numbers are looked at: two stated priors."""

from dataclasses import dataclass

import numpy as np

from sim.answers.scales import shares_of
from sim.batch import Floats
from sim.errors import InputError
from sim.model import Model
from sim.tables.reading.table import Reported, Table
from sim.tables.tablescale import thresholds_of

Range = tuple[float, float]
#: Loadings before the cut are turned back at this one.
MOST = 0.98
#: Scales that are tried for a block: means and SDs of its answers.
_MEANS, _SDS = 9, 4


@dataclass(frozen=True)
class Prior:
    """Uniform ranges, all before the cut, of common-factor populations whose errors are unrelated.

    mean, spread: of the loadings of a block, normal around its mean with this SD; weak_share: items that do not belong
    are a Beta(1, b) share, with loadings from the range `weak`; correlation: of exogenous constructs; r2: of outcomes,
    split among their paths by a flat Dirichlet direction, each path being 0 with probability `null` and else negative
    with probability `negative`; answer_mean, answer_sd: of the answers of a block without printed ones, as shares of
    the way from the lowest answer to the highest.
    """

    name: str
    mean: Range
    spread: Range
    weak_share: float
    weak: Range
    correlation: Range
    r2: Range
    null: float
    negative: float
    answer_mean: Range
    answer_sd: Range

    def loadings(self, count: int, k: int, rng: np.random.Generator) -> Floats:
        """Loadings (count, k) of so many blocks of k items: which of its items is which makes no difference."""
        mean = rng.uniform(*self.mean, size=(count, 1))
        spread = rng.uniform(*self.spread, size=(count, 1))
        usual = mean + spread * rng.standard_normal((count, k))
        usual = np.where(usual > MOST, 2 * MOST - usual, usual)
        is_weak = rng.uniform(size=(count, k)) < rng.beta(1.0, self.weak_share, size=(count, 1))
        found = np.where(is_weak, rng.uniform(*self.weak, size=(count, k)), usual)
        return np.clip(found, -MOST, MOST)

    def structures(self, model: Model, count: int, rng: np.random.Generator) -> tuple[Floats, Floats, Floats]:
        """Paths (count, m, m), correlations of exogenous constructs and of all constructs (count, m, m).

        Where the drawn correlations do not go together, the last array has no positive eigenvalues.
        """
        m = len(model.constructs)
        paths, outside, whole = (np.zeros((count, m, m)) for _ in range(3))
        whole[:, np.arange(m), np.arange(m)] = 1.0
        order = list(model.causal_order)
        exogenous = [j for j in order if not model.path_matrix[j].any()]
        for place, j in enumerate(exogenous):
            for k in exogenous[:place]:
                drawn = rng.uniform(*self.correlation, size=count)
                for matrix in (outside, whole):
                    matrix[:, j, k] = matrix[:, k, j] = drawn
        done = list(exogenous)
        for j in (each for each in order if each not in exogenous):
            predictors = np.flatnonzero(model.path_matrix[j])
            among = whole[:, predictors][:, :, predictors]
            direction = rng.dirichlet(np.ones(len(predictors)), size=count)
            direction *= np.where(rng.uniform(size=direction.shape) < self.negative, -1.0, 1.0)
            direction *= rng.uniform(size=direction.shape) >= self.null
            size = np.einsum("nk,nkl,nl->n", direction, among, direction)
            wanted = rng.uniform(*self.r2, size=count)
            with np.errstate(divide="ignore", invalid="ignore"):
                scale = np.where(size > 0.02, np.sqrt(wanted / size), 0.0)
            b = direction * scale[:, None]
            paths[:, j, predictors] = b
            related = np.einsum("nk,nkl->nl", b, whole[:, predictors][:, :, done])
            whole[:, j, done] = related
            whole[:, done, j] = related
            done.append(j)
        return paths, outside, whole

    def scales(self, table: Table, block: Reported) -> Floats:
        """Thresholds (S, T) of the scales that a block's answers may have had, each as likely; (1, 0) without a cut."""
        if table.points is None:
            return np.empty((1, 0))
        reach = table.points - 1
        given = block.mean or None
        means = [given.value - table.lowest_answer] if given else []
        if not means and block.item_means:
            means = [float(np.mean([each.value for each in block.item_means.values()])) - table.lowest_answer]
        means = means or [reach * x for x in np.linspace(*self.answer_mean, _MEANS)]
        usual = [reach * x for x in np.linspace(*self.answer_sd, _SDS)]
        printed = _item_sd(block)
        found = _thresholds(means, usual if printed is None else [printed], table.points)
        if not found and printed is not None and not block.item_sds:  # no cut normal has it
            found = _thresholds(means, usual, table.points)
        return np.array(found) if found else np.array([thresholds_of(1 + reach / 2, reach / 4, table.points)])


def _thresholds(means: list[float], deviations: list[float], points: int) -> list[tuple[float, ...]]:
    """The thresholds of every mean (from 0) with every SD, where there are some."""
    found = []
    for mean in means:
        for deviation in deviations:
            try:
                found.append(thresholds_of(1 + mean, deviation, points))
            except InputError:
                continue
    return found


def _item_sd(block: Reported) -> float | None:
    """The SD of a block's items, where it is printed or follows from that of the respondents' averages.

    The average over k kept items that correlate r on average has (1 + (k - 1) r) / k of an item's variance; alpha tells
    r = alpha / (k - (k - 1) alpha). None where neither is known.
    """
    if block.item_sds:
        return float(np.mean([each.value for each in block.item_sds.values()]))
    if block.sd is None:
        return None
    if block.k == 1:
        return block.sd.value
    if block.alpha is None or not 0 < block.alpha.value < 1:
        return None
    alpha = block.alpha.value
    r = alpha / (block.k - (block.k - 1) * alpha)
    return float(block.sd.value / np.sqrt((1 + (block.k - 1) * r) / block.k))


#: The prior of the answers, and a wider one by which the part that it plays is seen.
REFERENCE = Prior(
    "reference", mean=(0.45, 0.92), spread=(0.0, 0.15), weak_share=4.0, weak=(0.0, 0.60), correlation=(0.0, 0.80),
    r2=(0.0, 0.85), null=0.10, negative=0.10, answer_mean=(0.35, 0.80), answer_sd=(0.18, 0.30),
)  # fmt: skip
WIDE = Prior(
    "wide", mean=(0.30, 0.95), spread=(0.0, 0.25), weak_share=1.5, weak=(-0.40, 0.70), correlation=(-0.50, 0.95),
    r2=(0.0, 0.95), null=0.25, negative=0.30, answer_mean=(0.20, 0.90), answer_sd=(0.15, 0.35),
)  # fmt: skip
PRIORS = (REFERENCE, WIDE)


def linear_share(cuts: Floats) -> Floats:
    """The squared correlation (S,) of answers cut at (S, T) with what was cut: (sum of densities)^2 / variance."""
    if not cuts.shape[1]:
        return np.ones(len(cuts))
    densities = np.exp(-(cuts**2) / 2).sum(axis=1) / np.sqrt(2 * np.pi)
    places = np.arange(cuts.shape[1] + 1)
    found = []
    for row, density in zip(cuts, densities, strict=True):
        shares = shares_of(row)
        found.append(density**2 / float(shares @ (places - shares @ places) ** 2))
    return np.array(found)
