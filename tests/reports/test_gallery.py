"""The gallery holds short reports, and they are those of the present code's quick runs."""

import re
from pathlib import Path

import pytest

from benchmarks.study import study
from tests import gallery

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


@pytest.mark.acceptance
@pytest.mark.parametrize("name", study.names())
def test_pages_are_those_of_the_present_code(name: str, tmp_path: Path) -> None:
    page = gallery.PLACE / f"{name}.html"
    assert page.is_file(), f"run python -m tests.gallery {name}"
    again = gallery.page_of(name, tmp_path / name)
    assert page.read_text(encoding="utf-8") == again, f"run python -m tests.gallery {name}"


def test_shares_have_their_sign() -> None:
    """Every coverage and rate of significance in the tables is a percentage, and says so."""
    text = (gallery.PLACE / "crm-clusters.html").read_text(encoding="utf-8")
    table = text.partition("The methods compared")[2].partition("</table>")[0]
    heads = re.findall(r"<th scope=\"col\"[^>]*>([^<]+)</th>", table)
    rows = [re.findall(r"<td[^>]*>([^<]*)</td>", row) for row in re.findall(r"<tr>(.*?)</tr>", table)]
    found = [row[heads.index(head)] for row in rows if row for head in ("significant", "coverage")]
    assert len(found) > 20
    assert all(re.fullmatch(r"[\d.]+%|–", each) for each in found)
