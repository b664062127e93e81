"""Unstandardised parameters, as lavaan prints them: standardised ones with the items' means and standard deviations."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from sim.batch import Floats
from sim.errors import InputError, unknown
from sim.model import Model
from sim.structures.crossloadings import read_crossloading


@dataclass(frozen=True)
class Standardised:
    """Parameters by name on the standardised scale; means and sds by item in units of the answers."""

    values: dict[str, float]
    means: dict[str, float]
    sds: dict[str, float]


@dataclass(frozen=True)
class _Raw:
    """A factor model's matrices in units of one's own: k constructs, the model's first, then the unmodelled ones.

    loadings (p, k); paths (k, k); covariances (k, k) of exogenous constructs and of disturbances, NaN where a variance
    is not given; errors (p, p), NaN likewise; intercepts of items (p,) and of constructs (k,).
    """

    model: Model
    constructs: tuple[str, ...]
    loadings: Floats
    paths: Floats
    covariances: Floats
    errors: Floats
    intercepts: Floats
    levels: Floats
    keys: dict[str, str] = field(default_factory=dict)


def standardised(model: Model, values: Mapping[str, float], unmodelled: Sequence[str] = ()) -> Standardised:
    """Standardised parameters, and the items' means and SDs, of unstandardised ones.

    Names are lavaan's: loadings `F=~x1`, paths `Y~X`, `F~~G` covariances, `F~~F` the variance of an exogenous construct
    or of a disturbance, `x1~~x1` and `x1~~x2` of errors, `x1~1` and `F~1` intercepts. Where a variance is not given,
    the construct or the response has variance 1 in all; intercepts are 0. Raises InputError for models of other than
    common factors, and for what leaves no variance.
    """
    for block in (*model.second_order, *(block for block in model.blocks if block.kind == "composite")):
        kind = "composite" if block.kind == "composite" else "of second order"
        raise InputError(
            f'solution = "raw" is of common factors, and {block.construct} is {kind}; leave one of the two out'
        )
    raw = _placed(model, values, unmodelled)
    constructs = _construct_covariances(raw)
    common = raw.loadings @ constructs @ raw.loadings.T
    own = np.diag(raw.errors).copy()
    for i, item in enumerate(model.items):
        if np.isnan(own[i]):
            own[i] = 1.0 - common[i, i]
            if own[i] < -1e-12:
                raise InputError(
                    f"{item}: its loadings give it variance {common[i, i]:.4g}, and without `{item}~~{item}` it has 1 "
                    f"in all; give the error variance `{item}~~{item}`"
                )
    sds = np.sqrt(np.diag(common) + np.maximum(own, 0.0))
    of_constructs = np.sqrt(np.diag(constructs))
    spread = dict(zip((*raw.constructs, *model.items), (*of_constructs, *sds), strict=True))
    if flat := [name for name, sd in spread.items() if not sd > 0]:
        raise InputError(f"{flat[0]} has variance 0; give it one, `{flat[0]}~~{flat[0]}`")
    means = raw.intercepts + raw.loadings @ np.linalg.solve(np.eye(len(raw.paths)) - raw.paths, raw.levels)
    return Standardised(
        {key: _in_deviations(key, kind, values[key], spread) for key, kind in raw.keys.items()},
        dict(zip(model.items, map(float, means), strict=True)),
        dict(zip(model.items, map(float, sds), strict=True)),
    )


def _in_deviations(key: str, kind: str, value: float, spread: Mapping[str, float]) -> float:
    """A parameter in standard deviations of what it joins."""
    joint = {"loading": "=~", "covariance": "~~", "path": "~"}[kind]
    left, right = key.replace(" ", "").split(joint)
    match kind:
        case "loading":
            return value * spread[left] / spread[right]
        case "path":
            return value * spread[right] / spread[left]
    return value / (spread[left] * spread[right])


def _placed(model: Model, values: Mapping[str, float], unmodelled: Sequence[str]) -> _Raw:
    """The values in their matrices."""
    constructs = (*model.constructs, *unmodelled)
    k, p = len(constructs), len(model.items)
    of_constructs = (np.zeros((p, k)), np.zeros((k, k)), np.zeros((k, k)))
    raw = _Raw(model, constructs, *of_constructs, np.zeros((p, p)), np.zeros(p), np.zeros(k))
    np.fill_diagonal(raw.covariances, np.nan)
    np.fill_diagonal(raw.errors, np.nan)
    for key, value in values.items():
        _place(raw, key, float(value), unmodelled)
    return raw


def _place(raw: _Raw, key: str, value: float, unmodelled: Sequence[str]) -> None:
    text, items = key.replace(" ", ""), raw.model.items
    if ":" in text or "<~" in text:
        raise InputError(f'{key}: solution = "raw" knows loadings, paths, `~~` and intercepts `x~1`; leave it out')
    joint = next(joint for joint in ("=~", "~~", "~", "") if joint in text)
    left, right = text.split(joint, 1) if joint else (text, "")
    known = (*raw.constructs, *items)
    for name in (left, *((right,) if (joint, right) != ("~", "1") else ())):
        if name not in known:
            raise InputError(f"{key}: {unknown('name', name, known)}")
    if joint == "~" and right == "1":
        vector, names = (raw.intercepts, items) if left in items else (raw.levels, raw.constructs)
        vector[names.index(left)] = value
    elif joint == "~~":
        matrix, names = (raw.errors, items) if left in items else (raw.covariances, raw.constructs)
        if right not in names:
            raise InputError(f"{key} joins a construct and an item; join two of a kind")
        i, j = names.index(left), names.index(right)
        if i == j and value < 0:
            raise InputError(f"{key} is {value:g}; a variance is 0 or more")
        matrix[i, j] = matrix[j, i] = value
        if i != j:
            raw.keys[key] = "covariance"
    elif joint == "=~":
        read_crossloading(text, raw.model, unmodelled)
        if right not in items:
            raise InputError(f"{key}: {unknown('item', right, items)}")
        raw.loadings[items.index(right), raw.constructs.index(left)] = value
        raw.keys[key] = "loading"
    else:
        raw.model.target(text)
        raw.paths[raw.constructs.index(left), raw.constructs.index(right)] = value
        raw.keys[key] = "path"


def _construct_covariances(raw: _Raw) -> Floats:
    """Covariances of all constructs (k, k); one whose own variance is not given has variance 1 in all."""
    m = len(raw.model.constructs)
    found = np.zeros_like(raw.paths)
    done: list[int] = []
    for j in (*raw.model.causal_order, *range(m, len(raw.constructs))):
        explained = float(raw.paths[j] @ found @ raw.paths[j])
        own, name = raw.covariances[j, j], raw.constructs[j]
        if np.isnan(own):
            own = 1.0 - explained
            if own < -1e-12:
                raise InputError(
                    f"{name}: its paths give it variance {explained:.4g}, and without `{name}~~{name}` it has 1 in "
                    f"all; give its residual variance `{name}~~{name}`"
                )
        if raw.paths[j].any() or (j < m and name in raw.model.endogenous):
            found[j, done] = found[done, j] = raw.paths[j] @ found[:, done]
        else:
            found[j, done] = found[done, j] = raw.covariances[j, done]
        found[j, j] = explained + max(own, 0.0)
        done.append(j)
    return found
