"""Prediction as targets of a method: q2_predict(y1), rmse_predict(y1), cvpat_lm, ... beside what it estimates."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import numpy as np

from estimators.base import PARTS, Estimates, Estimator
from estimators.prediction import measures
from estimators.prediction.forecast import predicted_items
from estimators.prediction.heldout import held_out
from estimators.prediction.limits import squared_errors
from estimators.prediction.plan import LossOver, Plan, drawn
from estimators.solution import weight_targets
from estimators.wrappers.wrapper import Asked, Wrapper, standardised
from sim.batch import Batch, Bools, Floats, Moments
from sim.errors import InputError, nearest
from sim.model import Model
from sim.targets import ITEM_KINDS, LOSS_KINDS, Target

#: What the table `predict` may hold.
KEYS = ("folds", "repetitions", "antecedents", "loss", "against")
#: How the refusal of a method that cannot predict begins.
NO_WEIGHTS = "predict needs a method that gives weights"


@dataclass(frozen=True)
class Predicted(Wrapper):
    """`inner`, a method that gives weights, with measures of how well it predicts respondents left out (PLSpredict).

    Respondents are put into k folds, `repetitions` times; each fold is predicted by `inner` fitted to the others, and
    what is predicted several times counts by the mean of its predictions (Shmueli et al. 2016, 2019). Targets of items:
    q2_predict, rmse_predict, mae_predict, and q2_lm, rmse_lm, mae_lm of least squares on the antecedents' items, in
    units of the answers. Targets of losses, over all or of one endogenous construct: cvpat_ia and cvpat_lm, the
    method's loss less that of item averages and of the linear model; cvpat, less that of `against`, another model of
    the same endogenous items, by the same method; with their paired t test (Liengaard et al. 2021; Sharma et al. 2023).
    NaN where a fold cannot be estimated, and where n is under k.

    Every replication has its own folds, the same for all methods and models of a cell. A population's moments give the
    limits, MAE none; moments of a sample (missing = 'pairwise') give nothing. Screening and steps come before: what is
    kept is predicted, and respondents left out have had their say in that. Resampling is of everything but prediction.
    """

    plan: Plan = field(default_factory=Plan)
    against: Model | None = None
    level: float = 0.95

    about: ClassVar = "estimates"
    keys: ClassVar = ("predict",)
    example: ClassVar = ("pls", {"predict": {"folds": 4}})

    @classmethod
    def around(cls, estimator: Estimator, asked: Asked) -> Estimator:
        """`predict = { folds, repetitions, antecedents, loss, against }` asks for it, also empty."""
        given = asked.settings.get("predict")
        if given is None:
            return estimator
        if not isinstance(given, Mapping):
            raise InputError(f"predict is {given!r}; give a table, such as {{ folds = 10, repetitions = 1 }}")
        for key in given:
            if key not in KEYS:
                raise InputError(f"predict.{key} is no setting{nearest(str(key), KEYS)}; there are {', '.join(KEYS)}")
        if asked.entry.ordinal:
            raise InputError(
                f"predict: {asked.name} stands on polychoric correlations, which predict no answers; choose pls or plsc"
            )
        return cls(estimator, Plan.of(given), _other(given.get("against")), asked.level)

    def refusal(self, model: Model) -> str | None:
        """What `inner` refuses, methods that give no weights, and models between which no losses can be compared."""
        if told := self.inner.refusal(model):
            return told
        if products := (*model.products, *(self.against.products if self.against else ())):
            named = Target("product", products[0]).name
            return f"predict: no way to predict by the product {named} is here; leave one of the two out"
        if model.second_order:
            whole = model.second_order[0].construct
            return f"predict: {whole} is a second-order construct, for which no way to predict is published"
        if not model.endogenous:
            return "predict: the model has no paths, so that nothing is predicted; add a path"
        if not _gives_weights(self.inner, model):
            return f"{NO_WEIGHTS}, as pls, plsc, gsca, sumscores and components do"
        return self._not_comparable(model) if self.against else None

    def _not_comparable(self, model: Model) -> str | None:
        """Why the losses of `model` and `against` are not of the same items, or None."""
        assert self.against is not None
        own, other = ({c: set(each.indicators[c]) for c in each.endogenous} for each in (model, self.against))
        if own != other:
            named = " and ".join("; ".join(f"{c}: {', '.join(sorted(items))}" for c, items in each.items()) or "nothing"
                                 for each in (own, other))  # fmt: skip
            return f"predict.against: models are compared that predict the same items; they predict {named}"
        if beyond := [item for item in self.against.items if item not in model.items]:
            return f"predict.against: {', '.join(beyond)} is no item of the model; give it the larger of the two models"
        return self.inner.refusal(self.against)

    def estimate(self, batch: Batch, model: Model, targets: tuple[Target, ...]) -> Estimates:
        """Estimates of `inner`, with the measures of prediction among them; see `Estimator.fit`."""
        asked = [q for q, target in enumerate(targets) if target.kind in (*ITEM_KINDS, *LOSS_KINDS)]
        if not asked:
            return self.inner.fit(batch, model, targets)
        rest = [q for q in range(len(targets)) if q not in asked]
        method = self.inner if rest else self.inner.without_inference()
        fit = method.fit(batch, model, [targets[q] for q in rest])
        found = self._found(batch, model)
        columns = fit.spread(rest, len(targets))
        for q in asked:
            for part, value in found.get(targets[q], {}).items():
                columns[part][:, q] = np.where(fit.fatal, np.nan, value)
        return fit.replaced(targets=targets, **columns)

    def _found(self, batch: Batch, model: Model) -> dict[Target, dict[str, Floats]]:
        """Every measure of prediction; none where a sample has been turned into moments, as by missing = 'pairwise'."""
        if batch.has_answers:
            return self._of_answers(batch, model)
        return {} if np.isfinite(batch.n) else self._of_moments(batch, model)

    def _of_answers(self, batch: Batch, model: Model) -> dict[Target, dict[str, Floats]]:
        """Every measure of prediction (R,), with its test where it has one."""
        if batch.raw.shape[1] < self.plan.folds:
            return {}
        method, folds = standardised(self.inner.without_inference()), drawn(batch, self.plan)
        errors = held_out(method, batch, model, folds, self.plan.antecedents)
        found: dict[Target, dict[str, Floats]] = {}
        for name, each in (("predict", errors.own), ("lm", errors.linear)):
            given = {"rmse": measures.rmse(each), "mae": measures.mae(each), "q2": measures.q2(each, errors.average)}
            for measure, values in given.items():
                found |= _by_item(f"{measure}_{name}", np.where(errors.retained, values, np.nan), model)
        over = self.plan.loss
        own = measures.losses(errors.own, errors.retained, model, over)
        others = {
            "cvpat_ia": measures.losses(errors.average, errors.retained, model, over),
            "cvpat_lm": measures.losses(errors.linear, errors.retained, model, over),
        }
        if self.against is not None:
            other = held_out(method, _seen_by(self.against, batch, model), self.against, folds, self.plan.antecedents)
            others["cvpat"] = _in_order_of(
                model, self.against, measures.losses(other.own, other.retained, self.against, over)
            )
        for kind, other_losses in others.items():
            tested = measures.difference(own, other_losses, self.level)
            for e, target in enumerate(loss_targets(kind, model)):
                found[target] = {part: getattr(tested, part)[:, e] for part in PARTS}
        return found

    def _of_moments(self, batch: Batch, model: Model) -> dict[Target, dict[str, Floats]]:
        """The limits (R,) of the measures, where they follow from moments."""
        method = standardised(self.inner.without_inference())
        squares = squared_errors(method, batch, model, self.plan.antecedents)
        retained = batch.retained[:, predicted_items(model)]
        found: dict[Target, dict[str, Floats]] = {}
        for name, each in (("predict", squares[0]), ("lm", squares[1])):
            of_average = np.where(squares[2] > 0, squares[2], np.nan)
            for measure, values in (("rmse", np.sqrt(each)), ("q2", 1.0 - each / of_average)):
                found |= _by_item(f"{measure}_{name}", np.where(retained, values, np.nan), model)
        over = self.plan.loss
        own = _mean_losses(squares[0], retained, model, over)
        others = {
            "cvpat_ia": _mean_losses(squares[2], retained, model, over),
            "cvpat_lm": _mean_losses(squares[1], retained, model, over),
        }
        if self.against is not None:
            kept = _seen_by(self.against, batch, model)
            other = squared_errors(method, kept, self.against, self.plan.antecedents)[0]
            losses = _mean_losses(other, kept.retained[:, predicted_items(self.against)], self.against, over)
            others["cvpat"] = _in_order_of(model, self.against, losses)
        for kind, other_losses in others.items():
            for e, target in enumerate(loss_targets(kind, model)):
                found[target] = {"value": own[:, e] - other_losses[:, e]}
        return found


def item_targets(model: Model) -> tuple[Target, ...]:
    """Every measure of prediction of every item that the model predicts."""
    items = [model.items[place] for place in predicted_items(model)]
    return tuple(Target(kind, (item,)) for item in items for kind in ITEM_KINDS)


def loss_targets(kind: Any, model: Model) -> tuple[Target, ...]:
    """The differences of losses of one kind: over all, then of each endogenous construct."""
    return (Target(kind, ()), *(Target(kind, (construct,)) for construct in model.endogenous))


def _seen_by(other: Model, batch: Batch, model: Model) -> Batch:
    """The columns of another model's items, of a batch that has those of `model`, in its order."""
    return replace(batch, items=model.items, found={}).only(other.items)


def _by_item(kind: Any, values: Floats, model: Model) -> dict[Target, dict[str, Floats]]:
    items = [model.items[place] for place in predicted_items(model)]
    return {Target(kind, (item,)): {"value": values[:, q]} for q, item in enumerate(items)}


def _mean_losses(squares: Floats, retained: Bools, model: Model, over: LossOver) -> Floats:
    """Losses (R, 1 + e) from mean squared errors (R, q)."""
    return measures.losses(np.sqrt(squares)[:, None, :], retained, model, over)[:, 0]


def _in_order_of(model: Model, other: Model, losses: Floats) -> Floats:
    """Losses (..., 1 + e) of `other` with its endogenous constructs in the order of `model`."""
    return np.asarray(losses[..., [0, *(1 + other.endogenous.index(c) for c in model.endogenous)]])


def _other(syntax: object) -> Model | None:
    """The model that is predicted against, from its syntax. Raises InputError for what is none."""
    if syntax is None or isinstance(syntax, Model):
        return syntax
    if not isinstance(syntax, str):
        raise InputError(f"predict.against is {syntax!r}; give a model in lavaan syntax")
    try:
        return Model.parse(syntax)
    except InputError as error:
        raise InputError(f"predict.against: {error}") from None


def _gives_weights(estimator: Estimator, model: Model) -> bool:
    """Whether a method has weights, seen on a population: correlations .5 within blocks, .2 between."""
    same = model.block_of[:, None] == model.block_of
    correlations = np.where(same, 0.5, 0.2) + 0.5 * np.eye(len(model.items))
    batch = Batch.of_moments(Moments(np.zeros((1, len(model.items))), correlations[None], np.inf))
    fit = estimator.without_inference().fit(batch, model, weight_targets(model))
    return bool(np.isfinite(fit.value).all())
