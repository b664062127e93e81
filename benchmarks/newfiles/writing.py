"""New files: a commented start, or one of the catalogue under another name, with its schema."""

import re
from collections.abc import Callable, Sequence
from importlib.resources import files
from pathlib import Path

from benchmarks.files import write_whole
from benchmarks.newfiles import schemas
from benchmarks.study import named as studies
from sim import catalogue, toml
from sim.errors import InputError, unknown
from sim.tables.reading import named as tables

#: What to do with a new file of each kind.
NEXT = {"study": "loadstone run {} --quick", "population": "loadstone show {}", "table": "loadstone reconstruct {}"}
#: The name of a study file, which is also that of its results folder.
_NAME = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._-]*$")


def write(kind: str, name: str, like: str | None = None, folder: Path = Path()) -> list[Path]:
    """Write NAME.toml and the schema beside it into the folder; their paths, the new file's first.

    kind: study, population or table. like: one of the catalogue to start from. Raises InputError for a name that files
    of this kind cannot have, for an unknown kind or `like`, and where the file is there already.
    """
    if kind not in schemas.FORMS:
        raise InputError(unknown("kind of file", kind, schemas.FORMS))
    bare = name.removesuffix(".toml")
    if not _NAME.match(bare) or len(bare) > 100:
        raise InputError(f"name '{name}': use letters, digits, `.`, `_` and `-`, as in my-{kind}")
    place = folder / f"{bare}.toml"
    if place.exists():
        raise InputError(f"{place} is there already; give another name")
    beside = folder / schema_name(kind)
    whole = f"#:schema ./{beside.name}\n{_start(kind, bare) if like is None else _copy(kind, bare, like)}"
    write_whole({place: whole.encode(), beside: schemas.text(kind).encode()})
    return [place, beside]


def schema_name(kind: str) -> str:
    """The name of the schema's file."""
    return f"loadstone-{kind}.schema.json"


def _start(kind: str, name: str) -> str:
    text = (files("benchmarks.newfiles") / f"{kind}.toml").read_text(encoding="utf-8")
    return text.replace("FILE", f"{name}.toml").replace('"NAME"', f'"{name}"')


def _copy(kind: str, name: str, like: str) -> str:
    """A file of the catalogue as it stands there, comments and all; a study has the new name."""
    text = _source(kind, like).read_text(encoding="utf-8")
    told = f"# Written by `loadstone new {kind} {name} --like {like}`. Try it: {NEXT[kind].format(f'{name}.toml')}\n"
    if kind == "study":
        text = re.sub(r"^name *=.*$", f"name = {toml.text(name)}", text, count=1, flags=re.MULTILINE)
    return told + text


#: By kind, the names that the catalogue has, and where it keeps one.
_CATALOGUE: dict[str, tuple[Callable[[], Sequence[str]], Callable[[str], Path]]] = {
    "study": (studies.names, studies.locate),
    "population": (catalogue.every_name, catalogue.path_of),
    "table": (tables.names, tables.locate),
}


def _source(kind: str, like: str) -> Path:
    """Where the catalogue keeps it. Raises InputError for a name that it has not."""
    known, place = _CATALOGUE[kind]
    if like not in known():
        raise InputError(f"--like: {unknown(kind, like, known())}")
    return place(like)
