"""Imports run one way: loadstone, reports, benchmarks, estimators, sim. A method cannot see the truth."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
ROOMS = ["loadstone", "reports", "benchmarks", "estimators", "sim"]
#: What an estimator may know of the world: structure, data, streams, and what its messages need, and formulas.
WORLD_OF_ESTIMATORS = {
    *("sim.model", "sim.targets", "sim.batch", "sim.streams", "sim.errors"),
    *("sim.distributions.bivariate", "sim.quantities", "sim.missing"),  # formulas
    "sim.stages",  # structure
}
#: Laws are no methods: they hold methods against populations whose truth they know (docs/decisions/0008).
LAWS = ROOT / "estimators" / "laws"
WORLD_OF_LAWS = {"sim.population.record", "sim.drawing.draw", "sim.answers.likert"}

FILES = [ROOT / "loadstone.py", *(path for room in ROOMS[1:] for path in sorted((ROOT / room).rglob("*.py")))]
#: Speed tests time whole studies, so they see every room, as tests do.
FILES = [path for path in FILES if "speed" not in path.relative_to(ROOT).parts]


def imported(path: Path) -> set[str]:
    """Every module that a file imports, at its top or inside a function."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
            found |= {f"{node.module}.{alias.name}" for alias in node.names if node.module.split(".")[0] in ROOMS}
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_room_imports_only_rooms_below_it(path):
    room = path.relative_to(ROOT).parts[0].removesuffix(".py")
    above = ROOMS[: ROOMS.index(room)]
    wrong = {module for module in imported(path) if module.split(".")[0] in above}
    assert not wrong, f"{path.relative_to(ROOT)} imports {wrong} from a room above it"


@pytest.mark.parametrize("path", [p for p in FILES if "estimators" in p.parts], ids=lambda p: p.name)
def test_an_estimator_cannot_see_the_truth(path):
    allowed = WORLD_OF_ESTIMATORS | (WORLD_OF_LAWS if LAWS in path.parents else set())
    wrong = {
        module
        for module in imported(path)
        if module.startswith("sim.") and not any(module == one or module.startswith(f"{one}.") for one in allowed)
    }
    assert not wrong, f"{path.name} imports {wrong}"


@pytest.mark.parametrize("path", [p for p in FILES[1:] if LAWS not in p.parents], ids=lambda p: p.name)
def test_nothing_but_the_front_door_imports_the_laws_which_see_the_truth(path):
    wrong = {module for module in imported(path) if module.startswith("estimators.laws") or module == "hypothesis"}
    assert not wrong, f"{path.name} imports {wrong}"


def test_every_file_of_the_rooms_is_read():
    assert len(FILES) > 30
    assert imported(ROOT / "benchmarks" / "run" / "runner.py") >= {"benchmarks.run.store", "sim.drawing.draw"}
