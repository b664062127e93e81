"""What a model says of single parameters: fixed values, labels, bounds; of labels: equalities; what they define."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from sim.errors import InputError, unknown
from sim.grammar.expressions import Expression

#: A label is a word.
LABEL = re.compile(r"[^\W\d][\w.]*\Z")
_CALL = re.compile(r"(start|lower|upper)\((.*)\)\Z")
_LABEL_CALL = re.compile(r"label\((.*)\)\Z", re.DOTALL)
_EQUAL = re.compile(r"equal\((.*)\)\Z", re.DOTALL)
_EACH = re.compile(r"c\((.*)\)\Z", re.DOTALL)
#: The operator of an intercept, `x1 ~ 1`, as tables of parameters have it.
INTERCEPT = "~1"


@dataclass(frozen=True)
class Modifier:
    """What stands before a name: `0.8*`, `NA*`, `a*`, `lower(0)*`, `upper(2)*`, `start(1)*`; None where nothing does.

    A starting value is read and not used: every fit chooses its own start, and ends at the same place. each: one for
    every group, of `c(a, b)*`, and then nothing else. same: the parameter `F=~x2` of `equal("F=~x2")*`, until the model
    is read: both then have a label.
    """

    fixed: float | None = None
    free: bool = False
    label: str = ""
    lower: float | None = None
    upper: float | None = None
    each: tuple["Modifier", ...] = ()
    same: str = ""

    @classmethod
    def read(cls, written: str) -> "Modifier":
        """The modifier that a piece before `*` spells. Raises InputError in words that end a sentence."""
        text = written.strip()
        if text == "NA":
            return cls(free=True)
        if (number := _number(text)) is not None:
            return cls(fixed=number)
        if call := _CALL.match(re.sub(r"\s", "", text)):
            return cls._called(text, call[1], call[2])
        if (label := _LABEL_CALL.match(text)) and (LABEL.match(label[1].strip()) or _EACH.match(label[1].strip())):
            return cls.read(label[1])
        if (equal := _EQUAL.match(text)) and not _EACH.match(equal[1].strip()):
            return cls(same=re.sub(r"\s", "", equal[1]))
        if of_groups := _EACH.match(text):
            return cls(each=tuple(cls.read(part) for part in of_groups[1].split(",")))
        if LABEL.match(text):
            return cls(label=text)
        if (number := _worked_out(text)) is not None:
            return cls(fixed=number)
        raise InputError(
            f"`{text}` is none of: a number (fixed), NA (free), a label, `lower(0)`, `upper(1)`, `start(1)`, or "
            "`c(a, b)` with one of these for each group"
        )

    @classmethod
    def _called(cls, text: str, name: str, inside: str) -> "Modifier":
        """The modifier of `start(0.5)`, `lower(0)` or `upper(1)`; `c(0, 1)` in it has a value for each group."""
        parts = of_groups[1].split(",") if (of_groups := _EACH.match(inside)) else [inside]
        values = [_number(part) for part in parts]
        if None in values and not (name == "start" and "NA" in parts):
            raise InputError(f"`{text}` holds no number; write for instance `{name}(0)`")
        if name == "start":
            return cls()
        each = [cls(lower=value) if name == "lower" else cls(upper=value) for value in values]
        return cls(each=tuple(each)) if of_groups else each[0]

    def joined(self, other: "Modifier") -> "Modifier":
        """Both at once. Raises InputError where they contradict each other."""
        if self.each or other.each:
            count = len(self.each or other.each)
            mine, its = self.each or (self,) * count, other.each or (other,) * count
            if len(mine) != len(its):
                raise InputError(f"has {len(mine)} values for groups, and {len(its)}; write one for each group")
            return Modifier(each=tuple(a.joined(b) for a, b in zip(mine, its, strict=True)))
        for name in ("fixed", "label", "same", "lower", "upper"):
            one, two = getattr(self, name), getattr(other, name)
            if one not in (None, "") and two not in (None, "") and one != two:
                raise InputError(f"has two of a kind ({name}: {one} and {two}); write one")
        both = Modifier(
            other.fixed if self.fixed is None else self.fixed,
            self.free or other.free,
            self.label or other.label,
            other.lower if self.lower is None else self.lower,
            other.upper if self.upper is None else self.upper,
            same=self.same or other.same,
        )
        if both.fixed is not None and (both.free or both.lower is not None or both.upper is not None):
            raise InputError("is fixed, and freed or bounded at once; write one")
        if both.lower is not None and both.upper is not None and not both.lower < both.upper:
            raise InputError(f"has the bounds {both.lower:g} and {both.upper:g}; the lower comes first")
        return both

    @property
    def syntax(self) -> str:
        """As it stands before a name, `*` and all."""
        if self.each:
            every = [each.syntax.removesuffix("*").split("*") if each else [] for each in self.each]
            rows = (
                [parts[k] if k < len(parts) else "start(0)" for parts in every] for k in range(max(map(len, every)))
            )
            return "".join(f"c({', '.join(row)})*" for row in rows)
        parts = [] if self.fixed is None else [repr(self.fixed)]
        parts += ["NA"] if self.free else []
        parts += [self.label] if self.label else []
        parts += [f'equal("{self.same}")'] if self.same else []
        parts += [
            f"{name}({value!r})" for name, value in (("lower", self.lower), ("upper", self.upper)) if value is not None
        ]
        return "".join(f"{part}*" for part in parts)

    def __bool__(self) -> bool:
        return self != Modifier()

    @property
    def labels(self) -> tuple[str, ...]:
        """Its label, or those of the groups."""
        return (self.label,) * bool(self.label) + tuple(label for each in self.each for label in each.labels)


#: What stands before most names: nothing.
PLAIN = Modifier()


def _number(text: str) -> float | None:
    """The finite number that a text spells, or None."""
    value = float(text) if re.fullmatch(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?", text) else np.inf
    return value if np.isfinite(value) else None


def _worked_out(text: str) -> float | None:
    """The number that arithmetic spells, `1/3` or `sqrt(2)`; None for anything else."""
    try:
        expression = Expression.read(text)
    except InputError:
        return None
    value = None if expression.names else float(expression.value({}))
    return value if value is not None and np.isfinite(value) else None


@dataclass(frozen=True)
class Term:
    """A parameter `left operator right` with its modifier. The line where it stands takes no part in comparisons."""

    left: str
    operator: str
    right: str
    modifier: Modifier
    line: int = field(default=0, compare=False)

    @property
    def place(self) -> tuple[str, str, str]:
        """Which parameter it is; `~~` has its names in either order."""
        a, b = sorted((self.left, self.right)) if self.operator == "~~" else (self.left, self.right)
        return a, self.operator, b

    @property
    def shown(self) -> str:
        """As one writes it, with its line."""
        if self.operator == INTERCEPT:
            return f"`{self.left} ~ {self.modifier.syntax}1` (line {self.line})"
        return f"`{self.left} {self.operator} {self.modifier.syntax}{self.right}` (line {self.line})"


@dataclass(frozen=True)
class Definition:
    """A quantity of one's own: `ind := a*b`."""

    name: str
    expression: Expression
    line: int = field(default=0, compare=False)

    @property
    def shown(self) -> str:
        """As one writes it, with its line."""
        return f"`{self.name} := {self.expression.text}`" + (f" (line {self.line})" if self.line else "")


@dataclass(frozen=True)
class Restriction:
    """`left == right`, or `left > right`, on labels."""

    left: Expression
    sign: str
    right: Expression
    line: int = field(default=0, compare=False)

    @property
    def shown(self) -> str:
        """As one writes it, with its line."""
        return f"`{self.left.text} {self.sign} {self.right.text}` (line {self.line})"

    @property
    def linear(self) -> tuple[dict[str, float], float]:
        """Coefficients c and constant d of c'labels + d (== or > or <) 0. Raises InputError where it is not linear."""
        left, right = self.left.linear(), self.right.linear()
        if left is None or right is None:
            raise InputError(
                f"line {self.line}: {self.shown} is not linear in the labels; write sums of labels times numbers"
            )
        names = dict.fromkeys((*left[0], *right[0]))
        slopes, constant = {n: left[0].get(n, 0.0) - right[0].get(n, 0.0) for n in names}, left[1] - right[1]
        if not np.isfinite([*slopes.values(), constant]).all():
            raise InputError(f"line {self.line}: {self.shown} has a number that is not finite; write another")
        return slopes, constant


@dataclass(frozen=True)
class Terms:
    """All that a model says beyond its structure: nothing, for most models."""

    terms: tuple[Term, ...] = ()
    restrictions: tuple[Restriction, ...] = ()
    definitions: tuple[Definition, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.terms or self.restrictions or self.definitions)

    @cached_property
    def at(self) -> dict[tuple[str, str, str], Term]:
        """Terms by their places."""
        return {term.place: term for term in self.terms}

    def modifier(self, left: str, operator: str, right: str) -> Modifier:
        """What is said of one parameter; nothing, for most."""
        if not self.terms:
            return Modifier()
        term = self.at.get(Term(left, operator, right, Modifier()).place)
        return Modifier() if term is None else term.modifier

    @cached_property
    def labels(self) -> dict[str, Term]:
        """The first parameter under each label."""
        found: dict[str, Term] = {}
        for term in self.terms:
            for label in term.modifier.labels:
                found.setdefault(label, term)
        return found

    @cached_property
    def named(self) -> dict[str, Definition]:
        """Definitions by their names."""
        return {definition.name: definition for definition in self.definitions}

    @property
    def first_constraint(self) -> str | None:
        """The first thing that restricts or widens the model, as it is written; None where labels are all there is."""
        seen: set[str] = set()
        for term in self.terms:
            given, label = term.modifier, term.modifier.label
            if given.fixed is not None or given.free or given.lower is not None or given.upper is not None:
                return term.shown
            if given.each or term.operator == INTERCEPT:
                return term.shown
            if label in seen:
                return f"label `{label}`, which makes parameters equal: {term.shown}"
            seen.add(label)
        return self.restrictions[0].shown if self.restrictions else None

    @property
    def groupwise(self) -> Term | None:
        """The first term with a value for each group, None where there is none."""
        return next((term for term in self.terms if term.modifier.each), None)

    @property
    def together(self) -> "Terms":
        """What is said of all groups alike: nothing that has a value for each, nor what rests on the labels of that."""
        terms = tuple(term for term in self.terms if not term.modifier.each)
        known = {label for term in terms for label in term.modifier.labels}
        restrictions = tuple(r for r in self.restrictions if {*r.left.names, *r.right.names} <= known)
        definitions = []
        for each in self.definitions:
            if set(each.expression.names) <= known:
                definitions.append(each)
                known.add(each.name)
        return Terms(terms, restrictions, tuple(definitions))

    def of_group(self, place: int, groups: int) -> "Terms":
        """What is said of the group at `place` of so many. Raises InputError for terms of another number of groups."""
        terms = []
        for term in self.terms:
            each = term.modifier.each
            if each and len(each) != groups:
                raise InputError(
                    f"{term.shown} has {len(each)} values, and the data have {groups} groups; write one for each, in "
                    "the order of the groups"
                )
            own = each[place] if each else term.modifier
            if own or term.operator == INTERCEPT:
                terms.append(replace(term, modifier=own))
        return replace(self, terms=tuple(terms))

    def check(self) -> None:
        """Raises InputError for labels that are none, and names that are defined twice."""
        known = dict.fromkeys(self.labels)
        for restriction in self.restrictions:
            for name in (*restriction.left.names, *restriction.right.names):
                if name not in known:
                    raise InputError(f"line {restriction.line}: {restriction.shown}: {_no_label(name, list(known))}")
            coefficients, _ = restriction.linear
            if restriction.sign != "==" and sum(value != 0.0 for value in coefficients.values()) != 1:
                raise InputError(
                    f"line {restriction.line}: {restriction.shown} bounds several labels at once; bound one, as `a > 0`"
                )
        for definition in self.definitions:
            if definition.name in known:
                raise InputError(f"{definition.shown}: the name is taken; give another")
            for name in definition.expression.names:
                if name not in known:
                    raise InputError(f"{definition.shown}: {_no_label(name, list(known))}")
            known[definition.name] = None

    @property
    def lines(self) -> list[str]:
        """Restrictions and definitions as one writes them."""
        return [f"{r.left.text} {r.sign} {r.right.text}" for r in self.restrictions] + [
            f"{d.name} := {d.expression.text}" for d in self.definitions
        ]


#: What most models say beyond their structure: nothing.
NOTHING = Terms()


def _no_label(name: str, known: Sequence[str]) -> str:
    if not known:
        return f"'{name}' is no label; give a parameter this label, as in `Y ~ {name}*X`"
    return unknown("label", name, known)
