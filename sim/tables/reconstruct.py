"""From a table to a population: one point of the set of one-factor populations that give what a paper printed.

Loadings of the answers come from `onefactor`, those before the cut from them by least squares. Constructs are then
related so that scores as the method makes them correlate as printed: the correlation of two scores rises with that of
the constructs before the cut, so it is bracketed and solved. Outcomes are taken in causal order: their paths b among
scores are printed, or follow from printed correlations (C b = r), or take shares of what the printed R2 = b'Cb leaves.
"""

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from math import sqrt

import numpy as np
from scipy.optimize import brentq, least_squares, root

from sim.answers.cutcurve import correlations_of_answers
from sim.answers.likert import Scale, cut_variance, uncut_correlation
from sim.batch import Floats
from sim.errors import InputError
from sim.population.record import Population
from sim.tables.onefactor import BlockTask, answer_loadings
from sim.tables.outcome import Outcome, stick_breaking
from sim.tables.reading.printed import Printed
from sim.tables.reading.table import Pair, Reported, Table
from sim.tables.tablescale import thresholds

#: What is taken where neither the table nor a factor says.
LOADING, CORRELATION, R2 = 0.8, 0.3, 0.3
_ALMOST = 0.9999


@dataclass(frozen=True)
class Choices:
    """What the table leaves open. Names as factors' `sets` have them; docs/from-a-table.md tells what each means.

    unequal: 0 for the most equal loadings that the table allows, 1 for the least. dropped: true loading of dropped
    items, None for the mean of their block's kept ones. loading: before the cut, of blocks without printed reliability.
    correlations before the cut and shares of paths by pair, with one for all that are not named.
    """

    unequal: float = 0.0
    dropped: float | None = None
    loading: float = LOADING
    correlation: float = CORRELATION
    correlations: Mapping[Pair, float] = field(default_factory=dict)
    shares: Mapping[Pair, float] = field(default_factory=dict)
    r2: Mapping[str, float] = field(default_factory=dict)
    mean_answer: float | None = None


@dataclass(frozen=True)
class _Scores:
    """A block's kept items and the scores that the method makes of them.

    before: loadings before the cut (k,); cuts (k, T); factors: loadings of the answers (k,); weights (k,) of the
    standardised answers in a score of variance 1; mean: the mean correlation of the answers.
    """

    before: Floats
    cuts: Floats
    factors: Floats
    weights: Floats
    mean: float


def population(table: Table, choices: Choices, name: str = "table", source: str = "") -> Population:
    """The population at these choices. Raises InputError where none has the printed numbers."""
    cuts = thresholds(table, choices.mean_answer)
    scale = Scale(cuts) if cuts else Scale.continuous()
    own = dict(zip(table.model.items, cuts, strict=True)) if cuts else {}
    scores: list[_Scores] = []
    values: dict[str, float] = {}
    for block in table.reported.values():
        kept = np.array([own[item] for item in block.kept]) if cuts else np.empty((block.k, 0))
        of_block = _scores(table, block, kept, choices)
        scores.append(of_block)
        dropped = float(of_block.before.mean()) if choices.dropped is None else choices.dropped
        values |= {f"{block.construct}=~{item}": dropped for item in block.items}
        loadings = zip(block.kept, of_block.before, strict=True)
        values |= {f"{block.construct}=~{item}": float(loading) for item, loading in loadings}
    values |= _Structure(table, choices, scores).solve()
    made = Population.of(table.model, values, scale, name, source or table.source)
    if table.method != "pls" or all(len(set(map(tuple, each.cuts.tolist()))) == 1 for each in scores):
        return made
    weighted = _mode_a(made, scores)
    values |= _Structure(table, choices, weighted).solve()
    return Population.of(table.model, values, scale, name, source or table.source)


def _mode_a(made: Population, scores: list[_Scores]) -> list[_Scores]:
    """The scores with weights from the items' covariances with the scores of linked constructs (mode A of PLS).

    Items of different thresholds are not bent alike by the cut, so that their factor loadings are not exact weights.
    """
    linked = made.model.path_matrix | made.model.path_matrix.T
    phi, found = made.structure.construct_correlations, []
    for i, own in enumerate(scores):
        covariance = np.zeros(len(own.weights))
        for j in np.flatnonzero(linked[i]):
            other = scores[j]
            toward = _answers(own.before, own.cuts, other.before, other.cuts, float(phi[i, j])) @ other.weights
            covariance += toward * (own.weights @ toward)
        within = _answers(own.before, own.cuts, own.before, own.cuts, 1.0)
        np.fill_diagonal(within, 1.0)
        size = sqrt(float(covariance @ within @ covariance))
        found.append(replace(own, weights=covariance / size) if size > 1e-9 else own)
    return found


def _scores(table: Table, block: Reported, cuts: Floats, choices: Choices) -> _Scores:
    task = BlockTask.of(block, table.method, table.rule)
    key = tuple(map(tuple, cuts.tolist()))
    if task.is_open:
        before = np.full(block.k, choices.loading)
    else:
        wanted = answer_loadings(task, choices.unequal)
        try:
            before = np.array(_before_cut(wanted, key))
        except InputError as error:
            raise InputError(f"{block.construct}: {error}") from None
    within = _answers(before, cuts, before, cuts, 1.0)
    np.fill_diagonal(within, 1.0)
    off = (within.sum() - block.k) / max(block.k * (block.k - 1), 1)
    factors = np.ones(1) if block.k == 1 else _one_factor(within)
    deviations = np.sqrt(cut_variance(cuts)) if cuts.size else np.ones(block.k)
    raw = {"pls": factors, "cb-sem": factors / (factors @ factors), "sum-scores": deviations}[table.method]
    size = 1.0 if table.method == "cb-sem" else np.sqrt(raw @ within @ raw)
    return _Scores(before, cuts, factors, raw / size, 1.0 if block.k == 1 else off)


@lru_cache(maxsize=4096)
def _before_cut(wanted: tuple[float, ...], key: tuple[tuple[float, ...], ...]) -> tuple[float, ...]:
    """Loadings before the cut whose answers have these factor loadings, by least squares on their correlations."""
    cuts, factors = np.array(key), np.array(wanted)
    if not cuts.size:
        return wanted
    if len(set(wanted)) == 1 and len(set(key)) == 1:
        return (float(np.sqrt(uncut_correlation(wanted[0] ** 2, key[0]))),) * len(wanted)
    upper = np.triu_indices(len(factors), 1)
    target = np.outer(factors, factors)[upper]

    def off(x: Floats) -> Floats:
        return np.asarray(_answers(x, cuts, x, cuts, 1.0)[upper] - target)

    start = np.clip(1.06 * factors, -_ALMOST, _ALMOST)
    solution = least_squares(off, start, bounds=(-1.0, 1.0), xtol=1e-13, ftol=1e-14)
    if np.abs(solution.x).max() > 1 - 1e-6:
        raise InputError("the cut leaves no loadings up to 1 that give the printed reliability; check the scale points")
    return tuple(float(x) for x in solution.x)


def _answers(a: Floats, cuts_a: Floats, b: Floats, cuts_b: Floats, phi: float) -> Floats:
    """Correlations of answers (k_a, k_b) of two blocks whose constructs correlate at phi."""
    return correlations_of_answers(np.clip(phi * np.outer(a, b), -1.0, 1.0), cuts_a, cuts_b)


def _one_factor(correlations: Floats) -> Floats:
    """Loadings of one factor (k,) by unweighted least squares, item after item (minres, Harman & Jones 1966)."""
    k = len(correlations)
    if k == 2:
        return np.full(2, np.sqrt(max(correlations[0, 1], 0.0)))
    off = correlations - np.diag(np.diag(correlations))
    loadings = np.sqrt(np.maximum(off.sum(axis=1) / (k - 1), 1e-4))
    for _ in range(500):
        before = loadings.copy()
        for i in range(k):
            rest = loadings @ loadings - loadings[i] ** 2
            loadings[i] = off[i] @ loadings / rest
        if np.abs(loadings - before).max() < 1e-12:
            break
    return np.asarray(loadings)


def between(a: _Scores, b: _Scores, phi: float) -> float:
    """The correlation that the method gives two constructs which correlate at phi before the cut."""
    return float(a.weights @ _answers(a.before, a.cuts, b.before, b.cuts, phi) @ b.weights)


def heterotrait_monotrait(a: _Scores, b: _Scores, phi: float) -> float:
    """The HTMT of two blocks whose constructs correlate at phi before the cut."""
    return float(_answers(a.before, a.cuts, b.before, b.cuts, phi).mean() / np.sqrt(a.mean * b.mean))


@dataclass(frozen=True)
class _Structure:
    """The constructs' correlations and paths before the cut, from what is printed of the scores."""

    table: Table
    choices: Choices
    scores: list[_Scores]

    def solve(self) -> dict[str, float]:
        """Correlations of exogenous constructs and all paths, by name."""
        model = self.table.model
        m = len(model.constructs)
        phi = np.eye(m)
        values: dict[str, float] = {}
        done: list[int] = []
        for j in model.causal_order:
            predictors = [int(i) for i in np.flatnonzero(model.path_matrix[j])]
            if predictors:
                b = self._outcome(j, predictors, phi)
                phi[j, done] = phi[done, j] = phi[np.ix_(done, predictors)] @ b
                values |= {
                    f"{model.constructs[j]}~{model.constructs[i]}": float(x) for i, x in zip(predictors, b, strict=True)
                }
            else:
                for i in done:  # exogenous ones come first
                    phi[i, j] = phi[j, i] = self._exogenous(min(i, j), max(i, j))
                    values[f"{model.constructs[i]}~~{model.constructs[j]}"] = float(phi[i, j])
            done.append(j)
        return values

    def _exogenous(self, i: int, j: int) -> float:
        """The correlation of two constructs without predictors: printed, by HTMT, by two paths and R2, or chosen."""
        model, table = self.table.model, self.table
        pair = (model.constructs[i], model.constructs[j])
        if (printed := table.correlations.get(pair)) is not None:
            return self._solved(i, j, printed.value)
        if (implied := implied_correlation(table, pair)) is not None:
            return self._solved(i, j, implied)
        if (ratio := table.htmt.get(pair)) is not None:
            return self._of_htmt(i, j, ratio)
        return self.choices.correlations.get(pair, self.choices.correlation)

    def _solved(self, i: int, j: int, wanted: float) -> float:
        pair = (self.table.model.constructs[i], self.table.model.constructs[j])
        return _root(lambda x: self._measured(i, j, x), wanted, pair, "a correlation")

    def _outcome(self, j: int, predictors: list[int], phi: Floats) -> Floats:
        """Paths to construct j before the cut."""
        constructs = self.table.model.constructs
        outcome = self._printed(j, predictors)
        among = phi[np.ix_(predictors, predictors)]
        c = np.eye(len(predictors))
        for a, b in itertools.combinations(range(len(predictors)), 2):
            c[a, b] = c[b, a] = self._measured(predictors[a], predictors[b], float(among[a, b]))
        if outcome.free.any():
            paths = self._with_shares(outcome, j, predictors, among, c)
        else:
            with_outcome = c @ outcome.score_paths(c)
            true = [self._solved(min(i, j), max(i, j), float(r)) for i, r in zip(predictors, with_outcome, strict=True)]
            paths = np.linalg.solve(among, np.array(true))
        if (r2 := float(paths @ among @ paths)) > 1 + 1e-9:
            raise InputError(
                f"{constructs[j]}: no constructs of these reliabilities are related as printed; they would have "
                f"R2 = {r2:.3f} before the cut"
            )
        return np.asarray(paths)

    def _printed(self, j: int, predictors: list[int]) -> Outcome:
        """What is printed of construct j; an HTMT stands for the correlation that goes with it."""
        table, constructs = self.table, self.table.model.constructs
        found: list[Printed | None] = []
        for i in predictors:
            pair = (constructs[min(i, j)], constructs[max(i, j)])
            correlation = table.correlations.get(pair)
            if correlation is None and (ratio := table.htmt.get(pair)) is not None:
                correlation = Printed(self._measured(i, j, self._of_htmt(i, j, ratio)), ratio.decimals)
            found.append(correlation)
        paths = tuple(table.paths.get((constructs[j], constructs[i])) for i in predictors)
        return Outcome(constructs[j], paths, tuple(found), table.reported[constructs[j]].r2)

    def _of_htmt(self, i: int, j: int, ratio: Printed) -> float:
        """The correlation before the cut of constructs with this HTMT."""
        pair = (self.table.model.constructs[min(i, j)], self.table.model.constructs[max(i, j)])
        return _root(lambda x: heterotrait_monotrait(self.scores[i], self.scores[j], x), ratio.value, pair, "HTMT")

    def _measured(self, i: int, j: int, phi: float) -> float:
        return between(self.scores[i], self.scores[j], phi)

    def _with_shares(self, outcome: Outcome, j: int, predictors: list[int], among: Floats, c: Floats) -> Floats:
        """Paths (q,) of which the free ones stand in the chosen shares: their size gives R2, the rest is as printed.

        Unknown are the size s of the free paths and the other paths before the cut. Where the others explain all that
        is printed, rounding included, the free ones are 0.
        """
        free, direction, wanted = outcome.free, self._direction(outcome, predictors), self._wanted(outcome)

        def scored(x: Floats) -> tuple[Floats, float]:
            with_outcome = among @ paths(x)
            r = np.array([self._measured(i, j, float(phi)) for i, phi in zip(predictors, with_outcome, strict=True)])
            b = np.linalg.solve(c, r)
            return outcome.fixed_misses(b, r), float(b @ r)

        def paths(x: Floats) -> Floats:
            found: Floats = x[0] * direction
            found[~free] = x[1:]
            return found

        most = 1 / sqrt(float(direction @ among @ direction))
        start = np.array([0.5 * most, *outcome.fixed_start])
        if free.all():
            return paths(np.array([_size(lambda s: scored(np.array([s]))[1], wanted, most, outcome.name)]))

        def misses(x: Floats) -> Floats:
            off, r2 = scored(x)
            return np.array([r2 - wanted, *off])

        def without_free(x: Floats) -> Floats:
            return scored(np.array([0.0, *x]))[0]

        solution = root(misses, start, tol=1e-12)
        if np.abs(solution.fun).max() <= 1e-8 and solution.x[0] >= -1e-9:
            return paths(solution.x)
        others = root(without_free, start[1:], tol=1e-12)
        x = np.array([0.0, *others.x])
        if np.abs(others.fun).max() <= 1e-8 and outcome.r2 is not None and outcome.r2.holds(scored(x)[1]):
            return paths(x)
        raise InputError(f"{outcome.name}: no paths give R2 = {wanted:g} beside the printed paths and correlations")

    def _direction(self, outcome: Outcome, predictors: list[int]) -> Floats:
        """The free paths in their shares, 0 for the others (q,)."""
        names = [self.table.model.constructs[i] for i, is_free in zip(predictors, outcome.free, strict=True) if is_free]
        direction = np.zeros(len(predictors))
        direction[outcome.free] = stick_breaking([self.choices.shares.get((outcome.name, name)) for name in names])
        return direction

    def _wanted(self, outcome: Outcome) -> float:
        """R2 of the scores: printed or chosen."""
        return self.choices.r2.get(outcome.name, R2) if outcome.r2 is None else outcome.r2.value


def _size(explained: Callable[[float], float], r2: float, most: float, outcome: str) -> float:
    """The size of all paths at which they explain R2."""
    if explained(0.0) >= r2:
        return 0.0
    if explained(most) < r2:
        raise InputError(
            f"{outcome}: no paths give R2 = {r2:g} with these reliabilities; perfectly related constructs would show "
            f"{explained(most):.3f}"
        )
    return float(brentq(lambda s: explained(s) - r2, 0.0, most, xtol=1e-12))


def _root(measured: Callable[[float], float], wanted: float, pair: Pair, what: str) -> float:
    """The correlation before the cut at which a measure that rises with it has the wanted value."""
    low, high = measured(-1.0), measured(1.0)
    if not low < wanted < high:
        raise InputError(
            f"{pair[0]}, {pair[1]}: {what} of {wanted:.4g} asks for more than perfectly related constructs of these "
            f"reliabilities show, {low:.4g} to {high:.4g}"
        )
    return float(brentq(lambda x: measured(x) - wanted, -1.0, 1.0, xtol=1e-11))


def implied_correlation(table: Table, pair: Pair) -> float | None:
    """The correlation of two predictors that fall out of both their paths and R2, (R2 - b1^2 - b2^2) / (2 b1 b2)."""
    for outcome in table.model.endogenous:
        predictors = {p for o, p in table.model.paths if o == outcome}
        r2, paths = table.reported[outcome].r2, [table.paths.get((outcome, p)) for p in pair]
        if predictors == set(pair) and r2 is not None and all(p is not None and p.value for p in paths):
            b = [p.value for p in paths if p is not None]
            implied = (r2.value - b[0] ** 2 - b[1] ** 2) / (2 * b[0] * b[1])
            return float(np.clip(implied, -1.0, 1.0))
    return None
