"""What every estimator of a common factor model shares: its parameters, the codes of targets, refusals."""

from collections.abc import Sequence
from itertools import combinations, pairwise

import numpy as np

from estimators.base import product_refusal
from estimators.constrained.table import table_of
from estimators.kernels import solution as kernel
from estimators.kernels.factor_model import COVARIANCE, PATH, Codes, Structure
from estimators.solution import check_first_order
from sim.batch import Floats
from sim.model import Model
from sim.targets import Target


def refusal(model: Model, method: str, of: object = None) -> str | None:
    """Why `method` cannot estimate the model: composites, an error covariance without an error, too few moments.

    Methods that fit plain models alone refuse what goes beyond them first; see `estimators.base.beyond_names`.
    """
    message = product_refusal(model, method, of) or composite_block(model, method) or missing_error(model)
    p = len(model.items)
    means = p if model.with_means else 0
    moments, parameters = p * (p + 1) // 2 + means, parameter_count(model)
    if message or parameters <= moments:
        return message
    given = "means, variances and covariances" if means else "variances and covariances"
    return (
        f"the model has {parameters} free parameters, and {p} items give {moments} {given}; "
        "add items or remove paths or covariances"
    )


def is_general(model: Model) -> bool:
    """Whether the general search is needed: for terms of the model, items of several constructs, second order."""
    return bool(model.terms or model.crossed or model.second_order)


def composite_block(model: Model, method: str) -> str | None:
    """The refusal of a `method` for reflective blocks alone, or None."""
    for block in model.blocks:
        if block.kind != "reflective":
            return (
                f"block {block.construct} is composite (<~); {method} estimates reflective blocks (=~), "
                f"so write `{block.construct} =~ {' + '.join(block.items)}` or choose PLS or sum scores"
            )
    return None


def missing_error(model: Model) -> str | None:
    """The refusal of an error covariance with an item that is alone in its block and has no error, or None."""
    shared = {item for block in model.crossed for item in block.items}
    alone = {b.items[0]: b.construct for b in model.blocks if len(b.items) == 1 and b.items[0] not in shared}
    for pair in model.error_covariances:
        for item in pair:
            if item in alone:
                return (
                    f"`{' ~~ '.join(pair)}`: {item} is the only item of {alone[item]} and so has no error; "
                    f"remove the covariance or give {alone[item]} more items"
                )
    return None


def structure_of(model: Model) -> Structure:
    """The model as the compiled loops take it."""
    return Structure(np.array(model.causal_order), structural_parameters(model), error_pairs(model), model.bounds)


def structural_parameters(model: Model) -> Codes:
    """Free parameters among constructs (s, 3) as [PATH | COVARIANCE, row, column].

    Paths as written; covariances of all exogenous constructs, of all exogenous observed variables but not of one with
    the other (lavaan's default), of the residuals of all endogenous constructs that predict nothing (lavaan's
    auto.cov.y), and those written with `~~`.
    """
    check_first_order(model)
    place = model.constructs.index
    endogenous, predicts = model.path_matrix.any(axis=1), model.path_matrix.any(axis=0)
    observed = np.array([construct in model.observed for construct in model.constructs])
    exogenous = combinations(np.flatnonzero(~endogenous).tolist(), 2)
    pairs = dict.fromkeys(pair for pair in exogenous if observed[pair[0]] == observed[pair[1]])
    pairs |= dict.fromkeys(combinations(np.flatnonzero(endogenous & ~predicts).tolist(), 2))
    written = [(a, b) for a, b in model.covariances if a in model.constructs]
    pairs |= dict.fromkeys((min(place(a), place(b)), max(place(a), place(b))) for a, b in written)
    steps = [(PATH, place(outcome), place(predictor)) for outcome, predictor in model.paths]
    steps += [(COVARIANCE, a, b) for a, b in pairs]
    return np.array(steps, dtype=np.int64).reshape(-1, 3)


def error_pairs(model: Model) -> Codes:
    """Pairs of items whose errors covary (e, 2)."""
    place = model.items.index
    pairs = [(place(a), place(b)) for a, b in model.error_covariances]
    return np.array(pairs, dtype=np.int64).reshape(-1, 2)


def is_saturated(model: Model) -> bool:
    """Whether the structure has as many parameters as there are construct correlations."""
    m = len(model.blocks)
    return len(structural_parameters(model)) == m * (m - 1) // 2


def parameter_count(model: Model) -> int:
    """Free parameters of the whole model: a loading and an error variance an item, a variance for an item alone."""
    if is_general(model):
        return table_of(model, [True] * len(model.items)).parameters
    items = sum(2 * len(block.items) if len(block.items) > 1 else 1 for block in model.blocks)
    return items + len(error_pairs(model)) + len(structural_parameters(model))


def target_codes(model: Model, targets: Sequence[Target], tested: Sequence[Target], steps: Codes) -> Codes:
    """What the kernel differentiates: each target, then each unstandardised path; see `kernel.target_gradient`."""
    rows = [_code(model, target, steps) for target in targets]
    for target in tested:
        outcome, predictor = (model.constructs.index(part) for part in target.parts)
        rows.append([kernel.UNSTANDARDISED, _step(steps, outcome, predictor), outcome, predictor])
    width = max([4, *map(len, rows)])
    return np.array([row + [-1] * (width - len(row)) for row in rows], dtype=np.int64).reshape(-1, width)


def probe(target: Target, model: Model) -> Target:
    """The target whose derivatives give those of a variance: R2 for a residual's, the loading for an error's."""
    if target.kind != "variance":
        return target
    name = target.parts[0]
    if name in model.constructs:
        return Target("r2", (name,)) if name in model.endogenous else Target("df", ())
    return Target("loading", (model.constructs[model.block_of[model.items.index(name)]], name))


def probes(targets: Sequence[Target], model: Model) -> list[Target]:
    """The targets that the kernel differentiates; see `probe` and `errors_of_variances`."""
    return [probe(target, model) for target in targets]


def errors_of_variances(se: Floats, targets: Sequence[Target], loadings: Floats, model: Model) -> Floats:
    """Standard errors (R, q or more) in which those of loadings stand for error variances 1 - l^2: times 2 |l|."""
    turned = se
    for column, target in enumerate(targets):
        if target.kind == "variance" and target.parts[0] not in model.constructs:
            turned = se.copy() if turned is se else turned
            turned[:, column] *= 2.0 * np.abs(loadings[:, model.items.index(target.parts[0])])
    return turned


def _code(model: Model, target: Target, steps: Codes) -> list[int]:
    index = [model.constructs.index(part) for part in target.parts if part in model.constructs]
    match target.kind:
        case "path":
            return [kernel.CHAIN, _step(steps, *index)]
        case "indirect":
            return [kernel.CHAIN, *(_step(steps, b, a) for a, b in pairwise(index))]
        case "loading":
            return [kernel.LOADING, model.items.index(target.parts[1])]
        case "correlation":
            return [kernel.CORRELATION, *index]
        case "r2" | "ave" | "rho_c":
            return [{"r2": kernel.R2, "ave": kernel.AVE, "rho_c": kernel.RHO_C}[target.kind], *index]
        case "total" | "total_indirect":
            return [kernel.TOTAL if target.kind == "total" else kernel.TOTAL_INDIRECT, *index]
    return [kernel.NOTHING]


def _step(steps: Codes, outcome: int, predictor: int) -> int:
    """The structural parameter that is this path."""
    return int(np.flatnonzero((steps == (PATH, outcome, predictor)).all(axis=1))[0])
