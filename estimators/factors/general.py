"""Estimates from the general search: values of the targets on either scale, delta-method inference, measures of fit."""

from collections.abc import Mapping

import numpy as np

from estimators.base import Estimates
from estimators.constrained.bounds import Bounds
from estimators.constrained.fitting import Found, Spread
from estimators.constrained.targets import OF_BLOCKS, OF_PARAMETERS, Evaluated, sharing
from estimators.factors.fitindices import ModelTest, without_zeros
from estimators.factors.structure import is_general
from estimators.inference.signs import Sign, target_signs
from estimators.inference.wald import with_normal_inference
from estimators.quantities import estimates_of
from estimators.raw.units import Scale, Scaling
from estimators.solution import Solution
from sim.batch import Batch, Floats
from sim.grammar.terms import INTERCEPT
from sim.model import Model
from sim.targets import Kind, Target

#: Under this share of a value its standard error is rounding.
ROUNDING = 1e-12


def general_estimates(
    found: Found,
    measures: Mapping[Kind, Floats],
    batch: Batch,
    model: Model,
    targets: tuple[Target, ...],
    scale: Scale,
    sign: Sign,
) -> Estimates:
    """Values of the targets, without inference; those of no parameter as `estimates_of` has them.

    On the standardised scale each construct of a model without terms is turned so that its loadings sum to a positive
    number, unless `sign` is "first-item"; where there are terms, what they fix says which way it faces.
    """
    own = [column for column, target in enumerate(targets) if target.kind in OF_PARAMETERS]
    whole = sharing(model) | {block.construct for block in model.second_order}
    rest = [
        column
        for column, target in enumerate(targets)
        if target.kind not in OF_PARAMETERS
        and not (target.kind in OF_BLOCKS and whole & set(target.parts))
        and not (target.kind == "fornell_larcker" and model.second_order)
    ]
    chosen = [targets[column] for column in own]
    values = np.full((len(batch), len(targets)), np.nan)
    for r in found.usable:
        end = found.ends[r]
        assert end is not None
        values[r, own] = Evaluated(found.layouts[r], model, scale).values(end.theta, chosen)
    if scale == "standardised":
        values = values * target_signs(targets, facing(found, model, sign), model)
    estimates = estimates_of(
        _solution(found, batch, model, measures, sign), batch.moments.covariances, found.status, found.iterations,
        batch, model, [targets[column] for column in rest],
    )  # fmt: skip
    values[:, rest] = estimates.value
    blank = np.empty(0)
    return estimates.replaced(targets=targets, value=values, se=blank, lower=blank, upper=blank, p_value=blank)


def with_general_inference(
    estimates: Estimates, found: Found, spread: Spread, model: Model, scale: Scale, level: float
) -> Estimates:
    """The estimates with standard errors from the covariances of the parameters, NaN where nothing is estimated."""
    own = [column for column, target in enumerate(estimates.targets) if target.kind in OF_PARAMETERS]
    chosen = [estimates.targets[column] for column in own]
    se = np.full(estimates.value.shape, np.nan)
    for r in found.usable:
        end = found.ends[r]
        assert end is not None
        gradients = Evaluated(found.layouts[r], model, scale).gradients(end.theta, chosen)
        covariance = spread(r)
        variances = np.array([gradient @ (covariance @ gradient) for gradient in gradients])
        size = np.array([(gradient**2) @ np.diagonal(covariance) for gradient in gradients])
        # What is 1 or 0 whatever the parameters are has a gradient of rounding errors.
        least = np.maximum(1e-20 * np.maximum(size, 1e-300), (ROUNDING * estimates.value[r, own]) ** 2)
        moves = variances > least
        se[r, own] = np.where(moves & np.isfinite(variances), np.sqrt(np.where(moves, variances, 0.0)), np.nan)
    se = np.where(np.isnan(estimates.value), np.nan, se)
    return with_normal_inference(estimates, se, level)


def facing(found: Found, model: Model, sign: Sign) -> Floats:
    """1, or -1 for a construct whose standardised loadings sum to a negative number and that no term holds (R, m)."""
    turned = np.ones((len(found.ends), len(model.constructs)))
    if model.terms.terms or model.terms.restrictions or sign == "first-item":
        return turned
    for r in found.usable:
        end = found.ends[r]
        assert end is not None
        at = found.layouts[r].matrices(end.theta)
        with np.errstate(divide="ignore", invalid="ignore"):  # least squares may imply negative variances
            deviation = np.sqrt(np.diagonal(at.implied))
            turned[r] = np.where((at.loadings / deviation[:, None]).sum(axis=0) < 0.0, -1.0, 1.0)
    return turned


def _solution(found: Found, batch: Batch, model: Model, measures: Mapping[Kind, Floats], sign: Sign) -> Solution:
    """The standardised parameters in the arrays that other quantities are made of."""
    r, m, p = len(batch), len(model.constructs), len(model.items)
    paths, correlations, loadings = np.full((r, m, m), np.nan), np.full((r, m, m), np.nan), np.full((r, p), np.nan)
    r2 = np.full((r, m), np.nan)
    turned = facing(found, model, sign)
    wanted = [Target("path", path) for path in model.paths]
    places = [tuple(model.constructs.index(part) for part in path) for path in model.paths]
    loaded = [Target("loading", (b.construct, item)) for b in model.blocks for item in b.items]
    pairs = [Target("correlation", (a, b)) for a in model.constructs for b in model.constructs]
    explained = [Target("r2", (c,)) for c in model.constructs]
    every = [*wanted, *loaded, *pairs, *explained]
    signs = target_signs(every, turned, model)
    for at in found.usable:
        end = found.ends[at]
        assert end is not None
        values = Evaluated(found.layouts[at], model, "standardised").values(end.theta, every) * signs[at]
        paths[at] = 0.0
        for (outcome, predictor), value in zip(places, values, strict=False):
            paths[at, outcome, predictor] = value
        loadings[at] = values[len(wanted) : len(wanted) + p]
        correlations[at] = values[len(wanted) + p : -m].reshape(m, m)
        r2[at] = values[-m:]
    return Solution(paths, loadings, correlations, r2, measures=measures)


def general_test(found: Found, baseline: Floats, batch: Batch, model: Model, respondents: float) -> ModelTest:
    """The test of the model; `baseline` (R,) the minimum of independence under the same function."""
    test = ModelTest(
        minimum=found.discrepancy,
        df=found.df,
        baseline=np.where(np.isnan(found.discrepancy), np.nan, baseline),
        items=found.items,
        respondents=respondents,
        n=float(batch.n),
        constructs=len(model.constructs),
    )
    return without_zeros(test, batch, model)


def residual_correlations(found: Found, batch: Batch) -> Floats:
    """Sample less implied covariances over the sample's standard deviations (R, p, p), NaN where not retained."""
    r, p = found.retained.shape
    residuals = np.full((r, p, p), np.nan)
    for at in found.usable:
        end, sample = found.ends[at], found.samples[at]
        assert end is not None
        assert sample is not None
        kept = np.flatnonzero(found.retained[at])
        deviation = np.sqrt(np.diagonal(sample))
        difference = sample - found.layouts[at].matrices(end.theta).implied
        residuals[at][np.ix_(kept, kept)] = difference / deviation / deviation[:, None]
    return residuals


def residual_means(found: Found) -> Floats | None:
    """Sample less implied means over the sample's standard deviations (R, p); None where the model is of none."""
    if found.means is None:
        return None
    residuals = np.full(found.retained.shape, np.nan)
    for at in found.usable:
        end, sample = found.ends[at], found.samples[at]
        assert end is not None
        assert sample is not None
        kept = found.retained[at]
        averages = found.layouts[at].matrices(end.theta).averages
        residuals[at, kept] = (found.means[at, kept] - averages) / np.sqrt(np.diagonal(sample))
    return residuals


def general_refusal(model: Model, bounds: Bounds, scale: Scale, scaling: Scaling, tested: bool = False) -> str | None:
    """Why settings of a method do not go with a model or its bounds, or None. tested: `test` = "unstandardised"."""
    if term := model.terms.groupwise:
        return (
            f"the model has {term.shown} with a value for each group, and this fit is of all respondents together; "
            "write one value, or choose groups: `loadstone fit --group COLUMN`"
        )
    general = bounds != "none" or is_general(model)
    if scale == "raw" and scaling != "first" and (general or model.observed):
        return (
            f"scaling = '{scaling}' is of models without terms, bounds, second order and observed variables; leave "
            "scaling out, or write it into the model: `F =~ NA*x1 + x2` and `F ~~ 1*F`"
        )
    if not general:
        return None
    if tested:
        return (
            "test = 'unstandardised' is of models without terms, bounds and second order; leave it out, or choose "
            "solution = 'raw', whose tests are unstandardised"
        )
    if bounds in ("standard", "wide", "wide.zerovar") and model.second_order:
        return (
            f"bounds = '{bounds}' follow from the variances of items, and {model.second_order[0].construct} has none; "
            "choose bounds = 'pos.var'"
        )
    return None


def means_refusal(model: Model, method: str) -> str | None:
    """Why a method of covariances alone cannot estimate a model with intercepts, or None."""
    term = next((term for term in model.terms.terms if term.operator == INTERCEPT), None)
    if term is None:
        return None
    return f"the model has the intercept {term.shown}, and {method} is of covariances alone; leave it out, or choose ml"
