"""Bad input: one clear message on the error stream, exit code 2, no traceback, and nothing half-written."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.console import Console

import loadstone
from benchmarks import runner, study
from reports.results import read
from sim.errors import InputError

TINY = """
name = "tiny"

[aims]
title = "Tiny"
question = "Does it say what is wrong?"

[data]
population = "three-factors"
n = [30]
replications = 4
seed = 1

[estimands]
targets = ["eta2~eta1", "r2(eta3)"]

[methods.sumscores]

[methods.pls]
screening = { threshold = 0.70 }
"""
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
#: What a message never says to a user: these are words of the program's inside.
INSIDE = ("Traceback", "NoneType", "np.float64", "<class", "object has no attribute", "pydantic", "site-packages")
SILENT = Console(quiet=True)

Refused = Callable[..., str]


@pytest.fixture
def refused(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Refused:
    """Runs the command in an empty folder, holds it to the promise of bad input, and gives its message."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> str:
        before = contents(tmp_path)
        monkeypatch.setattr(sys, "argv", ["loadstone", *arguments])
        with pytest.raises(SystemExit) as ended:
            loadstone.main()
        message = capsys.readouterr().err
        assert ended.value.code == 2
        assert message.count("loadstone: ") == 1
        assert message.startswith("loadstone: ")
        assert not [word for word in INSIDE if word in message]
        assert contents(tmp_path) == before
        return message

    return run


def contents(folder: Path) -> dict[str, bytes | None]:
    """Every file and folder below, with what the files hold."""
    return {str(path): path.read_bytes() if path.is_file() else None for path in sorted(folder.rglob("*"))}


def changed(text: str, *changes: tuple[str, str]) -> str:
    """The text with pieces replaced, each of which it must hold once."""
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


def assert_says(message: str, parts: list[str]) -> None:
    """All parts stand in the message."""
    missing = [part for part in parts if part not in message]
    assert not missing, message


# --- the study file ---

CRM = ('population = "three-factors"', 'population = "crm-clusters"')


def targets(names: str) -> tuple[str, str]:
    """The change that asks for other targets."""
    return '["eta2~eta1", "r2(eta3)"]', names


CRM_TARGETS = targets('["PERF~ACRM"]')

STUDY_CASES: dict[str, tuple[list[tuple[str, str]], list[str]]] = {
    "no TOML": ([("n = [30]", "n = [30")], ["tiny.toml is not TOML", "line"]),
    "a key twice": ([("seed = 1", "seed = 1\nseed = 2")], ["not TOML", "line"]),
    "unknown population": (
        [('"three-factors"', '"three-factor"')],
        ["data.population", "'three-factor'", "did you mean 'three-factors'?", "crm-clusters"],
    ),
    "unknown factor": (
        [CRM, CRM_TARGETS, ("[estimands]", "[data.factors]\ncrm_corelation = [0.5]\n[estimands]")],
        ["data.factors.crm_corelation", "did you mean 'crm_correlation'?", "dropped_items"],
    ),
    "a factor where there is none": (
        [("[estimands]", "[data.factors]\nskew = [1]\n[estimands]")],
        ["data.factors.skew", "three-factors has no factors"],
    ),
    "unknown level": (
        [CRM, CRM_TARGETS, ("[estimands]", '[data.factors]\nocrm_effect = ["smal"]\n[estimands]')],
        ["data.factors.ocrm_effect[1]", "'smal'", "did you mean 'small'?", "zero"],
    ),
    "a level twice": (
        [CRM, CRM_TARGETS, ("[estimands]", "[data.factors]\ncrm_correlation = [0.5, 0.5]\n[estimands]")],
        ["data.factors.crm_correlation", "twice"],
    ),
    "a level that is no level": (
        [CRM, CRM_TARGETS, ("[estimands]", "[data.factors]\ncrm_correlation = [true]\n[estimands]")],
        ["data.factors.crm_correlation[1]", "True given", "text or a number"],
    ),
    "no levels": (
        [CRM, CRM_TARGETS, ("[estimands]", "[data.factors]\ncrm_correlation = []\n[estimands]")],
        ["data.factors.crm_correlation", "at least 1"],
    ),
    "unknown estimator": (
        [("[methods.sumscores]", "[methods.sumscore]")],
        ["methods.sumscore", "estimator 'sumscore'", "did you mean 'sumscores'?", "pls"],
    ),
    "estimator that is no name": (
        [("[methods.sumscores]", '[methods.sumscores]\nestimator = ["pls"]')],
        ["methods.sumscores", "estimator", "allowed"],
    ),
    "unknown setting": (
        [("[methods.pls]", "[methods.pls]\ntoleranse = 1e-9")],
        ["methods.pls", "'toleranse'", "did you mean 'tolerance'?", "max_iterations"],
    ),
    "setting out of range": ([("[methods.pls]", "[methods.pls]\ntolerance = 0")], ["tolerance is 0", "positive"]),
    "setting that is no number": ([("[methods.pls]", "[methods.pls]\ntolerance = nan")], ["tolerance is nan"]),
    "setting that is no whole number": (
        [("[methods.pls]", "[methods.pls]\nmax_iterations = 2.5")],
        ["max_iterations is 2.5", "whole number"],
    ),
    "unknown choice": (
        [("[methods.pls]", '[methods.pls]\nscheme = "centriod"')],
        ["methods.pls", "'centriod'", "did you mean 'centroid'?", "factorial"],
    ),
    "too few resamples": ([("[methods.pls]", "[methods.pls]\nresamples = 5")], ["resamples is 5", "at least 20"]),
    "resamples in words": ([("[methods.pls]", '[methods.pls]\nresamples = "many"')], ["resamples is 'many'", "whole"]),
    "threshold over 1": ([("threshold = 0.70", "threshold = 70")], ["methods.pls", "threshold is 70", "0 and 1"]),
    "threshold in words": ([("threshold = 0.70", 'threshold = "high"')], ["threshold is 'high'"]),
    "screening without a table": ([("{ threshold = 0.70 }", "0.70")], ["screening is 0.7", "screening = {"]),
    "unknown screening setting": ([("threshold", "treshold")], ["'treshold'", "did you mean 'threshold'?"]),
    "no items kept": ([("0.70 }", "0.70, minimum_items = 0 }")], ["minimum_items is 0", "at least 1"]),
    "a method that is no table": (
        [("[methods.sumscores]", "[methods]\nsumscores = 3")],
        ["methods.sumscores", "section"],
    ),
    "unknown construct in a target": ([("eta2~eta1", "eta2~eta9")], ["estimands.targets[1]", "'eta9'", "eta1, eta2"]),
    "a path that is not there": (
        [("eta2~eta1", "eta1~eta2")],
        ["estimands.targets[1]", "no path eta1~eta2", "eta2~eta1"],
    ),
    "no target": ([("r2(eta3)", "power")], ["estimands.targets[2]", "'power'", "r2(Y)"]),
    "a target twice": ([("r2(eta3)", "eta2 ~ eta1")], ["estimands.targets[2]", "twice"]),
    "unknown key": ([("seed = 1", "sead = 1")], ["data.sead", "did you mean 'seed'?", "data.seed: is missing"]),
    "unknown section": ([("[aims]", "[quik]\n[aims]")], ["quik", "did you mean 'quick'?", "performance"]),
    "missing section": ([('[estimands]\ntargets = ["eta2~eta1", "r2(eta3)"]', "")], ["estimands: is missing"]),
    "a section that is none": ([("[aims]", "performance = 3\n[aims]")], ["performance: 3 given", "section"]),
    "sizes of wrong type": (
        [("n = [30]", 'n = [30, "many", 2.5, true]')],
        ["data.n[2]: 'many'", "data.n[3]: 2.5", "data.n[4]: True", "whole number"],
    ),
    "sizes without a list": ([("n = [30]", "n = 30")], ["data.n: 30 given", "list"]),
    "n too small": ([("n = [30]", "n = [30, 3]")], ["data.n[2]: 3 given", "4"]),
    "n without degrees of freedom": (
        [('"three-factors"', '"goodhue-2012"'), targets('["Y~X1"]'), ("n = [30]", "n = [30, 5]")],
        ["data.n[2]: n = 5", "4 predictors", "at least 6"],
    ),
    "a size twice": ([("n = [30]", "n = [30, 30]")], ["data.n", "[30, 30]", "twice"]),
    "no replications": ([("replications = 4", "replications = 0")], ["data.replications: 0 given", "2"]),
    "seed below zero": ([("seed = 1", "seed = -1")], ["data.seed: -1 given", "0"]),
    "level in percent": ([("[aims]", "[performance]\nlevel = 95\n[aims]")], ["performance.level: 95", "less than 1"]),
    "level in words": ([("[aims]", '[performance]\nlevel = "0.95"\n[aims]')], ["performance.level: '0.95'", "number"]),
    "a name that is no folder": ([('name = "tiny"', 'name = "../up"')], ["name: '../up'", "letters, digits"]),
    "quick factor, without --quick": (
        [CRM, CRM_TARGETS, ("[aims]", "[quick]\nfactors = { crm_corelation = [0.5] }\n[aims]")],
        ["quick.factors.crm_corelation", "did you mean 'crm_correlation'?"],
    ),
    "too few quick resamples": ([("[aims]", "[quick]\nresamples = 3\n[aims]")], ["quick.resamples: 3", "20"]),
}  # fmt: skip


@pytest.mark.parametrize("case", STUDY_CASES)
def test_a_mistake_in_a_study_file_is_told_with_its_place(case: str, refused: Refused) -> None:
    changes, parts = STUDY_CASES[case]
    Path("tiny.toml").write_text(changed(TINY, *changes))
    assert_says(refused("run", "tiny.toml"), ["tiny.toml", *parts])


def test_all_mistakes_of_form_and_of_meaning_are_told_at_once_each_in_a_line_of_its_own(refused: Refused) -> None:
    text = changed(
        TINY,
        ("replications = 4", "replications = 0"),
        ("seed = 1", "sed = 1"),
        ("eta2~eta1", "eta2~eta9"),
        ("[methods.sumscores]", "[methods.sumscore]\n[methods.ols]\n"),
        ("threshold = 0.70", "threshold = 7"),
        ('title = "Tiny"', "title = 5"),
    )
    Path("tiny.toml").write_text(text)
    message = refused("run", "tiny.toml")
    lines = message.rstrip().splitlines()
    places = (
        "aims.title", "data.replications", "data.sed", "data.seed", "estimands.targets[1]", "methods.sumscore",
        "methods.ols", "methods.pls",
    )  # fmt: skip
    assert "has 8 mistakes" in lines[0]
    assert len(lines) == 9
    for place in places:
        assert len([line for line in lines if line.startswith(f"  {place}: ")]) == 1, place


# --- a population of one's own ---

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
def test_a_mistake_in_a_population_file_is_told_with_file_and_place(case: str, refused: Refused) -> None:
    changes, parts = MINE_CASES[case]
    Path("mine.toml").write_text(changed(MINE, *changes))
    Path("tiny.toml").write_text(changed(TINY, ("three-factors", "mine.toml"), targets('["G~F"]')))
    assert_says(refused("run", "tiny.toml"), ["data.population", "mine.toml", *parts])


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
    "thresholds for shares": (
        [("shares = [0.2, 0.5, 0.3]", "thresholds = [0.1]")],
        ["[published] needs shares"],
    ),
}


@pytest.mark.parametrize("case", PUBLISHED_CASES)
def test_a_mistake_in_a_published_table_is_told_with_file_and_place(case: str, refused: Refused) -> None:
    changes, parts = PUBLISHED_CASES[case]
    Path("mine.toml").write_text(changed(PUBLISHED, *changes))
    Path("tiny.toml").write_text(changed(TINY, ("three-factors", "mine.toml"), targets('["G~F"]')))
    assert_says(refused("run", "tiny.toml"), ["data.population", "mine.toml", *parts])


def test_populations_these_mistakes_were_put_into_are_sound(tmp_path: Path) -> None:
    for text in (MINE, PUBLISHED):
        (tmp_path / "mine.toml").write_text(text)
        sound = changed(TINY, ("three-factors", "mine.toml"), targets('["G~F"]'))
        (tmp_path / "tiny.toml").write_text(sound)
        assert study.load(str(tmp_path / "tiny.toml")).cells[0].population.name.endswith("mine.toml")


def test_a_population_without_any_numbers_is_told_where_they_may_stand(refused: Refused) -> None:
    Path("mine.toml").write_text(MINE[: MINE.index("[scale]")])
    Path("tiny.toml").write_text(changed(TINY, ("three-factors", "mine.toml"), targets('["G~F"]')))
    assert_says(refused("run", "tiny.toml"), ["data.population", "mine.toml", "either [values] or [published]"])


def test_a_missing_population_file_is_named(refused: Refused) -> None:
    Path("tiny.toml").write_text(changed(TINY, ("three-factors", "nowhere.toml")))
    assert_says(refused("run", "tiny.toml"), ["data.population", "nowhere.toml does not exist"])


def test_a_method_that_cannot_estimate_the_model_says_why_before_any_draw(refused: Refused) -> None:
    Path("mine.toml").write_text(changed(MINE, ("H =~", "H <~"), ("G ~ F + H", "G ~ F"), ('"G~H" = 0.2\n', "")))
    text = changed(TINY, ("three-factors", "mine.toml"), targets('["G~F"]'))
    Path("tiny.toml").write_text(text + "[methods.ml]\n")
    message = refused("run", "tiny.toml")
    assert_says(message, ["methods.pls: H stands on no path", "methods.ml: block H is composite"])


# --- the command line ---


@pytest.mark.parametrize("command", [["run"], ["report"], ["replay", "--cell", "1", "--replication", "0"]])
@pytest.mark.parametrize(
    ("given", "parts"),
    [
        ("crm-cluster", ["study 'crm-cluster'", "did you mean 'crm-clusters'?", "goodhue-2012", ".toml file"]),
        ("nowhere.toml", ["nowhere.toml does not exist", "loadstone list"]),
        ("folder", ["folder cannot be read", "directory"]),
        ("latin.toml", ["latin.toml is not UTF-8", "save it as UTF-8"]),
    ],
)
def test_a_study_that_cannot_be_read_is_named(
    command: list[str], given: str, parts: list[str], refused: Refused
) -> None:
    Path("folder").mkdir()
    Path("latin.toml").write_bytes(TINY.replace("Tiny", "Größe").encode("latin-1"))
    assert_says(refused(command[0], given, *command[1:]), parts)


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (["run", "tiny.toml", "--workers", "0"], ["--workers is 0", "at least 1"]),
        (["run", "tiny.toml", "--workers", "-4"], ["--workers is -4"]),
        (["run", "tiny.toml", "--replications", "1"], ["replications is 1", "at least 2"]),
        (["replay", "tiny.toml", "--cell", "2", "--replication", "0"], ["cell '2'", "tiny", "1 to 1"]),
        (["replay", "tiny.toml", "--cell", "n = 31", "--replication", "0"], ["cell 'n = 31'"]),
        (["replay", "tiny.toml", "--cell", "1", "--replication", "4"], ["replication 4", "0 to 3"]),
        (["replay", "tiny.toml", "--cell", "1", "--replication", "-1"], ["replication -1", "0 to 3"]),
        (["report", "tiny.toml"], ["study.json", "loadstone run"]),
        (["report", "tiny.toml", "--out", "elsewhere"], ["elsewhere", "loadstone run"]),
    ],
)
def test_an_option_out_of_range_is_told_with_what_is_allowed(
    arguments: list[str], parts: list[str], refused: Refused
) -> None:
    Path("tiny.toml").write_text(TINY)
    assert_says(refused(*arguments), parts)


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (["run"], ["Missing argument"]),
        (["run", "tiny.toml", "--worker", "2"], ["--worker"]),
        (["run", "tiny.toml", "--workers", "two"], ["--workers", "integer"]),
        (["replay", "tiny.toml", "--cell", "1"], ["--replication"]),
        (["replay", "tiny.toml", "--cell", "1", "--replication", "first"], ["--replication", "integer"]),
        (["rum", "tiny.toml"], ["rum"]),
        (["run", "tiny.toml", "again"], ["again"]),
    ],
)
def test_a_usage_error_names_the_option_and_points_to_help(
    arguments: list[str],
    parts: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["loadstone", *arguments])
    with pytest.raises(SystemExit) as ended:
        loadstone.main()
    message = capsys.readouterr().err
    assert ended.value.code == 2
    assert_says(message, ["Usage:", "--help", *parts])
    assert not [word for word in INSIDE if word in message]
    assert contents(tmp_path) == {}


# --- results that cannot be used ---


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny study and its results (blocks and measures, no report)."""
    folder = tmp_path_factory.mktemp("finished")
    (folder / "tiny.toml").write_text(TINY)
    runner.run(study.load(str(folder / "tiny.toml")), folder / "results" / "tiny", 1, SILENT)
    return folder


@pytest.fixture
def results(finished: Path, tmp_path: Path) -> Path:
    """A copy of the finished study in the folder the command runs in; gives the results folder."""
    shutil.copytree(finished, tmp_path, dirs_exist_ok=True)
    return tmp_path / "results" / "tiny"


def the_block(results: Path) -> Path:
    """The only block of the tiny study."""
    (block,) = results.glob("blocks/*/*.parquet")
    return block


def test_the_results_these_tests_damage_are_sound(results: Path) -> None:
    assert (
        study.load(str(results.parent.parent / "tiny.toml")).fingerprint in (results / "fingerprint.json").read_text()
    )
    assert len(read(results).measures) > 20


@pytest.mark.parametrize("kept", [0.0, 0.3, 0.99])
def test_a_truncated_block_is_refused_and_left_as_it_is(kept: float, results: Path, refused: Refused) -> None:
    block = the_block(results)
    whole = block.read_bytes()
    block.write_bytes(whole[: int(kept * len(whole))])
    assert_says(refused("run", "tiny.toml"), [str(block.relative_to(Path.cwd())), "damaged", "delete it"])


def test_a_flipped_bit_anywhere_in_a_block_is_refused_or_does_no_harm(
    results: Path, finished: Path, refused: Refused, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Measuring again after the damage shows whether a number changed: either the command refuses, or the measures are
    # the same to the last byte. One bit in every 97th byte of data, names and footer.
    block = the_block(results)
    whole = block.read_bytes()
    measures = (finished / "results" / "tiny" / "measures.parquet").read_bytes()
    loaded = study.load("tiny.toml")
    messages = []
    for at in range(0, len(whole), 97):
        damaged = bytearray(whole)
        damaged[at] ^= 1 << (at % 8)
        block.write_bytes(bytes(damaged))
        try:
            runner.run(loaded, results, 1, SILENT)
        except InputError as error:
            messages.append(str(error))
        assert (results / "measures.parquet").read_bytes() == measures, f"byte {at} changed a number unseen"
    assert all("damaged" in message for message in messages)
    assert len(messages) > len(whole) / 97 / 3
    block.write_bytes(bytes(whole[:2000]) + bytes([whole[2000] ^ 1]) + whole[2001:])
    assert_says(refused("run", "tiny.toml"), [block.name, "damaged", "delete it"])


def test_a_block_of_another_size_says_so(results: Path, refused: Refused) -> None:
    block = the_block(results)
    other = changed(
        TINY, ('name = "tiny"', 'name = "other"'), ('["eta2~eta1", "r2(eta3)"]', '["eta3~eta1", "r2(eta3)"]')
    )
    Path("other.toml").write_text(other)
    runner.run(study.load("other.toml"), results.parent / "other", 1, SILENT)
    shutil.copy(the_block(results.parent / "other"), block)
    assert_says(refused("run", "tiny.toml"), [block.name, "columns", "delete it"])


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '"x"', "null", "\x00\xff"])
def test_a_damaged_fingerprint_is_refused_with_the_way_out(text: str, results: Path, refused: Refused) -> None:
    (results / "fingerprint.json").write_text(text, encoding="latin-1")
    assert_says(refused("run", "tiny.toml"), ["fingerprint.json", "damaged", "--fresh"])


def test_results_of_another_study_are_not_touched(results: Path, refused: Refused) -> None:
    Path("tiny.toml").write_text(changed(TINY, ("seed = 1", "seed = 2")))
    assert_says(refused("run", "tiny.toml"), ["results/tiny", "another version", "seed", "--fresh", "--out"])


@pytest.mark.parametrize("name", ["study.json", "measures.parquet"])
@pytest.mark.parametrize("kept", [0.0, 0.5, 0.98])
def test_a_report_on_truncated_results_is_refused(name: str, kept: float, results: Path, refused: Refused) -> None:
    whole = (results / name).read_bytes()
    (results / name).write_bytes(whole[: int(kept * len(whole))])
    assert_says(refused("report", "tiny.toml"), [name, "damaged", "loadstone run"])


@pytest.mark.parametrize("name", ["study.json", "measures.parquet"])
def test_a_report_without_results_names_what_is_missing(name: str, results: Path, refused: Refused) -> None:
    (results / name).unlink()
    assert_says(refused("report", "tiny.toml"), [name, "not there", "loadstone run"])


@pytest.mark.parametrize("text", ["[]", "{}", "null", '{"name": 3}'])
def test_a_report_on_another_kind_of_json_is_refused(text: str, results: Path, refused: Refused) -> None:
    (results / "study.json").write_text(text)
    assert_says(refused("report", "tiny.toml"), ["study.json", "not a study's record"])


def test_a_report_on_results_that_contradict_each_other_is_refused(results: Path, refused: Refused) -> None:
    stored = json.loads((results / "study.json").read_text())
    stored["methods"] = {"ml": stored["methods"]["sumscores"]}
    (results / "study.json").write_text(json.dumps(stored))
    assert_says(refused("report", "tiny.toml"), ["measures.parquet", "method"])


def test_a_flipped_bit_anywhere_in_the_measures_is_refused_or_does_no_harm(results: Path) -> None:
    path = results / "measures.parquet"
    whole, sound = path.read_bytes(), read(results).measures
    for at in range(0, len(whole), 61):
        damaged = bytearray(whole)
        damaged[at] ^= 1 << (at % 8)
        path.write_bytes(bytes(damaged))
        try:
            same = read(results).measures.equals(sound)
        except InputError:
            continue
        assert same, f"byte {at} changed a number unseen"


# --- folders that cannot be written (a regular file stands where a folder is needed: root may write anywhere else) ---


@pytest.mark.parametrize(
    "arguments",
    [
        ["run", "tiny.toml", "--out", "file/results"],
        ["run", "tiny.toml", "--out", "file"],
        ["run", "tiny.toml", "--out", "file", "--fresh"],
        ["replay", "tiny.toml", "--cell", "1", "--replication", "0", "--out", "file/replay"],
        ["replay", "tiny.toml", "--cell", "1", "--replication", "0", "--out", "file"],
    ],
)
def test_a_folder_that_cannot_be_written_is_named(arguments: list[str], refused: Refused) -> None:
    Path("tiny.toml").write_text(TINY)
    Path("file").write_text("in the way")
    assert_says(refused(*arguments), ["file", "cannot be written", "give a folder"])


# --- the same through a real process ---


def from_outside(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command as a user starts it."""
    program = Path(loadstone.__file__)
    environment = os.environ | {"PYTHONPATH": str(program.parent)}
    command = [sys.executable, str(program), *arguments]
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False
    )


def test_the_process_ends_with_code_2_and_a_message_for_bad_input(tmp_path: Path) -> None:
    (tmp_path / "tiny.toml").write_text(changed(TINY, ("replications = 4", "replications = 0")))
    ended = from_outside(tmp_path, "run", "tiny.toml")
    assert ended.returncode == 2
    assert ended.stdout == ""
    assert ended.stderr.splitlines() == [
        "loadstone: study file tiny.toml has 1 mistake:",
        "  data.replications: 0 given; must be greater than or equal to 2",
    ]


def test_the_process_ends_with_code_2_on_a_damaged_block(results: Path, tmp_path: Path) -> None:
    block = the_block(results)
    block.write_bytes(block.read_bytes()[:100])
    before = contents(tmp_path)
    ended = from_outside(tmp_path, "run", "tiny.toml")
    assert ended.returncode == 2
    assert ended.stderr.startswith("loadstone: result file ")
    assert "Traceback" not in ended.stderr
    assert contents(tmp_path) == before


def test_the_process_ends_with_code_2_on_a_usage_error(tmp_path: Path) -> None:
    ended = from_outside(tmp_path, "run", "--worker", "2")
    assert ended.returncode == 2
    assert "Usage:" in ended.stderr
    assert "Traceback" not in ended.stderr
