"""What stands in the catalogue: one TOML file for each population, or a file of one's own in the same form."""

import tomllib
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from sim.catalogue import moments, populationfile
from sim.errors import InputError, unknown_file


def names() -> tuple[str, ...]:
    """Names of the populations, sorted."""
    return tuple(
        sorted(path.name.removesuffix(".toml") for path in files(__package__).iterdir() if path.name.endswith(".toml"))
    )


def theme_names() -> tuple[str, ...]:
    """Names of the populations of themes that interviews tell, sorted."""
    folder = files(__package__) / "themes"
    return tuple(sorted(path.name.removesuffix(".toml") for path in folder.iterdir() if path.name.endswith(".toml")))


def every_name() -> tuple[str, ...]:
    """Names of the populations, then of those of themes."""
    return (*names(), *theme_names())


def path_of(name: str) -> Path:
    """The file of a catalogue entry: of a population, or of one of themes."""
    folder = Path(str(files(__package__)))
    return (folder / "themes" if name in theme_names() else folder) / f"{name}.toml"


def entry(name: str) -> dict[str, Any]:
    """The TOML content of a catalogue entry, or of a file in the same form where the name ends in `.toml`.

    A population with a `base` has the base's content, with its own added. Raises InputError for an unknown name, and
    for a file that is no population.
    """
    return _on_base(name, _content(name), Path(name).parent)


def entry_of(content: Mapping[str, Any], name: str, source: str | None = None, folder: Path = Path()) -> dict[str, Any]:
    """What a population of this content is, as `entry` gives it: for one that stands in no file of its own.

    name: of the population, for messages. source: where it is from, where the content says nothing of that. folder:
    where a `base` that is a file, and files of numbers, are looked for. Raises InputError as `entry` does.
    """
    return _on_base(name, populationfile.checked(content, f"population {name}", name, source or name), folder)


def _on_base(name: str, content: dict[str, Any], folder: Path) -> dict[str, Any]:
    """The content, with the files that it names read, added to that of its base where it has one."""
    if "base" not in content:
        return moments.with_files(content, folder)
    base = content["base"]
    try:
        whole = moments.with_files(_content(str(folder / base) if base.endswith(".toml") else base), folder)
    except InputError as error:
        raise InputError(f"population {name}: base: {error}") from None
    if "base" in whole:
        raise InputError(f"population {name}: its base {base} builds on {whole['base']}; name that as the base")
    try:
        return populationfile.built_on(whole, content)
    except InputError as error:
        raise InputError(f"population {name}: {error}") from None


def _content(name: str) -> dict[str, Any]:
    """What the entry or file itself says."""
    if name.endswith(".toml"):
        return populationfile.read(Path(name))
    if name not in every_name():
        raise InputError(unknown_file("population", name, every_name()))
    return tomllib.loads(path_of(name).read_text(encoding="utf-8"))
