"""What a study is made of: its file, the files beside it that it names, and the program that runs it."""

import importlib.metadata
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import benchmarks
from benchmarks.study.program import program_version
from sim.errors import InputError

#: Endings of files that a study or population file may name.
_NAMED = (".toml", ".csv", ".tsv", ".txt", ".xlsx", ".ods", ".sav", ".dta", ".parquet")
#: The rooms and the front door.
ROOMS = ("sim", "estimators", "benchmarks", "reports")
DOOR = "loadstone.py"


def of_study(path: Path) -> dict[str, bytes]:
    """The study file and every file beside it that it or one of these names, by their paths from its folder.

    Raises InputError where one lies outside that folder: an archive could not put it in its place.
    """
    folder = path.resolve().parent
    found: dict[str, bytes] = {}
    waiting = [path.resolve()]
    while waiting:
        file = waiting.pop()
        try:
            name = file.relative_to(folder).as_posix()
        except ValueError:
            raise InputError(
                f"{path} names {file}, which lies outside its folder; put it beside the study file, so that an archive "
                "can hold both"
            ) from None
        if name in found:
            continue
        found[name] = file.read_bytes()
        if file.suffix == ".toml":
            waiting += _named(tomllib.loads(found[name].decode("utf-8")), file.parent)
    return found


def _named(content: Any, folder: Path) -> list[Path]:
    """Files that a TOML file's texts name, and the modules of code (`module:Class`) beside it."""
    found = []
    for text in _texts(content):
        if text.endswith(_NAMED) and "\n" not in text and (folder / text).is_file():
            found.append((folder / text).resolve())
        elif ":" in text and text.partition(":")[0].replace(".", "").replace("_", "").isalnum():
            module = folder / (text.partition(":")[0].replace(".", "/") + ".py")
            if module.is_file():
                found.append(module.resolve())
    return found


def _texts(content: Any) -> Iterator[str]:
    if isinstance(content, str):
        yield content
    elif isinstance(content, dict):
        yield from (text for each in content.items() for part in each for text in _texts(part))
    elif isinstance(content, list):
        yield from (text for part in content for text in _texts(part))


def of_program() -> dict[str, bytes]:
    """The program's own source by path, with a pyproject.toml from which pip installs it."""
    root = Path(benchmarks.__path__[0]).parent
    found = {}
    for room in ROOMS:
        for path in sorted((root / room).rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts and path.suffix not in (".pyc", ".nbi", ".nbc"):
                found[path.relative_to(root).as_posix()] = path.read_bytes()
    found[DOOR] = (root / DOOR).read_bytes()
    for name in ("pyproject.toml", "README.md", "LICENSE", "CITATION.cff"):
        if (root / name).is_file():
            found[name] = (root / name).read_bytes()
    if "pyproject.toml" not in found:
        found["pyproject.toml"] = _project().encode()
    return found


def _project() -> str:
    """What pip needs, of an installed program without its pyproject.toml."""
    needs = [each for each in importlib.metadata.requires("loadstone") or [] if "extra ==" not in each]
    listed = ",\n    ".join(f'"{each}"' for each in needs)
    return (
        '[build-system]\nrequires = ["setuptools>=69"]\nbuild-backend = "setuptools.build_meta"\n\n'
        f'[project]\nname = "loadstone"\nversion = "{program_version()}"\nrequires-python = ">=3.11"\n'
        f'dependencies = [\n    {listed}\n]\n\n[project.scripts]\nloadstone = "loadstone:main"\n\n'
        '[tool.setuptools]\npy-modules = ["loadstone"]\n\n[tool.setuptools.packages.find]\n'
        'include = ["sim*", "estimators*", "benchmarks*", "reports*"]\nnamespaces = false\n\n'
        '[tool.setuptools.package-data]\n"*" = ["*.toml", "*.csv", "*.j2", "*.css", "*.js"]\n'
    )


def requirements() -> str:
    """Every package that the program needs here, in its exact version, as pip reads them."""
    found: dict[str, str] = {}
    waiting = ["loadstone"]
    while waiting:
        name = waiting.pop()
        for need in _needs(name):
            if need.lower() not in found:
                try:
                    found[need.lower()] = importlib.metadata.version(need)
                except importlib.metadata.PackageNotFoundError:
                    continue
                waiting.append(need)
    lines = [f"{name}=={version}" for name, version in sorted(found.items())]
    python = ".".join(map(str, sys.version_info[:3]))
    return "\n".join([f"# Python {python}; `pip install -r requirements.txt ./program`", *lines]) + "\n"


def _needs(name: str) -> list[str]:
    """What a package requires on this machine, without its extras."""
    from packaging.requirements import Requirement

    try:
        told = importlib.metadata.requires(name) or []
    except importlib.metadata.PackageNotFoundError:
        return []
    wanted = [Requirement(each) for each in told]
    return [each.name for each in wanted if each.marker is None or each.marker.evaluate({"extra": ""})]
