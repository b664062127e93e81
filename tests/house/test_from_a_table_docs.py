"""docs/from-a-table.md: its table file, its population file and its Python example work as they stand."""

from pathlib import Path

import pytest

from sim import catalogue
from sim.tables import spans
from sim.tables.reading import table
from tests.pages import blocks, page

DOCS = page("from-a-table")
TABLE, POPULATION = blocks(DOCS, "toml")


def test_the_table_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "paper.toml").write_text(TABLE, encoding="utf-8")
    read = table.read(tmp_path / "paper.toml")
    assert read.reported["QUALITY"].k == 4
    assert str(read.reported["PRICE"].item_means["PRICE3"]) == "2.98"


def test_the_population_file_has_a_population_at_every_level(tmp_path: Path) -> None:
    path = tmp_path / "population.toml"
    path.write_text(POPULATION, encoding="utf-8")
    for level in catalogue.factors(str(path))["unequal_loadings"]:
        assert catalogue.population(str(path), {"unequal_loadings": level}).model.constructs == ("F", "G")


def test_the_python_example_runs(capsys: pytest.CaptureFixture[str]) -> None:
    (example,) = blocks(DOCS, "python")
    exec(compile(example, "from-a-table.md", "exec"), {})
    assert capsys.readouterr().out.count("fine") == 9


def test_every_word_that_a_factor_may_set_is_told() -> None:
    assert all(f"| `{word}" in DOCS for word in spans.WORDS)
