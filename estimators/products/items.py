"""Products of items: the model in which they measure a construct of their own, and the answers with them."""

from dataclasses import dataclass, replace
from itertools import combinations, combinations_with_replacement, product
from typing import Literal

import numpy as np

from estimators.products.endless import Pair, with_product_items
from estimators.shared.zeros import with_zeros
from sim.batch import Batch, Bools, Floats
from sim.grammar.block import BlockKind
from sim.model import Block, Model

#: Which items of two constructs are multiplied: the first of one with the first of the other, .., as many as the
#: shorter block has, or every pair. A construct of one item is multiplied with every item of the other in any case.
Pairs = Literal["matched", "all"]
PAIRS: tuple[Pairs, ...] = ("matched", "all")
#: Errors of which product items a method lets covary: of all, of those of one product, of none.
Covary = Literal["all", "within", "none"]


@dataclass(frozen=True)
class ProductItems:
    """The products of a model as constructs with items: names of the constructs, and the items of each.

    factors: by construct, the two that are multiplied; items: by construct, the two items behind each product item.
    """

    model: Model
    pairs: Pairs

    @property
    def factors(self) -> dict[str, tuple[str, str]]:
        """The two constructs of every product, by its name `A:B`."""
        return {name_of(a, b): (a, b) for _, a, b in self.model.products}

    @property
    def items(self) -> dict[str, tuple[tuple[str, str], ...]]:
        """The two items behind each item of every product."""
        return {name: self._multiplied(a, b) for name, (a, b) in self.factors.items()}

    @property
    def behind(self) -> tuple[tuple[str, str], ...]:
        """The two items behind every product item, block after block."""
        return tuple(pair for pairs in self.items.values() for pair in pairs)

    def _multiplied(self, a: str, b: str) -> tuple[tuple[str, str], ...]:
        first, second = self.model.indicators[a], self.model.indicators[b]
        if self.pairs == "matched" and (a == b or min(len(first), len(second)) > 1):
            return tuple(zip(first, second, strict=False))
        return tuple(combinations_with_replacement(first, 2) if a == b else product(first, second))

    def fitted(self, covary: Covary) -> Model:
        """The model in which every product is a construct on a path, measured by product items after all others.

        covary: of which product items that have an item with an error in common the errors covary, as those of the
        answers do (Marsh, Wen & Hau 2004); an item alone in its block has none.
        """
        blocks = tuple(
            Block(name, tuple(name_of(*pair) for pair in pairs), self._kind(*self.factors[name]))
            for name, pairs in self.items.items()
        )
        paths = tuple((outcome, name_of(a, b)) for outcome, a, b in self.model.products)
        outcomes = list(dict.fromkeys(outcome for outcome, _ in self.model.paths))
        both = sorted((*self.model.paths, *paths), key=lambda path: outcomes.index(path[0]))
        with_errors = {item for block in self.model.blocks if len(block.items) > 1 for item in block.items}
        every = [(name, pair) for name, pairs in self.items.items() if len(pairs) > 1 for pair in pairs]
        common = tuple(
            (name_of(*one), name_of(*other))
            for (name, one), (beside, other) in combinations(every, 2)
            if set(one) & set(other) & with_errors and (covary == "all" or (covary == "within" and name == beside))
        )
        return replace(
            self.model,
            blocks=(*self.model.blocks, *blocks),
            paths=tuple(both),
            covariances=(*self.model.covariances, *common),
            products=(),
        )

    def _kind(self, a: str, b: str) -> BlockKind:
        kinds = {block.construct: block.kind for block in self.model.blocks}
        return "reflective" if kinds[a] == kinds[b] == "reflective" else "composite"

    @property
    def taken(self) -> str | None:
        """A name of a product that the model has already, or None."""
        own = {*self.model.constructs, *self.model.items}
        return next((n for n in (*self.factors, *(name_of(*pair) for pair in self.behind)) if n in own), None)

    def data(self, batch: Batch, orthogonal: bool) -> Batch:
        """The data sets with a column for every product item behind those of the model; found once for a batch."""
        key = ("product items", self.behind, orthogonal, self.model.items, batch.retained.tobytes())
        made = batch.once(key, lambda: (self._data if batch.has_answers else self._endless)(batch, orthogonal))
        return with_zeros(made, self._zeros) if orthogonal else made

    @property
    def _zeros(self) -> Bools:
        """The covariances (p + k, p + k) of product items with the items that predict them, 0 where orthogonal."""
        p, k = len(self.model.items), len(self.behind)
        zeros = np.zeros((p + k, p + k), dtype=bool)
        predicted_by = (self.predictors(name) for name, pairs in self.items.items() for _ in pairs)
        for place, items in enumerate(predicted_by, start=p):
            zeros[place, items] = zeros[items, place] = True
        return zeros

    @property
    def places(self) -> tuple[Pair, ...]:
        """The places of the two items behind every product item."""
        place = {item: column for column, item in enumerate(self.model.items)}
        return tuple((place[a], place[b]) for a, b in self.behind)

    def predictors(self, name: str) -> list[int]:
        """The places of the items that predict a product where it is orthogonal."""
        place = {item: column for column, item in enumerate(self.model.items)}
        return [place[item] for c in dict.fromkeys(self.factors[name]) for item in self.model.indicators[c]]

    def _endless(self, batch: Batch, orthogonal: bool) -> Batch:
        """A population's moments with a column for every product item; there are no answers."""
        first, second = np.array(self.places).T
        predicted_by = [self.predictors(name) for name, pairs in self.items.items() for _ in pairs]
        moments = with_product_items(batch, self.places, predicted_by if orthogonal else None)
        whole = Batch.of_moments(moments, (*self.model.items, *(name_of(*pair) for pair in self.behind)))
        kept = batch.retained[:, first] & batch.retained[:, second]
        return replace(whole, replications=batch.replications, address=batch.address).keep(
            np.concatenate([batch.retained, kept], axis=1)
        )

    def _data(self, batch: Batch, orthogonal: bool) -> Batch:
        raw = batch.raw.astype(np.float64)
        centred = raw - raw.mean(axis=1, keepdims=True)
        place = {item: column for column, item in enumerate(self.model.items)}
        columns, kept = [], []
        for name, pairs in self.items.items():
            first, second = ([place[pair[side]] for pair in pairs] for side in (0, 1))
            multiplied = centred[:, :, first] * centred[:, :, second]
            if orthogonal:
                own = [place[item] for c in dict.fromkeys(self.factors[name]) for item in self.model.indicators[c]]
                multiplied = residuals(multiplied, centred[:, :, own] * batch.retained[:, None, own])
            columns.append(multiplied)
            kept.append(batch.retained[:, first] & batch.retained[:, second])
        answers = np.concatenate([raw, *columns], axis=2)
        items = (*self.model.items, *(name_of(*pair) for pair in self.behind))
        return replace(
            Batch.of(answers, batch.replications, batch.address, items=items),
            retained=np.concatenate([batch.retained, *kept], axis=1),
        )


def residuals(products: Floats, items: Floats) -> Floats:
    """Products (R, n, k) less what items with mean 0 (R, n, p) and a constant predict (Little & others 2006)."""
    centred = products - products.mean(axis=1, keepdims=True)
    across = np.swapaxes(items, 1, 2)
    slopes = np.linalg.pinv(across @ items, hermitian=True) @ (across @ centred)
    return np.asarray(centred - items @ slopes)


def name_of(a: str, b: str) -> str:
    """The name of a product of constructs or of items."""
    return f"{a}:{b}"
