"""Over a hundred realistic faults, planted in methods of the catalogue and in strangers, each under the law it breaks.

A mutation changes what goes into a right method or what comes out of it; `CASES` are pairs of mutation and method.
"""

# ruff: noqa: E501 - a table, one fault a line

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np

from estimators.base import PARTS, Status
from estimators.composites.components import Components
from estimators.composites.consistent import ConsistentPLS
from estimators.composites.gsca import GSCA
from estimators.composites.pls import PLS
from estimators.composites.sumscores import SumScores
from estimators.factors.covariance import MaximumLikelihood
from estimators.factors.miiv import ModelImpliedInstruments
from estimators.factors.wlsmv import DiagonallyWeighted
from estimators.products.wrapper import Products
from estimators.twostep.factorscores import Croon, RegressionScores
from estimators.twostep.sam import LocalSAM
from estimators.wrappers.bootstrap import Bootstrap

from . import strangers
from .faults import (
    centred_in_place,
    environment,
    filters,
    moments_in_place,
    pooled,
    same_address,
    same_stream,
    with_answers,
    with_moments,
    writes_retained,
)  # fmt: skip


@dataclass(frozen=True)
class Mutation:
    """A fault: the laws that name it, what it does to the batch and to the estimates."""

    laws: tuple[str, ...]
    seen: Callable = lambda batch, model: batch
    result: Callable = lambda fit, batch, model: fit
    refusal: Callable | None = None
    plain: bool = True


@dataclass(frozen=True)
class Mutant:
    """A right method with a fault."""

    inner: object
    name: str
    inference: bool = True
    memory: dict = field(default_factory=dict, compare=False, repr=False)

    @property
    def fits_products(self):
        return getattr(self.inner, "fits_products", False)

    def refusal(self, model):
        changed = MUTATIONS[self.name].refusal
        return self.inner.refusal(model) if changed is None else changed(model)

    def without_inference(self):
        inner = self.inner.without_inference()
        return replace(self, inner=inner) if MUTATIONS[self.name].plain else inner

    def fit(self, batch, model, targets=None):
        fault = MUTATIONS[self.name]
        fit = self.inner.fit(fault.seen(batch, model), model, targets)
        return fault.result(fit, batch, model)


def columns(fit, *kinds):
    return [q for q, target in enumerate(fit.targets) if target.kind in kinds]


def changed(field_name, change, *kinds):
    """A mutation of one field in the columns of some kinds (of all, where none is named)."""

    def result(fit, batch, model):
        numbers = getattr(fit, field_name).copy()
        chosen = columns(fit, *kinds) if kinds else range(numbers.shape[1])
        for q in chosen:
            numbers[:, q] = change(numbers[:, q], fit, q, batch, model)
        return fit.replaced(**{field_name: numbers})

    return result


def scaled_errors(factor):
    """Standard errors and intervals with a factor, p-values to match."""

    def result(fit, batch, model):
        from scipy.special import ndtr

        f = np.asarray(factor(batch, fit))
        se = fit.se * f
        with np.errstate(all="ignore"):
            p = np.where(np.isnan(fit.p_value), np.nan, 2 * ndtr(-np.abs(fit.value) / se))
        return fit.replaced(
            se=se, lower=fit.value - (fit.value - fit.lower) * f, upper=fit.value + (fit.upper - fit.value) * f,
            p_value=p,
        )  # fmt: skip

    return result


def rotated(*kinds):
    """Columns of one kind, each with its neighbour's numbers."""

    def result(fit, batch, model):
        chosen = columns(fit, *kinds)
        moved = chosen[1:] + chosen[:1]
        whole = {}
        for name in PARTS:
            numbers = getattr(fit, name).copy()
            numbers[:, chosen] = getattr(fit, name)[:, moved]
            whole[name] = numbers
        return fit.replaced(**whole)

    return result


def status_of(code, where=lambda fit, batch: np.ones(len(fit.status), dtype=bool)):
    def result(fit, batch, model):
        chosen = where(fit, batch) & ~fit.fatal
        status = np.where(chosen, code, fit.status).astype(np.int8)
        fatal = chosen & (code > Status.INADMISSIBLE)
        return fit.without(fatal[:, None], status=status)

    return result


def rolled_item(batch, model):
    """The first item's answers belong to the respondent before."""
    if not batch.has_answers:
        return batch
    answers = np.array(batch.raw)
    answers[:, :, 0] = np.roll(answers[:, :, 0], 1, axis=1)
    return with_answers(batch, answers)


def some_rows(change):
    return lambda batch, model: with_answers(batch, change(np.array(batch.raw))) if batch.has_answers else batch


_CACHE = {}


def cached_by_shape(fit, batch, model):
    key = (fit.value.shape, model.syntax, fit.targets)
    if batch.has_answers and key in _CACHE:
        return _CACHE[key]
    _CACHE[key] = fit
    return fit


def seeded(fit, batch, model):
    np.random.seed(1)  # noqa: NPY002
    return fit


def noisy(source):
    def result(fit, batch, model):
        return fit.replaced(value=fit.value + 1e-6 * source(fit.value.shape))

    return result


def one_sided(p, fit, q, batch, model):
    return p / 2


def indirect_as_sum(value, fit, q, batch, model):
    target, names = fit.targets[q], [target.name for target in fit.targets]
    steps = [f"{b}~{a}" for a, b in pairwise(target.parts)]
    return sum(fit.value[:, names.index(step)] for step in steps) if set(steps) <= set(names) else value + 1


def slope_at_mean(value, fit, q, batch, model):
    outcome, a, *_ = fit.targets[q].parts
    return fit.value[:, [target.name for target in fit.targets].index(f"{outcome}~{a}")]


def square_once(value, fit, q, batch, model):
    _, a, b, _ = fit.targets[q].parts
    return (value + slope_at_mean(value, fit, q, batch, model)) / 2 if a == b else value


def raises_on(test):
    def refusal_free(batch, model):
        if test(model):
            raise IndexError("index 1 is out of bounds for axis 0 with size 1")
        return batch

    return refusal_free


def interval(fit, batch, model, factor):
    return fit.replaced(lower=fit.value - factor * fit.se, upper=fit.value + factor * fit.se)


ORDER, LOOP = ("item-order",), ("batch-equals-loop", "chunks-and-order")
MUTATIONS = {
    "always fails": Mutation(("alive",), result=status_of(Status.NOT_CONVERGED)),
    "mostly fails": Mutation(("alive",), result=status_of(Status.NOT_CONVERGED, lambda f, b: np.nansum(f.value, axis=1) > -9)),
    "always inadmissible": Mutation(("alive",), result=status_of(Status.INADMISSIBLE)),
    "constant paths": Mutation(("alive",), result=changed("value", lambda v, *_: np.where(np.isnan(v), v, 0.3), "path")),
    "constant r2": Mutation(("alive", "follows"), result=changed("value", lambda v, *_: np.where(np.isnan(v), v, 0.4), "r2")),
    "single precision": Mutation(("alive",), result=changed("value", lambda v, *_: v.astype(np.float32))),
    "three decimals": Mutation(("alive",), result=changed("value", lambda v, *_: np.round(v, 3))),
    "a path's sign": Mutation(("faithful", "follows"), result=changed("value", lambda v, f, q, *_: -v, "path")),
    "absolute paths": Mutation(("faithful", "reversed-construct"), result=changed("value", lambda v, *_: np.abs(v), "path")),
    "absolute loadings": Mutation(("reversed-item",), result=changed("value", lambda v, *_: np.abs(v), "loading")),
    "half the correlation": Mutation(("faithful", "follows"), result=changed("value", lambda v, *_: v / 2, "correlation")),
    "the next path": Mutation(("faithful", "targets-asked"), result=rotated("path")),
    "the next loading": Mutation(("item-order", "targets-asked", "ragged"), result=rotated("loading")),
    "the next of everything": Mutation(("targets-asked", "faithful"), result=rotated("path", "r2", "correlation", "loading")),
    "r instead of r2": Mutation(("follows", "faithful"), result=changed("value", lambda v, *_: np.sqrt(np.abs(v)), "r2")),
    "adjusted r2": Mutation(
        ("follows", "possible"), result=changed("value", lambda v, f, q, b, m: 1 - (1 - v) * (b.n - 1) / (b.n - 2) if np.isfinite(b.n) else v, "r2")
    ),
    "unexplained variance": Mutation(("follows", "faithful"), result=changed("value", lambda v, *_: 1 - v, "r2")),
    "indirect as a sum": Mutation(("follows",), result=changed("value", indirect_as_sum, "indirect")),
    "ave of plain loadings": Mutation(("follows",), result=changed("value", lambda v, *_: np.sqrt(np.abs(v)), "ave")),
    "alpha without k/(k-1)": Mutation(
        ("follows", "leaving-out"), result=changed("value", lambda v, f, q, b, m: v * (1 - 1 / len(m.blocks[m.constructs.index(f.targets[q].parts[0])].items)), "alpha")
    ),
    "total without direct": Mutation(("follows",), result=changed("value", lambda v, *_: v * 0.5, "total")),
    "f2 as r2": Mutation(("follows",), result=changed("value", lambda v, *_: v + 0.1, "f2")),
    "vif without squares": Mutation(("follows",), result=changed("value", lambda v, *_: 1 + (v - 1) / 2, "vif")),
    "weights not scaled": Mutation(("follows",), result=changed("value", lambda v, *_: v * 2, "weight")),
    "errors over root n": Mutation(("doubled", "calibrated", "coherent-inference"), result=scaled_errors(lambda b, f: 1 / np.sqrt(b.n))),
    "variances for errors": Mutation(("doubled", "calibrated", "coherent-inference"), result=scaled_errors(lambda b, f: f.se)),
    "errors for half of n": Mutation(("calibrated", "degrees-of-freedom"), result=scaled_errors(lambda b, f: np.sqrt(2.0))),
    "errors too small": Mutation(("calibrated",), result=scaled_errors(lambda b, f: 0.6)),
    "errors without n": Mutation(("doubled",), result=scaled_errors(lambda b, f: np.sqrt(b.n / 300))),
    "another path's errors": Mutation(
        ("targets-asked", "coherent-inference"), result=lambda f, b, m: f.replaced(se=rotated("path")(f, b, m).se)
    ),
    "constant errors": Mutation(("alive",), result=changed("se", lambda v, *_: np.where(np.isnan(v), v, 0.05))),
    "errors of 0": Mutation(("coherent-inference", "alive"), result=changed("se", lambda v, *_: 0 * v)),
    "negative errors": Mutation(("honest-status", "reversed-construct"), result=changed("se", lambda v, f, q, *_: v * np.sign(f.value[:, q]))),
    "one-sided p": Mutation(("coherent-inference", "false-alarms"), result=changed("p_value", one_sided)),
    "one minus p": Mutation(("coherent-inference",), result=changed("p_value", lambda p, *_: 1 - p)),
    "p of the square": Mutation(("coherent-inference",), result=changed("p_value", lambda p, *_: p**2)),
    "interval of one error": Mutation(("coherent-inference",), result=lambda f, b, m: interval(f, b, m, 1.0)),
    "interval of 90 %": Mutation(("coherent-inference", "level-kept"), result=lambda f, b, m: interval(f, b, m, 1.645)),
    "interval around 0": Mutation(
        ("coherent-inference",), result=lambda f, b, m: f.replaced(lower=f.lower - f.value, upper=f.upper - f.value)
    ),
    "ends swapped": Mutation(("honest-status", "coherent-inference"), result=lambda f, b, m: f.replaced(lower=f.upper, upper=f.lower)),
    "level ignored": Mutation(("level-kept", "coherent-inference"), result=lambda f, b, m: interval(f, b, m, 1.96)),
    "neighbour's data": Mutation(LOOP, seen=lambda b, m: with_answers(b, np.roll(b.raw, 1, axis=0)) if b.has_answers else b),
    "pooled over replications": Mutation(LOOP, result=pooled),
    "number of replications": Mutation(
        LOOP, result=changed("value", lambda v, f, q, b, m: v * (1 + 1e-9 * len(b)))
    ),
    "first half of respondents": Mutation(("respondent-order", "alive"), seen=some_rows(lambda a: a[:, : a.shape[1] // 2])),
    "last respondent dropped": Mutation(("respondent-order", "alive"), seen=some_rows(lambda a: a[:, :-1])),
    "first row as a header": Mutation(("respondent-order",), seen=some_rows(lambda a: a[:, 1:])),
    "an item's rows shifted": Mutation(("respondent-order", "faithful"), seen=rolled_item),
    "items weighed by place": Mutation(("item-order", "leaving-out"), seen=lambda b, m: with_moments(b, 1.0 / np.arange(1, len(m.items) + 1))),
    "items weighed by name": Mutation(("names",), seen=lambda b, m: with_moments(b, 1 + 0.5 * np.argsort(np.argsort(m.items)) / len(m.items))),
    "ignores retained": Mutation(("leaving-out", "ragged"), seen=lambda b, m: b.keep(np.ones_like(b.retained))),
    "retained of the first": Mutation(("ragged",), seen=lambda b, m: b.keep(np.repeat(b.retained[:1], len(b), axis=0))),
    "says all items": Mutation(("leaving-out", "ragged"), result=lambda f, b, m: f.replaced(retained=np.ones_like(f.retained))),
    "cached by shape": Mutation(("no-memory", "batch-equals-loop"), result=cached_by_shape),
    "seeds the process": Mutation(("no-side-effects",), result=seeded),
    "unseeded noise": Mutation(("repeatable", "batch-equals-loop"), result=noisy(lambda s: np.random.default_rng().normal(size=s))),
    "noise of the process": Mutation(("repeatable", "batch-equals-loop"), result=noisy(lambda s: np.random.normal(size=s))),  # noqa: NPY002
    "sets the environment": Mutation(("no-side-effects",), result=environment),
    "sets warnings' filters": Mutation(("no-side-effects",), result=filters),
    "writes into retained": Mutation(("no-side-effects", "repeatable", "structures"), seen=writes_retained),
    "centres answers in place": Mutation(("no-side-effects", "repeatable"), seen=centred_in_place),
    "scales moments in place": Mutation(("no-side-effects", "repeatable"), result=moments_in_place),
    "one stream for all": Mutation(("streams",), seen=same_stream),
    "one stream for all studies": Mutation(("streams",), seen=same_address),
    "not without single items": Mutation(("structures",), seen=raises_on(lambda m: any(len(b.items) == 1 for b in m.blocks))),
    "not beyond five constructs": Mutation(("structures",), seen=raises_on(lambda m: len(m.blocks) > 5)),
    "refusal raises": Mutation(("structures",), refusal=lambda m: {2: None, 3: None, 4: None}[len(m.blocks)]),
    "refusal is empty": Mutation(("protocol", "structures"), refusal=lambda m: "" if len(m.blocks) > 3 else None),
    "needs answers held": Mutation(("within-wrappers",), seen=lambda b, m: b if b.answers is not None or not b.has_answers else with_answers(b, b.answers[:])),
    "all OK": Mutation(
        ("honest-status", "broken-alone", "ragged"), result=lambda f, b, m: f.replaced(status=np.zeros_like(f.status), value=np.nan_to_num(f.value))
    ),
    "inadmissible is OK": Mutation(
        ("possible",), result=lambda f, b, m: f.replaced(status=np.where(f.status == Status.INADMISSIBLE, 0, f.status).astype(np.int8))
    ),
    "wrong respondents": Mutation(("diagnostics",), result=lambda f, b, m: f.replaced(respondents=np.full(len(f.status), len(m.items), np.int32))),
    "short everywhere": Mutation(("diagnostics",), result=lambda f, b, m: f.replaced(short=np.ones_like(f.short))),
    "negative iterations": Mutation(("diagnostics",), result=lambda f, b, m: f.replaced(iterations=f.iterations - 1000)),
    "units of the first item": Mutation(
        ("rescaling", "item-order"), result=changed("value", lambda v, f, q, b, m: v * (1 + 1e-3 * np.log1p(b.moments.covariances[:, 0, 0])), "path")
    ),
    "values with inference only": Mutation(("inference-apart",), result=changed("value", lambda v, *_: v + 1e-7), plain=False),
    "returns nothing": Mutation(("protocol",), result=lambda f, b, m: None),
    "statuses as floats": Mutation(("protocol",), result=lambda f, b, m: f.replaced(status=f.status.astype(float))),
    "an unknown status": Mutation(("protocol", "alive"), result=lambda f, b, m: f.replaced(status=np.full_like(f.status, 0) - 1)),
    "a product's sign": Mutation(("faithful", "follows"), result=changed("value", lambda v, *_: -v, "product")),
    "absolute products": Mutation(("faithful", "reversed-construct"), result=changed("value", lambda v, *_: np.abs(v), "product")),
    "products as standardised terms": Mutation(("follows", "faithful"), result=changed("value", lambda v, *_: v * 1.05, "product")),
    "no products given": Mutation(("structures", "alive"), result=changed("value", lambda v, *_: v * np.nan, "product")),
    "products without reference": Mutation(
        ("rescaling", "item-order"), result=changed("value", lambda v, f, q, b, m: v * b.moments.covariances[:, 0, 0] ** 0.01, "product")
    ),
    "slopes at the mean": Mutation(("follows",), result=changed("value", slope_at_mean, "slope")),
    "slopes of squares once": Mutation(("follows",), result=changed("value", square_once, "slope")),
    "shrunk by n": Mutation(("doubled", "faithful"), result=changed("value", lambda v, f, q, b, m: v * (1 - 20 / b.n) if np.isfinite(b.n) else v, "path", "correlation")),
}  # fmt: skip

METHODS = {
    "sumscores": (SumScores(), {"raw_units": True}),
    "pls": (PLS(), {}),
    "plsc": (ConsistentPLS(), {"consistent": True}),
    "gsca": (GSCA(), {}),
    "components": (Components(), {}),
    "ml": (MaximumLikelihood(), {"consistent": True}),
    "sam": (LocalSAM(), {"consistent": True}),
    "miiv": (ModelImpliedInstruments(), {"consistent": True, "own_r2": True}),
    "wlsmv": (DiagonallyWeighted(), {"consistent": True, "ordinal": True}),
    "croon": (Croon(), {"consistent": True}),
    "regression scores": (RegressionScores(), {}),
    "bootstrapped sums": (Bootstrap(SumScores(), 40), {"raw_units": True, "resampled": True, "own_interval": True}),
    "pls with products": (Products(PLS()), {}),
    "sums with products": (Products(SumScores()), {"raw_units": True}),
    "ml with products": (Products(MaximumLikelihood(), "product-indicator"), {"consistent": True, "by_place": True}),
    "means": (strangers.MeanScores(), {"raw_units": True}),
    "first components": (strangers.FirstComponents(), {}),
    "normal inference": (strangers.Normal(), {"raw_units": True}),
}
_VALUES = ("sumscores", "pls", "ml", "gsca", "plsc", "croon", "means", "first components", "components", "sam")
_ERRORS = ("sumscores", "ml", "sam", "regression scores", "means", "normal inference", "wlsmv")
#: Where a fault would not be one, or not there: loadings of sums say nothing of reversed items, ...
_OWN = {
    "absolute loadings": ("pls", "ml", "plsc"),
    "inadmissible is OK": ("plsc", "ml", "croon"),
    "one stream for all": ("bootstrapped sums",),
    "one stream for all studies": ("bootstrapped sums",),
    "items weighed by name": ("sumscores",),
    "items weighed by place": ("sumscores",),
    "weights not scaled": ("pls", "gsca"),
    "alpha without k/(k-1)": ("sumscores", "pls"),
    "scales moments in place": ("sumscores", "pls"),
    "values with inference only": ("sumscores", "ml"),
    "r instead of r2": ("sumscores", "ml"),
    "adjusted r2": ("pls", "sam"),
    "unexplained variance": ("sumscores", "plsc"),
    "constant r2": ("pls", "ml"),
    "needs answers held": ("sumscores", "pls", "components"),
    "units of the first item": ("pls", "ml"),
    "negative errors": ("sumscores", "ml"),
    "interval of 90 %": ("sumscores", "ml"),
    "level ignored": ("sumscores", "sam"),
    "refusal raises": ("sumscores", "gsca"),
    "refusal is empty": ("sumscores", "means"),
    "a product's sign": ("pls with products", "ml with products"),
    "absolute products": ("pls with products", "sums with products"),
    "products as standardised terms": ("sums with products", "ml with products"),
    "no products given": ("pls with products", "ml with products"),
    "products without reference": ("pls with products",),
    "slopes at the mean": ("sums with products", "ml with products"),
    "slopes of squares once": ("pls with products", "sums with products"),
}
_INFERENTIAL = {
    name for name, one in MUTATIONS.items()
    if set(one.laws) & {"calibrated", "coherent-inference", "level-kept", "doubled"} or "error" in name
} - {"shrunk by n", "values with inference only"}  # fmt: skip


def _methods(name, place):
    if name in _OWN:
        return _OWN[name]
    pool = _ERRORS if name in _INFERENTIAL else _VALUES
    return tuple(pool[(place + k * 3) % len(pool)] for k in range(2))


#: (fault, method) pairs.
CASES = [(name, method) for place, name in enumerate(MUTATIONS) for method in dict.fromkeys(_methods(name, place))]
