"""Folders within a room import only folders below them, and none holds more files than one can keep in mind."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
#: The folders and files of a room, from below: what one imports stands before it.
ORDER = {
    "benchmarks": (
        "files",
        "schema",
        "estimates",
        "measures",
        "study",
        "stored",
        "evaluation",
        "run",
        "own",
        "portraits",
    ),
    "reports": (
        "record",
        "vocabulary",
        "results",
        "printing",
        "drawing",
        "diagram",
        "study",
        "fit",
        "show",
        "reconstruction",
        "interviews",
        "book",
    ),
}
#: Folders with data, and speed tests, which see everything.
APART = ("templates", "studies", "speed", "__pycache__")
#: More files than this, `__init__.py` not counted, are hard to keep in mind.
MOST = 13


def imported(path: Path) -> set[str]:
    """Every module that a file imports, at its top or inside a function."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def place(parts: tuple[str, ...]) -> str:
    """The folder or file of a room that a module's dotted parts lie in."""
    return parts[1].removesuffix(".py")


@pytest.mark.parametrize("room", ORDER)
def test_a_folder_imports_only_folders_below_it(room: str) -> None:
    order, upward = ORDER[room], []
    for path in sorted((ROOT / room).rglob("*.py")):
        parts = path.relative_to(ROOT).parts
        if parts[1] == "__init__.py" or place(parts) in APART:
            continue
        own = order.index(place(parts))
        for module in imported(path):
            named = tuple(module.split("."))
            if named[0] == room and len(named) > 1 and named[1] in order and order.index(named[1]) > own:
                upward.append(f"{'/'.join(parts)} imports {module}")
    assert not upward, "\n".join(upward)


@pytest.mark.parametrize("room", ORDER)
def test_the_order_names_every_folder_and_no_folder_is_a_hall(room: str) -> None:
    here = {path.name.removesuffix(".py") for path in (ROOT / room).iterdir() if path.suffix == ".py" or path.is_dir()}
    assert here - {"__init__", *APART} == set(ORDER[room])
    for folder in (path for path in (ROOT / room).iterdir() if path.is_dir() and path.name not in APART):
        files = [path for path in folder.glob("*.py") if path.name != "__init__.py"]
        assert len(files) <= MOST, f"{folder.relative_to(ROOT)} holds {len(files)} files"
        for path in files:
            assert len(path.read_text(encoding="utf-8").splitlines()) <= 400, path
