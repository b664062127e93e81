"""Calibration: from a published PLS table to a population that gives the table's values after the cut, under PLS.

The published AVE is that of composites of Likert answers. With k retained items of equal loadings and thresholds,
mode A weights are equal by symmetry, AVE = (1 + (k - 1) r) / k and alpha = k r / (1 + (k - 1) r), where r is the
correlation of two answers. So r follows from the table, the correlation before the cut from r, and the loading is its
square root. Paths are then solved on the composites' correlations, which are closed forms of the same kind.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import root

from sim.answers.likert import Scale, cut_covariance, cut_variance, uncut_correlation
from sim.batch import Floats
from sim.errors import InputError, unknown
from sim.model import Model
from sim.population.record import Population
from sim.solving.scenarios import known_population

#: What may be published of a block. The first one there is solved for, the others are consequences.
_PUBLISHED = ("ave", "alpha", "rho_c")


@dataclass(frozen=True)
class PublishedTable:
    """What a study printed after dropping items: per construct any of alpha, rho_c, ave; r2 per outcome."""

    blocks: Mapping[str, Mapping[str, float]]
    r2: Mapping[str, float]
    dropped: tuple[str, ...] = ()


@dataclass(frozen=True)
class OpenChoices:
    """What the table leaves open. Paths without an effect size share one coefficient, solved to the published R2.

    dropped_loading: true loading of the dropped items, None for that of their block. correlations: `A~~B` of
    exogenous constructs. effect_sizes: Cohen's f2 of a path `Y~X` in the population before the cut.
    """

    dropped_loading: float | None = None
    correlations: Mapping[str, float] | None = None
    effect_sizes: Mapping[str, float] | None = None


@dataclass(frozen=True)
class CalibrationRow:
    """One published number beside the one the population gives, after the cut and under PLS on the retained items."""

    quantity: str
    published: float
    achieved: float
    solved: bool


@dataclass(frozen=True)
class Calibration:
    """The population and how close it comes. Rows with `solved` were solved for; the others are consequences."""

    population: Population
    rows: tuple[CalibrationRow, ...]


def calibrate(
    model: Model,
    table: PublishedTable,
    choices: OpenChoices,
    shares: Sequence[float] | None,
    name: str,
    source: str = "",
) -> Calibration:
    """Population whose retained items give the table's AVE (else alpha, else rho_c) and R2.

    Every item has the category `shares` (None: continuous answers). Raises InputError where no population does.
    """
    _check_blocks(model)
    _check_names(model, table, choices)
    items = len(model.items)
    scale = Scale.continuous() if shares is None else Scale.from_shares(shares, items)
    cuts = np.asarray(() if scale.is_continuous else scale.thresholds[0])
    kept = [[item for item in block.items if item not in table.dropped] for block in model.blocks]
    answer_r = np.array([
        _answer_correlation(block.construct, len(left), table.blocks.get(block.construct, {}))
        for block, left in zip(model.blocks, kept, strict=True)
    ])  # fmt: skip
    loadings = np.sqrt([uncut_correlation(r, cuts) for r in answer_r])
    composites = _Composites(loadings, answer_r, np.array([len(left) for left in kept]), cuts)
    values = {
        f"{block.construct}=~{item}": loading
        if item in left or choices.dropped_loading is None
        else choices.dropped_loading
        for block, left, loading in zip(model.blocks, kept, loadings, strict=True)
        for item in block.items
    }
    values |= dict(choices.correlations or {})
    for j in model.causal_order:
        if model.constructs[j] in model.endogenous:
            values |= _solve_paths(model, j, values, table, choices.effect_sizes or {}, composites)
    population = Population.of(model, values, scale, name, source)
    return Calibration(population, tuple(_rows(model, population, table, composites)))


@dataclass(frozen=True)
class _Composites:
    """Equally weighted composites of equal items: loadings, answer correlations and item counts of each block (m,)."""

    loadings: Floats
    answer_r: Floats
    counts: Floats
    cuts: Floats

    def correlations(self, phi: Floats) -> Floats:
        """Correlations of the composites after the cut (m, m), given those of the constructs before it."""
        before = phi * np.outer(self.loadings, self.loadings)
        after = _cut_correlations(before, self.cuts)
        variance = self.counts * (1 + (self.counts - 1) * self.answer_r)
        composite = after * np.outer(self.counts, self.counts) / np.sqrt(np.outer(variance, variance))
        np.fill_diagonal(composite, 1.0)
        return composite

    def ave(self, j: int) -> float:
        """AVE of composite j."""
        k, r = self.counts[j], self.answer_r[j]
        return float((1 + (k - 1) * r) / k)

    def reliability(self, kind: str, j: int) -> float:
        """ave, alpha or rho_c of composite j."""
        k, ave = self.counts[j], self.ave(j)
        if kind == "ave":
            return ave
        if kind == "alpha":
            return float(k / (k - 1) * (1 - 1 / (k * ave)))
        return float(k * ave / (k * ave + 1 - ave))


def _check_blocks(model: Model) -> None:
    """Raises InputError for blocks whose reliabilities say nothing of loadings."""
    for block in model.every_block:
        if block.kind == "composite" or block in model.second_order:
            what = "composite (<~)" if block.kind == "composite" else "a second-order construct"
            raise InputError(
                f"calibration: {block.construct} is {what}, and a population is solved from a published table for "
                "first-order reflective blocks (=~) only; give [values]"
            )


def _check_names(model: Model, table: PublishedTable, choices: OpenChoices) -> None:
    """Raises InputError where the table or the choices name what the model has not: it would be left out unsaid."""
    paths = [f"{outcome}~{predictor}" for outcome, predictor in model.paths]
    named: list[tuple[str, Iterable[str], Iterable[str]]] = [
        ("block", table.blocks, model.constructs),
        ("dropped item", table.dropped, model.items),
        ("construct with r2", table.r2, model.endogenous),
        ("path with effect size", choices.effect_sizes or {}, paths),
        *(("published value", values, _PUBLISHED) for values in table.blocks.values()),
    ]
    for what, names, allowed in named:
        for name in names:
            if name not in allowed:
                raise InputError(f"calibration: {unknown(what, name, allowed)}")
    for path, f2 in (choices.effect_sizes or {}).items():
        if not f2 >= 0:
            raise InputError(f"calibration: the effect size f2 of {path} is {f2:g}; give 0 or more")


def _answer_correlation(construct: str, k: int, published: Mapping[str, float]) -> float:
    """Correlation r of two retained answers from the first of ave, alpha, rho_c that is published."""
    if k < 2:
        raise InputError(f"calibration of {construct}: {k} retained item(s); at least 2 are needed")
    if "ave" in published:
        r = (k * published["ave"] - 1) / (k - 1)
    elif "alpha" in published:
        r = published["alpha"] / (k - (k - 1) * published["alpha"])
    elif "rho_c" in published:
        ave = published["rho_c"] / (k - (k - 1) * published["rho_c"])
        r = (k * ave - 1) / (k - 1)
    else:
        raise InputError(f"calibration of {construct}: give one of ave, alpha, rho_c")
    if not 0 < r < 1:
        given = ", ".join(f"{key} = {value:g}" for key, value in published.items())
        raise InputError(
            f"calibration of {construct}: {given} with {k} items means an inter-item correlation of {r:.4g}; "
            "it must lie between 0 and 1 (check the item count and the table)"
        )
    return r


def _cut_correlations(before: Floats, cuts: Floats) -> Floats:
    """Correlations after the cut of items with the same thresholds."""
    if not cuts.size:
        return before
    flat = np.clip(before.ravel(), -1 + 1e-12, 1 - 1e-12)
    above = np.broadcast_to(cuts, (flat.size, cuts.size))
    after: Floats = (cut_covariance(above, above, flat) / cut_variance(cuts)).reshape(before.shape)
    return after


def _solve_paths(
    model: Model,
    j: int,
    values: Mapping[str, float],
    table: PublishedTable,
    f2: Mapping[str, float],
    composites: _Composites,
) -> dict[str, float]:
    """Paths to construct j that give its published R2 under PLS and the wanted effect sizes before the cut."""
    outcome = model.constructs[j]
    predictors = np.flatnonzero(model.path_matrix[j])
    names = [f"{outcome}~{model.constructs[k]}" for k in predictors]
    free = [name for name in names if name not in f2]
    if outcome not in table.r2 or not free:
        raise InputError(
            f"calibration of {outcome}: give its r2 and leave at least one of {', '.join(names)} without effect size"
        )
    small = [name for name in names if f2.get(name)]
    phi = known_population(model, values).structure.construct_correlations.copy()
    among = phi[np.ix_(predictors, predictors)]
    own_variance = 1 / np.diag(np.linalg.inv(among))

    def coefficients(x: Floats) -> Floats:
        solved = dict.fromkeys(free, x[0]) | dict(zip(small, x[1:], strict=True))
        return np.array([solved.get(name, 0.0) for name in names])

    def residuals(x: Floats) -> Floats:
        b = coefficients(x)
        phi[j, predictors] = phi[predictors, j] = among @ b
        c = composites.correlations(phi)
        with_outcome = c[predictors, j]
        achieved = with_outcome @ np.linalg.solve(c[np.ix_(predictors, predictors)], with_outcome)
        unexplained = 1 - b @ among @ b
        effects = [b[names.index(s)] ** 2 * own_variance[names.index(s)] - f2[s] * unexplained for s in small]
        return np.array([achieved - table.r2[outcome], *effects])

    start = np.array([0.5 / len(free)] + [np.sqrt(f2[s]) / 2 for s in small])
    solution = root(residuals, start, tol=1e-14)
    b = coefficients(solution.x)
    if not np.abs(residuals(solution.x)).max() <= 1e-9 or b @ among @ b > 1:
        raise InputError(
            f"calibration of {outcome}: no paths give R2 = {table.r2[outcome]:g} under PLS with these reliabilities; "
            "the table asks for more than perfectly related constructs would show"
        )
    return dict(zip(names, (float(value) for value in b), strict=True))


def _rows(model: Model, population: Population, table: PublishedTable, composites: _Composites) -> list[CalibrationRow]:
    rows = []
    for j, construct in enumerate(model.constructs):
        published = table.blocks.get(construct, {})
        solved = next(kind for kind in _PUBLISHED if kind in published)
        rows += [
            CalibrationRow(f"{kind}({construct})", value, composites.reliability(kind, j), kind == solved)
            for kind, value in published.items()
        ]
    c = composites.correlations(population.structure.construct_correlations)
    for construct, value in table.r2.items():
        j = model.constructs.index(construct)
        predictors = np.flatnonzero(model.path_matrix[j])
        achieved = c[j, predictors] @ np.linalg.solve(c[np.ix_(predictors, predictors)], c[predictors, j])
        rows.append(CalibrationRow(f"r2({construct})", value, float(achieved), True))
    return rows
