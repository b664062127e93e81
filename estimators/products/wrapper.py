"""Products around a method: moderation and squares in the model that it fits."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from estimators.base import Estimates, Estimator, has_product, product_beside_second_order
from estimators.composites.components import Components
from estimators.composites.consistent import ConsistentPLS
from estimators.composites.fitted import FittedComposites
from estimators.composites.gsca import GSCA
from estimators.composites.implied import OF_FIT
from estimators.composites.pls import PLS
from estimators.composites.sumscores import SumScores
from estimators.entry import Entry
from estimators.factors.covariance import MaximumLikelihood
from estimators.factors.leastsquares import GeneralizedLeastSquares, UnweightedLeastSquares
from estimators.factors.miiv import ModelImpliedInstruments
from estimators.factors.robust import HuberWhite, SatorraBentler
from estimators.products.indicators import Unit, by_indicators
from estimators.products.items import PAIRS, Covary, Pairs, ProductItems
from estimators.products.twostage import OF_EQUATIONS, two_stage
from estimators.twostep.disattenuated import Disattenuated
from estimators.twostep.factorscores import BartlettScores, Croon, RegressionScores
from estimators.wrappers.wrapper import Asked, Wrapper, is_raw
from sim.batch import Batch
from sim.errors import InputError, unknown
from sim.model import Model
from sim.targets import Target

TWO_STAGE, MIXED, INDICATORS, ORTHOGONAL = "two-stage", "csem", "product-indicator", "orthogonal"
_OF_PLS = (TWO_STAGE, INDICATORS, ORTHOGONAL, MIXED)
_OF_SCORES, _OF_FACTORS = (TWO_STAGE,), (INDICATORS, ORTHOGONAL)
#: How each method takes products, its default first.
WAYS: Mapping[type[Any], tuple[str, ...]] = {
    PLS: _OF_PLS,
    ConsistentPLS: _OF_PLS,
    GSCA: _OF_SCORES,
    Components: _OF_SCORES,
    SumScores: _OF_SCORES,
    RegressionScores: _OF_SCORES,
    BartlettScores: _OF_SCORES,
    Disattenuated: _OF_SCORES,
    Croon: _OF_SCORES,
    MaximumLikelihood: _OF_FACTORS,
    SatorraBentler: _OF_FACTORS,
    HuberWhite: _OF_FACTORS,
    GeneralizedLeastSquares: _OF_FACTORS,
    UnweightedLeastSquares: _OF_FACTORS,
    ModelImpliedInstruments: _OF_FACTORS,
}
_WORDS = {
    TWO_STAGE: "products of scores",
    MIXED: "products of scores with cSEM's divisors",
    INDICATORS: "product indicators",
    ORTHOGONAL: "orthogonalised product indicators",
}
#: Numbers that one part of a batch may hold, so that memory does not grow with resamples.
_AT_ONCE = 8_000_000


@dataclass(frozen=True)
class Products(Wrapper):
    """`inner` for models with products of constructs, `Y ~ A + B + A:B` and `Y ~ A + A:A`.

    way: "two-stage", the scores of `inner` from the model without products, then least squares with products of scores
    (Henseler & Chin 2010), their moments cleared of measurement error where `inner` is corrected for it (Dijkstra &
    Schermelleh-Engel 2014 for consistent PLS; Hsiao, Kwok & Lai 2018 for corrected sums; Lai & Hsiao 2022 for factor
    scores); "csem", the same with cSEM's divisors; "product-indicator", products of the items of both measure a
    construct of their own (Chin, Marcolin & Newsted 2003 for PLS; Marsh, Wen & Hau 2004, unconstrained, for factors;
    Bollen & Paxton 1998 for instruments); "orthogonal", these products less what the items of both predict (Little,
    Bovaird & Widaman 2006). pairs: "matched", first item with first, second with second, or "all", the default of PLS
    alone. Product items with an item in common have errors that covary; consistent PLS knows that of those of one
    product.

    The coefficient of a product is that of the product of the two standardised constructs, centred and not standardised
    itself. Paths of its constructs are their effects at the other's mean. A model without products is left to `inner`.
    """

    way: str = TWO_STAGE
    pairs: Pairs = "matched"

    #: Differences of paths are taken of its own paths, not of those of the first stage.
    passes_on: ClassVar[bool] = False
    about: ClassVar = "estimates"
    keys: ClassVar = ("products", "product_items")
    purpose: ClassVar = "tells how constructs are multiplied by methods that fit products"
    example: ClassVar = ("pls", {"products": "two-stage"})

    @classmethod
    def around(cls, estimator: Estimator, asked: Asked) -> Estimator:
        """A model with products asks for it, of methods that can fit them, and so does `products`."""
        given = asked.given(*cls.keys)
        ways = WAYS.get(asked.entry.estimator, ())
        if not ways or not (given or (asked.model is not None and asked.model.products)):
            return estimator
        way, pairs = given.get("products", ways[0]), given.get("product_items")
        if way not in ways:
            raise InputError(f"products of {asked.name}: {unknown('products', str(way), ways)}")
        if pairs is not None and pairs not in PAIRS:
            raise InputError(unknown("product_items", str(pairs), PAIRS))
        if pairs is not None and way not in (INDICATORS, ORTHOGONAL):
            raise InputError(
                f"product_items belongs to products = '{INDICATORS}' and '{ORTHOGONAL}', and products of {asked.name} "
                f"is '{way}'; leave one of them out"
            )
        return cls(estimator, way, pairs or ("all" if asked.entry.estimator is PLS else "matched"))

    @classmethod
    def suits(cls, entry: Entry) -> bool:
        """Whether the method fits products."""
        return entry.estimator in WAYS

    @property
    def words(self) -> tuple[str, ...]:
        """How products are made."""
        if self.way in (INDICATORS, ORTHOGONAL):
            return (f"{_WORDS[self.way]} ({self.pairs} pairs)",)
        return (f"{'corrected ' if self._corrected else ''}{_WORDS[self.way]}",)

    @property
    def needs_answers(self) -> str:
        """Products are of answers."""
        return "products"

    def refusal(self, model: Model) -> str | None:
        """What `inner` refuses of the model it gets, and what products do not go with."""
        if not model.products:
            return self.inner.refusal(model)
        if model.second_order:
            return product_beside_second_order(model)
        if self.way in (INDICATORS, ORTHOGONAL):
            items = ProductItems(model, self.pairs)
            if items.taken:
                return f"{items.taken} is what a product would be called; give that item or construct another name"
            return self.inner.refusal(items.fitted(self._covary))
        for setting, without, why in (
            ("solution", "raw", "scores and their products are standardised"),
            ("errors", "hc3", "products of scores have classical errors, or those of a bootstrap"),
            ("metric", "factors", "scores and their products are standardised"),
        ):
            if getattr(self.inner, setting, None) == without:
                return has_product(model, f", and {setting} is '{without}': {why}; leave out {setting}")
        return self.inner.refusal(replace(model, products=()))

    def estimate(self, batch: Batch, model: Model, targets: tuple[Target, ...]) -> Estimates:
        """Values of the targets; see `Estimator.fit`.

        Without answers, those of endless data, as far as moments tell them: without third and fourth ones, those alone
        that no product touches.
        """
        if not model.products:
            return self.inner.fit(batch, model, targets)
        found = self._fitted(batch, model, targets)
        if isinstance(self.inner, FittedComposites):  # no stage of composites is a model of all items
            found.value[:, [target.kind in OF_FIT for target in targets]] = np.nan
        return found

    def _fitted(self, batch: Batch, model: Model, targets: tuple[Target, ...]) -> Estimates:
        if not batch.has_answers:
            known = batch.moments.higher is not None
            return (self._estimated if known else self._from_moments)(batch, model, targets)
        size = max(1, int(_AT_ONCE // (batch.n * (len(model.items) + len(ProductItems(model, self.pairs).behind)))))
        if len(batch) <= size:
            return self._estimated(batch, model, targets)
        parts = [slice(start, start + size) for start in range(0, len(batch), size)]
        return Estimates.joined([self._estimated(batch.rows(part), model, targets) for part in parts])

    def _estimated(self, batch: Batch, model: Model, targets: tuple[Target, ...]) -> Estimates:
        if self.way in (INDICATORS, ORTHOGONAL):
            items = ProductItems(model, self.pairs)
            orthogonal = self.way == ORTHOGONAL
            return by_indicators(self.inner, batch, model, targets, items, orthogonal, self._covary, self._unit)
        return two_stage(self.inner, batch, model, targets, self._corrected, self.way == MIXED, self._level)

    def _from_moments(self, batch: Batch, model: Model, targets: tuple[Target, ...]) -> Estimates:
        """What the method gives of targets that no product touches, NaN for the others."""
        curved = {outcome for outcome, _, _ in model.products}
        plain = ("path", "r2", "adj_r2", "f2", "vif")
        known = tuple(
            target
            for target in targets
            if target.kind not in OF_EQUATIONS or (target.kind in plain and target.parts[0] not in curved)
        )
        fit = self.inner.fit(batch, replace(model, products=()), known)
        wide = fit.spread([targets.index(target) for target in known], len(targets))
        return fit.replaced(targets=targets, **wide)

    @property
    def _covary(self) -> Covary:
        """Which errors the method lets covary."""
        if isinstance(self.inner, ConsistentPLS):
            return "within"
        return "none" if isinstance(self.inner, PLS) else "all"

    @property
    def _unit(self) -> Unit:
        """What the unit of a product that items measure follows from."""
        if is_raw(self.inner):
            return "none"
        if isinstance(self.inner, ConsistentPLS):
            return "blocks"
        return "scores" if isinstance(self.inner, PLS) else "marker"

    @property
    def _corrected(self) -> bool:
        """Whether the moments of scores are cleared of measurement error."""
        inner = self.inner
        scores_corrected = isinstance(inner, BartlettScores) and inner.correction != "none"
        return isinstance(inner, ConsistentPLS | Disattenuated | Croon) or scores_corrected

    @property
    def _level(self) -> float | None:
        """The level of least-squares intervals, where the method has them."""
        inner = self.inner
        own = isinstance(inner, SumScores | BartlettScores) and inner.inference
        return inner.level if own and not self._corrected else None  # type: ignore[attr-defined]
