"""What imports what: functions on a tree of sources, a dict from each file's path to its text.

Paths are relative to the repository, with slashes: "sim/answers/scales.py". A place is a folder, for the files directly
in it ("sim/answers/"), or a file that has a place of its own ("estimators/base.py"). An order is a list of places, the
lowest first.
"""

import ast
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
#: Of these, no more than twelve may stand in one folder: a reader sees what a folder holds at one look.
MOST_FILES = 12

Tree = Mapping[str, str]
Imports = Mapping[str, set[str]]


def tree(root: Path, rooms: Iterable[str]) -> dict[str, str]:
    """Every Python file of the rooms (folders, or single files at the top), with its text."""
    paths = {path for room in rooms for path in (root.glob(room) if "." in room else (root / room).rglob("*.py"))}
    return {path.relative_to(root).as_posix(): path.read_text(encoding="utf-8") for path in sorted(paths)}


@cache
def _parsed(text: str) -> ast.Module:
    return ast.parse(text)


def _folder(path: str) -> str:
    return path.rpartition("/")[0]


# --- what a file imports ---


def _package(path: str) -> list[str]:
    """The package whose names a file's relative imports start from: its folder, for `__init__.py` too."""
    return path.split("/")[:-1]


@cache
def names(path: str, text: str) -> frozenset[tuple[str, str]]:
    """Pairs (module, name taken from it, or ""): at the top of a file, inside a function, or for a hint only."""
    return frozenset(pair for node in _statements(_parsed(text)) for pair in _names_of(node, path))


def _statements(tree: ast.Module) -> Iterator[ast.AST]:
    """Every statement, at any depth: no expression holds one, and most of a tree is expressions."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        for part in ("body", "orelse", "handlers", "finalbody", "cases"):
            waiting += getattr(node, part, ())


def _names_of(node: ast.AST, path: str) -> set[tuple[str, str]]:
    """The pairs of one statement."""
    if isinstance(node, ast.Import):
        return {(alias.name, "") for alias in node.names}
    if not isinstance(node, ast.ImportFrom):
        return set()
    package = _package(path)
    start = package[: len(package) + 1 - node.level] if node.level else []
    module = ".".join([*start, *([node.module] if node.module else [])])
    return {(module, alias.name) for alias in node.names}


def imports(sources: Tree) -> dict[str, set[str]]:
    """For each file, the files of the tree that it imports.

    `from a import b` is a/b.py or a/b/__init__.py if there is one, else b is a name of a.py or a/__init__.py.
    """
    return {
        path: {file for module, name in names(path, text) if (file := _file(module, name, sources))} - {path}
        for path, text in sources.items()
    }


def _file(module: str, name: str, sources: Tree) -> str | None:
    stem = module.replace(".", "/")
    stems = [f"{stem}/{name}", stem] if name else [stem]
    return next((file for one in stems for file in (f"{one}.py", f"{one}/__init__.py") if file in sources), None)


# --- the order of places ---


def place(path: str, order: Iterable[str]) -> str | None:
    """The place of a file: its own, or else its folder's, or else None."""
    order = set(order)
    return next((one for one in (path, f"{_folder(path)}/") if one in order), None)


def unplaced(sources: Tree, order: Iterable[str]) -> set[str]:
    """Files that stand in no place of the order."""
    order = set(order)
    return {path for path in sources if place(path, order) is None and not _bare(path, sources)}


def _bare(path: str, sources: Tree) -> bool:
    """Whether a file is an `__init__.py` with no more than a docstring."""
    return path.endswith("/__init__.py") and len(_parsed(sources[path]).body) <= 1


def empty_places(sources: Tree, order: Iterable[str]) -> set[str]:
    """Places of the order that hold no file."""
    order = set(order)
    return order - {place(path, order) for path in sources}


def upward(imported: Imports, order: Iterable[str]) -> set[tuple[str, str]]:
    """Pairs (file, file that it imports) where the second stands in a later place than the first."""
    order = list(order)
    rank = {path: order.index(there) for path in imported if (there := place(path, order)) is not None}
    return {
        (path, other)
        for path, others in imported.items()
        for other in others
        if path in rank and other in rank and rank[other] > rank[path]
    }


# --- circles ---


def circles(imported: Imports) -> set[frozenset[str]]:
    """Sets of files of one folder that import each other in a circle, directly or by way of others in that folder."""
    return {
        frozenset(circle)
        for folder in {_folder(path) for path in imported}
        for circle in _circles(
            {
                path: {other for other in others if _folder(other) == folder}
                for path, others in imported.items()
                if _folder(path) == folder
            }
        )
    }


def _circles(graph: Imports) -> set[frozenset[str]]:
    reached = {path: _reached(path, graph) for path in graph}
    return {
        frozenset(other for other in reached[path] if path in reached[other]) for path in graph if path in reached[path]
    }


def _reached(path: str, graph: Imports) -> set[str]:
    """Every file that a file imports, or that one of these imports, and so on."""
    seen: set[str] = set()
    waiting = list(graph[path])
    while waiting:
        other = waiting.pop()
        if other not in seen:
            seen.add(other)
            waiting += graph[other]
    return seen


# --- single files ---


def for_hints_only(sources: Tree) -> set[str]:
    """Files that name TYPE_CHECKING, under which imports hide from Python but not from a reader."""
    word = "TYPE_CHECKING"
    return {path for path, text in sources.items() if word in text and _names(text, word)}


def at_the_top(sources: Tree, packages: Iterable[str]) -> set[str]:
    """Files that import one of these packages, or a part of it, outside of any function."""
    packages = tuple(packages)
    return {
        path
        for path, text in sources.items()
        for node in _parsed(text).body
        for module, name in _names_of(node, path)
        if any(f"{module}.{name}.".startswith(f"{one}.") for one in packages)
    }


def _names(text: str, wanted: str) -> bool:
    return any(
        wanted in (getattr(node, "id", None), getattr(node, "attr", None))
        or (isinstance(node, ast.alias) and node.name == wanted)
        for node in ast.walk(_parsed(text))
    )


def truth_seen(imported: Imports, methods_may: Iterable[str], laws_may: Iterable[str]) -> set[tuple[str, str]]:
    """Pairs (file of the estimators, file of sim that it imports) outside what methods, and laws, may see."""
    methods_may, laws_may = set(methods_may), set(laws_may)
    return {
        (path, other)
        for path, others in imported.items()
        for other in others
        if path.startswith("estimators/")
        if other.startswith("sim/")
        if place(other, laws_may if path.startswith("estimators/laws/") else methods_may) is None
    }


def laws_imported(imported: Imports, may: tuple[str, ...]) -> set[tuple[str, str]]:
    """Pairs (file, file of the laws that it imports), except among the laws themselves and in files that may."""
    laws = "estimators/laws/"
    return {
        (path, other)
        for path, others in imported.items()
        for other in others
        if other.startswith(laws) and not path.startswith((laws, *may))
    }


def crowded(sources: Tree, spared: Iterable[str]) -> dict[str, int]:
    """Folders with more than MOST_FILES Python files besides `__init__.py`, with their number; some are spared."""
    counts: dict[str, int] = {}
    for path in sources:
        if not path.endswith("__init__.py"):
            counts[_folder(path)] = counts.get(_folder(path), 0) + 1
    return {folder: count for folder, count in counts.items() if count > MOST_FILES and f"{folder}/" not in set(spared)}
