"""Tables of reports: every number in full as CSV, escaped and grouped as LaTeX."""

import json
import math
from dataclasses import replace
from pathlib import Path

import pandas as pd
from rich.console import Console

from benchmarks.run import runner
from benchmarks.study.study import load
from reports.printing.latextable import as_latex
from reports.printing.numbers import latex
from reports.printing.typeset import Column, Table, as_csv
from reports.results import Estimate, read
from reports.study import truth_tables
from sim.implied.marginals import after_cut
from tests.made_studies import stored

SMALL = Path(__file__).parent.parent / "small.toml"


def test_csv_holds_every_number_in_full(screened_report: Path) -> None:
    measures = pd.read_parquet(screened_report / "measures.parquet")
    text = {"dropped_items": str, "crm_correlation": str, "ocrm_effect": str}
    again = pd.read_csv(screened_report / "tables" / "measures.csv", keep_default_na=True, dtype=text)
    again[["target", "group"]] = again[["target", "group"]].fillna("")
    pd.testing.assert_frame_equal(again, measures, check_dtype=False, check_exact=True)
    comparison = pd.read_csv(screened_report / "tables" / "comparison.csv")
    first = stored(read(screened_report), "sums", "PERF~ACRM", "bias")
    assert comparison.loc[0, ["bias", "bias_mcse", "bias_n_used"]].tolist() == [first.value, first.mcse, first.n_used]


def test_loadings_and_reliabilities_stand_before_and_after_the_cut(tmp_path: Path) -> None:
    whole = load(str(SMALL))
    small = replace(whole, cells=whole.cells[:1], methods=whole.methods[2:3], replications=2)
    runner.run(small, tmp_path, 1, Console(quiet=True))
    stored_study, cell = json.loads((tmp_path / "study.json").read_text(encoding="utf-8")), small.cells[0]
    targets = tuple(t for t in cell.world.model.targets if t.kind in ("loading", "alpha", "rho_c", "ave"))
    exact = dict(zip([t.name for t in targets], after_cut(cell.population, targets), strict=True))
    assert stored_study["populations"][0]["after_cut"] == exact
    for build, kind in ((truth_tables.loadings, "loading"), (truth_tables.reliabilities, "alpha")):
        table = build(read(tmp_path))
        assert [column.header for column in table.columns[1:]] == ["true value", "true value, answers in categories"]
        rows = {name: (before, after) for name, before, after in table.rows}
        name = next(t.name for t in targets if t.kind == kind)
        before = float(cell.truth([cell.world.model.target(name)])[0])
        assert rows[name] == (before, exact[name])
        assert before > exact[name]


def test_latex_escapes_and_groups() -> None:
    assert latex("50 % of A_1 & B~C {x} \\ ^ # $") == (
        r"50 \% of A\_1 \& B\textasciitilde{}C \{x\} \textbackslash{} \textasciicircum{} \# \$"
    )
    rows = (("P~A", "m_1", Estimate(-0.05, 0.002, 10, 10, 0.5)), ("P~A", "m_2", None))
    columns = (Column("Path"), Column("Method"), Column("bias", "coefficient", True))
    made = as_latex(Table("t", "Bias & more", "100 %", columns, rows, grouped=True), "a study")
    assert r"m\_1 & $-$0.050 (0.002) \\" in made
    assert r"m\_2 & -- \\" in made
    assert r"\multicolumn{2}{@{}l}{\emph{P\textasciitilde{}A}} \\" in made
    assert r"\caption{Bias \& more}\label{tab:a-study-t}" in made
    assert r"\label{tab:a-study-t}" in made


def test_csv_of_an_estimate_has_four_columns() -> None:
    rows = (("a", Estimate(1 / 3, 0.1, 9, 10, math.nan)), ("b", None))
    table = Table("t", "", "", (Column("Method"), Column("usable ≥ 0.5", "share")), rows)
    head, first, second = as_csv(table).splitlines()
    assert head == "method,usable >= 0.5,usable >= 0.5_mcse,usable >= 0.5_n_used,usable >= 0.5_n_total"
    assert first == f"a,{1 / 3!r},0.1,9,10"
    assert second == "b,,,,"
