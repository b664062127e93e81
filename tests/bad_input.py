"""What the tests of bad input share: a small sound study to put mistakes into, and what a message must be."""

from collections.abc import Callable
from pathlib import Path

TINY = """
name = "tiny"

[aims]
title = "Tiny"
question = "Does it say what is wrong?"

[data]
population = "three-factors"
n = [30]
replications = 4
seed = 1

[estimands]
targets = ["eta2~eta1", "r2(eta3)"]

[methods.sumscores]

[methods.pls]
screening = { threshold = 0.70 }
"""
#: What a message never says to a user: these are words of the program's inside.
INSIDE = ("Traceback", "NoneType", "np.float64", "<class", "object has no attribute", "pydantic", "site-packages")

Command = Callable[..., int | str | None]
Refused = Callable[..., str]


def contents(folder: Path) -> dict[str, bytes | None]:
    """Every file and folder below, with what the files hold; run.json tells how long a run took, and is left out."""
    told = [path for path in sorted(folder.rglob("*")) if path.name != "run.json"]
    return {str(path): path.read_bytes() if path.is_file() else None for path in told}


def changed(text: str, *changes: tuple[str, str]) -> str:
    """The text with pieces replaced, each of which it must hold once."""
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


def targets(names: str) -> tuple[str, str]:
    """The change that asks for other targets."""
    return '["eta2~eta1", "r2(eta3)"]', names


def assert_says(message: str, parts: list[str]) -> None:
    """All parts stand in the message."""
    missing = [part for part in parts if part not in message]
    assert not missing, message


def the_block(results: Path) -> Path:
    """The only block of the tiny study."""
    (block,) = results.glob("blocks/*/*.parquet")
    return block
