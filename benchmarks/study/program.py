"""Which program this is: its version, the hash of the code that numbers depend on, and the versions beneath it."""

import hashlib
import platform
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import benchmarks
import estimators
import sim

#: Packages that estimates depend on.
BENEATH = ("numpy", "scipy", "numba", "pyarrow")
#: Folders that no stored estimate depends on: laws only hold methods against what they promise.
_NOT_OF_RESULTS = ("laws", "__pycache__")
#: Files of `benchmarks` that a block's numbers depend on; what else is there reads, stores, measures and describes.
_OF_BLOCKS = ("schema.py", "study/cells/cell.py", "run/estimating.py")


def program_version() -> str:
    """Version of the installed project; a checkout that is not installed says so."""
    try:
        return version("loadstone")
    except PackageNotFoundError:
        return "0+uninstalled"


@cache
def program_code() -> str:
    """sha256 (16 digits) of the project's own source that stored estimates depend on, read once.

    A version names the code of a release; in a checkout the code changes under one version, and this does not.
    """
    digest = hashlib.sha256()
    for relative, path in _sources():
        content = path.read_bytes()
        digest.update(f"{relative} {len(content)}\n".encode() + content)
    return digest.hexdigest()[:16]


def _sources() -> list[tuple[str, Path]]:
    """(place, path) of every file that stored estimates depend on: code, and the tables of numbers beside kernels."""
    found = []
    for package in (sim, estimators):
        root = Path(package.__path__[0])
        for path in (*root.rglob("*.py"), *root.rglob("*.csv")):
            inside = path.relative_to(root)
            if not set(inside.parts) & set(_NOT_OF_RESULTS):
                found.append((f"{root.name}/{inside.as_posix()}", path))
    root = Path(benchmarks.__path__[0])
    return sorted(found + [(f"benchmarks/{name}", root / name) for name in _OF_BLOCKS])


@cache
def _versions() -> tuple[tuple[str, str], ...]:
    found = [("python", platform.python_version())]
    for package in BENEATH:
        try:
            found.append((package, version(package)))
        except PackageNotFoundError:
            found.append((package, "not installed"))
    return tuple(found)


def versions_beneath() -> dict[str, str]:
    """Versions of Python and of the packages that estimates and their files depend on."""
    return dict(_versions())
