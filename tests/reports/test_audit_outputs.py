"""An audit as text, page, Word file, CSV and study: answers stand in them all, hostile names come out harmless."""

import csv
import io
import re
import subprocess
import zipfile
from pathlib import Path

import pytest
from rich.console import Console

from benchmarks.auditing.audit import Audit, audit, audit_table
from benchmarks.auditing.search import Effort
from benchmarks.study.study import load
from reports.auditing import files, text, words
from sim.tables.reading.table import of_content
from tests.made_papers import MODEL

TINY = Effort(
    proposals=4096, wanted=40, rounds=3, nearest=120, populations=8, replications=64, tested=16, resamples=20, aside=3
)  # fmt: skip
NASTY = "<script>alert(1)</script> & \\input{x} =cmd|'/c calc'!A1 ../../etc"
BLOCK = {"alpha": "0.81", "ave": "0.64"}


@pytest.fixture(name="found", scope="module")
def _found() -> Audit:
    content = {
        "title": NASTY,
        "source": NASTY,
        "notes": [NASTY, "=1+1"],
        "method": "pls",
        "n": 60,
        "scale_points": 5,
        "loading_rule": "0.60",
        "model": MODEL,
        "constructs": {"A": BLOCK | {"label": NASTY}, "B": BLOCK, "Y": BLOCK | {"r2": "0.30"}},
        "paper": {"items_announced": 14, "claims": {"Y~A": "supported", "Y~B": "not supported"}},
    }
    return audit_table(of_content(content), NASTY, TINY, 1, 2)


def test_every_sentence_stands_in_every_form(found: Audit, tmp_path: Path) -> None:
    written = {path.name: path for path in files.write(found, tmp_path / "out")}
    assert set(written) >= {"audit.html", "audit.csv", "audit.docx", "weights.csv", "study-reference.toml"}
    page = written["audit.html"].read_text(encoding="utf-8")
    console = Console(width=100_000, file=io.StringIO(), record=True)
    text.show(found, console)
    printed = console.export_text()
    docx = pytest.importorskip("docx")
    document = docx.Document(str(written["audit.docx"]))
    word = "\n".join(paragraph.text for paragraph in document.paragraphs)
    sentences = [words.verdict(found), *(told for _, group in words.conclusion(found) for told in group)]
    assert len(sentences) > 12
    from markupsafe import escape

    for sentence in sentences:
        assert sentence in printed
        assert sentence in word
        assert str(escape(sentence)) in page
    assert "14 announced" in page
    assert "14 announced" in word


def test_every_number_of_the_note_has_its_range(found: Audit) -> None:
    for heading, sentences in words.conclusion(found):
        for sentence in sentences:
            assert "95% range" in sentence or "±" in sentence, (heading, sentence)


def test_hostile_names_come_out_harmless(found: Audit, tmp_path: Path) -> None:
    written = {path.name: path for path in files.write(found, tmp_path)}
    page = written["audit.html"].read_text(encoding="utf-8")
    assert "<script" not in page
    assert "http://" not in page
    with zipfile.ZipFile(written["audit.docx"]) as archive:
        assert "<script" not in archive.read("word/document.xml").decode()
    for row in csv.reader(written["audit.csv"].open(encoding="utf-8")):
        assert not [cell for cell in row if cell[:1] in ("=", "@")], row
    inside = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}
    assert inside == {
        "audit.html", "audit.csv", "audit.docx", "study/weights.csv", "study/study-reference.toml",
        "study/study-wide.toml", "study/populations-reference.toml", "study/populations-wide.toml",
    }  # fmt: skip


def test_the_studies_can_be_run(found: Audit, tmp_path: Path) -> None:
    files.write(found, tmp_path)
    study = load(str(tmp_path / "study" / "study-wide.toml"), code="refuse")
    assert len(study.cells) == len(found.under[1].rows)
    assert {method.name for method in study.methods} == {"paper", "all-items"}
    weights = list(csv.DictReader((tmp_path / "study" / "weights.csv").open()))
    assert sum(float(row["weight"]) for row in weights if row["prior"] == "wide") == pytest.approx(1.0)


def test_the_csv_has_every_answer_in_full(found: Audit) -> None:
    from reports.auditing import tables

    lines = list(csv.DictReader(io.StringIO(tables.as_csv(found))))
    power = [row for row in lines if row["kind"] == "power" and row["prior"] == "reference"]
    assert [float(row["50"]) for row in power] == [
        told.points[2] for key, told in found.under[0].ranges.items() if key.kind == "power"
    ]
    assert all(float(row["mcse_50"]) >= 0 for row in power)


def test_a_folder_that_is_a_file_is_refused_and_nothing_is_written(found: Audit, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("in the way")
    with pytest.raises(ValueError, match="is a file; give a folder"):
        files.write(found, tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="does not exist"):
        audit(tmp_path / "nowhere.toml", TINY, 1, 1)


def test_the_word_file_opens_in_libreoffice(found: Audit, tmp_path: Path) -> None:
    from shutil import which

    office = which("soffice") or which("libreoffice")
    if office is None:
        pytest.skip("LibreOffice is not installed")
    files.write(found, tmp_path)
    command = [office, "--headless", "--convert-to", "pdf", "--outdir", str(tmp_path), str(tmp_path / "audit.docx")]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    assert (tmp_path / "audit.pdf").stat().st_size > 10_000


def test_notes_do_not_stand_under_what_does_not_hold(found: Audit) -> None:
    from reports.auditing.files import page

    head = "<h2>What does not hold together</h2>"
    text = page(found)
    assert "Notes of the table file" in text
    assert head in text
    assert "=1+1" not in text[text.index(head) : text.index("<h2>Notes of the table file</h2>")]


def test_a_need_at_the_smallest_size_that_was_tried_says_so(found: Audit) -> None:
    told = [sentence for _, group in words.conclusion(found) for sentence in group if "power takes" in sentence]
    assert told
    for sentence in told:
        at_the_end = bool(re.search(r"95% range 30 to", sentence))  # half of 60 respondents
        assert ("; fewer than 30 were not tried." in sentence) == at_the_end
    assert any("not tried" in sentence for sentence in told)
