"""The gallery: short reports of the quick runs of every study that comes with the project.

`python -m tests.gallery` (`make gallery`) runs the studies and writes docs/gallery/; names of studies behind it write
those alone.
"""

import sys
import tempfile
from pathlib import Path

from markupsafe import escape
from rich.console import Console

from benchmarks.run import runner
from benchmarks.run.workers import available
from benchmarks.study import study
from reports.book import short
from reports.results import read

PLACE = Path(__file__).parent.parent / "docs" / "gallery"
_INDEX = """<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Gallery of studies</title>
<style>body {{ font: 17px/1.5 Georgia, serif; max-width: 45rem; margin: 2rem auto; padding: 0 1rem; }}</style></head>
<body><main><h1>Studies that come with Loadstone</h1>
<p>The short reports of their quick runs, written by <code>make gallery</code>.</p>
<ul>
{rows}
</ul></main></body></html>
"""


def run_quick(name: str, folder: Path) -> None:
    """Make a study's quick run in a folder."""
    runner.run(study.load(name, quick=True), folder, available(), Console(quiet=True))


def page_of(folder: Path) -> str:
    """The short report of a run."""
    return short.page(read(folder))


def write(names: list[str]) -> None:
    """Write the pages of these studies, and the index of every one."""
    PLACE.mkdir(exist_ok=True)
    for name in names:
        with tempfile.TemporaryDirectory() as folder:
            run_quick(name, Path(folder) / name)
            (PLACE / f"{name}.html").write_text(page_of(Path(folder) / name), encoding="utf-8")
            print(f"written: {PLACE / name}.html")
    (PLACE / "index.html").write_text(index(), encoding="utf-8")


def index() -> str:
    """A page with a link to each that is there."""
    there = [name for name in study.names() if (PLACE / f"{name}.html").is_file()]
    titles = {name: study.load(name, quick=True, code="leave").file.aims.title for name in there}
    rows = [f'<li><a href="{name}.html">{escape(title)}</a></li>' for name, title in titles.items()]
    return _INDEX.format(rows="\n".join(rows))


if __name__ == "__main__":
    write(sys.argv[1:] or list(study.names()))
