"""Hostile names: commands of a terminal, what SVG cannot hold, or too long: shown, and nothing ends by them."""

import io
import re

import numpy as np
import pandas as pd
from rich.table import Table
from rich.text import Text

from benchmarks.own.fitting import fit_survey
from reports.commands.output import Screen
from reports.drawing import vega
from reports.fit import files, text

#: Red letters from here on; a bell; a cleared screen; backslashes that are none of them.
HOSTILE = "it\x1b[31mem\x07\x9b2J\\u001b"


def test_a_survey_with_hostile_names_gives_every_file_and_a_quiet_terminal(tmp_path):
    draw = np.random.default_rng(1)
    answers = draw.normal(size=(40, 1)) + draw.normal(size=(40, 4))
    data = pd.DataFrame(answers.round(), columns=[HOSTILE, "b", "c", "d"]).assign(sex=["\x1b[2Jwomen", "men"] * 20)
    fits = fit_survey(data, f"X =~ `{HOSTILE}` + b\nY =~ c + d\nY ~ X", ("pls",), group="sex", resamples=20)
    assert files.write(fits, tmp_path)
    shown = io.StringIO()
    text.show(fits, Screen(file=shown, width=100, force_terminal=True, color_system=None))
    assert "it[31mem2J\\u001b" in shown.getvalue()
    assert "[2Jwomen" in shown.getvalue()
    assert not set(shown.getvalue()) & {"\x07", "\x9b"}
    assert "\x1b[31m" not in shown.getvalue()


def test_cells_of_tables_give_no_commands_and_keep_their_line_ends():
    grid = Table()
    grid.add_column(Text("a\x1b[31m"))
    grid.add_row(Text("one\ntwo\x1b]0;title\x07"))
    shown = io.StringIO()
    Screen(file=shown, width=40).print(grid)
    lines = shown.getvalue().splitlines()
    assert not {"\x1b", "\x07"} & set(shown.getvalue())
    assert any("one" in line for line in lines)
    assert any("two]0;title" in line for line in lines)


def test_a_figure_keeps_backslashes_and_letters():
    spec = {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "data": {"values": [{"name": HOSTILE + "\f\b\ufffe", "y": 1}]},
        "mark": "text",
        "encoding": {"text": {"field": "name"}},
    }
    assert "it[31mem2J\\u001b<" in vega.svg(spec)


def test_a_long_name_without_spaces_breaks_in_the_head_of_a_page(tmp_path):
    data = pd.DataFrame(np.random.default_rng(1).normal(size=(40, 4)).round(3), columns=list("abcd"))
    (tmp_path / f"{'survey' * 30}.csv").write_text(data.to_csv(index=False))
    fits = fit_survey(tmp_path / f"{'survey' * 30}.csv", "X =~ a + b\nY =~ c + d\nY ~ X", ("sumscores",))
    (page,) = files.write(fits, tmp_path / "fit.html")
    (rule,) = re.findall(r"^h1 \{([^}]*)\}", page.read_text(encoding="utf-8"), re.MULTILINE)[:1]
    assert "overflow-wrap: anywhere" in rule
