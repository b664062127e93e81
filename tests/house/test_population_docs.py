"""The population files of docs/populations.md and docs/structures.md can be read, their left-out lines added."""

import tomllib
from pathlib import Path

import pytest

from sim import catalogue
from sim.model import Model
from tests.pages import blocks, page

TEXT = page("populations") + page("structures")
EXAMPLES = [text for text in blocks(TEXT, "toml") if "[methods" not in text]


@pytest.mark.parametrize("number", range(len(EXAMPLES)))
def test_an_example_is_a_population(number: int, tmp_path: Path) -> None:
    content = tomllib.loads(EXAMPLES[number])
    text = EXAMPLES[number]
    if "values" in content and "factors" not in content and "model" in content and "*" not in text:
        model = Model.parse(content["model"])
        needed = [
            f"{block.construct}=~{i}" for block in model.every_block if block.kind == "reflective" for i in block.items
        ]
        needed += [
            f"{block.construct}<~{i}" for block in model.every_block if block.kind == "composite" for i in block.items
        ]
        needed += [f"{outcome}~{predictor}" for outcome, predictor in model.paths]
        text += "".join(f'"{name}" = 0.3\n' for name in needed if name not in content["values"])
    path = tmp_path / "own.toml"
    path.write_text(text)
    (tmp_path / "survey.csv").write_text(
        "x1,x2,x3,y1,y2,y3\n" + "\n".join(["1,2,2,3,4,4", "5,4,3,2,1,1"] * 9 + ["2,2,1,99,1,3"])
    )
    world = catalogue.world(str(path))
    assert world.truth(world.model.targets, 100).size == len(world.model.targets)


def test_the_examples_show_composites_readings_and_second_order_constructs() -> None:
    assert sum("<~" in text for text in EXAMPLES) == 2
    assert sum("[reading]" in text for text in EXAMPLES) == 1
