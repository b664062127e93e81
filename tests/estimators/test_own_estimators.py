"""Estimators from outside: the documentation's example from end to end, entry points, names that cannot be used."""

import json
import re
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

import reports
from benchmarks.evaluation.described.describe import description
from benchmarks.run import runner
from benchmarks.study.study import load, with_replications
from estimators import laws, outside
from estimators.catalogue import ESTIMATORS, find
from estimators.methods import build
from sim.batch import Batch
from sim.errors import InputError
from sim.model import Model

DOC = (Path(__file__).parent.parent.parent / "docs" / "own-estimators.md").read_text(encoding="utf-8")
CLASS, CHECK, ENTRY = re.findall(r"```python\n(.*?)```", DOC, re.S)
STUDY, POINT = re.findall(r"```toml\n(.*?)```", DOC, re.S)
QUIET = Console(quiet=True)
REFERENCE = "mymethod:PrincipalComponents"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with the example, current and forgotten afterwards."""
    (tmp_path / "mymethod.py").write_text(CLASS, encoding="utf-8")
    (tmp_path / "study.toml").write_text(STUDY, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    yield tmp_path
    for name, module in list(sys.modules.items()):
        if str(getattr(module, "__file__", None)).startswith(str(tmp_path)):
            del sys.modules[name]


@pytest.fixture
def installed(folder):
    """The example as an installed package with the documentation's entry point."""
    about = folder / "site" / "my_method-1.2.dist-info"
    about.mkdir(parents=True)
    (folder / "mymethod.py").rename(folder / "site" / "mymethod.py")
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: my-method\nVersion: 1.2\n", encoding="utf-8")
    points = POINT.replace('[project.entry-points."loadstone.estimators"]', "[loadstone.estimators]").replace('"', "")
    (about / "entry_points.txt").write_text(points, encoding="utf-8")
    sys.path.insert(0, str(folder / "site"))
    return about


# --- the documentation's example ---


def test_the_example_obeys_the_laws_as_the_documentation_says(folder, capsys):
    sys.path.insert(0, str(folder))
    exec(compile(CHECK.replace("Components())", "Components(), examples=4)"), "own-estimators.md", "exec"), {})
    assert "honest-status        holds" in capsys.readouterr().out


def test_without_its_check_the_example_breaks_the_law_that_the_documentation_shows(folder):
    careless = CLASS.replace(" or np.linalg.eigvalsh(scores)[0] < 1e-10", "")
    assert careless != CLASS
    (folder / "mymethod.py").write_text(careless, encoding="utf-8")
    with pytest.raises(laws.LawBroken) as broken:
        laws.check(REFERENCE, only=["honest-status"])
    shown = re.search(r"```text\n(.*?)```", DOC, re.S).group(1)
    # Whether a matrix counts as singular hangs on the last bit, which processors do not share, and on it which survey
    # is the smallest that shows the fault: of the survey itself only the form is the same everywhere.
    form = re.compile(r"(?<=held against: 1 data set of )\d+ .*|(?<=data set 1: ).*|(?<=^  )-?\d.*")
    printed = [form.sub("...", line.removesuffix("...")) for line in shown.splitlines()]
    told = [form.sub("...", line) for line in str(broken.value).splitlines()]
    for line, own in zip(printed[:5], told, strict=False):
        assert own.startswith(line), "the fault, and how to see it again"
    assert set(told[5:]) == set(printed[5:]) == {"data set 1: ...", "  ..."}


def test_the_examples_study_runs_and_shows_which_code_it_was(folder):
    study = with_replications(load("study.toml"), 30)
    runner.run(study, folder / "results", 1, QUIET)
    measures = pd.read_parquet(folder / "results" / "measures.parquet")
    bias = measures[(measures["measure"] == "bias") & (measures["method"] == "first-components")]
    assert np.isfinite(bias["value"]).all()
    stored = json.loads((folder / "results" / "study.json").read_text(encoding="utf-8"))
    assert stored["methods"]["first-components"]["label"] == "PrincipalComponents"
    assert re.fullmatch(r"mymethod sha256 [0-9a-f]{16}", stored["versions"][REFERENCE])
    assert stored["versions"][REFERENCE] in reports.write(folder / "results").read_text(encoding="utf-8")
    assert study.methods[0].estimator.inner.ridge == 0.01


def test_results_of_other_code_are_not_gone_on_with(folder):
    runner.run(load("study.toml"), folder / "results", 1, QUIET)
    (folder / "mymethod.py").write_text(CLASS.replace("1e-10", "1e-9"), encoding="utf-8")
    del sys.modules["mymethod"]
    with pytest.raises(InputError, match="another version of this study"):
        runner.run(load("study.toml"), folder / "results", 1, QUIET)


def test_fit_takes_the_example_from_the_current_folder(folder, command, capsys):
    answers = np.random.default_rng(3).integers(1, 6, size=(60, 6))
    pd.DataFrame(answers, columns=["x1", "x2", "x3", "y1", "y2", "y3"]).to_csv("survey.csv", index=False)
    Path("model.txt").write_text("F =~ x1 + x2 + x3\nG =~ y1 + y2 + y3\nG ~ F\n", encoding="utf-8")
    words = ["fit", "survey.csv", "--model", "model.txt", "--method", f"{REFERENCE},sumscores", "--out", "out.csv"]
    assert command(*words) in (0, None)
    table = pd.read_csv("out.csv").set_index(["method", "target"])["value"]
    model = Model.parse(Path("model.txt").read_text(encoding="utf-8"))
    own = sys.modules["mymethod"].PrincipalComponents().fit(Batch.of(answers), model)
    assert table["PrincipalComponents", "G~F"] == pytest.approx(own.value[0, 0], rel=1e-12)
    assert "Sum scores" in capsys.readouterr().out


# --- names ---


def test_an_entry_point_is_a_name_like_any_other(installed, command, capsys):
    method = build("mine", {"estimator": "first-components", "ridge": 0.5, "resamples": 30}, 0.95)
    assert method.label == "PrincipalComponents"
    assert method.estimator.inner.ridge == 0.5
    assert re.fullmatch(r"my-method 1\.2, mymethod sha256 [0-9a-f]{16}", method.entry.origin)
    assert method.identity["code"] == method.entry.origin
    assert command("list") in (0, None)
    assert "first-components" in capsys.readouterr().out
    with pytest.raises(InputError, match=r"'first-componets' is not known; did you mean 'first-components'\?"):
        find("first-componets")


def test_one_name_for_two_objects_is_refused(installed):
    other = installed.parent / "other-1.0.dist-info"
    other.mkdir()
    (other / "METADATA").write_text("Metadata-Version: 2.1\nName: other\nVersion: 1.0\n", encoding="utf-8")
    (other / "entry_points.txt").write_text("[loadstone.estimators]\nfirst-components = other:Thing\n")
    with pytest.raises(InputError, match=r"'first-components' of loadstone\.estimators is both"):
        outside.installed()


def test_an_entry_gives_label_and_claims(folder):
    (folder / "listed.py").write_text(ENTRY, encoding="utf-8")
    entry = find("listed:COMPONENTS", folder)
    assert (entry.label, entry.resampled) == ("First components", True)
    assert entry.origin.startswith("listed sha256 ")
    assert laws.check("listed:COMPONENTS", only=["truth"], examples=1).left_out


def test_code_in_a_package_is_known_by_all_its_files(folder):
    package = folder / "mypackage"
    package.mkdir()
    (package / "__init__.py").write_text("", encoding="utf-8")
    (folder / "mymethod.py").rename(package / "method.py")
    one = find("mypackage.method:PrincipalComponents", folder).origin
    (package / "other.py").write_text("# a part that the method may use\n", encoding="utf-8")
    two = find("mypackage.method:PrincipalComponents", folder).origin
    assert one.startswith("mypackage sha256 ")
    assert one != two


def test_the_catalogues_own_methods_have_no_origin():
    assert all(not entry.origin for entry in ESTIMATORS.values())
    method = build("ml", {}, 0.95)
    assert method.identity == method.settings == {"estimator": "ml"}


BROKEN = {
    "half": "class Half:\n    def fit(self): ...\n",
    "wants": "import no_such_package\n",
    "torn": "class Torn(:\n",
    "asks": (
        "from dataclasses import dataclass\nfrom mymethod import PrincipalComponents\n\n"
        "@dataclass(frozen=True)\nclass Asks(PrincipalComponents):\n    steps: int = 3\n    exact: bool = True\n"
        "    kind: str = 'a'\n\n    def __post_init__(self):\n        if self.steps > 9:\n"
        "            raise ValueError('steps beyond 9')\n\n"
        "class Needs(PrincipalComponents):\n    def __init__(self, size):\n        self.size = size\n\n"
        "VALUE = 3\n"
    ),
}


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"estimator": "nowhere:Thing"}, ["no module 'nowhere' is installed", "beside the study file"]),
        ({"estimator": "nowhere.deep:Thing"}, ["no module 'nowhere' is installed"]),
        ({"estimator": "mymethod:PrincipalComponent"}, ["did you mean 'PrincipalComponents'?", "mymethod"]),
        ({"estimator": "mymethod:"}, ["'mymethod:' is no reference", "package.module:Class"]),
        ({"estimator": "mymethod"}, ["'mymethod' is not known", "package.module:Class"]),
        ({"estimator": "half:Half"}, ["no estimator", "no refusal, without_inference", "own-estimators.md"]),
        ({"estimator": "wants:Thing"}, ["importing wants fails", "no_such_package"]),
        ({"estimator": "torn:Torn"}, ["importing torn fails", "SyntaxError"]),
        ({"estimator": "asks:VALUE"}, ["is a int", "name a class"]),
        ({"estimator": "asks:Needs"}, ["cannot be made", "size"]),
        ({"estimator": "asks:Asks", "steps": 10}, ["cannot be made", "steps beyond 9"]),
        ({"estimator": "asks:Asks", "steps": 2.5}, ["steps is 2.5", "whole number"]),
        ({"estimator": "asks:Asks", "exact": 1}, ["exact is 1", "true or false"]),
        ({"estimator": "asks:Asks", "kind": 1}, ["kind is 1", "text"]),
        ({"estimator": "asks:Asks", "ridge": float("nan")}, ["ridge is nan", "finite"]),
        ({"estimator": REFERENCE, "rigde": 1.0}, ["'rigde' is not known", "did you mean 'ridge'?"]),
    ],
)
def test_what_cannot_be_used_is_told(folder, settings, told):
    for name, text in BROKEN.items():
        (folder / f"{name}.py").write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as refused:
        build("mine", settings, 0.95, folder)
    assert all(part in str(refused.value) for part in told), str(refused.value)


def test_settings_of_an_outside_method_may_be_zero_negative_or_false(folder):
    (folder / "asks.py").write_text(BROKEN["asks"], encoding="utf-8")
    settings = {"estimator": "asks:Asks", "ridge": 0.0, "steps": -1, "exact": False, "kind": "b"}
    made = build("mine", settings, 0.95, folder).estimator
    assert (made.ridge, made.steps, made.exact, made.kind) == (0.0, -1, False, "b")


def test_a_mistake_in_a_study_file_has_its_place(folder):
    (folder / "study.toml").write_text(STUDY.replace("mymethod:Pr", "mymethods:Pr"), encoding="utf-8")
    with pytest.raises(InputError, match=r"methods\.first-components: estimator 'mymethods:Pr.*no module 'mymethods'"):
        load("study.toml")


def test_the_description_of_a_study_without_outside_methods_lists_none():
    assert not [name for name in description(load("goodhue-2012"))["versions"] if ":" in name]
