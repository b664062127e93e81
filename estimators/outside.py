"""Estimators from outside the project: `package.module:Class`, or an entry point of `loadstone.estimators`."""

import importlib
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import ModuleType
from typing import NoReturn, Self

from estimators import faults, sources
from estimators.base import Estimates
from sim.batch import Batch
from sim.errors import InputError, unknown
from sim.model import Model
from sim.targets import Target

GROUP = "loadstone.estimators"


@dataclass(frozen=True)
class Found:
    """What a name means: an object of somebody's code, and which code (distribution, version, sha256 of the source)."""

    content: object
    origin: str


@dataclass(frozen=True)
class NotRun:
    """Stands in for a method of somebody's own code where that is not run: nothing can be estimated with it."""

    def refusal(self, model: Model) -> str | None:
        """Not asked: only the code itself knows."""
        return None

    def without_inference(self) -> Self:
        """There is nothing to leave out."""
        return self

    def fit(self, batch: Batch, model: Model, targets: Sequence[Target] | None = None) -> Estimates:
        """Raises InputError."""
        return self._refuse()

    def _refuse(self) -> NoReturn:
        raise InputError("this method's code was not loaded; give --allow-code")


def names_code(name: str) -> bool:
    """Whether a method's name is a reference to code, which looking it up would run."""
    return ":" in name


def installed() -> dict[str, EntryPoint]:
    """Entry points by name. Raises InputError where two distributions give the same name to different objects."""
    points: dict[str, EntryPoint] = {}
    for point in entry_points(group=GROUP):
        other = points.setdefault(point.name, point)
        if other.value != point.value:
            raise InputError(
                f"the entry point '{point.name}' of {GROUP} is both {other.value} and {point.value}; "
                "remove one of the packages, or name the class as `package.module:Class`"
            )
    return points


def function(reference: str, folder: Path | None = None) -> Found:
    """The function that `package.module:function` refers to; looked for, and refused, as `find` does for classes."""
    return named(reference, "function", folder)


def named(reference: str, what: str, folder: Path | None = None) -> Found:
    """What `package.module:NAME` refers to; `what` it is to be is told where it is refused, as `find` does."""
    try:
        return _referred(reference, reference, folder)
    except InputError as error:
        raise InputError(str(error).replace(f"estimator '{reference}'", f"{what} '{reference}'")) from None


def find(name: str, folder: Path | None = None) -> Found | None:
    """What a name outside the catalogue means, or None where it is neither reference nor entry point.

    The modules of a reference are looked for among the installed ones, then in `folder`, which joins sys.path.
    Raises InputError where the code cannot be imported or has no such name.
    """
    if names_code(name):
        return _referred(name, name, folder)
    point = installed().get(name)
    if point is None:
        return None
    found = _referred(point.value.split("[")[0].strip(), name, None)
    distribution = f"{point.dist.name} {point.dist.version}, " if point.dist else ""
    return Found(found.content, distribution + found.origin)


def _referred(reference: str, name: str, folder: Path | None) -> Found:
    """The object that `package.module:Class` refers to."""
    if not re.fullmatch(r"[\w.]+\s*:\s*\w+", reference):
        raise InputError(f"estimator '{name}' is no reference; write `package.module:Class`")
    place, attribute = (part.strip() for part in reference.split(":"))
    module = _module(place, name, folder)
    if not hasattr(module, attribute):
        public = [key for key, value in vars(module).items() if isinstance(value, type) and not key.startswith("_")]
        raise InputError(f"estimator '{name}': {unknown(f'name in {place}', attribute, public)}")
    return Found(getattr(module, attribute), sources.origin_of(module))


def _module(place: str, name: str, folder: Path | None) -> ModuleType:
    if folder is not None and str(folder.resolve()) not in sys.path:
        sys.path.append(str(folder.resolve()))
        importlib.invalidate_caches()
    before = set(sys.modules)
    try:
        with faults.exits_noticed():
            module = importlib.import_module(place)
        if place in set(sys.modules) - before:
            sources.loaded_with[place.partition(".")[0]] = {n.partition(".")[0] for n in set(sys.modules) - before}
        return module
    except (Exception, SystemExit) as error:
        if isinstance(error, ModuleNotFoundError) and error.name and f"{place}.".startswith(f"{error.name}."):
            beside = f" and there is no such file in {folder.resolve()}" if folder else ""
            raise InputError(
                f"estimator '{name}': no module '{error.name}' is installed{beside}; "
                "install its package, or put the file beside the study file"
            ) from None
        raise InputError(
            f"estimator '{name}': importing {place} fails ({type(error).__name__}: {error}); mend that first"
        ) from error
