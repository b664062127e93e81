"""From the text of a model to its parts: blocks, paths, covariances, and what is said of single parameters."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sim.errors import InputError, unknown
from sim.grammar.block import Block
from sim.grammar.consistency import check_consistent
from sim.grammar.equals import made_equal
from sim.grammar.expressions import Expression
from sim.grammar.syntax import OF_LABELS, Statement, joined, parse, quoted
from sim.grammar.terms import INTERCEPT, Definition, Modifier, Restriction, Term, Terms

#: Constructs and items that a model may have.
MOST_CONSTRUCTS, MOST_ITEMS = 200, 1_000


@dataclass(frozen=True)
class Reading:
    """The parts of a model as `sim.model.Model` has them; path_lines: the line of every path."""

    blocks: tuple[Block, ...]
    second_order: tuple[Block, ...]
    crossed: tuple[Block, ...]
    paths: tuple[tuple[str, str], ...]
    covariances: tuple[tuple[str, str], ...]
    terms: Terms
    products: tuple[tuple[str, str, str], ...]
    path_lines: tuple[tuple[int, tuple[str, str]], ...]


def read(text: str) -> Reading:
    """The parts of a model text. Raises InputError that names the line and the construct."""
    written = parse(text)
    multiplied = [s for s in written if s.times]
    statements = [s for s in written if s.operator not in OF_LABELS and not s.times]
    blocks = _Blocks(statements)
    first, second = blocks.levels()
    paths = _paths(statements, [block.construct for block in (*first, *second)], first, second)
    first += tuple(Block(name, (name,)) for name in _observed(paths, first, second))
    if not first:
        raise InputError("the model has no block; write for instance `F =~ x1 + x2 + x3`")
    _check_size(first, second)
    constructs = [block.construct for block in (*first, *second)]
    covariances = _covariances(statements, constructs, first)
    _check_intercepts(statements, (*first, *second))
    terms = _terms(statements, written, blocks.every)
    lines = tuple((s.line, (s.left, s.right)) for s in statements if s.operator == "~")
    products = _products(multiplied, paths)
    return Reading(first, second, blocks.crossed(first), paths, covariances, terms, products, lines)


def _check_size(first: Sequence[Block], second: Sequence[Block]) -> None:
    """Raises InputError for more constructs or items than any survey has."""
    counts = (
        (len(first) + len(second), MOST_CONSTRUCTS, "constructs"),
        (sum(len(block.items) for block in first), MOST_ITEMS, "items"),
    )
    for given, most, what in counts:
        if given > most:
            raise InputError(f"the model has {given:,} {what}; at most {most:,} are possible")


class _Blocks:
    """Every construct with all the items written for it: `every`."""

    def __init__(self, statements: Sequence[Statement]) -> None:
        self.every: dict[str, list[str]] = {}
        self.kinds: dict[str, str] = {}
        self.lines: dict[tuple[str, str], int] = {}
        for s in statements:
            if s.operator in ("=~", "<~"):
                self._add(s)
        for s in statements:
            if s.operator in ("=~", "<~"):
                self._check_shared(s)

    def _add(self, s: Statement) -> None:
        if s.left == s.right:
            raise InputError(
                f"line {s.line}: `{quoted(s.left)} {s.operator} {quoted(s.right)}`: a construct and its item "
                "have one name; "
                f"give the construct another: `{quoted(s.left + '_c')} {s.operator} {quoted(s.right)}`"
            )
        if self.kinds.setdefault(s.left, s.operator) != s.operator:
            raise InputError(f"line {s.line}: construct {s.left} is given by both =~ and <~; choose one")
        items = self.every.setdefault(s.left, [])
        if s.right not in items:
            items.append(s.right)
            self.lines[s.left, s.right] = s.line
        elif not s.told:
            raise InputError(f"line {s.line}: item {s.right} of {s.left} belongs to {s.left} already; write it once")

    def _check_shared(self, s: Statement) -> None:
        """Items of two constructs measure both; dimensions and parts of composites have one construct."""
        owner = next(c for c, items in self.every.items() if s.right in items)
        if owner != s.left and (s.right in self.every or "<~" in (self.kinds[owner], s.operator)):
            raise InputError(
                f"line {s.line}: item {s.right} of {s.left} belongs to {owner} already; "
                "a dimension, and an item of a composite, belongs to one construct"
            )

    def levels(self) -> tuple[tuple[Block, ...], tuple[Block, ...]]:
        """The blocks of items, each item in the first that has it, and those of second-order constructs."""
        second = {c: self.lines[c, i] for c, items in self.every.items() for i in items if i in self.every}
        for construct, line in second.items():
            items = self.every[construct]
            strange = [item for item in items if item not in self.every or item in second]
            if strange:
                raise InputError(
                    f"line {line}: {construct} has constructs among its items, but {strange[0]} is not one with items "
                    "of its own; a second-order construct consists of first-order constructs only"
                )
            if len(items) < 2:
                raise InputError(
                    f"line {line}: second-order construct {construct} has one dimension, {items[0]}; "
                    "give it two or more"
                )
        taken: set[str] = set()
        blocks: list[Block] = []
        for construct, items in self.every.items():
            own = tuple(item for item in items if item not in taken)
            taken |= set(own)
            blocks.append(Block(construct, own, "reflective" if self.kinds[construct] == "=~" else "composite"))
        return (
            tuple(block for block in blocks if block.construct not in second),
            tuple(block for block in blocks if block.construct in second),
        )

    def crossed(self, first: Sequence[Block]) -> tuple[Block, ...]:
        """The constructs that share items with an earlier one, with all their items."""
        whole = {construct: tuple(items) for construct, items in self.every.items()}
        return tuple(
            Block(b.construct, whole[b.construct]) for b in first if whole.get(b.construct, b.items) != b.items
        )


def _paths(
    statements: Sequence[Statement], constructs: list[str], first: tuple[Block, ...], second: tuple[Block, ...]
) -> tuple[tuple[str, str], ...]:
    whole = {dimension: block.construct for block in second for dimension in block.items}
    owner = {item: block.construct for block in first for item in block.items}
    paths: list[tuple[str, str]] = []
    for s in (s for s in statements if s.operator == "~"):
        for name in (s.left, s.right):
            if name not in constructs and name in owner:
                raise InputError(
                    f"line {s.line}: path {s.left}~{s.right}: {name} is an item of {owner[name]}; draw the path with "
                    f"{owner[name]}, or take {name} out of its items"
                )
            if name in whole:
                raise InputError(
                    f"line {s.line}: path {s.left}~{s.right}: {name} is a dimension of {whole[name]}; "
                    f"draw the path with {whole[name]}"
                )
        if s.left == s.right:
            raise InputError(f"line {s.line}: construct {s.left} cannot predict itself")
        if (s.left, s.right) in paths:
            if s.told:
                continue
            raise InputError(f"line {s.line}: path {s.left}~{s.right} is written twice")
        paths.append((s.left, s.right))
    outcomes = list(dict.fromkeys(outcome for outcome, _ in paths))
    return tuple(sorted(paths, key=lambda path: outcomes.index(path[0])))


def _products(statements: Sequence[Statement], paths: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str, str], ...]:
    """(outcome, construct, construct) of every product, its constructs in alphabetical order."""
    products: list[tuple[str, str, str]] = []
    for s in statements:
        first, second = sorted((s.right, s.times))
        shown = f"`{quoted(s.left)} ~ {quoted(s.right)}:{quoted(s.times)}`"
        for name in (first, second):
            if (s.left, name) not in paths:
                beside = joined(dict.fromkeys((s.right, s.times)))
                raise InputError(
                    f"line {s.line}: {shown} stands without the path {s.left}~{name}; a product acts beside its "
                    f"constructs: write `{quoted(s.left)} ~ {beside} + {quoted(s.right)}:{quoted(s.times)}`"
                )
        if (s.left, first, second) in products:
            raise InputError(f"line {s.line}: product {shown} is written twice; write it once")
        products.append((s.left, first, second))
    outcomes = list(dict.fromkeys(outcome for outcome, _ in paths))
    return tuple(sorted(products, key=lambda each: outcomes.index(each[0])))


def _observed(paths: Sequence[tuple[str, str]], first: Sequence[Block], second: Sequence[Block]) -> list[str]:
    """The names on paths that are no constructs: observed variables."""
    constructs = {block.construct for block in (*first, *second)}
    return [name for name in dict.fromkeys(name for path in paths for name in path) if name not in constructs]


def _covariances(
    statements: Sequence[Statement], constructs: list[str], blocks: tuple[Block, ...]
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
            continue  # a variance: free in every method that has it, unless a term says otherwise
        if (s.left, s.right) in pairs or (s.right, s.left) in pairs:
            if s.told:
                continue
            raise InputError(f"line {s.line}: `{s.left} ~~ {s.right}` is written twice")
        pairs.append((s.left, s.right))
    return tuple(pairs)


def _check_intercepts(statements: Sequence[Statement], blocks: Sequence[Block]) -> None:
    """Raises InputError for the intercept of what is neither an item nor a construct of reflective items."""
    kinds = {block.construct: block.kind for block in blocks}
    names = [*kinds, *(item for block in blocks for item in block.items if item not in kinds)]
    for s in (s for s in statements if s.operator == INTERCEPT):
        if s.left not in names:
            raise InputError(f"line {s.line}: `{quoted(s.left)} ~ 1`: {unknown('name', s.left, names)}")
        if kinds.get(s.left) == "composite":
            raise InputError(
                f"line {s.line}: `{quoted(s.left)} ~ 1`: {s.left} is a composite, whose mean is that of its items; "
                "leave it out"
            )


def _terms(statements: Sequence[Statement], written: Sequence[Statement], every: dict[str, list[str]]) -> Terms:
    """What is said of single parameters and of labels; a first item that is fixed to 1 is so without being told."""
    found: dict[tuple[str, str, str], Term] = {}
    statements = [_freed(s, every) for s in statements]
    for s in (s for s in statements if s.modifier or s.operator == INTERCEPT):
        term = Term(s.left, s.operator, s.right, s.modifier, s.line)
        if s.operator == "<~":
            raise InputError(
                f"line {s.line}: {term.shown}: weights of composites are estimated as they are; write {quoted(s.right)}"
            )
        before = found.get(term.place)
        try:
            found[term.place] = term if before is None else Term(
                before.left, s.operator, before.right, before.modifier.joined(s.modifier), before.line
            )  # fmt: skip
        except InputError as error:
            raise InputError(f"line {s.line}: {term.shown} {error}") from None
    kept = tuple(term for term in made_equal(found, statements, every) if not _is_marker(term, every))
    terms = Terms(
        kept,
        tuple(
            Restriction(Expression(s.left), s.operator, Expression(s.right), s.line)
            for s in written
            if s.operator in ("==", "<", ">")
        ),
        tuple(Definition(s.left, Expression(s.right), s.line) for s in written if s.operator == ":="),
    )
    terms.check()
    check_consistent(terms, every)
    return terms


def _freed(s: Statement, every: dict[str, list[str]]) -> Statement:
    """The statement; the error variance of an item that is alone with its construct is free where it is written."""
    measures = [items for items in every.values() if s.left in items]
    alone = len(measures) == 1 and measures[0] == [s.left]
    own = s.operator == "~~" and s.left == s.right and not s.modifier
    return replace(s, modifier=Modifier(free=True)) if own and alone and s.left not in every else s


def _is_marker(term: Term, every: dict[str, list[str]]) -> bool:
    """Whether the term fixes the first item of a construct to 1, and says nothing else."""
    given = term.modifier
    alone = given.fixed == 1.0 and not given.label
    return term.operator == "=~" and alone and every[term.left][0] == term.right
