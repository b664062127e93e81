"""Arithmetic on labels, as models write it: `a*b`, `c + a*b`, `exp(a) - 1`. Read once, evaluated on any arrays."""

import ast
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from sim.errors import InputError

#: Functions that an expression may use; all of them can be differentiated.
FUNCTIONS: Mapping[str, Callable[[Any], Any]] = {"exp": np.exp, "log": np.log, "sqrt": np.sqrt}

_OPERATORS: Mapping[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.Div: lambda a, b: a / b,
    ast.Pow: lambda a, b: a**b,
}
_LONGEST = 1_000
#: A number, or a label. Labels are words of any language, `lambda` and `b.1` among them.
_WORD = re.compile(r"((?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)|([^\W\d][\w.]*)(\s*\()?")


@dataclass(frozen=True)
class Expression:
    """An expression, by its text. Two with one text are equal."""

    text: str

    @classmethod
    def read(cls, text: str) -> "Expression":
        """The expression of a text. Raises InputError for more than labels, numbers, + - * / ^ and `FUNCTIONS`."""
        found = cls(" ".join(text.split()))
        _checked(found._tree, found.text)
        return found

    @property
    def _tree(self) -> ast.expr:
        return _parsed(self.text)

    @property
    def names(self) -> tuple[str, ...]:
        """The labels in it, in the order written."""
        return tuple(dict.fromkeys(_names(self._tree)))

    def value(self, values: Mapping[str, Any]) -> Any:
        """The expression at numbers or arrays of the labels, real or complex."""
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            return _value(self._tree, values)

    def linear(self) -> tuple[dict[str, float], float] | None:
        """Coefficients of the labels and a constant; None where the expression is not linear."""
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            return _linear(self._tree)


@lru_cache(maxsize=1_000)
def _parsed(text: str) -> ast.expr:
    """The expression of a text; labels stand in it as they are written, whatever they mean to Python."""
    if not text or len(text) > _LONGEST:
        raise InputError(f"an expression has {len(text)} signs; write 1 to {_LONGEST}")
    words: list[str] = []

    def held(match: re.Match[str]) -> str:
        number, word, call = match.groups()
        if number or (call and word in FUNCTIONS):
            return match[0]
        words.append(word)
        return f"_{len(words) - 1}_{call or ''}"

    try:
        tree = ast.parse(_WORD.sub(held, text).replace("^", "**"), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise InputError(f"`{text}` is no expression; write for instance `a*b + c`") from None
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id not in FUNCTIONS:
            node.id = words[int(node.id.strip("_"))]
    return tree


def _label(node: ast.expr) -> str | None:
    """The label that a node spells, or None."""
    return node.id if isinstance(node, ast.Name) else None


def _checked(node: ast.expr, text: str) -> None:
    if _label(node) is not None:
        return
    match node:
        case ast.BinOp() if type(node.op) in _OPERATORS:
            _checked(node.left, text)
            _checked(node.right, text)
        case ast.UnaryOp(op=ast.USub() | ast.UAdd()):
            _checked(node.operand, text)
        case ast.Call(func=ast.Name(id=name), args=[argument], keywords=[]) if name in FUNCTIONS:
            _checked(argument, text)
        case ast.Constant(value=int() | float()) if not isinstance(node.value, bool):
            return
        case _:
            raise InputError(
                f"`{text}` has `{ast.unparse(node)}`; an expression has labels, numbers, + - * / ^, brackets and "
                f"{', '.join(FUNCTIONS)}"
            )


def _names(node: ast.expr) -> list[str]:
    label = _label(node)
    if label is not None:
        return [label]
    match node:
        case ast.BinOp():
            return _names(node.left) + _names(node.right)
        case ast.UnaryOp():
            return _names(node.operand)
        case ast.Call():
            return _names(node.args[0])
    return []


def _value(node: ast.expr, values: Mapping[str, Any]) -> Any:
    label = _label(node)
    if label is not None:
        return values[label]
    match node:
        case ast.BinOp():
            left, right = _value(node.left, values), _value(node.right, values)
            if isinstance(left, float) and isinstance(right, float):
                left = np.float64(left)  # 1/0 is infinite, as in an array, and no error
            return _OPERATORS[type(node.op)](left, right)
        case ast.UnaryOp():
            return -_value(node.operand, values) if isinstance(node.op, ast.USub) else _value(node.operand, values)
        case ast.Call(func=ast.Name(id=name)):
            return FUNCTIONS[name](_value(node.args[0], values))
    assert isinstance(node, ast.Constant)
    assert isinstance(node.value, int | float)
    return float(node.value)


def _linear(node: ast.expr) -> tuple[dict[str, float], float] | None:
    label = _label(node)
    if label is not None:
        return {label: 1.0}, 0.0
    match node:
        case ast.Constant():
            return {}, float(_value(node, {}))
        case ast.UnaryOp():
            return _scaled(_linear(node.operand), -1.0 if isinstance(node.op, ast.USub) else 1.0)
        case ast.BinOp():
            return _joined(node, _linear(node.left), _linear(node.right))
    return None if _names(node) else ({}, float(_value(node, {})))


def _joined(
    node: ast.BinOp, left: tuple[dict[str, float], float] | None, right: tuple[dict[str, float], float] | None
) -> tuple[dict[str, float], float] | None:
    """Two linear parts under one operator, None where the result is not linear."""
    if left is None or right is None:
        return None
    match node.op:
        case ast.Add() | ast.Sub():
            turned = _scaled(right, 1.0 if isinstance(node.op, ast.Add) else -1.0)
            assert turned is not None
            names = dict.fromkeys((*left[0], *turned[0]))
            return {name: left[0].get(name, 0.0) + turned[0].get(name, 0.0) for name in names}, left[1] + turned[1]
        case ast.Mult() if not right[0]:
            return _scaled(left, right[1])
        case ast.Mult() if not left[0]:
            return _scaled(right, left[1])
        case ast.Div() if not right[0] and right[1] != 0.0:
            return _scaled(left, 1.0 / right[1])
    return None if left[0] or right[0] else ({}, float(_value(node, {})))


def _scaled(part: tuple[dict[str, float], float] | None, factor: float) -> tuple[dict[str, float], float] | None:
    return None if part is None else ({name: factor * value for name, value in part[0].items()}, factor * part[1])
