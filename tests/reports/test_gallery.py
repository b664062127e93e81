"""The gallery holds short reports, which are those of the present code's quick runs; what is published comes out."""

import re
from pathlib import Path

import pytest

from benchmarks.study import study
from tests import gallery
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


@pytest.fixture(scope="module", params=study.names())
def quick(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a study's quick run, which has the study's name."""
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
