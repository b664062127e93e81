"""The protocol: ADEMP's headings, equations, settings and deviations, for the page, Word and LaTeX."""

import io
import shutil
import subprocess
from pathlib import Path

import pytest
from rich.console import Console

import reports
from benchmarks.run import runner
from benchmarks.study.study import load
from reports.book.forms import wanted
from reports.protocol import tex
from reports.protocol.equations import equations
from reports.protocol.sections import sections
from reports.results import read
from sim.errors import InputError
from tests.bad_input import TINY, changed

HEADINGS = [
    "Aims", "Data-generating mechanisms", "Estimands and targets", "Methods", "Performance measures",
    "Number of replications", "Failures and how they are handled", "Software and computing environment",
    "Deviations between the study file and the run",
]  # fmt: skip
#: A title with what each format would take as a command.
TITLE = r"Tiny: <b>50 %</b> & \\input{x} $a_1^2$ =1+1 ../x β"


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("protocol")
    (folder / "tiny.toml").write_text(
        changed(TINY, ('title = "Tiny"', f'title = "{TITLE}"')) + "\n[quick]\nreplications = 3\n"
    )
    runner.run(load(str(folder / "tiny.toml"), quick=True), folder / "results", 1, Console(quiet=True))
    reports.write(folder / "results", ("html", "docx", "tex"))
    return folder / "results"


def test_every_heading_stands_and_deviations_are_told(ran: Path) -> None:
    found = sections(read(ran))
    assert [section.heading for section in found] == HEADINGS
    told = "\n".join(repr(section) for section in found)
    assert "It ran with --quick" in told
    assert "threshold" in told
    assert "9 items are answered" in told
    assert "θ̂ᵢ" in told


def test_equations_have_the_true_values() -> None:
    made = equations("A =~ a1 + a_2\nC <~ c1 + c2\nY ~ A + C", {"Y~A": 0.5, "Y~C": -0.25})
    assert [each.plain for each in made] == [
        "x = λₓ A + εₓ for x in a1, a_2", "C = Σ wₓ x over x in c1, c2", "Y = 0.500 A − 0.250 C + ζ(Y)",
    ]  # fmt: skip
    assert made[2].latex == r"\mathrm{Y} = 0.500\,\mathrm{A} - 0.250\,\mathrm{C} + \zeta_{\mathrm{Y}}"
    assert r"\mathrm{a\_2}" in made[0].latex


def test_word_file_opens_with_title_headings_and_tables(ran: Path) -> None:
    docx = pytest.importorskip("docx", reason="python-docx is not installed")
    file = docx.Document(io.BytesIO((ran / "report.docx").read_bytes()))
    heads = [each.text for each in file.paragraphs if each.style.name == "Heading 1"]
    assert heads == [*HEADINGS, "Results"]
    assert file.paragraphs[0].text == TITLE.replace("\\\\", "\\")
    assert len(file.tables) > 1


def test_the_same_results_give_the_same_word_file(ran: Path) -> None:
    before = (ran / "report.docx").read_bytes()
    reports.write(ran, ("html", "docx", "tex"))
    assert (ran / "report.docx").read_bytes() == before


def test_forms_that_are_not_asked_for_go(ran: Path, tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(ran, folder)
    reports.write(folder)
    assert not (folder / "report.docx").exists()
    assert (folder / "report.html").exists()


def test_an_unknown_form_is_refused() -> None:
    assert wanted("html, tex") == ("html", "tex")
    with pytest.raises(InputError, match="pdf"):
        wanted("pdf")
    with pytest.raises(InputError, match="empty"):
        wanted(" , ")


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="no pdflatex on this machine")
def test_latex_compiles_whatever_stands_in_names(ran: Path, screened_report: Path, tmp_path: Path) -> None:
    texts = [(ran / "report.tex").read_text(), tex.document(read(screened_report), [])]
    for place, text in enumerate(texts):
        (tmp_path / f"{place}.tex").write_text(text)
        done = subprocess.run(
            ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", f"{place}.tex"],
            cwd=tmp_path, capture_output=True, timeout=120, check=False,
        )  # fmt: skip
        log = done.stdout.decode(errors="replace")
        assert done.returncode == 0, log[-1500:]


@pytest.mark.acceptance
@pytest.mark.skipif(shutil.which("soffice") is None, reason="no LibreOffice on this machine")
def test_libreoffice_opens_the_word_file(ran: Path, tmp_path: Path) -> None:
    shutil.copy(ran / "report.docx", tmp_path)
    subprocess.run(
        ["soffice", "--headless", "--convert-to", "pdf", "report.docx", f"-env:UserInstallation=file://{tmp_path}/home"],
        cwd=tmp_path, check=True, timeout=120, capture_output=True,
    )  # fmt: skip
    assert (tmp_path / "report.pdf").read_bytes().startswith(b"%PDF")


def test_the_page_has_the_protocol_harmless(ran: Path) -> None:
    page = (ran / "report.html").read_text()
    assert '<section id="protocol">' in page
    assert "&lt;b&gt;50 %&lt;/b&gt;" in page
    assert "<b>50 %</b>" not in page
