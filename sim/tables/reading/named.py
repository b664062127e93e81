"""Where tables are: those that come with the project by name, and files. Imports nothing that takes time."""

from pathlib import Path

from sim.errors import InputError, unknown_file

#: The tables that come with the project.
TABLES = Path(__file__).parent.parent.parent / "catalogue" / "tables"


def names() -> tuple[str, ...]:
    """Names of the tables that come with the project, sorted."""
    return tuple(sorted(path.stem for path in TABLES.glob("*.toml")))


def locate(name: str) -> Path:
    """The file of a table: one that comes with the project, or a path. Raises InputError for neither."""
    if name.endswith(".toml"):
        return Path(name)
    if name not in names():
        raise InputError(unknown_file("table", name, names()))
    return TABLES / f"{name}.toml"
