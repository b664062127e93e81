"""Laws of the bounds of the possible: what cannot exist is called so, and what follows from others follows."""

from itertools import combinations, pairwise

import numpy as np

from estimators.base import Estimates, Status
from estimators.laws.subject import NotTested, Subject, demand
from estimators.laws.worlds import Survey
from estimators.shared.errors import joined
from sim.batch import Bools, Floats
from sim.model import Model
from sim.targets import Target

_SLACK = 1e-8


def possible(method: Subject, survey: Survey, rng: np.random.Generator) -> None:
    """Look at data sets that are OK: nothing in them may be impossible."""
    fit = method.of(survey)
    good = np.flatnonzero(fit.status == Status.OK)
    # An r2 of another kind, such as two-stage least squares', may be negative and mean it.
    lowest_r2 = -np.inf if method.claims.own_r2 else 0
    bounds = {"correlation": (-1, 1), "loading": (-1, 1), "r2": (lowest_r2, 1), "ave": (0, 1), "alpha": (-np.inf, 1)}
    for q, target in enumerate(fit.targets):
        if target.kind not in bounds:
            continue
        low, high = bounds[target.kind]
        for r in good:
            value = fit.value[r, q]
            demand(
                not np.isfinite(value) or low - _SLACK <= value <= high + _SLACK,
                "INADMISSIBLE or a fatal status where an estimate is outside what can exist",
                f"OK with {target.name} = {value:.6g} in data set {r + 1}",
            )  # fmt: skip
    if survey.population is not None:
        _not_brought_back(fit, good)
    for r in good:
        correlations = correlations_of(fit, int(r), survey.model)
        lowest = float(np.linalg.eigvalsh(correlations)[0]) if np.isfinite(correlations).all() else 0.0
        demand(
            lowest >= -1e-7, "INADMISSIBLE, or a fatal status, where correlations cannot exist together",
            f"OK with construct correlations whose smallest eigenvalue is {lowest:.4g} in data set {r + 1}",
        )  # fmt: skip


def _not_brought_back(fit: Estimates, good: np.ndarray) -> None:
    """Correlations beyond what is possible are not written down as a largest one that is."""
    places = [q for q, target in enumerate(fit.targets) if target.kind == "correlation"]
    values = np.abs(fit.value[good][:, places])
    high, counts = np.unique(np.round(values[values > 0.9], 12), return_counts=True)
    demand(
        (counts < 3).all(), "INADMISSIBLE where a correlation would be beyond what can exist",
        f"OK with a correlation of {high[np.argmax(counts)] if len(high) else 0:.6g} in {counts.max(initial=0)} places "
        "of different data sets: a bound in place of an estimate",
    )  # fmt: skip


def follows(method: Subject, survey: Survey, rng: np.random.Generator) -> None:
    """Ask for every kind of target and work out those that follow from others."""
    model = survey.model
    targets = (*model.targets, *_derived(model))
    fit = method.of(survey, targets)
    if fit.fatal.all():
        raise NotTested("no data set could be used")
    for r in map(int, np.flatnonzero(~fit.fatal)):
        expected = _worked_out(fit, r, survey, method)
        for name, right in expected.items():
            given = fit.value[r, fit.column(name)]
            distance = abs(given - right)
            demand(
                not np.isfinite(distance) or distance <= 1e-6 * max(1.0, abs(right)),
                f"{name} to follow from what the method itself reports: {right:.6g}",
                f"{given:.6g} in data set {r + 1}",
            )  # fmt: skip
    _of_items(fit, survey, method)


def _derived(model: Model) -> tuple[Target, ...]:
    """Every indirect effect, total effect, effect size and weight of the model."""
    names = ["->".join(chain) for chain in chains(model) if len(chain) > 2]
    pairs = dict.fromkeys((chain[0], chain[-1]) for chain in chains(model))
    names += [f"{kind}({a}->{b})" for a, b in pairs for kind in ("total", "total_indirect")]
    names += [f"{kind}({y}~{x})" for y, x in model.paths for kind in ("f2", "vif")]
    names += [f"adj_r2({y})" for y in model.endogenous]
    names += [
        f"difference({y}~{a},{y}~{b})" for y in model.endogenous for a, b in combinations(_predictors(model, y), 2)
    ]
    if not model.products:  # a product is one of the others for some methods and not for others
        names += [f"fornell_larcker({block.construct})" for block in model.blocks if len(model.blocks) > 1]
    names += [f"rho_a({block.construct})" for block in model.blocks]
    names += [f"{kind}({a},{b})" for a, b in combinations(model.constructs, 2) for kind in ("htmt", "htmt_abs")]
    names += [f"slope({y}~{a}|{b}={at})" for y, a, b in model.products for at in (-1, 0, 2)]
    names += [f"{block.construct}<~{item}" for block in model.blocks for item in block.items]
    return tuple(model.target(name) for name in names)


def _predictors(model: Model, outcome: str) -> list[str]:
    return [x for y, x in model.paths if y == outcome]


def chains(model: Model) -> list[tuple[str, ...]]:
    """Every chain of one path or more, from cause to effect."""
    found: list[tuple[str, ...]] = [(x, y) for y, x in model.paths]
    for chain in found:  # grows while it is read
        found += [(*chain, y) for y, x in model.paths if x == chain[-1]]
    return found


def _value(fit: Estimates, r: int, name: str) -> float:
    return float(fit.value[r, fit.column(name)])


def correlations_of(fit: Estimates, r: int, model: Model) -> Floats:
    """The construct correlations (m, m) of data set r as reported, NaN where not given."""
    names, correlations = model.constructs, np.eye(len(model.constructs))
    for a, b in model.pairs:
        i, k = names.index(a), names.index(b)
        correlations[i, k] = correlations[k, i] = _value(fit, r, f"{a}~~{b}")
    return correlations


def _worked_out(fit: Estimates, r: int, survey: Survey, method: Subject) -> dict[str, float]:
    """What data set r's derived targets must be, from its paths, correlations, r2 and loadings."""
    model, n = survey.model, survey.answers.shape[1]
    right = _effects(fit, r, model) | _slopes(fit, r, model)
    correlations = correlations_of(fit, r, model)
    curved = {outcome for outcome, _, _ in model.products}
    for y in (y for y in model.endogenous if y not in curved):
        predictors = [x for outcome, x in model.paths if outcome == y]
        places, j = [model.constructs.index(x) for x in predictors], model.constructs.index(y)
        among, b = correlations[np.ix_(places, places)], np.array([_value(fit, r, f"{y}~{x}") for x in predictors])
        explained = 2 * b @ correlations[places, j] - b @ among @ b
        r2, left = _value(fit, r, f"r2({y})"), n - len(predictors) - 1
        if not method.claims.own_r2:
            right[f"r2({y})"] = explained
        for a, c in combinations(predictors, 2):
            right[f"difference({y}~{a},{y}~{c})"] = _value(fit, r, f"{y}~{a}") - _value(fit, r, f"{y}~{c}")
        if left > 0:
            right[f"adj_r2({y})"] = 1 - (1 - r2) * (n - 1) / left
        if np.isfinite(among).all() and np.linalg.eigvalsh(among)[0] > 1e-6:
            for x, value, vif in zip(predictors, b, np.diag(np.linalg.inv(among)), strict=True):
                right[f"vif({y}~{x})"] = vif
                if r2 < 0.999:
                    right[f"f2({y}~{x})"] = value**2 / vif / (1 - r2)
    for j, block in enumerate(model.blocks):
        if len(model.blocks) > 1 and not model.products:
            others = np.delete(correlations[j], j) ** 2
            right[f"fornell_larcker({block.construct})"] = _value(fit, r, f"ave({block.construct})") - others.max()
        loadings = np.array([_value(fit, r, f"{block.construct}=~{item}") for item in block.items])
        loadings = loadings[np.isfinite(loadings)]
        if len(loadings) and block.kind == "reflective":
            total = loadings.sum() ** 2
            right[f"ave({block.construct})"] = float((loadings**2).mean())
            if total > 1e-6:
                right[f"rho_c({block.construct})"] = total / (total + (1 - loadings**2).sum())
    return right


def _effects(fit: Estimates, r: int, model: Model) -> dict[str, float]:
    """Indirect effects are products of their paths, total ones sums over all chains."""
    right: dict[str, float] = {}
    total: dict[tuple[str, str], float] = {}
    for chain in chains(model):
        product = float(np.prod([_value(fit, r, f"{y}~{x}") for x, y in pairwise(chain)]))
        ends = (chain[0], chain[-1])
        total[ends] = total.get(ends, 0.0) + product
        if len(chain) > 2:
            right["->".join(chain)] = product
    for (a, b), effect in total.items():
        direct = _value(fit, r, f"{b}~{a}") if (b, a) in model.paths else 0.0
        right[f"total({a}->{b})"], right[f"total_indirect({a}->{b})"] = effect, effect - direct
    return right


def _slopes(fit: Estimates, r: int, model: Model) -> dict[str, float]:
    """Simple slopes are a path and so many times the product; the slope of a square has twice that."""
    right: dict[str, float] = {}
    for y, a, b in model.products:
        path, product = _value(fit, r, f"{y}~{a}"), _value(fit, r, f"{y}~{a}:{b}")
        for at in (-1, 0, 2):
            right[f"slope({y}~{a}|{b}={at})"] = path + at * product * (2 if a == b else 1)
    return right


def _of_items(fit: Estimates, survey: Survey, method: Subject) -> None:
    """Alpha is that of the items or of the standardised items; a weighted sum of standardised items has variance 1."""
    model = survey.model
    if method.claims.ordinal or model.covariances:
        return
    for r in map(int, np.flatnonzero(~fit.fatal & fit.retained.all(axis=1))):
        covariances = np.cov(survey.answers[r].astype(np.float64).T).reshape(len(model.items), -1)
        deviations = np.sqrt(np.diag(covariances))
        correlations = covariances / np.outer(deviations, deviations)
        _heterotrait(fit, r, correlations, model)
        for j, block in enumerate(model.blocks):
            own = np.ix_(*[np.arange(model.bounds[j], model.bounds[j + 1])] * 2)
            alpha = _value(fit, r, f"alpha({block.construct})")
            right = [_alpha(matrix[own]) for matrix in (covariances, correlations)]
            demand(
                not np.isfinite(alpha) or len(block.items) < 2 or min(abs(alpha - one) for one in right) < 1e-6,
                f"alpha({block.construct}) of the items, {right[0]:.6g}, or of the standardised items, {right[1]:.6g}",
                f"{alpha:.6g} in data set {r + 1}",
            )  # fmt: skip
            weights = np.array([_value(fit, r, f"{block.construct}<~{item}") for item in block.items])
            variance = float(weights @ correlations[own] @ weights)
            rho = _value(fit, r, f"rho_a({block.construct})")
            if block.kind == "reflective" and np.isfinite(rho) and np.isfinite(weights).all() and len(block.items) > 1:
                together = joined(model)[own]
                right = [
                    _rho_a(weights / np.sqrt(variance), correlations[own], left_out)
                    for left_out in (together, np.zeros_like(together))
                ]
                demand(
                    any(abs(rho - each) < 1e-6 * max(1.0, abs(each)) for each in right),
                    f"rho_a({block.construct}) of the weights and the items' correlations, {right[0]:.6g}",
                    f"{rho:.6g} in data set {r + 1}",
                )  # fmt: skip
            demand(
                not np.isfinite(variance) or abs(variance - 1) < 1e-4,
                f"weights of {block.construct} that give a sum of standardised items of variance 1",
                f"variance {variance:.6g} in data set {r + 1}",
            )  # fmt: skip


def _rho_a(weights: Floats, correlations: Floats, left_out: Bools) -> float:
    """Reliability of a composite of variance 1 whose weights are proportional to its loadings (Dijkstra & Henseler).

    Pairs of items in `left_out` (k, k) do not count: errors of theirs may covary.
    """
    apart_from = ~(left_out | np.eye(len(weights), dtype=bool))
    outer, apart = np.outer(weights, weights) * apart_from, correlations * apart_from
    return float((weights @ weights) ** 2 * (weights @ apart @ weights) / (weights @ outer @ weights))


def _heterotrait(fit: Estimates, r: int, correlations: Floats, model: Model) -> None:
    """Mean correlation of two blocks' items over the geometric mean of those within, of signed or absolute ones."""
    blocks = [np.arange(model.bounds[j], model.bounds[j + 1]) for j in range(len(model.blocks))]
    for one, other in combinations(range(len(blocks)), 2):
        if min(len(blocks[one]), len(blocks[other])) < 2:
            continue
        for kind in ("htmt", "htmt_abs"):
            name = f"{kind}({model.constructs[one]},{model.constructs[other]})"
            given = _value(fit, r, name)
            right = [_htmt(way(correlations), blocks[one], blocks[other]) for way in (np.array, np.abs)]
            demand(
                not np.isfinite(given) or any(abs(abs(given) - abs(each)) < 1e-6 for each in right),
                f"{name} to follow from the items' correlations: {right[kind != 'htmt']:.6g}",
                f"{given:.6g} in data set {r + 1}",
            )  # fmt: skip


def _htmt(correlations: Floats, one: np.ndarray, other: np.ndarray) -> float:
    within = [correlations[np.ix_(own, own)][np.triu_indices(len(own), 1)].mean() for own in (one, other)]
    both = within[0] * within[1]
    return float(correlations[np.ix_(one, other)].mean() / np.sqrt(both)) if both > 0 else np.nan


def _alpha(covariances: Floats) -> float:
    k, total = len(covariances), float(covariances.sum())
    return k / max(k - 1, 1) * (1 - float(np.trace(covariances)) / total) if total else np.nan
