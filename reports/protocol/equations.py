"""The equations of a model in lavaan syntax, with the true values of one population where they are known."""

import re
from collections.abc import Mapping

from reports.printing.numbers import MINUS, latex, number
from reports.protocol.parts import Equation

_LINE = re.compile(r"\s*(\S+)\s*(=~|<~|~)\s*(.+?)\s*$")


def equations(model: str, truth: Mapping[str, float]) -> list[Equation]:
    """One for each block and each outcome: `CC1, CC2: x = λ ACRM + ε`, `PERF = 0.801 ACRM + 0.087 OCRM + ζ`."""
    found = []
    for line in model.splitlines():
        matched = _LINE.match(line)
        if matched is None:
            continue
        left, sign = matched[1], matched[2]
        terms = [term.strip() for term in matched[3].split("+")]
        if sign == "=~":
            found.append(_reflective(left, terms))
        elif sign == "<~":
            found.append(_composite(left, terms))
        else:
            found.append(_outcome(left, terms, truth))
    return found


def _reflective(construct: str, items: list[str]) -> Equation:
    return Equation(
        f"x = λₓ {construct} + εₓ for x in {', '.join(items)}",
        rf"x = \lambda_x\,{_name(construct)} + \varepsilon_x, \quad x \in \{{{_names(items)}\}}",
    )


def _composite(construct: str, items: list[str]) -> Equation:
    return Equation(
        f"{construct} = Σ wₓ x over x in {', '.join(items)}",
        rf"{_name(construct)} = \sum_x w_x\,x, \quad x \in \{{{_names(items)}\}}",
    )


def _outcome(outcome: str, causes: list[str], truth: Mapping[str, float]) -> Equation:
    plain, set_ = [], []
    for place, cause in enumerate(causes):
        value = truth.get(f"{outcome}~{cause}")
        told = number(value) if value is not None else f"β({cause})"
        symbol = number(value).replace(MINUS, "-") if value is not None else rf"\beta_{{{_name(cause)}}}"
        plain.append(f"{told} {cause}" if place == 0 or not told.startswith(MINUS) else f"{MINUS} {told[1:]} {cause}")
        set_.append(rf"{symbol}\,{_name(cause)}")
    joined = " + ".join(plain).replace(f"+ {MINUS} ", f"{MINUS} ")
    return Equation(
        f"{outcome} = {joined} + ζ({outcome})",
        rf"{_name(outcome)} = {' + '.join(set_)} + \zeta_{{{_name(outcome)}}}".replace("+ -", "- "),
    )


def _name(text: str) -> str:
    return rf"\mathrm{{{latex(text)}}}"


def _names(items: list[str]) -> str:
    return ", ".join(_name(item) for item in items)
