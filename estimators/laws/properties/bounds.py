"""Laws of the bounds of the possible: what cannot exist is called so, and what follows from others follows."""

from itertools import pairwise

import numpy as np

from estimators.base import Estimates, Status
from estimators.laws.subject import NotTested, Subject, demand
from estimators.laws.worlds import Survey
from sim.batch import Floats
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
    for r in good:
        correlations = correlations_of(fit, int(r), survey.model)
        lowest = float(np.linalg.eigvalsh(correlations)[0]) if np.isfinite(correlations).all() else 0.0
        demand(
            lowest >= -1e-7, "INADMISSIBLE, or a fatal status, where correlations cannot exist together",
            f"OK with construct correlations whose smallest eigenvalue is {lowest:.4g} in data set {r + 1}",
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
    names += [f"slope({y}~{a}|{b}={at})" for y, a, b in model.products for at in (-1, 0, 2)]
    names += [f"{block.construct}<~{item}" for block in model.blocks for item in block.items]
    return tuple(model.target(name) for name in names)


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
        if left > 0:
            right[f"adj_r2({y})"] = 1 - (1 - r2) * (n - 1) / left
        if np.isfinite(among).all() and np.linalg.eigvalsh(among)[0] > 1e-6:
            for x, value, vif in zip(predictors, b, np.diag(np.linalg.inv(among)), strict=True):
                right[f"vif({y}~{x})"] = vif
                if r2 < 0.999:
                    right[f"f2({y}~{x})"] = value**2 / vif / (1 - r2)
    for block in model.blocks:
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
            demand(
                not np.isfinite(variance) or abs(variance - 1) < 1e-4,
                f"weights of {block.construct} that give a sum of standardised items of variance 1",
                f"variance {variance:.6g} in data set {r + 1}",
            )  # fmt: skip


def _alpha(covariances: Floats) -> float:
    k, total = len(covariances), float(covariances.sum())
    return k / max(k - 1, 1) * (1 - float(np.trace(covariances)) / total) if total else np.nan
