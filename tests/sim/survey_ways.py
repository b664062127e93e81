"""One survey of 72 x 19 answers written in many ways, as programs and people write surveys."""

import csv
import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from xml.sax.saxutils import escape

import numpy as np
import pandas as pd
import pytest

from tests.cases import survey

FRENCH = ["Pas du tout d'accord", "Plutôt pas d'accord", "Neutre", "Plutôt d'accord", "Tout à fait d'accord"]
GERMAN = [
    "Stimme überhaupt nicht zu",
    "Stimme eher nicht zu",
    "Teils/teils",
    "Stimme eher zu",
    "Stimme voll und ganz zu",
]
ARABIC = ["غير موافق بشدة", "غير موافق", "محايد", "موافق", "موافق بشدة"]
SPANISH = ["Totalmente en desacuerdo", "En desacuerdo", "Neutral", "De acuerdo", "Totalmente de acuerdo"]
ENGLISH = ["Strongly disagree", "Disagree", "Neutral", "Agree", "Strongly agree"]


def answers() -> pd.DataFrame:
    """The survey's 19 items alone."""
    return survey("crm_000")


def people() -> pd.DataFrame:
    """The survey with a running number, a town and a remark before the items, as exports have them."""
    data = answers()
    towns = ["Agadir", "Sfax", "Tétouan", "Orléans", "Béja, nord"]
    data.insert(0, "Remarque", ["rien" if k % 3 else 'dit "oui"; puis non' for k in range(len(data))])
    data.insert(0, "Ville", [towns[k % 5] for k in range(len(data))])
    data.insert(0, "N°", range(1, len(data) + 1))
    return data


def text(data: pd.DataFrame, sep: str = ",", decimal: str = ".", end: str = "\n", **settings: object) -> str:
    """The survey as CSV."""
    return data.to_csv(index=False, sep=sep, decimal=decimal, lineterminator=end, **settings)


def of(content: str, encoding: str = "utf-8") -> bytes:
    return content.encode(encoding)


def halves(data: pd.DataFrame, decimal: str = ".") -> pd.DataFrame:
    """The answers as text with a decimal: 3.0 or 3,0."""
    made = data.copy()
    for name in answers().columns:
        made[name] = [f"{value}{decimal}0" for value in data[name]]
    return made


def labelled(labels: list[str]) -> pd.DataFrame:
    """The answers as labels."""
    data = people()
    for name in answers().columns:
        data[name] = [labels[value - 1] for value in data[name]]
    return data


def with_lines(data: pd.DataFrame, above: list[list[str]], below: list[list[str]], sep: str = ";") -> str:
    """Lines above the header and below the answers."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=sep, lineterminator="\r\n")
    writer.writerows(above)
    out.write(text(data, sep, end="\r\n"))
    writer.writerows(below)
    return out.getvalue()


def qualtrics() -> str:
    """Three header lines: names, questions, import codes."""
    data = people()
    lines = text(data).split("\n")
    questions = ",".join(f'"How far do you agree, {name}?"' for name in data.columns)
    codes = ",".join(f'"{{""ImportId"":""QID{k}""}}"' for k in range(data.shape[1]))
    return "\n".join([lines[0], questions, codes, *lines[1:]])


def blank_rows() -> str:
    lines = text(people(), ";").split("\n")
    empty = ";" * (people().shape[1] - 1)
    return "\n".join([*lines[:5], empty, *lines[5:30], empty, "", *lines[30:]])


def row_names() -> str:
    """As R's write.table writes: no name for the first column."""
    data = answers()
    lines = [" ".join(f'"{name}"' for name in data.columns)]
    lines += [f'"{k}" ' + " ".join(map(str, row)) for k, row in enumerate(data.to_numpy().tolist(), 1)]
    return "\n".join(lines) + "\n"


def wrapped() -> str:
    """Every line in quotation marks, as Excel leaves files that it opened as one column."""
    return "\n".join('"' + line.replace('"', '""') + '"' for line in text(people(), ";").splitlines()) + "\n"


def workbook(path: Path, sheets: dict[str, list[list[object]]]) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    pytest.importorskip("python_calamine")
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(path)


def grid(data: pd.DataFrame) -> list[list[object]]:
    """Header and rows."""
    return [list(data.columns), *(list(row) for row in data.astype(object).to_numpy().tolist())]


def open_document(path: Path, rows: list[list[object]]) -> None:
    """A workbook as LibreOffice writes it: repeated empty cells and rows to the end of the sheet."""
    pytest.importorskip("python_calamine")

    def cell(value: object) -> str:
        if isinstance(value, int | float):
            return (
                f'<table:table-cell office:value-type="float" office:value="{value}"><text:p>{value}</text:p>'
                "</table:table-cell>"
            )
        if value in (None, ""):
            return "<table:table-cell/>"
        return f'<table:table-cell office:value-type="string"><text:p>{escape(str(value))}</text:p></table:table-cell>'

    body = "".join(
        f'<table:table-row>{"".join(map(cell, row))}<table:table-cell table:number-columns-repeated="16000"/>'
        "</table:table-row>"
        for row in rows
    )
    names = "".join(
        f' xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{short}:1.0"' for short in ("office", "table", "text")
    )
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content{names}><office:body><office:spreadsheet>'
        f'<table:table table:name="Feuille1">{body}<table:table-row table:number-rows-repeated="1048000">'
        '<table:table-cell table:number-columns-repeated="16384"/></table:table-row></table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", content)


def spss(path: Path) -> None:
    pyreadstat = pytest.importorskip("pyreadstat")
    data = people().rename(columns={"N°": "numero"})
    labels = {name: dict(enumerate(FRENCH, 1)) for name in answers().columns}
    pyreadstat.write_sav(data, path, variable_value_labels=labels)


def stata(path: Path) -> None:
    pyreadstat = pytest.importorskip("pyreadstat")
    data = people().rename(columns={"N°": "numero"})
    labels = {name: dict(enumerate(FRENCH, 1)) for name in answers().columns}
    pyreadstat.write_dta(data, path, variable_value_labels=labels)


def _totals() -> str:
    data = answers()
    sums = ["Total", "", "", *map(str, data.sum())]
    means = ["Moyenne", "", "", *(f"{value:.2f}".replace(".", ",") for value in data.mean())]
    return with_lines(people(), [], [sums, means])


def _unnamed_sums() -> str:
    return with_lines(people(), [], [["", "", "", *map(str, answers().sum())]])


#: The bytes of a text file, by what is special about it.
TEXTS: dict[str, Callable[[], bytes]] = {
    "commas": lambda: of(text(people())),
    "semicolons": lambda: of(text(people(), ";")),
    "tabs": lambda: of(text(people(), "\t")),
    "bars": lambda: of(text(people(), "|")),
    "carets": lambda: of(text(people(), "^")),
    "spaces": lambda: of(text(answers(), " ")),
    "colons": lambda: of(text(answers(), ":")),
    "windows line ends": lambda: of(text(people(), ";", end="\r\n")),
    "old mac line ends": lambda: of(text(people(), ";", end="\r")),
    "byte-order mark": lambda: of(text(people()), "utf-8-sig"),
    "utf-16": lambda: of(text(people(), "\t"), "utf-16"),
    "utf-16 without a mark": lambda: of(text(people(), "\t"), "utf-16-le"),
    "windows-1252": lambda: of(text(people(), ";"), "cp1252"),
    "dos": lambda: of(text(people(), ";"), "cp850"),
    "macintosh": lambda: of(text(people(), ";", end="\r"), "mac_roman"),
    "all quoted": lambda: of(text(people(), quoting=csv.QUOTE_ALL)),
    "words quoted": lambda: of(text(people(), ";", quoting=csv.QUOTE_NONNUMERIC)),
    "apostrophes": lambda: of(text(answers(), quoting=csv.QUOTE_ALL, quotechar="'")),
    "backslashes": lambda: of(text(people(), doublequote=False, escapechar="\\")),
    "wrapped lines": lambda: of(wrapped()),
    "decimal points": lambda: of(text(halves(people()))),
    "decimal commas": lambda: of(text(halves(people(), ","), ";")),
    "decimal commas in quotes": lambda: of(text(halves(people(), ","))),
    "excel's sep line": lambda: of("sep=;\r\n" + text(people(), ";", end="\r\n"), "utf-8-sig"),
    "title": lambda: of(with_lines(people(), [["Enquête 2024"], []], [])),
    "questions below the names": lambda: of(qualtrics()),
    "blank rows": lambda: of(blank_rows()),
    "empty columns": lambda: of("".join(f"{line};;\n" for line in text(people(), ";").splitlines())),
    "row names": lambda: of(row_names()),
    "totals": lambda: of(_totals()),
    "sums without a name": lambda: of(_unnamed_sums()),
    "note below": lambda: of(with_lines(people(), [], [[], ["Source : enquête de l'auteur"]])),
    "index column": lambda: of(people().to_csv()),
    "columns in another order": lambda: of(text(people()[people().columns[::-1]])),
    "arabic digits": lambda: of(text(people().astype(str).replace({str(k): chr(0x660 + k) for k in range(1, 6)}), ";")),
    "spaces around": lambda: of(text(people(), ";").replace(";", " ; ")),
    "a comment of two lines": lambda: of(text(people().replace({"rien": "rien,\nou presque"}))),
}  # fmt: skip
#: Labels in a text file, and whether they are given or recognised.
LABELS: dict[str, tuple[Callable[[], bytes], list[str]]] = {
    "french": (lambda: of(text(labelled(FRENCH), ";"), "cp1252"), ["--confirm-labels"]),
    "french, curly apostrophes": (
        lambda: of(text(labelled([label.replace("'", "\u2019") for label in FRENCH]), ";")),
        ["--confirm-labels"],
    ),
    "german": (lambda: of(text(labelled(GERMAN), ";")), ["--confirm-labels"]),
    "spanish": (lambda: of(text(labelled(SPANISH))), ["--confirm-labels"]),
    "english": (lambda: of(text(labelled(ENGLISH))), ["--confirm-labels"]),
    "arabic": (lambda: of(text(labelled(ARABIC), ";"), "utf-8-sig"), ["--confirm-labels"]),
    "arabic, windows-1256": (
        lambda: of(text(labelled(ARABIC).drop(columns=["Ville", "N°"]), ";"), "cp1256"),
        ["--confirm-labels"],
    ),
    "numbered": (
        lambda: of(text(labelled([f"{k} - {label}" for k, label in enumerate(FRENCH, 1)]), ";")),
        ["--confirm-labels"],
    ),
    "given": (lambda: of(text(labelled(list("abcde")))), ["--labels", "a,b,c,d,e"]),
}
#: Files of other programs.
FILES: dict[str, Callable[[Path], None]] = {
    "a.xlsx": lambda path: workbook(path, {"Réponses": grid(people())}),
    "two sheets.xlsx": lambda path: workbook(path, {"Notes": [["lisez-moi"]], "Réponses": grid(people())}),
    "titled.xlsx": lambda path: workbook(path, {"S": [["Enquête"], [], *grid(people()), [], ["Fin"]]}),
    "text cells.xlsx": lambda path: workbook(path, {"S": grid(people().astype(str))}),
    "a.ods": lambda path: open_document(path, grid(people())),
    "a.sav": spss,
    "a.dta": stata,
    "a.parquet": lambda path: people().to_parquet(path),
    "ordered.parquet": lambda path: ordered().to_parquet(path),
}


def ordered() -> pd.DataFrame:
    """The answers as ordered categories of pandas."""
    data = labelled(FRENCH)
    for name in answers().columns:
        data[name] = pd.Categorical(data[name], FRENCH, ordered=True)
    return data


def truth() -> np.ndarray:
    """The answers (72, 19)."""
    return answers().to_numpy(dtype=np.float64)
