"""The gallery holds short reports, which are those of the present code's quick runs; what is published comes out."""

import re
from pathlib import Path

import pytest

from benchmarks.study import study
from tests import gallery
from tests.full import FULL
from tests.published_figures import DESIGNS, UNLIKE_QUICK, WITHOUT_FIGURES, come_out_again

PAGES = sorted(path for path in gallery.PLACE.glob("*.html") if path.stem != "index")


def test_every_page_is_of_a_study_small_and_loads_nothing() -> None:
    assert PAGES
    index = (gallery.PLACE / "index.html").read_text(encoding="utf-8")
    assert sorted(re.findall(r'href="([^"]+)"', index)) == [path.name for path in PAGES]
    for path in PAGES:
        assert path.stem in study.names()
        assert f'href="{path.name}"' in index
        assert path.stat().st_size < 600_000
        text = path.read_text(encoding="utf-8")
        assert "<script" not in text
        assert not re.findall(r'(?:src|href)="(?!data:|#)([^"]+)"', text)


def test_every_study_has_a_page() -> None:
    assert {path.stem for path in PAGES} == set(study.names())


#: Studies whose quick runs take ten seconds of computing and more, and are held to no published figure.
LONG = ("bounded-likelihood", "crm-clusters-sensitivity", "group-comparison", "social-crm", "specification-search")


@pytest.fixture(scope="module", params=study.names())
def quick(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a study's quick run, which has the study's name."""
    if request.param in LONG and not FULL:
        pytest.skip("takes long: LOADSTONE_FULL=1")
    folder = tmp_path_factory.mktemp("quick") / str(request.param)
    gallery.run_quick(folder.name, folder)
    return folder


@pytest.mark.acceptance
def test_pages_are_those_of_the_present_code(quick: Path) -> None:
    page = gallery.PLACE / f"{quick.name}.html"
    assert page.is_file(), f"run python -m tests.gallery {quick.name}"
    assert page.read_text(encoding="utf-8") == gallery.page_of(quick), f"run python -m tests.gallery {quick.name}"


@pytest.mark.acceptance
def test_the_published_figures_come_out_again(quick: Path) -> None:
    if quick.name not in DESIGNS or quick.name in (*WITHOUT_FIGURES, *UNLIKE_QUICK):
        pytest.skip("nothing published to hold this run against")
    come_out_again(quick.name, quick)


def test_shares_have_their_sign() -> None:
    """Every coverage and rate of significance in the tables is a percentage, and says so."""
    text = (gallery.PLACE / "crm-clusters.html").read_text(encoding="utf-8")
    table = text.partition("The methods compared")[2].partition("</table>")[0]
    heads = re.findall(r"<th scope=\"col\"[^>]*>([^<]+)</th>", table)
    rows = [re.findall(r"<td[^>]*>([^<]*)</td>", row) for row in re.findall(r"<tr>(.*?)</tr>", table)]
    found = [row[heads.index(head)] for row in rows if row for head in ("significant", "coverage")]
    assert len(found) > 20
    assert all(re.fullmatch(r"[\d.]+%|–", each) for each in found)
