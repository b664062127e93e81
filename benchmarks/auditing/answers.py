"""What the paper's procedure does in each population that fits it: power, bias, drops, and so on, one value for each.

Every population is drawn from `replications` times; the first `tested` of its data sets are bootstrapped as the paper's
were. A value is told with its Monte Carlo standard error.
"""

import warnings
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from math import inf, sqrt

import numpy as np

from benchmarks.auditing.procedure import Procedure, fitted
from benchmarks.auditing.search import Effort
from benchmarks.planning.curve import Count
from benchmarks.planning.curve import fitted as fitted_curve
from estimators.base import Estimates
from sim.batch import Batch, Bools, Floats
from sim.drawing.many import ManyPopulations
from sim.streams import Address

#: Data sets of each size that the search for 80 % power looks at.
_SIZED = 96
#: Sizes that the search for 80 % power looks at, as multiples of n, and the power.
_SIZES, POWER = (0.5, 1.0, 2.0, 4.0, 8.0), 0.80
#: Type S and M errors are told of true paths of this size or more: of one near 0 any estimate is far too large.
SOME_EFFECT = 0.10
#: Beyond so many times n, the number needed is told as more.
FARTHEST = 30.0


@dataclass(frozen=True)
class Key:
    """A question: its kind, and the path or group of items that it is about, empty for the whole procedure."""

    kind: str
    about: str = ""


@dataclass(frozen=True)
class Values:
    """The answers to one question in K populations: values (K,), NaN where there is none, and their errors (K,)."""

    value: Floats
    error: Floats


Answers = dict[Key, Values]
#: One population's answers: value and Monte Carlo standard error.
_Row = dict[Key, tuple[float, float]]


def answers_of(
    procedure: Procedure,
    many: ManyPopulations,
    effort: Effort,
    address: Address,
    workers: int,
    tell: Callable[[str], None],
) -> Answers:
    """Every question over the populations."""
    done = 0

    def one(place: int) -> _Row:
        nonlocal done
        found = _of_population(procedure, many.rows(np.array([place])), effort, address, place)
        done += 1
        if done % 25 == 0:
            tell(f"running the paper's procedure: {done} of {len(many)} populations ...")
        return found

    with ThreadPoolExecutor(workers) as pool:
        rows = list(pool.map(one, range(len(many))))
    keys = dict.fromkeys(key for row in rows for key in row)
    missing = (np.nan, np.nan)
    return {
        key: Values(
            np.array([row.get(key, missing)[0] for row in rows]), np.array([row.get(key, missing)[1] for row in rows])
        )
        for key in keys
    }


def _of_population(procedure: Procedure, many: ManyPopulations, effort: Effort, address: Address, place: int) -> _Row:
    """All answers in one population; those that take longest only in the first ones."""
    table = procedure.table
    assert table.n is not None
    generator = address.generator("audited", place)
    data = many.draw(table.n, effort.replications, generator)[0]
    batch = Batch.of(
        data, np.arange(effort.replications) + place * effort.replications, address, items=table.model.items
    )
    plain = fitted(procedure.values_only, batch, table, procedure.paths)
    tested = fitted(procedure.method, batch.rows(slice(0, effort.tested)), table, procedure.paths)
    truth = _true_paths(procedure, many)
    found = _of_tests(procedure, tested, truth) | _of_values(procedure, plain, truth)
    if procedure.screens:
        found |= _of_drops(procedure, plain, many)
    found |= _replicability(procedure, tested)
    found |= {Key("truth", path.name): (float(value), 0.0) for path, value in zip(procedure.paths, truth, strict=True)}
    if place < effort.aside:
        found |= _nulls(procedure, many, effort, address, place)
        found |= _sizes(procedure, many, address, place)
    return found


def _true_paths(procedure: Procedure, many: ManyPopulations) -> Floats:
    """The true paths (q,) of one population."""
    constructs = list(procedure.table.model.constructs)
    return np.array([many.paths[0, constructs.index(o), constructs.index(x)] for o, x in procedure.table.model.paths])


def _of_tests(procedure: Procedure, fit: Estimates, truth: Floats) -> _Row:
    """Power (type I error where the path is 0), coverage, type S and type M errors of each path."""
    found: _Row = {}
    called = procedure.called(fit)
    for j, path in enumerate(procedure.paths):
        found[Key("power" if truth[j] else "type I error here", path.name)] = _share(called[:, j])
        known = np.isfinite(fit.lower[:, j])
        if known.any():
            held = (fit.lower[:, j] <= truth[j]) & (truth[j] <= fit.upper[:, j])
            found[Key("coverage", path.name)] = _share(held[known])
        if abs(truth[j]) >= SOME_EFFECT and called[:, j].any():
            some = fit.value[called[:, j], j]
            found[Key("type S", path.name)] = _share(some * truth[j] < 0)
            found[Key("type M", path.name)] = _mean(np.abs(some) / abs(truth[j]))
    return found


def _of_values(procedure: Procedure, fit: Estimates, truth: Floats) -> _Row:
    """Bias of each path, and how often data sets say the larger of two paths is the larger."""
    usable = fit.value[~fit.fatal]
    if len(usable) < 2:
        return {}
    found = {Key("bias", path.name): _mean(usable[:, j] - truth[j]) for j, path in enumerate(procedure.paths)}
    paths = list(procedure.table.model.paths)
    for first, second in procedure.paper.larger:
        a, b = paths.index(first), paths.index(second)
        about = f"{procedure.paths[a].name} > {procedure.paths[b].name}"
        found[Key("larger in a sample", about)] = _share(usable[:, a] > np.abs(usable[:, b]))
        found[Key("larger in truth", about)] = (float(truth[a] > abs(truth[b])), 0.0)
    return found


def _of_drops(procedure: Procedure, fit: Estimates, many: ManyPopulations) -> _Row:
    """The printed drops, as many in each block, as many in all, and the loss of an item that is good in truth."""
    table = procedure.table
    assert table.rule is not None
    retained = fit.retained[~fit.fatal]
    printed = np.array([item not in table.dropped for item in table.model.items])
    counts = procedure.dropped_counts(retained)
    wanted = procedure.dropped_counts(printed[None])[0]
    loadings = np.abs(many.loadings[0]) if procedure.paper.absolute else many.loadings[0]
    good = loadings >= table.rule.value
    found = {
        Key("these items"): _share((retained == printed).all(axis=1)),
        Key("as many of each"): _share((counts == wanted).all(axis=1)),
        Key("as many in all"): _share(counts.sum(axis=1) == wanted.sum()),
        Key("a good item dropped"): _share((~retained & good).any(axis=1)),
        Key("items dropped"): _mean(counts.sum(axis=1).astype(float)),
        Key("good items among the dropped"): (float((good & ~printed).sum()), 0.0),
    }
    if (~good).any():
        found[Key("a weak item kept")] = _share((retained & ~good).any(axis=1))
    return found


def _replicability(procedure: Procedure, fit: Estimates) -> _Row:
    """Whether a repeat finds the printed set of significant paths, and whether two repeats find the same set."""
    called = procedure.called(fit)
    printed = [procedure.paper.found(path) for path in procedure.table.model.paths]
    found: _Row = {}
    if all(each is not None for each in printed):
        found[Key("same set as printed")] = _share((called == np.array(printed, dtype=bool)).all(axis=1))
    total = len(called)
    _, times = np.unique(called, axis=0, return_counts=True)
    share = times / total
    # unbiased: pairs of different data sets
    agree = float((times * (times - 1)).sum() / (total * (total - 1)))
    found[Key("two repeats agree")] = (
        agree,
        2 * sqrt(max(float((share**3).sum()) - float((share**2).sum()) ** 2, 0.0) / total),
    )
    return found


def _nulls(procedure: Procedure, many: ManyPopulations, effort: Effort, address: Address, place: int) -> _Row:
    """Type I error of each path: the same population with that path 0."""
    constructs, found = list(procedure.table.model.constructs), dict[Key, tuple[float, float]]()
    assert procedure.table.n is not None
    for j, path in enumerate(procedure.paths):
        paths = many.paths.copy()
        outcome, predictor = procedure.table.model.paths[j]
        paths[0, constructs.index(outcome), constructs.index(predictor)] = 0.0
        null = ManyPopulations(many.model, many.loadings, paths, many.correlations, many.thresholds)
        if not null.exists[0]:
            continue
        data = null.draw(procedure.table.n, effort.tested, address.generator(f"null {path.name}", place))[0]
        ids = np.arange(effort.tested) + (place + (j + 1) * 10_000) * effort.replications
        fit = fitted(procedure.method, Batch.of(data, ids, address, items=many.model.items), procedure.table, (path,))
        found[Key("type I error", path.name)] = _share(procedure.called(fit)[:, 0])
    return found


def _sizes(procedure: Procedure, many: ManyPopulations, address: Address, place: int) -> _Row:
    """The n at which each path has 80 % power, by least-squares t: a probit line in root n through several sizes."""
    n, paths = procedure.table.n or 100, procedure.paths
    counts: list[list[Count]] = [[] for _ in paths]
    for k, size in _tried(procedure):
        data = many.draw(size, _SIZED, address.generator(f"size {k}", place))[0]
        batch = Batch.of(data, items=many.model.items)
        fit = fitted(procedure.values_only, batch, procedure.table, procedure.quick_targets())
        called = procedure.quick_called(procedure.quick_t(fit.value, size), size)
        for j in range(len(paths)):
            counts[j].append(Count(size, int(called[:, j].sum()), _SIZED))
    found: _Row = {}
    truth = _true_paths(procedure, many)
    for j, path in enumerate(paths):
        if not truth[j]:
            found[Key("n for 80%", path.name)] = (inf, 0.0)
            continue
        needed, error = crossing(counts[j])
        found[Key("n for 80%", path.name)] = (needed, error) if needed <= FARTHEST * n else (inf, 0.0)
    return found


def _tried(procedure: Procedure) -> list[tuple[int, int]]:
    """The sizes of surveys that power is looked for at, each with its place in `_SIZES`."""
    least = len(procedure.table.model.items) + 2 if procedure.base == "ml" else 0
    sizes = enumerate(max(int((procedure.table.n or 100) * times), 12) for times in _SIZES)
    return [(k, size) for k, size in sizes if size >= least]


def fewest_tried(procedure: Procedure) -> int:
    """The smallest of these sizes: a need of so many may be one of fewer."""
    return _tried(procedure)[0][1]


def crossing(counts: Sequence[Count]) -> tuple[float, float]:
    """The size at which a rate reaches 80 %, no smaller than the smallest looked at, and its standard error.

    Where too few sizes tell of a curve, by straight lines between them; infinite where the largest is too small.
    """
    line = fitted_curve(counts)
    if line is not None and line.slope > 0:
        needed = max(line.crossing(POWER), float(counts[0].n))
        low, high = (min(max(end, counts[0].n), 4 * needed) for end in line.band(POWER))
        return needed, (high - low) / 4
    shares = np.maximum.accumulate([count.share for count in counts])
    if shares[-1] < POWER:
        return inf, 0.0
    place = int(np.argmax(shares >= POWER))
    if not place:
        return float(counts[0].n), 0.0
    ends = [counts[place - 1].n, counts[place].n]
    return float(np.interp(POWER, shares[place - 1 : place + 1], ends)), (ends[1] - ends[0]) / 4


def _share(happened: Bools | Sequence[bool]) -> tuple[float, float]:
    """A rate and its standard error; at 0 and 1 that of one more data set each way (Agresti & Coull)."""
    total = len(happened)
    if not total:
        return np.nan, np.nan
    rate = float(np.mean(happened))
    used = (rate * total + 1) / (total + 2) if rate in (0.0, 1.0) else rate
    return rate, sqrt(used * (1 - used) / total)


def _mean(values: Floats) -> tuple[float, float]:
    if not len(values):
        return np.nan, np.nan
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        spread = float(np.std(values, ddof=1)) if len(values) > 1 else np.nan
    return float(np.mean(values)), spread / sqrt(len(values))
