"""What an installation consists of: versions, extras, the machine, and the loops that are compiled."""

import importlib
import os
import pkgutil
import platform
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import ModuleType
from typing import Any

from numba.core.dispatcher import Dispatcher

import estimators.kernels
import sim.kernels
from benchmarks.run.capacity import memory
from benchmarks.run.workers import available
from benchmarks.study.program import program_code, program_version
from sim.kernels.loops import Part

#: What numbers and reports depend on.
PACKAGES = ("numpy", "scipy", "numba", "pandas", "pyarrow", "statsmodels", "altair", "vl-convert-python")
#: Extras by the name that pip installs them under, each with its packages.
EXTRAS = {
    "cluster": ("dask", "distributed"),
    "fractions": ("pyDOE3",),
    "files": ("python-calamine", "pyreadstat"),
    "word": ("python-docx",),
    "archive": ("rocrate",),
}


@dataclass(frozen=True)
class Loops:
    """How many compiled loops are kept for the next use, of how many there are, and where."""

    kept: int
    known: int
    folders: tuple[Path, ...]


def versions() -> dict[str, str]:
    """Names and versions of the program, of Python, and of what numbers and reports depend on."""
    own = {"loadstone": f"{program_version()} (code {program_code()})", "python": platform.python_version()}
    return own | {name: installed(name) or "not installed" for name in PACKAGES}


def extras() -> dict[str, str]:
    """By extra, the versions of its packages, or how to get it."""
    found = {}
    for extra, packages in EXTRAS.items():
        there = [f"{name} {number}" for name in packages if (number := installed(name))]
        found[extra] = ", ".join(there) if len(there) == len(packages) else f'no: pip install "loadstone[{extra}]"'
    return found


def installed(package: str) -> str | None:
    """The version of a package; None where it is not installed."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def machine() -> dict[str, str]:
    """The system, the processors that may be used, and the memory that is free."""
    free = memory()
    return {
        "system": f"{platform.system()} {platform.release()}, {platform.machine()}",
        "processors": f"{available()} of {os.cpu_count() or 1}",
        "free memory": "not known" if free is None else f"{free / 1e9:.1f} GB",
    }


def loops() -> Loops:
    """The compiled loops of the kernels, found by the index files that numba keeps beside them or in its own folder."""
    known = list(_dispatchers())
    places = [_index(each) for each in known]
    kept = sum(any(folder.glob(pattern)) for folder, pattern in places)
    return Loops(kept, len(known), tuple(dict.fromkeys(folder for folder, _ in places)))


def _dispatchers() -> Iterator[Any]:
    """Every function of the kernels that is compiled and kept; what is compiled with its callers is not."""
    for package in (sim.kernels, estimators.kernels):
        for module in _modules(package):
            for value in dict.fromkeys(each for each in vars(module).values() if isinstance(each, Dispatcher)):
                own = value.py_func.__module__ == module.__name__
                with_callers = isinstance(value, Part) or value.targetoptions.get("inline") == "always"
                if own and not with_callers:
                    yield value


def _modules(package: ModuleType) -> Iterator[ModuleType]:
    for found in pkgutil.iter_modules(package.__path__):
        yield importlib.import_module(f"{package.__name__}.{found.name}")


def _index(dispatcher: Any) -> tuple[Path, str]:
    """Where a loop is kept, and how its index file is called."""
    function = dispatcher.py_func
    return Path(dispatcher.stats.cache_path), f"{function.__module__.rpartition('.')[2]}.{function.__qualname__}-*.nbi"
