"""The front door in Python: the example of docs/python.md and what it promises."""

import importlib
import inspect
import json
import subprocess
import sys
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

import loadstone as ls
from benchmarks.run import runner
from benchmarks.run.replay import answers_of_one, replication_batch
from benchmarks.study import study as studies
from estimators.composites.pls import PLS
from estimators.composites.sumscores import SumScores
from tests.pages import blocks, page

#: Packages that take long to import: none of them is needed for `import loadstone`.
HEAVY = {"numpy", "scipy", "pandas", "numba", "pyarrow", "pydantic", "statsmodels", "altair", "jinja2", "joblib"}
OWN_NUMBERS = {
    "title": "Two constructs",
    "model": "A =~ a1 + a2 + a3\nB =~ b1 + b2 + b3\nB ~ A\n",
    "values": {**{f"A=~a{i}": 0.8 for i in (1, 2, 3)}, **{f"B=~b{i}": 0.7 for i in (1, 2, 3)}, "B~A": 0.4},
    "scale": {"categories": 5},
}


@dataclass(frozen=True)
class OwnSums:
    """Sum scores under another name."""

    shift: float = 0.0

    def refusal(self, model):
        return None

    def without_inference(self):
        return self

    def fit(self, batch, model, targets=None):
        found = SumScores().fit(batch, model, targets)
        return found.replaced(value=found.value + self.shift)


# --- the page ---


def test_the_page_runs(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    for block in blocks(page("python"), "python"):
        exec(compile(block, "python.md", "exec"), names)
    assert (tmp_path / "my-report" / "report.html").is_file()
    assert (tmp_path / "my-study.toml").is_file()
    shown = "".join(blocks(page("python"), "output"))
    printed = [line.rstrip() for line in capsys.readouterr().out.splitlines()]
    assert shown.strip()
    assert [line for line in shown.splitlines() if line.rstrip() not in printed] == []


# --- a study in Python and a study file are the same ---


def small(**changes):
    given = {
        "n": [60, 120], "replications": 40, "seed": 3, "targets": ["PERF~ACRM"],
        "methods": {"sumscores": {}, "pls": {"resamples": 20}},
    } | changes  # fmt: skip
    return ls.Study(ls.population("crm-clusters", crm_correlation=0.5), **given)


def test_measures_and_estimates_are_those_of_the_file_to_the_last_bit(tmp_path, command):
    made = small()
    made.to_toml(tmp_path / "same.toml")
    assert command("run", tmp_path / "same.toml", "--out", tmp_path / "out", "--workers", "1") in (0, None)
    found = made.run(workers=2, progress=False)
    stored = pd.read_parquet(tmp_path / "out" / "measures.parquet")
    pd.testing.assert_frame_equal(found.measures[["value", "mcse"]], stored[["value", "mcse"]], check_exact=True)
    blocks_ = pd.concat(pd.read_parquet(path) for path in sorted((tmp_path / "out" / "blocks").rglob("*.parquet")))
    assert np.array_equal(found.estimates["value"], blocks_["value:PERF~ACRM"], equal_nan=True)
    assert list(found.estimates["method"]) == list(blocks_["method"])
    assert list(found.estimates["replication"]) == list(blocks_["replication"])


@pytest.mark.parametrize("name", studies.names())
def test_to_toml_and_back_gives_the_same_fingerprint(name, tmp_path):
    before = ls.Study.load(name)
    before.to_toml(tmp_path / "again.toml")
    after = ls.Study.load(tmp_path / "again.toml")
    assert after.fingerprint == before.fingerprint
    assert after.checked.words == before.checked.words


def test_a_quick_version_is_written_as_what_it_runs(tmp_path):
    before = ls.Study.load("crm-clusters", quick=True)
    before.to_toml(tmp_path / "again.toml")
    after = ls.Study.load(tmp_path / "again.toml")
    assert (after.fingerprint, after.name) == (before.fingerprint, before.name)
    assert after.checked.replications == before.checked.replications


def test_own_numbers_stand_in_the_study_file(tmp_path):
    made = ls.Study(OWN_NUMBERS, 50, replications=20, methods=["sumscores"])
    assert "[data.population.values]" in made.to_toml(tmp_path / "own.toml")
    assert ls.Study.load(tmp_path / "own.toml").fingerprint == made.fingerprint
    (tmp_path / "pop.toml").write_text(
        made.to_toml().partition("[data.population]")[2].partition("[estimands]")[0].replace("data.population.", "")
    )
    by_file = ls.Study(tmp_path / "pop.toml", 50, replications=20, methods=["sumscores"])
    assert by_file.checked.definition == made.checked.definition


def test_targets_take_the_place_of_the_number_of_replications(tmp_path):
    asked = {"targets": {"bias": 0.01}, "most_replications": 1024}
    study = ls.Study("three-factors", n=50, methods=["sumscores"], performance=asked)
    text = study.to_toml(tmp_path / "study.toml")
    assert "most_replications = 1024" in text
    assert "\nreplications" not in text
    assert ls.Study.load(tmp_path / "study.toml").fingerprint == study.fingerprint
    assert "replications = 1000" in ls.Study("three-factors", n=50, methods=["sumscores"]).to_toml()
    with pytest.raises(ls.InputError, match="leave one of the two out"):
        ls.Study("three-factors", n=50, replications=500, methods=["sumscores"], performance=asked)


def test_a_file_named_from_another_folder_is_still_found(tmp_path):
    (tmp_path / "there").mkdir()
    study = ls.Study(OWN_NUMBERS, 50, replications=20, methods=["sumscores"])
    text = study.to_toml().partition("[data.population]")
    (tmp_path / "there" / "pop.toml").write_text(text[2].partition("[estimands]")[0].replace("data.population.", ""))
    named = (
        text[0].replace("[data]", '[data]\npopulation = "pop.toml"')
        + "[estimands]"
        + text[2].partition("[estimands]")[2]
    )
    (tmp_path / "there" / "study.toml").write_text(named)
    before = ls.Study.load(tmp_path / "there" / "study.toml")
    before.to_toml(tmp_path / "study.toml")
    assert ls.Study.load(tmp_path / "study.toml").fingerprint == before.fingerprint


def test_a_mistake_is_told_as_in_a_file():
    with pytest.raises(ls.InputError, match=r"study study has 2 mistakes:\n.*data\.n.*\n.*methods\.plz"):
        small(n=[2], methods={"plz": {}})
    with pytest.raises(ls.InputError, match=r"population mine: .*there is no such key"):
        ls.population({"title": "mine", "model": "A =~ a1 + a2", "valuez": {}})


# --- estimators of one's own ---


def test_an_estimator_of_the_session_takes_part_whatever_the_workers():
    local = type("Local", (OwnSums,), {"__doc__": "Of this test alone.", "__qualname__": "here.<locals>.Local"})
    study = small(methods={"sumscores": {}, "mine": local(), "resampled": {"estimator": local(), "resamples": 20}})
    one, two = study.run(workers=1, progress=False), study.run(workers=2, progress=False)
    pd.testing.assert_frame_equal(one.estimates, two.estimates, check_exact=True)
    found = one.estimates.set_index(["method", "cell", "replication"])["value"]
    assert np.array_equal(found["mine"], found["sumscores"])
    assert study.checked.methods[2].resamples == 20
    with pytest.raises(ls.InputError, match="put its class into a module"):
        study.to_toml()
    with pytest.raises(ls.InputError, match="other processes cannot import"):
        study.run(processes=2)


def test_an_estimator_of_a_module_is_the_one_that_a_file_names(tmp_path, monkeypatch):
    heads = "from dataclasses import dataclass\n\nfrom estimators.composites.sumscores import SumScores\n\n\n"
    (tmp_path / "own_sums_of_a_module.py").write_text(heads + inspect.getsource(OwnSums), encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    module = importlib.import_module("own_sums_of_a_module")
    study = small(methods={"mine": module.OwnSums(shift=0.25), "centroid": PLS(scheme="centroid")})
    text = study.to_toml(tmp_path / "study.toml")
    assert 'estimator = "own_sums_of_a_module:OwnSums"\nshift = 0.25' in text
    assert 'estimator = "pls"\nscheme = "centroid"' in text
    assert ls.Study.load(tmp_path / "study.toml", allow_code=True).fingerprint == study.fingerprint
    with pytest.raises(ls.InputError, match="give --allow-code"):
        ls.Study.load(tmp_path / "study.toml")


def test_what_an_object_holds_is_in_the_fingerprint():
    class Holder(OwnSums):
        pass

    prints = {small(methods={"mine": Holder(shift)}).fingerprint for shift in (0.0, 0.5, 0.5)}
    assert len(prints) == 2


@pytest.mark.parametrize("wrong", [OwnSums, object(), 3])
def test_what_is_no_estimator_is_refused(wrong):
    with pytest.raises(ls.InputError, match=r"methods\.mine"):
        small(methods={"mine": {"estimator": wrong}})


# --- data, fits, results ---


def test_draws_are_those_of_a_study_of_the_same_seed():
    study, drawn = small(n=60), ls.draw(ls.population("crm-clusters", crm_correlation=0.5), 60, 300, seed=3)
    assert drawn.shape == (300, 60, 19)
    cell = study.checked.cells[0]
    own = answers_of_one(replication_batch(study.checked, cell, 17), cell.columns)
    pd.testing.assert_frame_equal(drawn.frames()[17], own)
    few = ls.draw(ls.population("crm-clusters", crm_correlation=0.5), 60, 5, seed=3)
    assert np.array_equal(few, drawn[:5])


def test_missing_answers_are_gaps_in_the_frames():
    population = ls.population(OWN_NUMBERS | {"missing": {"share": 0.2}})
    frame = population.draw(200).frame()
    assert 0.1 < frame.isna().to_numpy().mean() < 0.3
    assert set(np.unique(frame.to_numpy()[~frame.isna().to_numpy()])) == {1, 2, 3, 4, 5}


def test_truth_and_parameters_are_those_of_the_population():
    population = ls.population(OWN_NUMBERS)
    assert population.truth("B~A", "r2(B)").to_dict() == pytest.approx({"B~A": 0.4, "r2(B)": 0.16})
    assert population.parameters.set_index("target")["value"]["A=~a1"] == 0.8


def test_fits_are_those_of_the_command_and_give_frames():
    frame = ls.population(OWN_NUMBERS).draw(80, seed=2).frame()
    fits = ls.fit(frame, ls.population(OWN_NUMBERS), methods=["sumscores", "ml"])
    plain = ls.fit_survey(frame, OWN_NUMBERS["model"], ["sumscores", "ml"])
    pd.testing.assert_frame_equal(fits.estimates, plain.estimates, check_exact=True)
    assert len(fits.paths) == 2
    assert len(fits.loadings) == 12


def test_results_are_kept_where_a_folder_is_named_and_reported_elsewhere(tmp_path, monkeypatch):
    study = small(n=60, methods=["sumscores"])
    found = study.run(folder=tmp_path / "kept", progress=False)
    monkeypatch.setattr(runner, "_estimate", lambda *given: None)  # nothing is left to estimate
    again = study.run(folder=tmp_path / "kept", progress=False)
    pd.testing.assert_frame_equal(found.measures, again.measures, check_exact=True)
    assert found.report(tmp_path / "report").read_text().startswith("<!DOCTYPE html>")
    assert found.report() == tmp_path / "kept" / "report.html"
    with pytest.raises(ls.InputError, match="not empty"):
        found.report(tmp_path / "report")


def test_a_temporary_folder_goes_with_the_results():
    found = small(n=60, methods=["sumscores"]).run(progress=False)
    folder = found.folder
    assert (folder / "measures.parquet").is_file()
    del found
    assert not folder.exists()


# --- the door itself ---


def test_importing_loadstone_imports_nothing_slow():
    told = "import sys, loadstone; print(sorted({name.partition('.')[0] for name in sys.modules}))"
    loaded = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True).stdout
    assert "loadstone" in loaded
    assert not [name for name in HEAVY if f"'{name}'" in loaded]


def test_a_name_that_is_not_known_is_told_without_what_takes_long():
    """In one process after another of the commands that take names; typer itself may have pydantic check options."""
    given = [
        ["run", "nothing"], ["report", "nothing"], ["pack", "nothing"], ["merge", "nothing", "x"], ["show", "nothing"],
        ["replay", "nothing", "--cell", "1", "--replication", "0"], ["plan", "nothing"], ["audit", "nothing"],
        ["advise", "nothing", "--n", "50"], ["reconstruct", "nothing"], ["audit", "crm-clusters", "--out", __file__],
        ["runn"], ["run", "--help"],
    ]  # fmt: skip
    told = (
        "import contextlib, json, sys, loadstone\n"
        f"for words in {given!r}:\n"
        "    sys.argv = ['loadstone', *words]\n"
        "    with contextlib.suppress(SystemExit):\n"
        "        loadstone.main()\n"
        "print(json.dumps(sorted({name.partition('.')[0] for name in sys.modules})))"
    )
    ended = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    assert ended.stderr.count("'nothing' is not known") == 10
    assert not HEAVY.difference({"pydantic"}) & set(json.loads(ended.stdout.splitlines()[-1]))


def test_everything_public_is_typed_and_described():
    assert set(ls.PUBLIC) <= set(dir(ls))
    for name in ls.PUBLIC:
        public = getattr(ls, name)
        assert inspect.getdoc(public)
        members = [public] if inspect.isfunction(public) else [m for n, m in vars(public).items() if n[0] != "_"]
        for member in members:
            function = member.fget if isinstance(member, property) else getattr(member, "func", member)
            function = getattr(function, "__func__", function)
            if inspect.isfunction(function):
                assert inspect.getdoc(function), function
                missing = [
                    p
                    for p in inspect.signature(function).parameters.values()
                    if p.annotation is p.empty and p.name not in ("self", "cls")
                ]
                assert not missing, function
                assert inspect.signature(function).return_annotation is not inspect.Signature.empty


def test_every_object_shows_itself_in_a_notebook():
    population = ls.population(OWN_NUMBERS)
    study = ls.Study(population, 50, replications=20, methods=["sumscores"])
    fits = ls.fit(population.draw(80).frame(), population, methods=["sumscores"])
    for shown in (population, study, study.run(progress=False), fits):
        assert "<svg" in shown._repr_html_()
    assert "<table" in population.draw(20)._repr_html_()
