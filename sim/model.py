"""Model: which item measures which construct and which construct acts on which. Names and structure, no numbers."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations, pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from sim.errors import InputError, unknown
from sim.syntax import Statement, joined, parse, quoted
from sim.targets import (
    EFFECT_KINDS,
    PAIR_KINDS,
    PATH_KINDS,
    RELIABILITIES,
    SPELLINGS,
    Target,
    read_target,
)

#: Constructs and items that a model may have.
MOST_CONSTRUCTS, MOST_ITEMS = 200, 1_000


@dataclass(frozen=True)
class Block:
    """A construct and the items that measure it (`=~`, reflective) or form it (`<~`, composite)."""

    construct: str
    items: tuple[str, ...]
    kind: Literal["reflective", "composite"] = "reflective"


@dataclass(frozen=True)
class Model:
    """The structure of a study: m blocks of p items in all, recursive paths and error covariances.

    `paths` are (outcome, predictor) pairs; `covariances` are the `~~` pairs of different names that were written.
    Items stand block after block, in the order written, in every array of the project. `second_order` are constructs
    whose items are constructs of `blocks`, their dimensions; they come after the others in `constructs`.
    """

    blocks: tuple[Block, ...]
    paths: tuple[tuple[str, str], ...] = ()
    covariances: tuple[tuple[str, str], ...] = ()
    second_order: tuple[Block, ...] = ()

    @classmethod
    def parse(cls, text: str) -> "Model":
        """Model from lavaan-style syntax. Raises InputError that names the line and the construct."""
        statements = parse(text)
        first, second = _blocks(statements)
        _check_size(first, second)
        constructs = [block.construct for block in (*first, *second)]
        paths = _paths(statements, constructs, second)
        model = cls(first, paths, _covariances(statements, constructs, first), second)
        try:
            _ = model.causal_order
        except InputError as error:
            loop = model._loop(range(len(constructs)))
            lines = [str(s.line) for s in statements if s.operator == "~" and {s.left, s.right} <= set(loop)]
            raise InputError(f"lines {', '.join(dict.fromkeys(lines))}: {error}") from None
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
        """The model in canonical lavaan syntax; parsing it gives an equal model."""
        operator = {"reflective": "=~", "composite": "<~"}
        lines = [f"{quoted(b.construct)} {operator[b.kind]} {joined(b.items)}" for b in self.every_block]
        lines += [
            f"{quoted(outcome)} ~ {joined(p for o, p in self.paths if o == outcome)}"
            for outcome in dict.fromkeys(o for o, _ in self.paths)
        ]
        lines += [f"{quoted(a)} ~~ {quoted(b)}" for a, b in self.covariances]
        return "\n".join(lines)

    @cached_property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """Pairs of constructs that have a correlation: all but a dimension with a second-order construct."""
        return tuple(pair for pair in combinations(self.constructs, 2) if not self._crosses_levels(pair))

    @cached_property
    def targets(self) -> tuple[Target, ...]:
        """Paths, r2, construct correlations, loadings, alpha, rho_c and ave: the default of every method."""
        return (
            *(Target("path", path) for path in self.paths),
            *(Target("r2", (c,)) for c in self.endogenous),
            *(Target("correlation", pair) for pair in self.pairs),
            *(Target("loading", (b.construct, item)) for b in self.every_block for item in b.items),
            *(Target(kind, (c,)) for kind in RELIABILITIES for c in self.constructs),
        )

    def _crosses_levels(self, names: tuple[str, ...]) -> bool:
        """Whether the names are of a second-order construct and of a dimension."""
        second = {block.construct for block in self.second_order}
        return bool(second & set(names)) and bool(self.dimensions & set(names))

    def target(self, name: str) -> Target:
        """The target spelt `name`. Raises InputError where it is no target or names what the model lacks."""
        target = read_target(name)
        if target is None:
            raise InputError(
                f"'{name}' is no target; write a path `Y~X`, loading `F=~x`, weight `F<~x`, correlation `A~~B`, "
                f"indirect effect `A->B->C`, {SPELLINGS}"
            )
        problem = self._problem(target)
        if problem:
            raise InputError(f"target '{name}': {problem}")
        return target

    def _problem(self, target: Target) -> str | None:
        """Why this model has no such target, or None."""
        if target.kind == "variance":
            names = (*self.constructs, *self.items)
            return None if target.parts[0] in names else unknown("construct or item", target.parts[0], names)
        names = target.parts[:1] if target.kind in ("loading", "weight") else target.parts
        for name in names:
            if name not in self.constructs:
                return unknown("construct", name, self.constructs)
        if target.kind in ("loading", "weight"):
            items = self.every_block[self.constructs.index(target.parts[0])].items
            return None if target.parts[1] in items else unknown(f"{target.parts[0]}'s item", target.parts[1], items)
        if target.kind in ("correlation", *PAIR_KINDS, *EFFECT_KINDS) and target.parts[0] == target.parts[1]:
            return "a construct's relation with itself says nothing; name two constructs"
        if target.kind in ("correlation", *PAIR_KINDS) and self._crosses_levels(target.parts):
            return "a second-order construct and a dimension never stand side by side; ask for the dimension's loading"
        if target.kind in ("r2", "adj_r2") and target.parts[0] not in self.endogenous:
            return (
                f"no path leads to {target.parts[0]}; {target.kind} is defined for "
                f"{', '.join(self.endogenous) or 'no construct'}"
            )
        for step in _steps(target):
            if step not in self.paths:
                return (
                    f"the model has no path {step[0]}~{step[1]} (it has {', '.join('~'.join(p) for p in self.paths)})"
                )
        return None


def _steps(target: Target) -> list[tuple[str, str]]:
    """The (outcome, predictor) pairs a path or an indirect effect goes along."""
    if target.kind in ("path", *PATH_KINDS):
        return [(target.parts[0], target.parts[1])]
    return [(b, a) for a, b in pairwise(target.parts)] if target.kind == "indirect" else []


def _check_size(first: Sequence[Block], second: Sequence[Block]) -> None:
    """Raises InputError for more constructs or items than any survey has."""
    counts = (
        (len(first) + len(second), MOST_CONSTRUCTS, "constructs"),
        (sum(len(block.items) for block in first), MOST_ITEMS, "items"),
    )
    for given, most, what in counts:
        if given > most:
            raise InputError(f"the model has {given:,} {what}; at most {most:,} are possible")


def _blocks(statements: list[Statement]) -> tuple[tuple[Block, ...], tuple[Block, ...]]:
    """The blocks of items, and those of second-order constructs."""
    items: dict[str, list[str]] = {}
    kinds: dict[str, str] = {}
    owner: dict[str, str] = {}
    written = [s for s in statements if s.operator in ("=~", "<~")]
    for s in written:
        if s.left == s.right:
            raise InputError(
                f"line {s.line}: `{quoted(s.left)} {s.operator} {quoted(s.right)}`: a construct and its item "
                "have one name; "
                f"give the construct another: `{quoted(s.left + '_c')} {s.operator} {quoted(s.right)}`"
            )
        if kinds.setdefault(s.left, s.operator) != s.operator:
            raise InputError(f"line {s.line}: construct {s.left} is given by both =~ and <~; choose one")
        if s.right in owner:
            raise InputError(
                f"line {s.line}: item {s.right} of {s.left} belongs to {owner[s.right]} already; "
                "an item measures one construct here"
            )
        owner[s.right] = s.left
        items.setdefault(s.left, []).append(s.right)
    if not items:
        raise InputError("the model has no block; write for instance `F =~ x1 + x2 + x3`")
    second = {s.left: s.line for s in written if s.right in items}
    for construct, line in second.items():
        strange = [item for item in items[construct] if item not in items or item in second]
        if strange:
            raise InputError(
                f"line {line}: {construct} has constructs among its items, but {strange[0]} is not one with items of "
                "its own; a second-order construct consists of first-order constructs only"
            )
        if len(items[construct]) < 2:
            raise InputError(
                f"line {line}: second-order construct {construct} has one dimension, {items[construct][0]}; "
                "give it two or more"
            )
    blocks = [Block(c, tuple(i), "reflective" if kinds[c] == "=~" else "composite") for c, i in items.items()]
    return (
        tuple(block for block in blocks if block.construct not in second),
        tuple(block for block in blocks if block.construct in second),
    )


def _paths(
    statements: list[Statement], constructs: list[str], second: tuple[Block, ...]
) -> tuple[tuple[str, str], ...]:
    whole = {dimension: block.construct for block in second for dimension in block.items}
    paths: list[tuple[str, str]] = []
    for s in (s for s in statements if s.operator == "~"):
        for name in (s.left, s.right):
            if name not in constructs:
                message = unknown("construct", name, constructs)
                raise InputError(
                    f"line {s.line}: path {s.left}~{s.right}: {message}; an observed variable enters as a construct "
                    "with "
                    f"one item: `{quoted(name + '_c')} =~ {quoted(name)}`"
                )
            if name in whole:
                raise InputError(
                    f"line {s.line}: path {s.left}~{s.right}: {name} is a dimension of {whole[name]}; "
                    f"draw the path with {whole[name]}"
                )
        if s.left == s.right:
            raise InputError(f"line {s.line}: construct {s.left} cannot predict itself")
        if (s.left, s.right) in paths:
            raise InputError(f"line {s.line}: path {s.left}~{s.right} is written twice")
        paths.append((s.left, s.right))
    outcomes = list(dict.fromkeys(outcome for outcome, _ in paths))
    return tuple(sorted(paths, key=lambda path: outcomes.index(path[0])))


def _covariances(
    statements: list[Statement], constructs: list[str], blocks: tuple[Block, ...]
) -> tuple[tuple[str, str], ...]:
    items = [item for block in blocks for item in block.items]
    pairs: list[tuple[str, str]] = []
    for s in (s for s in statements if s.operator == "~~"):
        for name in (s.left, s.right):
            if name not in constructs and name not in items:
                raise InputError(f"line {s.line}: `{s.left} ~~ {s.right}`: {unknown('name', name, constructs + items)}")
        if (s.left in constructs) != (s.right in constructs):
            raise InputError(
                f"line {s.line}: `{s.left} ~~ {s.right}` joins a construct and an item; join two of a kind"
            )
        if s.left == s.right:
            continue  # a variance: free in every method that has it
        if (s.left, s.right) in pairs or (s.right, s.left) in pairs:
            raise InputError(f"line {s.line}: `{s.left} ~~ {s.right}` is written twice")
        pairs.append((s.left, s.right))
    return tuple(pairs)
