"""Published designs as studies of the catalogue: each loads and runs; their figures come out again, but for known ones.

What is known not to come out is listed with its cause in docs/published.md, and here by the rows that may lie beyond.
"""

import dataclasses
from pathlib import Path

import pandas as pd
import pytest
from rich.console import Console

from benchmarks.run import runner
from benchmarks.study import fitting
from benchmarks.study.form.publishedfile import EXACT, figures
from benchmarks.study.study import Study, load, locate, names, with_replications
from tests.full import FULL

ROOT = Path(__file__).parent.parent.parent
DESIGNS = sorted(name for name in names() if locate(name).parent.name == "published")


#: Designs whose published figures were not at hand: they stand without any.
WITHOUT_FIGURES = ["chin-marcolin-newsted-2003"]


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


def compared(study: Study, folder: Path) -> pd.DataFrame:
    runner.run(study, folder, 2, Console(quiet=True))
    return pd.read_parquet(folder / "published.parquet")


#: Rows that lie beyond for a cause that docs/published.md tells, as a query of the comparison's table.
KNOWN = {
    # mirrored factors, which nothing turns there
    "rhemtulla-2012": "cut.str.startswith('2') and measure in ('bias', 'empirical_se')",
    "flora-curran-2004": "cut == 'two' and n == 100 and measure == 'empirical_se'",
    # a share of 0 in 10,000 beside one event here
    "mackinnon-2004": "published < 0.001 and method == 'z'",
}
#: So many data sets, and no cells beyond this n, where all of them would take minutes.
SMALLER = {
    "mackinnon-2004": (150, 100),
    "rosseel-loh-2022": (120, 400),
    "rosseel-loh-2022-bounds": (50, 100),
    "robitzsch-2022-bounds": (40, 50),
    "rhemtulla-2012": (150, 600),
}
if not FULL:
    SMALLER |= {
        "clark-2017": (60, 1000),
        "cho-choi-2020": (60, 1000),
        "flora-curran-2004": (80, 1000),
        "flora-curran-2004-two-factors": (80, 1000),
        "mackinnon-2004": (80, 100),
        "rosseel-loh-2022": (60, 400),
        "rosseel-loh-2022-bounds": (25, 100),
    }


@pytest.mark.acceptance
@pytest.mark.parametrize("name", [name for name in DESIGNS if name not in WITHOUT_FIGURES])
def test_the_published_figures_come_out_again(name: str, tmp_path: Path) -> None:
    replications, largest = SMALLER.get(name, (200, 1000))
    study = with_replications(load(name), replications)
    chosen = [cell for cell in study.cells if cell.n <= largest]
    cells = tuple(dataclasses.replace(cell, number=number) for number, cell in enumerate(chosen, start=1))
    table = compared(dataclasses.replace(study, cells=cells, own={}) if not study.own else study, tmp_path)
    judged = table[(table["why_not"] == "") & ~table["loose"]]
    assert len(judged) >= 0.75 * len(table)
    beyond = judged[judged["beyond"]]
    strange = beyond.drop(beyond.query(KNOWN[name]).index) if name in KNOWN and len(beyond) else beyond
    assert strange.empty, strange.drop(columns=["cell", "source"]).to_string()
    exact = table[table["measure"].isin(EXACT)]
    assert not exact["beyond"].any()
