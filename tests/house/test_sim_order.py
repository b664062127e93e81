"""Folders of `sim` import only those below them, its files in no circle; hints and late imports are imports too."""

import ast
from pathlib import Path

import sim
from tests.house.sim_order import SIM_ORDER

ROOM = Path(sim.__file__).parent
FILES = {
    ".".join(("sim", *path.relative_to(ROOM).with_suffix("").parts)).removesuffix(".__init__"): path
    for path in sorted(ROOM.rglob("*.py"))
}


def imported(source: str) -> set[str]:
    """The room's files that a file imports, wherever in it."""
    nodes = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ImportFrom) and node.module]
    both = ((node.module, f"{node.module}.{alias.name}") for node in nodes for alias in node.names)
    return {whole if whole in FILES else str(part) for part, whole in both if str(part).split(".")[0] == "sim"}


def folder(module: str) -> str:
    """The folder of a file, empty for one directly in the room."""
    parent = FILES[module].parent
    return "" if parent == ROOM else parent.relative_to(ROOM).parts[0]


IMPORTS = {module: imported(path.read_text(encoding="utf-8")) & FILES.keys() for module, path in FILES.items()}


def circle(imports: dict[str, set[str]]) -> list[str]:
    """Modules of which each one imports another one of them; none where there is no circle."""
    left = dict(imports)
    while free := [module for module in left if not left[module] & left.keys() - {module}]:
        for module in free:
            del left[module]
    return sorted(left)


def test_every_folder_has_its_place() -> None:
    assert {folder(module) for module in FILES} == set(SIM_ORDER)


def test_folders_import_only_those_below_them() -> None:
    place = SIM_ORDER.index
    wrong = [(a, b) for a in FILES for b in IMPORTS[a] if b != "sim" and place(folder(b)) > place(folder(a))]
    assert not wrong


def test_files_have_no_circle() -> None:
    assert not circle(IMPORTS)
    assert circle(IMPORTS | {"sim.errors": {"sim.catalogue"}})


def test_nothing_is_imported_for_hints_alone() -> None:
    assert not [module for module, path in FILES.items() if "TYPE_CHECKING" in path.read_text(encoding="utf-8")]
