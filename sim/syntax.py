"""lavaan-style model syntax, read into statements that remember their line."""

import re
from dataclasses import dataclass

from sim.errors import InputError

OPERATORS = ("=~", "<~", "~~", "~")
NAME = re.compile(r"[A-Za-z_.][A-Za-z0-9_.]*\Z")
# Two-character operators come first, so that `=~` is never read as `~`.
OPERATOR = re.compile(r"=~|<~|~~|:=|==|~\*~|~|\||<|>|=")


@dataclass(frozen=True)
class Statement:
    """One `left operator right` with a single name on each side."""

    left: str
    operator: str
    right: str
    line: int


def parse(text: str) -> list[Statement]:
    """Statements of a model text: `=~`, `<~`, `~`, `~~`; comments after `#` or `!`; `;` or a line break ends one.

    A line that ends or begins with `+` or an operator goes on. Raises InputError naming the line.
    """
    statements: list[Statement] = []
    for line, sentence in _sentences(text):
        statements.extend(_read(sentence, line))
    if not statements:
        raise InputError("the model is empty; write for instance `F =~ x1 + x2 + x3` and `G ~ F`")
    return statements


def _sentences(text: str) -> list[tuple[int, str]]:
    """(first line, text) of every sentence, comments gone and continued lines joined."""
    sentences: list[tuple[int, str]] = []
    for number, raw in enumerate(text.splitlines(), start=1):
        for part in re.split(r"[#!]", raw, maxsplit=1)[0].split(";"):
            piece = part.strip()
            if not piece:
                continue
            if sentences and (_is_open(sentences[-1][1]) or piece.startswith(("+", *OPERATORS))):
                sentences[-1] = (sentences[-1][0], f"{sentences[-1][1]} {piece}")
            else:
                sentences.append((number, piece))
    return sentences


def _is_open(sentence: str) -> bool:
    return sentence.endswith(("+", "~"))


def _read(sentence: str, line: int) -> list[Statement]:
    found = OPERATOR.findall(sentence)
    if len(found) != 1 or found[0] not in OPERATORS:
        what = f"operator `{next((f for f in found if f not in OPERATORS), found[0])}`" if found else "no operator"
        if len(found) > 1 and all(f in OPERATORS for f in found):
            what = f"{len(found)} operators"
        raise InputError(f"line {line}: `{sentence}` has {what}; a statement has exactly one of {', '.join(OPERATORS)}")
    left, right = (side.strip() for side in sentence.split(found[0]))
    lefts, rights = _names(left, sentence, line), _names(right, sentence, line)
    return [Statement(a, found[0], b, line) for a in lefts for b in rights]


def _names(side: str, sentence: str, line: int) -> list[str]:
    names = [name.strip() for name in side.split("+")]
    for name in names:
        if "*" in name or re.fullmatch(r"[0-9.]+", name):
            raise InputError(
                f"line {line}: `{name}` in `{sentence}`: a model holds names and no numbers, labels or modifiers; "
                "give values in the population"
            )
        if not NAME.match(name):
            raise InputError(
                f"line {line}: `{sentence}` has {f'the name `{name}`' if name else 'an empty place'}; "
                "names are letters, digits, `_` and `.`, joined by `+`"
            )
    return names
