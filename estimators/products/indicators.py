"""Product indicators: a method on the model in which products of items measure each product of constructs."""

from dataclasses import replace
from itertools import chain
from typing import Literal

import numpy as np
from scipy.special import ndtr, ndtri

from estimators.base import PARTS, Estimates, Estimator
from estimators.factors.covariance import LikelihoodMethod
from estimators.factors.structure import is_general
from estimators.products.endless import with_product_items
from estimators.products.items import Covary, ProductItems, name_of, residuals
from estimators.products.moments import standard_scores, unit_weights
from estimators.solution import loading_targets, weight_targets
from estimators.wrappers.wrapper import standardised
from sim.batch import Batch, Floats
from sim.grammar.expressions import Expression
from sim.grammar.terms import Definition, Modifier, Term, Terms
from sim.model import Model
from sim.targets import Target

#: What the unit of a product follows from.
Unit = Literal["marker", "blocks", "scores", "none"]


def by_indicators(
    inner: Estimator,
    batch: Batch,
    model: Model,
    targets: tuple[Target, ...],
    items: ProductItems,
    orthogonal: bool,
    covary: Covary,
    unit: Unit,
) -> Estimates:
    """Estimates of `inner` on the model and the answers with product items.

    covary: which error covariances of product items with a common item `inner` knows. On the standardised
    scale the coefficient of a product is that of the product of the standardised constructs: what `inner` gives for the
    product's own construct, standardised by its own deviation, over that deviation, which errors, intervals and
    p-values take as known. unit: what that deviation follows from, see `_sizes`; "none" where `inner` tells its
    estimates in the units of the answers: slopes have none there.
    """
    whole, data = items.fitted(covary), items.data(batch, orthogonal)
    own = [_own(target) for target in targets]
    raw = unit == "none"
    beside = () if raw else weight_targets(whole) if unit == "scores" else loading_targets(whole)
    asked = tuple(dict.fromkeys((*(each for each in own if each is not None), *_parts(targets), *beside)))
    fit = inner.fit(data, whole, asked)
    sizes = {} if raw else _sizes(fit, batch, data, items, whole, orthogonal, unit)
    found = {name: np.full((len(batch), len(targets)), np.nan) for name in PARTS}
    for column, (target, each) in enumerate(zip(targets, own, strict=True)):
        if each is None:
            continue
        numbers = {name: getattr(fit, name)[:, fit.column(each.name)] for name in PARTS}
        if target.kind == "product" and not raw:
            numbers = _rescaled(numbers, 1.0 / sizes[name_of(*target.parts[1:])])
        for name in PARTS:
            found[name][:, column] = numbers[name]
    short = fit.short[:, : len(model.blocks)]
    _put_margins(found["value"], targets, standardised(inner) if raw else inner, data, whole, model)
    estimates = fit.replaced(targets=targets, retained=batch.retained, short=short, **found)
    slopes = [target for target in targets if target.kind == "slope"]
    if raw or not slopes:
        return estimates
    return _with_slopes(estimates, fit, slopes, sizes, inner, data, whole)


def _put_margins(
    values: Floats, targets: tuple[Target, ...], inner: Estimator, data: Batch, whole: Model, model: Model
) -> None:
    """Fornell & Larcker's margins in values (R, q): a product is no other construct, however it is fitted."""
    margins = {column: each.parts[0] for column, each in enumerate(targets) if each.kind == "fornell_larcker"}
    asked = {
        construct: [
            Target("ave", (construct,)),
            *(Target("correlation", (construct, other)) for other in model.constructs if other != construct),
        ]
        for construct in margins.values()
    }
    if not asked:
        return
    fit = inner.without_inference().fit(data, whole, list(dict.fromkeys(chain.from_iterable(asked.values()))))
    for column, construct in margins.items():
        own, *others = (fit.value[:, fit.column(each.name)] for each in asked[construct])
        values[:, column] = own - np.max([other**2 for other in others], axis=0)


def _own(target: Target) -> Target | None:
    """The target of the model with product items that is this one; None for what is made of several."""
    if target.kind in ("slope", "fornell_larcker"):
        return None
    if target.kind == "product":
        return Target("path", (target.parts[0], name_of(*target.parts[1:])))
    return target


def _parts(targets: tuple[Target, ...]) -> list[Target]:
    """The paths that slopes are made of."""
    found = []
    for target in targets:
        if target.kind == "slope":
            outcome, a, b = target.parts[:3]
            found += [Target("path", (outcome, a)), Target("path", (outcome, name_of(*sorted((a, b)))))]
    return found


def _sizes(
    fit: Estimates, batch: Batch, data: Batch, items: ProductItems, whole: Model, orthogonal: bool, unit: Unit
) -> dict[str, Floats]:
    """By product, what its own construct's coefficient is divided by to be that of the product of the two (R,).

    The standard deviation of the product in units of those of its constructs. "marker": l_ab s_ab / (l_a s_a l_b s_b),
    l standardised loadings and s standard deviations, of the product's first retained item, which carries its unit: the
    path is then the unstandardised one in units of the constructs' standard deviations, b sd(A) sd(B) / sd(Y).
    "blocks": the same of the sums over all its items, each in units of its own deviation. "scores": the reciprocal of
    the slope of the product's score on the product of the two scores (both less what the items predict, where
    orthogonal).
    """
    if unit == "scores":
        if not batch.has_answers:
            return _endless_sizes_of_scores(fit, batch, data, items, whole, orthogonal)
        return _sizes_of_scores(fit, data, items, whole, orthogonal)
    deviation = np.sqrt(np.diagonal(data.moments.covariances, axis1=1, axis2=2))
    rows, found = np.arange(len(data)), {}
    place = {item: column for column, item in enumerate(whole.items)}
    at = fit.column
    columns = np.array([at(target.name) for target in loading_targets(whole)])
    standard = fit.value[:, columns]
    carried = standard * deviation
    for name, pairs in items.items.items():
        own = np.array([place[name_of(*pair)] for pair in pairs])
        first_items, second_items = ([place[pair[side]] for pair in pairs] for side in (0, 1))
        if unit == "marker":
            numerator, denominator = carried[:, own], carried[:, first_items] * carried[:, second_items]
            first = np.argmax(data.retained[:, own], axis=1)
            numerator, denominator = numerator[rows, first], denominator[rows, first]
        else:
            with np.errstate(divide="ignore", invalid="ignore"):
                numerator = carried[:, own] / (deviation[:, first_items] * deviation[:, second_items])
            denominator = standard[:, first_items] * standard[:, second_items] * data.retained[:, own]
            numerator, denominator = np.nansum(numerator, axis=1), np.nansum(denominator, axis=1)
        with np.errstate(divide="ignore", invalid="ignore"):
            found[name] = np.where(fit.fatal, np.nan, numerator / denominator)
    return found


def _sizes_of_scores(
    fit: Estimates, data: Batch, items: ProductItems, whole: Model, orthogonal: bool
) -> dict[str, Floats]:
    weights = fit.value[:, [fit.column(target.name) for target in weight_targets(whole)]]
    scores = standard_scores(data, weights, whole)
    raw = data.raw - data.raw.mean(axis=1, keepdims=True)
    found = {}
    for name, (a, b) in items.factors.items():
        both, own = (scores[:, :, [whole.constructs.index(each) for each in names]] for names in ((a, b), (name,)))
        multiplied = both[:, :, :1] * both[:, :, 1:]
        multiplied = multiplied - multiplied.mean(axis=1, keepdims=True)
        if orthogonal:
            of = [whole.items.index(item) for c in dict.fromkeys((a, b)) for item in whole.indicators[c]]
            multiplied = residuals(multiplied, raw[:, :, of] * data.retained[:, None, of])
        spread, shared = (multiplied**2).mean(axis=(1, 2)), (multiplied * own).mean(axis=(1, 2))
        with np.errstate(divide="ignore", invalid="ignore"):
            found[name] = np.where(fit.fatal, np.nan, spread / shared)
    return found


def _endless_sizes_of_scores(
    fit: Estimates, batch: Batch, data: Batch, items: ProductItems, whole: Model, orthogonal: bool
) -> dict[str, Floats]:
    """Sizes of products of scores in a population's moments, where such a product is a sum of products of items."""
    weights = fit.value[:, [fit.column(target.name) for target in weight_targets(whole)]]
    unit, p, found = unit_weights(data.moments, weights, whole), len(items.model.items), {}
    for name, (a, b) in items.factors.items():
        of_a, of_b, own = (whole.constructs.index(each) for each in (a, b, name))
        (left,), (right,) = (np.nonzero(whole.block_of[:p] == place) for place in (of_a, of_b))
        pairs = [(int(i), int(k)) for i in left for k in right]
        multiplied = (unit[:, of_a, left][:, :, None] * unit[:, of_b, right][:, None, :]).reshape(len(batch), -1)
        (columns,) = np.nonzero(whole.block_of == own)
        every = [*pairs, *(items.places[column - p] for column in columns)]
        predicted_by = [items.predictors(name)] * len(every) if orthogonal else None
        among = with_product_items(batch, every, predicted_by).covariances[:, p:, p:]
        k = len(pairs)
        spread = np.einsum("rk,rkl,rl->r", multiplied, among[:, :k, :k], multiplied)
        shared = np.einsum("rk,rkl,rl->r", multiplied, among[:, :k, k:], unit[:, own, columns])
        with np.errstate(divide="ignore", invalid="ignore"):
            found[name] = np.where(fit.fatal, np.nan, spread / shared)
    return found


def _rescaled(numbers: dict[str, Floats], factor: Floats) -> dict[str, Floats]:
    """Value, error and interval in another unit; the p-value stays."""
    ends = numbers["lower"] * factor, numbers["upper"] * factor
    return {
        "value": numbers["value"] * factor,
        "se": numbers["se"] * np.abs(factor),
        "lower": np.where(factor < 0.0, ends[1], ends[0]),
        "upper": np.where(factor < 0.0, ends[0], ends[1]),
        "p_value": numbers["p_value"],
    }


def _with_slopes(
    estimates: Estimates,
    fit: Estimates,
    slopes: list[Target],
    sizes: dict[str, Floats],
    inner: Estimator,
    data: Batch,
    whole: Model,
) -> Estimates:
    """The estimates with slopes, and with their errors where the method fits labels: normal intervals and p-values."""
    found = {name: getattr(estimates, name).copy() for name in PARTS}
    shared = _shared([each for each in slopes if float(each.parts[3])], inner, data, whole)
    level = float(getattr(inner, "level", 0.95))
    for target in slopes:
        path, product = _parts((target,))
        _, a, b, at = target.parts
        weight = float(at) * (2.0 if a == b else 1.0) / sizes[product.parts[1]]
        one, other = (fit.column(part.name) for part in (path, product))
        column = estimates.column(target.name)
        value = fit.value[:, one] + weight * fit.value[:, other]
        found["value"][:, column] = value
        if float(at) == 0.0:
            for name in PARTS:
                found[name][:, column] = getattr(fit, name)[:, one]
        elif (path, product) in shared:
            errors = _of_sum(fit, value, weight, one, other, shared[path, product], level)
            for name, numbers in errors.items():
                found[name][:, column] = numbers
    return estimates.replaced(**found)


def _of_sum(
    fit: Estimates, value: Floats, weight: Floats, one: int, other: int, together: Floats, level: float
) -> dict[str, Floats]:
    """Error, normal interval and p-value of a path and `weight` times another, whose covariance is `together`."""
    se_one, se_other = fit.se[:, one], fit.se[:, other]
    variance = se_one**2 + 2.0 * weight * together + weight**2 * se_other**2
    with np.errstate(divide="ignore", invalid="ignore"):
        se = np.sqrt(np.where(variance >= 0.0, variance, np.nan))
        p_value = 2.0 * ndtr(-np.abs(value) / se)
    half = ndtri(0.5 + level / 2) * se
    return {"se": se, "lower": value - half, "upper": value + half, "p_value": p_value}


def _shared(slopes: list[Target], inner: Estimator, data: Batch, whole: Model) -> dict[tuple[Target, Target], Floats]:
    """Covariances (R,) of a path and a product's path, where `inner` has errors and they can be had.

    Of maximum likelihood from its information; of methods that fit terms from the error of the sum of both, which a
    label for each defines. None of methods without errors of their own, nor of models that have terms already.
    """
    pairs = [(path, product) for path, product in (tuple(_parts((each,))) for each in slopes)]
    pairs = list(dict.fromkeys(pairs))
    if not pairs or inner.without_inference() == inner or whole.terms:
        return {}
    if isinstance(inner, LikelihoodMethod) and inner.bounds == "none" and not is_general(whole):
        every = list(dict.fromkeys(part for pair in pairs for part in pair))
        covariances = inner.target_covariances(data, whole, every)
        return {pair: covariances[:, every.index(pair[0]), every.index(pair[1])] for pair in pairs}
    return _of_sums(pairs, inner, data, whole) if getattr(inner, "fits_terms", False) else {}


def _of_sums(
    pairs: list[tuple[Target, Target]], inner: Estimator, data: Batch, whole: Model
) -> dict[tuple[Target, Target], Floats]:
    """The covariances (SE(a + b)^2 - SE(a)^2 - SE(b)^2) / 2 of paths a and b."""
    labels = {path: f"b{k}" for k, path in enumerate(dict.fromkeys(part for pair in pairs for part in pair))}
    terms = tuple(Term(path.parts[0], "~", path.parts[1], Modifier(label=label)) for path, label in labels.items())
    sums = tuple(Definition(f"s{k}", Expression(f"{labels[a]}+{labels[b]}")) for k, (a, b) in enumerate(pairs))
    asked = [*labels, *(Target("defined", (each.name,)) for each in sums)]
    squared = inner.fit(data, replace(whole, terms=Terms(terms, (), sums)), asked).se ** 2
    own = {path: squared[:, k] for k, path in enumerate(labels)}
    return {(a, b): (squared[:, len(labels) + k] - own[a] - own[b]) / 2.0 for k, (a, b) in enumerate(pairs)}
