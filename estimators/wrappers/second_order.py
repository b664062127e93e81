"""Second-order constructs in two stages: the dimensions' scores become the items of the construct they make up."""

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from estimators.base import Estimates, Estimator, beyond_names, product_beside_second_order
from estimators.composites.implied import OF_FIT
from estimators.composites.ordinal import latent, with_status
from estimators.solution import loading_targets, no_block_short, weight_targets, without_fatal
from estimators.wrappers.wrapper import Asked, Wrapper, is_raw
from sim.batch import Batch, Bools, Floats, Moments
from sim.model import Model
from sim.quantities import block_sums
from sim.stages import composite_dimensions, is_of_stage_one, stage_one, stage_two
from sim.targets import Target


@dataclass(frozen=True)
class TwoStage(Wrapper):
    """`inner`, a method on composites, for models with second-order constructs: the disjoint two-stage approach.

    First stage: the model without second-order constructs, whose paths their dimensions take over. Second stage: every
    second-order construct is measured by its dimensions' scores, all others by their own items (Becker, Cheah,
    Gholamzade, Ringle & Sarstedt 2023). With `corrected`, as methods consistent for common factors need it, the scores'
    correlations are first divided by the square roots of their reliabilities (w'l)^2, w weights and l loadings, for
    consistent PLS rho_A, so that the second stage stands on the dimensions themselves (van Riel, Henseler, Kemeny &
    Sasovova 2017). With `ordinal`, for methods on polychoric correlations, both stages stand on those. Whatever is
    about a dimension is of the first stage, everything else of the second. A status is the worse of both stages'.
    Standard errors come from `Bootstrap`.
    """

    corrected: bool = False
    ordinal: bool = False

    #: Neither stage has them.
    fits_products: ClassVar[bool] = False
    about: ClassVar = "estimates"
    example: ClassVar = ("plsc", {})

    @classmethod
    def around(cls, estimator: Estimator, asked: Asked) -> Estimator:
        """No setting asks for it: a model with second-order constructs does, of methods that do not fit it whole."""
        if asked.model is None or not asked.model.second_order or asked.entry.whole:
            return estimator
        return cls(estimator, asked.entry.consistent, asked.entry.ordinal)

    def refusal(self, model: Model) -> str | None:
        """What `inner` refuses of either stage, and methods that give no weights."""
        if not model.second_order:
            return self.inner.refusal(model)
        if model.products:
            return product_beside_second_order(model)
        if told := beyond_names(model, "estimation in two stages"):
            return told
        if is_raw(self.inner):
            return (
                f"{model.second_order[0].construct} is a second-order construct, whose dimensions are scores in units "
                "of their own; leave out solution = 'raw' or choose a model of first-order constructs"
            )
        first = stage_one(model)
        refusal = self.inner.refusal(first) or self.inner.refusal(stage_two(model))
        if refusal or self._gives_weights(first):
            return refusal
        return (
            f"{model.second_order[0].construct} is a second-order construct, which methods that give weights (as PLS "
            "and GSCA) estimate in two stages; choose one of them or a model of first-order constructs"
        )

    def estimate(self, batch: Batch, model: Model, targets: tuple[Target, ...]) -> Estimates:
        """Values of the targets; see `Estimator.fit`."""
        if not model.second_order:
            return self.inner.fit(batch, model, targets)
        wanted = model.targets if targets is None else tuple(targets)
        if self.ordinal and batch.has_answers:
            continuous, found = latent(batch)
            alone = replace(continuous, answers=None, drawn=None)
            return with_status(self.fit(alone, model, wanted), found)
        method, first_model = self.inner.without_inference(), stage_one(model)
        early = [target for target in wanted if is_of_stage_one(target, model)]
        weights = weight_targets(first_model)
        loadings = loading_targets(first_model)
        p = len(weights)
        first = method.fit(batch, first_model, [*weights, *loadings, *early])
        later = [target for target in wanted if target not in early]
        second_model = stage_two(model)
        reliability = np.ones((len(batch), len(model.blocks)))
        if self.corrected:
            reliability = block_sums(first.value[:, :p] * first.value[:, p : 2 * p], model) ** 2
        scored = second_batch(batch, model, first.value[:, :p], reliability)
        second = method.fit(scored, second_model, later)
        status = np.maximum(first.status, second.status)
        status[first.fatal] = first.status[first.fatal]
        value = np.empty((len(batch), len(wanted)))
        is_early = np.array([target in early for target in wanted], dtype=bool)
        value[:, is_early], value[:, ~is_early] = first.value[:, 2 * p :], second.value
        value[:, [target.kind in OF_FIT for target in wanted]] = np.nan  # no stage is a model of all items
        # Of a composite's dimensions nothing is explained; the paths of the first stage are not the model's.
        formed = composite_dimensions(model)
        value[:, [target.kind == "variance" and target.parts[0] in formed for target in wanted]] = 1.0
        return Estimates(
            targets=wanted,
            value=without_fatal(value, status),
            status=status,
            retained=batch.retained,
            short=no_block_short(batch, model),
            iterations=first.iterations + second.iterations,
        )

    def _gives_weights(self, model: Model) -> bool:
        """Whether `inner` has weights, seen on a population: correlations .5 within blocks, .2 between."""
        same = model.block_of[:, None] == model.block_of
        correlations = np.where(same, 0.5, 0.2) + 0.5 * np.eye(len(model.items))
        batch = Batch.of_moments(Moments(np.zeros((1, len(model.items))), correlations[None], np.inf))
        fit = self.inner.without_inference().fit(batch, model, weight_targets(model))
        return bool(np.isfinite(fit.value).all())


def second_batch(batch: Batch, model: Model, weights: Floats, reliability: Floats) -> Batch:
    """Moments of the second stage's items: scores of dimensions by weights (R, p) of standardised items, and items.

    Correlations with a dimension's score are divided by the square root of its reliability (R, blocks).
    """
    second, r = stage_two(model), len(batch)
    correlations = np.nan_to_num(batch.moments.correlations)
    rows, of_items = np.zeros((r, len(second.items), len(model.items))), np.ones((r, len(second.items)))
    retained: Bools = np.ones((r, len(second.items)), dtype=bool)
    for row, name in enumerate(second.items):
        if name in model.items:
            at = model.items.index(name)
            rows[:, row, at], retained[:, row] = 1.0, batch.retained[:, at]
        else:
            block = model.constructs.index(name)
            members = slice(model.bounds[block], model.bounds[block + 1])
            rows[:, row, members] = np.nan_to_num(weights[:, members])
            of_items[:, row] = np.where(reliability[:, block] > 0.0, reliability[:, block], 1.0)
    covariances = rows @ correlations @ rows.transpose(0, 2, 1)
    own = np.arange(len(second.items))
    deviation = np.sqrt(covariances[:, own, own] * of_items)
    covariances /= np.where(deviation > 0.0, deviation, 1.0)[:, :, None]
    covariances /= np.where(deviation > 0.0, deviation, 1.0)[:, None, :]
    covariances[:, own, own] = np.where(deviation > 0.0, 1.0, 0.0)
    moments = Moments(np.zeros((r, len(second.items))), covariances, batch.n)
    return Batch(None, batch.replications, retained, moments, batch.address, items=second.items)
