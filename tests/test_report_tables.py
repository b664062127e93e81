"""Tables of reports: every number in full as CSV, escaped and grouped as LaTeX."""

import math
from pathlib import Path

import pandas as pd

from reports.numbers import latex
from reports.results import Estimate, read
from reports.typeset import Column, Table, as_csv, as_latex
from tests.made_studies import stored


def test_csv_holds_every_number_in_full(screened_report: Path) -> None:
    measures = pd.read_parquet(screened_report / "measures.parquet")
    text = {"dropped_items": str, "crm_correlation": str, "ocrm_effect": str}
    again = pd.read_csv(screened_report / "tables" / "measures.csv", keep_default_na=True, dtype=text)
    again["target"] = again["target"].fillna("")
    pd.testing.assert_frame_equal(again, measures, check_dtype=False, check_exact=True)
    comparison = pd.read_csv(screened_report / "tables" / "comparison.csv")
    first = stored(read(screened_report), "sums", "PERF~ACRM", "bias")
    assert comparison.loc[0, ["bias", "bias_mcse", "bias_n_used"]].tolist() == [first.value, first.mcse, first.n_used]


def test_latex_escapes_and_groups() -> None:
    assert latex("50 % of A_1 & B~C {x} \\ ^ # $") == (
        r"50 \% of A\_1 \& B\textasciitilde{}C \{x\} \textbackslash{} \textasciicircum{} \# \$"
    )
    rows = (("P~A", "m_1", Estimate(-0.05, 0.002, 10, 10, 0.5)), ("P~A", "m_2", None))
    columns = (Column("Path"), Column("Method"), Column("bias", "coefficient", True))
    made = as_latex(Table("t", "Bias & more", "100 %", columns, rows, grouped=True), "a study")
    assert r"m\_1 & $-$0.050 (0.002) \\" in made
    assert r"m\_2 & -- \\" in made
    assert r"\multicolumn{2}{l}{\emph{P\textasciitilde{}A}} \\" in made
    assert r"\caption{Bias \& more}" in made
    assert r"\label{tab:a-study-t}" in made


def test_csv_of_an_estimate_has_four_columns() -> None:
    rows = (("a", Estimate(1 / 3, 0.1, 9, 10, math.nan)), ("b", None))
    table = Table("t", "", "", (Column("Method"), Column("usable ≥ 0.5", "share")), rows)
    head, first, second = as_csv(table).splitlines()
    assert head == "method,usable >= 0.5,usable >= 0.5_mcse,usable >= 0.5_n_used,usable >= 0.5_n_total"
    assert first == f"a,{1 / 3!r},0.1,9,10"
    assert second == "b,,,,"
