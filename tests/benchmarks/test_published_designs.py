"""Published designs as studies of the catalogue: each loads and runs, and its figures come out again."""

import dataclasses
from pathlib import Path

import pytest
from rich.console import Console

from benchmarks.run import runner
from benchmarks.study import fitting
from benchmarks.study.form.publishedfile import figures
from benchmarks.study.study import load, with_replications
from tests.full import FULL
from tests.published_figures import DESIGNS, UNLIKE_QUICK, WITHOUT_FIGURES, come_out_again

ROOT = Path(__file__).parent.parent.parent


def test_at_least_ten_designs_stand_in_the_catalogue_and_in_the_documentation() -> None:
    assert len(DESIGNS) >= 10
    text = (ROOT / "docs" / "published.md").read_text(encoding="utf-8")
    assert [name for name in DESIGNS if f"| `{name}` |" not in text] == []


@pytest.mark.parametrize("name", DESIGNS)
def test_a_design_is_one_file_with_its_source_and_runs(name: str) -> None:
    study = load(name, quick=True)
    published = study.file.published
    assert (published is None) == (name in WITHOUT_FIGURES)
    if published is not None:
        assert published.notes
        assert len(list(figures(published))) >= 4
    assert study.file.data.population["source"]
    assert all(not method.entry.origin for method in study.methods), "no line of Python"
    cell = study.cells[0]
    batch = cell.draw_block(study.address(cell), 0, 3)
    for method in study.methods:
        found = fitting.fit(study, method, batch, values_only=True)
        assert found.value.shape == (3, len(study.estimands))


#: So many data sets, and no cells beyond this n, where all of them would take minutes.
SMALLER = {
    "mackinnon-2004": (150 if FULL else 80, 100),
    "rosseel-loh-2022": (120, 400),
    "rosseel-loh-2022-bounds": (50, 100),
    "robitzsch-2022-bounds": (40, 50),
    "rhemtulla-2012": (150, 600),
}


@pytest.mark.acceptance
@pytest.mark.parametrize("name", [name for name in DESIGNS if name not in WITHOUT_FIGURES] if FULL else UNLIKE_QUICK)
def test_the_published_figures_come_out_again(name: str, tmp_path: Path) -> None:
    """Those of the other designs: in tests/reports/test_gallery.py, from the quick runs that are made there."""
    replications, largest = SMALLER.get(name, (200, 1000))
    study = with_replications(load(name), replications)
    chosen = [cell for cell in study.cells if cell.n <= largest]
    cells = tuple(dataclasses.replace(cell, number=number) for number, cell in enumerate(chosen, start=1))
    runner.run(
        dataclasses.replace(study, cells=cells, own={}) if not study.own else study, tmp_path, 2, Console(quiet=True)
    )
    come_out_again(name, tmp_path)
