"""Faults laid around methods of the catalogue: what they give is changed, or what they are given."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from scipy import stats

from estimators.base import PARTS, Status
from sim.batch import Batch


@dataclass(frozen=True)
class Around:
    """`inner`, whose estimates go through `change(fit, batch, model, inner)`."""

    inner: object
    change: Callable

    def refusal(self, model):
        return self.inner.refusal(model)

    def without_inference(self):
        return replace(self, inner=self.inner.without_inference())

    def fit(self, batch, model, targets=None):
        return self.change(self.inner.fit(batch, model, targets), batch, model, self.inner)


@dataclass(frozen=True)
class Before(Around):
    """`inner`, which is given `change(batch, model)`."""

    def fit(self, batch, model, targets=None):
        given, model = self.change(batch, model)
        return self.inner.fit(given, model, targets)


def columns(fit, *kinds):
    """Places of targets of these kinds."""
    return [q for q, target in enumerate(fit.targets) if target.kind in kinds]


def fatal(fit, where, status):
    """The estimates with a fatal status where asked for."""
    return fit.without(where[:, None], status=np.where(where, status, fit.status).astype(np.int8))


def changed(fit, name, places, numbers):
    """The estimates with other numbers in some columns of a field."""
    array = getattr(fit, name).copy()
    array[:, places] = numbers
    return fit.replaced(**{name: array})


# Life


def picky(fit, batch, model, inner):
    loadings = inner.fit(batch, model, [t for t in model.targets if t.kind == "loading"]).value
    return fatal(fit, (np.nan_to_num(loadings) < 0.86).any(axis=1) & ~fit.fatal, Status.NOT_CONVERGED)


def start_kept(fit, batch, model, inner):
    last = model.constructs[-1]
    places = [q for q, t in enumerate(fit.targets) if t.kind == "loading" and t.parts[0] == last]
    return changed(fit, "value", places, np.where(np.isfinite(fit.value[:, places]), 0.7, np.nan))


def se_of_three_decimals(fit, batch, model, inner):
    return fit.replaced(se=np.round(fit.se, 3), p_value=np.round(fit.p_value, 3))


def first_hundred(batch, model):
    if not batch.has_answers:
        return batch, model
    return replace(Batch.of(batch.raw[:, :100], batch.replications, batch.address), retained=batch.retained), model


def always_inadmissible(fit, batch, model, inner):
    return fit.replaced(status=np.where(fit.fatal, fit.status, Status.INADMISSIBLE).astype(np.int8))


def paths_of_two_decimals(fit, batch, model, inner):
    paths = columns(fit, "path")
    return changed(fit, "value", paths, np.round(fit.value[:, paths], 2))


# Inference


def level_of(inner):
    return getattr(inner, "level", 0.95)


def longer_above(fit, batch, model, inner):
    z = stats.norm.ppf(0.5 + level_of(inner) / 2)
    short = stats.norm.ppf(level_of(inner))
    return fit.replaced(lower=fit.value - z * fit.se, upper=fit.value + short * fit.se)


def p_of_two_decimals(fit, batch, model, inner):
    return fit.replaced(p_value=np.round(fit.p_value, 2))


def p_for_many_paths(fit, batch, model, inner):
    return fit.replaced(p_value=np.minimum(1.0, fit.p_value * max(1, len(model.paths))))


def n_less_one(fit, batch, model, inner):
    if not np.isfinite(batch.n):
        return fit
    half = stats.t.ppf(0.5 + level_of(inner) / 2, batch.n - 1) * fit.se
    p = 2 * stats.t.sf(np.abs(fit.value / fit.se), batch.n - 1)
    return fit.replaced(lower=fit.value - half, upper=fit.value + half, p_value=p)


def fisher_not_back(fit, batch, model, inner):
    q = columns(fit, "correlation")
    z = np.arctanh(np.clip(fit.value[:, q], -0.999999, 0.999999))
    half = stats.norm.ppf(0.5 + level_of(inner) / 2) * fit.se[:, q] / (1 - np.tanh(z) ** 2)
    return changed(changed(fit, "lower", q, z - half), "upper", q, z + half)


def ends_by_sign(fit, batch, model, inner):
    half = stats.norm.ppf(0.5 + level_of(inner) / 2) * fit.se * np.sign(fit.value)
    return fit.replaced(lower=fit.value - half, upper=fit.value + half)


def one_sided(fit, batch, model, inner):
    return fit.replaced(p_value=fit.p_value / 2)


def level_forgotten(fit, batch, model, inner):
    half = stats.t.ppf(0.975, batch.n - 1) * fit.se if np.isfinite(batch.n) else fit.se
    return fit.replaced(lower=fit.value - half, upper=fit.value + half)


def two_errors(fit, batch, model, inner):
    return fit.replaced(lower=fit.value - 2 * fit.se, upper=fit.value + 2 * fit.se)


def around_the_shrunk(fit, batch, model, inner):
    shift = 0.1 * fit.value
    return fit.replaced(lower=fit.lower - shift, upper=fit.upper - shift)


def errors_of_first_predictors(fit, batch, model, inner):
    firsts = {next(x for y, x in model.paths if y == outcome) for outcome in model.endogenous}
    others = [q for q, t in enumerate(fit.targets) if t.kind == "path" and t.parts[1] not in firsts]
    for name in PARTS[1:]:
        fit = changed(fit, name, others, np.nan)
    return fit


def _again(fit, q, se, inner):
    """Interval and p-value anew from other standard errors."""
    half = stats.norm.ppf(0.5 + level_of(inner) / 2) * se
    fit = changed(fit, "se", q, se)
    fit = changed(changed(fit, "lower", q, fit.value[:, q] - half), "upper", q, fit.value[:, q] + half)
    with np.errstate(divide="ignore", invalid="ignore"):
        return changed(fit, "p_value", q, 2 * stats.norm.sf(np.abs(fit.value[:, q] / se)))


def errors_of_the_first_outcome(fit, batch, model, inner):
    whole = inner.fit(batch, model, [model.target(f"{y}~{x}") for y, x in model.paths])
    first = np.nanmean(whole.se[:, [q for q, t in enumerate(whole.targets) if t.parts[0] == model.paths[0][0]]], axis=1)
    q = [q for q, t in enumerate(fit.targets) if t.kind == "path" and t.parts[0] != model.paths[0][0]]
    return _again(fit, q, np.repeat(first[:, None], len(q), axis=1), inner)


def indirect_error_is_product(fit, batch, model, inner):
    whole = inner.fit(batch, model, [model.target(f"{y}~{x}") for y, x in model.paths])
    for q in columns(fit, "indirect"):
        names = [f"{y}~{x}" for x, y in zip(fit.targets[q].parts, fit.targets[q].parts[1:], strict=False)]
        se = np.prod([whole.se[:, whole.column(name)] for name in names], axis=0)
        fit = _again(fit, [q], se[:, None], inner)
    return fit


def indirect_error_is_sum(fit, batch, model, inner):
    whole = inner.fit(batch, model, [model.target(f"{y}~{x}") for y, x in model.paths])
    for q in columns(fit, "indirect"):
        names = [f"{y}~{x}" for x, y in zip(fit.targets[q].parts, fit.targets[q].parts[1:], strict=False)]
        se = np.sqrt(np.sum([whole.se[:, whole.column(name)] ** 2 for name in names], axis=0))
        fit = _again(fit, [q], se[:, None], inner)
    return fit


def r2_error_of_nothing(fit, batch, model, inner):
    q = columns(fit, "r2")
    se = np.where(np.isfinite(fit.value[:, q]) & np.isfinite(batch.n), 1 / np.sqrt(max(1.0, min(batch.n, 1e9))), np.nan)
    return _again(fit, q, se, inner)


def without_vif(fit, batch, model, inner):
    for q in columns(fit, "path"):
        y, x = fit.targets[q].parts
        vif = inner.fit(batch, model, [model.target(f"vif({y}~{x})")]).value
        fit = _again(fit, [q], fit.se[:, [q]] / np.sqrt(vif), inner)
    return fit


def spread_of_the_left_out(fit, batch, model, inner):
    q = list(range(len(fit.targets)))
    return _again(fit, q, fit.se / np.sqrt(batch.n - 1), inner)


def unstandardised_loadings_error(fit, batch, model, inner):
    q = columns(fit, "loading")
    return _again(fit, q, fit.se[:, q] / np.sqrt(1 - np.clip(fit.value[:, q], -0.99, 0.99) ** 2), inner)


def naive_errors(fit, batch, model, inner):
    q = columns(fit, "path", "loading", "correlation", "indirect")
    return _again(fit, q, 0.6 * fit.se[:, q], inner)


def chisq_lower_tail(fit, batch, model, inner):
    q = columns(fit, "chisq")
    return changed(fit, "p_value", q, 1 - fit.p_value[:, q])


def chisq_df_of_parameters(fit, batch, model, inner):
    q = columns(fit, "chisq")
    if not q:
        return fit
    p = len(model.items)
    df = inner.fit(batch, model, [model.target("df")]).value
    return changed(fit, "p_value", q, stats.chi2.sf(fit.value[:, q], p * (p + 1) / 2 - df))


# Bounds


def hidden_heywood(fit, batch, model, inner):
    q = columns(fit, "loading", "correlation")
    fit = changed(fit, "value", q, np.clip(fit.value[:, q], -1, 1))
    return fit.replaced(status=np.where(fit.fatal, fit.status, Status.OK).astype(np.int8))


def rmsea_without_root(fit, batch, model, inner):
    q = columns(fit, "rmsea")
    return changed(fit, "value", q, fit.value[:, q] ** 2)


def rmsea_of_n(fit, batch, model, inner):
    q = columns(fit, "rmsea")
    return changed(fit, "value", q, fit.value[:, q] * np.sqrt(max(1.0, min(batch.n, 1e9))) ** 0.5)


def cfi_beyond(fit, batch, model, inner):
    q = columns(fit, "cfi")
    whole = inner.fit(batch, model, [model.target("tli")])
    return changed(fit, "value", q, np.maximum(fit.value[:, q], whole.value))


def bic_of_items(fit, batch, model, inner):
    q = columns(fit, "bic")
    whole = inner.fit(batch, model, [model.target("aic"), model.target("df")]).value
    p = len(model.items)
    k = p * (p + 1) / 2 - whole[:, 1:]
    return changed(fit, "value", q, whole[:, :1] - 2 * k + np.log(p) * k)


def htmt_without_root(fit, batch, model, inner):
    q = columns(fit, "htmt")
    return changed(fit, "value", q, fit.value[:, q] ** 2)


def f2_of_the_whole(fit, batch, model, inner):
    for q in columns(fit, "f2"):
        r2 = inner.fit(batch, model, [model.target(f"r2({fit.targets[q].parts[0]})")]).value
        fit = changed(fit, "value", [q], r2 / (1 - r2))
    return fit


def rho_a_off(fit, batch, model, inner):
    q = columns(fit, "rho_a")
    return changed(fit, "value", q, fit.value[:, q] * batch.n / (batch.n - 1)) if np.isfinite(batch.n) else fit


def fornell_not_squared(fit, batch, model, inner):
    for q in columns(fit, "fornell_larcker"):
        name = fit.targets[q].parts[0]
        others = [t for t in model.targets if t.kind == "correlation" and name in t.parts]
        if others:
            highest = np.abs(inner.fit(batch, model, others).value).max(axis=1)
            ave = inner.fit(batch, model, [model.target(f"ave({name})")]).value[:, 0]
            fit = changed(fit, "value", [q], (ave - highest)[:, None])
    return fit


def correlations_of_n_less_one(fit, batch, model, inner):
    if not np.isfinite(batch.n):
        return fit
    q = columns(fit, "path")
    return changed(fit, "value", q, fit.value[:, q] * batch.n / (batch.n - 1))


# Structures


def six_constructs_only(fit, batch, model, inner):
    beyond = model.constructs[6:]
    q = [q for q, t in enumerate(fit.targets) if t.kind == "path" and set(t.parts) & set(beyond)]
    return changed(fit, "value", q, np.where(np.isfinite(fit.value[:, q]), 0.0, np.nan))


def covariances_ignored(batch, model):
    return batch, replace(model, covariances=())


def never_composites(fit, batch, model, inner):
    here = not model.reflective.all()
    return fatal(fit, np.full(len(fit.status), here), Status.UNIDENTIFIED) if here else fit


def pair_is_short(fit, batch, model, inner):
    sizes = np.array([len(block.items) for block in model.blocks])
    return fit.replaced(short=np.broadcast_to(sizes < 3, fit.short.shape).copy())


def weak_called_left_out(fit, batch, model, inner):
    loadings = [model.target(f"{b.construct}=~{item}") for b in model.blocks for item in b.items]
    weak = np.nan_to_num(np.abs(inner.fit(batch, model, loadings).value), nan=1.0) < 0.4
    return fit.replaced(retained=fit.retained & ~weak)
