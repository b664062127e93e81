"""Formulas that no program has calculated are told with their cells, and do not pass for missing answers."""

import re
import zipfile
from pathlib import Path

import pytest

from sim.errors import InputError
from sim.surveys.reading.files import file_table
from sim.surveys.reading.formulas import letters
from tests.sim import survey_ways as ways

NAMES = frozenset(["a", "b"])


def book(path: Path, *rows: list[object]) -> Path:
    """A workbook as openpyxl writes it: formulas without values."""
    ways.workbook(path, {"Survey, May": [["a", "b", "sum"], *rows]})
    return path


def test_the_cells_are_named_with_what_to_do(tmp_path: Path) -> None:
    path = book(tmp_path / "répondants 1.xlsx", [1, "=A2+1", 3], [2, "=A3+1", 3])
    with pytest.raises(InputError) as told:
        file_table(path, NAMES)
    for part in (str(path), "sheet Survey, May", "B2, B3 hold formulas", "Excel or LibreOffice", "save it"):
        assert part in str(told.value)
    path = book(tmp_path / "many.xlsx", *([1, f"=A{k}"] for k in range(2, 12)))
    with pytest.raises(InputError, match="B2, B3, B4, B5, B6 and 5 more hold formulas"):
        file_table(path, NAMES)
    with pytest.raises(InputError, match="B2 holds a formula that has never been calculated, so that its value is"):
        file_table(book(tmp_path / "one.xlsx", [1, "=A2"], [2, 2]), NAMES)


def test_only_the_columns_of_the_model_count_where_it_names_some(tmp_path: Path) -> None:
    path = book(tmp_path / "sums.xlsx", [1, 2, "=A2+B2"], [2, 3, "=A3+B3"])
    assert len(file_table(path, NAMES).places) == 2
    with pytest.raises(InputError, match="C2, C3 hold formulas"):
        file_table(path, frozenset())


def test_a_calculated_formula_is_a_value_be_it_an_empty_text(tmp_path: Path) -> None:
    path = book(tmp_path / "plain.xlsx", [1, "=A2"], [2, '=""'])
    saved = tmp_path / "saved.xlsx"
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(saved, "w") as new:
        for name in old.namelist():
            content = old.read(name).decode()
            if name == "xl/worksheets/sheet1.xml":  # as Excel saves them
                content = re.sub("(<f>A2</f>)<v ?/?>(</v>)?", r"\1<v>1</v>", content)
                content = re.sub('r="B3"(><f>.+?</f>)<v ?/?>(</v>)?', r'r="B3" t="str"\1<v></v>', content)
                assert content.count("<v>1</v>") == 2
                assert 't="str"' in content
            new.writestr(name, content)
    assert [list(column.cells) for column in file_table(saved, NAMES).columns[:2]] == [["1", "2"], ["1", ""]]


def test_an_open_document_too(tmp_path: Path) -> None:
    path = tmp_path / "survey.ods"
    ways.open_document(path, [["a", "b"], [1, 2], [3, 4]])
    with zipfile.ZipFile(path) as archive:
        content = archive.read("content.xml").decode()
    value = '<table:table-cell office:value-type="float" office:value="4"'
    assert value in content
    formula = content.replace(value, f'{value} table:formula="of:=[.A3]+1"')
    never = formula.replace(' office:value-type="float" office:value="4"', "").replace("<text:p>4</text:p>", "")
    for text, fine in ((formula, True), (never, False)):
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
            archive.writestr("content.xml", text)
        if fine:
            assert len(file_table(path, NAMES).places) == 2
        else:
            with pytest.raises(InputError, match="B3 holds a formula"):
                file_table(path, NAMES)


def test_letters_of_columns() -> None:
    assert [letters(k) for k in (0, 25, 26, 701, 702, 16_383)] == ["A", "Z", "AA", "ZZ", "AAA", "XFD"]
