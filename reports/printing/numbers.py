"""How numbers are printed: a value, its Monte Carlo standard error and its count, in plain text and in LaTeX."""

import math

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


def parts(estimate: Estimate | None, unit: Unit, signed: bool = False) -> tuple[str, str, str]:
    """Value, Monte Carlo standard error and unit sign: ("31.2", "0.2", "%"). The error is empty for an exact value."""
    if estimate is None or not math.isfinite(estimate.value):
        return NOTHING, "", ""
    scale, decimals, sign = (100.0, 1, "%") if unit == "share" else (1.0, _DECIMALS[unit], "")
    exact = not math.isfinite(estimate.mcse) or estimate.mcse == 0
    return (
        number(estimate.value * scale, decimals, signed),
        "" if exact else error(estimate.mcse * scale, decimals),
        sign,
    )


def with_error(estimate: Estimate | None, unit: Unit, signed: bool = False) -> str:
    """`31.2 ± 0.2%`, `−0.070 ± 0.002`; a share of 0 or 1 says what it rests on: `0% (none of 2,000)`."""
    if estimate is not None and unit == "share" and estimate.n_used and estimate.value in (0.0, 1.0):
        return f"{estimate.value:.0%} ({'all' if estimate.value else 'none'} of {estimate.n_used:,})"
    value, mcse, sign = parts(estimate, unit, signed)
    return f"{value}{_PLUS_MINUS}{mcse}{sign}" if mcse else value + sign


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
    "\N{NO-BREAK SPACE}": "~",
}


def latex(text: str) -> str:
    """`text` with every character that LaTeX would take as a command written out."""
    return "".join(_LATEX.get(character, character) for character in text)
