"""The study of docs/moderation.md is one, and the page names every method that fits products, with its ways."""

from pathlib import Path

from benchmarks.run.estimating import block_table
from benchmarks.study.study import load
from estimators.base import FIT_PRODUCTS
from estimators.catalogue import ESTIMATORS
from estimators.products.wrapper import WAYS
from sim.model import Model
from tests.pages import blocks, page

TEXT = page("moderation")


def test_the_study_of_the_page_runs(tmp_path: Path) -> None:
    (study,) = blocks(TEXT, "toml")
    (tmp_path / "moderated.toml").write_text(study.replace("replications = 200", "replications = 4"), encoding="utf-8")
    found = load(str(tmp_path / "moderated.toml"))
    assert len(found.cells) == 2
    table = block_table(found, found.cells[0], 0).to_pandas()
    assert table["value:Y~X:Z"].notna().sum() >= 14
    assert found.cells[0].truth(found.estimands)[0] == 0.2


def test_the_page_names_every_method_and_way() -> None:
    for name in FIT_PRODUCTS:
        assert f"`{name}`" in TEXT
        for way in WAYS[ESTIMATORS[name].estimator]:
            assert way in TEXT


def test_the_models_of_the_page_are_read() -> None:
    lines = [line.partition("#")[0].strip() for text in blocks(TEXT, "text") for line in text.splitlines()]
    items = "ACRM =~ a1 + a2\nOCRM =~ o1 + o2\nPERF =~ p1 + p2\n"
    assert [Model.parse(items + line).products for line in lines if line] == [
        (("PERF", "ACRM", "OCRM"),), (("PERF", "ACRM", "ACRM"),),
    ]  # fmt: skip
