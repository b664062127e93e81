"""Formulas in plain text: the few commands of LaTeX that measures use, as characters."""

import re

_COMMANDS = {
    r"\hat\theta": "θ̂", r"\bar\theta": "θ̄", r"\theta": "θ", r"\alpha": "α", r"\Sigma": "Σ", r"\sum": "Σ",
    r"\leq": "≤", r"\geq": "≥", r"\neq": "≠",
}  # fmt: skip
_BELOW = {"i": "ᵢ", "r": "ᵣ", "0": "₀"}
_ABOVE = {"2": "²", "*": "*"}


def plain(latex: str) -> str:
    """A formula of `benchmarks.measures.basis.notation` in one line of text: `(1/R) Σᵢ (θ̂ᵢ − θ)`."""
    text = latex
    text = re.sub(r"\\frac\{([^{}]*)\}\{([^{}]*)\}", _fraction, text)
    text = re.sub(r"\\text\{([^{}]*)\}", r"\1", text)
    for command, sign in _COMMANDS.items():
        text = text.replace(command, sign)
    text = re.sub(r"_\{([ir]+)\}", lambda found: "".join(_BELOW[each] for each in found[1]), text)
    text = re.sub(r"_([ir0])", lambda found: _BELOW[found[1]], text)
    text = re.sub(r"\^([2*])", lambda found: _ABOVE[found[1]], text)
    text = _roots(text)
    return re.sub(r" {2,}", " ", text.replace(" - ", " − ")).strip()


def _fraction(found: re.Match[str]) -> str:
    above, below = found[1], found[2]
    return f"({above}/{below if len(below) == 1 else f'({below})'})"


def _roots(text: str) -> str:
    while (start := text.find(r"\sqrt{")) >= 0:
        depth, end = 1, start + len(r"\sqrt{")
        while depth:
            depth += {"{": 1, "}": -1}.get(text[end], 0)
            end += 1
        text = f"{text[:start]}√({text[start + 6 : end - 1]}){text[end:]}"
    return text
