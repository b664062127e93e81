"""Scenarios: the levels of a population's factors give the parameters that its [values] leave open."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from sim.batch import Floats
from sim.errors import InputError, unknown
from sim.model import Model
from sim.parameters.values import one_name, parameters
from sim.population.record import Population
from sim.quantities import SMALLEST
from sim.structures import products

#: What a factor may set, and the kind of parameter that this is.
_SETS = {
    "f2": "path",
    "path": "path",
    "loading": "loading",
    "correlation": "correlation",
    "weight": "weight",
    "item_correlation": "item_correlation",
}


def values_of(
    model: Model, given: Mapping[str, float], factors: Mapping[str, Any], chosen: Mapping[str, float]
) -> dict[str, float]:
    """Every parameter by its name: the `given` ones, and those that the factors set at the `chosen` numbers.

    A factor sets the parameters it names (`f2 Y~X Z~X`), or all of a kind that neither [values] nor another factor
    names (`f2`). Raises InputError for a factor that sets nothing, or what has its number from elsewhere.
    """
    values, f2 = dict(given), dict[str, float]()
    for factor, (kind, names) in _parameters(model, given, factors).items():
        (f2 if kind == "f2" else values).update(dict.fromkeys(names, chosen[factor]))
    return with_effect_sizes(model, values, f2)


def with_effect_sizes(model: Model, values: Mapping[str, float], f2: Mapping[str, float]) -> dict[str, float]:
    """The `values` with the positive paths `Y~X` that have these effect sizes f2 in the population before the cut.

    With s^2 = 1 - R2 of an outcome, f2 = b^2 / (s^2 v), v = [R_xx^-1]_kk (Cohen 1988), so b = s sqrt(f2 v) is linear
    in s, and s^2 = 1 - b' R_xx b a quadratic equation, which has one positive root whatever the f2. Raises InputError
    for a negative f2, for predictors that are collinear, and where the given paths leave nothing to explain.
    """
    for path, size in f2.items():
        if not size >= 0:
            raise InputError(f"the effect size f2 of {path} is {size:g}; give 0 or more")
    found = dict(values)
    if not f2:
        return found
    for j in known_population(model, found).structure.order:
        outcome = model.constructs[j]
        predictors = np.flatnonzero(model.path_matrix[j])
        names = [f"{outcome}~{model.constructs[k]}" for k in predictors]
        if not set(names) & set(f2):
            continue
        known = known_population(model, found)
        among = known.structure.construct_correlations[np.ix_(predictors, predictors)]
        if abs(np.linalg.det(among)) < SMALLEST:
            told = ", ".join(model.constructs[k] for k in predictors)
            raise InputError(f"no path to {outcome} has an effect size of its own: {told} cannot be told apart")
        sizes = np.array([f2.get(name, 0.0) for name in names])
        fixed = np.array([0.0 if name in f2 else found.get(name, 0.0) for name in names])
        per_s = np.sqrt(sizes * np.diag(np.linalg.inv(among)))
        b = fixed + _root_of_unexplained(*_acting(known, j, fixed, per_s), outcome) * per_s
        found |= {name: float(value) for name, value in zip(names, b, strict=True) if name in f2}
    return found


def known_population(model: Model, values: Mapping[str, float]) -> Population:
    """The population as far as `values` fix it: paths and loadings not solved yet count as 0, weights as 1."""
    open_ = dict.fromkeys(parameters(model, "path") + parameters(model, "loading"), 0.0)
    open_ |= dict.fromkeys(parameters(model, "weight"), 1.0)
    given = {one_name(name) for name in values}
    return Population.of(model, {name: value for name, value in open_.items() if name not in given} | dict(values))


def _acting(known: Population, j: int, fixed: Floats, per_s: Floats) -> tuple[Floats, Floats, Floats]:
    """Paths to construct j as fixed + s per_s, its products' among them, and the covariances of all that acts."""
    structure = known.structure
    effects = structure.all_paths[j, len(known.paths) :]
    acting = np.flatnonzero(np.append(known.model.path_matrix[j], effects != 0))
    fixed, per_s = np.append(fixed, effects[effects != 0]), np.append(per_s, np.zeros(np.count_nonzero(effects)))
    return fixed, per_s, structure.with_products[np.ix_(acting, acting)]


def _root_of_unexplained(fixed: Floats, per_s: Floats, among: Floats, outcome: str) -> float:
    """s = sqrt(1 - R2) with b = fixed + s per_s: (1 + p'Rp) s^2 + 2 f'Rp s + f'Rf - 1 = 0."""
    square = 1.0 + per_s @ among @ per_s
    half = fixed @ among @ per_s
    left = 1.0 - fixed @ among @ fixed
    if not left > 0:
        raise InputError(f"the given paths to {outcome} explain all of it; lower them, or give no f2 beside them")
    return float((-half + np.sqrt(half**2 + square * left)) / square)


def _parameters(
    model: Model, given: Mapping[str, float], factors: Mapping[str, Any]
) -> dict[str, tuple[str, tuple[str, ...]]]:
    """What every factor sets: its first word, and the names of the parameters."""
    taken = {one_name(name): "[values]" for name in given}
    found: dict[str, tuple[str, tuple[str, ...]]] = {}
    for factor, table in sorted(factors.items(), key=lambda item: len(item[1]["sets"].split()) < 2):
        kind, *named = table["sets"].split() or [""]
        if kind not in _SETS:
            allowed = ", ".join([*_SETS, "SECTION.KEY"])
            raise InputError(f"factor {factor} sets '{table['sets']}'; beside [values], it may set {allowed}")
        names = named or [name for name in parameters(model, _SETS[kind]) if one_name(name) not in taken]
        if not names:
            raise InputError(
                f"factor {factor} sets '{kind}', but every {_SETS[kind]} has its value; remove one of the two"
            )
        for name in names:
            is_of = _kind_of(model, name)
            if is_of != _SETS[kind] and (kind, is_of) != ("path", "product"):
                raise InputError(f"factor {factor} sets {kind} {name}: {unknown('kind', is_of, [_SETS[kind]])}")
            if (where := taken.setdefault(one_name(name), factor)) != factor:
                raise InputError(
                    f"factor {factor} sets {name}, which {where} gives already; leave it to one of the two"
                )
        found[factor] = (kind, tuple(names))
    return {factor: found[factor] for factor in factors}


def _kind_of(model: Model, name: str) -> str:
    """The kind of the parameter of this name, the path of a product being one of its own."""
    if products.read(name, model):
        return "product"
    within = {one_name(pair) for pair in parameters(model, "item_correlation")}
    return "item_correlation" if one_name(name) in within else model.target(name).kind
