"""Quantities that follow from standardised parameters and the items' moments: for truth and estimate alike."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np

from sim.batch import Bools, Floats, pairs_of
from sim.kernels.reliability import alpha_batch
from sim.model import Model
from sim.targets import Kind, Target

#: Smallest determinant of predictors' correlations that is more than rounding error.
SMALLEST = 1e-12


def parameter(
    target: Target, model: Model, paths: Floats, correlations: Floats, r2: Floats, loadings: Floats
) -> Floats | None:
    """A target (R,) that is a parameter or a product of some, from arrays as in `Given`; None for any other kind."""
    index = [model.constructs.index(part) for part in target.parts if part in model.constructs]
    match target.kind:
        case "path":
            return paths[:, index[0], index[1]]
        case "difference":
            return np.asarray(paths[:, index[0], index[1]] - paths[:, index[0], index[2]])
        case "correlation":
            return correlations[:, index[0], index[1]]
        case "indirect":
            return np.asarray(np.prod([paths[:, b, a] for a, b in pairwise(index)], axis=0))
        case "r2":
            return r2[:, index[0]]
        case "loading":
            return loadings[:, model.items.index(target.parts[1])]
        case "variance" if index:
            return 1.0 - r2[:, index[0]]
        case "variance":
            return 1.0 - loadings[:, model.items.index(target.parts[0])] ** 2
        case "defined":
            return _defined(target.parts[0], model, paths, correlations, r2, loadings)
    return None


def _defined(name: str, model: Model, paths: Floats, correlations: Floats, r2: Floats, loadings: Floats) -> Floats:
    """A quantity of the model's own (R,): of paths and loadings alone; NaN for labels of anything else."""
    term = model.terms.labels.get(name)
    if term is None:
        expression = model.terms.named[name].expression
        values = {each: _defined(each, model, paths, correlations, r2, loadings) for each in expression.names}
        return np.asarray(expression.value(values) + np.zeros(len(paths)))
    kind: Kind | None = {"~": "path", "=~": "loading"}.get(term.operator)  # type: ignore[assignment]
    if term.operator == "~~":
        kind = "variance" if term.left == term.right else "correlation"
        if kind == "correlation" and not {term.left, term.right} <= set(model.exogenous):
            return np.full(len(paths), np.nan)
    assert kind is not None
    value = parameter(Target(kind, (term.left, term.right)), model, paths, correlations, r2, loadings)
    assert value is not None
    return value


@dataclass(frozen=True)
class Given:
    """What quantities are made from, for R data sets; NaN where a parameter is missing or an item not retained.

    paths (R, m, m) as [outcome, predictor], 0 where the model has none; loadings (R, p); correlations (R, m, m) of the
    constructs; r2 (R, m); items (R, p, p): covariances or correlations of the items whose sums are meant; retained
    (R, p); n respondents, infinite for a population.
    """

    model: Model
    n: float
    paths: Floats
    loadings: Floats
    correlations: Floats
    r2: Floats
    items: Floats
    retained: Bools

    @cached_property
    def predictor_precision(self) -> Floats:
        """[R_xx^-1]_kk of each outcome's predictors (R, m, m) as [outcome, predictor]; NaN without path or singular."""
        precision = np.full(self.paths.shape, np.nan)
        for j, present in enumerate(self.model.path_matrix):
            predictors = np.flatnonzero(present)
            among = np.nan_to_num(self.correlations[:, predictors[:, None], predictors])
            regular = np.abs(np.linalg.det(among)) > SMALLEST
            inverse = np.linalg.inv(np.where(regular[:, None, None], among, np.eye(len(predictors))))
            own = np.diagonal(inverse, axis1=1, axis2=2)
            precision[:, j, predictors] = np.where(regular[:, None], own, np.nan)
        return precision

    @cached_property
    def both(self) -> Bools:
        """Pairs of retained items (R, p, p)."""
        return pairs_of(self.retained)

    @cached_property
    def item_correlations(self) -> Floats:
        """Correlations of the retained items (R, p, p), 0 for the others and NaN for one that never varies."""
        deviation = np.sqrt(np.where(self.retained, np.diagonal(self.items, axis1=1, axis2=2), 1.0))
        correlations = _ratio(np.where(self.both, self.items, 0.0), deviation[:, :, None] * deviation[:, None, :])
        return correlations

    @cached_property
    def counts(self) -> Floats:
        """Retained items of each block (R, m)."""
        return block_sums(self.retained.astype(np.float64), self.model)


def block_sums(values: Floats, model: Model) -> Floats:
    """Sums over each block's items, NaN counting as zero: (R, p) -> (R, m)."""
    return _summed(np.nan_to_num(values), model, 1)


def _summed(values: Floats, model: Model, axis: int) -> Floats:
    """Sums over the items of each block along one axis; 0 for a block whose items all stand in earlier ones."""
    if (np.diff(model.bounds) > 0).all():
        return np.add.reduceat(values, model.bounds[:-1], axis=axis)
    parts = np.split(values, model.bounds[1:-1], axis=axis)
    return np.stack([part.sum(axis=axis) for part in parts], axis=axis)


def average_variance_extracted(given: Given) -> Floats:
    """AVE of each construct, the mean squared loading of its items (R, m) (Fornell & Larcker 1981)."""
    counted = block_sums((~np.isnan(given.loadings)).astype(np.float64), given.model)
    return _ratio(block_sums(given.loadings**2, given.model), counted)


def composite_reliability(given: Given) -> Floats:
    """rho_c of each construct from standardised loadings (R, m) (Werts, Linn & Joreskog 1974)."""
    squared_sum = block_sums(given.loadings, given.model) ** 2
    return _ratio(squared_sum, squared_sum + block_sums(1.0 - given.loadings**2, given.model))


def omega(given: Given) -> Floats:
    """McDonald's (1999) omega of each block's unweighted sum (R, m): (sum lambda_i s_i)^2 over the sum's variance.

    The variance is the observed one, error covariances and all; lambda_i s_i is a loading in the units of `items`.
    """
    deviation = np.sqrt(np.diagonal(given.items, axis1=1, axis2=2))
    within = _between_blocks(np.where(given.both, given.items, 0.0), given.model)
    return _ratio(block_sums(given.loadings * deviation, given.model) ** 2, np.diagonal(within, axis1=1, axis2=2))


def cronbach_alpha(given: Given) -> Floats:
    """Alpha of each block's retained items from `items` (R, m), NaN for a single item (Cronbach 1951)."""
    alpha = np.empty((len(given.items), len(given.model.blocks)))
    alpha_batch(given.items, given.retained, given.model.bounds, alpha)
    return alpha


def fornell_larcker(given: Given) -> Floats:
    """AVE less the largest squared correlation with another construct (R, m): positive passes the criterion (1981)."""
    squared = given.correlations**2
    squared[:, np.arange(squared.shape[1]), np.arange(squared.shape[1])] = 0.0
    margin: Floats = average_variance_extracted(given) - squared.max(axis=2)
    return margin


def adjusted_r2(given: Given) -> Floats:
    """1 - (1 - R2)(n - 1) / (n - k - 1) of each outcome with k predictors (R, m); R2 itself in a population."""
    if not np.isfinite(given.n):
        return given.r2
    df = given.n - given.model.path_matrix.sum(axis=1) - 1
    return 1.0 - (1.0 - given.r2) * (given.n - 1) / np.where(df > 0, df, np.nan)


def effect_size(given: Given) -> Floats:
    """Cohen's (1988) f2 of each path (R, m, m) as [outcome, predictor]: (R2 - R2 without the predictor) / (1 - R2).

    R2 falls by b^2 / [R_xx^-1]_kk without predictor k.
    """
    unexplained = 1.0 - given.r2[:, :, None]
    return given.paths**2 / given.predictor_precision / np.where(unexplained == 0, np.nan, unexplained)


def variance_inflation(given: Given) -> Floats:
    """VIF of each path's predictor among its outcome's predictors (R, m, m) as [outcome, predictor]."""
    return given.predictor_precision


def total_effects(given: Given) -> Floats:
    """Effects along all chains of paths, B + B^2 + ..., (R, m, m) as [cause, effect] (Bollen 1987)."""
    effects = given.paths
    for _ in range(len(given.model.blocks) - 2):
        effects = given.paths + given.paths @ effects
    return effects.transpose(0, 2, 1)


def total_indirect_effects(given: Given) -> Floats:
    """Effects along all chains of two or more paths (R, m, m) as [cause, effect]."""
    return total_effects(given) - given.paths.transpose(0, 2, 1)


def htmt(given: Given) -> Floats:
    """Size of the heterotrait-monotrait ratio of signed correlations (R, m, m) (Henseler, Ringle & Sarstedt 2015).

    What cSEM prints: correlations keep their signs in the means, the ratio loses its own. NaN where just one of the two
    blocks has a mean correlation under 0 (the root of a negative number), or one of exactly 0.
    """
    return np.abs(_heterotrait_monotrait(given.item_correlations, given))


def htmt_absolute(given: Given) -> Floats:
    """Heterotrait-monotrait ratio of absolute correlations (R, m, m), as for items of either wording."""
    return _heterotrait_monotrait(np.abs(given.item_correlations), given)


def htmt2(given: Given) -> Floats:
    """HTMT2, the ratio of geometric means (R, m, m) (Roemer, Schuberth & Henseler 2021).

    NaN where a correlation between the two blocks or within one of them is negative, however many are: a geometric mean
    is one of positive numbers, and cSEM gives none either.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        logarithms = np.log(np.where(given.both, given.item_correlations, 1.0))
        between, within = _mean_correlations(logarithms, 0.0, given)
        return np.exp(between - (within[:, :, None] + within[:, None, :]) / 2.0)


def _heterotrait_monotrait(correlations: Floats, given: Given) -> Floats:
    """Mean correlation between two blocks over the root of the product of the means within them (R, m, m)."""
    between, within = _mean_correlations(correlations, 1.0, given)
    with np.errstate(invalid="ignore"):
        return _ratio(between, np.sqrt(within[:, :, None] * within[:, None, :]))


def _mean_correlations(values: Floats, alone: float, given: Given) -> tuple[Floats, Floats]:
    """Means of values (R, p, p) between blocks (R, m, m) and, off the diagonal, within (R, m): `alone` for one item."""
    sums = _between_blocks(values, given.model)
    k = given.counts
    own = block_sums(np.diagonal(values, axis1=1, axis2=2), given.model)
    within = _ratio(np.diagonal(sums, axis1=1, axis2=2) - own, k * (k - 1.0))
    return _ratio(sums, k[:, :, None] * k[:, None, :]), np.where(k == 1, alone, within)


def _between_blocks(values: Floats, model: Model) -> Floats:
    """Sums over every pair of blocks: (R, p, p) -> (R, m, m)."""
    return _summed(_summed(values, model, 1), model, 2)


def _ratio(numerator: Floats, denominator: Floats) -> Floats:
    """The quotient, NaN where the denominator is 0."""
    return numerator / np.where(denominator == 0, np.nan, denominator)


#: The one list of derived quantities. A new one is a function here and a line.
QUANTITIES: Mapping[Kind, Callable[[Given], Floats]] = {
    "adj_r2": adjusted_r2,
    "alpha": cronbach_alpha,
    "omega": omega,
    "rho_c": composite_reliability,
    "ave": average_variance_extracted,
    "fornell_larcker": fornell_larcker,
    "f2": effect_size,
    "vif": variance_inflation,
    "total": total_effects,
    "total_indirect": total_indirect_effects,
    "htmt": htmt,
    "htmt_abs": htmt_absolute,
    "htmt2": htmt2,
}


def value_of(target: Target, given: Given) -> Floats:
    """The true value of a target (R,), NaN where none is defined. rho_c is then omega, of the unweighted sum."""
    value = parameter(target, given.model, given.paths, given.correlations, given.r2, given.loadings)
    if value is not None:
        return value
    kind: Kind = "omega" if target.kind == "rho_c" else target.kind
    if kind not in QUANTITIES:
        return np.full(len(given.paths), np.nan)
    values = QUANTITIES[kind](given)
    for part in target.parts:
        values = values[:, given.model.constructs.index(part)]
    return values
