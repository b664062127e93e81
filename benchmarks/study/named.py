"""Where studies are: those that come with the project by name, and files. Imports nothing that takes time."""

from importlib.resources import files
from pathlib import Path

from sim.errors import InputError, unknown_file


def _known() -> dict[str, Path]:
    """The study files that come with the project, by name: the project's own and those of published designs."""
    folder = Path(str(files("benchmarks.studies")))
    return {path.stem: path for path in sorted([*folder.glob("*.toml"), *folder.glob("published/*.toml")])}


def names() -> tuple[str, ...]:
    """Names of the studies that come with the project."""
    return tuple(sorted(_known()))


def locate(given: str) -> Path:
    """The study file that a name or a path means."""
    if given in (known := _known()):
        return known[given]
    path = Path(given)
    if path.suffix != ".toml" and not path.exists():
        raise InputError(unknown_file("study", given, names()))
    if (path / "study.json").is_file():
        raise InputError(
            f"{given} is a results folder, and a study is needed here: give its name or its file (.toml), and the "
            "folder with --out where it is not results/NAME"
        )
    return path
