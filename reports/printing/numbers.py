"""How numbers are printed: a value, its Monte Carlo standard error and its count, in plain text and in LaTeX."""

import math
import re
import unicodedata
from typing import NamedTuple

from reports.results import Estimate
from reports.vocabulary import Unit

MINUS = "\N{MINUS SIGN}"
NOTHING = "\N{EN DASH}"
#: Not broken over two lines.
_PLUS_MINUS = "\N{NO-BREAK SPACE}±\N{NO-BREAK SPACE}"
_DECIMALS: dict[Unit, int] = {"share": 1, "coefficient": 3, "count": 2, "text": 3}


def number(value: float | None, decimals: int = 3, signed: bool = False) -> str:
    """`value` with a true minus sign, never "-0.000"; an en dash where there is no value."""
    if value is None or not math.isfinite(value):
        return NOTHING
    text = f"{abs(value):,.{decimals}f}"
    if not float(text.replace(",", "")):
        return text
    return (MINUS if value < 0 else "+" if signed else "") + text


def full(value: float) -> str:
    """Every digit that tells the value apart; nothing where there is no value."""
    return repr(float(value)) if math.isfinite(value) else ""


def error(value: float, decimals: int) -> str:
    """A standard error; one that would round to zero is printed as less than the last digit."""
    smallest = 10.0**-decimals
    return f"<{smallest:.{decimals}f}" if 0 < value < smallest / 2 else number(value, decimals)


class Printed(NamedTuple):
    """What is printed of an entry: `31.2`, its Monte Carlo standard error `0.2`, the sign of its unit `%`.

    A rate of 0 or 1 has an interval in place of the error: `0.0 to 1.9`. Both are empty for an exact value.
    """

    value: str
    mcse: str = ""
    sign: str = ""
    interval: str = ""

    @property
    def whole(self) -> str:
        """In one line of text: `31.2 ± 0.2%`, `0.0% (0.0 to 1.9)`."""
        if self.interval:
            return f"{self.value}{self.sign} ({self.interval})"
        return f"{self.value}{_PLUS_MINUS}{self.mcse}{self.sign}" if self.mcse else self.value + self.sign


def printed(estimate: Estimate | None, unit: Unit, signed: bool = False) -> Printed:
    """An estimate as it is printed."""
    if estimate is None or not math.isfinite(estimate.value):
        return Printed(NOTHING)
    scale, decimals, sign = (100.0, 1, "%") if unit == "share" else (1.0, _DECIMALS[unit], "")
    value = number(estimate.value * scale, decimals, signed)
    if unit == "share" and estimate.certain:
        return Printed(value, "", sign, _interval(estimate))
    exact = not math.isfinite(estimate.mcse) or estimate.mcse == 0
    if exact and unit == "count" and estimate.value.is_integer():
        value = number(estimate.value, 0, signed)
    return Printed(value, "" if exact else error(estimate.mcse * scale, decimals), sign)


def _interval(rate: Estimate) -> str:
    """`0 to 1.9`, in per cent, of a rate of 0; `98.1 to 100` of one of 1. No end is rounded to the rate itself."""
    if rate.lower < 0:
        return f"{number(100 * rate.lower, 1)} to {number(100 * rate.upper, 1)}"
    if rate.value:
        return f"{'>99.9' if rate.lower > 0.9995 else number(100 * rate.lower, 1)} to 100"
    return f"0 to {error(100 * rate.upper, 1)}"


def with_error(estimate: Estimate | None, unit: Unit, signed: bool = False) -> str:
    """`31.2 ± 0.2%`, `−0.070 ± 0.002`; a share of 0 or 1 says what it rests on: `0% (none of 2,000; 0 to 0.2%)`."""
    if estimate is not None and unit == "share" and not signed and estimate.n_used and estimate.value in (0.0, 1.0):
        interval = f"; {_interval(estimate)}%" if estimate.certain else ""
        return f"{estimate.value:.0%} ({'all' if estimate.value else 'none'} of {estimate.n_used:,}{interval})"
    return printed(estimate, unit, signed).whole


def is_known(estimate: Estimate | None) -> bool:
    """Whether there is a number."""
    return estimate is not None and math.isfinite(estimate.value)


def counted(estimate: Estimate) -> str:
    """`1,987 of 2,000`: replications used and replications run."""
    return f"{estimate.n_used:,} of {estimate.n_total:,}"


_LATEX = {
    "\\": r"\textbackslash{}",
    "&": r"\&",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_",
    "{": r"\{",
    "}": r"\}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    MINUS: "$-$",
    NOTHING: "--",
    "±": r"$\pm$",
    "≥": r"$\geq$",
    "→": r"$\to$",
    "≤": r"$\leq$",
    "≠": r"$\neq$",
    "√": r"$\surd$",
    "·": r"$\cdot$",
    "²": r"$^2$",
    "³": r"$^3$",
    "“": "``",
    "”": "''",
    "’": "'",
    "…": r"\ldots{}",
    "\N{NO-BREAK SPACE}": "~",
}


def latex(text: str) -> str:
    """`text` with every character that LaTeX would take as a command written out, and Greek letters as such."""
    parts: list[str] = []
    for character in text:
        if character in _ACCENTS and parts and parts[-1].startswith("$\\"):
            parts[-1] = f"${_ACCENTS[character]}{{{parts[-1].strip('$')}}}$"
        else:
            parts.append(_LATEX.get(character, _letter(character)))
    return "".join(parts)


def _letter(character: str) -> str:
    """A letter that pdfLaTeX has; Greek ones by their names, what it has not as a question mark."""
    name = unicodedata.name(character, "")
    greek = re.fullmatch(r"GREEK (SMALL|CAPITAL) LETTER ([A-Z]+)", name)
    if greek:
        word = greek[2].lower().replace("lamda", "lambda")
        if word == "omicron":
            return "o"
        capital = greek[1] == "CAPITAL"
        drawn = word.capitalize() if capital and word in _CAPITALS else word[0].upper() if capital else word
        return f"${drawn}$" if capital and word not in _CAPITALS else rf"$\{drawn}$"
    if ord(character) < 0x180 and (character.isprintable() or character == "\n"):
        return character
    return _SUBSCRIPTS.get(character, "?" if ord(character) > 0x2000 or not character.isprintable() else character)


#: Capital Greek letters that LaTeX has a command for; small letters set below.
_CAPITALS = {"gamma", "delta", "theta", "lambda", "xi", "pi", "sigma", "upsilon", "phi", "psi", "omega"}
#: Signs over a Greek letter: the hat of an estimate, the bar of a mean; without them the three look the same.
_ACCENTS = {"\u0302": r"\hat", "\u0304": r"\bar"}
_SUBSCRIPTS = {"ᵢ": "$_i$", "ᵣ": "$_r$", "₀": "$_0$", "\u0302": "", "\u0304": ""}
