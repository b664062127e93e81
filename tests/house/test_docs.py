"""The documentation as a whole: every file is on its list, every link leads somewhere."""

import re
from pathlib import Path

import pytest

from estimators.catalogue import ESTIMATORS

ROOT = Path(__file__).parent.parent.parent
DOCS = ROOT / "docs"
NUMBERS = {23: "Twenty-three", 24: "Twenty-four", 25: "Twenty-five", 26: "Twenty-six", 27: "Twenty-seven"}
PAGES = [*ROOT.glob("*.md"), *DOCS.rglob("*.md")]


def anchors(page: Path) -> set[str]:
    """What a link may name after `#`: the heads, as code hosts spell them."""
    heads = re.findall(r"^#+ (.*)", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_relative_link_leads_to_a_file_and_a_head(page: Path) -> None:
    for there, anchor in re.findall(r"\]\((?!https?:)([^)#\s]*)(?:#([^)]*))?\)", page.read_text(encoding="utf-8")):
        target = (page.parent / there).resolve() if there else page
        assert target.exists(), there
        assert not anchor or anchor in anchors(target), f"{there}#{anchor}"


def test_every_page_is_on_the_list() -> None:
    listed = (DOCS / "README.md").read_text(encoding="utf-8")
    missing = [page.name for page in DOCS.rglob("*.md") if page.name != "README.md" and f"{page.name})" not in listed]
    assert not missing


def test_decisions_are_numbered_without_gaps() -> None:
    decisions = sorted((DOCS / "decisions").glob("*.md"))
    assert [int(page.name[:4]) for page in decisions] == list(range(1, len(decisions) + 1))
    for number, page in enumerate(decisions, start=1):
        assert page.read_text(encoding="utf-8").startswith(f"# {number}. ")


def test_the_readme_leads_to_the_list_and_counts_the_methods() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "(docs/README.md)" in text
    assert f"- {NUMBERS[len(ESTIMATORS)]} methods" in text
