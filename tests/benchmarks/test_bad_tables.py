"""Mistakes in a table file, and in a population file that holds a table: told at once, with file and place."""

from pathlib import Path

import pytest

from sim.tables.reading.table import read
from tests.bad_input import Refused, assert_says, changed, targets

SOUND = """
method = "pls"
n = 72
scale_points = 5
model = "G ~ F"
[constructs.F]
items = 4
alpha = 0.80
rho_c = 0.87
ave = 0.62
[constructs.G]
items = 3
ave = 0.70
r2 = 0.30
[correlations]
"F~~G" = 0.55
[paths]
"G~F" = 0.55
"""
MISTAKES: dict[str, tuple[list[tuple[str, str]], list[str]]] = {
    "no TOML": ([("n = 72", "n = ")], ["t.toml is not TOML", "line 3"]),
    "no method": ([('method = "pls"\n', "")], ["method: is missing"]),
    "unknown method": ([('"pls"', '"sem"')], ["method: 'sem' given", "'pls', 'cb-sem' or 'sum-scores'"]),
    "unknown key": ([("rho_c = 0.87", "rho_C = 0.87")], ["constructs.F.rho_C", "did you mean 'rho_c'?"]),
    "AVE in per cent": ([("ave = 0.62", "ave = 62.0")], ["constructs.F.ave: 62.0 given", "0 to 1"]),
    "alpha in words": ([("alpha = 0.80", 'alpha = "good"')], ["constructs.F.alpha: 'good' given", "as it is printed"]),
    "a decimal comma": (
        [("alpha = 0.80", 'alpha = "0,80"')],
        ["constructs.F.alpha: '0,80' given", 'as a point: "0.80"'],
    ),
    "alpha that is true": ([("alpha = 0.80", "alpha = true")], ["constructs.F.alpha: True given", "as it is printed"]),
    "n of half a person": ([("n = 72", "n = 7.5")], ["n:", "whole number"]),
    "12 scale points": ([("scale_points = 5", "scale_points = 12")], ["scale_points: 12 given", "11"]),
    "no items": ([("items = 3\n", "")], ["constructs.G.items: is missing; the model gives no items of G"]),
    "items that the model contradicts": (
        [('"G ~ F"', '"F =~ a + b + c; G ~ F"')],
        ["constructs.F.items: 4 given; the model has 3 (a, b, c)"],
    ),
    "a construct that the model lacks": ([('"G ~ F"', '"G ~ F + H"')], ["model:", "H"]),
    "composite blocks": ([('"G ~ F"', '"F <~ a + b + c + d; G ~ F"')], ["model:", "reflective items"]),
    "a construct without a section": (
        [('"G ~ F"', '"F =~ a + b + c + d; G ~ F; H =~ x + y"')],
        ["constructs.H: is missing; the model has H"],
    ),
    "unknown dropped item": (
        [("items = 4", 'items = 4\ndropped = ["F9"]')],
        ["constructs.F.dropped: item 'F9' is not known", "F1, F2, F3, F4"],
    ),
    "all items dropped": (
        [("items = 4", "items = 4\ndropped = 4")],
        ["constructs.F.dropped: 4 of 4 items", "at least one"],
    ),
    "dropped in words": ([("items = 4", 'items = 4\ndropped = "two"')], ["constructs.F.dropped: 'two' given", "names"]),
    "too few loadings": (
        [("ave = 0.62", "loadings = [0.80, 0.75]")],
        ["constructs.F.loadings: 2 given; the kept items are 4"],
    ),
    "a loading in words": ([("ave = 0.62", 'loadings = ["high"]')], ["constructs.F.loadings", "as it is printed"]),
    "a mean of an item that is not there": (
        [("ave = 0.62", "item_means = { F7 = 3.2 }")],
        ["constructs.F.item_means: kept item 'F7' is not known"],
    ),
    "item means without a scale": (
        [("scale_points = 5\n", ""), ("ave = 0.62", "item_means = { F1 = 3.2 }")],
        ["constructs.F: item means and SDs need `scale_points`"],
    ),
    "reliability of a single item": ([("items = 3", "items = 1")], ["constructs.G.ave: G keeps one item"]),
    "AVE of sum scores": ([('"pls"', '"sum-scores"')], ["constructs.F.ave: sum scores have alpha only", "cb-sem"]),
    "R2 of a construct without predictors": (
        [("ave = 0.62", "ave = 0.62\nr2 = 0.30")],
        ["constructs.F.r2: no path leads to F; it is defined for G"],
    ),
    "ends of loadings swapped": (
        [("ave = 0.62", "lowest_loading = 0.90\nhighest_loading = 0.70")],
        ["constructs.F.lowest_loading: 0.90 given, above highest_loading 0.70"],
    ),
    "a correlation of nobody": ([('"F~~G"', '"F~~H"')], ["correlations.F~~H: name two constructs", "F, G"]),
    "a correlation twice": (
        [('"F~~G" = 0.55', '"F~~G" = 0.55\n"G~~F" = 0.55')],
        ["correlations.G~~F: is given twice"],
    ),
    "a correlation beyond 1": ([('"F~~G" = 0.55', '"F~~G" = 1.55')], ["correlations.F~~G: 1.55 given", "-1 to 1"]),
    "a path that is not there": ([('"G~F" = 0.55', '"F~G" = 0.55')], ["paths.F~G: the model has G~F"]),
}


@pytest.mark.parametrize("case", MISTAKES)
def test_a_mistake_in_a_table_file_is_told_with_its_place(case: str, refused: Refused) -> None:
    changes, parts = MISTAKES[case]
    Path("t.toml").write_text(changed(SOUND, *changes))
    assert_says(refused("reconstruct", "t.toml"), ["table file t.toml", *parts])


def test_all_mistakes_are_told_at_once(refused: Refused) -> None:
    text = changed(SOUND, ("ave = 0.62", "ave = 6.2"), ("n = 72", 'n = "many"'), ('"F~~G" = 0.55', '"F~~G" = "high"'))
    Path("t.toml").write_text(text)
    assert_says(refused("reconstruct", "t.toml"), ["constructs.F.ave", "n: 'many'", "correlations.F~~G"])
    text = changed(SOUND, ("items = 4", 'items = 4\ndropped = ["F9"]'), ('"G~F" = 0.55', '"F~G" = 0.55'))
    Path("t.toml").write_text(text)
    assert_says(refused("reconstruct", "t.toml"), ["constructs.F.dropped", "paths.F~G"])


def test_a_missing_table_and_a_file_for_a_folder_are_told(refused: Refused) -> None:
    assert_says(refused("reconstruct", "nowhere.toml"), ["table file nowhere.toml does not exist"])
    assert_says(refused("reconstruct", "crm-cluster"), ["table 'crm-cluster'", "did you mean 'crm-clusters'?", ".toml"])
    Path("t.toml").write_text(changed(SOUND, ("rho_c = 0.87", "rho_c = 0.97")))
    assert_says(refused("reconstruct", "t.toml", "--out", "t.toml"), ["--out t.toml is a file; give a folder"])


def test_the_table_these_mistakes_were_put_into_is_sound(tmp_path: Path) -> None:
    (tmp_path / "t.toml").write_text(SOUND)
    assert read(tmp_path / "t.toml").reported["F"].k == 4


POPULATION = """
model = '''
F =~ x1 + x2 + x3
G =~ y1 + y2 + y3
G ~ F
'''
[table]
method = "pls"
scale_points = 5
[table.constructs.F]
ave = "0.60"
[table.constructs.G]
ave = "0.60"
r2 = "0.30"
[factors.a]
sets = "unequal"
levels = [0.0, 1.0]
"""
OF_POPULATIONS: dict[str, tuple[list[tuple[str, str]], list[str]]] = {
    "unknown word": ([('"unequal"', '"skewness"')], ["sets 'skewness'", "unequal, dropped_loading"]),
    "unequal beyond 1": ([("[0.0, 1.0]", "[1.5]")], ["unequal is 1.5", "0, as equal"]),
    "a share of no path": ([('"unequal"', '"share F~G"')], ["share F~G: path 'F~G' is not known", "G~F"]),
    "a share of nothing": ([('"unequal"', '"share"')], ["name what it is of"]),
    "a correlation that the paths fix": ([('"unequal"', '"correlation F~~G"')], ["F~~G, which the paths fix"]),
    "a correlation in other words": ([('"unequal"', '"correlation F-G"')], ["names 'F-G'; write it as A~~B"]),
    "R2 of no outcome": ([('"unequal"', '"r2 F"')], ["r2 F: outcome 'F' is not known"]),
    "answers off the scale": (
        [('"unequal"', '"mean_answer"'), ("[0.0, 1.0]", "[7.0]")],
        ["mean_answer is 7", "1 to 5"],
    ),
    "two factors for one thing": (
        [("[factors.a]", '[factors.b]\nsets = "unequal"\nlevels = [0.5]\n[factors.a]')],
        ["both set 'unequal'"],
    ),
    "a scale beside the table": (
        [("[table]\n", "[scale]\nshares = [0.5, 0.5]\n[table]\n")],
        ["scale", "`scale_points`"],
    ),
    "values beside the table": ([("[table]\n", "[values]\n[table]\n")], ["either [values] or [published] or [table]"]),
    "a mistake in the table": ([('r2 = "0.30"', 'r2 = "3.0"')], ["table.constructs.G.r2", "0 to 1"]),
    "a table beyond perfect relations": ([('r2 = "0.30"', 'r2 = "0.95"')], ["G: no paths give R2 = 0.95"]),
}  # fmt: skip


@pytest.mark.parametrize("case", OF_POPULATIONS)
def test_a_mistake_in_a_population_with_a_table_is_told(case: str, refused_population: Refused) -> None:
    changes, parts = OF_POPULATIONS[case]
    assert_says(refused_population(changed(POPULATION, *changes), targets('["G~F"]')), ["mine.toml", *parts])
