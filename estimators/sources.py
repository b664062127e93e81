"""Which code an object from outside comes from: its own source, that of all it imports, and the packages beneath."""

import ast
import hashlib
import importlib.util
import sys
import sysconfig
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, packages_distributions, version
from pathlib import Path
from types import ModuleType

#: The project's own rooms, whose code has a hash of its own.
_OWN = ("sim", "estimators", "benchmarks", "reports", "loadstone")
#: Top-level modules that were loaded when a top-level module was imported, whatever the import looked like.
loaded_with: dict[str, set[str]] = {}


def origin_of(module: ModuleType) -> str:
    """The file or top-level package a module belongs to, with a sha256 (16 digits) of all that it runs.

    That is the source of its package and of every module that these import, wherever the import stands, and of those
    that are loaded from beside them; installed packages count by name and version, the standard library by nothing.
    What code reads from files, or imports by names that it makes up, is not seen unless it has been loaded.
    """
    top = sys.modules[module.__name__.partition(".")[0]]
    digest = hashlib.sha256()
    for line in sorted(_walked(top)):
        digest.update(f"{line}\n".encode())
    return f"{top.__name__} sha256 {digest.hexdigest()[:16]}"


def files_of(module: ModuleType) -> dict[str, Path]:
    """Source files, by their place in an import, of a module's package and of all local code that it imports."""
    found: dict[str, Path] = {}
    top = sys.modules[module.__name__.partition(".")[0]]
    for name in _local(top):
        found |= dict(_sources(name))
    return found


def _walked(top: ModuleType) -> Iterator[str]:
    """A line for each source file and each installed package behind a module."""
    names, packages = _reached(top)
    for name in names:
        for relative, path in _sources(name):
            content = path.read_bytes()
            yield f"{relative} {len(content)} {hashlib.sha256(content).hexdigest()}"
    yield from packages


def _local(top: ModuleType) -> list[str]:
    return _reached(top)[0]


def _reached(top: ModuleType) -> tuple[list[str], set[str]]:
    """(top-level modules whose source counts, installed packages with their versions) reached by imports."""
    waiting, local, packages = [top.__name__], [], set()
    seen = set(_OWN) | {"__main__"}
    while waiting:
        name = waiting.pop()
        if name in seen or name in sys.stdlib_module_names:
            continue
        seen.add(name)
        installed = None if name == top.__name__ and not _in_site(name) else _installed(name)
        if installed:
            packages.add(installed)
            if name != top.__name__:
                continue
        local.append(name)
        for _, path in _sources(name):
            waiting += _imports(path)
        waiting += loaded_with.get(name, ())
    return local, packages


def _sources(name: str) -> list[tuple[str, Path]]:
    """(place, path) of the Python files of a top-level module or package; none where it has none."""
    loaded = sys.modules.get(name)
    spec = getattr(loaded, "__spec__", None)
    if spec is None:
        try:
            spec = importlib.util.find_spec(name)
        except (ImportError, ValueError):
            spec = None
    if spec is None:
        return []
    if spec.submodule_search_locations:
        folders = [Path(folder) for folder in spec.submodule_search_locations]
        found = [(f"{name}/{path.relative_to(f).as_posix()}", path) for f in folders for path in f.rglob("*.py")]
        return sorted(found)
    if spec.origin and Path(spec.origin).suffix == ".py" and Path(spec.origin).is_file():
        return [(f"{name}.py", Path(spec.origin))]
    return []


def _imports(path: Path) -> list[str]:
    """Top-level names that a file imports, anywhere in it."""
    try:
        tree = ast.parse(path.read_bytes())
    except (SyntaxError, ValueError, RecursionError):
        return []
    found: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [alias.name.partition(".")[0] for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.append(node.module.partition(".")[0])
        elif isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            called = ast.unparse(node.func)
            if called in ("__import__", "import_module", "importlib.import_module"):
                found.append(str(node.args[0].value).partition(".")[0])
    return found


def _in_site(name: str) -> bool:
    return any(_is_site(path) for _, path in _sources(name))


def _is_site(path: Path) -> bool:
    """Whether a path is among the installed packages."""
    return any(place in path.parents or place == path for place in _site())


@cache
def _site() -> tuple[Path, ...]:
    return tuple({Path(sysconfig.get_path(kind)) for kind in ("purelib", "platlib")})


@cache
def _distributions() -> Mapping[str, list[str]]:
    """Installed distributions by top-level module; to read them takes most of a second."""
    return packages_distributions()


def _installed(name: str) -> str | None:
    """`numpy 2.4.6` for a module among the installed packages of a version; None for one whose source counts."""
    sources = _sources(name)
    if sources and not _is_site(sources[0][1]):
        return None
    for distribution in _distributions().get(name, ()):
        try:
            return f"{distribution} {version(distribution)}"
        except PackageNotFoundError:
            continue
    return None if sources else f"{name} (not found)"
