"""Names as files of studies have them, whatever the columns and the file of a survey are called."""

import re
from pathlib import Path

from sim.model import Block, Model


def plainly_named(model: Model) -> Model:
    """The model with names of letters, digits, `_` and `.` alone, as files of studies have them."""
    taken: set[str] = set()
    names: dict[str, str] = {}
    for name in names_of(model):
        bare = re.sub(r"\W+", "_", name).strip("_") or "item"
        bare = bare if not bare[0].isdigit() else f"x{bare}"
        while bare in taken:
            bare += "_"
        taken.add(bare)
        names[name] = name if re.fullmatch(r"[A-Za-z_][\w.]*", name) and name not in taken - {bare} else bare
    blocks = tuple(Block(names[b.construct], tuple(names[i] for i in b.items), b.kind) for b in model.blocks)
    paths = tuple((names[a], names[b]) for a, b in model.paths)
    return Model(blocks, paths, tuple((names[a], names[b]) for a, b in model.covariances))


def names_of(model: Model) -> tuple[str, ...]:
    return (*model.constructs, *model.items)


def file_name(survey: str) -> str:
    return re.sub(r"[^A-Za-z0-9_-]+", "-", Path(survey).stem).strip("-") or "survey"
