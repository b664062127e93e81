"""Mistakes in a population of one's own, given by values or by a published table."""

from pathlib import Path

import pytest

from benchmarks.study import study
from tests.bad_input import TINY, Refused, assert_says, changed, targets

#: A population of the user's own, beside the study file.
MINE = """
model = '''
F =~ x1 + x2 + x3
H =~ z1 + z2
G =~ y1 + y2
G ~ F + H
'''
[scale]
shares = [0.2, 0.5, 0.3]
[values]
"F=~x1" = 0.8
"F=~x2" = 0.7
"F=~x3" = 0.7
"H=~z1" = 0.8
"H=~z2" = 0.8
"G=~y1" = 0.8
"G=~y2" = 0.8
"G~F" = 0.4
"G~H" = 0.2
"F~~H" = 0.3
"""
PUBLISHED = """
model = '''
F =~ x1 + x2 + x3
G =~ y1 + y2 + y3
G ~ F
'''
[scale]
shares = [0.2, 0.5, 0.3]
[published]
dropped = []
r2 = { G = 0.3 }
[published.blocks]
F = { ave = 0.6 }
G = { ave = 0.6 }
[factors.weak_items]
sets = "dropped_loading"
levels = [0.5, 0.0]
"""

MINE_CASES: dict[str, tuple[list[tuple[str, str]], list[str]]] = {
    "no TOML": ([('"G~F" = 0.4', '"G~F" = ')], ["mine.toml is not TOML", "line"]),
    "text error in the model": ([("G ~ F + H", "G = F + H")], ["line 4", "`G = F + H`", "=~"]),
    "unknown construct in the model": ([("G ~ F + H", "G ~ F + HH")], ["line 4", "G~HH", "did you mean 'H'?"]),
    "an item twice": ([("G =~ y1 + y2", "G =~ y1 + x1")], ["line 3", "x1 of G belongs to F"]),
    "a feedback loop": ([("G ~ F + H", "G ~ F + H\nF ~ G")], ["lines 4, 5", "F, G", "feedback loop"]),
    "R2 over 1": ([('"G~F" = 0.4', '"G~F" = 1.1')], ["paths to G", "R2 = 1.382", "lower the paths"]),
    "a loading over 1": ([('"F=~x1" = 0.8', '"F=~x1" = 1.3')], ["loadings beyond 1", "x1 1.3"]),
    "a loading missing": ([('"F=~x3" = 0.7\n', "")], ["no value is given for F=~x3"]),
    "a path that is not there": ([('"G~H" = 0.2', '"G~H" = 0.2\n"H~F" = 0.1')], ["no path H~F", "G~F, G~H"]),
    "a value twice": ([('"F~~H" = 0.3', '"F~~H" = 0.3\n"H ~~ F" = 0.5')], ["H ~~ F is given twice"]),
    "a value in words": ([('"G~H" = 0.2', '"G~H" = "low"')], ["values.G~H: 'low' given", "number"]),
    "a correlation that the paths fix": ([('"F~~H" = 0.3', '"F~~G" = 0.3')], ["F~~G", "the paths fix", "F, H"]),
    "a correlation over 1": ([('"F~~H" = 0.3', '"F~~H" = 1.3')], ["F~~H is 1.3", "-1 to 1"]),
    "errors not positive definite": (
        [('"F~~H" = 0.3', '"F~~H" = 0.3\n"x1~~x2" = 0.9')],
        ["error covariances are not positive definite", "-0.468", "lower them"],
    ),
    "shares that do not sum to 1": ([("0.2, 0.5, 0.3", "0.2, 0.5, 0.2")], ["0.2, 0.5, 0.2 sum to 0.9", "sum to 1"]),
    "a share below zero": ([("0.2, 0.5, 0.3", "-0.2, 0.9, 0.3")], ["-0.2, 0.9, 0.3", "positive"]),
    "too many categories": ([("0.2, 0.5, 0.3", ", ".join(["0.08"] * 12))], ["scale.shares: 12 given", "at most 11"]),
    "shares in words": ([("0.2, 0.5, 0.3", '"few", "many"')], ["scale.shares[1]: 'few' given", "number"]),
    "thresholds out of order": (
        [("shares = [0.2, 0.5, 0.3]", "thresholds = [0.5, -0.5]")],
        ["item 1", "0.5, -0.5", "out of order"],
    ),
    "shares and thresholds": ([("[values]", "thresholds = [0.5]\n[values]")], ["scale", "not both"]),
    "unknown scale key": ([("shares", "share")], ["scale.share", "did you mean 'shares'?"]),
    "unknown key": ([("[scale]", "[scales]")], ["scales", "did you mean 'scale'?", "published"]),
    "a factor for what is given": (
        [("[scale]", '[factors.a]\nsets = "correlation H~~F"\nlevels = [0.1]\n[scale]')],
        ["factor a sets H~~F", "[values] gives already"],
    ),
    "a factor that finds nothing open": (
        [("[scale]", '[factors.a]\nsets = "loading"\nlevels = [0.1]\n[scale]')],
        ["factor a sets 'loading'", "every loading has its value"],
    ),
    "two factors for one parameter": (
        [
            ('"G~H" = 0.2\n', ""),
            ("[scale]", '[factors.a]\nsets = "path G~H"\nlevels = [0.1]\n[scale]'),
            ("[values]", '[factors.b]\nsets = "f2 G~H"\nlevels = [0.1]\n[values]'),
        ],
        ["factor b sets G~H", "a gives already"],
    ),
    "a factor of another kind": (
        [('"G~H" = 0.2\n', ""), ("[scale]", '[factors.a]\nsets = "f2 F~~H"\nlevels = [0.1]\n[scale]')],
        ["factor a sets f2 F~~H", "path"],
    ),
    "a factor that sets nothing known": (
        [("[scale]", '[factors.a]\nsets = "dropped_loading"\nlevels = [0.1]\n[scale]')],
        ["factor a sets 'dropped_loading'", "f2, path, loading, correlation"],
    ),
    "an effect below zero": (
        [('"G~H" = 0.2\n', ""), ("[scale]", '[factors.a]\nsets = "f2 G~H"\nlevels = [-0.1]\n[scale]')],
        ["f2 of G~H is -0.1", "0 or more"],
    ),
    "an effect beside paths that explain all": (
        [
            ('"G~H" = 0.2\n', ""),
            ('"G~F" = 0.4', '"G~F" = 1.0'),
            ("[scale]", '[factors.a]\nsets = "f2 G~H"\nlevels = [0.1]\n[scale]'),
        ],
        ["given paths to G", "explain all", "lower them"],
    ),
}


@pytest.mark.parametrize("case", MINE_CASES)
def test_a_mistake_in_a_population_file_is_told_with_file_and_place(case: str, refused_population: Refused) -> None:
    changes, parts = MINE_CASES[case]
    assert_says(
        refused_population(changed(MINE, *changes), targets('["G~F"]')), ["data.population", "mine.toml", *parts]
    )


PUBLISHED_CASES: dict[str, tuple[list[tuple[str, str]], list[str]]] = {
    "AVE out of range": ([("F = { ave = 0.6 }", "F = { ave = 1.6 }")], ["calibration of F", "ave = 1.6", "3 items"]),
    "R2 out of reach": ([("G = 0.3", "G = 0.95")], ["calibration of G", "R2 = 0.95"]),
    "no reliability": ([("F = { ave = 0.6 }", "F = { }")], ["calibration of F", "ave, alpha, rho_c"]),
    "unknown dropped item": ([("dropped = []", 'dropped = ["x9"]')], ["dropped item 'x9'", "x1"]),
    "unknown block": ([("F = { ave = 0.6 }", "F = { ave = 0.6 }\nQ = { ave = 0.6 }")], ["block 'Q'", "F, G"]),
    "unknown reliability": ([("F = { ave = 0.6 }", "F = { aev = 0.6 }")], ["'aev'", "did you mean 'ave'?"]),
    "R2 in words": ([("G = 0.3", 'G = "big"')], ["published.r2.G: 'big' given", "number"]),
    "no R2": ([("r2 = { G = 0.3 }", "")], ["published.r2: is missing"]),
    "a factor that sets nothing known": (
        [('sets = "dropped_loading"', 'sets = "skewness"')],
        ["weak_items", "'skewness'", "dropped_loading, correlation A~~B, f2 Y~X"],
    ),
    "a level that is no number": ([("levels = [0.5, 0.0]", 'levels = ["half"]')], ["factors.weak_items", "'half'"]),
    "no levels": ([("levels = [0.5, 0.0]", "")], ["factors.weak_items.levels: is missing"]),
    "an effect below zero": (
        [('sets = "dropped_loading"', 'sets = "f2 G~F"'), ("[0.5, 0.0]", "[-0.1]")],
        ["f2 of G~F is -0.1", "0 or more"],
    ),
    "a scale for an item": (
        [("shares = [0.2, 0.5, 0.3]", "shares = [0.2, 0.5, 0.3]\nitems = { x1 = { categories = 7 } }")],
        ["scale.items", "one scale for all items"],
    ),
}


@pytest.mark.parametrize("case", PUBLISHED_CASES)
def test_a_mistake_in_a_published_table_is_told_with_file_and_place(case: str, refused_population: Refused) -> None:
    changes, parts = PUBLISHED_CASES[case]
    assert_says(
        refused_population(changed(PUBLISHED, *changes), targets('["G~F"]')), ["data.population", "mine.toml", *parts]
    )


def test_populations_these_mistakes_were_put_into_are_sound(tmp_path: Path) -> None:
    for text in (MINE, PUBLISHED):
        (tmp_path / "mine.toml").write_text(text)
        sound = changed(TINY, ("three-factors", "mine.toml"), targets('["G~F"]'))
        (tmp_path / "tiny.toml").write_text(sound)
        assert study.load(str(tmp_path / "tiny.toml")).cells[0].population.name.endswith("mine.toml")


def test_a_population_without_any_numbers_is_told_where_they_may_stand(refused_population: Refused) -> None:
    assert_says(
        refused_population(MINE[: MINE.index("[scale]")], targets('["G~F"]')),
        ["data.population", "mine.toml", "either [values] or [published]"],
    )


def test_a_missing_population_file_is_named(refused: Refused) -> None:
    Path("tiny.toml").write_text(changed(TINY, ("three-factors", "nowhere.toml")))
    assert_says(refused("run", "tiny.toml"), ["data.population", "nowhere.toml does not exist"])


def test_a_method_that_cannot_estimate_the_model_says_why_before_any_draw(refused: Refused) -> None:
    composite = [(f"H{sign}", f"H{sign.replace('=', '<')}") for sign in (" =~", "=~z1", "=~z2")]
    Path("mine.toml").write_text(changed(MINE, *composite, ("G ~ F + H", "G ~ F"), ('"G~H" = 0.2\n', "")))
    text = changed(TINY, ("three-factors", "mine.toml"), targets('["G~F"]'))
    Path("tiny.toml").write_text(text + "[methods.ml]\n")
    message = refused("run", "tiny.toml")
    assert_says(message, ["methods.pls: H stands on no path", "methods.ml: block H is composite"])
