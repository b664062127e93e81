"""What files a rule opens while it decides: those of known populations hold the truth, by any path."""

import ast
import os
import re
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import sim

#: A name of the folder of populations, as a path or a module has it.
_NAMED = re.compile(r"(?:\A|(?<!estimators)[/\\.])catalogue(?:[/\\.]|\Z)")
_WORLD = Path(str(sim.__file__)).parent
_WATCHED = threading.local()


@contextmanager
def watched() -> Iterator[list[Path]]:
    """The files of the world, populations, tables and themes, that this thread opens meanwhile."""
    _listen()
    found: list[Path] = []
    _WATCHED.paths = found
    try:
        yield found
    finally:
        _WATCHED.paths = None


@cache
def _listen() -> None:
    """Hear every opening of a file from now on: Python cannot take such a hook away again."""
    sys.addaudithook(_hear)


def _hear(event: str, details: tuple[object, ...]) -> None:
    found = getattr(_WATCHED, "paths", None)
    if event != "open" or found is None or not isinstance(details[0], str | bytes | os.PathLike):
        return
    path = Path(os.path.realpath(os.fsdecode(details[0])))
    if path.is_relative_to(_WORLD) and path.suffix in (".toml", ".csv"):
        found.append(path)


def named_in(source: bytes) -> list[str]:
    """Texts in a program, but for its docstrings, that name the folder of populations."""
    tree = ast.parse(source)
    prose = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and id(node) not in prose
        and _NAMED.search(node.value)
    ]
