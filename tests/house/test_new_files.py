"""`loadstone new` and `loadstone schema`: files that run as they are, and what editors check them by."""

import json
import re
import shutil
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path

import pytest
from jsonschema import Draft7Validator

from benchmarks.newfiles import schemas, writing
from benchmarks.study import study as studies
from sim import catalogue, toml
from sim.catalogue import populationfile
from sim.streams import Address
from sim.tables.reading import named as tables
from sim.tables.reading import table

ADDRESS = Address(1, "0" * 64)
CATALOGUE = {
    "study": [studies.locate(name) for name in studies.names()],
    "population": [catalogue.path_of(name) for name in catalogue.every_name()],
    "table": [tables.locate(name) for name in tables.names()],
}
EVERY = [(kind, path) for kind, paths in CATALOGUE.items() for path in paths]
TAPLO = shutil.which("taplo", path=str(Path(sys.executable).parent)) or shutil.which("taplo")


@cache
def validator(kind):
    return Draft7Validator(schemas.schema(kind) | json.loads(schemas.text(kind)))


# --- new files ---


@pytest.mark.parametrize("name", studies.names())
def test_a_new_study_like_one_of_the_catalogue_asks_for_the_same(name, tmp_path):
    path, beside = writing.write("study", "mine", name, tmp_path)
    made = studies.load(str(path))
    assert made.name == "mine"
    assert made.definition == studies.load(name).definition
    assert path.read_text().startswith(f"#:schema ./{beside.name}\n")


@pytest.mark.parametrize("name", catalogue.every_name())
def test_a_new_population_like_one_of_the_catalogue_is_drawn_from(name, tmp_path):
    path, _ = writing.write("population", "mine", name, tmp_path)
    assert catalogue.world(str(path)).draw_block(60, ADDRESS, 0, 1).answers.shape[1] == 60


def test_a_new_table_like_one_of_the_catalogue_is_read(tmp_path):
    path, _ = writing.write("table", "mine", "crm-clusters", tmp_path)
    assert table.read(path) == table.read(tables.locate("crm-clusters"))


@pytest.mark.acceptance
def test_new_files_run_as_they_are(tmp_path, monkeypatch, command, capsys):
    monkeypatch.chdir(tmp_path)
    for kind, then in writing.NEXT.items():
        assert command("new", kind, f"my-{kind}") in (0, None)
        assert f"next: loadstone {then.split()[1]} my-{kind}.toml" in capsys.readouterr().out
    assert command("run", "my-study.toml", "--quick", "--replications", "20") in (0, None)
    assert (tmp_path / "results" / "my-study-quick" / "report.html").is_file()
    assert command("show", "my-population.toml") in (0, None)
    assert command("reconstruct", "my-table.toml") in (0, None)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["study", "my study"], "use letters"),
        (["study", "there"], "is there already"),
        (["population", "mine", "--like", "crm-cluster"], "did you mean 'crm-clusters'"),
    ],
)
def test_a_mistake_writes_nothing(words, told, tmp_path, monkeypatch, command, capsys):
    (tmp_path / "there.toml").write_text("")
    monkeypatch.chdir(tmp_path)
    assert command("new", *words) == 2
    assert told in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["there.toml"]


# --- the schemas ---


@pytest.mark.parametrize(("kind", "path"), EVERY, ids=lambda each: getattr(each, "stem", each))
def test_the_schema_accepts_every_file_of_the_catalogue(kind, path):
    validator(kind).validate(tomllib.loads(path.read_text()))


@pytest.mark.parametrize("kind", schemas.FORMS)
def test_the_schema_accepts_new_files(kind, tmp_path):
    path, _ = writing.write(kind, "mine", None, tmp_path)
    validator(kind).validate(tomllib.loads(path.read_text()))


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("study", lambda c: c["data"].update(replications="many")),
        ("study", lambda c: c["data"].update(replication=10)),
        ("study", lambda c: c["data"].update(n=[2])),
        ("study", lambda c: c.pop("estimands")),
        ("study", lambda c: c["performance"].update(level=1.5)),
        ("study", lambda c: c["data"].update(population=5)),
        ("population", lambda c: c.update(valuez={})),
        ("population", lambda c: c.pop("model")),
        ("population", lambda c: c["scale"].update(categories="five")),
        ("table", lambda c: c.update(method="lisrel")),
        ("table", lambda c: c["constructs"]["USE"].update(alpha=True)),
    ],
)
def test_the_schema_refuses_what_the_program_refuses(kind, change, tmp_path):
    content = tomllib.loads(writing.write(kind, "mine", None, tmp_path)[0].read_text())
    change(content)
    assert not validator(kind).is_valid(content)


def test_a_schema_proposes_methods_and_settings_and_forbids_none():
    method = schemas.schema("study")["properties"]["methods"]
    assert {"pls", "wlsmv"} <= set(method["properties"])
    assert {"estimator", "scheme", "resamples"} <= set(schemas.schema("study")["definitions"]["Method"]["properties"])


def test_the_command_prints_one_and_writes_all(tmp_path, monkeypatch, command, capsys):
    monkeypatch.chdir(tmp_path)
    assert command("schema", "table") in (0, None)
    assert json.loads(capsys.readouterr().out)["title"] == "Loadstone table file"
    assert command("schema") in (0, None)
    assert {path.name for path in tmp_path.iterdir()} == {f"loadstone-{kind}.schema.json" for kind in schemas.FORMS}


@pytest.mark.skipif(TAPLO is None, reason="taplo, the program that checks TOML against a schema, is not installed")
@pytest.mark.parametrize(
    ("before", "after", "accepted"), [("", "", True), ("replications = 1000", "replications = 1.5", False)]
)
def test_taplo_checks_a_new_study_against_the_schema_that_it_names(before, after, accepted, tmp_path):
    path, beside = writing.write("study", "mine", None, tmp_path)
    path.write_text(path.read_text().replace(before, after))
    (named,) = re.findall(r"^#:schema \./(.+)$", path.read_text(), re.MULTILINE)
    assert named == beside.name
    schema = beside.resolve().as_uri()
    checked = subprocess.run(
        [TAPLO, "lint", "--schema", schema, str(path)], capture_output=True, text=True, check=False
    )
    assert (checked.returncode == 0) is accepted, checked.stderr
    if not accepted:
        assert "replications" in checked.stderr


# --- texts of TOML ---


@pytest.mark.parametrize(
    "content",
    [
        {"a": 'with "marks" and \\ and a tab\t', "b": [1, 2.5, True], "c": {}, "d": [{"x": 1, "y": {"z": "1"}}]},
        {"text": "F =~ x1\nG =~ y1\n", "more": "a\n\"b\"\n", "table": {"F=~x1": 1e-7, "1e22": 1e22, "": {"in": -0.0}}},
        {"n": float("inf"), "m": float("-inf"), "deep": {"a.b": {"c d": {"e": [[1], ["x"]]}}}},
    ],
)  # fmt: skip
def test_what_is_written_is_read_again(content):
    assert tomllib.loads(toml.document(content)) == content


def test_the_population_form_is_the_one_that_files_are_checked_by():
    assert schemas.FORMS["population"] == (populationfile.PopulationFile, populationfile.Variant, schemas.ThemeFile)
