"""Model: which item measures which construct and which construct acts on which. Names and structure, no numbers."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import combinations, pairwise

import numpy as np
from numpy.typing import NDArray

from sim.errors import InputError, unknown
from sim.grammar.block import Block as Block
from sim.grammar.reading import read
from sim.grammar.syntax import joined, line_of, quoted
from sim.grammar.terms import INTERCEPT, NOTHING, Modifier, Terms
from sim.targets import (
    EFFECT_KINDS,
    INVARIANCE_KINDS,
    ITEM_KINDS,
    LOSS_KINDS,
    PAIR_KINDS,
    PATH_KINDS,
    RELIABILITIES,
    SPELLINGS,
    Target,
    no_step,
    read_target,
)


@dataclass(frozen=True)
class Model:
    """The structure of a study: m blocks of p items in all, recursive paths and error covariances.

    `paths` are (outcome, predictor) pairs; `covariances` are the `~~` pairs of different names that were written.
    Items stand block after block, in the order written, in every array of the project. `second_order` are constructs
    whose items are constructs of `blocks`, their dimensions; they come after the others in `constructs`. An observed
    variable on a path is a construct of its own name, whose only item has that name too. `crossed` are all the items of
    the constructs that have some of other blocks too, which in a text are earlier ones; `blocks` name an item once.
    `terms`: fixed values, labels, bounds, restrictions and definitions. `products` are (outcome, construct, construct):
    what acts beside the paths of both constructs, their names in alphabetical order.
    """

    blocks: tuple[Block, ...]
    paths: tuple[tuple[str, str], ...] = ()
    covariances: tuple[tuple[str, str], ...] = ()
    second_order: tuple[Block, ...] = ()
    crossed: tuple[Block, ...] = ()
    terms: Terms = NOTHING
    products: tuple[tuple[str, str, str], ...] = ()

    @classmethod
    def parse(cls, text: str) -> "Model":
        """Model from lavaan-style syntax. Raises InputError that names the line and the construct."""
        found = read(text)
        model = cls(
            found.blocks, found.paths, found.covariances, found.second_order, found.crossed, found.terms, found.products
        )  # fmt: skip
        try:
            _ = model.causal_order
        except InputError as error:
            loop = set(model._loop(range(len(model.constructs))))
            lines = [str(line) for line, path in found.path_lines if set(path) <= loop]
            raise InputError(f"lines {', '.join(dict.fromkeys(lines))}: {error}") from None
        return model

    @classmethod
    def plain(cls, text: str) -> "Model":
        """A model of names alone, as populations and published tables have it. Raises InputError for anything more."""
        model = cls.parse(text)
        for outcome, predictor in model.paths:
            for name in (outcome, predictor):
                if name in model.observed:
                    named = unknown("construct", name, [c for c in model.constructs if c not in model.observed])
                    line = line_of(text, outcome, "~", predictor)
                    raise InputError(
                        f"line {line}: path {outcome}~{predictor}: {named}; an observed variable enters "
                        "a population as a construct with one item: "
                        f"`{quoted(name + '_c')} =~ {quoted(name)}`"
                    )
        for block in model.crossed:
            shared = next(i for i in block.items if model.owner(i) != block.construct)
            raise InputError(
                f"line {line_of(text, block.construct, '=~', shared)}: item {shared} of {block.construct} belongs to "
                f"{model.owner(shared)} already; a population's model names an item once, and a further loading stands "
                f'in [values]: `"{block.construct}=~{shared}" = 0.2`'
            )
        if model.products:
            outcome, first, second = model.products[0]
            name = Target("product", model.products[0]).name
            line = line_of(text, outcome, "~", first, second)
            raise InputError(
                f"line {line}: the product {name} in the model of a population; its effect stands in [values], "
                f'`"{name}" = 0.3`, and the model that methods fit with it in [models] of the study'
            )
        said = next((term.shown for term in model.terms.terms), None) or next(iter(model.terms.lines), None)
        if said:
            raise InputError(
                f"{said} says more than names; the model of a population holds names, and its numbers stand in [values]"
            )
        return model

    @cached_property
    def every_block(self) -> tuple[Block, ...]:
        """The blocks of items and those of dimensions."""
        return (*self.blocks, *self.second_order)

    @cached_property
    def constructs(self) -> tuple[str, ...]:
        """Construct names in the order of their blocks (m,)."""
        return tuple(block.construct for block in self.every_block)

    @cached_property
    def observed(self) -> frozenset[str]:
        """Constructs that are observed variables."""
        return frozenset(block.construct for block in self.blocks if block.items == (block.construct,))

    @cached_property
    def indicators(self) -> dict[str, tuple[str, ...]]:
        """All the items, or dimensions, that measure each construct, in the order written."""
        return {block.construct: block.items for block in (*self.every_block, *self.crossed)}

    def owner(self, item: str) -> str:
        """The construct whose block has an item."""
        return next(block.construct for block in self.blocks if item in block.items)

    @property
    def error_covariances(self) -> tuple[tuple[str, str], ...]:
        """The written pairs of items, whose errors covary."""
        return tuple(pair for pair in self.covariances if pair[0] not in self.constructs)

    @property
    def beyond(self) -> str | None:
        """The first thing that restricts the model or goes beyond constructs with items of their own, as written."""
        if self.crossed:
            block = self.crossed[0]
            own = next(b for b in self.blocks if b.construct == block.construct).items
            shared = next(item for item in block.items if item not in own)
            return f"item {shared}, which measures {self.owner(shared)} and {block.construct},"
        return self.terms.first_constraint

    @cached_property
    def items(self) -> tuple[str, ...]:
        """Item names, block after block (p,)."""
        return tuple(item for block in self.blocks for item in block.items)

    @cached_property
    def bounds(self) -> NDArray[np.int64]:
        """Block j holds the items `bounds[j]:bounds[j + 1]`; shape (m + 1,)."""
        return np.cumsum([0] + [len(block.items) for block in self.blocks])

    @cached_property
    def block_of(self) -> NDArray[np.int64]:
        """Index of each item's construct (p,)."""
        return np.repeat(np.arange(len(self.blocks)), np.diff(self.bounds))

    @cached_property
    def reflective(self) -> NDArray[np.bool_]:
        """True for the constructs whose blocks are reflective (m,)."""
        return np.array([block.kind == "reflective" for block in self.blocks])

    @cached_property
    def path_matrix(self) -> NDArray[np.bool_]:
        """`[outcome, predictor]` is True where a path exists (m, m)."""
        matrix = np.zeros((len(self.constructs), len(self.constructs)), dtype=bool)
        for outcome, predictor in self.paths:
            matrix[self.constructs.index(outcome), self.constructs.index(predictor)] = True
        return matrix

    @cached_property
    def linked(self) -> frozenset[str]:
        """Constructs that stand on some path."""
        return frozenset(construct for path in self.paths for construct in path)

    @cached_property
    def endogenous(self) -> tuple[str, ...]:
        """Constructs that some path leads to, in the order of their blocks."""
        outcomes = {outcome for outcome, _ in self.paths}
        return tuple(construct for construct in self.constructs if construct in outcomes)

    @cached_property
    def exogenous(self) -> tuple[str, ...]:
        """Constructs that no path leads to and that are no dimension: their correlations are parameters."""
        return tuple(c for c in self.constructs if c not in self.endogenous and c not in self.dimensions)

    @cached_property
    def causal_order(self) -> tuple[int, ...]:
        """Construct indices such that every predictor comes before its outcomes. A feedback loop raises InputError."""
        order: list[int] = []
        waiting = list(range(len(self.constructs)))
        while waiting:
            ready = [j for j in waiting if not set(np.flatnonzero(self.path_matrix[j])) & set(waiting)]
            if not ready:
                loop = ", ".join(self._loop(waiting))
                raise InputError(f"the paths among {loop} form a feedback loop; only recursive models are estimated")
            order += ready
            waiting = [j for j in waiting if j not in ready]
        return tuple(order)

    def _loop(self, waiting: Iterable[int]) -> list[str]:
        """Constructs of `waiting` that have both a predictor and an outcome among them, and so stand in a loop."""
        left = list(waiting)
        while True:
            among = self.path_matrix[np.ix_(left, left)]
            inside = [left[k] for k in np.flatnonzero(among.any(axis=0) & among.any(axis=1))]
            if len(inside) == len(left):
                return [self.constructs[j] for j in left]
            left = inside

    @cached_property
    def dimensions(self) -> frozenset[str]:
        """The constructs that second-order constructs consist of."""
        return frozenset(dimension for block in self.second_order for dimension in block.items)

    @cached_property
    def syntax(self) -> str:
        """The model in canonical lavaan syntax; parsing it gives an equal model, but for the block of a shared item."""
        operator = {"reflective": "=~", "composite": "<~"}
        lines = [
            f"{quoted(b.construct)} {operator[b.kind]} {self._written(b.construct, operator[b.kind], items)}"
            for b in self.every_block
            if b.construct not in self.observed
            for items in (self.indicators[b.construct],)
        ]
        lines += [
            f"{quoted(outcome)} ~ {self._written(outcome, '~', [p for o, p in self.paths if o == outcome])}"
            + "".join(f" + {quoted(a)}:{quoted(b)}" for o, a, b in self.products if o == outcome)
            for outcome in dict.fromkeys(o for o, _ in self.paths)
        ]
        lines += [f"{quoted(a)} ~~ {self._written(a, '~~', [b])}" for a, b in self.covariances]
        own = [t for t in self.terms.terms if t.operator == "~~" and t.left == t.right]
        lines += [f"{quoted(t.left)} ~~ {self._written(t.left, '~~', [t.right])}" for t in own]
        lines += [f"{quoted(t.left)} ~ {t.modifier.syntax}1" for t in self.terms.terms if t.operator == INTERCEPT]
        return "\n".join([*lines, *self.terms.lines])

    def _written(self, left: str, operator: str, names: Iterable[str]) -> str:
        """The right side of a line, modifiers and all."""
        return " + ".join(f"{self.modifier(left, operator, name).syntax}{quoted(name)}" for name in names)

    def modifier(self, left: str, operator: str, right: str) -> Modifier:
        """What the model says of a parameter."""
        return self.terms.modifier(left, operator, right)

    @cached_property
    def with_means(self) -> bool:
        """Whether some intercept is written, so that the model is of means too."""
        return any(term.operator == INTERCEPT for term in self.terms.terms)

    @property
    def named_means(self) -> tuple[str, ...]:
        """What has an intercept in a model with means: every item, and the constructs whose means are written."""
        if not self.with_means:
            return ()
        written = {term.left for term in self.terms.terms if term.operator == INTERCEPT}
        items = (item for item in self.items if item not in self.observed)
        return (*items, *(c for c in self.constructs if c in written or c in self.observed))

    def of_group(self, place: int, groups: int) -> "Model":
        """The model of one of so many groups. Raises InputError for terms with values for another number of groups."""
        return replace(self, terms=self.terms.of_group(place, groups)) if self.terms.groupwise else self

    @property
    def together(self) -> "Model":
        """The model of all groups in one: without what is said of each."""
        return replace(self, terms=self.terms.together) if self.terms.groupwise else self

    @cached_property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """Pairs of constructs that have a correlation: all but a dimension with a second-order construct."""
        return tuple(pair for pair in combinations(self.constructs, 2) if not self._crosses_levels(pair))

    @cached_property
    def targets(self) -> tuple[Target, ...]:
        """Paths, products, r2, construct correlations, loadings, alpha, rho_c and ave: the default of every method."""
        return (
            *(Target("path", path) for path in self.paths),
            *(Target("product", product) for product in self.products),
            *(Target("r2", (c,)) for c in self.endogenous),
            *(Target("correlation", pair) for pair in self.pairs),
            *(Target("loading", (c, item)) for c in self.measured for item in self.indicators[c]),
            *(Target(kind, (c,)) for kind in RELIABILITIES for c in self.measured),
            *(Target("defined", (d.name,)) for d in self.terms.definitions),
        )

    @property
    def measured(self) -> tuple[str, ...]:
        """The constructs that are no observed variables."""
        return tuple(c for c in self.constructs if c not in self.observed)

    def _crosses_levels(self, names: tuple[str, ...]) -> bool:
        """Whether the names are of a second-order construct and of a dimension."""
        second = {block.construct for block in self.second_order}
        return bool(second & set(names)) and bool(self.dimensions & set(names))

    def target(self, name: str) -> Target:
        """The target spelt `name`. Raises InputError where it is no target or names what the model lacks."""
        if name.strip() in (*self.terms.named, *self.terms.labels):
            return Target("defined", (name.strip(),))
        target = read_target(name)
        if target is None:
            raise InputError(
                f"'{name}' is no target; write a path `Y~X`, loading `F=~x`, weight `F<~x`, correlation `A~~B`, "
                f"indirect effect `A->B->C`, {SPELLINGS}"
            )
        if target.kind == "intercept" and "1" in self.constructs:
            target = Target("path", target.parts)
        problem = self._problem(target)
        if problem:
            raise InputError(f"target '{name}': {problem}")
        return target

    def _multiplied(self, parts: tuple[str, ...]) -> bool:
        """Whether the names are of an outcome and of one of its products, `A:B`."""
        return any(parts == (outcome, f"{a}:{b}") for outcome, a, b in self.products)

    def _problem(self, target: Target) -> str | None:
        """Why this model has no such target, or None."""
        if target.kind == "variance":
            names = (*self.constructs, *self.items)
            return None if target.parts[0] in names else unknown("construct or item", target.parts[0], names)
        if target.kind == "intercept":
            names = (*self.constructs, *self.items)
            if not self.with_means:
                return f"the model says nothing of means; write `{quoted(target.parts[0])} ~ 1` in it"
            return None if target.parts[0] in names else unknown("construct or item", target.parts[0], names)
        if target.kind in ITEM_KINDS:
            return self._not_predicted(target)
        if target.kind in INVARIANCE_KINDS:
            return no_step(target)
        names = target.parts[:1] if target.kind in ("loading", "weight") else target.parts
        names = names[:3] if target.kind == "slope" else names
        of_product = target.kind in PATH_KINDS and self._multiplied(target.parts)
        names = names[:1] if of_product else names
        if target.kind == "correlation" and not {*names} & {*self.constructs} and {*names} <= {*self.items}:
            a, b = map(quoted, names)
            return f"{a} and {b} are items; give their error covariance a label, as `{a} ~~ e*{b}`, and ask for `e`"
        for name in names:
            if name not in self.constructs:
                return unknown("construct", name, self.constructs)
        if target.kind in ("loading", "weight"):
            items = self.indicators[target.parts[0]]
            return None if target.parts[1] in items else unknown(f"{target.parts[0]}'s item", target.parts[1], items)
        if target.kind in ("correlation", *PAIR_KINDS, *EFFECT_KINDS) and target.parts[0] == target.parts[1]:
            return "a construct's relation with itself says nothing; name two constructs"
        if target.kind in ("correlation", *PAIR_KINDS) and self._crosses_levels(target.parts):
            return "a second-order construct and a dimension never stand side by side; ask for the dimension's loading"
        if target.kind in EFFECT_KINDS and self.dimensions & set(target.parts):
            one = next(name for name in target.parts if name in self.dimensions)
            return f"{one} is a dimension, which stands on no path; name the second-order construct"
        if target.kind == "difference" and target.parts[1] == target.parts[2]:
            return "a path less itself says nothing; name two paths to one outcome"
        explained = target.kind in ("r2", "adj_r2", *LOSS_KINDS)
        if explained and target.parts and target.parts[0] not in self.endogenous:
            return (
                f"no path leads to {target.parts[0]}; {target.kind} is defined for "
                f"{', '.join(self.endogenous) or 'no construct'}"
            )
        if target.kind in ("product", "slope"):
            outcome, a, b = target.parts[:3]
            if (outcome, *sorted((a, b))) not in self.products:
                its = ", ".join(Target("product", each).name for each in self.products)
                return (
                    f"the model has no product {Target('product', (outcome, *sorted((a, b)))).name} "
                    f"(it has {its or 'none'}); write `{quoted(outcome)} ~ {joined(dict.fromkeys((a, b)))} + "
                    f"{quoted(a)}:{quoted(b)}`"
                )
        for step in () if of_product else _steps(target):
            if step not in self.paths:
                return (
                    f"the model has no path {step[0]}~{step[1]} (it has {', '.join('~'.join(p) for p in self.paths)})"
                )
        return None

    def _not_predicted(self, target: Target) -> str | None:
        """Why the model predicts no such item, or None."""
        item = target.parts[0]
        if item not in self.items:
            return unknown("item", item, self.items)
        if self.owner(item) in self.endogenous:
            return None
        predicted = [i for c in self.endogenous for i in self.indicators[c] if i in self.items]
        return (
            f"no path leads to {self.owner(item)}, so nothing predicts its items; it is defined for "
            f"{', '.join(predicted) or 'no item'}"
        )


def _steps(target: Target) -> list[tuple[str, str]]:
    """The (outcome, predictor) pairs a path or an indirect effect goes along."""
    if target.kind in ("path", "group_difference", *PATH_KINDS):
        return [(target.parts[0], target.parts[1])]
    if target.kind == "difference":
        return [(target.parts[0], predictor) for predictor in target.parts[1:]]
    return [(b, a) for a, b in pairwise(target.parts)] if target.kind == "indirect" else []
