"""Estimators from outside: `package.module:Class`, an entry point of `loadstone.estimators`, or an object."""

import dataclasses
import hashlib
import importlib
import inspect
import marshal
import pickle
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import ModuleType
from typing import Any, NoReturn, Self

from estimators import faults, sources
from estimators.base import Estimates
from sim.batch import Batch
from sim.errors import InputError, unknown
from sim.model import Model
from sim.targets import Target

GROUP = "loadstone.estimators"
#: Settings that a study gives, not the method's own table.
_OF_STUDIES = ("level",)


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


def importable(kind: type[Any]) -> bool:
    """Whether a class can be imported by the name of its module."""
    module = sys.modules.get(kind.__module__)
    named = kind.__module__ != "__main__" and kind.__name__ == kind.__qualname__
    return named and getattr(module, "__file__", None) is not None and getattr(module, kind.__name__, None) is kind


def settings_of(estimator: Any) -> dict[str, Any] | None:
    """The fields that differ from their defaults; None where the object holds what a file cannot."""
    if not dataclasses.is_dataclass(estimator):
        return None if vars(estimator) else {}
    found: dict[str, Any] = {}
    for field in dataclasses.fields(estimator):
        value = getattr(estimator, field.name)
        default = field.default_factory() if callable(field.default_factory) else field.default
        if field.name in _OF_STUDIES or (_plain(value) and type(value) is type(default) and value == default):
            continue
        if not _plain(value):
            return None
        found[field.name] = dict(value) if isinstance(value, Mapping) else value
    return found


def _plain(value: Any) -> bool:
    """Whether a value can stand in a study file."""
    if isinstance(value, Mapping):
        return all(isinstance(name, str) and _plain(each) for name, each in value.items())
    return type(value) in (str, int, float, bool)


def origin_of(estimator: object) -> str:
    """The class with a sha256 (16 digits) of its code and of what the object holds.

    The code is that of its module and of all that this imports, where it has one; of a class that is written in a
    session or a notebook, its own source.
    """
    kind = type(estimator)
    module = sys.modules.get(kind.__module__)
    if module is not None and importable(kind):
        code = sources.origin_of(module)
    else:
        code = "\n".join(_source(each) for each in kind.__mro__ if each is not object)
    digest = hashlib.sha256(f"{code}\n".encode())
    held = getattr(estimator, "__dict__", {}) or _fields(estimator)
    for name, value in sorted(held.items()):
        digest.update(f"{name}=".encode() + _content(value))
    return f"{kind.__qualname__} sha256 {digest.hexdigest()[:16]}"


def _fields(estimator: Any) -> dict[str, Any]:
    """What a dataclass with slots holds."""
    described = dataclasses.is_dataclass(estimator)
    return {field.name: getattr(estimator, field.name) for field in dataclasses.fields(estimator)} if described else {}


def _content(value: Any) -> bytes:
    try:
        return pickle.dumps(value, protocol=4)
    except (pickle.PicklingError, TypeError, AttributeError):
        return _source(value).encode() if inspect.isfunction(value) else repr(value).encode()


def _source(code: Any) -> str:
    """Source of a class or function; where there is none (an interactive session), its compiled code."""
    try:
        return inspect.getsource(code)
    except (OSError, TypeError):
        functions = [code] if inspect.isfunction(code) else [f for f in vars(code).values() if inspect.isfunction(f)]
        return "\n".join(marshal.dumps(f.__code__, 2).hex() for f in functions)
