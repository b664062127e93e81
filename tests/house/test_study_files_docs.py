"""The examples of docs/study-files.md about models and factors are study files: they load, and a cell of them runs."""

from pathlib import Path

import pytest

from benchmarks.run.estimating import block_table
from benchmarks.study.study import Study, load
from tests.pages import blocks, page

TEXT = page("study-files")
FITTED = blocks(TEXT.split("## What is fitted is not what generates")[1].split("\n## ")[0], "toml")
FACTORS = blocks(TEXT.split("## Factors over anything")[1].split("\n## ")[0], "toml")


def example(folder: Path, data: str) -> Study:
    """The study of the page, with the factors or the whole data section that another example gives."""
    population, study = FITTED
    (folder / "two-constructs.toml").write_text(population, encoding="utf-8")
    if "[data]" in data:
        study = study[: study.index("[data]")] + data + study[study.index("[models.without-G]") :]
    else:
        study += data
    (folder / "wrong-models.toml").write_text(study.replace("replications = 500", "replications = 4"), encoding="utf-8")
    return load(str(folder / "wrong-models.toml"))


def test_the_models_of_the_page_stand_beside_each_other(tmp_path: Path) -> None:
    study = example(tmp_path, "")
    assert [len(study.estimated(method)) for method in study.methods] == [3, 1, 3, 1, 3]
    table = block_table(study, study.cells[0], 0).to_pandas()
    assert (table["status"] == 0).sum() > 15
    one = table[table["method"] == "ml-one"]
    assert one["value:A=~x1"].notna().any()
    assert one["value:H~F"].isna().all()


def test_the_factors_of_the_page_are_ones(tmp_path: Path) -> None:
    by_key, by_name, which = FACTORS
    assert len(example(tmp_path, by_key).cells) == 2 * 2 * 2 * 3 * 2 * 2
    named = example(tmp_path, by_name)
    assert [tuple(cell.levels.values()) for cell in named.cells[::2]] == [
        (world, cut) for world in ("normal", "heavy", "hard") for cut in ("even", "skewed")
    ]
    chosen = example(tmp_path, which)
    assert [(*cell.levels.values(), cell.n) for cell in chosen.cells] == [
        (f, g, r, n) for f, g in ((3, 6), (6, 3)) for r in (0.3, 0.5) for n in (100, 200)
    ]


@pytest.mark.parametrize("number", range(3))
def test_a_cell_of_every_example_runs(number: int, tmp_path: Path) -> None:
    study = example(tmp_path, FACTORS[number])
    assert block_table(study, study.cells[-1], 0).num_rows == 4 * len(study.methods)


def test_the_population_within_a_study_is_one(tmp_path: Path) -> None:
    (inside,) = [text for text in blocks(TEXT, "toml") if text.startswith("[data.population]")]
    study = (
        FITTED[1]
        .replace('population = "two-constructs.toml"\n', "")
        .replace("[models.without-G]", inside + "[models.without-G]")
    )
    study = study[: study.index("[models.without-G]")] + '[estimands]\ntargets = ["G~F"]\n[methods.ml]\n'
    (tmp_path / "one.toml").write_text(study, encoding="utf-8")
    found = load(str(tmp_path / "one.toml"))
    assert found.cells[0].categories == 5
    assert found.cells[0].truth(found.estimands)[0] == 0.3
