"""`equal("F=~x2")*x3`: the parameter that is named and the one that it stands before get one label."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from sim.errors import InputError
from sim.grammar.syntax import OPERATOR, Statement
from sim.grammar.terms import LABEL, Modifier, Term

Place = tuple[str, str, str]


def made_equal(
    found: Mapping[Place, Term], statements: Sequence[Statement], every: Mapping[str, Sequence[str]]
) -> list[Term]:
    """The terms, labels in place of what `equal` says. Raises InputError for a parameter that the model lacks."""
    terms = dict(found)
    taken = {label for term in terms.values() for label in term.modifier.labels}
    for place, term in found.items():
        if not term.modifier.same:
            continue
        label = _label_of(term, terms, taken, statements, every)
        own = terms[place].modifier
        if own.label not in ("", label):
            raise InputError(f"{term.shown} has a label of its own and is equal to what has another; write one label")
        terms[place] = replace(term, modifier=replace(own, label=label, same=""))
    return list(terms.values())


def _label_of(
    term: Term,
    terms: dict[Place, Term],
    taken: set[str],
    statements: Sequence[Statement],
    every: Mapping[str, Sequence[str]],
) -> str:
    """The label of the parameter that a term is to equal, which gets one where it has none."""
    named = term.modifier.same
    if LABEL.match(named) and named in taken:
        return named
    sign = OPERATOR.search(named)
    if sign is None:
        raise InputError(f'{term.shown}: `{named}` is no label and no parameter; write for instance `equal("F=~x2")`')
    left, right = named[: sign.start()], named[sign.end() :]
    other = Term(left, f"{sign[0]}{right}", "", Modifier()) if right == "1" else Term(left, sign[0], right, Modifier())
    if not _is_written(other, statements, every):
        raise InputError(
            f"{term.shown}: the model has no parameter `{named}`; name one that it has, or write one label"
        )
    known = terms.get(other.place, replace(other, line=term.line))
    if known.place == term.place:
        raise InputError(f"{term.shown}: a parameter is equal to itself; name another one")
    if known.modifier.same or known.modifier.each:
        raise InputError(f"{term.shown}: {known.shown} is no single parameter with a value of its own; write one label")
    label = known.modifier.label or next(f"equal{k}" for k in range(1, len(taken) + 2) if f"equal{k}" not in taken)
    taken.add(label)
    terms[other.place] = replace(known, modifier=replace(known.modifier, label=label))
    return label


def _is_written(term: Term, statements: Sequence[Statement], every: Mapping[str, Sequence[str]]) -> bool:
    """Whether the model has the parameter: as it is written, or the variance of a construct or an item."""
    if any(Term(s.left, s.operator, s.right, s.modifier).place == term.place for s in statements):
        return True
    names = {*every, *(item for items in every.values() for item in items)}
    return term.operator == "~~" and term.left == term.right and term.left in names
