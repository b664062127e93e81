"""Archives run again and give the same bits; files of results say what they hold to whoever reads them."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from rich.console import Console

import loadstone
import reports
from benchmarks import schema
from benchmarks.archive import sources
from benchmarks.run import runner
from benchmarks.stored import lock, readme, verifying
from benchmarks.study.study import load
from sim.errors import InputError
from tests.bad_input import TINY, Command, changed

POPULATION = """
base = "three-factors"
"""


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study with a population file of its own, run and reported."""
    folder = tmp_path_factory.mktemp("archive")
    (folder / "mine.toml").write_text(POPULATION)
    # Of one method: a program that is unpacked compiles the loops of every method of the study anew.
    alone = TINY.partition("[methods.pls]")[0]
    (folder / "tiny.toml").write_text(changed(alone, ('"three-factors"', '"mine.toml"'), ("n = [30]", "n = [30, 40]")))
    runner.run(load(str(folder / "tiny.toml")), folder / "results" / "tiny", 1, Console(quiet=True))
    reports.write(folder / "results" / "tiny")
    return folder


@pytest.fixture(scope="module")
def packed(ran: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive with the estimates."""
    pytest.importorskip("rocrate", reason="rocrate is not installed")
    archive = tmp_path_factory.mktemp("packed") / "tiny.zip"
    with pytest.MonkeyPatch.context() as patched:
        patched.chdir(ran)
        patched.setattr(sys, "argv", ["loadstone", "pack", "tiny.toml", "--to", str(archive), "--estimates"])
        with pytest.raises(SystemExit) as ended:
            loadstone.main()
    assert ended.value.code == 0
    return archive


@pytest.fixture
def unpacked(packed: Path, tmp_path: Path) -> Path:
    with zipfile.ZipFile(packed) as file:
        file.extractall(tmp_path / "unpacked")
    return tmp_path / "unpacked"


def test_an_archive_holds_everything_and_its_checksums_hold(unpacked: Path) -> None:
    lines = (unpacked / "SHA256SUMS").read_text().splitlines()
    listed = dict(line.split("  ", 1)[::-1] for line in lines)
    there = {p.relative_to(unpacked).as_posix() for p in unpacked.rglob("*") if p.is_file()} - {"SHA256SUMS"}
    assert set(listed) == there
    assert all(hashlib.sha256((unpacked / n).read_bytes()).hexdigest() == digest for n, digest in listed.items())
    assert {"study/tiny.toml", "study/mine.toml", "results/report.html", "results/measures.parquet"} <= there
    assert {"program/loadstone.py", "program/sim/streams.py", "requirements.txt", "CITATION.cff", "README.md"} <= there
    assert not [name for name in there if "__pycache__" in name]
    assert "all " in verifying.verified(unpacked / "results")


def test_an_archive_is_a_crate_that_the_library_reads(unpacked: Path) -> None:
    from rocrate.rocrate import ROCrate

    crate = ROCrate(unpacked)
    assert crate.name == "Tiny"
    assert crate.dereference("study/tiny.toml") is not None
    run = crate.dereference("#run")
    assert run.properties()["object"] == {"@id": "study/tiny.toml"}
    graph = json.loads((unpacked / "ro-crate-metadata.json").read_text())["@graph"]
    assert all("sha256" in each for each in graph if each.get("@type") == "File")


def test_the_study_of_an_archive_gives_the_same_bits(unpacked: Path, tmp_path: Path) -> None:
    """Criterion 5, by the program here; the acceptance test runs the archive's own."""
    runner.run(load(str(unpacked / "study" / "tiny.toml")), tmp_path / "again", 2, Console(quiet=True))
    same = "measures.parquet"
    assert (tmp_path / "again" / same).read_bytes() == (unpacked / "results" / same).read_bytes()


@pytest.mark.acceptance
def test_an_archive_runs_by_the_program_in_it(unpacked: Path, tmp_path: Path) -> None:
    """Criterion 5: the program that was packed, in a process that knows no other, with loops compiled anew."""
    place = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "NUMBA_CACHE_DIR")}
    subprocess.run(
        [sys.executable, "-c", "import loadstone; loadstone.main()", "run", str(unpacked / "study" / "tiny.toml"),
         "--out", str(tmp_path / "again")],
        env={**place, "PYTHONPATH": str(unpacked / "program")}, cwd=tmp_path, check=True, timeout=600,
        capture_output=True,
    )  # fmt: skip
    same = "measures.parquet"
    assert (tmp_path / "again" / same).read_bytes() == (unpacked / "results" / same).read_bytes()


def test_the_same_results_give_the_same_archive(ran: Path, tmp_path: Path, command: Command, monkeypatch) -> None:
    pytest.importorskip("rocrate", reason="rocrate is not installed")
    monkeypatch.chdir(ran)
    for name in ("a.zip", "b.zip"):
        assert command("pack", "tiny.toml", "--to", tmp_path / name) == 0
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()
    with zipfile.ZipFile(tmp_path / "a.zip") as file:
        assert not [name for name in file.namelist() if name.startswith("results/blocks/")]


def test_damaged_results_and_files_outside_are_refused(
    ran: Path, tmp_path: Path, command: Command, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("rocrate", reason="rocrate is not installed")
    shutil.copytree(ran, tmp_path / "copy")
    monkeypatch.chdir(tmp_path / "copy")
    with (tmp_path / "copy" / "results" / "tiny" / "report.html").open("a") as file:
        file.write(" ")
    assert command("pack", "tiny.toml") == 2
    assert "report.html is not what was written" in capsys.readouterr().err
    assert not (tmp_path / "copy" / "tiny.zip").exists()
    inner = tmp_path / "copy" / "inner"
    inner.mkdir()
    (inner / "tiny.toml").write_text(changed(TINY, ('"three-factors"', '"../mine.toml"')))
    with pytest.raises(InputError, match="lies outside its folder"):
        sources.of_study(inner / "tiny.toml")


def test_a_project_file_is_made_where_the_program_has_none() -> None:
    made = sources._project()
    assert 'name = "loadstone"' in made
    assert "numpy" in made


# --- results describe themselves ---


def test_the_readme_of_a_results_folder_names_every_file_and_column(ran: Path) -> None:
    text = (ran / "results" / "tiny" / "README.md").read_text()
    assert text == readme.text()
    for path in (ran / "results" / "tiny").iterdir():
        assert path.name in (readme.NAME, lock.NAME) or path.name in text, path.name
    for column in (*schema.MEASURES, *schema.TOLD, *schema.BLOCK, *schema.PUBLISHED):
        assert f"`{column.name}" in text
        assert column.meaning in text


def test_parquet_files_say_what_their_columns_hold(ran: Path) -> None:
    folder = ran / "results" / "tiny"
    for path in (folder / "measures.parquet", folder / "replications.parquet", *folder.glob("blocks/*/*.parquet")):
        stored = pq.read_schema(path)
        told = json.loads(stored.metadata[schema.MEANINGS])
        for name in stored.names:
            base = name.partition(":")[0]
            assert any(key == base or key.startswith(f"{base}:") for key in told), name
        assert all(each["unit"] and each["meaning"] for each in told.values())


def test_duckdb_reads_numbers_and_meanings(ran: Path) -> None:
    duckdb = pytest.importorskip("duckdb", reason="DuckDB is not installed")
    path = ran / "results" / "tiny" / "measures.parquet"
    bias = pq.read_table(path).to_pandas().query("measure == 'bias' and over == 'usable'")["value"]
    ask = duckdb.connect()
    summed = f"SELECT sum(value) FROM '{path}' WHERE measure = 'bias' AND \"over\" = 'usable'"
    assert ask.execute(summed).fetchall()[0][0] == pytest.approx(bias.sum(), rel=1e-12)
    meanings = f"SELECT decode(value) FROM parquet_kv_metadata('{path}') WHERE decode(key) = 'columns'"
    assert json.loads(ask.execute(meanings).fetchall()[0][0])["mcse"]["meaning"] == "its Monte Carlo standard error"
    usable = f"SELECT count(*) FROM '{path.parent}/blocks/*/*.parquet' WHERE status = 0"
    assert ask.execute(usable).fetchall()[0][0] > 0


@pytest.mark.skipif(shutil.which("Rscript") is None, reason="no R on this machine")
def test_r_reads_them(ran: Path) -> None:
    code = (
        "if (!requireNamespace('arrow', quietly = TRUE)) quit(status = 77); "
        "cat(nrow(arrow::read_parquet(commandArgs(TRUE)[1])))"
    )
    path = ran / "results" / "tiny" / "measures.parquet"
    done = subprocess.run(["Rscript", "-e", code, str(path)], capture_output=True, text=True, timeout=120, check=False)
    if done.returncode == 77:
        pytest.skip("R has no package arrow here")
    assert int(done.stdout) == pq.read_metadata(path).num_rows
