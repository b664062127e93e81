"""`loadstone reconstruct`: the terminal, the page, the CSV, and the population file that a study uses."""

import csv
import io
import re
from pathlib import Path

import pytest
from rich.console import Console

from benchmarks.portraits.from_table import Reconstruction, reconstruct
from benchmarks.portraits.portrait import portrait
from benchmarks.portraits.table_regions import regions
from benchmarks.study import study
from reports.reconstruction import files as reconstruction_files
from reports.reconstruction import page as reconstruction_page
from reports.reconstruction import text as reconstruction_text
from sim import catalogue
from tests.bad_input import TINY, Command, changed, targets

SOUND = """
title = "A <b> & its 'kind'"
source = "Somebody (2020), Table 3"
notes = ["What <i>they</i> say."]
method = "pls"
n = 90
scale_points = 5
model = "G ~ F"
[constructs.F]
label = "what F is"
items = 4
dropped = 1
alpha = 0.77
rho_c = 0.87
ave = 0.69
[constructs.G]
items = 3
ave = 0.70
r2 = 0.30
item_means = { G1 = 3.40 }
"""
WRONG = changed(SOUND, ("rho_c = 0.87", "rho_c = 0.93"), ("alpha = 0.77", "alpha = 0.90"))


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Reconstruction:
    path = tmp_path_factory.mktemp("tables") / "mine.toml"
    path.write_text(SOUND)
    return reconstruct(path)


@pytest.fixture
def wrong(tmp_path: Path) -> Reconstruction:
    (tmp_path / "wrong.toml").write_text(WRONG)
    return reconstruct(tmp_path / "wrong.toml")


def told(found: Reconstruction) -> str:
    console = Console(width=120, record=True, file=io.StringIO())
    reconstruction_text.show(found, console)
    return console.export_text()


def test_the_terminal_tells_verdict_sets_and_numbers(found: Reconstruction) -> None:
    text = told(found)
    for part in (
        *(
            "mine: A <b> & its 'kind'",
            "2 constructs, 1 path, 6 of 7 items kept; n = 90; 5 scale points; method: PLS",
            "Somebody (2020), Table 3",
        ),
        *("No contradiction", "every printed number again", "unequal_loadings", "dropped_items", "mean_answer"),
        *("F → G", "loadings of F", "R² of G", "mean(G1)", "Which items of F were dropped is not printed"),
    ):
        assert part in text
    assert "impossible" not in text.replace("Impossible:", "")


def test_the_terminal_tells_what_does_not_hold(wrong: Reconstruction) -> None:
    text = told(wrong)
    for part in (
        "The table contradicts itself: 1 of",
        "impossible  F: rho_c and AVE",
        "printed: rho_c 0.93, AVE 0.69, 3 items",
        # AVE 0.685: loadings 1, 1 and sqrt(0.055); AVE 0.695: equal ones
        "possible: rho_c 0.840 to 0.873",
        "No population",
    ):
        assert part in text


def test_the_page_needs_nothing_else_and_shows_figures_first(found: Reconstruction) -> None:
    page = reconstruction_page.page(found)
    assert "A &lt;b&gt; &amp; its &#39;kind&#39;" in page
    assert "What &lt;i&gt;they&lt;/i&gt; say." in page
    assert not re.findall(r'(?:src|href)="(?!data:)', page)
    assert 0 < page.index('id="figure-rooms"') < page.index('id="figure-truth"') < page.index('id="tables"')
    assert "within rounding" in page
    assert found.default is not None
    assert found.default.loadings[3] == 0.4  # the dropped item, at the first level of what it may be worth


def test_the_page_of_a_contradiction_says_so_before_anything(wrong: Reconstruction) -> None:
    page = reconstruction_page.page(wrong)
    assert page.index('class="verdict impossible"') < page.index("What does not hold together") < page.index("<figure")
    assert 'id="figure-truth"' not in page


def test_every_printed_number_lies_in_its_picture_s_room(found: Reconstruction, wrong: Reconstruction) -> None:
    (region,) = regions(found.table)
    near = abs(region.reliabilities - region.rho_c.value).argmin()
    assert region.lowest[near] - 0.01 < region.alpha.value < region.highest[near]
    # one factor: from equal loadings, where rho_c and alpha are highest, down
    assert (region.one_factor[1:] <= region.one_factor[0] + 1e-9).all()
    (outside,) = regions(wrong.table)
    assert outside.rho_c.lower > outside.reliabilities.max()


def test_the_csv_has_every_check_number_and_true_value(found: Reconstruction) -> None:
    rows = list(csv.DictReader(io.StringIO(reconstruction_files.as_csv(found))))
    kinds = [row["kind"] for row in rows]
    assert kinds.count("printed again") == len(found.returned) == 6
    assert kinds.count("true value") == 3
    assert kinds.count("true loadings") == 2
    again = next(row for row in rows if row["about"] == "ave(F)" and row["kind"] == "printed again")
    assert 0.685 <= float(again["lowest"]) <= float(again["highest"]) <= 0.695


def test_the_command_writes_a_population_that_show_and_a_study_take(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: Command
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("mine.toml").write_text(SOUND)
    assert not command("reconstruct", "mine.toml", "--out", "folder")
    assert sorted(path.name for path in Path("folder").iterdir()) == [
        "population.toml",
        "reconstruct.csv",
        "reconstruct.html",
    ]
    least_equal = max(catalogue.factors("folder/population.toml")["unequal_loadings"])
    shown = portrait("folder/population.toml", [f"unequal_loadings={least_equal}"])
    pls = next(limit for limit in shown.limits if limit.name == "pls")
    assert shown.labels["F"] == "what F is"
    # PLS with all four items; the table is of the three that were kept, of which G's are the same
    r2 = [target.name for target in shown.targets].index("ave(G)")
    assert 0.695 <= pls.value[r2] <= 0.705
    factors = '\n[data.factors]\nunequal_loadings = [0.0]\ndropped_items = ["zero", "as-good"]\n\n[estimands]'
    text = changed(TINY, ("three-factors", "folder/population.toml"), targets('["G~F"]'), ("\n[estimands]", factors))
    Path("tiny.toml").write_text(text)
    assert len(study.load("tiny.toml").cells) == 2


def test_a_contradiction_writes_no_population(tmp_path: Path, command: Command) -> None:
    (tmp_path / "wrong.toml").write_text(WRONG)
    assert not command("reconstruct", str(tmp_path / "wrong.toml"), "--out", str(tmp_path / "folder"))
    assert sorted(path.name for path in (tmp_path / "folder").iterdir()) == ["reconstruct.csv", "reconstruct.html"]
