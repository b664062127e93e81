"""Mistakes in a study file: told all at once, each with its place."""

from pathlib import Path

import pytest

from tests.bad_input import TINY, Refused, assert_says, changed, targets

CRM = ('population = "three-factors"', 'population = "crm-clusters"')


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
