"""Sizes of surveys: what is too large is refused by its size before it is swallowed."""

import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

from sim.errors import InputError
from sim.surveys.cells import limits
from sim.surveys.reading.files import file_table
from tests.full import FULL
from tests.sim import survey_ways as ways

ROOT = Path(__file__).parents[2]

NONE: frozenset[str] = frozenset()


def test_a_zip_bomb_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(limits, "UNPACKED_BYTES", 1_000_000)
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 2_000_000)
    with pytest.raises(InputError, match="unfolds to more than 1 MB"):
        file_table(path, NONE)


def test_a_sheet_of_two_cells_far_apart_is_refused(tmp_path):
    openpyxl = pytest.importorskip("openpyxl")
    pytest.importorskip("python_calamine")
    book = openpyxl.Workbook()
    book.active["A1"], book.active["XFD1048576"] = "x", 1
    book.save(path := tmp_path / "far.xlsx")
    with pytest.raises(InputError, match="1,048,576 rows and 16,384 columns"):
        file_table(path, NONE)


def test_repeated_rows_of_an_open_document_are_not_laid_out(tmp_path):
    path = tmp_path / "bomb.ods"
    ways.open_document(path, [["x", "y"], [1, 2]])
    with zipfile.ZipFile(path) as archive:
        content = archive.read("content.xml").decode()
    head, cell, rest = content.rpartition('<table:table-row><table:table-cell office:value-type="float"')
    content = (
        head + cell.replace("<table:table-row>", '<table:table-row table:number-rows-repeated="900000000">') + rest
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("content.xml", content)
    with pytest.raises(InputError, match="rows and"):
        file_table(path, NONE)


def test_a_million_columns_are_refused(tmp_path):
    path = tmp_path / "wide.csv"
    path.write_text(",".join("a" * 1_000_000) + "\n" + ",".join("1" * 1_000_000) + "\n")
    with pytest.raises(InputError, match=r"columns are read|characters"):
        file_table(path, NONE)


@pytest.mark.parametrize("start", ["x,y\n1,", 'x,y\n1,"'])
def test_a_huge_cell_is_refused(tmp_path, start):
    path = tmp_path / "cell.csv"
    path.write_text(start + "a" * 5_000_000 + "\n")
    with pytest.raises(InputError, match=r"more than [\d,]+ characters"):
        file_table(path, NONE)


def test_an_unclosed_quotation_mark_swallows_no_file(tmp_path):
    path = tmp_path / "open.csv"
    path.write_text('x,y\n1,"2\n' + "3,4\n" * 100_000)
    with pytest.raises(InputError, match=r"line 2 .*quotation mark|quotation mark.*line 2"):
        file_table(path, NONE)


def test_a_file_that_is_too_large_is_refused_by_its_size(tmp_path, monkeypatch):
    path = tmp_path / "large.csv"
    with path.open("wb") as file:
        file.truncate(limits.TEXT_BYTES + 1)
    with pytest.raises(InputError, match="1,000 MB are read"):
        file_table(path, NONE)


@pytest.mark.acceptance
def test_a_million_respondents_take_little_more_memory_than_a_tenth_of_them(tmp_path):
    """Peak memory grows by the answers kept (4 bytes each) and what one pass holds, not by the size of the text."""
    rng = np.random.default_rng(5)
    peaks = {}
    many = 1_000_000 if FULL else 300_000
    for n in (many // 10, many):
        path = tmp_path / f"{n}.csv"
        _write(path, rng, n)
        peaks[n] = _peak(path)
    # Kilobytes; the text of a million has 43 MB, its cells 1.2 GB as objects.
    assert peaks[many] - peaks[many // 10] < 0.4 * many


def _write(path: Path, rng: np.random.Generator, n: int) -> None:
    items = 19
    with path.open("w") as file:
        file.write("id," + ",".join(f"q{k}" for k in range(items)) + "\n")
        for start in range(0, n, 50_000):
            answers = rng.integers(1, 6, (min(50_000, n - start), items))
            rows = [f"{start + k}," + ",".join(map(str, row)) for k, row in enumerate(answers.tolist())]
            file.write("\n".join(rows) + "\n")


def _peak(path: Path) -> int:
    """Kilobytes that a look at a file takes at its peak."""
    code = (
        "import sys; from loadstone import main; sys.argv = ['loadstone', 'look', sys.argv[1]]\n"
        "try: main()\nexcept SystemExit as end: assert not end.code\n"
        "from tests.memory import own_peak; print('peak', own_peak())"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True, cwd=ROOT)
    return int(done.stdout.rpartition("peak ")[2])
