"""lavaan-style model syntax, read into statements that remember their line."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from sim.errors import InputError
from sim.grammar.expressions import Expression
from sim.grammar.spelling import spelt
from sim.grammar.terms import INTERCEPT, PLAIN, Modifier

OPERATORS = ("=~", "<~", "~~", "~")
#: What stands between expressions on labels.
OF_LABELS = (":=", "==", "<", ">")
NAME = re.compile(r"[^\W\d][\w.]*\Z|\.[\w.]*\Z")
# Two-character operators come first, so that `=~` is never read as `~`.
OPERATOR = re.compile(r"=~|<~|~~|:=|==|~\*~|~|\||<|>|=")
_QUOTED = re.compile(r"`([^`\n]+)`|\"([^\"\n]+)\"|'([^'\n]+)'")
#: Stands before and behind the number of a quoted name while a text is taken apart.
_MARK = "\N{SYMBOL FOR START OF TEXT}"
#: A starting value, `0.5?x1`.
_START = re.compile(r"([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?|\bc\([^()]*\))\s*\?")
#: What a line that goes on in the next ends with, and what the next begins with.
_GOES_ON = ("+", "-", "*", "/", "^", ",", "(", ":", "=", "<", ">", "~")
_GOES_BACK = ("+", "-", "*", "/", "^", ",", ")", ":", "=", "<", ">", "~")
#: Brackets, a number whose exponent has a sign, and anything else: what a sentence is taken apart into.
_SIGN = re.compile(r"[()]|(?<![\w.])(?:\d+\.?\d*|\.\d+)[eE][-+]\d+|.", re.DOTALL)
#: An assignment of R or Python with the whole model in quotation marks.
_SCRIPT = re.compile(r"""\s*[\w.]+\s*(?:<-|=(?!~))\s*(\"{3}|['\"])(.*)\1\s*\Z""", re.DOTALL)
_HELD = re.compile(f"{_MARK}(\\d+){_MARK}")
_PLAIN = "names are letters, digits, `_` and `.`, joined by `+`"


@dataclass(frozen=True)
class Statement:
    """One `left operator right` with a single name on each side, or an expression on labels on either.

    modifier: what stands before the right name, `0.8*` or `a*`. An intercept, `x1 ~ 1`, has the operator `~1` and no
    right name. times: the other construct of a product `right:times`. told: whether anything stands before the right
    name, be it a starting value alone; such a name may have been written before.
    """

    left: str
    operator: str
    right: str
    line: int
    modifier: Modifier = PLAIN
    times: str = ""
    told: bool = False


def parse(text: str) -> list[Statement]:
    """Statements of a model text: `=~`, `<~`, `~`, `~~`; comments after `#` or `!`; `;` or a line break ends one.

    Names on the right may have modifiers (`sim.grammar.terms.Modifier`); `A:B` on the right of `~` is a product of
    constructs; labels may be related (`a == b`, `a > 0`) and define quantities (`ind := a*b`). A line that ends or
    begins with `+` or an operator goes on. A name with other signs than letters, digits, `_` and `.` stands in
    backticks or quotes: `Q1[SQ001]`. A text copied with R's `model <- '...'` around it is read without.

    Raises InputError naming the line.
    """
    plain, names = _held(_from_script(spelt(text)))
    sentences = _sentences(plain)
    constructs = {left.strip() for _, sentence in sentences for left in re.split(r"=~|<~", sentence)[:1]}
    statements: list[Statement] = []
    for line, sentence in sentences:
        statements.extend(_Sentence(sentence, line, names, constructs).statements())
    if not statements:
        raise InputError("the model is empty; write for instance `F =~ x1 + x2 + x3` and `G ~ F`")
    return statements


def line_of(text: str, left: str, operator: str, right: str, times: str = "") -> int:
    """The last line of a model text that says it, with the factors of a product in either order."""
    return max(
        each.line
        for each in parse(text)
        if (each.left, each.operator) == (left, operator) and {each.right, each.times} == {right, times}
    )


def quoted(name: str) -> str:
    """A name as it is written in a model: in backticks, or in quotes, where it is no plain word."""
    if NAME.match(name):
        return name
    sign = next((sign for sign in "`\"'" if sign not in name), "`")
    return f"{sign}{name}{sign}"


def joined(names: Iterable[str]) -> str:
    """`a + b`, as it is written in a model."""
    return " + ".join(quoted(name) for name in names)


def _from_script(text: str) -> str:
    """The text without the assignment of a script around it, `model <- '...'`; line numbers stay."""
    found = _SCRIPT.match(text)
    return "\n" * text[: found.start(2)].count("\n") + found[2] if found else text


def _held(text: str) -> tuple[str, list[str]]:
    """The text with every quoted name held back under a number, and those names. Comments are left alone."""
    names: list[str] = []

    def hold(match: re.Match[str]) -> str:
        names.append(" ".join(next(name for name in match.groups() if name is not None).split()))
        return f"{_MARK}{len(names) - 1}{_MARK}"

    def of_line(line: str) -> str:
        done, at = "", 0
        while at < len(line) and line[at] not in "#!":
            match = _QUOTED.match(line, at)
            done, at = (done + hold(match), match.end()) if match else (done + line[at], at + 1)
        return done

    return "\n".join(of_line(line) for line in text.splitlines()), names


def _sentences(text: str) -> list[tuple[int, str]]:
    """(first line, text) of every sentence, comments gone and continued lines joined."""
    sentences: list[tuple[int, str]] = []
    for number, raw in enumerate(text.splitlines(), start=1):
        for part in raw.split(";"):
            piece = part.strip()
            if not piece:
                continue
            if sentences and (_is_open(sentences[-1][1], piece) or piece.startswith(_GOES_BACK)):
                sentences[-1] = (sentences[-1][0], f"{sentences[-1][1]} {piece}")
            else:
                sentences.append((number, piece))
    return sentences


def _is_open(sentence: str, piece: str) -> bool:
    """Whether a piece belongs to the sentence before it: for a sign at its end, or a bracket that is not closed."""
    inside = sentence.count("(") > sentence.count(")")
    return sentence.endswith(_GOES_ON) or (inside and not OPERATOR.search(piece))


def _parts(text: str, sign: str) -> list[str]:
    """The parts between the `sign` that stand outside of brackets and of numbers, without blanks around them."""
    parts, depth = [""], 0
    for token in _SIGN.findall(text):
        depth += (token == "(") - (token == ")")
        if token == sign and depth == 0:
            parts.append("")
        else:
            parts[-1] += token
    return [part.strip() for part in parts]


def _sum(text: str) -> list[str]:
    """The terms of a sum; a `+` before the first says nothing."""
    parts = _parts(text, "+")
    return parts[1:] if len(parts) > 1 and not parts[0] else parts


@dataclass(frozen=True)
class _Sentence:
    """One sentence: its text with quoted names held back, its line, those names, and the constructs of the model."""

    text: str
    line: int
    names: list[str]
    constructs: set[str]

    @property
    def shown(self) -> str:
        """The sentence as it was written."""
        return _HELD.sub(lambda match: quoted(self.names[int(match[1])]), self.text)

    def wrong(self, words: str) -> InputError:
        """What is wrong, with the line."""
        return InputError(f"line {self.line}: {words}")

    def statements(self) -> list[Statement]:
        """A statement for each name on either side."""
        found = OPERATOR.findall(self.text)
        if found and set(found) <= {*OF_LABELS, "="}:
            return [self.of_labels(self._one_of_labels(found))]
        if len(found) != 1 or found[0] not in OPERATORS:
            raise self.wrong(f"`{self.shown}` has {_operators(found, self.text)}")
        left, right = (side.strip() for side in self.text.split(found[0]))
        return [
            Statement(a, operator, b, self.line, modifier, times, modifier is not PLAIN)
            for a in self.sides(left, found[0])
            for operator, b, modifier, times in self.modified(right, found[0])
        ]

    def _one_of_labels(self, found: list[str]) -> str:
        """The operator between two expressions on labels. Raises InputError for several, and other signs."""
        if found in (["<", "="], [">", "="]) and re.search("[<>]=", self.text):
            raise self.wrong(f"`{self.shown}`: a bound is written `{found[0]}`, and may be met; write that")
        if found == ["="]:
            raise self.wrong(
                f"`{self.shown}` has the operator `=`; a construct is written with `=~`, a restriction with `==` and a "
                "definition with `:=`"
            )
        if len(found) > 1:
            raise self.wrong(
                f"`{self.shown}` relates more than two expressions; write a statement for each pair, "
                "as `a > 0` and `a < 1`"
            )
        return found[0]

    def of_labels(self, operator: str) -> Statement:
        """A statement about labels: an expression on each side, or a name and an expression."""
        left, right = (side.strip() for side in self.shown.split(operator))
        try:
            first, second = Expression.read(left), Expression.read(right)
        except InputError as error:
            raise self.wrong(f"`{self.shown}`: {error}") from None
        if operator == ":=" and first.names != (first.text,):
            raise self.wrong(f"`{self.shown}` defines `{left}`; define one name, as `ind := a*b`")
        return Statement(first.text, operator, second.text, self.line)

    def modified(self, side: str, operator: str) -> list[tuple[str, str, Modifier, str]]:
        """The operator and name of each piece on the right, its modifier, and what it is multiplied by; `~ 1` too."""
        found = []
        for piece in _sum(side):
            product = self._product(piece, operator)
            found.append(
                (operator, product[0], PLAIN, product[1]) if product else (*self.with_modifier(piece, operator), "")
            )
        return found

    def with_modifier(self, written: str, operator: str) -> tuple[str, str, Modifier]:
        """The operator, name and modifier that a piece spells. Raises InputError for what is no modifier."""
        *before, name = _parts(_START.sub(r"start(\1)*", written), "*")
        constant = operator == "~" and name in ("0", "1")
        before += ["0"] if constant and name == "0" else []
        if constant and not before:
            return INTERCEPT, "", Modifier()
        if not before:
            return operator, self.name(written, operator), PLAIN
        if before[0] in self.constructs:
            raise self.wrong(
                f"`{self._quoted(written)}` in `{self.shown}` is a product of constructs (moderation); write it as "
                f"`{self._quoted(':'.join((*before, name)))}`, beside both constructs"
            )
        modifier = Modifier()
        try:
            for part in before:
                modifier = modifier.joined(Modifier.read(self._told(part)))
        except InputError as error:
            raise self.wrong(f"`{self._quoted(written)}` in `{self.shown}`: {error}") from None
        return (INTERCEPT, "", modifier) if constant else (operator, self.name(name, operator), modifier)

    def sides(self, side: str, operator: str) -> list[str]:
        """The names on one side."""
        return [self.name(piece, operator) for piece in _sum(side)]

    def name(self, written: str, operator: str) -> str:
        """The name that a piece spells. Raises InputError where it is none, with what to write."""
        if held := re.fullmatch(_HELD, written):
            return self.names[int(held[1])]
        shown = self._quoted(written)
        if len(factors := self._factors(written)) == 2 and all(map(self._is_name, factors)):
            raise self.wrong(
                f"`{shown}` in `{self.shown}` is a product of constructs (moderation), which stands on the right of "
                f"`~` alone, as in `Y ~ A + B + A:B`; leave `{shown}` out here"
            )
        if re.fullmatch(r"[0-9.]+", written) and operator == "~":
            raise self.wrong(
                f"`{shown}` in `{self.shown}`: an intercept is `~ 1`, and one that is fixed `~ {written}*1`; write "
                "that, or leave it out"
            )
        if "*" in written or re.fullmatch(r"[0-9.]+", written):
            raise self.wrong(
                f"`{shown}` in `{self.shown}`: a number or a label stands before a name on the right, as `0.8*x1` or "
                "`a*x1`; write a name here"
            )
        if not NAME.match(written):
            raise self.wrong(self._no_name(written, shown))
        return written

    def _product(self, written: str, operator: str) -> tuple[str, str] | None:
        """The two constructs of a product `A:B`, None for any other piece. Raises InputError for what is no such."""
        factors = self._factors(written)
        if len(factors) < 2 or operator != "~":
            return None
        shown = self._quoted(written)
        if len(factors) > 2:
            raise self.wrong(
                f"`{shown}` in `{self.shown}` multiplies {len(factors)} constructs; a product here is of two: `A:B`, "
                "or `A:A` for a square"
            )
        if "*" in written:
            raise self.wrong(
                f"`{shown}` in `{self.shown}`: the coefficient of a product is estimated as it is; write "
                f"`{self._quoted(':'.join(part.split('*')[-1].strip() for part in factors))}`"
            )
        if not all(map(self._is_name, factors)):
            raise self.wrong(self._no_name(written, shown))
        first, second = (self._told(part) for part in factors)
        return first, second

    def _factors(self, written: str) -> list[str]:
        """The parts between colons."""
        return [part.strip() for part in written.split(":")]

    def _is_name(self, written: str) -> bool:
        return bool(re.fullmatch(_HELD, written) or NAME.match(written))

    def _told(self, written: str) -> str:
        """A piece with the quoted names in it as they are."""
        return _HELD.sub(lambda match: self.names[int(match[1])], written)

    def _quoted(self, written: str) -> str:
        """A piece as it was written."""
        return _HELD.sub(lambda match: quoted(self.names[int(match[1])]), written)

    def _no_name(self, written: str, shown: str) -> str:
        if not written:
            return f"`{self.shown}` has an empty place; {_PLAIN}"
        return (
            f"`{self.shown}` has the name `{shown}`; {_PLAIN}, and any other name stands in quotes or backticks: "
            f'"{shown}"'
        )


#: What lavaan has besides.
_NOT_READ = {
    "|": "thresholds (`|`), which follow from the answers here; leave them out",
    "~*~": "scaling factors (`~*~`), which follow from the model here; leave them out",
}


def _operators(found: list[str], text: str) -> str:
    for sign, words in _NOT_READ.items():
        if sign in found:
            return words
    if not found and (block := re.match(r"(group|level|block)\s*:", text)):
        return (
            f"blocks of a model for each {block[1]}, which are not read; write one model for all groups, with "
            "`c(a, b)*` where they differ"
        )
    what = f"operator `{next((f for f in found if f not in OPERATORS), found[0])}`" if found else "no operator"
    if len(found) > 1 and all(f in OPERATORS for f in found):
        what = f"{len(found)} operators"
    return f"{what}; a statement has exactly one of {', '.join((*OPERATORS, *OF_LABELS))}"
