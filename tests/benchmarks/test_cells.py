"""No cell of a CSV is run by a spreadsheet, and numbers stay numbers (OWASP, CSV injection)."""

import pandas as pd
import pytest

from benchmarks.cells import harmless, harmless_frame
from reports.printing.typeset import csv_text


@pytest.mark.parametrize("cell", ["=1+1", "+x", "-x", "@SUM(A1)", "\tx", "\rx", " =1+1", "-1+1", "=", "-", "+3 a"])
def test_what_a_spreadsheet_would_run_is_text(cell):
    assert harmless(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["-3", "+3.5", "-1e-05", "", "x=1", "PERF~ACRM", "'=1", "-inf", "a-b", "5"])
def test_numbers_and_words_stay(cell):
    assert harmless(cell) == cell


def test_frames_and_rows():
    frame = harmless_frame(pd.DataFrame({"=x": [-1.5, 2.0], "t": ["@a", "b"]}))
    assert frame.to_csv(index=False).splitlines() == ["'=x,t", "-1.5,'@a", "2.0,b"]
    assert csv_text([["=x", "-2"]]) == "'=x,-2\n"
