"""Adapters: a function, scikit-learn's habits, a program of another language; docs/adapters.md is run as it stands."""

import re
import shutil
import subprocess
import sys
import textwrap
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from estimators import laws
from estimators.adapters import from_command, from_sklearn, one_at_a_time
from estimators.base import Status
from estimators.catalogue import find
from estimators.factors.covariance import MaximumLikelihood
from estimators.laws.strategies import CLEAR_STRUCTURES, SHAPES
from estimators.laws.worlds import drawn_survey
from sim.batch import Batch
from sim.errors import InputError
from sim.model import Model

ROOT = Path(__file__).parent.parent
DOC = (ROOT.parent / "docs" / "adapters.md").read_text(encoding="utf-8")
FUNCTION, SEMOPY, SKLEARN, COMMAND = re.findall(r"```python\n(.*?)```", DOC, re.S)
SCRIPT = re.findall(r"```r\n(.*?)```", DOC, re.S)[0]
SURVEY = drawn_survey(CLEAR_STRUCTURES[1], 5, 120, 3, 5, 0.8)
HOLZINGER = Model.parse(
    "visual =~ x1 + x2 + x3\ntextual =~ x4 + x5 + x6\nspeed =~ x7 + x8 + x9\nspeed ~ visual + textual"
)


def run(code: str) -> dict:
    names: dict = {"__name__": "example"}
    exec(compile(code, "adapters.md", "exec"), names)
    return names


def has_lavaan() -> bool:
    if shutil.which("Rscript") is None:
        return False
    return subprocess.run(["Rscript", "-e", "library(lavaan)"], capture_output=True, check=False).returncode == 0


class Columns:
    """The mean of the columns, with the habits of a transformer."""

    def fit(self, X, y=None):
        return self

    def transform(self, X):
        return X.mean(axis=1, keepdims=True)


class Line:
    """Least squares, with the habits of a regressor."""

    def fit(self, X, y):
        self.coef_ = np.linalg.lstsq(X, y, rcond=None)[0]
        return self


@pytest.mark.acceptance
def test_a_function_of_one_data_frame_is_an_estimator_that_obeys_the_laws():
    method = run(FUNCTION)["Means"]
    report = laws.report(method(), examples=2, shrink=False, raw_units=True)
    assert not report.broken, report
    assert len(report.held) >= 25


def test_a_function_that_fails_on_a_data_set_fails_there_alone():
    def picky(frame, model):
        if frame.iloc[0, 0] == 1:
            raise ValueError("no")
        if frame.iloc[0, 0] == 2:
            return {"status": "SINGULAR"}
        return {f"{y}~{x}": {"value": 0.5, "se": 0.1} for y, x in model.paths}

    answers = np.random.default_rng(1).integers(1, 6, size=(3, 50, len(SURVEY.model.items))).astype(np.int8)
    answers[:, 0, 0] = [1, 2, 3]
    fit = one_at_a_time(picky)().fit(Batch.of(answers), SURVEY.model)
    assert fit.status.tolist() == [Status.NOT_CONVERGED, Status.SINGULAR, Status.OK]
    assert fit.se[2, 0] == 0.1
    assert np.isnan(one_at_a_time(picky)().without_inference().fit(Batch.of(answers), SURVEY.model).se).all()


def test_scikit_learns_habits_give_least_squares_on_scores():
    found = from_sklearn(Columns(), Line())().fit(SURVEY.batch, SURVEY.model)
    means = run(FUNCTION)["Means"]().fit(SURVEY.batch, SURVEY.model)
    for target in SURVEY.model.targets:
        if target.kind in ("path", "r2"):
            column = found.column(target.name)
            assert np.allclose(found.value[:, column], means.value[:, column], atol=1e-12)
    report = laws.report(from_sklearn(Columns(), Line()), examples=2, shrink=False, raw_units=True)
    assert not report.broken, report


@pytest.mark.skipif(find_spec("sklearn") is None, reason="scikit-learn is not installed")
def test_the_example_of_scikit_learn_runs():
    fit = run(SKLEARN)["Components"]().fit(SURVEY.batch, SURVEY.model)
    assert (fit.status == Status.OK).all()


PROGRAM = textwrap.dedent(
    """
    import csv, json, sys, pathlib
    import numpy as np, pandas as pd
    model, data, out = sys.argv[1:]
    table = pd.read_csv(data) if data.endswith("csv") else pd.read_feather(data)
    starts = pathlib.Path(__file__).with_name("starts")
    starts.write_text(starts.read_text() + "x" if starts.exists() else "x")
    rows = []
    for r, one in table.groupby("data_set"):
        b = float(np.corrcoef(one["a1"], one["b1"])[0, 1])
        rows.append({"data_set": int(r), "target": "B~A", "value": b, "status": "INADMISSIBLE" if b < 0 else "OK"})
    rows = rows[:-1] if len(rows) > 3 else rows
    if "json" in sys.argv[0]:
        json.dump(rows, open(out, "w"))
    else:
        pd.DataFrame(rows).to_csv(out, index=False)
    """
)


@pytest.mark.parametrize(("name", "format"), [("fit_csv.py", "csv"), ("fit_json.py", "arrow")])
def test_a_program_is_started_once_for_many_data_sets(tmp_path, name, format):
    (tmp_path / name).write_text(PROGRAM)
    model = CLEAR_STRUCTURES[0]
    survey = drawn_survey(model, 5, 60, 40, 9, 0.8)
    fit = from_command(f"{sys.executable} {tmp_path / name}", format=format)().fit(survey.batch, model)
    assert (tmp_path / "starts").read_text() == "x"
    wanted = [np.corrcoef(one[:, 0], one[:, 5])[0, 1] for one in survey.answers]
    assert np.allclose(fit.value[:-1, fit.column("B~A")], wanted[:-1], atol=1e-12)
    assert fit.status[-1] == Status.NOT_CONVERGED  # the one that the program did not name


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("import sys; sys.exit('no such model')", "ended with exit code 1: no such model"),
        ("", "wrote no estimates; its third argument is the file to write"),
        (
            "import sys; open(sys.argv[3], 'w').write('a,b\\n1,2\\n')",
            "wrote the columns a, b; data_set, target and value",
        ),
        (
            "import sys; open(sys.argv[3], 'w').write('data_set,target,value\\n7,B~A,1\\n')",
            "wrote of data set 7; there are 3, counted from 0",
        ),
    ],
)
def test_a_program_that_fails_as_a_whole_ends_with_one_message(tmp_path, code, told):
    (tmp_path / "fit.py").write_text(code)
    with pytest.raises(InputError, match=re.escape(told)):
        from_command(f"{sys.executable} {tmp_path / 'fit.py'}")().fit(SURVEY.batch, SURVEY.model)


def test_a_program_that_is_not_installed_is_a_refusal():
    method = from_command("no-such-program fit.R")()
    assert method.refusal(SURVEY.model) == (
        "the program no-such-program is not installed here; install it, or leave the method out"
    )


def test_adapters_stand_in_a_study_file_by_name(tmp_path, monkeypatch):
    (tmp_path / "adapted.py").write_text(FUNCTION)
    monkeypatch.syspath_prepend(tmp_path)
    entry = find("adapted:Means", tmp_path)
    assert entry.description == "Least squares on the means of standardised items"
    assert (entry.estimator().fit(SURVEY.batch, SURVEY.model).status == Status.OK).all()


@pytest.mark.skipif(not has_lavaan(), reason="R with lavaan is not installed")
def test_lavaan_by_a_command_agrees_with_ml_on_the_reference_data(tmp_path):
    (tmp_path / "fit.R").write_text(SCRIPT)
    data = pd.read_csv(ROOT / "reference" / "data" / "HolzingerSwineford1939.csv")
    answers = data[list(HOLZINGER.items)].to_numpy(dtype=float)
    batch = Batch.of(np.stack([answers, answers[::-1], answers[:150]][:2]))
    theirs = from_command(f"Rscript {tmp_path / 'fit.R'}")().fit(batch, HOLZINGER)
    ours = MaximumLikelihood().fit(batch, HOLZINGER)
    given = [q for q, target in enumerate(ours.targets) if target.kind in ("path", "loading")]
    for name in ("value", "se", "lower", "upper"):
        assert np.allclose(getattr(theirs, name)[:, given], getattr(ours, name)[:, given], rtol=0, atol=1e-5), name
    assert (theirs.status == ours.status).all()


@pytest.mark.skipif(find_spec("semopy") is None, reason="semopy is not installed")
def test_semopy_by_a_function_agrees_with_ml():
    data = pd.read_csv(ROOT / "reference" / "data" / "HolzingerSwineford1939.csv")
    batch = Batch.of(data[list(HOLZINGER.items)].to_numpy(dtype=float)[None])
    theirs = run(SEMOPY)["SemopyML"]().fit(batch, HOLZINGER)
    ours = MaximumLikelihood().fit(batch, HOLZINGER)
    paths = [q for q, target in enumerate(ours.targets) if target.kind in ("path", "loading")]
    # semopy stops early: its optimiser leaves the third decimal open.
    assert np.allclose(theirs.value[:, paths], ours.value[:, paths], atol=5e-3)


def test_items_left_out_are_neither_in_the_frame_nor_in_the_model():
    seen = []

    def looks(frame, model):
        seen.append((list(frame.columns), list(model.items)))
        return {f"{y}~{x}": 0.1 for y, x in model.paths}

    kept = np.ones((3, len(SURVEY.model.items)), dtype=bool)
    kept[1, 2] = False
    one_at_a_time(looks)().fit(SURVEY.batch.keep(kept), SURVEY.model)
    assert seen[0][0] == list(SURVEY.model.items)
    assert seen[1][0] == seen[1][1] == [item for i, item in enumerate(SURVEY.model.items) if i != 2]
    assert "a single item" in SHAPES
